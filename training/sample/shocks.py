"""What can befall the sample company: from one month on, other rules than those its past was lived by.

A shock begins on the first day of a month and lasts beyond the tables' end, so the true risks on the last day know it
while most of the history does not. Who has lived through one can check whether a model's level follows.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from training.sample.columns import Floats, Ints

HIRING_FREEZE: Final = "hiring_freeze"
"""Vacancies are not filled any more, and those who stay have more to do each month."""
PAY_FREEZE: Final = "pay_freeze"
"""The pay round is left out while the market moves faster than before, so that salaries fall behind."""
RESIGNATION_WAVE: Final = "resignation_wave"
"""Everybody's hazard is higher, for reasons that no table shows."""
SHOCKS: Final = (HIRING_FREEZE, PAY_FREEZE, RESIGNATION_WAVE)

_WAVE_LOG: Final = float(np.log(1.8))
_LOAD_STEP: Final = 0.15
"""What a month of a hiring freeze adds to every team's load."""
_LOAD_MOST: Final = 0.9
_MARKET_EXTRA: Final = 0.05
"""What the market moves a year under a pay freeze, beyond its usual growth."""


@dataclass(frozen=True)
class Shock:
    """One shock and the month of the plan from whose first day on it holds."""

    kind: str
    month: int

    def freezes_hiring(self, month: int) -> bool:
        """Whether no vacancy is filled in that month."""
        return self.kind == HIRING_FREEZE and month >= self.month

    def freezes_pay(self, month: int) -> bool:
        """Whether that month's pay round is left out."""
        return self.kind == PAY_FREEZE and month >= self.month

    def log_hazard(self, month: int) -> float:
        """What is added to everybody's log hazard in that month."""
        return _WAVE_LOG if self.kind == RESIGNATION_WAVE and month >= self.month else 0.0

    def load(self, months: int) -> Floats:
        """What is added to every team's load in each of the plan's months, shape (months,)."""
        frozen = np.clip(np.arange(months) - self.month + 1, 0, None) * (self.kind == HIRING_FREEZE)
        return np.asarray(np.minimum(_LOAD_STEP * frozen, _LOAD_MOST), dtype=np.float64)

    def market(self, month: int | Ints | Floats) -> Floats:
        """The factor on what the market pays, for months of the plan, fractions too."""
        frozen = np.clip(np.asarray(month) - self.month, 0, None) * (self.kind == PAY_FREEZE)
        return np.asarray((1 + _MARKET_EXTRA) ** (frozen / 12), dtype=np.float64)


def calm(months: int) -> Shock:
    """No shock within so many months of a plan."""
    return Shock("calm", months)
