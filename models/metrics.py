"""How good risks are: ranking, accuracy and level, each with the paper it comes from and intervals over people.

All take `left` (n,) bool, `risk` (n,) between 0 and 1 and optional `weight` (n,), at least 0: how often each row
counts, which is how the bootstrap resamples people. All give NaN where the value is not defined, never a guess.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Statistic = Callable[[Floats], float]
"""From one weight a row to a number."""


def auc(left: Flags, risk: Floats, weight: Floats | None = None) -> float:
    """Chance that somebody who left had a higher risk than somebody who stayed; ties count a half. Higher is better.

    NaN unless both kinds are there.

    Source: Hanley and McNeil, "The meaning and use of the area under a receiver operating characteristic (ROC)
    curve", Radiology 143 (1982).

    Examples
    --------
    >>> auc(np.array([True, False, True, False]), np.array([0.9, 0.8, 0.8, 0.1]))
    0.875
    """
    leaving, staying = _by_risk(left, risk, weight)
    below = np.cumsum(staying) - staying
    pairs = leaving.sum() * staying.sum()
    return float((leaving * (below + staying / 2)).sum() / pairs) if pairs > 0 else float("nan")


def average_precision(left: Flags, risk: Floats, weight: Floats | None = None) -> float:
    """Mean share of leavers above each leaver in the list, tied rows taken together. Higher is better.

    The base rate is what a random order gives. NaN where nobody left.

    Source: Davis and Goadrich, "The relationship between precision-recall and ROC curves", ICML (2006).

    Examples
    --------
    >>> round(average_precision(np.array([True, False, True]), np.array([0.9, 0.5, 0.3])), 6)
    0.833333
    """
    leaving, staying = _by_risk(left, risk, weight)
    found = np.cumsum(leaving[::-1])
    seen = np.cumsum((leaving + staying)[::-1])
    some = seen > 0
    if not some.any() or found[-1] <= 0:
        return float("nan")
    return float((leaving[::-1][some] * found[some] / seen[some]).sum() / found[-1])


def brier(left: Flags, risk: Floats, weight: Floats | None = None) -> float:
    """Mean squared distance of the risk from what happened, 0 to 1. Lower is better; NaN without rows.

    Source: Brier, "Verification of forecasts expressed in terms of probability", Monthly Weather Review 78 (1950).
    """
    counts = _weights(left, weight)
    total = counts.sum()
    return float((counts * (risk - left) ** 2).sum() / total) if total > 0 else float("nan")


def brier_skill(left: Flags, risk: Floats, weight: Floats | None = None) -> float:
    """Share of the Brier score of the true base rate that is saved: 1 is perfect, 0 no better than knowing the rate.

    The rate is that of these very rows, which no forecast knows beforehand. NaN unless both kinds are there.

    Source: Murphy, "A new vector partition of the probability score", Journal of Applied Meteorology 12 (1973).

    Examples
    --------
    >>> brier_skill(np.array([True, False]), np.array([0.75, 0.25]))
    0.75
    """
    counts = _weights(left, weight)
    total = counts.sum()
    rate = (counts * left).sum() / total if total > 0 else 0.0
    worst = float(rate * (1.0 - rate))
    return 1.0 - brier(left, risk, weight) / worst if worst > 0 else float("nan")


def observed_expected(left: Flags, risk: Floats, weight: Floats | None = None) -> float:
    """Leavers observed for each leaver expected: above 1 the risks were too low. NaN where none was expected.

    Source: Breslow and Day, "Statistical methods in cancer research II", IARC (1987), chapter 2.
    """
    counts = _weights(left, weight)
    expected = (counts * risk).sum()
    return float((counts * left).sum() / expected) if expected > 0 else float("nan")


def interval(
    person: NDArray[np.integer[Any]], statistic: Statistic, seed: int, draws: int = 200, level: float = 0.95
) -> tuple[float, float]:
    """Percentile bootstrap over people: all rows of a person are drawn together.

    Parameters
    ----------
    person
        (n,) whose row it is.
    statistic
        From how often each row counts, (n,), to a number; draws in which it is NaN are left out.
    seed, draws
        How to draw, and how often.
    level
        Share of the draws within the interval.

    Returns
    -------
    Lower and upper end; NaN where more than a tenth of the draws have no value.

    Source: Efron and Tibshirani, "An introduction to the bootstrap" (1993), chapters 8 and 13.
    """
    generator = np.random.default_rng(seed)
    people, row = np.unique(person, return_inverse=True)
    if len(people) == 0:
        return float("nan"), float("nan")
    values = []
    for _ in range(draws):
        drawn = np.bincount(generator.integers(len(people), size=len(people)), minlength=len(people))
        values.append(statistic(drawn[row].astype(np.float64)))
    found = np.array([value for value in values if np.isfinite(value)])
    if len(found) < 0.9 * draws:
        return float("nan"), float("nan")
    tail = (1.0 - level) / 2
    low, high = np.quantile(found, [tail, 1.0 - tail])
    return float(low), float(high)


def _weights(left: Flags, weight: Floats | None) -> Floats:
    return np.ones(len(left)) if weight is None else weight


def _by_risk(left: Flags, risk: Floats, weight: Floats | None) -> tuple[Floats, Floats]:
    """Weight of those who left and of those who stayed at each distinct risk, rising."""
    counts = _weights(left, weight)
    _, place = np.unique(risk, return_inverse=True)
    size = int(place.max()) + 1 if len(place) else 0
    leaving = np.bincount(place, weights=counts * left, minlength=size).astype(np.float64)
    return leaving, np.bincount(place, weights=counts * ~left, minlength=size).astype(np.float64)
