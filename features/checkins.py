"""Conversations with the manager, against the 12 : 4 : 2 rhythm a year: what I do, how I do it, what I want to do.

A planned check-in is known from its scheduled day: kept from `held_at` (one held before its day is known on that day),
missed or cancelled from the scheduled day. One without an outcome says nothing: whether it was entered late or not held
shows later, and rows of the past hardly have any, so a model could not learn what they mean. Check-ins not held during a leave do not count. Norms,
windows and overdue days run on active days, from the hire day at the earliest.
"""

from functools import partial
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from features.book import EVENT, ROOM, STREAMS, Book, Shapes, enter, note
from features.career import HIRED
from features.company import CANCELLED_BY, CONVERSATIONS, Company, Floats
from features.compiled import compiled
from features.days import NEVER
from features.feature import ABSENT, Feature
from features.formulas import Formula, age, at_least, at_most, count, counts, latest, least, or_else, ratio
from features.grid import Times, rows_of
from features.spec import FeatureSpec
from features.streams import on_leave

KINDS: Final = CONVERSATIONS[:3]
_ABOUT: Final = {"what": "what they do", "how": "how they do it", "want": "what they want to do"}
_OTHER: Final = CANCELLED_BY.index("other")

# The streams; a row gives each at most one event.
HELD: Final = 0
"""By conversation type."""
MISSED: Final = 1
CANCELLED: Final = 2
"""By who cancelled; an unnamed canceller counts as "other"."""


def walk(company: Company, _spec: FeatureSpec) -> Any:
    """What writes the check-ins of a block's persons into its book; None without check-ins."""
    if (c := company.checkins) is None:
        return None
    return partial(loop, (c.person, c.scheduled, c.held, c.missed, c.cancelled, c.cancelled_by, c.conversation))


@compiled
def loop(table: Any, times: Times, shapes: Shapes, book: Book) -> None:
    """Write the events of a block's persons into its book."""
    persons, scheduled_on, held_on, missed_on, cancelled_on, cancelled_by, conversations = table
    _, _, _, away, begin, stop = times
    first, last = rows_of(persons, times)
    events, n = np.empty((ROOM, EVENT), np.int64), 0
    for row in range(first, last):
        if n > ROOM - STREAMS:
            enter(events, n, times, shapes, book)
            n = 0
        person, scheduled, held = persons[row], scheduled_on[row], held_on[row]
        missed, cancelled, canceller = missed_on[row], cancelled_on[row], cancelled_by[row]
        if held != NEVER:
            known = max(scheduled, held)
            n = note(events, n, HELD, conversations[row], person, held, known, NEVER, 0)
        if on_leave(scheduled, begin, stop, away[person], away[person + 1]):
            continue
        if missed != NEVER:
            n = note(events, n, MISSED, 0, person, missed, missed, NEVER, 0)
        if cancelled != NEVER:
            by = _OTHER if canceller < 0 else canceller
            n = note(events, n, CANCELLED, by, person, cancelled, cancelled, NEVER, 0)
    enter(events, n, times, shapes, book)


def next_conversation(overdue: Floats) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The conversation most overdue of each row, as an index into `KINDS` (-1: none is due), and its whole overdue days.

    `overdue` holds days past the norm's interval, shape (rows, 3), NaN where the source is missing. Ties go to the
    rarer kind, which comes round less often.
    """
    kinds, days = next_of(overdue, np.arange(overdue.shape[1]))
    return kinds, days


def next_of(rows: NDArray[Any], columns: NDArray[np.int64]) -> NDArray[np.int64]:
    """The same, kinds before days, from rows of features, of which `columns` hold the overdue days."""
    found = np.empty((2, len(rows)), np.int64)
    _most_overdue(rows, columns, found)
    return found


@compiled
def _most_overdue(rows: NDArray[Any], columns: NDArray[np.int64], found: NDArray[np.int64]) -> None:
    for row in range(len(rows)):
        found[0, row], most = -1, 0.0
        for kind in range(len(columns)):
            overdue = np.float64(rows[row, columns[kind]])
            if overdue > 0 and overdue >= most:
                found[0, row], most = kind, overdue
        found[1, row] = int(np.floor(most))


def held(window: int) -> Formula:
    """Conversations held, of any type."""
    return counts(HELD, window, len(CONVERSATIONS))


def planned(window: int) -> Formula:
    """Conversations held, missed or cancelled."""
    return held(window) + count(MISSED, window) + counts(CANCELLED, window, len(CANCELLED_BY))


def _kept(window: int) -> Formula:
    """The share of the planned ones that was held; null where nothing was planned."""
    return ratio(held(window), planned(window))


def _cancelled(by: str, window: int) -> Formula:
    return count(CANCELLED, window, CANCELLED_BY.index(by))


def _adherence(kind: int, norm: int) -> Formula:
    """Held in a year by what the norm asks for in a year, or since the hire day; null while that is under half a one."""
    return count(HELD, 365, kind) / at_least(at_most(age(HIRED), 365) * norm / 365, 0.5)


def _overdue(kind: int, norm: int) -> Formula:
    """Days since the last one, or since the hire day, beyond the norm's interval."""
    return or_else(age(latest(HELD, kind)), age(HIRED)) - 365 / norm


