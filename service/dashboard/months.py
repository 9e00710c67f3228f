"""The months of a dashboard: whole calendar months (UTC) that have ended, at most five years of them."""

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from features.company import Codes
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

    def of(self, days: Days) -> Codes:
        """The month that holds each day; -1 where none does."""
        if not len(self):
            return np.full(len(days), -1, np.int32)
        found: Codes = self._months[np.clip(days - (self.starts[0] - 1), 0, len(self._months) - 1)]
        return found

    @cached_property
    def _months(self) -> Codes:
        """The month of each day from the day before the first to the day after the last."""
        inside = np.repeat(np.arange(len(self), dtype=np.int32), self.lengths)
        return np.concatenate(([-1], inside, [-1])).astype(np.int32)


def months(first_day: int, day: int) -> Months:
    """The months that had ended by `day`, from the one that holds `first_day` on, and of those the last `MOST`."""
    ends = month_ends(first_day, day)[-MOST:]
    starts = [to_day(to_date(end).replace(day=1)) for end in ends.tolist()]
    return Months(np.asarray(starts, np.int32), ends)
