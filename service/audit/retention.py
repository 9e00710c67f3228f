"""Retention: what has been kept for its time goes, every night, by numbers of rows.

    published runs, with their scores, team values and rises   RETENTION_KEEP_SCORES_DAYS
    runs that were held back, recorded actions, answers        RETENTION_KEEP_SCORES_DAYS
    exits                                                      with the last run that may have scored who left
    realised outcomes, what was expected of runs: no names     RETENTION_KEEP_LOG_DAYS, once no run of their day is kept
    objections and switched-off units that have ended          RETENTION_KEEP_SCORES_DAYS, from their end
    the access log; keys of the API that have ended            RETENTION_KEEP_LOG_DAYS
    pseudonyms that no row of the access log has any more      with the last of those rows

An objection that holds, a unit that is off and a tombstone stay. Of the access log whole days go from its beginning; a
row of the log says up to where, and with which hash the rest begins, so that the chain can still be verified.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Column, ColumnElement, Connection, delete, func, or_, select, update

from service.access.keys import Caller
from service.audit import subjects
from service.audit.log import AccessLog, ended
from service.audit.verify import PURGED
from service.outcomes import exits
from service.settings import Settings
from service.store import audit_tables, monitoring_tables, outcome_tables, tables
from service.store.audit_tables import access_head, access_log
from service.store.engine import faults_named
from service.store.migrations import lock

NIGHTLY: Final = Caller("nightly run", "system", "", "command:nightly")
"""Who purges."""

_SCORES: Final[Sequence[Column[Any]]] = (
    tables.runs.c.published_at,
    tables.refused_runs.c.refused_at,
    tables.actions.c.recorded_at,
    tables.replies.c.at,
    audit_tables.objections.c.withdrawn_at,
    audit_tables.units_off.c.on_at,
)
"""From which a row's time is counted; null: it stays."""
_COUNTS: Final[Sequence[Column[Any]]] = (
    outcome_tables.realised.c.last_on,
    outcome_tables.group_outcomes.c.worked_out_on,
    monitoring_tables.estimated.c.as_of,
)
_KEYS: Final[Sequence[Column[Any]]] = (tables.keys.c.revoked_at, tables.keys.c.expires_at)


def purge(log: AccessLog, settings: Settings, today: dt.date) -> dict[str, int]:
    """Take out what has been kept for its time; rows by table, those without any absent.

    Parameters
    ----------
    today
        The clock's day, UTC.

    Raises
    ------
    ChainError
        The access log was tampered with; then nothing goes.
    StoreError
        The store does not answer; then nothing goes.
    """
    scores = str(today - dt.timedelta(days=settings.keep_scores_days))
    kept_log = str(today - dt.timedelta(days=settings.keep_log_days))
    with faults_named(), log.store.begin() as connection:
        lock(connection)
        found = {column.table.name: _older(connection, [column], scores) for column in _SCORES}
        found[tables.keys.name] = _older(connection, _KEYS, kept_log)
        found[outcome_tables.exits.name] = exits.purge(connection)
        for column in _COUNTS:
            found[column.table.name] = _counts(connection, column, kept_log)
        found[access_log.name] = _cut(connection, log, kept_log)
    if found[access_log.name]:
        log.flush()
        with faults_named():
            found[audit_tables.subjects.name] = _unused(log)
    return {name: count for name, count in found.items() if count}


def _older(connection: Connection, columns: Sequence[Column[Any]], day: str) -> int:
    """Take out the rows whose time began before a day, by any of the columns of one table."""
    rows = delete(columns[0].table).where(or_(*(column < day for column in columns)))
    return connection.execute(rows).rowcount


def _counts(connection: Connection, column: Column[Any], day: str) -> int:
    """Take out counts of runs that are gone and lie before a day; a past day that was scored lately keeps its own."""
    table = column.table
    kept = table.c.as_of.in_(select(tables.runs.c.as_of))
    return connection.execute(delete(table).where(column < day, ~kept)).rowcount


def _cut(connection: Connection, log: AccessLog, day: str) -> int:
    """Take out the rows of the access log before the first that is from this day or later."""
    rows = access_log.c
    log.end(connection)
    first = connection.execute(select(func.min(rows.seq)).where(rows.at >= day)).scalar()
    last = connection.execute(select(func.max(rows.seq))).scalar() if first is None else first - 1
    hash_ = connection.execute(select(rows.hash).where(rows.seq == last)).scalar()
    if hash_ is None:
        return 0
    log.note(connection, NIGHTLY, PURGED, hash_)
    connection.execute(update(access_head).values(base_seq=last, base_hash=hash_))
    return connection.execute(delete(access_log).where(rows.seq <= last)).rowcount


def _unused(log: AccessLog) -> int:
    """Destroy the keys of pseudonyms that no row of the access log has; who is seen again gets another.

    The log is read through without holding it: whoever is shown a list meanwhile need not wait.
    """
    keys, rows = audit_tables.subjects, access_log.c
    with log.store.connect() as connection:
        until = ended(connection).seq
        logged = _subjects(connection, rows.seq <= until)
        known = {row.employee_id: row.key for row in connection.execute(select(keys))}
    idle = {one: name for one, key in known.items() if (name := subjects.pseudonym(key, one)) not in logged}
    with log.store.begin() as connection:
        log.end(connection)
        since = _subjects(connection, rows.seq > until)
        gone = [one for one, name in idle.items() if name not in since]
        for part in subjects.parts(gone):
            connection.execute(delete(keys).where(keys.c.employee_id.in_(part)))
    return len(gone)


def _subjects(connection: Connection, where: ColumnElement[bool]) -> set[str]:
    return set(connection.execute(select(access_log.c.subject).where(where).distinct()).scalars())