_TOPICS: Final = {
    "conversations": ("held_",),
    "kept conversations": ("kept_", "missed_"),
    "cancelled by the employee": ("cancelled_employee_",),
    **{f"conversations about {_ABOUT[kind]}": (f"{kind}_",) for kind in KINDS},
}
"""Columns that look at one thing in several ways, by how their names begin."""


def _f(
    name: str, unit: str, phrase: str, null: str, formula: Formula, *, shift: float = 0.0, otherwise: str = ""
) -> Feature:
    topic = next((topic for topic, names in _TOPICS.items() if name.startswith(names)), "")
    return Feature(f"checkins_{name}", "checkins", unit, phrase, null, formula, shift=shift, otherwise=otherwise,
                   topic=topic)  # fmt: skip


_SOURCE: Final = ABSENT["checkins"]
_NOTHING_QUARTER: Final = "No conversation planned in the last 3 months"
_NOTHING_YEAR: Final = "No conversation planned in the last 12 months"

FEATURES: Final = (
    _f("held_days", "days", "Last conversation with the manager {} ago", "No conversation with the manager on record",
       least(*(age(latest(HELD, kind)) for kind in range(len(CONVERSATIONS))))),
    _f("held_90", "count", "{} conversation{s} held in the last 3 months", _SOURCE, held(90)),
    _f("held_365", "count", "{} conversation{s} held in the last 12 months", _SOURCE, held(365)),
    _f("kept_90", "share", "{} of the conversations planned in the last 3 months held", _NOTHING_QUARTER,
       _kept(90)),
    _f("kept_365", "share", "{} of the conversations planned in the last 12 months held", _NOTHING_YEAR,
       _kept(365)),
    _f("kept_change", "share points", "Share of planned conversations held in the last 3 months against the last 12: {}",
       _NOTHING_QUARTER, _kept(90) - _kept(365)),
    _f("missed_90", "count", "{} conversation{s} missed in the last 3 months", _SOURCE,
       count(MISSED, 90)),
    _f("missed_365", "count", "{} conversation{s} missed in the last 12 months", _SOURCE,
       count(MISSED, 365)),
    _f("cancelled_manager_365", "count", "{} conversation{s} cancelled by the manager in the last 12 months", _SOURCE,
       _cancelled("manager", 365)),
    _f("cancelled_employee_365", "count", "{} conversation{s} cancelled by the employee in the last 12 months", _SOURCE,
       _cancelled("employee", 365)),
    _f("cancelled_employee_90", "count", "{} conversation{s} cancelled by the employee in the last 3 months", _SOURCE,
       _cancelled("employee", 90)),
)  # fmt: skip


def cadence_features(cadence: tuple[int, int, int]) -> tuple[Feature, ...]:
    """Per conversation type: share of the norm held within a year, and days past the norm's interval."""
    columns: list[Feature] = []
    for k, kind in enumerate(KINDS):
        about = _ABOUT[kind]
        columns += [
            _f(f"{kind}_adherence", "share", f"Conversations about {about}: {{}} of the norm held in the last 12 months",
               "Too early for a norm", _adherence(k, cadence[k])),
            _f(f"{kind}_overdue_days", "days", f"No conversation about {about} for {{}}", _SOURCE,
               _overdue(k, cadence[k]), shift=365 / cadence[k],
               otherwise=f"{{}} since a conversation about {about}, or since joining"),
        ]  # fmt: skip
    return tuple(columns)
