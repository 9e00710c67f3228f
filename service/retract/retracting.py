"""Retractions: what was told of groups is withdrawn, and written into the access log with the reason, in one transaction.

What is told of groups stays as it was first told, so that nobody can compare two tellings of nearly the same people. Told
from wrong data, it stays wrong. So it can be withdrawn by hand, for a reason, and never happens by itself: the next run that is
published tells it anew, and whoever has kept what was told before can compare.

In the access log a retraction is a row that says what was withdrawn, followed by rows with the reason, a piece each.
"""

import re
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Literal

from sqlalchemy import Connection, Engine, and_, func, select

from service.access.keys import Caller
from service.audit.chain import Entry
from service.audit.log import AccessLog
from service.dashboard import retract as dashboard
from service.errors import UsageError
from service.store import leases, tables
from service.store.audit_tables import access_log
from service.store.engine import faults_named
from service.store.migrations import lock
from service.teams import retract as teams

Kind = Literal["month", "teams"]
ACTIONS: Final[dict[Kind, str]] = {"month": "retract_month", "teams": "retract_teams"}
"""What the access log calls them."""
BECAUSE: Final = "retract_reason"
"""What it calls the rows that follow."""
MOST: Final = 500
"""Letters of a reason."""
_PIECE: Final = 64
_WORD: Final = re.compile(r"[^\s,;:!?()\"']+")


@dataclass(frozen=True)
class Told:
    """What is told and would be withdrawn."""

    count: int
    """Values of the dashboard, or groups."""
    since: list[str]
    """Days of the runs that first told it."""
    before: int
    """How often the same was retracted before."""


@dataclass(frozen=True)
class Retraction:
    """One that was made."""

    at: str
    by: str
    kind: Kind
    period: str
    reason: str


def look(store: Engine, kind: Kind, period: str) -> Told:
    """What a retraction would withdraw; nothing is changed.

    Raises
    ------
    UsageError
        Nothing is told of that month, or from that day.
    """
    with faults_named(), store.connect() as connection:
        told = _withdrawn(connection, _latest(connection), kind, period)
        connection.rollback()
    return told


def retract(log: AccessLog, caller: Caller, kind: Kind, period: str, reason: str) -> Told:
    """Withdraw what is told of a month (``2026-03``), or the figures of units and teams from a day (``2026-03-01``).

    Raises
    ------
    UsageError
        There is no such thing; a run is under way, which would put it back; or the reason is none, or names a person.
    ChainError
        The access log was tampered with; nothing was changed.
    """
    words = " ".join(reason.split())
    if not words or len(words) > MOST or not words.isprintable():
        raise UsageError(f"--reason says in 1 to {MOST} letters why. Nothing was changed.")
    with faults_named(), log.store.begin() as connection:
        lock(connection)
        if leases.under_way(connection):
            raise UsageError("A run is under way and would tell it again. Wait for its end. Nothing was changed.")
        run = _latest(connection)
        if _names(connection, run, words):
            raise UsageError("The reason names a person. It is kept: say it without. Nothing was changed.")
        told = _withdrawn(connection, run, kind, period)
        who = (caller.id or caller.name)[:_PIECE]
        entry = partial(Entry, log.moment(), who, caller.role)
        pieces = [words[start : start + _PIECE] for start in range(0, len(words), _PIECE)]
        rows = [entry(ACTIONS[kind], run, period), *(entry(BECAUSE, run, piece) for piece in pieces)]
        log.add(connection, log.end(connection), rows)
    log.flush()
    return told


def listed(store: Engine) -> list[Retraction]:
    """Every retraction that the access log still holds, the oldest first."""
    log = access_log.c
    query = select(log.at, log.caller, log.action, log.subject).where(log.action.in_([*ACTIONS.values(), BECAUSE]))
    kinds = {action: kind for kind, action in ACTIONS.items()}
    found: list[dict[str, Any]] = []
    with faults_named(), store.connect() as connection:
        for row in connection.execute(query.order_by(log.seq)):
            if row.action != BECAUSE:
                named = {"at": row.at, "by": row.caller, "kind": kinds[row.action], "period": row.subject}
                found.append({**named, "reason": ""})
            elif found:
                found[-1]["reason"] += row.subject
    return [Retraction(**one) for one in found]


def _withdrawn(connection: Connection, run: int, kind: Kind, period: str) -> Told:
    """Withdraw within a transaction, which may be rolled back."""
    if kind == "month":
        count, since = dashboard.retract(connection, run, period)
    else:
        count, since = teams.retract(connection, run, period), [period]
    log = access_log.c
    before = select(func.count()).where(log.action == ACTIONS[kind], log.subject == period)
    return Told(count, since, connection.execute(before).scalar_one())


def _latest(connection: Connection) -> int:
    """Number of the run that is shown."""
    run = tables.runs.c
    query = select(run.id).where(run.retrospective.is_(False)).order_by(run.as_of.desc(), run.id.desc())
    found: int | None = connection.execute(query.limit(1)).scalar()
    if found is None:
        raise UsageError("No run was published yet: nothing is told of groups.")
    return found


def _names(connection: Connection, run: int, reason: str) -> bool:
    """Whether a reason holds the id of somebody who stands in any run, or who manages somebody in this one."""
    words, person = {word.strip(".") for word in _WORD.findall(reason)}, tables.scores.c
    everyone = person.employee_id.in_(words), and_(person.run == run, person.manager_id.in_(words))
    return any(connection.execute(select(person.run).where(one).limit(1)).first() for one in everyone)
