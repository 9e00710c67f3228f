"""The anchor: a file outside the store that remembers where the access log's chain once ended.

Every line is one JSON object, ``{"at", "seq", "hash"}``: at that moment row `seq` had that hash. Rows that were cut off
at the end, a chain computed anew and a store that was exchanged do not fit it. A line with ``"restored": true`` says
that a backup took the store's place: what came before it holds up to that row.

The file only grows. It belongs where those who can write to the store cannot: another volume, one that takes no
changes but additions.
"""

import fcntl
import os
from collections.abc import Sequence
from pathlib import Path

import msgspec

from service.audit.chain import START, Point
from service.errors import ChainError, StoreError


class Line(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line of the file."""

    at: str
    """RFC 3339, UTC."""
    seq: int
    hash: str
    restored: bool = False


class Anchor:
    """The file at `path`, which need not be there yet."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def lines(self) -> list[Line]:
        """Every line, in the order they were written; a last one that was cut off half-way does not count.

        Raises
        ------
        ChainError
            A line is no such line.
        StoreError
            The file cannot be read.
        """
        try:
            parts = self.path.read_bytes().split(b"\n")
        except FileNotFoundError:
            return []
        except OSError as error:
            raise StoreError(f"The access log's anchor cannot be read ({type(error).__name__}).") from error
        found = []
        for number, part in enumerate(parts[:-1], start=1):
            try:
                found.append(msgspec.json.decode(part, type=Line))
            except msgspec.DecodeError as error:
                raise ChainError(f"Line {number} of the access log's anchor is damaged or was changed.") from error
        return found

    def points(self) -> list[Point]:
        """What must still hold, by row."""
        return standing(self.lines())

    def last(self) -> Point:
        """The latest row that is known here."""
        return (self.points() or [START])[-1]

    def add(self, line: Line) -> None:
        """Append a line, durably.

        Raises
        ------
        StoreError
            The file cannot be written.
        """
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle = os.open(self.path, os.O_CREAT | os.O_RDWR | os.O_APPEND, 0o600)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX)
                torn = (size := os.fstat(handle).st_size) and os.pread(handle, 1, size - 1) != b"\n"
                content = (b"\n" if torn else b"") + msgspec.json.encode(line) + b"\n"
                if os.write(handle, content) != len(content):
                    raise OSError
                os.fsync(handle)
            finally:
                os.close(handle)
        except OSError as error:
            raise StoreError(f"The access log's anchor cannot be written ({type(error).__name__}).") from error


def standing(lines: Sequence[Line]) -> list[Point]:
    """The points that must still hold, by row: each line's, but for those that a restored backup undid."""
    found: list[Point] = []
    for line in lines:
        if line.restored:
            found = [point for point in found if point.seq < line.seq]
        found.append(Point(line.seq, line.hash))
    return sorted(set(found))
