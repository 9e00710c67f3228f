"""What of the sample company's life is on record on the last day: who shows where, and which exits HR knows of."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from features.company import VOLUNTARY
from features.days import NEVER, Days
from training.sample.columns import Flags, Ints
from training.sample.life import Lives

_RESIGNED_SHARE: Final = 0.85
_LATE_SHARE: Final = 0.06
_LATE_DAYS: Final = 60


@dataclass(frozen=True)
class Record:
    """The lives as the export of the last day sees them."""

    lives: Lives
    ids: tuple[str, ...]
    """employee_id of every employment."""
    resigned: Flags
    """Voluntary exits with a resignation date; the others show by a trace on the exit day and a termination date."""
    recorded: Days
    """`exit_recorded_at` of exits recorded late, else `NEVER`."""
    shown: Flags
    """Exits that are known on the last day."""

    @property
    def end(self) -> int:
        """The last day on record."""
        return self.lives.plan.end

    @property
    def known_gone(self) -> Days:
        """The last day at work as the last day on record knows it, else `NEVER`."""
        return np.where(self.shown, self.lives.state.gone, NEVER).astype(np.int32)

    def cells(self, ahead: int = 0) -> tuple[Ints, Ints]:
        """(employment, month) of everybody there in the months the tables cover and `ahead` more, by employment."""
        edges = self.lives.plan.edges[: self.lives.plan.months + ahead + 1]
        hire, gone = self.lives.state.hire, self.lives.state.gone
        there = (hire[:, None] < edges[1:]) & (np.where(gone > self.end, NEVER, gone)[:, None] >= edges[:-1])
        person, month = np.nonzero(there)
        return person, month

    def present(self, person: Ints, day: Ints | Days) -> Flags:
        """Whether each person was employed on each day, notice included."""
        state = self.lives.state
        return np.asarray((state.hire[person] <= day) & (day <= state.gone[person]), dtype=np.bool_)

    def on_leave(self, person: Ints, day: Ints | Days) -> Flags:
        """Whether each person was on leave on each day."""
        owner, start, end = self.lives.leaves
        order = np.lexsort((start, owner))
        keys = (owner[order] << 20) + start[order]
        found = np.searchsorted(keys, (person << 20) + day, side="right") - 1
        if not len(keys):
            return np.zeros(len(person), dtype=np.bool_)
        own = (found >= 0) & (owner[order][found] == person)
        return np.asarray(own & (end[order][found] >= day), dtype=np.bool_)


def record(lives: Lives, rng: np.random.Generator) -> Record:
    """Number the people, and settle how each exit was put on record."""
    state = lives.state
    count = len(state)
    numbers = 1 + rng.permutation(int(state.employee.max()) + 1)
    resigned = (state.kind == VOLUNTARY) & (rng.random(count) < _RESIGNED_SHARE)
    late = (rng.random(count) < _LATE_SHARE) & (resigned | (state.kind != VOLUNTARY)) & (state.exit < NEVER)
    recorded = np.where(late, state.exit + rng.integers(1, _LATE_DAYS + 1, count), NEVER).astype(np.int32)
    return Record(
        lives=lives,
        ids=tuple(f"E{n:06d}" for n in numbers[state.employee]),
        resigned=resigned,
        recorded=recorded,
        shown=(state.exit <= lives.plan.end) & (~late | (recorded <= lives.plan.end)),
    )
