"""Conversations with the manager, against the 12 : 4 : 2 rhythm a year: what I do, how I do it, what I want to do.

A planned check-in is known from its scheduled day: kept from `held_at` (one held before its day is known on that day),
missed or cancelled from the scheduled day, until then pending. Check-ins not held during a leave do not count. Norms, windows and overdue days run on active days,
from the hire day at the earliest.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from features.company import CANCELLED_BY, CONVERSATIONS, Checkins, Codes, Company, Fixed, Floats
from features.days import NEVER
from features.feature import ABSENT, Feature, Formula, of_group
from features.grid import Block, Totals, ratio
from features.streams import Leaves, Stream, on_leave, stream

KINDS: Final = CONVERSATIONS[:3]
_ABOUT: Final = {"what": "what they do", "how": "how they do it", "want": "what they want to do"}


@dataclass(frozen=True)
class Streams:
    """The check-in streams of a company; `held` has a group per conversation type, `cancelled` one per canceller."""

    held: Stream
    missed: Stream
    cancelled: Stream
    pending: Stream


@dataclass(frozen=True)
class Accumulated:
    """What the streams add up to at each row. `overdue` and `adherence` have shape (3, rows): what, how, want."""

    held: Totals
    missed: Totals
    cancelled: Totals
    pending: Totals
    kept_90: Floats
    kept_365: Floats
    held_age: Floats
    overdue: Floats
    adherence: Floats


def streams(checkins: Checkins, leaves: Leaves) -> Streams:
    """The streams of `checkins`."""
    c, here = checkins, ~on_leave(checkins.person, checkins.scheduled, leaves)
    outcome = np.minimum(np.minimum(c.held, c.missed), c.cancelled)
    return Streams(
        held=stream(c.person, c.held, np.maximum(c.scheduled, c.held), slot=c.conversation, groups=len(CONVERSATIONS),
                    where=c.held != NEVER),
        missed=stream(c.person, c.missed, where=here & (c.missed != NEVER)),
        cancelled=stream(c.person, c.cancelled, slot=_canceller(c), groups=len(CANCELLED_BY),
                         where=here & (c.cancelled != NEVER)),
        pending=stream(c.person, c.scheduled, until=outcome, where=here),
    )  # fmt: skip


def accumulate(company: Company, rows: Streams, cadence: tuple[int, int, int], block: Block) -> Accumulated:
    """Totals, ages and the distance from the norm at each row of a block."""
    held = block.totals(rows.held, (90, 365))
    missed = block.totals(rows.missed, (90, 365))
    cancelled = block.totals(rows.cancelled, (90, 365))
    ages = block.active_since(block.latest(rows.held))
    tenure = block.active_since(company.people.hire[block.person][None])
    norm = np.asarray(cadence, np.float64)[:, None]
    expected = np.minimum(tenure, 365) * norm / 365
    return Accumulated(
        held=held,
        missed=missed,
        cancelled=cancelled,
        pending=block.totals(rows.pending, (90,)),
        kept_90=_kept_share(held, missed, cancelled, 90),
        kept_365=_kept_share(held, missed, cancelled, 365),
        held_age=np.fmin.reduce(ages),
        overdue=np.where(np.isnan(ages[:3]), tenure, ages[:3]) - 365 / norm,
        adherence=np.stack([held.count(365, kind) for kind in range(3)]) / np.where(expected < 0.5, np.nan, expected),
    )


def next_conversation(overdue: Floats) -> tuple[Codes, NDArray[np.int64]]:
    """The conversation most overdue of each row, as an index into `KINDS` (-1: none is due), and its whole overdue days.

    `overdue` holds days past the norm's interval, shape (rows, 3), NaN where the source is missing. Ties go to the
    rarer kind, which comes round less often.
    """
    days = np.where(np.isnan(overdue), -np.inf, overdue)
    kind = (2 - np.argmax(days[:, ::-1], axis=1)).astype(np.int32)
    most = days[np.arange(len(days)), kind]
    due = most > 0
    return np.where(due, kind, -1).astype(np.int32), np.where(due, np.floor(most), 0).astype(np.int64)


def _canceller(checkins: Checkins) -> Codes:
    """Who cancelled; an unnamed canceller counts as "other"."""
    other = CANCELLED_BY.index("other")
    return np.where(checkins.cancelled_by < 0, other, checkins.cancelled_by).astype(np.int32)


def _kept_share(held: Totals, missed: Totals, cancelled: Totals, window: int) -> Floats:
    """Held by held, missed and cancelled; NaN where nothing was planned."""
    kept = held.count_all(window)
    return ratio(kept, kept + missed.count(window) + cancelled.count_all(window))


def _cancelled(a: Accumulated, by: str, window: int) -> Fixed:
    return a.cancelled.count(window, CANCELLED_BY.index(by))


_TOPICS: Final = {
    "conversations": ("held_",),
    "kept conversations": ("kept_", "missed_", "pending"),
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
       lambda a: a.held_age),
    _f("held_90", "count", "{} conversation{s} held in the last 3 months", _SOURCE, lambda a: a.held.count_all(90)),
    _f("held_365", "count", "{} conversation{s} held in the last 12 months", _SOURCE, lambda a: a.held.count_all(365)),
    _f("kept_90", "share", "{} of the conversations planned in the last 3 months held", _NOTHING_QUARTER,
       lambda a: a.kept_90),
    _f("kept_365", "share", "{} of the conversations planned in the last 12 months held", _NOTHING_YEAR,
       lambda a: a.kept_365),
    _f("kept_change", "share points", "Share of planned conversations held in the last 3 months against the last 12: {}",
       _NOTHING_QUARTER, lambda a: a.kept_90 - a.kept_365),
    _f("missed_90", "count", "{} conversation{s} missed in the last 3 months", _SOURCE,
       lambda a: a.missed.count(90)),
    _f("missed_365", "count", "{} conversation{s} missed in the last 12 months", _SOURCE,
       lambda a: a.missed.count(365)),
    _f("cancelled_manager_365", "count", "{} conversation{s} cancelled by the manager in the last 12 months", _SOURCE,
       lambda a: _cancelled(a, "manager", 365)),
    _f("cancelled_employee_365", "count", "{} conversation{s} cancelled by the employee in the last 12 months", _SOURCE,
       lambda a: _cancelled(a, "employee", 365)),
    _f("cancelled_employee_90", "count", "{} conversation{s} cancelled by the employee in the last 3 months", _SOURCE,
       lambda a: _cancelled(a, "employee", 90)),
    _f("pending", "count", "{} conversation{s} of the last 3 months without an outcome", _SOURCE,
       lambda a: a.pending.count(90)),
)  # fmt: skip


def cadence_features(cadence: tuple[int, int, int]) -> tuple[Feature, ...]:
    """Per conversation type: share of the norm held within a year, and days past the norm's interval."""
    columns: list[Feature] = []
    for k, kind in enumerate(KINDS):
        about = _ABOUT[kind]
        columns += [
            _f(f"{kind}_adherence", "share", f"Conversations about {about}: {{}} of the norm held in the last 12 months",
               "Too early for a norm", of_group(k, lambda a, k: a.adherence[k])),
            _f(f"{kind}_overdue_days", "days", f"No conversation about {about} for {{}}", _SOURCE,
               of_group(k, lambda a, k: a.overdue[k]), shift=365 / cadence[k],
               otherwise=f"{{}} since a conversation about {about}, or since joining"),
        ]  # fmt: skip
    return tuple(columns)
