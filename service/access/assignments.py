"""Which org units are whose, from which day to which: an HR business partner's units, beside the unit of the key.

A day is a UTC day; the first and the last are both included. Whoever ever had an assignment sees the union of those that
are valid today, each as far as it lies within the unit of the key, and nothing when none is; whoever never had one sees
the key's unit. So what runs out closes a door and opens none.

A holder is all keys of one name, so that a change from one key to the next keeps the units, or a person of the identity
provider, known by a pseudonym. Every change is written into the access log in the same transaction.
"""

import datetime as dt
import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Final, Literal

from sqlalchemy import Engine, insert, or_, select, update

from service.access.keys import Caller
from service.access.scope import narrowed
from service.audit.log import AccessLog
from service.errors import UsageError
from service.store import tables
from service.store.access_tables import assignments
from service.store.engine import faults_named

KEY: Final = "key"
PERSON: Final = "person"

State = Literal["valid", "not yet", "over", "ended"]
Holder = tuple[str, str]
"""`KEY` and a name, or `PERSON` and a pseudonym."""
Valid = Mapping[Holder, tuple[str, ...]]
"""By everybody who ever had an assignment, the units of those that are valid."""


@dataclass(frozen=True)
class Assignment:
    """A unit that is somebody's for a time."""

    id: str
    kind: str
    holder: str
    org_unit: str
    """Empty: the whole company."""
    valid_from: str
    """First day."""
    valid_to: str | None
    """Last day; None: until it is ended."""
    assigned_at: str
    assigned_by: str
    ended_at: str | None = None
    ended_by: str | None = None

    def state(self, day: str) -> State:
        """How it stands on a day."""
        if self.ended_at is not None:
            return "ended"
        if day < self.valid_from:
            return "not yet"
        return "over" if self.valid_to is not None and day > self.valid_to else "valid"


def holder(caller: Caller) -> Holder:
    """By what a caller's assignments are found."""
    return (PERSON, caller.id) if caller.name == f"{PERSON} {caller.id}" else (KEY, caller.name)


def pseudonym(issuer: str, subject: str) -> str:
    """By what a person of an identity provider is known here."""
    return hashlib.sha256(f"{issuer}\n{subject}".encode("utf-8", "surrogatepass")).hexdigest()[:16]


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


def listed(store: Engine, holder: Holder | None = None) -> list[Assignment]:
    """Every assignment ever made, by holder and in the order of their first days."""
    columns = assignments.c
    query = select(assignments).order_by(columns.kind, columns.holder, columns.valid_from, columns.id)
    if holder is not None:
        query = query.where(columns.kind == holder[0], columns.holder == holder[1])
    with faults_named(), store.connect() as connection:
        return [Assignment(*row) for row in connection.execute(query)]


def valid(store: Engine, day: str) -> Valid:
    """The units that are whose on a day (ISO date)."""
    found: dict[Holder, tuple[str, ...]] = {}
    for one in listed(store):
        known = found.setdefault((one.kind, one.holder), ())
        if one.state(day) == "valid":
            found[one.kind, one.holder] = (*known, one.org_unit)
    return found


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
