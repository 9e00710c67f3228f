"""What a bundle says of itself: plain values, read back with their types checked.

The manifest holds no time of day, no run id, no path, and nothing that depends on which model was the champion: the
same data and seed give the same manifest on any machine with the same libraries.
"""

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from features.spec import FeatureSpec
from models.bands import Bands
from models.evidence import Evidence
from models.hazard import INTERVALS
from models.linear import Linear

SCHEMA: Final = 2
"""Version of the manifest's form; another one is refused."""
MODES: Final = ("full", "tenure", "base_rate")


@dataclass(frozen=True)
class Training:
    """What the model was fitted on: counts and days only."""

    observed_from: str
    """First day of observation, YYYY-MM-DD."""
    trained_to: str
    """The training day: nothing known later was read, YYYY-MM-DD."""
    landmarks: int
    rows: int
    """(person, landmark) rows with at least one closed interval, before sampling."""
    people: int
    leavers: int
    """People whose voluntary exit lies in a closed interval."""
    seed: int
    reporting_delay_days: int


@dataclass(frozen=True)
class Source:
    """One table of the data as read."""

    table: str
    rows: int
    rejects: int
    left_out: int
    first: str | None
    """Earliest day in it, YYYY-MM-DD; None where it has no day."""
    last: str | None
    coverage: float | None
    """Share of people with at least one row; None where rows do not belong to people."""


@dataclass(frozen=True)
class Correction:
    """What was done about the level of the recent past: see `training.recalibrate`.

    The served log-odds are ``level + slope * m`` of the fitted ones where `applied`, else the fitted ones.
    """

    applied: bool
    level: float
    slope: float
    leavers: int
    """Distinct people whose exits the test counted."""
    observed: float
    expected: float
    p: float | None
    """Of the test that recent level and slope are right; None where there was too little to test."""
    since: str | None
    """The cells tested closed after this day and on or before `until`, YYYY-MM-DD."""
    until: str | None


@dataclass(frozen=True)
class Language:
    """How well a language's comments were read."""

    language: str
    """BCP 47 primary tag, or `other`."""
    comments: int
    """Comments with a score, which taught."""
    rank_correlation: float | None
    """Spearman's, of the number read out of fold with the score given."""
    vader: float | None
    """The same of VADER's compound score, English only."""


@dataclass(frozen=True)
class SentimentFacts:
    """What the sentiment of comments was learned from; no languages where there were too few to learn from."""

    labelled: int
    languages: tuple[Language, ...] = ()


@dataclass(frozen=True)
class FairnessLine:
    """One group of one protected attribute at the list cut, out of time; None where withheld or undefined."""

    attribute: str
    group: str
    people: int | None
    ratio: float | None
    """The group's share listed over that of the group listed most."""
    low: float | None
    high: float | None
    flagged: bool


@dataclass(frozen=True)
class Golden:
    """Generated rows (None is null) and the risks the model gave them when it was made."""

    rows: tuple[tuple[float | None, ...], ...]
    risks: tuple[tuple[float, float, float, float], ...]

    def matrix(self) -> NDArray[np.float32]:
        """The rows as a feature matrix, null as NaN."""
        return np.array(self.rows, dtype=np.float32)


@dataclass(frozen=True)
class Manifest:
    """What a bundle says of itself."""

    mode: str
    spec: FeatureSpec
    catalogue: str
    """Digest of the feature catalogue the columns came from."""
    columns: tuple[str, ...]
    bands: Bands
    params: dict[str, float | int | str | bool]
    training: Training
    evidence: tuple[Evidence, ...]
    golden: Golden
    versions: dict[str, str]
    linear: Linear = field(default_factory=Linear)
    correction: Correction | None = None
    sentiment: SentimentFacts | None = None
    sources: tuple[Source, ...] = ()
    fairness: tuple[FairnessLine, ...] = ()
    files: dict[str, str] = field(default_factory=dict)
    """SHA-256 of every other file by name; filled by `bundle.write`."""
    intervals: tuple[tuple[int, int], ...] = INTERVALS
    schema: int = SCHEMA
