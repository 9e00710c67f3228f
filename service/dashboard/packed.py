"""Figures packed for the store: many units to a block, of each figure its codes and only what is shown.

A block is a MessagePack list with one entry a figure: codes (a byte each, compressed), then of what is shown, unit by unit
and month by month, values (float32) and people (uint32), little-endian. What follows in an entry is not read.
"""

import zlib
from collections.abc import Sequence
from typing import Final

import msgspec
import numpy as np
from msgspec import Struct

from service.dashboard.codes import IS_RETRACTED
from service.dashboard.shown import Line, is_visible

UNITS: Final = 32
"""Units of a block."""
_FASTEST: Final = 1

Entry = tuple[bytes, ...]
"""What a block holds of one line."""
Entries = list[Entry]


class Common(Struct, frozen=True):
    """What the figures of a run have in common."""

    months: list[str]
    names: list[str]
    """Of the lines, in the order of the blocks' entries; `retention_90:low` stands beside `retention_90`."""
    since: list[list[str]]
    """By line and month, the day of the run that gave the values."""
    missing: list[str]
    """Sources that the run did not have."""
    cadence: list[int]
    """Conversations a year that the norm asks for: what, how, want."""


def entries(line: Line, units: int) -> Entries:
    """What each block holds of a line of so many units."""
    visible = line.visible
    ends = np.concatenate(([0], np.cumsum(visible.sum(axis=1))))
    given = [part[visible].astype(part.dtype.newbyteorder("<")) for part in (line.values, line.people)]
    found = []
    for first in range(0, units, UNITS):
        last = min(first + UNITS, units)
        codes = zlib.compress(line.codes[first:last].tobytes(), _FASTEST)
        found.append((codes, *(part[ends[first] : ends[last]].tobytes() for part in given)))
    return found


def blocks(lines: Sequence[Entries]) -> list[bytes]:
    """The blocks that hold these lines, in order."""
    return [msgspec.msgpack.encode(block) for block in zip(*lines, strict=True)]


def unit(block: bytes, place: int, months: int) -> list[Line]:
    """The lines of one unit of a block, each of shape (1, months)."""
    return [_line(entry, months, place) for entry in decoded(block)]


def retracted(block: bytes, month: int, months: int) -> tuple[bytes, list[int]]:
    """A block without its values of one month, and how many of each line those were."""
    lines = [_line(entry, months) for entry in decoded(block)]
    counts = []
    for line in lines:
        shown = line.visible[:, month]
        counts.append(int(shown.sum()))
        line.codes[shown, month] = IS_RETRACTED
    (found,) = blocks([entries(line, len(line.codes)) for line in lines])
    return found, counts


def decoded(block: bytes) -> Entries:
    """A block's entries, one a line."""
    return msgspec.msgpack.decode(block, type=list[Entry])


def whole(parts: Entries, months: int) -> Line:
    """One line of all units, from its entries in all blocks."""
    return joined([_line(entry, months) for entry in parts], months)


def joined(parts: Sequence[Line], months: int) -> Line:
    """Lines of several groups of units, one below the other."""
    if not parts:
        return blank(0, months)
    return Line(*(np.concatenate(columns) for columns in zip(*(vars(part).values() for part in parts), strict=True)))


def blank(units: int, months: int, code: int = 1) -> Line:
    """A line without a value, everywhere for the same reason; by default too few people."""
    shape = (units, months)
    return Line(
        np.full(shape, code, np.uint8),
        np.full(shape, np.nan, np.float32),
        np.zeros(shape, np.uint32),
    )


def _line(entry: Entry, months: int, place: int | None = None) -> Line:
    """A line of a block's units, or of one of them."""
    codes = np.frombuffer(zlib.decompress(entry[0]), np.uint8).reshape(-1, months)
    visible = is_visible(codes)
    first, last = 0, int(visible.sum())
    if place is not None:
        first = int(visible[:place].sum())
        codes, visible = codes[place : place + 1], visible[place : place + 1]
        last = first + int(visible.sum())
    line = blank(len(codes), months)
    line.codes[:] = codes
    for part, raw in zip((line.values, line.people), entry[1:], strict=False):
        part[visible] = np.frombuffer(raw, part.dtype.newbyteorder("<"))[first:last]
    return line
