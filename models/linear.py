"""The linear part of the score: for each interval an intercept, and for each column a straight line on a clipped scale.

Nulls have a value of their own. Every term is centred: over the rows the model was fitted on its contributions average
to nothing, so that a contribution speaks of the difference to a typical person and the intercepts carry the level.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from features.compiled import compiled, inlined
from models.errors import BundleError
from models.hazard import INTERVALS
from models.layout import index

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
        add_margins(rows, self.laid, self.intercepts, found)

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
def scale(columns: NDArray[np.float32], terms: Terms, lanes: int, scaled: Floats) -> None:
    """Write (terms, lanes) values on the scales of the terms, of (columns, lanes) side by side; a null stays one."""
    column, log, lows, highs = terms.column, terms.log, terms.low, terms.high
    for term in range(len(column)):
        start, place, low, high = (
            index(column[term]) * index(lanes),
            index(term) * index(lanes),
            lows[term],
            highs[term],
        )
        for lane in range(lanes):
            scaled[place + index(lane)] = np.float64(columns[start + index(lane)])
        if log[term]:
            for lane in range(lanes):
                value = scaled[place + index(lane)]
                if abs(value) > 0.0:  # and not of nulls
                    scaled[place + index(lane)] = np.copysign(np.log1p(abs(value)), value)
        for lane in range(lanes):
            value = scaled[place + index(lane)]
            value = low if value < low else value  # noqa: FURB136 - a null stays one
            scaled[place + index(lane)] = high if value > high else value  # noqa: FURB136


@inlined
def add_sums(scaled: Floats, terms: Terms, intercepts: Floats, lanes: int, total: Floats, found: Floats) -> None:
    """Add to (intervals, lanes) the log-odds of scaled values; `total` has room for as many."""
    slopes, offsets, nulls = terms.slopes, terms.offsets, terms.nulls
    for place in range(_INTERVALS * lanes):
        total[place] = 0.0
    for term in range(len(terms.column)):
        place = index(term) * index(lanes)
        for k in range(_INTERVALS):
            slope, offset, null, at = slopes[term, k], offsets[term, k], nulls[term, k], index(k) * index(lanes)
            for lane in range(lanes):
                total[at + index(lane)] += part_of(scaled[place + index(lane)], slope, offset, null)
    for k in range(_INTERVALS):
        for lane in range(lanes):
            found[k * lanes + lane] += total[k * lanes + lane] + intercepts[k]


@inlined
def part_of(scaled: Any, slope: Any, offset: Any, null: Any) -> Any:
    """What one term adds to the log-odds of one interval."""
    return null if np.isnan(scaled) else slope * scaled - offset


@compiled
def add_margins(rows: NDArray[np.float32], terms: Terms, intercepts: Floats, found: Floats) -> None:
    """Add to (n, 4) the log-odds of each row."""
    scaled, total = np.empty(len(terms.column)), np.empty(_INTERVALS)
    for row in range(len(rows)):
        scale(rows[row], terms, 1, scaled)
        add_sums(scaled, terms, intercepts, 1, total, found[row])


@compiled
def add_parts(rows: NDArray[np.float32], terms: Terms, found: Floats) -> None:
    """Add to (n, intervals, columns or more) what each column brings."""
    scaled = np.empty(len(terms.column))
    for row in range(len(rows)):
        scale(rows[row], terms, 1, scaled)
        for term in range(len(scaled)):
            for k in range(found.shape[1]):
                part = part_of(scaled[term], terms.slopes[term, k], terms.offsets[term, k], terms.nulls[term, k])
                found[row, k, terms.column[term]] += part
