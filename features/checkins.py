"""Conversations with the manager, against the 12 : 4 : 2 rhythm a year: what I do, how I do it, what I want to do.

A planned check-in is known from its scheduled day: kept from `held_at` (one held before its day is known on that day),
missed or cancelled from the scheduled day, until then pending. Check-ins not held during a leave do not count. Norms, windows and overdue days run on active days,
from the hire day at the earliest.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from features.company import CANCELLED_BY, CONVERSATIONS, Checkins, Codes, Company, Floats
from features.days import NEVER
from features.feature import Feature, Formula, of_group
from features.grid import Block, Totals, days_at, ratio
from features.streams import EVER, Leaves, Stream, on_leave, stream

WINDOWS: Final = (90, 365, EVER)
_90, _365, _EVER = range(3)
KINDS: Final = CONVERSATIONS[:3]
_ABOUT: Final = {"what": "what they do", "how": "how they do it", "want": "what they want to do"}


@dataclass(frozen=True)
class Streams:
    """The check-in streams of a company; `held` has a group per conversation type, `cancelled` one per canceller."""

    held: Stream
    any_held: Stream
    missed: Stream
    cancelled: Stream
    pending: Stream


@dataclass(frozen=True)
class Accumulated:
    """What the streams add up to at each row. `overdue` and `adherence` have shape (rows, 3): what, how, want."""

    held: Totals
    missed: Totals
    cancelled: Totals
    pending: Totals
    held_age: Floats
    overdue: Floats
    adherence: Floats


def streams(checkins: Checkins, leaves: Leaves) -> Streams:
    """The streams of `checkins`."""
    c, here = checkins, ~on_leave(checkins.person, checkins.scheduled, leaves)
    outcome = np.minimum(np.minimum(c.held, c.missed), c.cancelled)
    known = np.maximum(c.scheduled, c.held)
    return Streams(
        held=stream(c.person, c.held, known, slot=c.conversation, groups=len(CONVERSATIONS), where=c.held != NEVER),
        any_held=stream(c.person, c.held, known, where=c.held != NEVER),
        missed=stream(c.person, c.missed, where=here & (c.missed != NEVER)),
        cancelled=stream(c.person, c.cancelled, slot=_canceller(c), groups=len(CANCELLED_BY),
                         where=here & (c.cancelled != NEVER)),
        pending=stream(c.person, c.scheduled, until=outcome, where=here),
    )  # fmt: skip


def accumulate(company: Company, rows: Streams, cadence: tuple[int, int, int], block: Block) -> Accumulated:
    """Totals, ages and the distance from the norm at each row of a block."""
    held = block.totals(rows.held, WINDOWS)
    hire = company.people.hire[block.person]
    last = days_at(rows.held, block.last(rows.held)[..., 0])
    norm = np.asarray(cadence, np.float64)
    waits = [block.active_since(np.where(last[:, k] == NEVER, hire, last[:, k])) for k in range(3)]
    expected = np.minimum(block.active_since(hire), 365)[:, None] * norm / 365
    latest = days_at(rows.any_held, block.last(rows.any_held)[:, 0, 0])
    return Accumulated(
        held=held,
        missed=block.totals(rows.missed, WINDOWS),
        cancelled=block.totals(rows.cancelled, WINDOWS),
        pending=block.totals(rows.pending, (90,)),
        held_age=block.active_since(latest),
        overdue=np.stack(waits, axis=1) - 365 / norm,
        adherence=np.where(expected < 0.5, np.nan, ratio(held.count[:, :3, _365], expected)),
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


def kept_share(a: Accumulated, window: int) -> Floats:
    """Held by held, missed and cancelled, in a window (an index into `WINDOWS`); NaN where nothing was planned."""
    held = a.held.count[..., window].sum(axis=1)
    return ratio(held, held + a.missed.count[:, 0, window] + a.cancelled.count[..., window].sum(axis=1))


def _held(a: Accumulated, window: int) -> Floats:
    held: Floats = a.held.count[..., window].sum(axis=1).astype(np.float64)
    return held


def _cancelled(a: Accumulated, by: str, window: int) -> Floats:
    return a.cancelled.count[:, CANCELLED_BY.index(by), window].astype(np.float64)


def _f(name: str, unit: str, phrase: str, null: str, formula: Formula) -> Feature:
    return Feature(f"checkins_{name}", "checkins", unit, phrase, null, formula)


_SOURCE: Final = "No check-ins as a source"
_NOTHING: Final = "No check-in planned in that time"

FEATURES: Final = (
    _f("held_days", "days", "Last conversation with the manager {} ago", "No conversation held on record",
       lambda a: a.held_age),
    _f("held_90", "count", "{} conversations held in three months", _SOURCE, lambda a: _held(a, _90)),
    _f("held_365", "count", "{} conversations held in a year", _SOURCE, lambda a: _held(a, _365)),
    _f("kept_90", "share", "{} of the planned conversations of three months held", _NOTHING, lambda a: kept_share(a, _90)),
    _f("kept_365", "share", "{} of the planned conversations of a year held", _NOTHING, lambda a: kept_share(a, _365)),
    _f("kept_change", "share", "Share of conversations held moved by {}", _NOTHING,
       lambda a: kept_share(a, _90) - kept_share(a, _365)),
    _f("missed_90", "count", "{} conversations missed in three months", _SOURCE,
       lambda a: a.missed.count[:, 0, _90].astype(np.float64)),
    _f("missed_365", "count", "{} conversations missed in a year", _SOURCE,
       lambda a: a.missed.count[:, 0, _365].astype(np.float64)),
    _f("cancelled_manager_365", "count", "{} conversations cancelled by the manager in a year", _SOURCE,
       lambda a: _cancelled(a, "manager", _365)),
    _f("cancelled_employee_365", "count", "{} conversations cancelled by the employee in a year", _SOURCE,
       lambda a: _cancelled(a, "employee", _365)),
    _f("cancelled_employee_90", "count", "{} conversations cancelled by the employee in three months", _SOURCE,
       lambda a: _cancelled(a, "employee", _90)),
    _f("pending", "count", "{} conversations past their date without an outcome", _SOURCE,
       lambda a: a.pending.count[:, 0, 0].astype(np.float64)),
)  # fmt: skip


def cadence_features(cadence: tuple[int, int, int]) -> tuple[Feature, ...]:
    """Per conversation type: share of the norm held within a year, and days past the norm's interval."""
    columns: list[Feature] = []
    for k, kind in enumerate(KINDS):
        about = _ABOUT[kind]
        columns += [
            _f(f"{kind}_adherence", "share", f"Conversations about {about}: {{}} of the norm held",
               "Too early for a norm", of_group(k, lambda a, k: a.adherence[:, k])),
            Feature(f"checkins_{kind}_overdue_days", "checkins", "days", f"No conversation about {about} for {{}}", _SOURCE,
                    of_group(k, lambda a, k: a.overdue[:, k]), shift=365 / cadence[k]),
        ]  # fmt: skip
    return tuple(columns)
