"""Published runs: written whole or not at all, found again by what made them.

A run is one (day, data, bundle, settings); publishing the same four again changes nothing. *Latest* is the newest
day that is not retrospective; of several runs of one day the one published last.
"""

import datetime as dt
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import msgspec
from sqlalchemy import Connection, Engine, Row, Select, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from models.bands import Bands
from models.hazard import HORIZONS
from models.telling import Reason
from service.lists.rises import Rise
from service.scoring import DETAILS, NextConversation, NoScore, Scored
from service.store import tables, tombstones, writing
from service.store.engine import faults_named
from service.store.migrations import lock
from service.store.rows import StoreRow

Write = Callable[[Connection, int], None]
"""Writes something that belongs to a run, given its number, in the transaction that publishes it."""


@dataclass(frozen=True)
class RunIdentity:
    """What makes two runs the same; `as_of` is an ISO date, the others are ``sha256:`` digests."""

    as_of: str
    data_digest: str
    bundle_digest: str
    settings_digest: str


@dataclass(frozen=True)
class Run:
    """A run's head."""

    identity: RunIdentity
    model_version: str
    retrospective: bool
    """The day lies before the model's training day: the model has seen what came after."""
    published_at: str
    people: int
    team_columns: tuple[str, ...]
    newest: Mapping[str, str] = field(default_factory=dict)
    """By source, the day of the newest fact that was known; a source without any is absent."""
    bands: Bands = field(default_factory=Bands)
    """Where its bands begin."""
    inputs: str = field(default="{}", repr=False)
    """JSON of `gates.Column` by name: how the columns of features looked."""
    id: int = 0
    """The store's number; larger is later. 0 before publication."""


@dataclass(frozen=True)
class PublishedScore:
    """One person of a run."""

    scored: Scored
    manager_id: str | None
    org_unit: str | None
    team_values: bytes | None
    """float32, little-endian, in the order of `Run.team_columns`; None where the person was not scored."""
    newest: Mapping[str, str] = field(default_factory=dict)
    """By source, the day of the person's newest fact that was known; a source without any is absent."""
    hired_on: str | None = None
    """Hire day (YYYY-MM-DD) of the person's first employment; None in an older run."""


def find(store: Engine, identity: RunIdentity) -> Run | None:
    """The run with this identity, None where it was never published."""
    return _first(store, select(tables.runs).filter_by(**asdict(identity)))


def latest(store: Engine) -> Run | None:
    """The newest day's run that is not retrospective."""
    return _first(store, _newest().where(tables.runs.c.retrospective.is_(False)))


def on_or_before(store: Engine, as_of: str) -> Run | None:
    """The newest run of a day on or before `as_of`, retrospective or not."""
    return _first(store, _newest().where(tables.runs.c.as_of <= as_of))


def numbered(store: Engine, number: int) -> Run | None:
    """The run with this number, if it is not retrospective."""
    query = select(tables.runs).where(tables.runs.c.id == number, tables.runs.c.retrospective.is_(False))
    return _first(store, query)


def before(store: Engine, as_of: str) -> Run | None:
    """The newest run of a day before `as_of` that is not retrospective: what a run of that day is compared with."""
    query = _newest().where(tables.runs.c.retrospective.is_(False), tables.runs.c.as_of < as_of)
    return _first(store, query)


def week(store: Engine, last: Run, days: int) -> list[Run]:
    """The runs of so many days up to the last one's, one a day (that published last), the earliest first."""
    runs, until = tables.runs.c, dt.date.fromisoformat(last.identity.as_of)
    query = select(tables.runs).where(
        runs.retrospective.is_(False), runs.as_of <= str(until), runs.as_of > str(until - dt.timedelta(days=days))
    )
    with faults_named(), store.connect() as connection:
        found = {row.as_of: run_of(row) for row in connection.execute(query.order_by(runs.as_of, runs.id))}
    return list(found.values())


def publish(
    store: Engine,
    run: Run,
    rows: Iterable[StoreRow],
    means: Mapping[str, bytes],
    rises: Sequence[Rise] = (),
    alongside: Sequence[Write] = (),
) -> bool:
    """Write a run in one transaction; False when another process published the same one first.

    Parameters
    ----------
    rows
        The people, as `row` makes them, or `Rows`.
    means
        For each manager the plain means of the team's values, as `PublishedScore.team_values`.
    rises
        Whose risk rose since the run before.
    alongside
        What else is written with it.
    """
    with faults_named():
        try:
            with store.begin() as connection:
                number = _write(connection, run, rows, means, rises)
                for write in alongside:
                    write(connection, number)
        except IntegrityError:
            if find(store, run.identity) is None:
                raise
            return False
    return True


def row(person: PublishedScore) -> StoreRow:
    """A person as `publish` takes it: much smaller than the objects it is made of."""
    scored, following = person.scored, person.scored.next_conversation
    risks = scored.risks or (None, None, None, None)
    return {
        "employee_id": scored.employee_id,
        "manager_id": person.manager_id,
        "org_unit": person.org_unit,
        **{f"risk_{horizon}": risk for horizon, risk in zip(HORIZONS, risks, strict=True)},
        "band": scored.band,
        "no_score": scored.no_score and scored.no_score.code,
        "reasons": msgspec.json.encode(scored.reasons).decode(),
        "next_conversation": following and following.type,
        "overdue_days": following and following.overdue_days,
        "team_values": person.team_values,
        "newest": json.dumps(person.newest),
        "hired_on": person.hired_on,
    }


