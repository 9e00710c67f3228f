"""Windows in which somebody acted: an action may have kept a person who would have left.

Then the risk was right and the person stayed: averted risk looks like a false alarm, and a model that learns from it learns
that such people stay. Nothing is left out for that: who was acted on is no random draw, and what acting does cannot be told
from these records. But it is marked, counted, and the evidence is shown with and without those windows.

A window (t, t + h] of a person was acted on where an action falls into (t - `BEFORE_DAYS`, t + h].
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from features.asides import Actions
from features.company import Codes, Company
from features.days import NEVER, Days
from models.evidence import Evidence
from models.hazard import INTERVALS, position
from models.manifest import ActedFacts
from training.backtest import Backtest, Judged
from training.evidence import evidence
from training.fit import Known
from training.settings import TrainingSettings
from training.splits import HEADLINE, Origin

BEFORE_DAYS: Final = 90
"""What was done so many days before a window may still work in it."""
_DAYS: Final = NEVER + 1
_ENDS: Final = np.array([end for _, end in INTERVALS], dtype=np.int32)

Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Done:
    """The actions known on one day, of people whom the company knows."""

    key: NDArray[np.int64]
    """Employee and day in one number, rising."""

    @classmethod
    def of(cls, actions: Actions, company: Company, known_on: int) -> "Done":
        """What was known on a day; actions of others and later ones are passed over."""
        people = company.people
        code = dict(zip(people.employee_id, people.employee.tolist(), strict=True))
        pairs = zip(actions.employee_id, actions.occurred.tolist(), strict=True)
        found = [code[id_] * _DAYS + day for id_, day in pairs if id_ in code and day <= known_on]
        return cls(np.unique(np.array(found, dtype=np.int64)))

    @property
    def people(self) -> int:
        """How many had an action."""
        return len(np.unique(self.key // _DAYS))

    def between(self, employee: Codes, after: Days, until: Days) -> Flags:
        """Whether each employee had an action in ``(after, until]``; of equal shapes."""
        base = employee.astype(np.int64) * _DAYS
        first = np.searchsorted(self.key, base + np.maximum(after, -1), side="right")
        last = np.searchsorted(self.key, base + until, side="right")
        return np.asarray(first < last)

    def windows(self, employee: Codes, day: Days, ends: Days = _ENDS) -> Flags:
        """(n, ends) whether the windows of these rows, ending so many days after each, were acted on."""
        found = np.zeros((len(day), len(ends)), dtype=np.bool_)
        some = np.flatnonzero(np.isin(employee, self.key // _DAYS))
        wide = np.broadcast_to(employee[some, None], (len(some), len(ends)))
        start = np.broadcast_to(day[some, None] - BEFORE_DAYS, wide.shape)
        found[some] = self.between(wide, start, day[some, None] + ends)
        return found


def marked(known: Known, done: Done) -> Known:
    """What was learned from, with a mark on each cell whose window was acted on."""
    cells = known.rows.cells
    acted = done.windows(known.employee, known.rows.day)[cells.row, cells.interval]
    return replace(known, rows=replace(known.rows, acted=acted))


def facts(
    known: Known | None, found: Backtest, shown: Sequence[Evidence], mode: str, done: Done, settings: TrainingSettings
) -> ActedFacts:
    """How much of what was learned from, and of the evidence, was acted on.

    Parameters
    ----------
    known
        What was learned from, with rows as `marked` gives them; None where only the past was looked back on.
    shown
        The figures of all, of which the mode's own are shown beside those without.
    mode
        The model's own method in the look back.
    """
    place = position(HEADLINE)
    judged = [_judged(one, mode, done) for one in found.judged if one.has_answer(mode, place)]
    risks = np.concatenate([one.risks[mode][:, place] for one, _ in judged] or [np.zeros(0)])
    touched = np.concatenate([acted for _, acted in judged] or [np.zeros(0, dtype=np.bool_)])
    high = risks >= settings.bands.high
    others = Backtest(tuple(_rows(one, ~acted) for one, acted in judged), 0)
    without = evidence(others, settings.seed, settings.people_per_hrbp, (mode,))
    windows, leavers = (_Counted(0, 0), _Counted(0, 0)) if known is None else _learned(known)
    return ActedFacts(
        actions=len(done.key),
        people=done.people,
        before_days=BEFORE_DAYS,
        windows=windows.all,
        acted=windows.acted,
        leavers=leavers.all,
        acted_leavers=leavers.acted,
        judged=len(touched),
        judged_acted=int(touched.sum()),
        high=int(high.sum()),
        high_acted=int((high & touched).sum()),
        with_them=next(one for one in shown if (one.method, one.horizon) == (mode, HEADLINE)),
        without_them=without[place],
    )


@dataclass(frozen=True)
class _Counted:
    all: int
    acted: int


def _learned(known: Known) -> tuple[_Counted, _Counted]:
    """Cells, and people who left."""
    rows, cells = known.rows, known.rows.cells
    leavers, acted = (np.unique(known.employee[cells.row[some]]) for some in (cells.event, cells.event & rows.acted))
    return _Counted(len(cells.row), int(rows.acted.sum())), _Counted(len(leavers), len(acted))


def _judged(one: Judged, mode: str, done: Done) -> tuple[Judged, Flags]:
    """The origin by one method at the headline horizon, and who was acted on."""
    day = np.full(len(one.employee), one.origin.cutoff, dtype=np.int32)
    acted = done.windows(one.employee, day, np.array([HEADLINE], dtype=np.int32))[:, 0]
    return replace(one, origin=Origin(one.origin.cutoff, (HEADLINE,)), risks={mode: one.risks[mode]}), acted


def _rows(one: Judged, kept: Flags) -> Judged:
    risks = {method: risk[kept] for method, risk in one.risks.items()}
    return replace(one, employee=one.employee[kept], risks=risks, left=one.left[kept])
