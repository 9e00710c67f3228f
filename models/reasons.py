"""Why a risk is what it is: contributions that add up to its log-odds, turned into words of the catalogue.

LightGBM says how much each column moves the log-odds m_k of each interval's hazard h_k (TreeSHAP). A risk R by a
horizon moves with m_k at the rate h_k / R, because d logit(R) / d m_k = h_k / R. So feature j contributes::

    phi_j = sum over the intervals k up to the horizon of (h_k / R) * SHAP_jk

What is left of logit(R), the interval's own share and the curvature, stands on the baseline, so that the baseline and
all contributions sum to logit(R).

Source: Lundberg and others, "From local explanations to global understanding with explainable AI for trees", Nature
Machine Intelligence 2 (2020).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from features.feature import Feature, sentence
from models.hazard import hazards, risks

Floats = NDArray[np.float64]

LEAST: Final = 1e-6
"""A smaller contribution to the log-odds is no reason."""


@dataclass(frozen=True)
class Contributions:
    """``baseline + values.sum(axis=1) == logit(risk)`` for every row."""

    values: Floats
    """(n, features), in log-odds: above 0 raises the risk."""
    baseline: Floats
    """(n,), in log-odds."""


@dataclass(frozen=True)
class Reason:
    """One feature's part in one risk."""

    feature: str
    text: str
    direction: str
    """`raises` or `lowers`."""
    contribution: float
    """In log-odds, signed."""
    value: float | None
    """The feature's value; None where it is null or may not be shown."""
    actionable: bool
    """True where somebody can do something about it; False for context."""


def combine(shap: Floats) -> Contributions:
    """Contributions to the hazards' log-odds, combined into contributions to the risk's.

    Parameters
    ----------
    shap
        (n, intervals, features + 2): for each interval up to the horizon what each feature, the interval column and
        the expected value bring to its log-odds (LightGBM's `pred_contrib` of the stacked rows).
    """
    chances = hazards(shap.sum(axis=2))
    risk = risks(chances)[:, -1]
    weights = chances / risk[:, None]
    values = np.einsum("nk,nkj->nj", weights, shap[:, :, :-2])
    logit = np.log(risk) - np.log1p(-risk)
    return Contributions(values, logit - values.sum(axis=1))


def concatenate(parts: Sequence[Contributions], features: int) -> Contributions:
    """The parts of a matrix, in order, as one."""
    if not parts:
        return Contributions(np.empty((0, features)), np.empty(0))
    return Contributions(np.concatenate([part.values for part in parts]), np.concatenate([p.baseline for p in parts]))


def top(features: Sequence[Feature], row: NDArray[np.float32], phi: Floats, count: int) -> list[Reason]:
    """The `count` strongest contributions of one row, in words.

    The largest come first, whichever way they point; of equal ones those that can be acted on, then catalogue order.
    What two features would say in the same words is said once, by the stronger one.
    """
    order = sorted(range(len(features)), key=lambda j: (-abs(phi[j]), not features[j].actionable, j))
    said: dict[str, Reason] = {}
    for j in order:
        if len(said) == count or abs(phi[j]) < LEAST:
            break
        reason = _reason(features[j], float(row[j]), float(phi[j]))
        said.setdefault(reason.text, reason)
    return list(said.values())


def _reason(feature: Feature, value: float, phi: float) -> Reason:
    hidden = feature.group_only or bool(np.isnan(value))
    direction = "raises" if phi > 0 else "lowers"
    return Reason(feature.name, sentence(feature, value), direction, phi, None if hidden else value, feature.actionable)
