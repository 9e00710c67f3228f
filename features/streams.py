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
from typing import Final

import numpy as np
from numpy.typing import NDArray

from features.company import Absences, Codes, Fixed
from features.compiled import compiled
from features.days import NEVER, Days

EVER: Final = NEVER
"""A window that never closes; only `until` ends it."""
_NO_DAYS: Final = np.zeros(0, np.int32)
_NO_VALUES: Final = np.zeros(0, np.int64)


@dataclass(frozen=True)
class Stream:
    """Events of one kind, of one block's persons (or managers, or units), in any order.

    `slot` is the place of the event among the stream's groups (a driver, a category); events with slot -1 are left out.
    `value` is an integer (fixed point), so that totals do not depend on the order of addition. `until` is empty for
    events whose state never ends, `value` for events that are only counted.
    """

    person: Codes
    slot: Codes
    event: Days
    known: Days
    until: Days
    value: Fixed
    groups: int


def stream(
    person: Codes,
    event: Days,
    known: Days | None = None,
    *,
    until: Days | None = None,
    value: Fixed | None = None,
    slot: Codes | None = None,
    groups: int = 1,
    where: NDArray[np.bool_] | None = None,
) -> Stream:
    """A stream of the rows `where` holds (all by default), known from their own date unless `known` says otherwise."""
    if slot is None:
        slot = np.zeros(len(person), np.int32)
    return Stream(
        person=person,
        slot=slot if where is None else np.where(where, slot, np.int32(-1)),
        event=event,
        known=event if known is None else known,
        until=_NO_DAYS if until is None else until,
        value=_NO_VALUES if value is None else value,
        groups=groups,
    )


@dataclass(frozen=True)
class Leaves:
    """Each person's leaves, merged and in order: those of person p are ``first[p] : first[p + 1]``.

    A leave covers the days ``start <= t < stop``.
    """

    first: NDArray[np.int64]
    start: Days
    stop: Days


def leaves(absences: Absences | None, people: int) -> Leaves:
    """The leaves of a company of `people` employments, overlapping ones joined."""
    if absences is None or len(absences.person) == 0:
        empty = np.zeros(0, np.int32)
        return Leaves(np.zeros(people + 1, np.int64), empty, empty)
    order = np.lexsort((absences.end, absences.start, absences.person))
    person, start = absences.person[order], absences.start[order]
    stop = np.minimum(absences.end[order].astype(np.int64) + 1, NEVER).astype(np.int32)
    person, start, stop = _merge(person, start, stop)
    return Leaves(np.searchsorted(person, np.arange(people + 1)), start, stop)


def on_leave(person: Codes, day: Days, leaves: Leaves) -> NDArray[np.bool_]:
    """Whether each person is on leave on the day beside it; False for person -1."""
    away = np.zeros(len(person), np.bool_)
    _away(person, day, leaves.first, leaves.start, leaves.stop, away)
    return away


@compiled
def _away(person: Codes, day: Days, first: NDArray[np.int64], start: Days, stop: Days, away: NDArray[np.bool_]) -> None:
    for row in range(len(person)):
        if person[row] >= 0:
            for leave in range(first[person[row]], first[person[row] + 1]):
                away[row] |= start[leave] <= day[row] < stop[leave]


@compiled
def _merge(person: Codes, start: Days, stop: Days) -> tuple[Codes, Days, Days]:
    last = -1
    for row in range(len(person)):
        if last >= 0 and person[row] == person[last] and start[row] <= stop[last]:
            stop[last] = max(stop[last], stop[row])
        else:
            last += 1
            person[last], start[last], stop[last] = person[row], start[row], stop[row]
    return person[: last + 1], start[: last + 1], stop[: last + 1]


@compiled
def window_end(event: int, window: int, start: Days, stop: Days, low: int, high: int) -> int:
    """The first day after `event` on which `window` active days have passed; one person's leaves are ``[low:high]``."""
    end = event + window
    for leave in range(low, high):
        if start[leave] >= end:
            break
        if stop[leave] > event:
            end += stop[leave] - max(start[leave], event)
    return end


@compiled
def active_days(after: int, until: int, start: Days, stop: Days, low: int, high: int) -> int:
    """The active days in ``(after, until]``: calendar days less days of leave; one person's leaves are ``[low:high]``."""
    days = until - after
    for leave in range(low, high):
        if start[leave] > until:
            break
        days -= max(0, min(stop[leave], until + 1) - max(start[leave], after + 1))
    return days
