"""Erasure: a person is taken out of every table of the store, and a tombstone keeps them out.

Rows about the person go. Where they only stand as somebody's manager, that mention goes. Their rows of the access log
stay, under a pseudonym whose key is destroyed. No byte of the id is left in SQLite's files (`overwrite`); a PostgreSQL
server's own files follow with its vacuum.
"""

import json
from collections.abc import Iterator
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, Engine, Table, Text, delete, func, or_, select, update

from service.access.keys import Caller
from service.audit import subjects
from service.audit.kept import Kept
from service.audit.log import AccessLog
from service.audit.overwrite import overwrite
from service.errors import UsageError
from service.store import audit_tables, night_tables, tables, tombstones
from service.store.engine import faults_named
from service.store.migrations import lock

OWN: Final = "employee_id"
"""The column of rows about a person."""
AS_MANAGER: Final = "manager_id"
"""The column of rows that name a person as manager."""
MENTIONS: Final = ((tables.replies, tables.replies.c.answer),)
"""JSON that may name a person; its row goes."""


class Certificate(msgspec.Struct, frozen=True):
    """What was erased, by numbers only."""

    erased_at: str
    """RFC 3339, UTC: when this person was erased first."""
    tombstone: str
    rows: dict[str, int]
    """By table, rows that were taken out; by ``table.column``, rows in which a mention was."""
    access_log_rows_kept: int
    """Rows of the access log that now point at nobody."""
    files: str
    """What is left in the store's files."""


def erase(log: AccessLog, kept: Kept, caller: Caller, employee_id: str) -> Certificate:
    """Erase a person; doing it again changes nothing.

    Raises
    ------
    UsageError
        Nothing is held about such a person, and nobody of that id was erased.
    StoreError
        It could not be done; what was not erased is still whole.
    """
    store = log.store
    seen = _seen(store, employee_id)
    with faults_named(), store.begin() as connection:
        lock(connection)
        known = [*tombstones.stored(connection), *kept.read()]
        rows = clear(connection, employee_id)
        if not any(rows.values()) and not tombstones.among(known, [employee_id]):
            raise UsageError(
                "Nothing is held about such a person. If they must not be scored in future, record an objection: "
                "python -m service object --employee ID."
            )
        stone = tombstones.new(known, employee_id, log.moment())
        if any(rows.values()):
            _forget(connection, log, caller, employee_id)
        kept.add([stone])
        tombstones.add(connection, [stone])
    log.flush()
    return Certificate(stone.erased_at, stone.digest, rows, seen, overwrite(store, [employee_id]))


def replay(log: AccessLog, kept: Kept, caller: Caller) -> int:
    """Erase everybody whom a tombstone outside the store names and the store still holds; how many they were.

    A store that was restored from an older backup holds them; so does one whose erasure was cut off half-way.
    """
    back: set[str] = set()
    with faults_named(), log.store.begin() as connection:
        lock(connection)
        stones = list(dict.fromkeys([*tombstones.stored(connection), *kept.read()]))
        if tombstones.add(connection, stones):
            back = tombstones.among(stones, everybody(connection))
        for employee_id in sorted(back):
            clear(connection, employee_id)
            _forget(connection, log, caller, employee_id)
    kept.add(stones)
    if back:
        log.flush()
        overwrite(log.store, sorted(back))
    return len(back)


def clear(connection: Connection, employee_id: str) -> dict[str, int]:
    """Take a person out of every table but that of the pseudonyms' keys, which goes last; how many rows hold them.

    A run counts one less: servers see that it is another, and forget what they remember of it.
    """
    keys, runs = audit_tables.subjects, tables.runs.c
    connection.execute(delete(night_tables.staged))  # of a run under way; it is worked out again, without them
    mine = select(tables.scores.c.run).where(tables.scores.c.employee_id == employee_id)
    connection.execute(update(tables.runs).where(runs.id.in_(mine)).values(people=runs.people - 1))
    found = {keys.name: len(subjects.known(connection, [employee_id]))}
    for table, column in _columns():
        if table is keys:
            continue
        mine = column == employee_id
        if column.name == AS_MANAGER and column.nullable:
            done = connection.execute(update(table).where(mine).values({AS_MANAGER: None}))
            found[f"{table.name}.{AS_MANAGER}"] = done.rowcount
        else:
            found[table.name] = connection.execute(delete(table).where(mine)).rowcount
    texts = {json.dumps(employee_id), json.dumps(employee_id, ensure_ascii=False)}
    for table, column in MENTIONS:
        said = or_(*(column.contains(text, autoescape=True) for text in sorted(texts)))
        found[table.name] = connection.execute(delete(table).where(said)).rowcount
    return found


def everybody(connection: Connection) -> set[str]:
    """Ids of all people who stand anywhere in the store."""
    queries = [select(column).where(column.is_not(None)).distinct() for _, column in _columns()]
    return {one for query in queries for one in connection.execute(query).scalars()}


def _columns() -> Iterator[tuple[Table, Any]]:
    """Every column that names a person, rows about runs last."""
    for table in reversed(tables.METADATA.sorted_tables):
        for column in table.c:
            if column.name in {OWN, AS_MANAGER} and isinstance(column.type, Text):
                yield table, column


def _forget(connection: Connection, log: AccessLog, caller: Caller, employee_id: str) -> None:
    """Write into the access log that its rows of this person point at nobody from now on, and make it so."""
    log.append(connection, caller, "erase", None, [employee_id])
    connection.execute(delete(audit_tables.subjects).where(audit_tables.subjects.c.employee_id == employee_id))


def _seen(store: Engine, employee_id: str) -> int:
    log = audit_tables.access_log
    with faults_named(), store.connect() as connection:
        known = subjects.known(connection, [employee_id])
        if employee_id not in known:
            return 0
        query = select(func.count()).select_from(log).where(log.c.subject == known[employee_id])
        return int(connection.execute(query).scalar_one())
