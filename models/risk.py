"""The model that answers: feature rows in, risks and contributions out. NumPy and LightGBM, nothing else.

A row is asked four times, once an interval, with the interval's number as one more column; see `hazard`.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

import lightgbm
import numpy as np
from numpy.typing import NDArray

from features import catalogue
from features.feature import Feature
from features.spec import FeatureSpec
from models import bundle, reasons
from models.bands import Bands
from models.bundle import Bundle, Manifest
from models.errors import BundleError
from models.hazard import INTERVALS, hazards, position, risks
from models.reasons import Contributions, Reason

Matrix = NDArray[np.float32]
Floats = NDArray[np.float64]

TOLERANCE: Final = 1e-9
"""How far an answer on a golden row may lie from the one the bundle was written with."""
_CHUNK: Final = 20_000
"""Rows stacked at a time, to bound memory."""


@dataclass(frozen=True)
class RiskModel:
    """A loaded bundle. All methods are pure: a row's answer does not depend on the rows beside it, to the last bit."""

    bundle: Bundle
    features: tuple[Feature, ...]
    booster: lightgbm.Booster

    @classmethod
    def load(cls, directory: Path, digest: str | None = None) -> Self:
        """Read a bundle, check it, load its trees and prove its golden answers.

        Parameters
        ----------
        directory
            The bundle folder.
        digest
            What the registry says the bundle is; None asks only that it agrees with itself.

        Raises
        ------
        BundleError
            The bundle is damaged, or its columns or answers are not those it was written with.
        """
        held = bundle.read(directory, digest)
        spec = held.manifest.spec
        features = catalogue.catalogue(spec)
        columns = tuple(feature.name for feature in features)
        if columns != held.manifest.columns or catalogue.digest(spec) != held.manifest.catalogue:
            raise BundleError(f"The bundle {directory.name} was made with another feature catalogue; train again.")
        model = cls(held, features, booster(held.model_text, len(columns)))
        model._prove()
        return model

    @property
    def manifest(self) -> Manifest:
        """What the bundle says of itself."""
        return self.bundle.manifest

    @property
    def spec(self) -> FeatureSpec:
        """What to build the feature rows with."""
        return self.manifest.spec

    @property
    def digest(self) -> str:
        """The bundle's digest, "sha256:" and 64 hex digits."""
        return self.bundle.digest

    @property
    def mode(self) -> str:
        """`full`, `tenure` or `base_rate`: how much of the person the risk speaks of."""
        return self.manifest.mode

    @property
    def bands(self) -> Bands:
        """The bands the model was trained with."""
        return self.manifest.bands

    def risks(self, rows: Matrix, threads: int = 1) -> Floats:
        """P(voluntary exit by 30, 90, 180, 365 days | at risk on the day).

        Parameters
        ----------
        rows
            (n, columns) float32 as `features.build` makes it, NaN for null.
        threads
            How many LightGBM may use; 1 is fastest for a few rows. The answer does not depend on it.

        Returns
        -------
        (n, 4), strictly between 0 and 1, never falling along a row.
        """
        return predict(self.booster, rows, threads)

    def contributions(self, rows: Matrix, horizon: int, threads: int = 1) -> Contributions:
        """How much each feature raises or lowers the log-odds of the risk by `horizon` days; see `reasons.combine`."""
        parts = [self._contributions(part, horizon, threads) for part in _chunks(rows)]
        return reasons.concatenate(parts, len(self.features))

    def reasons(self, rows: Matrix, horizon: int, count: int, threads: int = 1) -> list[list[Reason]]:
        """The `count` features that move each row's risk by `horizon` days most, in words.

        Parameters
        ----------
        rows
            (n, columns) float32, NaN for null.
        horizon
            30, 90, 180 or 365 days.
        count
            At most so many reasons a row; fewer where fewer features speak.

        Returns
        -------
        One list a row, strongest first.
        """
        found = self.contributions(rows, horizon, threads)
        return [reasons.top(self.features, row, phi, count) for row, phi in zip(rows, found.values, strict=True)]

    def _contributions(self, rows: Matrix, horizon: int, threads: int) -> Contributions:
        intervals = position(horizon) + 1
        shap = self.booster.predict(stack(rows, intervals), pred_contrib=True, num_threads=threads)
        return reasons.combine(np.asarray(shap, dtype=np.float64).reshape(len(rows), intervals, -1))

    def _prove(self) -> None:
        golden = self.manifest.golden
        expected = np.array(golden.risks).reshape(-1, len(INTERVALS))
        proved = 0 < len(golden.rows) == len(expected)
        if not proved or not np.allclose(self.risks(golden.matrix()), expected, rtol=0.0, atol=TOLERANCE):
            raise BundleError(f"The bundle {self.bundle.path.name} does not give its golden rows their risks.")


def booster(text: str, columns: int) -> lightgbm.Booster:
    """Load trees whose digest has been checked.

    Raises
    ------
    BundleError
        LightGBM refuses the text, or it reads another number of columns than `columns` and the interval.
    """
    try:
        loaded = lightgbm.Booster(model_str=text)
    except lightgbm.basic.LightGBMError as error:
        raise BundleError("The trees of the bundle cannot be read.") from error
    if loaded.num_feature() != columns + 1:
        raise BundleError(f"The trees read {loaded.num_feature() - 1} columns, the manifest names {columns}.")
    return loaded


def predict(trees: lightgbm.Booster, rows: Matrix, threads: int = 1) -> Floats:
    """(n, 4) risks by each horizon, straight from the trees; see `RiskModel.risks`."""
    parts = [risks(hazards(_margins(trees, part, threads))) for part in _chunks(rows)]
    return np.concatenate(parts) if parts else np.empty((0, len(INTERVALS)))


def stack(rows: Matrix, intervals: int = len(INTERVALS)) -> Matrix:
    """(n * intervals, columns + 1): each row once an interval, in order, the interval's number in the last column."""
    count, width = rows.shape
    stacked = np.empty((count, intervals, width + 1), dtype=np.float32)
    stacked[:, :, :width] = rows[:, None, :]
    stacked[:, :, width] = np.arange(intervals, dtype=np.float32)
    return stacked.reshape(count * intervals, width + 1)


def _chunks(rows: Matrix) -> list[Matrix]:
    return [rows[start : start + _CHUNK] for start in range(0, len(rows), _CHUNK)]


def _margins(trees: lightgbm.Booster, rows: Matrix, threads: int) -> Floats:
    """(n, 4) log-odds of the hazards of `INTERVALS`."""
    raw = trees.predict(stack(rows), raw_score=True, num_threads=threads)
    return np.asarray(raw, dtype=np.float64).reshape(len(rows), len(INTERVALS))
