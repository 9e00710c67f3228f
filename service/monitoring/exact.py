"""How far two groups of people lie apart, and how likely chance alone takes them so far: exact at any size.

People are counted in bins. The distance is Kolmogorov and Smirnov's: the largest difference between the two shares of
people at or below an edge. Under chance alone every way of dealing the pooled people out to the two groups is as likely;
the share of ways that lead at least as far is worked out, not simulated and not approximated::

    people at or below an edge      pooled T, of them k in the first group
    the first group's law           x_1, x_2, … independent Binomial(t_b, n / N), given that they add up to n
    p = P(some edge has |k / n - (T - k) / m| at least as large as the largest that was seen)

so it holds for 30 people as for 3,000, with ties, and with the noise of both groups. The edges must not come from the
first group. With two bins it is Fisher's exact test (by the distance, two-sided).

Source: Schroeer and Trenkler, "Exact and randomization distributions of Kolmogorov-Smirnov tests for two or three samples",
Computational Statistics & Data Analysis 20 (1995).
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

LEAST_P: Final = 1e-12
"""Nothing is called less likely: what is left out of the sums is far less than this."""
_REACH: Final = 12
"""Standard deviations, and twice as many people, beyond which chance is not followed."""

Counts = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Difference:
    """How a group lies to a reference."""

    distance: float
    """0 to 1: at least so large a share of people would have to stand elsewhere."""
    p: float
    """Chance that people dealt out at random lie at least as far apart."""
    direction: str
    """`rose`, `fell`, `spread` (more at both ends) or `narrowed`."""


def difference(group: Counts, reference: Counts) -> Difference | None:
    """Compare counts over the same bins, in rising order; None where nothing could differ.

    Examples
    --------
    >>> difference(np.array([0, 3]), np.array([3, 0]))
    Difference(distance=1.0, p=0.1, direction='rose')
    """
    there = group + reference > 0
    here, pooled = np.cumsum(group[there]), np.cumsum((group + reference)[there])
    if len(here) < 2 or here[-1] in (0, pooled[-1]):
        return None
    ahead = (here * pooled[-1] - here[-1] * pooled)[:-1]
    scale = int(here[-1]) * int(pooled[-1] - here[-1])
    furthest = int(np.abs(ahead).max())
    return Difference(furthest / scale, _chance(pooled, int(here[-1]), furthest), _direction(ahead))


def _direction(ahead: NDArray[np.int64]) -> str:
    """In words; `ahead` is above 0 where more of the group than of the reference lie at or below an edge."""
    below, above = int(ahead.max()), int(-ahead.min())
    if above >= 2 * below:
        return "rose"
    if below >= 2 * above:
        return "fell"
    return "spread" if ahead.argmax() < ahead.argmin() else "narrowed"


def _chance(pooled: Counts, size: int, furthest: int) -> float:
    """The chance that some edge has |k * N - n * T| of at least `furthest`: what leaves the lane first, edge by edge."""
    if furthest == 0:
        return 1.0
    everyone = int(pooled[-1])
    first, lane, left = 0, np.ones(1), 0.0
    before = 0
    for total in pooled[:-1].tolist():
        low, steps = _law(total - before, size, everyone)
        lane, first, before = np.convolve(lane, steps), first + low, total
        places = np.arange(first, first + len(lane))
        inside = np.abs(places * everyone - size * total) < furthest
        out = np.flatnonzero(~inside & (places <= size))
        left += float(lane[out] @ _at(everyone - total, size, everyone, size - places[out]))
        kept = np.flatnonzero(inside)
        if not len(kept):
            break
        lane, first = lane[kept[0] : kept[-1] + 1], first + int(kept[0])
    whole = _at(everyone, size, everyone, np.array([size]))[0]
    return min(1.0, max(LEAST_P, left / float(whole)))


def _law(trials: int, size: int, everyone: int) -> tuple[int, Floats]:
    """Binomial(trials, size / everyone): its first place that matters, and the chances from there on."""
    share = size / everyone
    middle, reach = trials * share, _REACH * (np.sqrt(trials * share * (1 - share)) + 2)
    low, high = max(0, int(middle - reach)), min(trials, int(middle + reach) + 1)
    return low, _at(trials, size, everyone, np.arange(low, high + 1))


def _at(trials: int, size: int, everyone: int, places: NDArray[np.int64]) -> Floats:
    """The chances of these places under Binomial(trials, size / everyone); 0 beyond the trials."""
    possible = (places >= 0) & (places <= trials)
    k = np.where(possible, places, 0)
    logs = _factorials(everyone)
    ways = logs[trials] - logs[k] - logs[trials - k]
    share = size / everyone
    found = np.exp(ways + k * np.log(share) + (trials - k) * np.log1p(-share))
    return np.where(possible, found, 0.0)


@lru_cache(maxsize=16)
def _factorials(most: int) -> Floats:
    """Logarithms of 0! to most!."""
    return np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, most + 1)))])
