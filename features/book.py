"""The book: accumulators of all streams of a block, one line a row, entered event by event and then carried forward.

An event adds to its person's first row on which it counts and is taken away on the first row on which it no longer does;
carrying each line forward to the person's next row gives every window at every row. Integers only, so results are the
same to the last bit whatever the order of rows, the partition or the company of other people. Which day an event counts
on is decided in `streams`, nowhere here.

Example: rows on the days 90, 120 and 150; a ticket opened on day 100, counted over 30 days, so on days 100 to 129.
`enter` writes +1 into the line of day 120 and -1 into that of day 150; carried forward, the count reads 0, 1, 0.
"""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from features.bare import bare
from features.company import Codes, Fixed
from features.compiled import inlined
from features.days import NEVER
from features.formulas import Cell
from features.grid import Times
from features.streams import ends, passed, row_from, starts

NO_DATE: Final = -(1 << 62)
"""In place of a date, or of the key of a last event."""
STREAMS: Final = 16
"""A family has fewer streams than this."""
_LINE: Final = 1 << 32
"""The key of a last event is (event, known) as one number: event * 2^32 + known."""

# A shape says what is kept of one stream, and where: a row of these numbers.
GROUPS: Final = 0
"""Groups that something is kept of; 0 for none, and then the stream is passed over."""
_COUNTS: Final = 1
"""The place of the first group's counts, by window; its sums follow."""
_STRIDE: Final = 2
"""From one group's counts to the next one's."""
_SUMMED: Final = 3
_LATEST: Final = 4
"""The place of the first group's latest date; -1 where it is not kept. Likewise:"""
_LAST: Final = 5
"""Key and value of the last event, key and value of the one before."""
_OLDEST: Final = 6
_WINDOWS: Final = 7
_WINDOW: Final = 8
"""The first of at most four windows, ascending."""
_SHAPE: Final = 12

EVENT: Final = 7
"""Numbers of one event: stream, group, person, event, known, until, value."""
ROOM: Final = 128
"""Events that are noted before they are entered: few enough to stay in the nearest cache."""
Events = NDArray[np.int64]
"""Shape (ROOM, EVENT)."""
Book = NDArray[np.int64]
"""Shape (rows of a block, places)."""
Shapes = NDArray[np.int64]
"""Of a family: shape (STREAMS, _SHAPE)."""


@dataclass(frozen=True)
class Layout:
    """Where each accumulator stands on a line: first what is added up, then latest dates, then last events, then the oldest."""

    shapes: dict[str, Shapes]
    """By family; families of which nothing is kept are absent."""
    blank: Fixed
    """A line of which nothing is known."""
    added: int
    """Up to here a line is added to the next one,"""
    dates: int
    """up to here the later date stays,"""
    lasts: int
    """up to here the later events."""

    def book(self, rows: int) -> Book:
        """An empty book."""
        book = np.empty((rows, len(self.blank)), np.int64)
        book[:] = self.blank
        return book

    def place(self, family: str, cell: Cell) -> int:
        """Where an accumulator stands on a line."""
        shape = self.shapes[family][cell.stream]
        if cell.kind in {"count", "sum"}:
            number = int(shape[_WINDOWS])
            window = shape[_WINDOW : _WINDOW + number].tolist().index(cell.window)
            return int(shape[_COUNTS] + cell.group * shape[_STRIDE] + window + number * (cell.kind == "sum"))
        if cell.kind in {"last", "before"}:
            return int(shape[_LAST]) + 4 * cell.group + 2 * (cell.kind == "before")
        return int(shape[_LATEST if cell.kind == "latest" else _OLDEST]) + cell.group


def nothing_kept() -> Shapes:
    """The shapes of a family of which nothing is kept."""
    return np.zeros((STREAMS, _SHAPE), np.int64)


def layout(cells: Collection[tuple[str, Cell]]) -> Layout:
    """The layout of a book that keeps these accumulators of these families."""
    streams: dict[tuple[str, int], list[Cell]] = defaultdict(list)
    for family, cell in sorted(cells, key=lambda one: (one[0], one[1].stream)):
        streams[family, cell.stream].append(cell)
    shapes = {family: nothing_kept() for family, _ in streams}
    for (family, stream), kept in streams.items():
        shapes[family][stream] = _shape(kept)
    ends_at, place = [], 0
    for column, width in ((_COUNTS, 0), (_LATEST, 1), (_LAST, 4), (_OLDEST, 1)):
        for family, stream in streams:
            shape = shapes[family][stream]
            if shape[column] >= 0:
                shape[column] = place
                place += int(shape[GROUPS] * (width or shape[_STRIDE]))
        ends_at.append(place)
    added, dates, lasts, whole = ends_at
    blank = np.zeros(whole, np.int64)
    blank[added:lasts], blank[lasts:] = NO_DATE, NEVER
    return Layout(shapes, blank, added, dates, lasts)


