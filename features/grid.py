"""The engine: streams dropped on the person × day grid, then read off at the rows that are asked for.

An event adds to the first grid day on which it counts and is taken away on the first day on which it no longer does;
a running sum along the days gives every window at every day. Integers only, so results are the same to the last bit
whatever the order of rows, the partition or the company of other people.

The loops are compiled (numba); which day an event counts on is decided in `streams`, nowhere here.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.company import Codes, Fixed, Floats
from features.compiled import compiled
from features.days import NEVER, Days
from features.streams import EVER, Leaves, Stream, active_days, window_end


@dataclass(frozen=True)
class Totals:
    """What a stream adds up to. `count` and `sum` have shape (rows, groups, windows)."""

    count: Fixed
    sum: Fixed

    def mean(self, group: int, window: int) -> Floats:
        """Sum by count, NaN where nothing counts. Shape: (rows,)."""
        return ratio(self.sum[:, group, window], self.count[:, group, window])


@dataclass(frozen=True)
class Block:
    """Some persons, all grid days, and the cells of that grid whose features are wanted.

    Persons are ``low <= p < high``; `person` and `day` are the rows asked for; `cell` their places in the flattened
    (persons, days) grid.
    """

    low: int
    high: int
    dates: Days
    person: Codes
    day: Days
    cell: NDArray[np.int64]
    leaves: Leaves

    def totals(self, stream: Stream, windows: tuple[int, ...]) -> Totals:
        """Counts and sums of a stream in each window (active days; `EVER` for all time) at each row."""
        shape = (self.high - self.low, len(self.dates), stream.groups, len(windows), 2)
        grid = np.zeros(shape, np.int64)
        if len(stream.person):
            _add(stream.person, stream.slot, stream.event, stream.known, stream.until, stream.value,
                 np.asarray(windows, np.int32), self.low, self.dates, *_arrays(self.leaves), grid)  # fmt: skip
            _run(grid.reshape(*shape[:2], -1))
        rows = grid.reshape(-1, *shape[2:])[self.cell]
        return Totals(rows[..., 0], rows[..., 1])

    def last(self, stream: Stream) -> NDArray[np.int64]:
        """The last event and the one before it, by (event, known, value), of those that count at each row.

        The value breaks ties, so that the order of rows never matters. Returns indices into the stream, -1 for none.
        Shape: (rows, groups, 2).
        """
        shape = (self.high - self.low, len(self.dates), stream.groups, 2)
        grid = np.full(shape, -1, np.int64)
        if len(stream.person):
            _latest(stream.person, stream.slot, stream.event, stream.known, stream.value, self.low, self.dates, grid)
        return grid.reshape(-1, *shape[2:])[self.cell]

    def oldest(self, stream: Stream) -> Days:
        """The earliest event date among those whose state still holds (``t < until``); NEVER for none."""
        grid = np.full((self.high - self.low, len(self.dates)), NEVER, np.int32)
        if len(stream.person):
            _earliest(stream.person, stream.event, stream.known, stream.until, self.low, self.dates, grid)
        return grid.reshape(-1)[self.cell]

    def active_since(self, since: Days) -> Floats:
        """Active days in (`since`, day] at each row; NaN where `since` is NEVER."""
        days = np.zeros(len(since), np.float64)
        _elapsed(self.person, since, self.day, *_arrays(self.leaves), days)
        return np.where(since == NEVER, np.nan, days)


def days_at(stream: Stream, rows: NDArray[np.int64]) -> Days:
    """The event days of stream rows, NEVER for row -1."""
    days: Days = _take(stream.event, rows, NEVER)
    return days


def values_at(stream: Stream, rows: NDArray[np.int64], unit: int) -> Floats:
    """The values of stream rows as real numbers (fixed point over `unit`), NaN for row -1."""
    values: Floats = np.where(rows < 0, np.nan, _take(stream.value, rows, 0) / unit)
    return values


def ratio(over: NDArray[np.generic], under: NDArray[np.generic]) -> Floats:
    """Element-wise quotient, NaN where the divisor is not positive."""
    below = np.asarray(under, np.float64)
    quotient = np.full(below.shape, np.nan)
    np.divide(np.asarray(over, np.float64), below, out=quotient, where=below > 0)
    return quotient


def _take(values: NDArray[Any], rows: NDArray[np.int64], missing: int) -> NDArray[Any]:
    if len(values) == 0:
        return np.full(rows.shape, missing, values.dtype)
    return np.where(rows < 0, values.dtype.type(missing), values[rows])


def _arrays(leaves: Leaves) -> tuple[NDArray[np.int64], Days, Days]:
    return leaves.first, leaves.start, leaves.stop


@compiled
def _add(
    person: Codes,
    slot: Codes,
    event: Days,
    known: Days,
    until: Days,
    value: Fixed,
    windows: Days,
    low: int,
    dates: Days,
    first: NDArray[np.int64],
    begin: Days,
    stop: Days,
    grid: NDArray[Any],
) -> None:
    for row in range(len(person)):
        if slot[row] < 0:
            continue
        p = person[row]
        start = np.searchsorted(dates, max(event[row], known[row]))
        for w in range(len(windows)):
            end = until[row]
            if windows[w] != EVER:
                closes = window_end(
                    event[row], windows[w], begin[first[p] : first[p + 1]], stop[first[p] : first[p + 1]]
                )
                end = min(end, max(known[row], closes))
            finish = np.searchsorted(dates, end)
            if start < finish:
                grid[p - low, start, slot[row], w, 0] += 1
                grid[p - low, start, slot[row], w, 1] += value[row]
                if finish < len(dates):
                    grid[p - low, finish, slot[row], w, 0] -= 1
                    grid[p - low, finish, slot[row], w, 1] -= value[row]


@compiled
def _run(grid: NDArray[Any]) -> None:
    for p in range(grid.shape[0]):
        for d in range(1, grid.shape[1]):
            for column in range(grid.shape[2]):
                grid[p, d, column] += grid[p, d - 1, column]


@compiled
def _insert(best: NDArray[np.int64], row: int, event: Days, known: Days, value: Fixed) -> None:
    for place in range(2):
        old = best[place]
        if old < 0 or (event[row], known[row], value[row]) > (event[old], known[old], value[old]):
            best[place] = row
            row = old
            if old < 0:
                break


@compiled
def _latest(
    person: Codes, slot: Codes, event: Days, known: Days, value: Fixed, low: int, dates: Days, grid: NDArray[Any]
) -> None:
    for row in range(len(person)):
        start = np.searchsorted(dates, max(event[row], known[row]))
        if slot[row] >= 0 and start < len(dates):
            _insert(grid[person[row] - low, start, slot[row]], row, event, known, value)
    for p in range(grid.shape[0]):
        for d in range(1, grid.shape[1]):
            for g in range(grid.shape[2]):
                for place in range(2):
                    if grid[p, d - 1, g, place] >= 0:
                        _insert(grid[p, d, g], grid[p, d - 1, g, place], event, known, value)


@compiled
def _earliest(person: Codes, event: Days, known: Days, until: Days, low: int, dates: Days, grid: NDArray[Any]) -> None:
    for row in range(len(person)):
        start = np.searchsorted(dates, max(event[row], known[row]))
        for d in range(start, np.searchsorted(dates, until[row])):
            grid[person[row] - low, d] = min(grid[person[row] - low, d], event[row])


@compiled
def _elapsed(
    person: Codes, since: Days, day: Days, first: NDArray[np.int64], begin: Days, stop: Days, out: Floats
) -> None:
    for row in range(len(person)):
        a, b = first[person[row]], first[person[row] + 1]
        out[row] = active_days(since[row], day[row], begin[a:b], stop[a:b])
