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
from models.evidence import Evidence, Figure
from models.hazard import INTERVALS
from models.linear import Linear
from models.reference import Reference

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
class Broken:
    """Rows rejected for one rule."""

    column: str
    rule: str
    rows: int


@dataclass(frozen=True)
class Source:
    """One table of the data as read: counts, days and names of columns."""

    table: str
    rows: int
    rejects: int
    left_out: int
    """Rows that break no rule and were not used: the four counts below."""
    first: str | None
    """Earliest day in it, YYYY-MM-DD; None where it has no day."""
    last: str | None
    coverage: float | None
    """Share of people with at least one row; None where rows do not belong to people."""
    denied: int = 0
    """About a subject that is never used."""
    identical: int = 0
    """The same as an earlier row."""
    unknown_employee: int = 0
    outside_employment: int = 0
    """Dated before the first employment of their person."""
    traces: int = 0
    """Rows kept that mark notice and become no feature."""
    comments: int = 0
    """Rows that came with a comment; its text went no further."""
    denied_columns: tuple[str, ...] = ()
    """Columns left out for what they name."""
    unknown_columns: int = 0
    broken: tuple[Broken, ...] = ()
    """The rules that most rejects break, the most frequent first."""


@dataclass(frozen=True)
class ExitType:
    """Employments that ended, or are announced to end, in one way."""

    type: str
    exits: int


@dataclass(frozen=True)
class DataFacts:
    """The data as read, beyond its tables."""

    digest: str
    """SHA-256 (hex) of the accepted rows."""
    people: int
    without_job_history: int
    """People who cannot be scored, since nothing is known of their job."""
    exits: tuple[ExitType, ...]
    """Most frequent first."""
    exits_without_type: int
    """Terminations taken as `other`."""
    exits_known: int
    """Exits on or before the training day, as known on it."""
    recorded_late: int
    """Of those the ones put on record after their day."""
    delay_days: tuple[int, int, int] | None
    """Half, nine of ten and 99 of 100 of them were on record so many days after; None without exits."""
    missing: tuple[str, ...]
    """Optional tables that were not there."""


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
    """Of the window and what came before it having the same ratio of exits to expected; None with too few to test."""
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
    read: bool = True
    """False where comments held out do not rank like their scores: then none is read."""


@dataclass(frozen=True)
class Disparity:
    """A group that is treated apart from everybody else by more than chance and more than a little."""

    group: str
    measure: str
    """`listed` (a ratio: 1 is none) or `recall` (a difference: 0 is none), to everybody not in the group."""
    found: Figure
    """With an interval that holds for all comparisons of the audit at once."""
    left: Figure
    """The share of the group that left over everybody else's; None where kept back."""


@dataclass(frozen=True)
class FairnessLine:
    """One protected attribute at one list cut, out of time: aggregates over groups, nobody's value."""

    attribute: str
    cut: str
    """`top tenth` of each origin by 90-day risk, or the band `high` and above."""
    groups: int
    """How many there are, those that gave nothing included."""
    small: int
    """Of them shown in the run's audit but too small to be judged."""
    withheld: int
    """Of them with figures kept back, so that no count under 5 is told nor can be worked out."""
    group: str | None
    """The group judged whose share listed lies furthest from everybody else's; None where none could be judged."""
    listed: Figure
    """Its share listed over everybody else's."""
    parity_ratio: Figure
    """Lowest share listed of a judged group over the highest (demographic parity ratio)."""
    opportunity_difference: Figure
    """Largest less smallest share of leavers listed, over judged groups (equal opportunity difference)."""
    disparities: tuple[Disparity, ...] = ()


@dataclass(frozen=True)
class NotAudited:
    """A column of `protected` that makes no groups."""

    column: str
    reason: str


@dataclass(frozen=True)
class FairnessFacts:
    """The audit of the served mode at the list cut, in short; the whole stands with the run."""

    people: int
    """Rows judged: a person counts once an origin."""
    origins: int
    lines: tuple[FairnessLine, ...] = ()
    not_audited: tuple[NotAudited, ...] = ()


@dataclass(frozen=True)
class ActedFacts:
    """How much of what was learned from, and of the evidence, was acted on: see `training.acted`."""

    actions: int
    """Days on which somebody was acted on, known on the training day."""
    people: int
    before_days: int
    """An action so many days before a window touches it."""
    windows: int
    """Cells that were learned from."""
    acted: int
    """Of them the ones acted on."""
    leavers: int
    """People whose exit was learned from."""
    acted_leavers: int
    """Of them those acted on before they left."""
    judged: int
    """People looked back on by 90 days, once an origin."""
    judged_acted: int
    high: int
    """Of those judged the ones in the band high or above."""
    high_acted: int
    with_them: Evidence
    """The model's own figures by 90 days, of all."""
    without_them: Evidence
    """The same of those not acted on."""


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
    typical: tuple[float | None, ...] = ()
    """What is usual, by column, to stand beside a value in a reason; empty where it was not worked out."""
    linear: Linear = field(default_factory=Linear)
    correction: Correction | None = None
    sentiment: SentimentFacts | None = None
    sources: tuple[Source, ...] = ()
    data: DataFacts | None = None
    fairness: FairnessFacts | None = None
    """None where the data had no table `protected`."""
    acted: ActedFacts | None = None
    """None where no actions were read."""
    reference: Reference | None = None
    """What later people are compared with; None in a bundle written before there was one: then drift is not judged."""
    seal: str = ""
    """What the parts mean (`models.seal`); empty in a bundle written before there was one."""
    files: dict[str, str] = field(default_factory=dict)
    """SHA-256 of every other file by name; filled by `bundle.write`."""
    intervals: tuple[tuple[int, int], ...] = INTERVALS
    schema: int = SCHEMA
