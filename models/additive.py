"""One additive score for each interval: a linear part plus trees, asked in one pass.

Whatever was fitted (bags, members, a table of rates) is served, explained and checked in this form.

A row is asked four times, once an interval, with the interval's number as one more column of the trees; see `hazard`.
"""

from dataclasses import dataclass

import lightgbm
import numpy as np
from numpy.typing import NDArray

from models.errors import BundleError
from models.hazard import INTERVALS, hazards, risks
from models.linear import Linear, Lines

Matrix = NDArray[np.float32]
Floats = NDArray[np.float64]

_CHUNK = 20_000
"""Rows stacked at a time, to bound memory."""


@dataclass(frozen=True)
class Additive:
    """A score that can be asked. All methods are pure: a row's answer does not depend on the rows beside it."""

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

        Returns
        -------
        (n, intervals, columns + 2): the columns, then the interval's own share, then the expected value, as LightGBM
        lays them out; the sum over the last axis is the log-odds. `rows` should be a few thousand at most.
        """
        stacked = stack(rows, intervals)
        shap = np.asarray(self.trees.predict(stacked, pred_contrib=True, num_threads=threads), dtype=np.float64)
        found = shap.reshape(len(rows), intervals, -1)
        found[:, :, :-2] += self.lines.contributions(rows, intervals)
        found[:, :, -2] += np.array(self.lines.linear.intercepts)[:intervals]
        return found

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
        LightGBM refuses the text, or the parts read other columns than `columns`.
    """
    try:
        loaded = lightgbm.Booster(model_str=text)
    except lightgbm.basic.LightGBMError as error:
        raise BundleError("The trees of the bundle cannot be read.") from error
    if loaded.num_feature() != len(columns) + 1:
        raise BundleError(f"The trees read {loaded.num_feature() - 1} columns, the manifest names {len(columns)}.")
    return Additive(loaded, Lines(linear, columns))


def stack(rows: Matrix, intervals: int = len(INTERVALS)) -> Matrix:
    """(n * intervals, columns + 1): each row once an interval, in order, the interval's number in the last column."""
    count, width = rows.shape
    stacked = np.empty((count, intervals, width + 1), dtype=np.float32)
    stacked[:, :, :width] = rows[:, None, :]
    stacked[:, :, width] = np.arange(intervals, dtype=np.float32)
    return stacked.reshape(count * intervals, width + 1)


def _chunks(rows: Matrix) -> list[Matrix]:
    return [rows[start : start + _CHUNK] for start in range(0, len(rows), _CHUNK)]
