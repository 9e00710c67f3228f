"""The hash chain of the access log: each row's hash is made of the row and of the hash before it.

    hash(n) = SHA-256(hash(n - 1) + JSON of [seq, at, caller, role, action, run, subject])

so no row can be changed, taken out, put in or moved without every later hash being another. The hash before the first
row is `GENESIS`; after old rows were purged, the chain begins at the hash of the last of them.
"""

import hashlib
from collections.abc import Iterable, Iterator
from typing import Any, Final, NamedTuple

import msgspec

GENESIS: Final = "0" * 64

_JSON: Final = msgspec.json.Encoder()


class Point(NamedTuple):
    """A place in the chain."""

    seq: int
    """Number of the row; 0: before the first."""
    hash: str
    """Of that row, hexadecimal."""


START: Final = Point(0, GENESIS)
"""Before the first row."""


class Entry(NamedTuple):
    """What one row says; columns of `access_log` without number and hash."""

    at: str
    """RFC 3339, UTC."""
    caller: str
    role: str
    action: str
    run: int | None
    subject: str
    """The person's pseudonym."""


def link(before: str, seq: int, entry: Entry) -> str:
    """The hash of row `seq` that follows a row with the hash `before`.

    >>> link(GENESIS, 1, Entry("2026-01-01T00:00:00Z", "0a1b2c3d", "hrbp", "list", 7, "f0"))[:16]
    '36cdffd1a405bffc'
    """
    return hashlib.sha256(before.encode() + _JSON.encode((seq, *entry))).hexdigest()


def rows(after: Point, entries: Iterable[Entry]) -> Iterator[tuple[Any, ...]]:
    """The rows of `access_log` that continue the chain, in the order of its columns."""
    seq, before = after
    for entry in entries:
        seq += 1
        before = link(before, seq, entry)
        yield (seq, *entry, before)
