"""The months of a dashboard: whole calendar months (UTC) that have ended, at most five years of them."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from features.company import Codes
from features.compiled import compiled
from features.days import Days, month_ends, to_date, to_day

MOST: Final = 60
"""Months that are kept and shown."""


@dataclass(frozen=True)
class Months:
    """Consecutive months; month m holds the days ``starts[m] <= day <= ends[m]``."""

    starts: Days
    ends: Days

    def __len__(self) -> int:
        return len(self.ends)

    @property
    def names(self) -> list[str]:
        """As ``2026-03``."""
        return [str(to_date(end))[:7] for end in self.ends]

    @property
    def lengths(self) -> Days:
        """Days of each."""
        return self.ends - self.starts + 1

    def of(self, days: Days, known: NDArray[np.bool_] | None = None) -> Codes:
        """The month that holds each day; -1 where none does, or where it is not known."""
        found = np.full(len(days), -1, np.int32)
        if len(self):
            inside = np.repeat(np.arange(len(self), dtype=np.int32), self.lengths)
            _place(days, np.zeros(0, np.bool_) if known is None else known, self.starts[0], inside, found)
        return found


@compiled
def _place(days: Days, known: NDArray[np.bool_], first: int, inside: Codes, found: Codes) -> None:
    for row in range(len(days)):
        if first <= days[row] < first + len(inside) and (len(known) == 0 or known[row]):
            found[row] = inside[days[row] - first]


def months(first_day: int, day: int) -> Months:
    """The months that had ended by `day`, from the one that holds `first_day` on, and of those the last `MOST`."""
    ends = month_ends(first_day, day)[-MOST:]
    starts = [to_day(to_date(end).replace(day=1)) for end in ends.tolist()]
    return Months(np.asarray(starts, np.int32), ends)
