"""A comment becomes a number: the sum of what its n-grams weigh, by weights learned from the company's own comments.

`valued` is the one way from comments to numbers: training, the nightly run and a posted person call it once, before
features are built. Weights are whole numbers, and so are the sums: a comment has the same number wherever it is read,
to the last bit, and always the one that the model it came with gives it. How weights are learned is training's business.
"""

import struct
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from features.company import UNIT, Comments, Company, Fixed, Tones
from features.compiled import compiled
from features.grams import BUCKETS, Grams

WEIGHT_UNIT: Final = 1 << 24
"""What 1.0 is in a weight."""
KNOWN_LEAST: Final = 5
"""A comment with fewer n-grams that have a weight is not read."""
UNREAD: Final = np.iinfo(np.int64).min
"""In place of a valence: the comment could not be read."""

_MAGIC: Final = b"comments"
_VERSION: Final = 1
_HEADER: Final = struct.Struct("<8sIIqI")
"""Magic, version, number of weights, offset, least share; the weights follow as little-endian 32-bit integers."""
_MOST_OFFSET: Final = 1_000 * WEIGHT_UNIT


@dataclass(frozen=True)
class Valence:
    """What reads comments: the valence of one with m n-grams is (sum of their weights) / sqrt(m) + offset.

    Both are in `WEIGHT_UNIT`s of the scale of scores (0 to 1); the average comment is 0. A weight of 0 is an n-gram
    that is not known: too few people used it.
    """

    weights: NDArray[np.int32]
    """Shape (`grams.BUCKETS`,)."""
    offset: int
    least_share: int = 0
    """In `UNIT`s: a comment of whose n-grams a smaller share is known is not read; its language, or its words, are new."""


def valued(company: Company, valence: Valence | None) -> Company:
    """The company with its comments read (`Company.tones`) and their n-grams gone; no tones where nothing reads them."""
    comments = company.comments
    if comments is None and company.tones is None:
        return company
    if comments is None or valence is None:
        return replace(company, comments=None, tones=None)
    return with_tones(company, comments, valences(comments, valence))


def with_tones(company: Company, comments: Comments, values: Fixed) -> Company:
    """The company with its `comments` replaced by their valences; those `UNREAD` are left out."""
    read = values != UNREAD
    if read.all():
        tones = Tones(comments.person, comments.unit, comments.answered, comments.identified, values)
        return replace(company, comments=None, tones=tones)
    tones = Tones(
        person=comments.person[read],
        unit=comments.unit[read],
        answered=comments.answered[read],
        identified=comments.identified[read],
        valence=values[read],
    )
    return replace(company, comments=None, tones=tones)


def valences(comments: Comments, valence: Valence) -> Fixed:
    """The valence of each comment, in `UNIT`s between -1 and 1; `UNREAD` where too little of it is known."""
    found = np.empty(len(comments.person), np.int64)
    _read(comments.first, comments.gram, valence.weights, valence.offset, valence.least_share, found)
    return found


def known_shares(comments: Comments, valence: Valence) -> Fixed:
    """The share of each comment's n-grams that is known, in `UNIT`s, rounded down."""
    known = np.zeros(len(comments.person), np.int64)
    _count(comments.first, comments.gram, valence.weights, known)
    shares: Fixed = known * UNIT // np.diff(comments.first)
    return shares


@compiled
def _read(
    first: NDArray[np.int64], gram: Grams, weights: NDArray[np.int32], offset: int, least_share: int, found: Fixed
) -> None:
    for comment in range(len(first) - 1):
        size = first[comment + 1] - first[comment]
        total, known = 0, 0
        for at in range(first[comment], first[comment + 1]):
            weight = weights[gram[at]]
            total += weight
            known += weight != 0
        mean = (total / np.sqrt(max(size, 1)) + offset) / WEIGHT_UNIT
        read = known >= KNOWN_LEAST and known * UNIT >= least_share * size
        found[comment] = np.int64(np.rint(min(max(mean, -1.0), 1.0) * UNIT)) if read else UNREAD


@compiled
def _count(first: NDArray[np.int64], gram: Grams, weights: NDArray[np.int32], known: Fixed) -> None:
    for comment in range(len(first) - 1):
        for at in range(first[comment], first[comment + 1]):
            known[comment] += weights[gram[at]] != 0


def to_bytes(valence: Valence) -> bytes:
    """A file's content from which `from_bytes` makes an equal one."""
    head = _HEADER.pack(_MAGIC, _VERSION, len(valence.weights), valence.offset, valence.least_share)
    return head + valence.weights.astype("<i4").tobytes()


def from_bytes(content: bytes) -> Valence:
    """What `to_bytes` wrote.

    Raises
    ------
    ValueError
        It is not such a file, of another version, or not whole.
    """
    if len(content) < _HEADER.size:
        raise ValueError("too short for what reads comments")
    magic, version, size, offset, least_share = _HEADER.unpack_from(content)
    if (magic, version, size) != (_MAGIC, _VERSION, BUCKETS):
        raise ValueError("not what reads comments, or of another version")
    if len(content) != _HEADER.size + 4 * BUCKETS or abs(offset) > _MOST_OFFSET or least_share > UNIT:
        raise ValueError("what reads comments is not whole")
    return Valence(np.frombuffer(content, "<i4", offset=_HEADER.size).astype(np.int32), offset, least_share)
