"""One additive score for each interval: a linear part plus trees, asked in one pass.

Whatever was fitted (bags, members, a table of rates) is served, explained and checked in this form.

A row is asked four times, once an interval, with the interval's number as one more column of the trees; see `hazard`.
"""

from dataclasses import dataclass
from functools import cached_property

import lightgbm
import numpy as np
from numpy.typing import NDArray

from models import forest
from models.hazard import INTERVALS, hazards, risks
from models.linear import Linear, Lines
from models.slices import cut

Matrix = NDArray[np.float32]
Floats = NDArray[np.float64]

_CHUNK = 20_000
"""Rows stacked at a time, to bound memory."""


@dataclass(frozen=True)
class Additive:
    """A score that can be asked. All methods are pure: a row's answer does not depend on the rows beside it."""

    text: str
    """The trees, as LightGBM's native text; their last column is the interval's number."""
    trees: lightgbm.Booster
    lines: Lines

    def margins(self, rows: Matrix, threads: int = 1) -> Floats:
        """(n, 4) log-odds of the hazards of `INTERVALS`.

        Parameters
        ----------
        rows
            (n, columns) features, NaN for null.
        threads
            How many LightGBM may use; the answer does not depend on it.
        """
        parts = [self._margins(part, threads) for part in _chunks(rows)]
        return np.concatenate(parts) if parts else np.empty((0, len(INTERVALS)))

    def risks(self, rows: Matrix, threads: int = 1) -> Floats:
        """(n, 4) risks by each of `HORIZONS`: strictly between 0 and 1, never falling along a row."""
        return risks(hazards(self.margins(rows, threads)))

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
        shared, own = self._sliced
        found = np.zeros((len(rows), intervals, rows.shape[1] + 2))
        found[:, :, :-2] = self.lines.contributions(rows, intervals)
        found[:, :, -2] = np.array(self.lines.linear.intercepts)[:intervals]
        _add_shap(found, shared, rows, threads)
        for k in range(intervals):
            _add_shap(found[:, k : k + 1], own[k], rows, threads)
        return found

    @cached_property
    def _sliced(self) -> tuple[lightgbm.Booster, list[lightgbm.Booster]]:
        """The trees every interval shares, and each interval's own; cut when first asked for reasons."""
        slices = cut(self.text)
        return lightgbm.Booster(model_str=slices.shared), [lightgbm.Booster(model_str=text) for text in slices.own]

    def _margins(self, rows: Matrix, threads: int) -> Floats:
        raw = self.trees.predict(stack(rows), raw_score=True, num_threads=threads)
        return np.asarray(raw, dtype=np.float64).reshape(len(rows), len(INTERVALS)) + self.lines.margins(rows)


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
    forest.parse(text, len(columns))
    return Additive(text, lightgbm.Booster(model_str=text), Lines(linear, columns))


def stack(rows: Matrix, intervals: int = len(INTERVALS)) -> Matrix:
    """(n * intervals, columns + 1): each row once an interval, in order, the interval's number in the last column."""
    count, width = rows.shape
    stacked = np.empty((count, intervals, width + 1), dtype=np.float32)
    stacked[:, :, :width] = rows[:, None, :]
    stacked[:, :, width] = np.arange(intervals, dtype=np.float32)
    return stacked.reshape(count * intervals, width + 1)


def _add_shap(found: Floats, trees: lightgbm.Booster, rows: Matrix, threads: int) -> None:
    """Add to (n, intervals, columns + 2) contributions what the trees bring, alike in each of these intervals."""
    shap = np.asarray(trees.predict(rows, pred_contrib=True, num_threads=threads), dtype=np.float64)
    found[:, :, :-2] += shap[:, None, :-1]
    found[:, :, -1] += shap[:, None, -1]


def _chunks(rows: Matrix) -> list[Matrix]:
    return [rows[start : start + _CHUNK] for start in range(0, len(rows), _CHUNK)]
