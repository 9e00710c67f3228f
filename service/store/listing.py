"""Reading published runs person by person: ranked, within a unit, page by page.

Every query holds the units it is limited to; what lies outside is never read. A unit is compared by whole path segments
and case.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy import ColumnElement, Engine, FromClause, Select, and_, false, func, not_, or_, select, true, union_all

from service.access.scope import WHOLE
from service.store import tables
from service.store.engine import faults_named
from service.store.runs import PublishedScore, Run, person_of, run_of

_IDS_AT_ONCE: Final = 500
_AFTER_SLASH: Final = chr(ord("/") + 1)
_SIZES: Final[dict[Any, int]] = {}
_REMEMBERED: Final = 10_000


@dataclass(frozen=True)
class Population:
    """Whom a list may speak of."""

    run: Run
    units: tuple[str, ...] = WHOLE
    """Org units with all below them; the empty one is the whole company, and none holds nobody."""
    horizon: int = 90
    """Days of the risk that ranks."""
    bands: Collection[str] = ()
    """Only these; empty: all."""
    without: Collection[str] = ()
    """People who may not be listed: they object, or were erased since."""
    off: Collection[str] = ()
    """Units that are switched off, with all below them."""


def ranked(
    store: Engine, population: Population, limit: int, after: tuple[float, str] | None = None
) -> list[PublishedScore]:
    """The people with the highest risks, the highest first, by id where they are equal.

    Parameters
    ----------
    after
        Risk and id of somebody: only who comes behind them.
    """
    people = size(store, population)
    narrow = people * people < limit * population.run.people
    found = _each(population) if narrow else tables.scores
    risk: ColumnElement[float] = found.c[f"risk_{population.horizon}"]
    id_ = found.c.employee_id
    query = select(found) if narrow else select(found).where(_among(population, by_unit=False))
    if narrow:
        risk = risk + 0.0  # no index gives this order: it is quicker to find a small unit's people and sort them
    if after is not None:
        query = query.where(risk <= after[0], or_(risk < after[0], id_ > after[1]))
    return _people(store, query.order_by(risk.desc(), id_).limit(limit))


def _each(population: Population) -> FromClause:
    """The people of each unit, found by the index of units: no database finds those of several in one search."""
    apart = [select(tables.scores).where(_among(replace(population, units=(unit,)))) for unit in population.units]
    return union_all(*apart).subquery() if apart else select(tables.scores).where(false()).subquery()


def some(store: Engine, population: Population, employees: Sequence[str]) -> dict[str, PublishedScore]:
    """Those of the named people whom the population holds, by id."""
    found = []
    for start in range(0, len(employees), _IDS_AT_ONCE):
        named = tables.scores.c.employee_id.in_(employees[start : start + _IDS_AT_ONCE])
        found += _people(store, select(tables.scores).where(_among(population), named))
    return {person.scored.employee_id: person for person in found}


def one(store: Engine, run: Run, units: tuple[str, ...], employee_id: str) -> PublishedScore | None:
    """One person of a run, scored or not; None where there is none in the units."""
    scores = tables.scores.c
    query = select(tables.scores).where(
        scores.run == run.id, scores.employee_id == employee_id, _within(scores.org_unit, units)
    )
    return next(iter(_people(store, query)), None)


def size(store: Engine, population: Population) -> int:
    """How many people the population holds; counted once, since a run does not change."""
    filters = tuple(population.bands), frozenset(population.without), tuple(population.off)
    key = str(store.url), population.run.id, population.run.identity, population.units, filters
    if key not in _SIZES:
        if len(_SIZES) >= _REMEMBERED:
            _SIZES.clear()
        _SIZES[key] = _counted(store, population)
    return _SIZES[key]


def _counted(store: Engine, population: Population) -> int:
    with faults_named(), store.connect() as connection:
        return int(connection.execute(select(func.count()).select_from(_each(population))).scalar_one())


def history(store: Engine, employee_id: str, most: int) -> list[tuple[Run, PublishedScore]]:
    """A person's newest runs, one a day (that published last), retrospective ones left out; the newest first."""
    query = (
        select(tables.scores, *(column.label(f"run_{column.name}") for column in tables.runs.c))
        .join(tables.runs, tables.runs.c.id == tables.scores.c.run)
        .where(tables.scores.c.employee_id == employee_id, tables.runs.c.retrospective.is_(False))
        .order_by(tables.runs.c.as_of.desc(), tables.runs.c.id.desc())
    )
    found: dict[str, tuple[Run, PublishedScore]] = {}
    with faults_named(), store.connect() as connection:
        for row in connection.execute(query):
            found.setdefault(row.run_as_of, (run_of(row, "run_"), person_of(row)))
            if len(found) == most:
                break
    return list(found.values())


def rose(store: Engine, population: Population) -> list[tuple[PublishedScore, str, float]]:
    """Whose risk rose into the population's run, the strongest first: the person, the kind and by how much."""
    query = (
        select(tables.scores, tables.rises.c.kind, tables.rises.c.rise)
        .join(
            tables.rises,
            and_(tables.rises.c.run == tables.scores.c.run, tables.rises.c.employee_id == tables.scores.c.employee_id),
        )
        .where(_among(population))
        .order_by(tables.rises.c.rise.desc(), tables.scores.c.employee_id)
    )
    with faults_named(), store.connect() as connection:
        return [(person_of(row), row.kind, row.rise) for row in connection.execute(query)]


def units(store: Engine, run: Run, unit: str) -> bool:
    """Whether anybody of a run stands in a unit or below it."""
    scores = tables.scores.c
    query = select(scores.employee_id).where(scores.run == run.id, _below(scores.org_unit, unit)).limit(1)
    with faults_named(), store.connect() as connection:
        return connection.execute(query).first() is not None


def among(population: Population) -> ColumnElement[bool]:
    """Which rows of the scores are the population's people."""
    return _among(population)


def _people(store: Engine, query: Select[Any]) -> list[PublishedScore]:
    with faults_named(), store.connect() as connection:
        return [person_of(row) for row in connection.execute(query)]


def _among(population: Population, *, by_unit: bool = True) -> ColumnElement[bool]:
    """The population's people; found by the index of units, unless people are read in the order of risks."""
    scores = tables.scores.c
    of_bands = scores.band.in_(population.bands) if population.bands else true()
    there = and_(scores.run == population.run.id, scores.band.is_not(None), of_bands)
    allowed = scores.employee_id.not_in(population.without) if population.without else true()
    on = [not_(_below(scores.org_unit, unit)) for unit in population.off]
    unit = scores.org_unit if by_unit else func.coalesce(scores.org_unit, "")
    return and_(there, _within(unit, population.units), allowed, *on)


def _within(column: ColumnElement[str], units: tuple[str, ...]) -> ColumnElement[bool]:
    """Within any of the units; within none of none."""
    return true() if "" in units else or_(false(), *(_below(column, unit) for unit in units))


def _below(column: ColumnElement[str], unit: str) -> ColumnElement[bool]:
    """Within a unit: it itself, or what begins with it and a slash; the next letter after the slash ends the stretch."""
    if not unit:
        return true()
    stretch = and_(column >= unit, column < f"{unit}{_AFTER_SLASH}")
    return and_(column.is_not(None), stretch, or_(column == unit, column >= f"{unit}/"))
