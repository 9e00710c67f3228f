"""The sample company's answer key: the true risk of everybody on any day.

With the hazards v(t) (voluntary) and c(t) (competing) of a person, both constant within a month, S(t) = exp(-∫(v + c))
and G(t) = ∫ v S, the probability to give notice in (t, t + h] for somebody at risk on t is (G(t + h) - G(t)) / S(t).
Where nothing competes that is 1 - exp(-∫v). Nothing of it is ever written beside the data.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from features.days import Days
from training.sample.columns import Floats, Ints

_HIRE_BITS = 20


@dataclass(frozen=True)
class Truth:
    """True hazards per employment and month, sorted by (employee_id, hire)."""

    edges: Days
    """First days of the months, shape (months + 1,). Day d lies in month m where ``edges[m] <= d < edges[m + 1]``."""
    employee_id: tuple[str, ...]
    hire: Days
    exit: Days
    """The true exit day, also after the tables' end; `NEVER` where none was drawn."""
    kind: Ints
    """0 none, 1 voluntary, 2 competing, as `features.company` counts them."""
    voluntary: Floats
    """Per day, shape (employments, months); 0 in months before the hire."""
    competing: Floats

    def hazard_at(self, person_ids: Sequence[str], day: int | NDArray[np.integer]) -> Floats:
        """The voluntary hazard per day of each person on `day` (one day, or one per person).

        NaN before a person's first hire. After an exit the path goes on as if the person had stayed.

        Raises
        ------
        KeyError
            For an id that never worked here.
        ValueError
            For a day outside the months.
        """
        rows, days = self._rows(person_ids, day)
        found = self.voluntary[np.maximum(rows, 0), self._month(days)]
        return np.where(rows >= 0, found, np.nan)

    def risk(self, person_ids: Sequence[str], day: int | NDArray[np.integer], horizon: int) -> Floats:
        """P(voluntary exit in (day, day + horizon] | at risk on day) of each person; competing exits come first.

        NaN before a person's first hire.

        Raises
        ------
        KeyError
            For an id that never worked here.
        ValueError
            For a window that leaves the months.
        """
        rows, days = self._rows(person_ids, day)
        known = np.maximum(rows, 0)
        staying, before = self._curves(known, days)
        _, after = self._curves(known, days + horizon)
        return np.where(rows >= 0, (after - before) / staying, np.nan)

    def cumulative(self, person_ids: Sequence[str], day: int | NDArray[np.integer], horizon: int) -> Floats:
        """The voluntary hazard summed over (day, day + horizon]; NaN before a person's first hire."""
        rows, days = self._rows(person_ids, day)
        known = np.maximum(rows, 0)
        total = self._integral(self.voluntary, known, days + horizon) - self._integral(self.voluntary, known, days)
        return np.where(rows >= 0, total, np.nan)

    def _rows(self, person_ids: Sequence[str], day: int | NDArray[np.integer]) -> tuple[Ints, Ints]:
        """The employment of each person whose [hire, next hire) holds the day; -1 before the first."""
        days = np.broadcast_to(np.asarray(day, dtype=np.int64), (len(person_ids),))
        employee = np.array([self._codes[name] for name in person_ids], dtype=np.int64)
        rows = np.searchsorted(self._keys, (employee << _HIRE_BITS) + days, side="right") - 1
        own = (rows >= 0) & (self._row_codes[rows] == employee)
        return np.where(own, rows, -1), days

    @cached_property
    def _codes(self) -> dict[str, int]:
        return {name: code for code, name in enumerate(dict.fromkeys(self.employee_id))}

    @cached_property
    def _row_codes(self) -> Ints:
        return np.array([self._codes[name] for name in self.employee_id], dtype=np.int64)

    @cached_property
    def _keys(self) -> Ints:
        return (self._row_codes << _HIRE_BITS) + self.hire

    @cached_property
    def _at_edges(self) -> tuple[Floats, Floats]:
        """The summed total hazard and G at every edge, shape (employments, months + 1)."""
        both = (self.voluntary + self.competing) * np.diff(self.edges)
        total = np.concatenate([np.zeros((len(both), 1)), np.cumsum(both, axis=1)], axis=1)
        share = np.divide(self.voluntary * np.diff(self.edges), both, out=np.zeros_like(both), where=both > 0)
        gained = share * -np.diff(np.exp(-total), axis=1)
        return total, np.concatenate([np.zeros((len(both), 1)), np.cumsum(gained, axis=1)], axis=1)

    def _curves(self, rows: Ints, days: Ints) -> tuple[Floats, Floats]:
        """S and G at the end of each day."""
        total, gained = self._at_edges
        month, inside = self._split(days)
        voluntary, competing = self.voluntary[rows, month], self.competing[rows, month]
        rate = voluntary + competing
        start = np.exp(-total[rows, month])
        staying = start * np.exp(-rate * inside)
        share = np.divide(voluntary, rate, out=np.zeros_like(rate), where=rate > 0)
        return staying, gained[rows, month] + share * (start - staying)

    def _integral(self, hazard: Floats, rows: Ints, days: Ints) -> Floats:
        month, inside = self._split(days)
        steps = hazard * np.diff(self.edges)
        before = np.concatenate([np.zeros((len(steps), 1)), np.cumsum(steps, axis=1)], axis=1)
        return np.asarray(before[rows, month] + hazard[rows, month] * inside, dtype=np.float64)

    def _split(self, days: Ints) -> tuple[Ints, Ints]:
        """The month of each day and the days of it that are over when the day ends."""
        month = self._month(days)
        return month, days - self.edges[month] + 1

    def _month(self, days: Ints) -> Ints:
        if len(days) and not (self.edges[0] <= days.min() and days.max() < self.edges[-1]):
            raise ValueError("the true hazard is known only within the sample's months and the 12 after them")
        return np.searchsorted(self.edges, days, side="right") - 1
