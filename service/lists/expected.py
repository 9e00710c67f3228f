"""How many people of a list may leave, and between which numbers that will lie.

Each person leaves by the horizon with the chance the model gave. The number who do is a sum of unequal coin flips (a
Poisson-binomial law), if the chances were exactly right. They are right up to a level: the backtest says how far what was
observed lay from what was expected, with an interval. So the law is averaged over levels: all log-odds moved together by a
normal amount of mean nothing and of the backtest's spread (Gauss-Hermite, seven points).

Example: ten people of 10 % each, spread .3: one leaver is expected, and at most three are seen in 95 of 100 lists.

Source: Hong, "On computing the distribution function for the Poisson binomial distribution", Computational Statistics &
Data Analysis 59 (2013), for the exact law by convolution.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.evidence import Evidence

SHARE: Final = 0.95
"""The interval holds the number of leavers in so large a share of lists."""
UNKNOWN_SPREAD: Final = 0.3
"""Spread of the level where no backtest says it: about a third too many or too few."""
_LEAST_SPREAD: Final = 0.1
_EXACT: Final = 2_000
"""Up to so many people the law is worked out exactly; beyond, it is close to a normal one."""

_POINTS, _WEIGHTS = np.polynomial.hermite_e.hermegauss(7)
_LEVELS: Final = tuple(zip(_POINTS.tolist(), (_WEIGHTS / _WEIGHTS.sum()).tolist(), strict=True))

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Expected:
    """Leavers expected among some people by a horizon."""

    value: float
    low: int
    high: int
    """At least `low` and at most `high` will have left, in 95 of 100 lists."""


def spread(evidence: tuple[Evidence, ...], method: str, horizon: int) -> float:
    """The standard deviation of the log-odds' common level, by the backtest's observed over expected.

    Parameters
    ----------
    method
        The model's mode: `full`, `tenure` or `base_rate`.
    """
    for one in evidence:
        if (one.method, one.horizon) == (method, horizon) and one.observed_expected is not None:
            low, high = one.observed_expected.low, one.observed_expected.high
            if low is not None and high is not None and 0 < low < high:
                return max(_LEAST_SPREAD, float(np.log(high / low)) / (2 * 1.96))
    return UNKNOWN_SPREAD


def expected(risks: Floats, spread: float) -> Expected:
    """How many of the people with these risks leave.

    Parameters
    ----------
    risks
        Between 0 and 1, one a person.
    spread
        As `spread` gives it.
    """
    if not len(risks):
        return Expected(0.0, 0, 0)
    odds = np.log(risks) - np.log1p(-risks)
    tail = (1 - SHARE) / 2
    total = np.zeros(len(risks) + 1)
    for point, weight in _LEVELS:
        total += weight * _law(1 / (1 + np.exp(-(odds + point * spread))))
    reached = np.cumsum(total)
    low, high = np.searchsorted(reached, [tail, 1 - tail]).tolist()
    return Expected(float(risks.sum()), low, min(high, len(risks)))


def _law(chances: Floats) -> Floats:
    """The chance of 0, 1, ... len(chances) leavers."""
    if len(chances) > _EXACT:
        return _normal(chances)
    law = np.zeros(len(chances) + 1)
    law[0] = 1.0
    for count, chance in enumerate(chances.tolist(), start=1):
        law[1 : count + 1] = law[1 : count + 1] * (1 - chance) + law[:count] * chance
        law[0] *= 1 - chance
    return law


def _normal(chances: Floats) -> Floats:
    """The same law for many people, by the normal density of its mean and variance."""
    mean, variance = float(chances.sum()), float((chances * (1 - chances)).sum())
    law = np.exp(-((np.arange(len(chances) + 1) - mean) ** 2) / (2 * variance))
    return np.asarray(law / law.sum())
