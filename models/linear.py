"""The linear part of the score: for each interval an intercept, and for each column a straight line on a clipped scale.

Nulls have a value of their own. Every term is centred: over the rows the model was fitted on its contributions average
to nothing, so that a contribution speaks of the difference to a typical person and the intercepts carry the level.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from features.compiled import compiled, inlined
from models.errors import BundleError
from models.hazard import INTERVALS

Floats = NDArray[np.float64]
Four = tuple[float, float, float, float]
"""One number for each of `hazard.INTERVALS`."""
_INTERVALS: Final = len(INTERVALS)
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


class Terms(NamedTuple):
    """Terms one below the other, for the compiled loops."""

    column: NDArray[np.int64]
    """Its place in a row."""
    log: NDArray[np.bool_]
    low: Floats
    high: Floats
    slopes: Floats
    """(terms, 4)"""
    offsets: Floats
    nulls: Floats


@dataclass(frozen=True)
class Lines:
    """A `Linear` laid out over the columns of a feature matrix."""

    linear: Linear
    columns: tuple[str, ...]

    def checked(self, rows: NDArray[np.float32]) -> NDArray[np.float32]:
        """Rows as compiled loops need them: those trust the width, and any other layout would be compiled once more.

        Raises
        ------
        ValueError
            The rows have other columns than the model.
        """
        if rows.ndim != 2 or rows.shape[1] != len(self.columns):
            raise ValueError(f"The model reads {len(self.columns)} columns, the rows have another shape.")
        if rows.dtype == np.float32 and rows.flags.carray:
            return rows
        return np.require(rows, dtype=np.float32, requirements=["C", "W"])

    def margins(self, rows: NDArray[np.float32]) -> Floats:
        """(n, 4) log-odds; each row's are the same to the last bit whatever rows stand beside it."""
        found = np.zeros((len(rows), len(INTERVALS)))
        self.add_margins(self.checked(rows), found)
        return found

    def contributions(self, rows: NDArray[np.float32], intervals: int) -> Floats:
        """(n, intervals, columns): what each column adds to the log-odds of the first `intervals` hazards."""
        found = np.zeros((len(rows), intervals, len(self.columns)))
        self.add(self.checked(rows), found)
        return found

    def add_margins(self, rows: NDArray[np.float32], found: Floats) -> None:
        """Add `margins` of checked rows to (n, 4)."""
        add_sums(rows, self.laid, self.intercepts, found)

    def add(self, rows: NDArray[np.float32], found: Floats) -> None:
        """Add `contributions` of checked rows to (n, intervals, columns or more)."""
        add_parts(rows, self.laid, found)

    @cached_property
    def intercepts(self) -> Floats:
        """(4,) log-odds."""
        return np.array(self.linear.intercepts, dtype=np.float64)

    @cached_property
    def laid(self) -> Terms:
        """The terms as the compiled loops read them."""
        terms = self.linear.terms
        place = {name: index for index, name in enumerate(self.columns)}
        if unknown := [term.column for term in terms if term.column not in place]:
            raise BundleError(f"The linear part names {len(unknown)} columns that the model does not have.")
        if len({term.column for term in terms}) < len(terms):
            raise BundleError("The linear part names a column twice; its contributions could not be told apart.")
        of_intervals = (
            [term.slopes for term in terms],
            [term.offsets for term in terms],
            [term.nulls for term in terms],
        )
        slopes, offsets, nulls = (np.array(part, dtype=np.float64).reshape(-1, len(INTERVALS)) for part in of_intervals)
        return Terms(
            np.array([place[term.column] for term in terms], dtype=np.int64),
            np.array([term.log for term in terms], dtype=np.bool_),
            np.array([term.low for term in terms], dtype=np.float64),
            np.array([term.high for term in terms], dtype=np.float64),
            slopes,
            offsets,
            nulls,
        )


@inlined
def _scaled(value: float, log: bool, low: float, high: float) -> float:
    """A value on the scale of a term; a null stays one."""
    scaled: float = np.float64(value)
    if log:
        scaled = np.sign(scaled) * np.log1p(abs(scaled))
    scaled = low if scaled < low else scaled  # noqa: FURB136 - a null stays one
    return high if scaled > high else scaled  # noqa: FURB136


@inlined
def _part(scaled: float, slope: float, offset: float, null: float) -> float:
    """What one term adds to the log-odds of one interval."""
    return null if np.isnan(scaled) else slope * scaled - offset


@compiled
def add_sums(rows: NDArray[np.float32], terms: Terms, intercepts: Floats, found: Floats) -> None:
    """Add to (n, 4) the log-odds of each row."""
    column, log, low, high, slopes, offsets, nulls = terms
    total = np.empty(_INTERVALS)
    for row in range(rows.shape[0]):
        total[:] = 0.0
        for term in range(len(column)):
            scaled = _scaled(rows[row, column[term]], log[term], low[term], high[term])
            for k in range(_INTERVALS):
                total[k] += _part(scaled, slopes[term, k], offsets[term, k], nulls[term, k])
        for k in range(_INTERVALS):
            found[row, k] += total[k] + intercepts[k]


@compiled
def add_parts(rows: NDArray[np.float32], terms: Terms, found: Floats) -> None:
    """Add to (n, intervals, columns or more) what each column brings."""
    column, log, low, high, slopes, offsets, nulls = terms
    for row in range(rows.shape[0]):
        for term in range(len(column)):
            scaled = _scaled(rows[row, column[term]], log[term], low[term], high[term])
            for k in range(found.shape[1]):
                found[row, k, column[term]] += _part(scaled, slopes[term, k], offsets[term, k], nulls[term, k])
