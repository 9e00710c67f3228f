"""One additive score for each interval: a linear part plus trees.

Whatever was fitted (bags, members, a table of rates) is served, explained and checked in this form, by compiled code of
our own (`kernel`): LightGBM's library is needed only where models are fitted. A row is asked four times, once an interval,
with the interval's number as one more column of the trees; see `hazard`.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models import forest, kernel, layout, passes, plan
from models.forest import Forest
from models.hazard import INTERVALS
from models.layout import Walk
from models.linear import Linear, Lines
from models.risks import Arrays, flat, risks
from models.shapley import Plan
from models.slices import cut

Matrix = NDArray[np.float32]
Floats = NDArray[np.float64]

_APART: Final = 2_048
"""Rows that are worth a thread of their own."""


@dataclass(frozen=True)
class Additive:
    """A score that can be asked. All methods are pure: a row's answer does not depend on the rows beside it."""

    text: str
    """The trees, as LightGBM's native text; their last column is the interval's number."""
    forest: Forest
    lines: Lines

    def margins(self, rows: Matrix, threads: int = 1) -> Floats:
        """(n, 4) log-odds of the hazards of `INTERVALS`.

        Parameters
        ----------
        rows
            (n, columns) features, NaN for null.
        threads
            How many may work on it; the answer does not depend on it.
        """
        rows = self.lines.checked(rows)
        found = np.zeros((len(rows), len(INTERVALS)))
        walk = self._walk

        def add(part: slice) -> None:
            kernel.walk(rows[part], walk, found[part])
            self.lines.add_margins(rows[part], found[part])

        _in_parts(add, len(rows), threads)
        return found

    def risks(self, rows: Matrix, threads: int = 1) -> Floats:
        """(n, 4) risks by each of `HORIZONS`: strictly between 0 and 1, never falling along a row."""
        rows = self.lines.checked(rows)
        found = np.empty((len(rows), len(INTERVALS)))
        score = self._score
        if len(rows) < _APART:
            risks(rows, found, *score)
            return found

        def add(part: slice) -> None:
            risks(rows[part], found[part], *score)

        _in_parts(add, len(rows), threads)
        return found

    def combined(self, rows: Matrix, intervals: int, threads: int = 1) -> tuple[Floats, Floats]:
        """`contributions` combined into those to the risk by the last of the intervals: values and baseline.

        See `reasons.combine`; they are equal to the last bit.
        """
        rows = self.lines.checked(rows)
        values, baseline = np.empty(rows.shape), np.empty(len(rows))
        score = self._explained
        if len(rows) < _APART:
            passes.contributions(rows, values, baseline, intervals, *score)
            return values, baseline

        def explain(part: slice) -> None:
            passes.contributions(rows[part], values[part], baseline[part], intervals, *score)

        _in_parts(explain, len(rows), threads)
        return values, baseline

    def contributions(self, rows: Matrix, intervals: int, threads: int = 1) -> Floats:
        """What every column brings to the log-odds of the first `intervals` hazards.

        The interval is given, not explained: a column's part is what it brings within the interval, and the expected
        value is the same for every row. See `slices`.

        Returns
        -------
        (n, intervals, columns + 2): the columns, then the interval's own share, which is the linear part's intercept,
        then the trees' expected value, as LightGBM lays them out; the sum over the last axis is the log-odds. `rows`
        should be a few thousand at most.
        """
        rows = self.lines.checked(rows)
        found = np.zeros((len(rows), intervals, rows.shape[1] + 2))
        found[:, :, -2] = self.lines.intercepts[:intervals]
        laid = self._plan

        def explain(part: slice) -> None:
            self.lines.add(rows[part], found[part])
            kernel.explain(rows[part], laid, found[part])

        _in_parts(explain, len(rows), threads)
        return found

    @cached_property
    def _walk(self) -> Walk:
        return layout.walk(self.forest)

    @cached_property
    def _score(self) -> Arrays:
        """All that `risks` reads."""
        return flat(self._walk, self.lines.laid, self.lines.intercepts)

    @cached_property
    def _explained(self) -> passes.Arrays:
        """All that `passes.contributions` reads."""
        return passes.flat(self._plan, self.lines.laid, self.lines.intercepts)

    @cached_property
    def _plan(self) -> Plan:
        """Laid out when first asked for reasons."""
        slices = cut(self.forest)
        return plan.plan(slices.forest, slices.owner)


def additive(text: str, linear: Linear, columns: tuple[str, ...]) -> Additive:
    """Load a score whose digests have been checked.

    Parameters
    ----------
    text
        The trees, as LightGBM's native text; their last column is the interval's number.
    linear
        The linear part.
    columns
        Names of the feature matrix's columns.

    Raises
    ------
    BundleError
        The text is not well formed (see `forest`), or the parts read other columns than `columns`.
    """
    return Additive(text, forest.parse(text, len(columns)), Lines(linear, columns))


def _in_parts(work: Callable[[slice], None], count: int, threads: int) -> None:
    """Do work on rows in as many runs of them as there are threads, where there are rows enough."""
    runs = 1 if threads == 1 else max(1, min(threads, count // _APART))
    if runs == 1:
        work(slice(0, count))
        return
    bounds = [count * run // runs for run in range(runs + 1)]
    with ThreadPoolExecutor(runs) as pool:
        list(pool.map(work, (slice(start, end) for start, end in pairwise(bounds))))
