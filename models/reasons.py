"""Why a risk is what it is: contributions of the features that add up to its log-odds.

The log-odds m_k of each interval's hazard h_k are a sum over the features (see `additive`): a mean m0_k, the same for
everybody, and what each feature adds. A risk R by a horizon bends that sum: where the log-odds stand at m it moves with
m_k at the rate h_k / R, since d logit(R) / d m_k = h_k / R. Between nobody in particular and this person the rate
changes, so it is averaged on the straight way from m0 to m, and feature j contributes::

    phi_j = sum over the intervals k up to the horizon of SHAP_jk * mean of h_k / R on the way

The contributions sum to logit(R) less logit(R) at m0: the baseline is one number for everybody, and nothing of a person
is left in it.

Sources: Lundberg and others, "From local explanations to global understanding with explainable AI for trees", Nature
Machine Intelligence 2 (2020); Aumann and Shapley, "Values of Non-Atomic Games" (1974), for the mean on the way.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from features.compiled import compiled, inlined

Floats = NDArray[np.float64]

_POINTS, _WEIGHTS = np.polynomial.legendre.leggauss(8)
_WAY: Final = tuple(zip(((_POINTS + 1.0) / 2.0).tolist(), (_WEIGHTS / 2.0).tolist(), strict=True))
"""Points on the way from 0 to 1 and their weights (Gauss-Legendre): the mean of a smooth function, to nine digits."""


@dataclass(frozen=True)
class Contributions:
    """``baseline + values.sum(axis=1) == logit(risk)`` for every row."""

    values: Floats
    """(n, features), in log-odds: above 0 raises the risk."""
    baseline: Floats
    """(n,), in log-odds."""


def combine(shap: Floats) -> Contributions:
    """Contributions to the hazards' log-odds, combined into contributions to the risk's.

    Parameters
    ----------
    shap
        (n, intervals, features + 2): for each interval up to the horizon what each feature, the interval and the
        expected value bring to its log-odds, as `Additive.contributions` gives it.
    """
    values, baseline = np.empty((len(shap), shap.shape[2] - 2)), np.empty(len(shap))
    _combine_into(np.ascontiguousarray(shap), values, baseline)
    return Contributions(values, baseline)


def concatenate(parts: Sequence[Contributions], features: int) -> Contributions:
    """The parts of a matrix, in order, as one."""
    if not parts:
        return Contributions(np.empty((0, features)), np.empty(0))
    return Contributions(np.concatenate([part.values for part in parts]), np.concatenate([p.baseline for p in parts]))


@inlined
def hazard(margin: Any) -> Any:
    """The chance whose log-odds are given."""
    return 1.0 / (1.0 + np.exp(-margin))


@inlined
def rates(start: Floats, end: Floats, intervals: int, lanes: int, chance: Floats, rate: Floats) -> None:
    """Write (intervals, lanes) the means of h_k / R on the way from `start` (intervals,) to `end` (intervals, lanes).

    `chance` has room for a number of each interval.
    """
    for place in range(intervals * lanes):
        rate[place] = 0.0
    for lane in range(lanes):
        for point, weight in _WAY:
            stays = 1.0
            for k in range(intervals):
                chance[k] = hazard(start[k] + point * (end[k * lanes + lane] - start[k]))
                stays *= 1.0 - chance[k]
            for k in range(intervals):
                rate[k * lanes + lane] += weight * chance[k] / (1.0 - stays)


@compiled
def _combine_into(shap: Floats, values: Floats, baseline: Floats) -> None:
    """The same as `combine`, row by row, into `values` and `baseline`."""
    rows, intervals, width = shap.shape[0], shap.shape[1], shap.shape[2] - 2
    start, end, chance, rate = np.empty(intervals), np.empty(intervals), np.empty(intervals), np.empty(intervals)
    for row in range(rows):
        stays = 1.0
        for k in range(intervals):
            start[k] = shap[row, k, width] + shap[row, k, width + 1]
            end[k] = start[k] + shap[row, k, :width].sum()
            stays *= 1.0 - hazard(end[k])
        rates(start, end, intervals, 1, chance, rate)
        baseline[row] = np.log1p(-stays) - np.log(stays)
        for column in range(width):
            values[row, column] = 0.0
            for k in range(intervals):
                values[row, column] += rate[k] * shap[row, k, column]
            baseline[row] -= values[row, column]
