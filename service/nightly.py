"""The scoring run: a data folder and a day in; everybody at risk scored, the run published, the file written.

One process at a time works on a run, of all hosts that share a store (`leases`); another one waits, and finds it published
or takes it over. What a run that was cut off had done is used by the next. Publishing is one transaction, and the file takes
its place by one rename, so a run that is killed leaves each whole or absent. The file is always written from what was
published: a repeated run gives the same file.
"""

import hashlib
import json
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Engine

from features import build, presence
from features.days import to_date
from features.errors import DataError
from features.ingest import Ingested, load
from features.sentiment import valued
from features.settings import FeatureSettings
from models.bands import Bands
from service import checked, night_people, published, scoring
from service.alongside import Seen, alongside
from service.audit.blocks import NOBODY, Blocked, blocked
from service.lists.rises import Rise, rises
from service.scoring import Progress
from service.serving import Serving
from service.store import actions, held, leases, runs
from service.store.actions import Brought
from service.store.leases import Lease, LostError
from service.store.rows import Rows
from service.store.runs import Run, RunIdentity

_LOG: Final = logging.getLogger("service.nightly")

_LOOK_SECONDS: Final = 0.5
"""How often a run that waits for another looks whether that is done."""


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
    delay_days: int = 0
    """So many days after an exit it is on record at the latest."""
    rejects: Path | None = None
    """Where rows that break a rule are named; None: nowhere."""


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

    Where another process works on the same run, wait for it: until it is published, or until that one is gone.

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
    data = _read(night, store)
    barred = blocked(store)
    identity = RunIdentity(
        str(to_date(night.day)), f"sha256:{data.digest}", serving.model.digest, _settings_digest(night, barred)
    )
    work = _Work(night, data, serving, _head(night, serving, identity), barred, progress)
    made = False
    while (found := runs.find(store, identity)) is None:
        lease = _lease(store, identity)
        if lease is not None:
            made = work.done(lease)
    actions.bring(store, _brought(data, night.day), night.now)
    if found.retrospective:
        _LOG.warning("The day lies before the model's training day: the run is marked retrospective.")
    return Outcome(found, not made, *runs.counts(store, found))


def _read(night: Night, store: Engine) -> Ingested:
    """The data folder; where it breaks the contract, the list that stays can say so."""
    try:
        data = load(night.folder, night.features, night.today, night.rejects)
    except DataError as error:
        if night.folder.is_dir():
            told = (
                str(error).replace(str(night.folder), "the data folder").replace(str(night.rejects), "the rejects file")
            )
            held.refuse(store, str(to_date(night.day)), night.now, [told])
        raise
    for table in data.report.tables:
        for (column, rule), count in table.broken.items():
            _LOG.warning("'%s': rejected %s: %s in column '%s'.", table.table, f"{count:,}", rule, column)
    if data.report.rejects_path is not None:
        _LOG.warning("Rejected rows are named in %s.", data.report.rejects_path)
    for warning in data.report.warnings:
        _LOG.warning("%s", warning)
    if missing := scoring.missing_sources(data.company):
        _LOG.warning("Missing sources: %s. What rests on them is null, and reasons say so.", ", ".join(missing))
    return data


def _lease(store: Engine, identity: RunIdentity) -> Lease | None:
    """The lease of a run, once nobody else has it; None where it was published meanwhile."""
    night, told = "sha256:" + hashlib.sha256(json.dumps(asdict(identity)).encode()).hexdigest(), ""
    while isinstance(taken := leases.take(store, night, leases.me()), str):
        if taken != told:
            _LOG.warning("The same run is under way already (%s). Waiting until it is published.", taken)
            told = taken
        time.sleep(_LOOK_SECONDS)
        if runs.find(store, identity) is not None:
            return None
    if runs.find(store, identity) is not None:  # between the look before and the lease
        taken.release()
        return None
    return taken


@dataclass(frozen=True)
class _Work:
    """What scoring a night takes, from the data as read to the publication."""

    night: Night
    data: Ingested
    serving: Serving
    head: Run
    barred: Blocked
    progress: Callable[[int], Progress]

    def done(self, lease: Lease) -> bool:
        """Score and publish with the lease of the run; False where another process has taken it over."""
        night, model = self.night, self.serving.model
        company = valued(self.data.company, model.valence)
        try:
            asked = checked.Asked(company, model.spec, night.day, night.now, night.accept)
            head = checked.checked(lease.store, self.head, asked)
            return replace(self, data=replace(self.data, company=company), head=head).publish(lease)
        except LostError:
            _LOG.warning("Another process has taken this run over.")
            return False
        finally:
            lease.release()

    def publish(self, lease: Lease) -> bool:
        """Score everybody and publish the run; False where another process has published it."""
        night, serving, company, store = self.night, self.serving, self.data.company, lease.store
        persons = np.flatnonzero(presence.at_risk(company, night.day)).astype(np.int32)
        tell = self.progress(len(persons))
        asked = night_people.Asked(company, persons, night.day, serving, night.bands, night.threads, self.barred)
        rows = night_people.rows(asked, lease, tell)
        head = replace(self.head, people=len(rows))
        seen = Seen(store, self.data, night.day, night.now, serving, head, persons, rows, night.delay_days)
        more = alongside(seen)
        means, rose = _means(asked.team, rows.manager_id), _rises(store, head, rows)
        lease.renew()
        done = runs.publish(store, head, rows, means, rose, [lease.end, *more])
        tell("published", len(rows))
        return done


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


def _rises(store: Engine, head: Run, rows: Rows) -> list[Rise]:
    """Whose risk rose since the run before.

    Nobody's in a retrospective run, which warns nobody, and nobody's where another model gave the risks: what moved then
    is the model.
    """
    compared = None if head.retrospective else runs.before(store, head.identity.as_of)
    if compared is None or compared.identity.bundle_digest != head.identity.bundle_digest:
        return []
    columns = zip(rows.employee_id, rows.risks[:, 1].tolist(), rows.band, strict=True)
    now = {id_: (risk, band) for id_, risk, band in columns if band is not None}
    return rises(runs.levels(store, compared), now)


def _means(team: NDArray[np.float32], managers: Sequence[str | None]) -> dict[str, bytes]:
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
