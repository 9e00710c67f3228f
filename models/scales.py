"""The columns of a feature matrix on the scale a linear model learns on, and back: a coefficient becomes a `Term`.

A column whose values are skewed is read on a logarithmic scale; outliers are clipped; mean 0 and deviation 1 over the
rows. Nulls stand at the mean and have an indicator of their own; columns that are null in the same rows share one.

A column that tells the date teaches the date: days since a review that everybody has in March, or a count that grows
since the records began. Over the months of training such a column follows whatever the company went through, and on the
next day it is where it never was. So it is held back the more, the more of its variance lies between the days.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.linear import Linear, Term, four

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

TAIL: Final = 0.005
"""Share of the values clipped at either end, and the least share of nulls that has an indicator."""
LEAST_VALUES: Final = 10
_HOLD: Final = 8
"""How strongly columns that tell the date are held back: the power of one over the variance within days."""


@dataclass(frozen=True)
class Scale:
    """How one column is read; ``z = (clip(x or its logarithm, low, high) - mean) / deviation``."""

    place: int
    """Which column of the matrix."""
    log: bool
    low: float
    high: float
    mean: float
    deviation: float
    """0 where the column is constant: it has no value to learn from."""
    nulls: float
    """Share of nulls; 0 where another column's indicator, or none, speaks for them."""
    penalties: tuple[float, float]
    """How much more than other columns its value and its indicator are held back, at least 1."""

    def read(self, values: NDArray[np.float32]) -> tuple[Floats, Flags]:
        """The column on its scale, 0 for null, and where it is null."""
        null = np.isnan(values)
        clipped = np.clip(_logarithm(values) if self.log else values.astype(np.float64), self.low, self.high)
        z = (clipped - self.mean) / self.deviation if self.deviation > 0 else np.zeros(len(values))
        z[null] = 0.0
        return z, null

    def columns(self, values: NDArray[np.float32]) -> list[Floats]:
        """What the design matrix holds of it: its value, its indicator, either or both."""
        z, null = self.read(values)
        indicators = [np.asarray((null - self.nulls) / self._spread)] if self.nulls > 0 else []
        return ([z] if self.deviation > 0 else []) + indicators

    @property
    def width(self) -> int:
        """How many columns that is."""
        return (self.deviation > 0) + (self.nulls > 0)

    @property
    def held_back(self) -> list[float]:
        """The penalty of each column of the design matrix."""
        value, indicator = self.penalties
        return ([value] if self.deviation > 0 else []) + ([indicator] if self.nulls > 0 else [])

    def term(self, name: str, coefficients: Floats) -> Term:
        """The term that says the same of the raw values.

        Parameters
        ----------
        name
            The column's.
        coefficients
            (width, 4), those of the design matrix's columns for each interval.
        """
        zero = np.zeros(4)
        value = coefficients[0] / self.deviation if self.deviation > 0 else zero
        indicator = coefficients[-1] / self._spread if self.nulls > 0 else zero
        offsets = value * self.mean + indicator * self.nulls
        parts = (value, offsets, indicator * (1.0 - self.nulls))
        return Term(name, self.log, self.low, self.high, *(four(part) for part in parts))

    @property
    def _spread(self) -> float:
        return float(np.sqrt(self.nulls * (1.0 - self.nulls)))


@dataclass(frozen=True)
class Standard:
    """The scales of those columns of a matrix that say anything."""

    scales: tuple[Scale, ...]

    @property
    def penalty(self) -> Floats:
        """(width,) how much more than others each column of the design matrix is held back."""
        return np.array([penalty for scale in self.scales for penalty in scale.held_back])

    def design(self, matrix: NDArray[np.float32]) -> Floats:
        """(n, width) the matrix on its scales."""
        columns = [column for scale in self.scales for column in scale.columns(matrix[:, scale.place])]
        return np.stack(columns, axis=1) if columns else np.zeros((len(matrix), 0))

    def linear(self, names: Sequence[str], levels: Floats, slopes: Floats) -> Linear:
        """The linear part over the raw values that says the same as `slopes` (width, 4) over the design matrix."""
        ends = np.cumsum([scale.width for scale in self.scales])
        parts = np.split(slopes, ends[:-1]) if self.scales else []
        terms = [scale.term(names[scale.place], part) for scale, part in zip(self.scales, parts, strict=True)]
        return Linear(four(levels), tuple(terms))


