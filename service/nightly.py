"""The scoring run: a data folder and a day in; everybody at risk scored, the run published, the file written.

Publishing is one transaction, and the file takes its place by one rename, so a run that is killed leaves each whole or
absent. The file is always written from what was published: a repeated run gives the same file.
"""

import hashlib
import json
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Engine

from features import build, presence
from features.blocks import Snapshots
from features.company import Codes, Company
from features.days import NEVER, Days, to_date
from features.ingest import Ingested, load
from features.newest import newest_facts
from features.sentiment import valued
from features.settings import FeatureSettings
from models.bands import Bands
from service import checked, published, scoring
from service.alongside import Seen, alongside
from service.audit.blocks import NOBODY, Blocked, blocked
from service.checked import Asked
from service.lists.rises import Rise, rises
from service.scoring import Progress
from service.serving import Serving
from service.store import actions, runs
from service.store.actions import Brought
from service.store.runs import PublishedScore, Run, RunIdentity, StoreRow

_LOG: Final = logging.getLogger("service.nightly")

_AT_ONCE: Final = 20_000
"""People scored at a time, to bound memory."""


@dataclass(frozen=True)
class Night:
    """What one scoring run is to do."""

    folder: Path
    day: int
    """The as-of date."""
    today: int
    now: str
    """The present moment, RFC 3339 in UTC."""
    features: FeatureSettings
    bands: Bands
    threads: int
    accept: bool = False
    """Publish also what a gate would hold back."""


@dataclass(frozen=True)
class Outcome:
    """What a scoring run did."""

    run: Run
    already: bool
    """The same run had been published before."""
    scored: int
    refused: int


def run(night: Night, store: Engine, serving: Serving, progress: Callable[[int], Progress]) -> Outcome:
    """Score everyone at risk on the day and publish the run, unless the same one is there already.

    Parameters
    ----------
    progress
        Given the number of people, what is told of each stage.

    Raises
    ------
    DataError
        The data folder breaks the contract; nothing was changed.
    GateError
        The data is not what it should be; the last run stays, and says why.
    StoreError
        The store does not answer; nothing was published.
    """
    data = load(night.folder, night.features, night.today)
    for warning in data.report.warnings:
        _LOG.warning("%s", warning)
    if missing := scoring.missing_sources(data.company):
        _LOG.warning("Missing sources: %s. What rests on them is null, and reasons say so.", ", ".join(missing))
    barred = blocked(store)
    identity = RunIdentity(
        str(to_date(night.day)), f"sha256:{data.digest}", serving.model.digest, _settings_digest(night, barred)
    )
    found = runs.find(store, identity)
    already = found is not None
    if found is None:
        company = valued(data.company, serving.model.valence)
        head = _head(night, serving, identity)
        asked = Asked(company, serving.model.spec, night.day, night.now, night.accept)
        head = checked.checked(store, head, asked)
        already = not _score(night, replace(data, company=company), serving, store, head, barred, progress)
        found = runs.find(store, identity)
        actions.bring(store, _brought(data, night.day), night.now)
    if found is None:
        raise LookupError("a run that was just published is not in the store")
    if found.retrospective:
        _LOG.warning("The day lies before the model's training day: the run is marked retrospective.")
    return Outcome(found, already, *runs.counts(store, found))


def _brought(data: Ingested, day: int) -> Iterator[Brought]:
    """The actions of the data that were known on the day; one of no type we know is another."""
    if data.actions is not None:
        columns = data.actions.employee_id, data.actions.action_type, data.actions.occurred.tolist()
        for id_, kind, occurred in zip(*columns, strict=True):
            if occurred <= day:
                yield Brought(id_, kind if kind in actions.TYPES else "other", str(to_date(occurred)))


def _head(night: Night, serving: Serving, identity: RunIdentity) -> Run:
    return Run(
        identity=identity,
        model_version=serving.champion.version,
        retrospective=identity.as_of < serving.model.manifest.training.trained_to,
        published_at=night.now,
        people=0,
        team_columns=build.team_columns(serving.model.spec),
        bands=night.bands,
    )


