"""Rows of features to what each column brings to a risk: compiled, from end to end.

The steps are those of `kernel`, `linear` and `reasons`, one after the other for a few rows at a time, whose
numbers stay in the processor's cache.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from features.compiled import compiled
from models.kernel import explain
from models.linear import Terms, add_parts
from models.plan import Plan
from models.reasons import combine_into

Floats = NDArray[np.float64]
Matrix = NDArray[np.float32]

_AT_ONCE: Final = 64
"""Rows explained together."""


@compiled
def contributions(
    rows: Matrix, plan: Plan, terms: Terms, intercepts: Floats, intervals: int, values: Floats, baseline: Floats
) -> None:
    """Write (n, columns) contributions to the risk by the end of the last of so many intervals, and (n,) its baseline."""
    for start in range(0, len(rows), _AT_ONCE):
        stop = min(len(rows), start + _AT_ONCE)
        part = rows[start:stop]
        shap = np.zeros((stop - start, intervals, rows.shape[1] + 2))
        shap[:, :, -2] = intercepts[:intervals]
        add_parts(part, terms, shap)
        explain(part, plan, shap)
        combine_into(shap, values[start:stop], baseline[start:stop])
