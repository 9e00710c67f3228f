"""Reading what is shown of groups, as a run left it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from sqlalchemy import ColumnElement, Engine, Row, and_, or_, select, true

from service.store.engine import faults_named
from service.store.runs import Run
from service.store.team_tables import group_figures
from service.teams.figures import Figures
from service.teams.last import TEAM, UNIT

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
    with faults_named(), store.connect() as connection:
        return [_shown(row) for row in connection.execute(query.limit(most))]


def _within(path: str) -> ColumnElement[bool]:
    """In a unit or below it; what begins with it and a slash is one stretch, which ends where "0" would stand for the slash."""
    column = _GROUPS.org_unit
    return or_(column == path, and_(column > f"{path}/", column < f"{path}0")) if path else true()


def _shown(row: Row[Any]) -> Shown:
    told = None if row.withheld else msgspec.json.decode(row.figures, type=Figures)
    place = row.number, row.kind, row.org_unit, row.manager_id
    return Shown(*place, row.people, (row.left_voluntarily, row.left_otherwise), row.withheld, row.as_of, told)
