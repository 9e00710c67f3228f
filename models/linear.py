"""The linear part of the score: for each interval an intercept, and for each column a straight line on a clipped scale.

Nulls have a value of their own. Every term is centred: over the rows the model was fitted on its contributions average
to nothing, so that a contribution speaks of the difference to a typical person and the intercepts carry the level.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from models.errors import BundleError
from models.hazard import INTERVALS

Floats = NDArray[np.float64]
Four = tuple[float, float, float, float]
"""One number for each of `hazard.INTERVALS`."""
_ZERO: Four = (0.0, 0.0, 0.0, 0.0)


def four(values: Iterable[float]) -> Four:
    """Four numbers as plain floats."""
    first, second, third, fourth = (float(value) for value in values)
    return first, second, third, fourth


@dataclass(frozen=True)
class Term:
    """What one column contributes to the log-odds of the hazards.

    With ``z = clip(x, low, high)``, or of ``sign(x) * log(1 + |x|)`` where `log`, the contribution to interval k is
    ``slopes[k] * z - offsets[k]``, and ``nulls[k]`` where x is null.
    """

    column: str
    log: bool
    low: float
    high: float
    slopes: Four
    offsets: Four
    nulls: Four

    def times(self, factor: float) -> "Term":
        """The term with its contributions multiplied by `factor`."""
        parts = (four([factor * value for value in part]) for part in (self.slopes, self.offsets, self.nulls))
        return Term(self.column, self.log, self.low, self.high, *parts)


@dataclass(frozen=True)
class Linear:
    """Intercepts and terms, all in log-odds; a column without a term contributes nothing."""

    intercepts: Four = _ZERO
    terms: tuple[Term, ...] = ()


@dataclass(frozen=True)
class Lines:
    """A `Linear` laid out over the columns of a feature matrix."""

    linear: Linear
    columns: tuple[str, ...]

    def margins(self, rows: NDArray[np.float32]) -> Floats:
        """(n, 4) log-odds; each row's are the same to the last bit whatever rows stand beside it."""
        found = np.stack([part.sum(axis=1) for part in self._parts(rows, len(INTERVALS))], axis=1)
        return np.asarray(found + np.array(self.linear.intercepts))

    def contributions(self, rows: NDArray[np.float32], intervals: int) -> Floats:
        """(n, intervals, columns): what each column adds to the log-odds of the first `intervals` hazards."""
        found = np.zeros((len(rows), intervals, len(self.columns)))
        for k, part in enumerate(self._parts(rows, intervals)):
            found[:, k, self._places] = part
        return found

    @cached_property
    def _places(self) -> NDArray[np.int64]:
        place = {name: index for index, name in enumerate(self.columns)}
        if unknown := [term.column for term in self.linear.terms if term.column not in place]:
            raise BundleError(f"The linear part names {len(unknown)} columns that the model does not have.")
        if len({term.column for term in self.linear.terms}) < len(self.linear.terms):
            raise BundleError("The linear part names a column twice; its contributions could not be told apart.")
        return np.array([place[term.column] for term in self.linear.terms], dtype=np.int64)

    @cached_property
    def _scales(self) -> tuple[NDArray[np.bool_], Floats, Floats]:
        terms = self.linear.terms
        log = np.array([term.log for term in terms], dtype=np.bool_)
        return log, np.array([term.low for term in terms]), np.array([term.high for term in terms])

    def _parts(self, rows: NDArray[np.float32], intervals: int) -> list[Floats]:
        """(n, terms) contributions to each of the first intervals."""
        log, low, high = self._scales
        values = rows[:, self._places].astype(np.float64)
        values[:, log] = np.sign(values[:, log]) * np.log1p(np.abs(values[:, log]))
        null = np.isnan(values)
        values = np.clip(values, low, high)
        return [self._part(values, null, k) for k in range(intervals)]

    def _part(self, values: Floats, null: NDArray[np.bool_], k: int) -> Floats:
        slopes, offsets, nulls = (np.array([each[k] for each in of], dtype=np.float64) for of in self._by_term)
        return np.ascontiguousarray(np.where(null, nulls, slopes * values - offsets))

    @cached_property
    def _by_term(self) -> tuple[Sequence[Four], Sequence[Four], Sequence[Four]]:
        terms = self.linear.terms
        return [t.slopes for t in terms], [t.offsets for t in terms], [t.nulls for t in terms]