def scores_of(store: Engine, run: Run) -> Iterator[PublishedScore]:
    """The people of a run, by employee id."""
    query = select(tables.scores).where(tables.scores.c.run == run.id).order_by(tables.scores.c.employee_id)
    with faults_named(), store.connect() as connection:
        for row in connection.execute(query):
            yield person_of(row)


def levels(store: Engine, run: Run) -> dict[str, tuple[float, str]]:
    """The 90-day risk and the band of everybody a run scored, by employee id."""
    scores = tables.scores.c
    query = select(scores.employee_id, scores.risk_90, scores.band).where(
        scores.run == run.id, scores.no_score.is_(None)
    )
    with faults_named(), store.connect() as connection:
        return {id_: (risk, band) for id_, risk, band in connection.execute(query)}


def counts(store: Engine, run: Run) -> tuple[int, int]:
    """How many people of a run were scored, and how many refused."""
    query = select(func.count(), func.count(tables.scores.c.no_score)).where(tables.scores.c.run == run.id)
    with faults_named(), store.connect() as connection:
        everyone, refused = connection.execute(query).one()
    return everyone - refused, refused


@dataclass(frozen=True)
class TeamValues:
    """What a published run says of some posted people and their teams, as float32 bytes."""

    person: Mapping[str, tuple[str | None, str | None, bytes]]
    """By employee id: the manager and the org unit on the run's day, and the person's team values."""
    team: Mapping[str, tuple[str | None, bytes]]
    """By manager id: the lowest org unit that holds every member, None where none does, and the team's plain means."""


def team_values(store: Engine, run: Run, employees: Sequence[str], managers: Sequence[str]) -> TeamValues:
    """The values published for these employees and these managers' teams; those not in the run are absent."""
    scores, teams = tables.scores.c, tables.team_values.c
    one = select(scores.employee_id, scores.manager_id, scores.org_unit, scores.team_values)
    one = one.where(scores.run == run.id, scores.employee_id.in_(employees), scores.team_values.is_not(None))
    many = select(teams.manager_id, teams.org_unit, teams.means).where(
        teams.run == run.id, teams.manager_id.in_(managers)
    )
    with faults_named(), store.connect() as connection:
        person = {id_: (manager, unit, values) for id_, manager, unit, values in connection.execute(one)}
        team = {manager: (unit, means) for manager, unit, means in connection.execute(many)}
    return TeamValues(person, team)


def _newest() -> Select[Any]:
    return select(tables.runs).order_by(tables.runs.c.as_of.desc(), tables.runs.c.id.desc()).limit(1)


def _first(store: Engine, query: Select[Any]) -> Run | None:
    with faults_named(), store.connect() as connection:
        row = connection.execute(query).first()
    return None if row is None else run_of(row)


def run_of(row: Row[Any], prefix: str = "") -> Run:
    """The run whose columns, named with a prefix, stand in a row."""
    of = {column.name: getattr(row, prefix + column.name) for column in tables.runs.c}
    return Run(
        identity=RunIdentity(of["as_of"], of["data_digest"], of["bundle_digest"], of["settings_digest"]),
        model_version=of["model_version"],
        retrospective=of["retrospective"],
        published_at=of["published_at"],
        people=of["people"],
        team_columns=tuple(json.loads(of["team_columns"])),
        newest=json.loads(of["newest"] or "{}"),
        bands=Bands(*json.loads(of["bands"] or "[]")),
        inputs=of["inputs"] or "{}",
        id=of["id"],
    )


def _write(
    connection: Connection, run: Run, people: Iterable[StoreRow], means: Mapping[str, bytes], rises: Sequence[Rise]
) -> int:
    lock(connection)
    stones = tombstones.stored(connection)
    number = connection.execute(insert(tables.runs).values(_head(run)).returning(tables.runs.c.id)).scalar_one()
    written, units = writing.write(connection, number, people, stones)
    gone = tombstones.among(stones, [*means, *(one.employee_id for one in rises)])
    teams = [
        {"run": number, "manager_id": manager, "means": value, "org_unit": units.get(manager)}
        for manager, value in means.items()
        if manager not in gone
    ]
    if teams:
        connection.execute(insert(tables.team_values), teams)
    if rose := [{"run": number, **asdict(one)} for one in rises if one.employee_id not in gone]:
        connection.execute(insert(tables.rises), rose)
    connection.execute(update(tables.runs).where(tables.runs.c.id == number).values(people=written))
    return int(number)


def _head(run: Run) -> dict[str, Any]:
    head = {name: getattr(run, name) for name in ("model_version", "retrospective", "published_at", "people")}
    texts = {
        "team_columns": json.dumps(run.team_columns),
        "newest": json.dumps(run.newest),
        "bands": json.dumps(run.bands.limits),
        "inputs": run.inputs,
    }
    return {**asdict(run.identity), **head, **texts}


def person_of(row: Row[Any]) -> PublishedScore:
    """The person whose columns stand in a row."""
    risks = None if row.no_score else (row.risk_30, row.risk_90, row.risk_180, row.risk_365)
    following = row.next_conversation and NextConversation(row.next_conversation, row.overdue_days)
    scored = Scored(
        employee_id=row.employee_id,
        risks=risks,
        band=row.band,
        reasons=msgspec.json.decode(row.reasons, type=tuple[Reason, ...]),
        next_conversation=following or None,
        no_score=NoScore(row.no_score, DETAILS[row.no_score]) if row.no_score else None,
    )
    newest = json.loads(row.newest or "{}")
    return PublishedScore(scored, row.manager_id, row.org_unit, row.team_values, newest, row.hired_on)