def _settings_digest(night: Night, barred: Blocked) -> str:
    """Of every setting that a result depends on and that neither the data's nor the bundle's digest holds.

    Who objects and which units are off are among them: the night can be scored again when one is withdrawn.
    """
    settings: dict[str, Any] = {
        "bands": night.bands.limits,
        "offboarding": sorted(set(night.features.offboarding_categories)),
    }
    if barred != NOBODY:
        settings["blocked"] = [sorted(barred.people), sorted(barred.units)]
    return "sha256:" + hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()


def _score(
    night: Night,
    data: Ingested,
    serving: Serving,
    store: Engine,
    head: Run,
    barred: Blocked,
    progress: Callable[[int], Progress],
) -> bool:
    company = data.company
    persons = np.flatnonzero(presence.at_risk(company, night.day)).astype(np.int32)
    tell = progress(len(persons))
    team = _team_values(company, persons, night.day, serving)
    managers, units = scoring.places(company, persons, night.day)
    facts = newest_facts(company, night.day)
    rows: list[StoreRow] = []
    for start in range(0, len(persons), _AT_ONCE):
        part = slice(start, start + _AT_ONCE)
        request = scoring.Request(
            company, persons[part], night.day, team[part], night.bands, threads=night.threads, blocked=barred
        )
        scored = scoring.score(request, serving.model, tell)
        packed = [
            None if one.no_score else published.pack(values) for one, values in zip(scored, team[part], strict=True)
        ]
        people = zip(scored, managers[part], units[part], packed, _newest(facts, persons[part]), strict=True)
        rows += [runs.row(PublishedScore(*person)) for person in people]
    head = replace(head, people=len(rows))
    more = alongside(Seen(store, data, night.day, night.now, serving, head, persons, rows))
    done = runs.publish(store, head, rows, _means(team, managers), _rises(store, head, rows), more)
    tell("published", len(rows))
    return done


def _newest(facts: Mapping[str, Days], persons: Codes) -> Iterator[dict[str, str]]:
    """For each person the day of the newest fact of each source that has one."""
    said: dict[int, str] = {}
    columns = {source: days[persons].tolist() for source, days in facts.items()}
    for row in range(len(persons)):
        found = {}
        for source, days in columns.items():
            if (day := days[row]) != NEVER:
                found[source] = said.get(day) or said.setdefault(day, str(to_date(day)))
        yield found


def _rises(store: Engine, head: Run, rows: Sequence[StoreRow]) -> list[Rise]:
    """Whose risk rose since the run before.

    Nobody's in a retrospective run, which warns nobody, and nobody's where another model gave the risks: what moved then
    is the model.
    """
    compared = None if head.retrospective else runs.before(store, head.identity.as_of)
    if compared is None or compared.identity.bundle_digest != head.identity.bundle_digest:
        return []
    now = {row["employee_id"]: (row["risk_90"], row["band"]) for row in rows if row["no_score"] is None}
    return rises(runs.levels(store, compared), now)


def _team_values(company: Company, persons: Codes, day: int, serving: Serving) -> NDArray[np.float32]:
    """The team features of everybody who may be scored; NaN for the others. Shape (persons, team columns)."""
    codes = presence.no_score(company, persons, day)
    here = np.asarray([code is None for code in codes], dtype=np.bool_)
    values = np.full((len(persons), len(build.team_columns(serving.model.spec))), np.nan, dtype=np.float32)
    if here.any():
        days = np.full(int(here.sum()), day, dtype=np.int32)
        values[here] = build.team_features(company, serving.model.spec, Snapshots(persons[here], days))
    return values


def _means(team: NDArray[np.float32], managers: list[str | None]) -> dict[str, bytes]:
    """For each manager the plain mean of each value over the team's members who have it."""
    rows: dict[str, list[int]] = {}
    for row, manager in enumerate(managers):
        if manager is not None:
            rows.setdefault(manager, []).append(row)
    return {manager: published.pack(_mean(team[members])) for manager, members in rows.items()}


def _mean(values: NDArray[np.float32]) -> NDArray[np.float32]:
    given = ~np.isnan(values)
    total = np.where(given, values, 0.0).sum(axis=0, dtype=np.float64)
    count = given.sum(axis=0)
    mean = np.full(values.shape[1], np.nan)
    np.divide(total, count, out=mean, where=count > 0)
    return mean.astype(np.float32)
