"""What is usual in a company, column by column: the value that a reason may set beside a person's own."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from features.company import Codes
from features.feature import Feature
from training.landmarks import TrainingRows

LEAST_PEOPLE: Final = 5
"""A column known of fewer people has no usual value."""
_GROWS: Final = frozenset({"career_pay_growth"})
"""Columns that grow with the time since somebody began: beside who began last month the company's middle says nothing."""
DIGITS: Final = 2
"""Significant digits kept: enough to compare with, and nobody's own value."""


def typical(features: Sequence[Feature], matrix: NDArray[np.float32], rows: TrainingRows) -> tuple[float | None, ...]:
    """The weighted median of each column over the training rows that have it, rounded.

    None where fewer than `LEAST_PEOPLE` have one, for flags, for what grows with time alone, and for what may be told of
    nobody.
    """
    silent = [feature.group_only or feature.unit == "flag" or feature.name in _GROWS for feature in features]
    return tuple(
        None if quiet else _median(column, rows.weight, rows.person)
        for quiet, column in zip(silent, matrix.T, strict=True)
    )


def _median(column: NDArray[np.float32], weight: NDArray[np.float64], person: Codes) -> float | None:
    given = ~np.isnan(column)
    if len(np.unique(person[given])) < LEAST_PEOPLE:
        return None
    values = column[given].astype(np.float64)
    order = np.argsort(values, kind="stable")
    below = np.cumsum(weight[given][order])
    return float(f"{values[order][np.searchsorted(below, below[-1] / 2)]:.{DIGITS}g}")
