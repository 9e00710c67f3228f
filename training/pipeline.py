"""The steps of a training run, in order.

The champion is read first, so that a registry that is away or damaged is told before the long part. What is written
grows from the inside out: the bundle in a folder of its own, then the run and its files, then the version, and the alias
last. Whoever dies in between leaves the champion as it was; so does a candidate that is held back, which is registered
all the same, with its verdict, as `challenger`.
"""

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np

from features import presence
from features.asides import Actions, Protected
from features.company import Company
from features.days import NEVER
from features.report import Report
from models import registry
from models.bundle import Bundle
from models.errors import BundleError, NoChampionError
from models.evidence import Evidence
from models.version import Version
from training import (
    acted,
    card_evidence,
    comparison,
    fairness,
    gate,
    judging,
    learning,
    package,
    sheet,
    showing,
    splits,
    tracking,
    vader,
)
from training.backtest import METHODS, Backtest, Rivals, backtest
from training.comparison import Champion
from training.evidence import Against, evidence
from training.fairness import Fairness
from training.fit import FULL, Cadence, Known, fit, gather
from training.landmarks import recording_delays
from training.moves import Moved, tell_head
from training.package import About
from training.progress import Teller
from training.settings import TrainingSettings
from training.showing import Shown
from training.verdict import Verdict
from training.workplace import alone, staging

LARGE: Final = 1_000
"""People at risk from which three origins hold leavers enough."""
CHECKS: Final = (6, 3)
"""Origins of the out-of-time check within a training run, and months between them: every window of a year and a half."""
LARGE_CHECKS: Final = (3, 6)
"""The same of a large company: as far back in half the fits."""


@dataclass(frozen=True)
class Data:
    """A company, the day to train on, and what was read beside it."""

    company: Company
    as_of: int
    digest: str
    """Of the data as read."""
    cadence: Cadence
    protected: Protected | None = None
    """For the fairness audit alone."""
    actions: Actions | None = None
    """What was done to keep people; it marks windows and enters no feature."""
    report: Report | None = None
    """What the door did, for the sheet of the data."""
    folder: Path | None = None
    """Where it was read from, for the yardstick of English comments."""


@dataclass(frozen=True)
class Trained:
    """A version that was registered: promoted, unless there are reasons against it."""

    version: Version
    mode: str
    evidence: tuple[Evidence, ...]
    """Every method's, the champion's too."""
    against: tuple[Against, ...]
    """The mode beside each other method."""
    reasons: tuple[str, ...] = ()
    """What stands against it; the champion is then as it was."""


@dataclass(frozen=True)
class Opponent:
    """The champion a candidate is held against."""

    champion: Champion | None = None
    unreadable: str | None = None
    """Why a champion that is there cannot be read."""

    @property
    def rivals(self) -> Rivals:
        """The champion as a method of the look back."""
        return Rivals(champion=None if self.champion is None else self.champion.model)


@dataclass(frozen=True)
class _Made:
    """What came of the fit."""

    held: Bundle
    known: Known
    shown: Shown
    fairness: bytes | None
    """The audit as its file holds it."""

    @property
    def files(self) -> dict[str, bytes]:
        """What else the run has to show, by path."""
        audit = {} if self.fairness is None else {"fairness.json": self.fairness}
        return {**self.shown.files, **showing.documents(self.held), **audit}


def train(data: Data, settings: TrainingSettings, moved: Moved, teller: Teller) -> Trained:
    """Fit, judge, log, register and promote.

    Raises
    ------
    NoModelError
        Nothing could be fitted; the champion stays.
    """
    with alone(settings, teller), staging(settings.home) as folder:
        opponent = opponent_of(settings, folder / "champion", teller)
        delays = tell_of_exits(data, teller)
        large = int(presence.at_risk(data.company, data.as_of).sum()) >= LARGE
        origins = splits_of(data, settings, *(LARGE_CHECKS if large else CHECKS))
        found = replayed(data, settings, origins, teller, opponent.rivals)
        figures = evidence(found, settings.seed, settings.people_per_hrbp, found.methods or METHODS)
        made = _candidate(data, settings, found, figures, folder / "bundle", teller)
        verdict = _judge(data, settings, found, made, opponent, teller)
        version = _register(data, settings, made, verdict, delays, moved, folder, teller)
        return Trained(version, made.held.manifest.mode, figures, made.shown.against, verdict.reasons)


def splits_of(data: Data, settings: TrainingSettings, count: int, every_months: int) -> tuple[splits.Origin, ...]:
    """The origins the records allow."""
    first = presence.observed_from(data.company, data.as_of)
    if first == NEVER:
        return ()
    return splits.origins(first, data.as_of, settings.reporting_delay_days, count, every_months)


def opponent_of(settings: TrainingSettings, into: Path, teller: Teller) -> Opponent:
    """The champion, none, or why it cannot be read, which is told and blocks nothing."""
    try:
        opened = registry.connect(settings.home, settings.tracking_uri)
        return Opponent(comparison.champion_of(opened, into))
    except NoChampionError:
        return Opponent()
    except BundleError as error:
        teller.warn(str(error))
        return Opponent(unreadable=str(error))


