"""The anchor: a file outside the store that remembers where the access log's chain once ended.

Every line is one JSON object, ``{"at", "seq", "hash"}``: at that moment row `seq` had that hash. Rows that were cut off
at the end, a chain computed anew and a store that was exchanged do not fit it. A line with ``"restored": true`` says
that a backup took the store's place: the lines before it hold no more, those after it are what the backup knew.

The file only grows. It belongs where those who can write to the store cannot: another volume, one that takes no
changes but additions.
"""

from collections.abc import Sequence
from pathlib import Path

import msgspec

from service.audit import lines
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
        """Every line, in the order they were written; one that was never finished does not count.

        Raises
        ------
        ChainError
            A line is no such line.
        StoreError
            The file cannot be read.
        """
        try:
            parts = lines.read(self.path)
        except OSError as error:
            raise StoreError(f"The access log's anchor cannot be read ({type(error).__name__}).") from error
        found = []
        for number, part in parts:
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

    def add(self, *more: Line) -> None:
        """Append lines, durably.

        Raises
        ------
        StoreError
            The file cannot be written.
        """
        try:
            lines.append(self.path, [msgspec.json.encode(line) for line in more])
        except OSError as error:
            raise StoreError(f"The access log's anchor cannot be written ({type(error).__name__}).") from error


def standing(found: Sequence[Line]) -> list[Point]:
    """The points that must hold, by row: those since a backup was restored last."""
    since = max((number for number, line in enumerate(found) if line.restored), default=0)
    return sorted({Point(line.seq, line.hash) for line in found[since:] if line.seq})
