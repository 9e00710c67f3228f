"""How good the model would have been: refit at each origin on what was known then, held against what followed.

At an origin everybody is scored who could have been scored that day, by what was known that day. What became of them
is judged by everything known on the training day; who by then turns out to have left before the origin has no
outcome and is not counted.
"""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from features import presence
from features.blocks import Snapshots
from features.build import build
from features.company import VOLUNTARY, Codes, Company
from features.days import to_date, to_day
from features.sentiment import valued
from models.additive import additive
from models.hazard import HORIZONS
from models.risk import RiskModel
from training import baselines
from training.errors import TooFewLeaversError
from training.fit import BASE_RATE, BY_TENURE, FULL, Cadence, Known, fit, gather
from training.settings import TrainingSettings
from training.splits import Origin

Floats = NDArray[np.float64]
Matrix = NDArray[np.float32]
Method = Callable[[Company, Known, Matrix, int], Floats]
"""What was known on the origin, the rows to score and a seed; (n, 4) risks, NaN where it has no answer."""

LOGISTIC: Final = "logistic"
METHODS: Final = (FULL, BY_TENURE, BASE_RATE, LOGISTIC)
"""What is compared in every run, in the order it is shown."""
CHAMPION: Final = "champion"


@dataclass(frozen=True)
class Judged:
    """One origin: who was scored, what each method said, and what became of them."""

    origin: Origin
    employee: NDArray[np.int32]
    risks: dict[str, Floats]
    """By method, (n, 4); NaN where a method has no answer."""
    left: NDArray[np.bool_]
    """(n, 4): a voluntary exit by each horizon; only those in `origin.horizons` are known."""

    def has_answer(self, method: str, place: int) -> bool:
        """Whether the horizon at `place` is known here and the method said something about everybody."""
        known = HORIZONS[place] in self.origin.horizons and len(self.employee) > 0
        return known and method in self.risks and bool(np.isfinite(self.risks[method][:, place]).all())


@dataclass(frozen=True)
class Backtest:
    """All origins that could be judged, oldest first; those with too few leavers to learn from are left out."""

    judged: tuple[Judged, ...]
    skipped: int

    @property
    def methods(self) -> tuple[str, ...]:
        """Every method that was asked, in the order it is shown."""
        return tuple(dict.fromkeys(name for one in self.judged for name in one.risks))


@dataclass(frozen=True)
class Rivals:
    """What else is compared, beside `METHODS`."""

    methods: Mapping[str, Method] = field(default_factory=lambda: MappingProxyType({}))
    """Refitted at each origin."""
    champion: RiskModel | None = None
    """As it is, at origins on or after its training day alone: before, it has seen what followed."""


def backtest(
    company: Company,
    origins: Sequence[Origin],
    as_of: int,
    settings: TrainingSettings,
    cadence: Cadence,
    progress: Callable[[str], None] = lambda _: None,
    rivals: Rivals = Rivals(),
) -> Backtest:
    """Replay the origins.

    Parameters
    ----------
    as_of
        The training day: outcomes are judged by what is known on it.
    progress
        Told in words as each origin begins.
    """
    judged: list[Judged] = []
    for origin in origins:
        progress(f"as if it were {to_date(origin.cutoff)}")
        found = judge(company, origin, as_of, settings, cadence, _All(company, settings, rivals))
        judged += [] if found is None else [found]
    return Backtest(tuple(judged), len(origins) - len(judged))


def judge(
    company: Company,
    origin: Origin,
    as_of: int,
    settings: TrainingSettings,
    cadence: Cadence,
    answers: Callable[[Known, Snapshots, Matrix], dict[str, Floats]],
) -> Judged | None:
    """Replay one origin.

    Parameters
    ----------
    answers
        From what was known on the origin, whom to score and their features, to (n, 4) risks by method.

    Returns
    -------
    None where too few had left to learn from.
    """
    try:
        known = gather(company, origin.cutoff, settings, cadence)
    except TooFewLeaversError:
        return None
    person = _scorable(company, origin.cutoff, as_of)
    asked = Snapshots(person, np.full(len(person), origin.cutoff, dtype=np.int32))
    risks = answers(known, asked, build(known.learned.scoring, known.spec, asked))
    ended = presence.exits(company, as_of)
    gone = ended.day[person][:, None] <= origin.cutoff + np.array(HORIZONS)
    left = gone & (ended.kind[person] == VOLUNTARY)[:, None]
    return Judged(origin, company.people.employee[person], risks, left)


def risks_of(known: Known, matrix: Matrix, settings: TrainingSettings, mode: str = FULL) -> Floats:
    """(n, 4) risks by a model of this very mode, fitted on what was known; NaN where there are too few leavers for it."""
    fitted = fit(known, settings, most=mode)
    if fitted.mode != mode:
        return np.full((len(matrix), len(HORIZONS)), np.nan)
    return additive(fitted.text, fitted.linear, known.columns).risks(matrix, settings.threads)


@dataclass(frozen=True)
class _All:
    """Asks every method."""

    company: Company
    settings: TrainingSettings
    rivals: Rivals

    def __call__(self, known: Known, asked: Snapshots, matrix: Matrix) -> dict[str, Floats]:
        """In the order in which they are shown."""
        settings, champion = self.settings, self.rivals.champion
        risks = {FULL: risks_of(known, matrix, settings)}
        if champion is not None:
            risks[CHAMPION] = _champions(self.company, asked, champion, known.known_on, settings.threads)
        risks |= {mode: risks_of(known, matrix, settings, mode) for mode in (BY_TENURE, BASE_RATE)}
        methods: dict[str, Method] = {LOGISTIC: baselines.logistic, **self.rivals.methods}
        return risks | {name: method(self.company, known, matrix, settings.seed) for name, method in methods.items()}


def _champions(company: Company, asked: Snapshots, champion: RiskModel, cutoff: int, threads: int) -> Floats:
    """Risks by the champion over features of its own; NaN before its training day."""
    if cutoff < to_day(dt.date.fromisoformat(champion.manifest.training.trained_to)):
        return np.full((len(asked.person), len(HORIZONS)), np.nan)
    return champion.risks(build(valued(company, champion.valence), champion.spec, asked), threads)


def _scorable(company: Company, cutoff: int, as_of: int) -> Codes:
    """Who could be scored on `cutoff` by what was known then, less those who, as is known since, had already left."""
    here = presence.at_risk(company, cutoff) & (presence.exits(company, as_of).day > cutoff)
    person = np.flatnonzero(here).astype(np.int32)
    codes = presence.no_score(company, person, cutoff)
    return person[[code is None for code in codes]]
