"""Counts and sums of events that belong to no person but to a manager or a unit, by the rule and the book of all others."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.book import EVENT, ROOM, STREAMS, Book, Layout, Shapes, carry, enter, layout, note
from features.company import Codes, Fixed
from features.compiled import compiled
from features.days import NEVER, Days
from features.formulas import Cell
from features.grid import Times, block
from features.streams import leaves


@dataclass(frozen=True)
class Events:
    """Events of owners (managers, or units), sorted by nothing; those of owner -1 or slot -1 are left out.

    `slot` is the place of an event among the groups that are added up apart. `value` is fixed point.
    """

    owner: Codes
    event: Days
    known: Days
    slot: Codes
    value: Fixed
    groups: int = 1

    def where(self, rows: NDArray[np.bool_]) -> "Events":
        """Some of the events."""
        owner, event, known = self.owner[rows], self.event[rows], self.known[rows]
        return Events(owner, event, known, self.slot[rows], self.value[rows], self.groups)


@dataclass(frozen=True)
class Totals:
    """What events add up to in each window. `counts` and `sums` have shape (groups, windows, owners)."""

    windows: tuple[int, ...]
    counts: Fixed
    sums: Fixed

    def count(self, window: int, group: int = 0) -> Fixed:
        """Events in a window, one number an owner."""
        count: Fixed = self.counts[group, self.windows.index(window)]
        return count

    def sum(self, window: int, group: int = 0) -> Fixed:
        """Their values added up, one number an owner."""
        total: Fixed = self.sums[group, self.windows.index(window)]
        return total


def by_day(events: Events, owners: int, dates: Days, windows: tuple[int, ...]) -> Iterator[Totals]:
    """Each day's totals by owner."""
    who, day = np.repeat(np.arange(owners, dtype=np.int32), len(dates)), np.tile(dates, owners)
    rows = block(who, day, 0, owners, leaves(None, owners))
    groups = max(1, events.groups)
    kept = _layout(groups, windows)
    book = kept.book(len(who))
    _note_all((events.owner, events.event, events.known, events.slot, events.value), rows.times, kept.shapes[""], book)
    carry(book, who, kept.added, kept.dates, kept.lasts)
    lines = book.reshape(owners, len(dates), groups, 2, len(windows)).transpose(1, 3, 2, 4, 0)
    for counts, sums in lines:
        yield Totals(windows, counts, sums)


def _layout(groups: int, windows: tuple[int, ...]) -> Layout:
    kinds = ("count", "sum")
    return layout(
        {("", Cell(0, kind, group, window)) for kind in kinds for group in range(groups) for window in windows}
    )


@compiled
def _note_all(columns: tuple[Codes, Days, Days, Codes, Fixed], times: Times, shapes: Shapes, book: Book) -> None:
    owner, event, known, slot, value = columns
    events, n = np.empty((ROOM, EVENT), np.int64), 0
    for row in range(len(owner)):
        if n > ROOM - STREAMS:
            enter(events, n, times, shapes, book)
            n = 0
        if owner[row] >= 0:
            n = note(events, n, 0, slot[row], owner[row], event[row], known[row], NEVER, value[row])
    enter(events, n, times, shapes, book)
