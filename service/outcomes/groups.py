"""Outcomes by org unit, for whoever may see no person: counts that tell of nobody, worked out once and never changed.

Who left is a fact a leader knows; who was listed is not. So how many were listed, and how many of those who left, is shown
only where it cannot be turned into one person's listing:

- of windows that do not overlap, begun at the last run of a month; and of those of `JUDGED` days alone, since windows of
  two lengths, subtracted, would tell of the few who left between;
- where the people, those who left and those who did not are at least `FEWEST`, and so is what a unit is more than the units
  shown below it (`service.disclosure`);
- where at least `FEWEST` were listed and as many were not, and neither all nor none of those who left, nor of the others;
- not of a unit into or out of which fewer than `FEWEST` came or went since the window shown before it: `held`.

Of a unit that is switched off, nothing of lists is shown of windows that began before, nor what would tell it by subtraction
(`service.disclosure.switched`).

A late correction changes a person's outcome and the figures for HR business partners, and nothing here: the difference would
tell about the few whom it concerns.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Engine, func, insert, select

from models.hazard import HORIZONS
from service.disclosure.switched import gone
from service.disclosure.tree import COMPLEMENT, FEWEST, HELD, TOO_FEW, withheld
from service.disclosure.units import Tree, tree
from service.outcomes.became import Window, after, became
from service.outcomes.exits import employed
from service.store import tables
from service.store.audit_tables import units_off
from service.store.engine import faults_named
from service.store.outcome_tables import exits, group_outcomes
from service.store.runs import Run

JUDGED: Final = 90
"""Bands are limits on the 90-day risk: by it a list is judged."""
SWITCHED_OFF: Final = "unit_switched_off"
OVERLAP: Final = "overlap"
"""Why a row of another horizon says nothing of lists."""

Flags = NDArray[np.bool_]
Counts = NDArray[np.int64]


@dataclass(frozen=True)
class Members:
    """Everybody of whom it is known what became of them."""

    employee_id: Sequence[str]
    unit: Sequence[str | None]
    risk: NDArray[np.float64]
    listed: Flags
    left: Flags


def stored(store: Engine, units: Sequence[str], horizon: int, limit: int) -> list[dict[str, Any]]:
    """The newest rows of these units."""
    mine = group_outcomes.c.org_unit.in_(units), group_outcomes.c.horizon == horizon
    query = select(group_outcomes).where(*mine).order_by(group_outcomes.c.as_of.desc(), group_outcomes.c.org_unit)
    with faults_named(), store.connect() as connection:
        rows = [dict(row) for row in connection.execute(query.limit(limit)).mappings()]
        off = connection.execute(select(units_off.c.path, units_off.c.off_at).where(units_off.c.on_at.is_(None))).all()
        for as_of in {row["as_of"] for row in rows} if off else ():
            gone = _gone(connection, as_of, horizon, [path for path, since in off if as_of <= since])
            for row in rows:
                if row["as_of"] == as_of and row["org_unit"] in gone:
                    row |= {"withheld": SWITCHED_OFF, "listed": None, "listed_left": None, "expected": None}
    return rows


def _gone(connection: Connection, as_of: str, horizon: int, off: Sequence[str]) -> set[str]:
    """Units of whose lists nothing may be told since others are switched off."""
    told = group_outcomes.c
    query = select(told.org_unit, told.people).where(
        told.as_of == as_of, told.horizon == horizon, told.listed.is_not(None)
    )
    return gone({path: people for path, people in connection.execute(query) if people}, off) if off else set()


def work_out(connection: Connection, runs: Sequence[Run], delay_days: int) -> None:
    """Work out the windows that have closed and follow the one before; `runs` as `working.days` gives them."""
    known_to = runs[-1].identity.as_of
    month_ends = [one for one, later in pairwise(runs) if one.identity.as_of[:7] < later.identity.as_of[:7]]
    for horizon in HORIZONS:
        last = connection.execute(
            select(func.max(group_outcomes.c.as_of)).where(group_outcomes.c.horizon == horizon)
        ).scalar()
        for run in month_ends:
            window = Window(run.identity.as_of, horizon, delay_days, known_to)
            if window.closed and (last is None or window.as_of >= after(last, horizon)):
                before = next((one for one in runs if one.identity.as_of == last), None)
                _work_out(connection, run, window, before)
                last = window.as_of


@dataclass(frozen=True)
class _Totals:
    """Of each unit, with all below it."""

    units: Tree
    people: Counts
    left: Counts
    listed: Counts
    both: Counts
    """Listed, and left."""
    expected: NDArray[np.float64]
    """Sum of the risks of the listed."""


def rows(members: Members, before: Mapping[str, str | None] | None, *, judged: bool) -> list[dict[str, Any]]:
    """A row for every unit.

    Parameters
    ----------
    before
        By employee id the unit, of the window shown before; None: there was none, or its run is gone.
    judged
        Whether lists are judged by this window.
    """
    total = _totals(members, tree([*members.unit, *(before or {}).values()]))
    parent, people, listed = total.units.parent, total.people[:, None], total.listed[:, None]
    facts = ~withheld(parent, people)[:, 0]
    held = _held(total.units, members, before)
    lists = shown(parent, people, listed, facts & ~held & judged, FEWEST)
    parts = np.column_stack([total.left, total.people - total.left])
    split = shown(parent, parts, np.column_stack([total.both, total.listed - total.both]), lists, 1)
    summed = lists & ~withheld(parent, listed)[:, 0]
    return [
        {
            "org_unit": total.units.paths[at],
            "withheld": None if split[at] else _why(total, at, facts=facts[at], held=held[at], judged=judged),
            "people": int(total.people[at]) if facts[at] else None,
            "left": int(total.left[at]) if facts[at] else None,
            "listed": int(total.listed[at]) if lists[at] else None,
            "listed_left": int(total.both[at]) if split[at] else None,
            "expected": round(float(total.expected[at]), 1) if summed[at] else None,
        }
        for at in np.flatnonzero(total.people).tolist()
    ]


def shown(parent: Counts, sizes: Counts, values: Counts, allowed: Flags, least: int) -> Flags:
    """Which units' values may be shown: how many of each of some parts of a unit have a property that is personal.

    Parameters
    ----------
    sizes, values
        (nodes, k) people of each part, with all below, and how many of them have it.
    allowed
        Units that may be shown otherwise.
    least
        So many have it at least, and so many do not, in each part of what is shown and of what is left of it.
    """
    found: Flags = (
        allowed & ~withheld(parent, sizes).any(axis=1) & (np.minimum(values, sizes - values) >= least).all(axis=1)
    )
    while True:
        for at in range(1, len(parent)):
            found[at] &= found[parent[at]]
        rest, rest_values = sizes.copy(), values.copy()
        below = np.flatnonzero(found[1:]) + 1
        np.subtract.at(rest, parent[below], sizes[below])
        np.subtract.at(rest_values, parent[below], values[below])
        telling = (rest > 0) & ((rest < FEWEST) | (np.minimum(rest_values, rest - rest_values) < least))
        parents = np.intersect1d(np.flatnonzero(found & telling.any(axis=1)), parent[below])
        if not len(parents):
            return found
        for one in parents:
            children = below[parent[below] == one]
            found[children[sizes[children].sum(axis=1).argmin()]] = False


def _totals(members: Members, units: Tree) -> _Totals:
    node, listed, left = units.nodes(members.unit), members.listed, members.left
    columns = [np.ones(len(node)), left, listed, listed & left, np.where(listed, members.risk, 0.0)]
    here = np.zeros((len(units), len(columns)))
    np.add.at(here, node, np.column_stack(columns))
    total = units.totals(here)
    people, left, listed, both = np.rint(total[:, :4]).astype(np.int64).T
    return _Totals(units, people, left, listed, both, total[:, 4])


def _held(units: Tree, members: Members, before: Mapping[str, str | None] | None) -> Flags:
    """Units into or out of which somebody, but fewer than `FEWEST`, came or went."""
    moved = np.zeros(len(units), dtype=np.int64)
    now: dict[str, str | None] = dict(zip(members.employee_id, members.unit, strict=True))
    before = now if before is None else before
    for one in now.keys() | before.keys():
        if one in now and one in before and now[one] == before[one]:
            continue
        there = _above(units, now[one]) if one in now else set()
        was = _above(units, before[one]) if one in before else set()
        moved[list(there ^ was)] += 1
    return np.asarray((moved > 0) & (moved < FEWEST))


def _above(units: Tree, path: str | None) -> set[int]:
    """A unit's node, and all that hold it."""
    at, found = units.node(path or ""), set[int]()
    while at is not None and at >= 0:
        found.add(at)
        at = int(units.parent[at])
    return found


