"""Which employment a fact belongs to: the one of its person whose ``[hire_date, next hire_date)`` holds its day."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from features.days import NEVER, Days

_STRIDE = 4 * NEVER
"""Room for every day of one employee in a combined (employee, day) key, negative days included."""


@dataclass(frozen=True)
class Employments:
    """Accepted employments, sorted by (employee_id, hire day)."""

    ids: pl.Series
    """Distinct employee ids, sorted."""
    employee: NDArray[np.int64]
    """Per employment, index into `ids`."""
    hire: Days

    @property
    def next_hire(self) -> Days:
        """Per employment, the hire day of the same employee's next one, `NEVER` for the last."""
        following = np.append(self.hire[1:], np.int32(NEVER))
        same = np.append(self.employee[1:] == self.employee[:-1], [False])[: len(self.hire)]
        return np.where(same, following[: len(self.hire)], NEVER).astype(np.int32)


def employments(employees: pl.DataFrame) -> Employments:
    """From the accepted rows of `employees`, sorted by (employee_id, hire_date)."""
    ids = employees["employee_id"].unique().sort()
    hire = employees["hire_date"].to_physical().to_numpy().astype(np.int32)
    return Employments(ids, codes(employees["employee_id"], ids), hire)


def codes(texts: pl.Series, names: pl.Series) -> NDArray[np.int64]:
    """Per text its index in `names` (distinct), -1 for null and for texts that are not in it."""
    index = pl.DataFrame({"name": names, "code": np.arange(len(names), dtype=np.int64)})
    found = pl.DataFrame({"name": texts}).join(index, on="name", how="left", maintain_order="left")
    return found["code"].fill_null(-1).to_numpy()


def locate(at: Employments, employee: NDArray[np.int64], day: Days) -> NDArray[np.int64]:
    """Per fact (employee code, day) the index of its employment; -1 before the first one or without an employee."""
    keys = at.employee * _STRIDE + at.hire
    found = np.searchsorted(keys, employee * _STRIDE + day, side="right") - 1
    held = (found >= 0) & (employee >= 0)
    held[held] = at.employee[found[held]] == employee[held]
    return np.where(held, found, -1)
