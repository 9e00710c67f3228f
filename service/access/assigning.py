"""Giving units to holders and ending that: recorded with who and when, in the assignments and in the access log at once."""

import datetime as dt
import secrets
from dataclasses import asdict

from sqlalchemy import Engine, insert, or_, select, update

from service.access.assignments import KEY, Assignment, Holder
from service.access.keys import Caller
from service.access.scope import narrowed
from service.audit.log import AccessLog
from service.errors import UsageError
from service.store import tables
from service.store.access_tables import assignments
from service.store.engine import faults_named


def named(store: Engine, name: str) -> Holder:
    """The holder of a key, by its name or its public part.

    Raises
    ------
    UsageError
        There is no such key.
    """
    keys = tables.keys.c
    query = select(keys.name).where(or_(keys.name == name, keys.prefix == name.removeprefix("rk_")[:8]))
    with faults_named(), store.connect() as connection:
        found = set(connection.execute(query).scalars())
    if not found:
        raise UsageError("There is no key of that name or prefix. See: python -m service keys list.")
    return KEY, name if name in found else found.pop()


def new(holder: Holder, org_unit: str, days: tuple[dt.date, dt.date | None], now: str, by: str) -> Assignment:
    """An assignment with an id of its own.

    Parameters
    ----------
    days
        First and last day.
    now, by
        The present moment, RFC 3339 in UTC, and who assigns.

    Raises
    ------
    UsageError
        It ends before it begins, or names no unit; ``/`` is the whole company.
    """
    first, last = days
    unit = org_unit.strip("/ ")
    if last is not None and last < first:
        raise UsageError("The assignment would end before it begins. --to is its last day.")
    if not unit and org_unit != "/":
        raise UsageError("--org-unit takes a path such as Sales/EMEA; / is the whole company.")
    return Assignment(secrets.token_hex(4), *holder, unit, str(first), str(last) if last else None, now, by[:64])


def assign(log: AccessLog, caller: Caller, made: Assignment) -> None:
    """Write down an assignment; running servers know of it within two seconds.

    Raises
    ------
    UsageError
        The unit has nothing in common with the unit of any key of the holder's: nobody would ever see anything by it.
    """
    with faults_named(), log.store.begin() as connection:
        if made.kind == KEY:
            units = connection.execute(select(tables.keys.c.org_unit).filter_by(name=made.holder)).scalars()
            if not any(narrowed(unit, [made.org_unit]) for unit in units):
                raise UsageError("The unit lies outside the unit of every key of that name. See: service keys list.")
        connection.execute(insert(assignments).values(asdict(made)))
        log.note(connection, caller, "assign", made.id)
    log.flush()


def end(log: AccessLog, caller: Caller, id_: str) -> Assignment:
    """End an assignment now, whatever its last day; ending it again changes nothing.

    Raises
    ------
    UsageError
        There is no such assignment.
    """
    mine = assignments.c.id == id_
    standing = update(assignments).where(mine, assignments.c.ended_at.is_(None))
    by = (caller.id or caller.name)[:64]
    with faults_named(), log.store.begin() as connection:
        if connection.execute(standing.values(ended_at=log.moment(), ended_by=by)).rowcount:
            log.note(connection, caller, "unassign", id_)
        row = connection.execute(select(assignments).where(mine)).one_or_none()
    if row is None:
        raise UsageError("There is no assignment of that id. See: python -m service assignments.")
    log.flush()
    return Assignment(*row)