def _why(total: _Totals, at: int, *, facts: bool, held: bool, judged: bool) -> str:
    """Why not everything of a unit is shown. Who was listed is never the reason that is told: it would tell of them."""
    people, left = int(total.people[at]), int(total.left[at])
    if not facts:
        return TOO_FEW if people < FEWEST else COMPLEMENT
    if not judged:
        return OVERLAP
    if held:
        return HELD
    return TOO_FEW if min(left, people - left) < FEWEST else COMPLEMENT


def _work_out(connection: Connection, run: Run, window: Window, before: Run | None) -> None:
    judged = window.horizon == JUDGED
    units = None if before is None or not judged else _units(connection, before)
    common = {"as_of": window.as_of, "horizon": window.horizon, "worked_out_on": window.known_to}
    found = rows(_members(connection, run, window), units, judged=judged)
    if found:
        connection.execute(insert(group_outcomes), [{**common, **row} for row in found])


def _members(connection: Connection, run: Run, window: Window) -> Members:
    scores, risk = tables.scores.c, tables.scores.c[f"risk_{window.horizon}"]
    query = select(scores.employee_id, scores.org_unit, risk, scores.risk_90)
    everybody = connection.execute(query.where(scores.run == run.id, risk.is_not(None))).all()
    told = select(exits).where(employed(window.as_of), exits.c.exit_day <= window.ends)
    ends = window.ends
    ended = {
        row.employee_id: became(window.as_of, ends, row.exit_day, row.kind) for row in connection.execute(told).all()
    }
    known = [row for row in everybody if ended.get(row.employee_id) not in {"gone", "unknown"}]
    return Members(
        employee_id=[row.employee_id for row in known],
        unit=[row.org_unit for row in known],
        risk=np.array([row[2] for row in known], dtype=np.float64),
        listed=np.array([row.risk_90 >= run.bands.elevated for row in known], dtype=np.bool_),
        left=np.array([ended.get(row.employee_id) == "left" for row in known], dtype=np.bool_),
    )


def _units(connection: Connection, run: Run) -> dict[str, str | None]:
    scores = tables.scores.c
    query = select(scores.employee_id, scores.org_unit).where(scores.run == run.id, scores.risk_90.is_not(None))
    return {row.employee_id: row.org_unit for row in connection.execute(query).all()}
