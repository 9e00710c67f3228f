"""The verdict on a candidate: every criterion of the gate asked once, with what each needs put together."""

import datetime as dt
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from features import presence
from features.blocks import Snapshots
from features.build import build
from features.company import Company
from features.days import to_day
from features.sentiment import valued
from models.bundle import Bundle
from models.errors import BundleError
from models.risk import RiskModel
from training import canaries, comparison, gate, leakage
from training.backtest import CHAMPION, Backtest, Rivals, backtest
from training.comparison import NOT_WORSE, Champion, Paired
from training.evidence import compared
from training.fit import FULL, Cadence, Known
from training.settings import TrainingSettings
from training.splits import HEADLINE, Origin
from training.verdict import Finding, Verdict, headline

SOONER: Final = 30
"""The horizon at which candidate and champion are paired while no window of the headline horizon has closed."""


@dataclass(frozen=True)
class Case:
    """A candidate, and what it is judged by."""

    held: Bundle
    known: Known
    """What it was fitted on."""
    found: Backtest
    """With the champion among the methods, if there is one."""
    company: Company
    cadence: Cadence
    champion: Champion | None
    unreadable: str | None = None
    """Why a champion that is there cannot be read."""


def verdict(case: Case, settings: TrainingSettings) -> Verdict:
    """Ask every criterion."""
    manifest = case.held.manifest
    findings = [
        gate.proves(case.held.path, case.held.digest),
        gate.enough_leavers(manifest),
        gate.evidence_there(manifest),
        gate.level_right(manifest),
        leakage.knows_all(case.known),
        *_canaries(case, settings),
    ]
    if findings[0].passed:
        candidate = RiskModel.load(case.held.path, case.held.digest)
        asked = scorable(case.company, case.known.known_on)
        risks = risks_of(candidate, case.company, asked, settings.threads)
        findings += [gate.answers(risks), *_against_champion(case, candidate, asked, risks, settings)]
    return Verdict(
        candidate=case.held.digest,
        mode=manifest.mode,
        champion=None if case.champion is None else case.champion.version.digest,
        findings=tuple(findings),
        headline=headline(manifest.evidence, manifest.mode),
    )


def scorable(company: Company, day: int) -> Snapshots:
    """Everybody at risk on a day who may be scored, by what is known on it."""
    person = np.flatnonzero(presence.at_risk(company, day)).astype(np.int32)
    person = person[[code is None for code in presence.no_score(company, person, day)]]
    return Snapshots(person, np.full(len(person), day, dtype=np.int32))


def risks_of(model: RiskModel, company: Company, asked: Snapshots, threads: int) -> NDArray[np.float64]:
    """(n, 4) risks by a model, over features of its own."""
    return model.risks(build(valued(company, model.valence), model.spec, asked), threads)


def paired(case: Case, champion: Champion, settings: TrainingSettings) -> Paired | None:
    """Candidate and champion on the same people since the champion was trained; None where no window has closed since.

    At the headline horizon over the origins of the look back, else sooner, on the champion's own training day.
    """
    mode = case.held.manifest.mode
    at_headline = Paired(HEADLINE, compared(case.found, mode, CHAMPION, HEADLINE, settings.seed))
    if at_headline.says:
        return at_headline
    since = to_day(dt.date.fromisoformat(champion.model.manifest.training.trained_to))
    as_of = case.known.known_on
    if since + SOONER > as_of - settings.reporting_delay_days:
        return None
    rivals = Rivals(champion=champion.model)
    found = backtest(case.company, (Origin(since, (SOONER,)),), as_of, settings, case.cadence, rivals=rivals)
    at_sooner = Paired(SOONER, compared(found, mode, CHAMPION, SOONER, settings.seed))
    return at_sooner if at_sooner.says else None


def _canaries(case: Case, settings: TrainingSettings) -> list[Finding]:
    """Both canaries; they concern what is learned from features, so only full models are asked."""
    names = (canaries.SHUFFLED, canaries.KNOWS_NOTHING)
    mode = case.held.manifest.mode
    if mode != FULL:
        return [
            Finding(name, True, f"Not asked of mode {mode}, which learns from no feature but tenure.") for name in names
        ]
    judged = [one for one in case.found.judged if HEADLINE in one.origin.horizons and one.left[:, 1].any()]
    if not judged:
        return [Finding(name, False, "No origin at which somebody left could be judged.") for name in names]
    trial = canaries.cut(case.known, judged[-1].origin.cutoff, settings.seed)
    return [canaries.shuffled(trial, settings.seed), canaries.nothing_known(trial, settings.seed)]


def _against_champion(
    case: Case, candidate: RiskModel, asked: Snapshots, risks: NDArray[np.float64], settings: TrainingSettings
) -> list[Finding]:
    champion = case.champion
    if champion is None:
        told = case.unreadable or "There is no champion yet."
        return [Finding(NOT_WORSE, True, f"{told} The candidate was held against none.")]
    pairs = paired(case, champion, settings)
    worse = comparison.not_worse(candidate.manifest, candidate.digest, champion, pairs)
    try:
        old = risks_of(champion.model, case.company, asked, settings.threads)
    except BundleError as error:
        return [worse, Finding(comparison.STABLE, True, f"The champion gives no answer: {error}")]
    by_90 = (risks[:, 1], old[:, 1])
    return [worse, comparison.stable(candidate, champion, by_90, better=pairs is not None and pairs.better)]
