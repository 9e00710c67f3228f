"""The law of the number of leavers among people with unequal chances, whose common level is not quite known.

The sum of unequal coin flips (a Poisson-binomial law) is averaged over levels: all log-odds moved together by a normal
amount. The average is a trapezoid rule over `LEVELS`, in standard deviations.

Where few leave, each level's law is worked out exactly, one person after the other, up to a number that is as good as
never reached. Where the number's own variance at the middle level passes `_EXACT`, each level's law is close to a normal one
that is corrected for its skewness; between two levels the logarithms of mean and variance are nearly straight lines, so the
average is taken over `_FINE` times as many.

Source: Hong, "On computing the distribution function for the Poisson binomial distribution", Computational Statistics &
Data Analysis 59 (2013), for the exact law by convolution and for the corrected normal one.
"""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from features.compiled import compiled

LEVELS: Final = np.arange(-4.0, 5.0)
"""By how many standard deviations all log-odds are moved."""
_EXACT: Final = 12.0
_FINE: Final = 16

Floats = NDArray[np.float64]
Places = NDArray[np.int64]


def moved(risks: Floats, spread: float) -> Floats:
    """The chances of people at each of `LEVELS`.

    Parameters
    ----------
    risks
        Between 0 and 1; shape (people,).
    spread
        Standard deviation of the common level, in log-odds.

    Returns
    -------
    NDArray
        Shape (people, levels).
    """
    with np.errstate(divide="ignore"):
        odds = np.log(risks) - np.log1p(-risks)
    return np.asarray(1 / (1 + np.exp(-(odds[:, None] + LEVELS * spread))))


@compiled
def ends(chances: Floats, members: Places, starts: Places, tail: float) -> Places:
    """For each group the smallest numbers that are reached with at least `tail` and 1 - `tail`; shape (groups, 2).

    Parameters
    ----------
    chances
        As `moved` gives them.
    members
        Rows of `chances`, group after group: group g's are ``members[starts[g] : starts[g + 1]]``.
    """
    found = np.zeros((len(starts) - 1, 2), np.int64)
    for group in range(len(starts) - 1):
        mine = members[starts[group] : starts[group + 1]]
        mean, variance, third = _moments(chances, mine)
        if variance[len(variance) // 2] <= _EXACT:
            law = _exact(chances, mine, mean, variance)
            found[group, 0], found[group, 1] = _first(law, tail), _first(law, 1 - tail)
        else:
            fine = _between(mean, variance, third)
            found[group, 0] = _searched(fine, tail, len(mine))
            found[group, 1] = _searched(fine, 1 - tail, len(mine))
    return found


@compiled
def reached(chances: Floats, count: int) -> float:
    """The chance that at most `count` of these people leave; shape of `chances` (people, levels)."""
    if count < 0:
        return 0.0
    everybody = np.arange(len(chances))
    mean, variance, third = _moments(chances, everybody)
    if variance[len(variance) // 2] <= _EXACT:
        law = _exact(chances, everybody, mean, variance)
        return min(1.0, float(law[: count + 1].sum()))
    return _corrected(_between(mean, variance, third), count)


@compiled
def _moments(chances: Floats, mine: Places) -> tuple[Floats, Floats, Floats]:
    """Mean, variance and third central moment of the number at each level."""
    levels = chances.shape[1]
    mean, variance, third = np.zeros(levels), np.zeros(levels), np.zeros(levels)
    for row in mine:
        for level in range(levels):
            chance = chances[row, level]
            spread = chance * (1 - chance)
            mean[level] += chance
            variance[level] += spread
            third[level] += spread * (1 - 2 * chance)
    return mean, variance, third


@compiled
def _exact(chances: Floats, mine: Places, mean: Floats, variance: Floats) -> Floats:
    """The chance of 0, 1, ... leavers, averaged over the levels."""
    levels = chances.shape[1]
    top = mean[levels - 1] + 8 * math.sqrt(variance[levels - 1]) + 8
    most = min(len(mine), int(top))
    total, law = np.zeros(most + 1), np.empty(most + 1)
    weights = _weights(levels, 1)
    for level in range(levels):
        law[:] = 0.0
        law[0] = 1.0
        last = 0
        for row in mine:
            chance = chances[row, level]
            last = min(last + 1, most)
            for count in range(last, 0, -1):
                law[count] = law[count] * (1 - chance) + law[count - 1] * chance
            law[0] *= 1 - chance
        total += weights[level] * law
    return total


@compiled
def _between(mean: Floats, variance: Floats, third: Floats) -> Floats:
    """Weight, mean, standard deviation and skewness of the number at finely spaced levels; shape (levels, 4)."""
    size = (len(mean) - 1) * _FINE + 1
    fine = np.empty((size, 4))
    fine[:, 0] = _weights(len(mean), _FINE)
    for place in range(size):
        level = min(place // _FINE, len(mean) - 2)
        part = place / _FINE - level
        here, after = max(variance[level], 1e-12), max(variance[level + 1], 1e-12)
        fine[place, 1] = mean[level] ** (1 - part) * mean[level + 1] ** part
        fine[place, 2] = math.sqrt(here ** (1 - part) * after**part)
        fine[place, 3] = (1 - part) * third[level] / here**1.5 + part * third[level + 1] / after**1.5
    return fine


@compiled
def _weights(levels: int, fine: int) -> Floats:
    """Of a trapezoid rule under the normal density."""
    found = np.empty((levels - 1) * fine + 1)
    for place in range(len(found)):
        level = place / fine - (levels - 1) / 2
        found[place] = math.exp(-level * level / 2)
    found[0] /= 2
    found[-1] /= 2
    found /= found.sum()
    return found


@compiled
def _corrected(fine: Floats, count: int) -> float:
    """The chance of at most `count`, by the normal law corrected for its skewness."""
    total = 0.0
    for place in range(len(fine)):
        weight, mean, spread, skew = fine[place]
        x = (count + 0.5 - mean) / spread
        density = math.exp(-x * x / 2) / math.sqrt(2 * math.pi)
        found = math.erfc(-x / math.sqrt(2.0)) / 2 + skew * (1 - x * x) * density / 6
        total += weight * min(1.0, max(0.0, found))
    return total


@compiled
def _searched(fine: Floats, share: float, most: int) -> int:
    """The smallest number that is reached with at least this chance."""
    low, high = 0, most
    while low < high:
        middle = (low + high) // 2
        if _corrected(fine, middle) >= share:
            high = middle
        else:
            low = middle + 1
    return low


@compiled
def _first(law: Floats, share: float) -> int:
    """The same by the law itself."""
    total = 0.0
    for count in range(len(law)):
        total += law[count]
        if total >= share:
            return count
    return len(law) - 1