def _shape(cells: list[Cell]) -> Fixed:
    """What is kept of one stream; the places are not given yet."""
    kinds = {cell.kind for cell in cells}
    windows = sorted({cell.window for cell in cells if cell.kind in {"count", "sum"}})
    shape = np.zeros(_SHAPE, np.int64)
    shape[GROUPS] = 1 + max(cell.group for cell in cells)
    shape[_SUMMED] = "sum" in kinds
    shape[_STRIDE] = len(windows) * (1 + shape[_SUMMED])
    shape[_WINDOWS] = len(windows)
    shape[_WINDOW : _WINDOW + len(windows)] = windows
    for column, names in ((_LATEST, {"latest"}), (_LAST, {"last", "before"}), (_OLDEST, {"oldest"})):
        shape[column] = 0 if kinds & names else -1
    return shape


@inlined
def note(
    events: Events, n: int, stream: int, group: int, person: int, event: int, known: int, until: int, value: int
) -> int:
    """Notes an event of a person of the block as the n-th; the number of events so far."""
    events[n, 0], events[n, 1], events[n, 2], events[n, 3] = stream, group, person, event
    events[n, 4], events[n, 5], events[n, 6] = known, until, value
    return n + 1


@bare
def enter(events: Events, number: int, times: Times, shapes: Shapes, book: Book) -> None:
    """Enters events into the book; those of a group that nothing is kept of are passed over.

    Quickest where the events of a person stand together.
    """
    low, first, day, away, begin, stop = times
    owner, start, rows, leave, leaves = -1, 0, 0, 0, 0
    for n in range(number):
        shape, group, person, event = shapes[events[n, 0]], events[n, 1], events[n, 2], events[n, 3]
        known, until, value = events[n, 4], events[n, 5], events[n, 6]
        if person != owner:
            owner, start, rows = person, first[person - low], first[person - low + 1]
            leave, leaves = away[person], away[person + 1]
        if group < 0 or group >= shape[GROUPS]:
            continue
        row = start if rows - start == 1 else row_from(day, start, rows, starts(event, known))
        if row == rows or starts(event, known) > day[row]:
            continue
        if rows - row > 1:
            _count(shape, group, book, row, rows, times, person, event, known, until, value)
        elif until > day[row]:
            age = passed(event, day[row], begin, stop, leave, leaves) if leave < leaves else day[row] - event
            _count_now(shape, group, book[row], age, value)
        line, date, last, oldest = book[row], shape[_LATEST], shape[_LAST], shape[_OLDEST]
        if date >= 0:
            line[date + group] = max(line[date + group], event)
        if last >= 0:
            _put(line, last + 4 * group, event * _LINE + known, value)
        if oldest >= 0:
            for one in range(row, row_from(day, row, rows, until)):
                book[one, oldest + group] = min(book[one, oldest + group], event)


@inlined
def _count_now(shape: Fixed, group: int, line: Fixed, age: int, value: int) -> None:
    """Counts an event of this age on its person's last row, in every window that reaches back to it."""
    windows, place, summed = shape[_WINDOWS], shape[_COUNTS] + group * shape[_STRIDE], shape[_SUMMED]
    for w in range(windows - 1, -1, -1):
        if age >= shape[_WINDOW + w]:
            break
        line[place + w] += 1
        if summed:
            line[place + windows + w] += value


@inlined
def _count(shape: Fixed, group: int, book: Book, start: int, rows: int, times: Times, person: int, event: int, known: int,
           until: int, value: int) -> None:  # fmt: skip
    """Counts an event from the row `start` on, in every window until it no longer counts in it."""
    _, _, day, away, begin, stop = times
    windows, place, finish = shape[_WINDOWS], shape[_COUNTS] + group * shape[_STRIDE], rows
    for w in range(windows - 1, -1, -1):
        end = ends(event, known, until, shape[_WINDOW + w], begin, stop, away[person], away[person + 1])
        finish = row_from(day, start, finish, end)
        if start == finish:
            break
        _add(book, place + w, start, finish, rows, 1)
        if shape[_SUMMED]:
            _add(book, place + windows + w, start, finish, rows, value)


@bare
def _add(book: Book, place: int, start: int, finish: int, rows: int, amount: int) -> None:
    book[start, place] += amount
    if finish < rows:
        book[finish, place] -= amount


@bare
def _put(line: Fixed, at: int, key: int, value: int) -> None:
    """Keeps an event as the last or the one before, if it is that."""
    if (key, value) > (line[at], line[at + 1]):
        line[at + 2], line[at + 3] = line[at], line[at + 1]
        line[at], line[at + 1] = key, value
    elif (key, value) > (line[at + 2], line[at + 3]):
        line[at + 2], line[at + 3] = key, value


@bare
def carry(book: Book, person: Codes, added: int, dates: int, lasts: int) -> None:
    """Carries every line forward to the person's next row."""
    for row in range(1, len(person)):
        if person[row] == person[row - 1]:
            for place in range(added):
                book[row, place] += book[row - 1, place]
            for place in range(added, dates):
                book[row, place] = max(book[row, place], book[row - 1, place])
            for place in range(dates, lasts, 4):
                for one in (place, place + 2):
                    if book[row - 1, one] != NO_DATE:
                        _put(book[row], place, book[row - 1, one], book[row - 1, one + 1])


@bare
def date_of(key: int) -> int:
    """The event date in the key of a last event."""
    return (key + (_LINE >> 1)) >> 32
