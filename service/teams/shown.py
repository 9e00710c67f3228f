"""Reading what is shown of groups, as a run left it, less what a unit that was switched off since takes with it.

A unit that is switched off has no figure. Those of the units above it and of teams that reach across it speak of its people as
long as they are from before: until the next night works them out without, they have none either.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from sqlalchemy import ColumnElement, Engine, Row, and_, or_, select, true

from service.access.scope import within
from service.store.audit_tables import units_off
from service.store.engine import faults_named
from service.store.runs import Run
from service.store.team_tables import group_figures
from service.teams.figures import Figures
from service.teams.last import TEAM, UNIT

SWITCHED_OFF: Final = "unit_switched_off"
_GROUPS: Final = group_figures.c


@dataclass(frozen=True)
class Shown:
    """One group."""

    number: int
    kind: str
    org_unit: str
    """Path; of a team the lowest unit that holds it."""
    manager_id: str | None
    people: int
    left: tuple[int, int]
    """Voluntarily and otherwise, in the 12 months up to the run's day."""
    withheld: str | None
    """Code of why there are no figures."""
    as_of: str | None
    """The day the figures are from."""
    figures: Figures | None
    """None where they are withheld."""


def unit(store: Engine, run: Run, path: str) -> Shown | None:
    """A unit with all below it; None where nobody is in it, or the run says nothing of groups."""
    return next(iter(_read(store, run, and_(_GROUPS.kind == UNIT, _GROUPS.org_unit == path))), None)


def units(store: Engine, run: Run, paths: Sequence[str]) -> list[Shown]:
    """These units, in order of their paths."""
    return _read(store, run, and_(_GROUPS.kind == UNIT, _GROUPS.org_unit.in_(paths)))


def below_unit(store: Engine, run: Run, path: str) -> list[Shown]:
    """The units right below one, in order of their paths."""
    return _read(store, run, and_(_GROUPS.kind == UNIT, _GROUPS.above == path))


def teams(store: Engine, run: Run, path: str, most: int, after: int = -1) -> list[Shown]:
    """The managers' teams that lie within a unit as a whole, in order of their managers, from behind a number."""
    led = and_(_GROUPS.kind == TEAM, _GROUPS.manager_id.is_not(None), _GROUPS.number > after)
    return _read(store, run, and_(led, _within(path)), most)


def _read(store: Engine, run: Run, where: ColumnElement[bool], most: int | None = None) -> list[Shown]:
    query = select(group_figures).where(_GROUPS.run == run.id, _GROUPS.people > 0, where).order_by(_GROUPS.number)
    off = select(units_off.c.path, units_off.c.off_at).where(units_off.c.on_at.is_(None))
    with faults_named(), store.connect() as connection:
        rows, switched = connection.execute(query.limit(most)).all(), connection.execute(off).all()
    return [_shown(row, off=any(_takes(path, since, row, run) for path, since in switched)) for row in rows]


def _takes(path: str, since: str, row: Row[Any], run: Run) -> bool:
    """Whether a unit that is switched off since a moment takes a group's figures with it."""
    made = run.published_at if row.made_by == run.id else row.as_of or ""
    return within(row.org_unit, path) or (within(path, row.org_unit) and made <= since)


def _within(path: str) -> ColumnElement[bool]:
    """In a unit or below it; what begins with it and a slash is one stretch, which ends where "0" would stand for the slash."""
    column = _GROUPS.org_unit
    return or_(column == path, and_(column > f"{path}/", column < f"{path}0")) if path else true()


def _shown(row: Row[Any], *, off: bool) -> Shown:
    code = SWITCHED_OFF if off else row.withheld
    told = None if code else msgspec.json.decode(row.figures, type=Figures)
    place = row.number, row.kind, row.org_unit, row.manager_id
    return Shown(*place, row.people, (row.left_voluntarily, row.left_otherwise), code, row.as_of, told)
