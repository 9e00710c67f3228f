# ruff: noqa: PLR0913, PLR0917
"""Rows of features to what each column brings to a risk: compiled, from end to end.

The steps are those of `kernel`, `linear` and `reasons`, one after the other for a few rows at a time, whose
numbers stay in the processor's cache. Arrays are handed over one by one, as to `risks`.
"""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from features.compiled import compiled
from models.kernel import explain
from models.linear import Terms, add_parts
from models.reasons import combine_into
from models.shapley import Plan

Floats = NDArray[np.float64]
Matrix = NDArray[np.float32]
Arrays = tuple[Any, ...]

_AT_ONCE: Final = 64
"""Rows explained together."""


def flat(plan: Plan, terms: Terms, intercepts: Floats) -> Arrays:
    """What `contributions` reads of a score, array by array."""
    return (*plan, *terms, intercepts)


@compiled
def contributions(
    rows: Matrix, values: Floats, baseline: Floats, intervals: int,
    read: NDArray[Any], sets: NDArray[Any], words: NDArray[np.uint32], owners: NDArray[np.int64], expected: Floats,
    parts: NDArray[Any], questions: NDArray[Any], columns: NDArray[np.uint16], leaves: NDArray[Any],
    factors: NDArray[Any], conditions: NDArray[Any], points: Floats, weights: Floats, tables: Floats,
    column: NDArray[np.int64], log: NDArray[np.bool_], low: Floats, high: Floats, slopes: Floats, offsets: Floats,
    nulls: Floats, intercepts: Floats,
) -> None:  # fmt: skip
    """Write (n, columns) contributions to the risk by the end of the last of so many intervals, and (n,) its baseline."""
    plan = Plan(
        read, sets, words, owners, expected, parts, questions, columns, leaves, factors, conditions, points, weights,
        tables,
    )  # fmt: skip
    terms = Terms(column, log, low, high, slopes, offsets, nulls)
    for start in range(0, len(rows), _AT_ONCE):
        stop = min(len(rows), start + _AT_ONCE)
        part = rows[start:stop]
        shap = np.zeros((stop - start, intervals, rows.shape[1] + 2))
        shap[:, :, -2] = intercepts[:intervals]
        add_parts(part, terms, shap)
        explain(part, plan, shap)
        combine_into(shap, values[start:stop], baseline[start:stop])
