"""Who saw a person's risk, for that person."""

from collections.abc import Iterator

import msgspec
from sqlalchemy import Engine, select

from service.audit import subjects
from service.store import tables
from service.store.audit_tables import access_log
from service.store.engine import faults_named


class View(msgspec.Struct, frozen=True):
    """One time that somebody was shown the person's risk, or did something about them."""

    at: str
    """RFC 3339, UTC."""
    by: str
    """Name of the key; of a person with a token their pseudonym."""
    role: str
    action: str
    run_of: str | None
    """The day whose run was read; null: none, or it is no longer kept."""


def views(store: Engine, employee_id: str) -> Iterator[View]:
    """Every row about a person, the oldest first."""
    log, keys, runs = access_log.c, tables.keys.c, tables.runs.c
    with faults_named(), store.connect() as connection:
        known = subjects.known(connection, [employee_id])
        if employee_id not in known:
            return
        query = (
            select(log.at, log.caller, keys.name, log.role, log.action, runs.as_of)
            .outerjoin(tables.keys, keys.prefix == log.caller)
            .outerjoin(tables.runs, runs.id == log.run)
            .where(log.subject == known[employee_id])
            .order_by(log.seq)
        )
        for row in connection.execute(query):
            yield View(row.at, row.name or row.caller, row.role, row.action, row.as_of)
