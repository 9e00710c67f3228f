"""Intervals by drawing people with replacement: all rows of a person are drawn together.

The draws are made once and shared by all that is judged on the same people, so that methods and figures are compared
on the same draws and an interval costs little.

Source: Efron and Tibshirani, "An introduction to the bootstrap" (1993), chapters 8 and 13 (percentile intervals).
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from models.evidence import Figure

DRAWS: Final = 200
LEVEL: Final = 0.95
LEAST_DEFINED: Final = 0.9
"""An interval is given where at least this share of the draws has a value."""
_DIGITS: Final = 6


@dataclass(frozen=True)
class Draws:
    """How often each person counts in each draw; the first draw is everybody once, as they are."""

    people: NDArray[np.integer[Any]]
    """(people,) distinct codes, rising."""
    times: NDArray[np.float32]
    """(people, 1 + draws) whole numbers."""

    def of(self, person: NDArray[np.integer[Any]]) -> NDArray[np.float32]:
        """(rows, 1 + draws) how often each row counts; every code of `person` must be one of `people`."""
        return self.times[np.searchsorted(self.people, person)]


def draw(person: NDArray[np.integer[Any]], seed: int, draws: int = DRAWS) -> Draws:
    """Draw as many people as there are, `draws` times.

    Parameters
    ----------
    person
        (rows,) whose row it is, in any order.
    """
    people = np.unique(person)
    times = np.ones((len(people), 1 + draws), dtype=np.float32)
    generator = np.random.default_rng(seed)
    for one in range(1, 1 + draws) if len(people) else ():
        times[:, one] = np.bincount(generator.integers(len(people), size=len(people)), minlength=len(people))
    return Draws(people, times)


def figure(values: NDArray[np.float64]) -> Figure:
    """The value of the first draw with the 95 % interval of the others, to six decimals.

    Parameters
    ----------
    values
        (1 + draws,), NaN where there is no value.

    Returns
    -------
    Without a value where the first draw has none, without an interval where more than a tenth of the draws have none.
    """
    if not len(values) or not np.isfinite(values[0]):
        return Figure(None)
    found = values[1:][np.isfinite(values[1:])]
    value = round(float(values[0]), _DIGITS)
    if not len(found) or len(found) < LEAST_DEFINED * (len(values) - 1):
        return Figure(value)
    low, high = np.quantile(found, [(1.0 - LEVEL) / 2, (1.0 + LEVEL) / 2])
    return Figure(value, round(float(low), _DIGITS), round(float(high), _DIGITS))