def standard(matrix: NDArray[np.float32], weight: Floats, day: NDArray[np.int32]) -> Standard:
    """Find the scales.

    Parameters
    ----------
    matrix
        (n, columns), NaN for null.
    weight
        (n,) of the rows, positive.
    day
        (n,) the day of each row.
    """
    seen: set[bytes] = set()
    found = []
    for place in range(matrix.shape[1]):
        values = matrix[:, place]
        null = np.isnan(values)
        share, pattern = float(weight @ null / weight.sum()), np.packbits(null).tobytes()
        own = TAIL < share < 1.0 - TAIL and pattern not in seen
        seen.add(pattern)
        scale = _scale(place, values[~null], weight[~null], day[~null])
        if own:
            scale = replace(
                scale, nulls=share, penalties=(scale.penalties[0], _held_back(null.astype(np.float64), day))
            )
        if scale.width:
            found.append(scale)
    return Standard(tuple(found))


def tells_the_date(values: Floats, day: NDArray[np.int32]) -> float:
    """Share of the variance that lies between the days, 0 to 1; 0 for a constant."""
    days, place = np.unique(day, return_inverse=True)
    spread = float(values.var())
    if spread <= 0 or len(days) < 2:
        return 0.0
    means = np.bincount(place, weights=values) / np.bincount(place)
    return float(min(1.0, ((means[place] - values.mean()) ** 2).mean() / spread))


def _scale(place: int, values: NDArray[np.float32], weight: Floats, day: NDArray[np.int32]) -> Scale:
    """The scale of a column's values, nulls apart."""
    nothing = Scale(place, log=False, low=0.0, high=0.0, mean=0.0, deviation=0.0, nulls=0.0, penalties=(1.0, 1.0))
    if len(values) < LEAST_VALUES:
        return nothing
    raw = values.astype(np.float64)
    log = abs(_skewness(_clipped(_logarithm(raw)), weight)) < abs(_skewness(_clipped(raw), weight)) - 0.25
    read = _logarithm(raw) if log else raw
    low, high = _bounds(read)
    clipped = np.clip(read, low, high)
    mean, deviation = _moments(clipped, weight)
    if deviation <= 1e-6 * max(1.0, abs(mean)):
        return nothing
    return Scale(place, log, low, high, mean, deviation, 0.0, (_held_back(clipped, day), 1.0))


def _held_back(values: Floats, day: NDArray[np.int32]) -> float:
    return float(max(1.0 - tells_the_date(values, day), 0.01) ** -_HOLD)


def _logarithm(values: NDArray[np.floating]) -> Floats:
    wide = values.astype(np.float64)
    return np.asarray(np.sign(wide) * np.log1p(np.abs(wide)))


def _bounds(values: Floats) -> tuple[float, float]:
    """The values at the tails; the extremes where they are the same."""
    low, high = np.quantile(values, [TAIL, 1.0 - TAIL])
    return (float(low), float(high)) if low < high else (float(values.min()), float(values.max()))


def _clipped(values: Floats) -> Floats:
    return np.clip(values, *_bounds(values))


def _moments(values: Floats, weight: Floats) -> tuple[float, float]:
    mean = float(weight @ values / weight.sum())
    return mean, float(np.sqrt(weight @ (values - mean) ** 2 / weight.sum()))


def _skewness(values: Floats, weight: Floats) -> float:
    mean, deviation = _moments(values, weight)
    return float(weight @ (values - mean) ** 3 / weight.sum() / max(deviation, 1e-12) ** 3)
