"""Who is neither scored nor listed: people who objected, and units that were switched off. Honoured at once.

What is recorded here holds from the next reading of a list and the next scoring on. Objections that a data folder
brings are honoured by the run that reads it.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from sqlalchemy import Column, Connection, Engine, insert, select, update

from service.access.keys import Caller
from service.access.scope import within
from service.audit.log import AccessLog
from service.errors import UsageError
from service.store.audit_tables import objections, units_off
from service.store.engine import faults_named
from service.store.migrations import lock

FRESH_SECONDS: Final = 1.0
"""So old may be what `Blocks` holds."""

Code = Literal["objection", "unit_switched_off"]


@dataclass(frozen=True)
class Blocked:
    """Who may not be scored or listed now."""

    people: frozenset[str] = field(default_factory=frozenset)
    """Ids of those who object."""
    units: tuple[str, ...] = ()
    """Paths of the units that are switched off, with all below them; empty path: the whole company."""

    def code(self, employee_id: str, org_unit: str | None) -> Code | None:
        """Why a person of that unit is refused, as a `no_score` code; None: they are not."""
        if employee_id in self.people:
            return "objection"
        return "unit_switched_off" if any(within(org_unit, unit) for unit in self.units) else None


NOBODY: Final = Blocked()


def blocked(store: Engine) -> Blocked:
    """Who is blocked at this moment."""
    people = select(objections.c.employee_id).where(objections.c.withdrawn_at.is_(None))
    units = select(units_off.c.path).where(units_off.c.on_at.is_(None)).order_by(units_off.c.path)
    with faults_named(), store.connect() as connection:
        return Blocked(frozenset(connection.execute(people).scalars()), tuple(connection.execute(units).scalars()))


class Blocks:
    """Who is blocked, for a process that asks often: at most a second old.

    Parameters
    ----------
    ticks
        Seconds, never falling.
    """

    def __init__(self, store: Engine, ticks: Callable[[], float]) -> None:
        self._store, self._ticks = store, ticks
        self._held: Blocked | None = None
        self._looked = 0.0

    def now(self) -> Blocked:
        """Who is blocked.

        Raises
        ------
        StoreError
            The store does not answer, and what is held is too old: nobody may be shown.
        """
        if self._held is None or self._ticks() - self._looked >= FRESH_SECONDS:
            looked = self._ticks()
            self._held, self._looked = blocked(self._store), looked
        return self._held


def object_to(log: AccessLog, caller: Caller, employee_id: str) -> bool:
    """Record an objection; False where one holds already."""
    row = {"employee_id": employee_id, "objected_at": log.moment()}
    with _changing(log) as connection:
        if _holds(connection, objections.c.withdrawn_at, objections.c.employee_id, employee_id):
            return False
        connection.execute(insert(objections).values(row))
        log.append(connection, caller, "object", None, [employee_id])
    return True


def withdraw(log: AccessLog, caller: Caller, employee_id: str) -> bool:
    """End a person's objection; False where none holds."""
    with _changing(log) as connection:
        if not _end(connection, objections.c.withdrawn_at, objections.c.employee_id, employee_id, log.moment()):
            return False
        log.append(connection, caller, "withdraw", None, [employee_id])
    return True


def switch_off(log: AccessLog, caller: Caller, path: str) -> bool:
    """Switch a unit and all below it off, ``/`` the whole company; False where it is off already."""
    row = {"path": _path(path), "off_at": log.moment()}
    with _changing(log) as connection:
        if _holds(connection, units_off.c.on_at, units_off.c.path, row["path"]):
            return False
        connection.execute(insert(units_off).values(row))
        log.note(connection, caller, "unit_off")
    return True


def switch_on(log: AccessLog, caller: Caller, path: str) -> bool:
    """Switch a unit on that was switched off by this very path; False where it is not."""
    with _changing(log) as connection:
        if not _end(connection, units_off.c.on_at, units_off.c.path, _path(path), log.moment()):
            return False
        log.note(connection, caller, "unit_on")
    return True


def _path(text: str) -> str:
    path = text.strip("/")
    if not path and text != "/":
        raise UsageError("A unit is a path such as Sales/EMEA; / is the whole company.")
    return path


@contextmanager
def _changing(log: AccessLog) -> Iterator[Connection]:
    """A transaction that nobody else's change of the same comes between; the anchor learns of it afterwards."""
    with faults_named(), log.store.begin() as connection:
        lock(connection)
        yield connection
    log.flush()


def _holds(connection: Connection, ended: Column[Any], key: Column[Any], value: str) -> bool:
    return connection.execute(select(key).where(key == value, ended.is_(None))).first() is not None


def _end(connection: Connection, ended: Column[Any], key: Column[Any], value: str, at: str) -> bool:
    standing = update(ended.table).where(key == value, ended.is_(None)).values({ended.name: at})
    return bool(connection.execute(standing).rowcount)
