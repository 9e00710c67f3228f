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

from models import forest, kernel, leaves, passes, plan
from models.forest import Forest
from models.hazard import INTERVALS
from models.leaves import Walk
from models.linear import Linear, Lines
from models.passes import Arrays, Score
from models.shapley import Plan
from models.slices import Slices, cut

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
        return self._scored(rows, 0, np.empty((0, 0)), np.empty(0), self._plain, threads)

    def explained(self, rows: Matrix, intervals: int, threads: int = 1) -> tuple[Floats, Floats, Floats]:
        """Risks, and what each column brings to the one by the end of the last of so many intervals, in one pass.

        Returns
        -------
        (n, 4) risks, equal to the last bit to those of `risks`, (n, columns) contributions and (n,) the baseline, as
        `reasons.combine` tells of them.
        """
        rows = self.lines.checked(rows)
        values, baseline = np.empty(rows.shape), np.empty(len(rows))
        return self._scored(rows, intervals, values, baseline, self._explained, threads), values, baseline

    def _scored(
        self, rows: Matrix, intervals: int, values: Floats, baseline: Floats, score: Arrays, threads: int
    ) -> Floats:
        found = np.empty((len(rows), len(INTERVALS)))
        if len(rows) < _APART:
            passes.score(rows, intervals, found, values, baseline, *score)
            return found

        def add(part: slice) -> None:
            passes.score(rows[part], intervals, found[part], values[part], baseline[part], *score)

        _in_parts(add, len(rows), threads)
        return found

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
    def _slices(self) -> Slices:
        return cut(self.forest)

    @cached_property
    def _walk(self) -> Walk:
        return leaves.laid(self._slices)

    @cached_property
    def _plan(self) -> Plan:
        """Laid out when first asked for reasons."""
        return plan.plan(self._slices.forest, self._slices.owner)

    @cached_property
    def _plain(self) -> Arrays:
        """All that `passes.score` reads where no reasons are asked for."""
        return self._laid(plan.nothing(self._walk.questions))

    @cached_property
    def _explained(self) -> Arrays:
        """All that it reads where they are."""
        return self._laid(self._plan)

    def _laid(self, parts: Plan) -> Arrays:
        return passes.laid(Score(self._walk, parts, self.lines.laid, self.lines.intercepts))


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
