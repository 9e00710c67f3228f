"""What is left of a comment behind the door: the hashed character n-grams it holds, in the order of their hash.

A text is put into Unicode's composed form (NFC), lower-cased and cut into words at blanks; each word, with a blank
before and after it, gives all its runs of 2 to 5 characters; each run is hashed to one of `BUCKETS` numbers. Which
numbers occur is kept, not how often or where, so no text can be put together from them. No language is assumed.

Example: "So so" holds the runs " s", "so", "o ", " so", "so " and " so ", so six numbers.
"""

import unicodedata
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from features.compiled import compiled

BUCKETS: Final = 1 << 18
"""How many numbers a run may be hashed to."""
SHORTEST: Final = 2
LONGEST: Final = 5
"""Characters of a run."""
MOST_CHARACTERS: Final = 2_000
"""A comment is read up to here."""

Grams = NDArray[np.uint32]
"""Hashed n-grams, below `BUCKETS`."""

_AT_ONCE: Final = 10_000
"""So many texts are hashed together, to bound memory."""
_BLANK: Final = 32
_START, _PRIME, _MASK = 0x811C9DC5, 0x01000193, 0xFFFFFFFF
"""FNV-1a of 32 bits, over code points."""


def packed(texts: Sequence[str]) -> list[bytes]:
    """Each text's n-grams, distinct and ascending, as little-endian 32-bit numbers; empty where it holds no word."""
    found: list[bytes] = []
    for start in range(0, len(texts), _AT_ONCE):
        found += _packed(texts[start : start + _AT_ONCE])
    return found


def unpacked(parts: Sequence[bytes]) -> tuple[NDArray[np.int64], Grams]:
    """What `packed` made, in one array: the n-grams of part i are ``gram[first[i] : first[i + 1]]``."""
    first = np.zeros(len(parts) + 1, np.int64)
    np.cumsum([len(part) >> 2 for part in parts], out=first[1:])
    return first, np.frombuffer(b"".join(parts), "<u4").astype(np.uint32)


def _packed(texts: Sequence[str]) -> Iterator[bytes]:
    plain = [_plain(text) for text in texts]
    first = np.zeros(len(plain) + 1, np.int64)
    np.cumsum([len(text) for text in plain], out=first[1:])
    points = np.frombuffer("".join(plain).encode("utf-32-le", "surrogatepass"), np.uint32)
    gram = np.empty((LONGEST - SHORTEST + 1) * len(points), np.uint32)
    ends = np.zeros(len(plain) + 1, np.int64)
    _hash(points, first, gram, ends)
    memory, stops = gram.astype("<u4", copy=False), ends.tolist()
    return (memory[low:high].tobytes() for low, high in pairwise(stops))


def _plain(text: str) -> str:
    """Lower case, one blank between words, one before and one after them; empty where there are none."""
    words = unicodedata.normalize("NFC", text[:MOST_CHARACTERS]).lower().split()
    return f" {' '.join(words)} " if words else ""


@compiled
def _hash(points: Grams, first: NDArray[np.int64], gram: Grams, ends: NDArray[np.int64]) -> None:
    stop = 0
    for text in range(len(first) - 1):
        start = stop
        for at in range(first[text], first[text + 1]):
            running = _START
            for end in range(at, min(at + LONGEST, first[text + 1])):
                running = ((running ^ points[end]) * _PRIME) & _MASK
                if end > at:
                    gram[stop] = _mixed(running) % BUCKETS
                    stop += 1
                    if points[end] == _BLANK:
                        break
        ordered = np.sort(gram[start:stop])
        stop = start
        for number in ordered:
            if stop == start or gram[stop - 1] != number:
                gram[stop] = number
                stop += 1
        ends[text + 1] = stop


@compiled
def _mixed(number: int) -> int:
    """Every bit of a 32-bit number spread over all of them (the last step of MurmurHash3)."""
    number ^= number >> 16
    number = (number * 0x85EBCA6B) & _MASK
    number ^= number >> 13
    number = (number * 0xC2B2AE35) & _MASK
    return number ^ (number >> 16)
