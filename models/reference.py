"""What the people a model learned from looked like, column by column: what later ones are compared with.

Of each column the manifest holds where its bins end, how many people stand in each and how many have no value; the same
of the scores. Numbers of people only: a bin holds nobody or at least `LEAST` people, and its ends are rounded; a column
that fewer have has no ends at all.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

LEAST: Final = 5
"""A bin holds nobody, or so many people at least."""

Counts = NDArray[np.int64]


@dataclass(frozen=True)
class Distribution:
    """How many people have which values of one column."""

    edges: tuple[float, ...]
    """Rising. Bin k holds what lies above edge k - 1 and is at most edge k; the first and the last are open."""
    counts: tuple[int, ...]
    """People in each bin, one more than there are edges."""
    nulls: int
    """People without a value."""
    swing: float = 0.0
    """How far nine in ten days of the training window lay from this, at most: the largest difference between the shares of
    people at or below an edge, times the share of people who have a value; 0 to 1. What season and common events do by
    themselves."""
    null_swing: float = 0.0
    """The same of the share of nulls."""


@dataclass(frozen=True)
class Reference:
    """People of the training window, each once, on a month end drawn for them."""

    people: int
    columns: tuple[Distribution, ...]
    """In the order of the manifest's columns."""
    scores: tuple[Distribution, ...]
    """Of the log-odds of the hazard in each of `hazard.INTERVALS`."""

    def sound(self, columns: int, intervals: int) -> bool:
        """Whether it is a reference for so many columns and intervals, and every person stands somewhere."""
        sizes = len(self.columns) == columns and len(self.scores) == intervals
        return sizes and all(_sound(one, self.people) for one in (*self.columns, *self.scores))


def tally(edges: NDArray[np.float64], values: NDArray[np.floating]) -> tuple[int, Counts]:
    """How many of the values are null, and how many stand in each bin.

    Parameters
    ----------
    edges
        As `Distribution.edges`.
    values
        (n,), NaN for null.

    Examples
    --------
    >>> tally(np.array([0.0, 2.5]), np.array([0.0, 1.0, 2.0, 3.0, np.nan]))
    (1, array([1, 2, 1]))
    """
    given = values[~np.isnan(values)].astype(np.float64)
    places = np.searchsorted(edges, given, side="left")
    return len(values) - len(given), np.bincount(places, minlength=len(edges) + 1)


def _sound(one: Distribution, people: int) -> bool:
    rising = all(low < high for low, high in pairwise(one.edges))
    numbers = min(one.counts, default=-1) >= 0 <= one.nulls and 0 <= one.swing <= 1 and 0 <= one.null_swing <= 1
    return rising and numbers and len(one.counts) == len(one.edges) + 1 and sum(one.counts) + one.nulls == people
