"""Who is neither scored nor listed: people who objected, and units that were switched off. Honoured at once.

What is recorded here holds from the next reading of a list and the next scoring on. Objections that a data folder
brings are honoured by the run that reads it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Literal

from sqlalchemy import Connection, Engine, insert, select, update

from service.access.keys import Caller
from service.access.scope import inside
from service.audit.log import AccessLog
from service.errors import ChainError, UsageError
from service.store.audit_tables import objections, units_off
from service.store.engine import faults_named

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
        return "unit_switched_off" if inside(org_unit, self.units) else None


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
    holds = select(objections).where(objections.c.employee_id == employee_id, objections.c.withdrawn_at.is_(None))

    def change(connection: Connection) -> bool:
        if connection.execute(holds).first() is not None:
            return False
        connection.execute(insert(objections).values(row))
        return True

    return _changed(log, change, lambda connection: log.append(connection, caller, "object", None, [employee_id]))


def withdraw(log: AccessLog, caller: Caller, employee_id: str) -> bool:
    """End a person's objection; False where none holds."""
    standing = update(objections).where(objections.c.employee_id == employee_id, objections.c.withdrawn_at.is_(None))

    def change(connection: Connection) -> bool:
        return connection.execute(standing.values(withdrawn_at=log.moment())).rowcount > 0

    return _changed(log, change, lambda connection: log.append(connection, caller, "withdraw", None, [employee_id]))


def switch_off(log: AccessLog, caller: Caller, path: str) -> bool:
    """Switch a unit and all below it off, ``/`` the whole company; False where it is off already."""
    row = {"path": _path(path), "off_at": log.moment()}
    off = select(units_off).where(units_off.c.path == row["path"], units_off.c.on_at.is_(None))

    def change(connection: Connection) -> bool:
        if connection.execute(off).first() is not None:
            return False
        connection.execute(insert(units_off).values(row))
        return True

    return _changed(log, change, lambda connection: log.note(connection, caller, "unit_off"))


def switch_on(log: AccessLog, caller: Caller, path: str) -> bool:
    """Switch a unit on that was switched off by this very path; False where it is not."""
    off = update(units_off).where(units_off.c.path == _path(path), units_off.c.on_at.is_(None))

    def change(connection: Connection) -> bool:
        return connection.execute(off.values(on_at=log.moment())).rowcount > 0

    return _changed(log, change, lambda connection: log.note(connection, caller, "unit_on"))


def _changed(log: AccessLog, change: Callable[[Connection], bool], note: Callable[[Connection], object]) -> bool:
    """Make a change and write it into the access log in one transaction; False where there was nothing to change.

    Raises
    ------
    ChainError
        The log was tampered with. The change holds all the same: whoever objects or stops something must not wait.
    """
    broken: ChainError | None = None
    with faults_named(), log.store.begin() as connection:
        if not change(connection):
            return False
        try:
            note(connection)
        except ChainError as error:
            broken = error
    if broken is not None:
        raise ChainError(f"It is recorded, and holds; but it could not be written into the access log. {broken}")
    log.flush()
    return True


def _path(text: str) -> str:
    path = text.strip("/")
    if not path and text != "/":
        raise UsageError("A unit is a path such as Sales/EMEA; / is the whole company.")
    return path
