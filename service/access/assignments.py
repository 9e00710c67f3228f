"""Which org units are whose, from which day to which: an HR business partner's units, beside the unit of the key.

A day is a UTC day; the first and the last are both included. Whoever ever had an assignment sees the union of those that
are valid today, each as far as it lies within the unit of the key, and nothing when none is; whoever never had one sees
the key's unit. So what runs out closes a door and opens none.

A holder is all keys of one name, so that a change from one key to the next keeps the units, or a person of the identity
provider, known by a pseudonym. How they are changed stands in `service.access.assigning`.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from sqlalchemy import Connection, Engine, select

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


def pseudonym(issuer: str, subject: str) -> str:
    """By what a person of an identity provider is known here."""
    return hashlib.sha256(f"{issuer}\n{subject}".encode("utf-8", "surrogatepass")).hexdigest()[:16]


def listed(store: Engine, holder: Holder | None = None) -> list[Assignment]:
    """Every assignment ever made, by holder and in the order of their first days."""
    columns = assignments.c
    query = select(assignments).order_by(columns.kind, columns.holder, columns.valid_from, columns.id)
    if holder is not None:
        query = query.where(columns.kind == holder[0], columns.holder == holder[1])
    with faults_named(), store.connect() as connection:
        return [Assignment(*row) for row in connection.execute(query)]


def valid(connection: Connection, day: str) -> Valid:
    """The units that are whose on a day (ISO date)."""
    found: dict[Holder, tuple[str, ...]] = {}
    for row in connection.execute(select(assignments)):
        one = Assignment(*row)
        known = found.setdefault((one.kind, one.holder), ())
        if one.state(day) == "valid":
            found[one.kind, one.holder] = (*known, one.org_unit)
    return found
