"""The engine: streams dropped on the rows that are asked for, then summed along each person's days.

An event adds to a person's first row on which it counts and is taken away on the first row on which it no longer does;
a running sum along the days gives every window at every row. Integers only, so results are the same to the last bit
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

Places = NDArray[np.int64]


@dataclass(frozen=True)
class Totals:
    """What a stream adds up to. `counts` and `sums` have shape (groups, windows, rows)."""

    windows: tuple[int, ...]
    counts: Fixed
    sums: Fixed

    def count(self, window: int, group: int = 0) -> Fixed:
        """Events in a window, one number a row."""
        count: Fixed = self.counts[group, self.windows.index(window)]
        return count

    def count_all(self, window: int) -> Fixed:
        """Events of all groups in a window, one number a row."""
        count: Fixed = self.counts[:, self.windows.index(window)].sum(axis=0)
        return count

    def sum(self, window: int, group: int = 0) -> Fixed:
        """Their values added up, one number a row."""
        total: Fixed = self.sums[group, self.windows.index(window)]
        return total

    def mean(self, window: int, group: int = 0, unit: float = 1.0) -> Floats:
        """Sum by count in `unit`s, NaN where nothing counts."""
        return ratio(self.sum(window, group), self.count(window, group), unit)


@dataclass(frozen=True)
class Block:
    """Rows of (person, day), sorted by both, of the persons ``low <= p < low + len(first) - 1``.

    The rows of person p are ``first[p - low] : first[p - low + 1]``.
    """

    low: int
    first: Places
    person: Codes
    day: Days
    leaves: Leaves

    @property
    def high(self) -> int:
        """The first person after the block's."""
        return self.low + len(self.first) - 1

    def totals(self, stream: Stream, windows: tuple[int, ...]) -> Totals:
        """Counts and sums of a stream at each row in each window: active days, ascending, or `EVER` for all time."""
        counts = np.zeros((stream.groups, len(windows), len(self.day)), np.int64)
        sums = np.zeros(counts.shape, np.int64)
        _totals(stream.person, stream.slot, stream.event, stream.known, stream.until, stream.value,
                np.asarray(windows, np.int32), self.low, self.first, self.day, *_arrays(self.leaves),
                counts, sums)  # fmt: skip
        return Totals(windows, counts, sums)

    def last(self, stream: Stream, unit: float) -> Floats:
        """The values, in `unit`s, of the last event and of the one before it: those by (event, known, value) that count.

        The value breaks ties, so that the order of rows never matters. NaN for none. Shape: (groups, 2, rows).
        """
        best = np.full((stream.groups, len(self.day), 2), -1, np.int64)
        values = np.empty((stream.groups, 2, len(self.day)), np.float64)
        _last(stream.person, stream.slot, stream.event, stream.known, stream.value, unit,
              self.low, self.first, self.day, best, values)  # fmt: skip
        return values

    def latest(self, stream: Stream) -> Days:
        """The date of the last event that counts; NEVER for none. Shape: (groups, rows)."""
        dates = np.full((stream.groups, len(self.day)), NEVER, np.int32)
        _latest(stream.person, stream.slot, stream.event, stream.known, self.low, self.first, self.day, dates)
        return dates

    def oldest(self, stream: Stream) -> Days:
        """The earliest event date among those whose state still holds (``t < until``); NEVER for none. Shape: (rows,)."""
        dates = np.full(len(self.day), NEVER, np.int32)
        _oldest(stream.person, stream.event, stream.known, stream.until, self.low, self.first, self.day, dates)
        return dates

    def active_since(self, since: Days) -> Floats:
        """Active days in (`since`, day] at each row; NaN where `since` is NEVER. Shape: that of `since`, (groups, rows)."""
        days = np.empty(since.shape, np.float64)
        _active(self.person, self.day, since, *_arrays(self.leaves), days)
        return days


def block(person: Codes, day: Days, low: int, high: int, leaves: Leaves) -> Block:
    """The block of the persons ``low <= p < high`` with these rows, which are sorted by (person, day)."""
    first = np.searchsorted(person, np.arange(low, high + 1, dtype=np.int32))
    return Block(low, first, person, day, leaves)


def ratio(over: NDArray[Any], under: NDArray[Any], unit: float = 1.0) -> Floats:
    """Quotient of two columns in `unit`s, NaN where the divisor is not positive."""
    quotient = np.empty(len(over), np.float64)
    _ratio(over, under, unit, quotient)
    return quotient


def _arrays(leaves: Leaves) -> tuple[Places, Days, Days]:
    return leaves.first, leaves.start, leaves.stop


@compiled
def _ratio(over: NDArray[Any], under: NDArray[Any], unit: float, quotient: Floats) -> None:
    for row in range(len(over)):
        quotient[row] = over[row] / under[row] / unit if under[row] > 0 else np.nan


