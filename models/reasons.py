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
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.hazard import hazards, risks

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
    start = shap[:, :, -2:].sum(axis=2)
    end = shap.sum(axis=2)
    weights = sum(weight * _rates(start + point * (end - start)) for point, weight in _WAY)
    values = np.einsum("nk,nkj->nj", weights, shap[:, :, :-2])
    risk = risks(hazards(end))[:, -1]
    return Contributions(values, np.log(risk) - np.log1p(-risk) - values.sum(axis=1))


def _rates(margins: Floats) -> Floats:
    """(n, intervals): by how much the log-odds of the risk by the last interval move with each hazard's."""
    chances = hazards(margins)
    return np.asarray(chances / risks(chances)[:, -1:])


def concatenate(parts: Sequence[Contributions], features: int) -> Contributions:
    """The parts of a matrix, in order, as one."""
    if not parts:
        return Contributions(np.empty((0, features)), np.empty(0))
    return Contributions(np.concatenate([part.values for part in parts]), np.concatenate([p.baseline for p in parts]))
