"""The model that answers: feature rows in, risks and contributions out. NumPy and compiled loops, nothing else."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from features import build, catalogue, checkins, sentiment
from features.feature import Feature
from features.sentiment import Valence
from features.spec import FeatureSpec
from models import bundle, reasons, seal
from models.additive import Additive, additive
from models.bands import Bands
from models.bundle import Bundle
from models.errors import BundleError
from models.hazard import HORIZONS, INTERVALS, hazards, position
from models.manifest import Manifest
from models.reasons import Contributions
from models.telling import Background, Reason, Teller

Matrix = NDArray[np.float32]
Floats = NDArray[np.float64]

TOLERANCE: Final = 1e-9
"""How far an answer on a golden row may lie from the one the bundle was written with."""
_AT_ONCE: Final = 5_000
"""Rows explained at a time, to bound memory."""
_PLAIN: Final = Background()


@dataclass(frozen=True)
class RiskModel:
    """A loaded bundle. All methods are pure: a row's answer does not depend on the rows beside it, to the last bit."""

    bundle: Bundle
    features: tuple[Feature, ...]
    score: Additive
    valence: Valence | None = None
    """What reads comments (`sentiment.valued`), before features are built; None where nothing was learned."""

    @classmethod
    def load(cls, directory: Path, digest: str | None = None) -> Self:
        """Read a bundle, check it, load its score and prove its golden answers.

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
            raise BundleError(
                f"The bundle {directory.name} was made with another feature catalogue; train again.", "manifest"
            )
        model = cls(held, features, additive(held.model_text, held.manifest.linear, columns), _valence(held))
        if held.manifest.seal not in {"", seal.of(model.score.forest, held.manifest, held.sentiment)}:
            raise BundleError(f"The parts of the bundle {directory.name} do not mean what they did.", "seal")
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

    @cached_property
    def team_columns(self) -> tuple[str, ...]:
        """The columns that speak of the team."""
        return build.team_columns(self.spec)

    @cached_property
    def overdue_columns(self) -> NDArray[np.int64]:
        """Places of the columns that say how overdue each kind of conversation is."""
        return np.array([self.manifest.columns.index(f"checkins_{kind}_overdue_days") for kind in checkins.KINDS])

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
            How many may work on it; it is worth more than 1 from a few thousand rows on. The answer does not depend on it.

        Returns
        -------
        (n, 4), strictly between 0 and 1, never falling along a row.
        """
        return self.score.risks(rows, threads)

    def contributions(self, rows: Matrix, horizon: int, threads: int = 1) -> Contributions:
        """How much each feature raises or lowers the log-odds of the risk by `horizon` days; see `reasons.combine`."""
        return self.explained(rows, horizon, threads)[1]

    def explained(self, rows: Matrix, horizon: int, threads: int = 1) -> tuple[Floats, Contributions]:
        """Both `risks` and `contributions` of the same rows in one pass, equal to the last bit to what each gives."""
        if len(rows) <= _AT_ONCE:
            return self._explained(rows, horizon, threads)
        starts = range(0, len(rows), _AT_ONCE)
        parts = [self._explained(rows[start : start + _AT_ONCE], horizon, threads) for start in starts]
        found = reasons.concatenate([part for _, part in parts], len(self.features))
        return np.concatenate([np.empty((0, len(INTERVALS))), *(risk for risk, _ in parts)]), found

    def tell(
        self, rows: Matrix, found: Contributions, count: int, background: Background = _PLAIN
    ) -> list[list[Reason]]:
        """Contributions told as at most `count` reasons a row, fewer where fewer features speak; see `telling`."""
        return self.teller.tell(rows, found.values, count, background)

    def written(self, rows: Matrix, found: Contributions, count: int, background: Background = _PLAIN) -> list[bytes]:
        """The same as JSON, an array a row."""
        return self.teller.written(rows, found.values, count, background)

    def reasons(
        self, rows: Matrix, horizon: int, count: int, background: Background = _PLAIN, threads: int = 1
    ) -> list[list[Reason]]:
        """The features that move each row's risk by `horizon` days most, in words; see `telling`.

        Parameters
        ----------
        rows
            (n, columns) float32, NaN for null.
        horizon
            30, 90, 180 or 365 days.
        count
            At most so many reasons a row; fewer where fewer features speak.
        background
            What is known of the rows besides their values.
        """
        return self.tell(rows, self.contributions(rows, horizon, threads), count, background)

    @cached_property
    def teller(self) -> Teller:
        """Tells reasons in words."""
        return Teller(self.features, self.manifest.typical)

    def _explained(self, rows: Matrix, horizon: int, threads: int) -> tuple[Floats, Contributions]:
        risks, values, baseline = self.score.explained(rows, position(horizon) + 1, threads)
        return risks, Contributions(values, baseline)

    def _prove(self) -> None:
        """Ask for all there is of the golden rows, alone and together; so the first who asks then need not wait for it."""
        golden = self.manifest.golden
        expected = np.array(golden.risks).reshape(-1, len(INTERVALS))
        wide = all(len(row) == len(self.features) for row in golden.rows)
        if not (wide and 0 < len(golden.rows) == len(expected) and self._answers(golden.matrix(), expected)):
            raise BundleError(
                f"The bundle {self.bundle.path.name} does not give its golden rows their risks.", "golden"
            )

    def _answers(self, rows: Matrix, expected: Floats) -> bool:
        """Whether rows have the expected risks, and reasons that add up to them."""
        together, found = self.explained(rows, HORIZONS[-1])
        alone, _ = self.explained(rows[:1], HORIZONS[-1])
        told = hazards(found.baseline + found.values.sum(axis=1))
        pairs = ((together, expected), (alone, expected[:1]), (told, expected[:, -1]))
        return all(np.allclose(said, right, rtol=0.0, atol=TOLERANCE) for said, right in pairs)


def _valence(held: Bundle) -> Valence | None:
    """What the bundle reads comments with."""
    try:
        return None if held.sentiment is None else sentiment.from_bytes(held.sentiment)
    except ValueError as error:
        raise BundleError(f"{bundle.SENTIMENT} of the bundle {held.path.name} is {error}.") from None
