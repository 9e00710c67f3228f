"""What is shown of groups up to now: the newest run's groups, and where its people stood."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import Engine, Row, select

from service.store import runs, tables
from service.store.engine import faults_named
from service.store.runs import Run
from service.store.team_tables import group_figures
from service.teams.groups import Flags, Groups, Places, cells, groups
from service.teams.judged import Before

UNIT = "unit"
TEAM = "team"
Name = tuple[str, str]
"""Of a group: its kind, and the path or the manager's id."""


@dataclass(frozen=True)
class Last:
    """The groups of the newest run."""

    run: Run
    rows: Mapping[Name, Row[Any]]
    people: Sequence[Row[Any, Any, Any]]
    """Who was scored: id, unit and manager."""

    def before(self, of: Groups, ids: Sequence[str], scored: Flags) -> Before:
        """The same as the judge of a new run's groups asks for it."""
        found = {}
        for group, name in enumerate(names(of)):
            if (row := self.rows.get(name)) is not None and row.digest is not None:
                found[group] = row.digest
        now, then = self._places(ids, scored)
        return Before(found, now, then)

    def _places(self, ids: Sequence[str], scored: Flags) -> tuple[Places, Places]:
        """Of everybody scored then or now, the place among the run's people and the cell of the run before."""
        here = {id_: place for place, (id_, one) in enumerate(zip(ids, scored.tolist(), strict=True)) if one}
        now = [here.pop(id_, -1) for id_, _, _ in self.people]
        then = self._cells()
        new = list(here.values())
        return np.array([*now, *new], np.int64), np.concatenate([then, np.full(len(new), -1, np.int64)])

    def _cells(self) -> Places:
        """The cell of everybody who was scored, by what that run itself worked out."""
        of = groups([unit for _, unit, _ in self.people], [manager for _, _, manager in self.people])
        return cells(of, np.array([self._own(name) for name in names(of)], np.bool_))

    def _own(self, name: Name) -> bool:
        row = self.rows.get(name)
        return row is not None and row.withheld is None and row.made_by == self.run.id


def names(of: Groups) -> list[Name]:
    """The names of groups, in order."""
    return [(UNIT, path) for path in of.tree.paths] + [(TEAM, manager) for manager in of.managers]


def last(store: Engine, run: Run) -> Last:
    """What a run showed of groups; no rows where it is from before there were any."""
    scores, told = tables.scores.c, group_figures.c
    scored = select(scores.employee_id, scores.org_unit, scores.manager_id).where(
        scores.run == run.id, scores.no_score.is_(None)
    )
    with faults_named(), store.connect() as connection:
        rows = connection.execute(select(group_figures).where(told.run == run.id)).all()
        people = connection.execute(scored).all() if rows else []
    of_units = {(UNIT, row.org_unit): row for row in rows if row.kind == UNIT}
    of_teams = {(TEAM, row.manager_id): row for row in rows if row.kind == TEAM and row.manager_id is not None}
    return Last(run, {**of_units, **of_teams}, people)


def newest(store: Engine) -> Last | None:
    """What is shown now; None where no run was ever published."""
    run = runs.latest(store)
    return None if run is None else last(store, run)
