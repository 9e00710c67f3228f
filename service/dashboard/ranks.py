"""Whether two things go together, and whether one rises or falls: by ranks, so that no outlier and no scale decides.

Sources: Spearman, "The proof and measurement of association between two things", American Journal of Psychology 15 (1904),
tested by Student's t with n - 2 degrees of freedom; the interval by Fisher's z with the variance (1 + r^2 / 2) / (n - 3):
Bonett and Wright, "Sample size requirements for estimating Pearson, Kendall and Spearman correlations", Psychometrika 65
(2000). The trend: Mann, "Nonparametric tests against trend", Econometrica 13 (1945); Kendall, "Rank Correlation Methods"
(Griffin, 1975), for ties. Several at once: Holm, "A simple sequentially rejective multiple test procedure", Scandinavian
Journal of Statistics 6 (1979).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import atan, atanh, copysign, cos, erfc, pi, sin, sqrt, tanh

import numpy as np
from numpy.typing import NDArray

from features.company import Floats

_Z = 1.959963984540054
_LEAST = 1e-12
"""What rounding leaves of a smaller p."""


@dataclass(frozen=True)
class Correlation:
    """A rank correlation between -1 and 1."""

    value: float
    low: float
    """The interval holds the true one in 95 of 100 samples."""
    high: float
    p: float
    """How often so strong a one comes up where there is none."""


def ranks(values: Floats) -> Floats:
    """The rank of each value, from 1; equal ones share the mean of theirs."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return np.asarray((last - (counts - 1) / 2)[place], np.float64)


def spearman(one: Floats, other: Floats) -> Correlation | None:
    """The rank correlation of two columns; None where one of them never changes, or there are fewer than four rows."""
    n = len(one)
    if n < 4 or np.ptp(one) == 0 or np.ptp(other) == 0:
        return None
    value = float(np.clip(np.corrcoef(ranks(one), ranks(other))[0, 1], -1, 1))
    if abs(value) > 1 - 1e-12:
        return Correlation(copysign(1.0, value), copysign(1.0, value), copysign(1.0, value), _LEAST)
    width = _Z * sqrt((1 + value**2 / 2) / (n - 3))
    t = value * sqrt((n - 2) / (1 - value**2))
    return Correlation(value, tanh(atanh(value) - width), tanh(atanh(value) + width), student(t, n - 2))


def student(t: float, freedom: int) -> float:
    """How often Student's t lies at least so far from 0, on either side.

    Source: Abramowitz and Stegun, "Handbook of Mathematical Functions" (1964), 26.7.3 and 26.7.4: exact sums.
    """
    angle = atan(abs(t) / sqrt(freedom))
    if freedom % 2:
        term = total = cos(angle) if freedom > 1 else 0.0
        for k in range(3, freedom - 1, 2):
            term *= (k - 1) / k * cos(angle) ** 2
            total += term
        inside = 2 / pi * (angle + sin(angle) * total)
    else:
        term = total = 1.0
        for k in range(2, freedom - 1, 2):
            term *= (k - 1) / k * cos(angle) ** 2
            total += term
        inside = sin(angle) * total
    return max(_LEAST, 1 - inside)


def mann_kendall(values: Floats) -> tuple[float, float]:
    """Kendall's S of values in order of time over the number of pairs, from -1 to 1, and its two-sided p.

    The p is by the normal law with the correction for ties and for whole numbers, close from ten values on.
    """
    n = len(values)
    signs = np.sign(values[None, :] - values[:, None])
    s = float(np.triu(signs, 1).sum())
    _, ties = np.unique(values, return_counts=True)
    variance = (n * (n - 1) * (2 * n + 5) - float((ties * (ties - 1) * (2 * ties + 5)).sum())) / 18
    if variance == 0:
        return 0.0, 1.0
    z = max(abs(s) - 1, 0.0) / sqrt(variance)
    return s / (n * (n - 1) / 2), erfc(z / sqrt(2))


def holm(ps: Sequence[float]) -> list[float]:
    """Each p corrected for how many there are: where it is below a level, at most so often is any of them a mistake."""
    order = np.argsort(np.asarray(ps), kind="stable")
    found: NDArray[np.float64] = np.empty(len(ps))
    raw = np.asarray(ps)[order] * np.arange(len(ps), 0, -1)
    found[order] = np.minimum(np.maximum.accumulate(raw), 1.0)
    return [float(p) for p in found]
