"""The one rule of time: on which days an event counts. Nothing else in this room compares an event with a date.

An event dated `event` that became known on `known` counts in a window of w days on the days t with

    max(event, known) <= t < max(known, event + w)        and        t < until,

where `until` is the day its state ends (an open ticket, until it is resolved). This is exact for late records: on day
t the window holds what was known by t and happened in the w days up to t, and no more.

Windows count a person's *active* days: a leave that lies between pushes the end of the window back by its length, so
that nobody looks disengaged for having been away. On a day t only leaves that began by t have any effect.

Example: a ticket opened on day 100 and recorded on day 110 counts in a 30-day window on days 110 to 129. With a leave
from day 120 to day 124 (5 days) it counts on days 110 to 134.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from features.bare import bare, inlined
from features.company import Absences, Codes
from features.days import NEVER, Days

EVER: Final = NEVER
"""A window that never closes; only `until` ends it."""


@dataclass(frozen=True)
class Leaves:
    """Each person's leaves, merged and in order: those of person p are ``first[p] : first[p + 1]``.

    A leave covers the days ``start <= t < stop``.
    """

    first: NDArray[np.int64]
    start: Days
    stop: Days


_NOBODY: Final = np.zeros(0, np.int32)


def leaves(absences: Absences | None, people: int) -> Leaves:
    """The leaves of a company of `people` employments, overlapping ones joined."""
    if absences is None or len(absences.person) == 0:
        return Leaves(np.zeros(people + 1, np.int64), _NOBODY, _NOBODY)
    person, start, end = absences.person, absences.start, absences.end
    if not in_order(person, start, end):
        order = np.lexsort((end, start, person))
        person, start, end = person[order], start[order], end[order]
    first, start, stop = np.zeros(people + 1, np.int64), start.copy(), np.empty_like(end)
    joined = join(person, end, first, start, stop)
    return Leaves(first, start[:joined], stop[:joined])


@bare
def in_order(person: Codes, first: Days, then: Days) -> bool:
    """Whether rows are sorted by person, by a first day and then by another."""
    for row in range(1, len(person)):
        if (person[row], first[row], then[row]) < (person[row - 1], first[row - 1], then[row - 1]):
            return False
    return True


@bare
def join(person: Codes, end: Days, first: NDArray[np.int64], start: Days, stop: Days) -> int:
    """Joins what overlaps, in place, of leaves in order; the number of leaves that are left."""
    last = -1
    for row in range(len(person)):
        after = min(end[row] + 1, NEVER)
        if last >= 0 and row > 0 and person[row] == person[row - 1] and start[row] <= stop[last]:
            stop[last] = max(stop[last], after)
        else:
            last += 1
            start[last], stop[last] = start[row], after
            first[person[row] + 1] += 1
    for p in range(1, len(first)):
        first[p] += first[p - 1]
    return last + 1


@inlined
def starts(event: int, known: int) -> int:
    """The first day on which an event counts."""
    return max(event, known)


@bare
def ends(event: int, known: int, until: int, window: int, begin: Days, stop: Days, low: int, high: int) -> int:
    """The first day on which an event no longer counts in a window; the person's leaves are ``[low:high]``."""
    if window == EVER:
        return until
    return min(until, max(known, window_end(event, window, begin, stop, low, high)))


@bare
def window_end(event: int, window: int, begin: Days, stop: Days, low: int, high: int) -> int:
    """The first day after `event` on which `window` active days have passed; one person's leaves are ``[low:high]``."""
    end = event + window
    for leave in range(low, high):
        if begin[leave] >= end:
            break
        if stop[leave] > event:
            end += stop[leave] - max(begin[leave], event)
    return end


@bare
def active_days(after: int, until: int, begin: Days, stop: Days, low: int, high: int) -> int:
    """The active days in ``(after, until]``: calendar days less days of leave; one person's leaves are ``[low:high]``."""
    days = until - after
    for leave in range(low, high):
        if begin[leave] > until:
            break
        days -= max(0, min(stop[leave], until + 1) - max(begin[leave], after + 1))
    return days


@bare
def passed(event: int, day: int, begin: Days, stop: Days, low: int, high: int) -> int:
    """The active days in ``[event, day)``: what is known on the day counts in windows of more days than these."""
    return active_days(event - 1, day - 1, begin, stop, low, high)


@bare
def on_leave(day: int, begin: Days, stop: Days, low: int, high: int) -> bool:
    """Whether a day lies in a leave; one person's leaves are ``[low:high]``."""
    away = False
    for leave in range(low, high):
        away |= begin[leave] <= day < stop[leave]
    return away


@bare
def row_from(day: NDArray[Any], low: int, high: int, wanted: int) -> int:
    """The first row in ``[low, high)`` whose day is not before `wanted`; quick where it is near `low`."""
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