@compiled
def _row(day: Days, low: int, high: int, wanted: int) -> int:
    """The first row in [low, high) whose day is not before `wanted`; quick where it is near `low`."""
    step = 1
    while low + step <= high and day[low + step - 1] < wanted:
        low += step
        step += step
    high = min(low + step - 1, high)
    while low < high:
        middle = (low + high) >> 1
        if day[middle] < wanted:
            low = middle + 1
        else:
            high = middle
    return low


@compiled
def _totals(
    person: Codes,
    slot: Codes,
    event: Days,
    known: Days,
    until: Days,
    value: Fixed,
    windows: Days,
    low: int,
    first: Places,
    day: Days,
    leaves: Places,
    begin: Days,
    stop: Days,
    counts: Fixed,
    sums: Fixed,
) -> None:
    for row in range(len(person)):
        p, g = person[row] - low, slot[row]
        if g < 0:
            continue
        rows = first[p + 1]
        start = finish = _row(day, first[p], rows, max(event[row], known[row]))
        for w in range(len(windows)):
            end = until[row] if len(until) else NEVER
            if windows[w] != EVER:
                closes = window_end(event[row], windows[w], begin, stop, leaves[p + low], leaves[p + low + 1])
                end = min(end, max(known[row], closes))
            finish = _row(day, finish, rows, end)
            if start < finish:
                _add(counts[g, w], start, finish, rows, 1)
                if len(value):
                    _add(sums[g, w], start, finish, rows, value[row])
    for g in range(counts.shape[0]):
        for w in range(counts.shape[1]):
            _run(counts[g, w], first)
            if len(value):
                _run(sums[g, w], first)


@compiled
def _add(column: Fixed, start: int, finish: int, rows: int, amount: int) -> None:
    column[start] += amount
    if finish < rows:
        column[finish] -= amount


@compiled
def _run(column: Fixed, first: Places) -> None:
    for p in range(len(first) - 1):
        for row in range(first[p] + 1, first[p + 1]):
            column[row] += column[row - 1]


@compiled
def _insert(best: Places, row: int, event: Days, known: Days, value: Fixed) -> None:
    for place in range(2):
        old = best[place]
        if old < 0 or (event[row], known[row], value[row]) > (event[old], known[old], value[old]):
            best[place] = row
            row = old
            if old < 0:
                break


@compiled
def _last(
    person: Codes,
    slot: Codes,
    event: Days,
    known: Days,
    value: Fixed,
    unit: float,
    low: int,
    first: Places,
    day: Days,
    best: Places,
    values: Floats,
) -> None:
    for row in range(len(person)):
        p = person[row] - low
        if slot[row] >= 0:
            start = _row(day, first[p], first[p + 1], max(event[row], known[row]))
            if start < first[p + 1]:
                _insert(best[slot[row], start], row, event, known, value)
    for g in range(best.shape[0]):
        for p in range(len(first) - 1):
            for row in range(first[p], first[p + 1]):
                for place in range(2):
                    if row > first[p] and best[g, row - 1, place] >= 0:
                        _insert(best[g, row], best[g, row - 1, place], event, known, value)
                for place in range(2):
                    at = best[g, row, place]
                    values[g, place, row] = value[at] / unit if at >= 0 else np.nan


@compiled
def _latest(
    person: Codes, slot: Codes, event: Days, known: Days, low: int, first: Places, day: Days, dates: Days
) -> None:
    for row in range(len(person)):
        p, g = person[row] - low, slot[row]
        if g >= 0:
            start = _row(day, first[p], first[p + 1], max(event[row], known[row]))
            if start < first[p + 1] and (dates[g, start] == NEVER or dates[g, start] < event[row]):
                dates[g, start] = event[row]
    for g in range(dates.shape[0]):
        for p in range(len(first) - 1):
            for row in range(first[p] + 1, first[p + 1]):
                before = dates[g, row - 1]
                if before != NEVER and (dates[g, row] == NEVER or dates[g, row] < before):
                    dates[g, row] = before


@compiled
def _oldest(
    person: Codes, event: Days, known: Days, until: Days, low: int, first: Places, day: Days, dates: Days
) -> None:
    for row in range(len(person)):
        p = person[row] - low
        start = _row(day, first[p], first[p + 1], max(event[row], known[row]))
        for at in range(start, _row(day, start, first[p + 1], until[row])):
            dates[at] = min(dates[at], event[row])


@compiled
def _active(person: Codes, day: Days, since: Days, leaves: Places, begin: Days, stop: Days, days: Floats) -> None:
    for row in range(len(person)):
        p = person[row]
        for g in range(len(since)):
            days[g, row] = np.nan
            if since[g, row] != NEVER:
                days[g, row] = active_days(since[g, row], day[row], begin, stop, leaves[p], leaves[p + 1])