def replayed(
    data: Data, settings: TrainingSettings, origins: tuple[splits.Origin, ...], teller: Teller, rivals: Rivals
) -> Backtest:
    """Look back from each origin, told as it goes."""
    teller.say(f"Looking back at {len(origins)} days, each with the horizons known since:")
    teller.say(splits.describe(origins))
    with teller.bar("Refitting on what was known then", len(origins)) as advance:
        return backtest(data.company, origins, data.as_of, settings, data.cadence, lambda _: advance(1), rivals)


def _candidate(
    data: Data,
    settings: TrainingSettings,
    found: Backtest,
    figures: tuple[Evidence, ...],
    into: Path,
    teller: Teller,
) -> _Made:
    """Fit on everything known on the training day, audit, and write the bundle."""
    with teller.bar("Computing features of the training rows") as advance:
        known = _measured(data, gather(data.company, data.as_of, settings, data.cadence, advance))
    done = None if data.actions is None else acted.Done.of(data.actions, data.company, data.as_of)
    known = known if done is None else acted.marked(known, done)
    with teller.bar(f"Fitting on {len(known.rows.person):,} rows of {known.rows.people:,} people"):
        fitted = fit(known, settings, gate.richest(found, settings.seed))
    if fitted.mode != FULL:
        teller.warn(f"The model's mode is '{fitted.mode}': the leavers and the look back support no richer one.")
    audited = None
    if data.protected is not None:
        audited = fairness.audit(found, data.company, data.protected, fitted.mode, settings)
    with teller.bar("Drawing what the run has to show"):
        shown = showing.shown(known, fitted, found, figures, _fewer(data, settings, found), settings)
    own = tuple(one for one in figures if one.method in METHODS)
    touched = None if done is None else acted.facts(known, found, figures, fitted.mode, done, settings)
    held = package.write(known, fitted, own, settings, into, replace(_about(data, audited, teller), acted=touched))
    return _Made(held, known, shown, None if audited is None else _json(asdict(audited)))


def _fewer(data: Data, settings: TrainingSettings, found: Backtest) -> Backtest | None:
    """The newest origin learned from fewer people, where there is one."""
    if not found.judged:
        return None
    fewer = learning.learned(data.company, found.judged[-1], data.as_of, settings, data.cadence)
    return fewer if fewer.judged else None


def _measured(data: Data, known: Known) -> Known:
    """With VADER's figure beside what was learned from English comments."""
    if data.folder is None:
        return known
    facts = vader.beside(known.learned.facts, data.company, data.as_of, data.folder)
    return replace(known, learned=replace(known.learned, facts=facts))


def _about(data: Data, audited: Fairness | None, teller: Teller) -> About:
    """What the card and the sheet say beside the model; disparities are told at once."""
    summary = None if audited is None else fairness.facts(audited)
    for sentence in card_evidence.disparities(summary):
        teller.warn(f"Fairness: {sentence}")
    if data.report is None:
        return About(fairness=summary)
    sources, facts = sheet.facts(data.report, data.digest, data.company, data.as_of)
    return About(sources, facts, summary)


def _judge(
    data: Data, settings: TrainingSettings, found: Backtest, made: _Made, opponent: Opponent, teller: Teller
) -> Verdict:
    case = judging.Case(
        held=made.held,
        known=made.known,
        found=found,
        company=data.company,
        cadence=data.cadence,
        champion=opponent.champion,
        unreadable=opponent.unreadable,
    )
    with teller.bar("Judging the candidate"):
        verdict = judging.verdict(case, settings)
    teller.say(verdict.told())
    return verdict


def _register(
    data: Data,
    settings: TrainingSettings,
    made: _Made,
    verdict: Verdict,
    delays: dict[str, float],
    moved: Moved,
    folder: Path,
    teller: Teller,
) -> Version:
    """Log the run with its files and register it; then let an alias name it, by its verdict."""
    teller.say("Registering the version")
    opened = registry.connect(settings.home, settings.tracking_uri, create=True)
    run = tracking.Run(made.held, verdict, data.digest, moved.milliseconds, delays, made.files)
    version = tracking.log(opened, run, folder)
    teller.say(f"Evidence, pictures, card and verdict: {opened.client.get_run(version.run_id).info.artifact_uri}")
    if verdict.passed:
        opened.promote(version.number, moved.by, moved.why, moved.at)
        tell_head(opened, teller)
    else:
        opened.challenge(version.number)
    return version


def tell_of_exits(data: Data, teller: Teller) -> dict[str, float]:
    """Say how late exits are recorded here; the figures by name."""
    delays = recording_delays(data.company, data.as_of)
    if not len(delays):
        return {}
    ranks = {share: float(np.ceil(np.quantile(delays, share / 100))) for share in (50, 90, 99)}
    figures = {f"exits_recorded_after_days.p{share}": days for share, days in ranks.items()}
    late = int((delays > 0).sum())
    half, nine_of_ten, nearly_all = figures.values()
    if late:
        teller.warn(
            f"{late:,} of {len(delays):,} exits were recorded after their day. Half of all are on record within {half:.0f} "
            f"days, nine of ten within {nine_of_ten:.0f}, 99 of 100 within {nearly_all:.0f}; "
            "RETENTION_REPORTING_DELAY_DAYS keeps so many recent days out of the labels."
        )
    return figures


def _json(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, indent=1).encode() + b"\n"
