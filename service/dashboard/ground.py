"""What every figure stands on: the months, the tree of units, and where everybody stood at the end of each month.

A person counts in a month where they stood on its last day, by the job history known by then; somebody who left, where
they stood last. Exits are those known on the run's day, dated by their exit day: a month's leavers are not forgotten
because they were entered late.

Units in which fewer than five people ever stood in one month have no figure; their people count in the unit above.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features import career, presence
from features.company import VOLUNTARY, Codes, Company, Fixed
from features.compiled import compiled
from features.days import NEVER, Days
from features.streams import Leaves, active_days, leaves, starts
from service.dashboard.months import Months, months
from service.dashboard.tally import Facts, People, Places, Tally, raised, tally
from service.disclosure.tree import FEWEST
from service.disclosure.units import Tree, tree

_Columns = tuple[NDArray[np.generic], ...]


@dataclass(frozen=True)
class Present:
    """Who was there, by place and column; shape (places, columns)."""

    days: Fixed
    """Days of people hired and not gone."""
    active: Fixed
    """The same without leaves."""
    people: Fixed
    """Distinct people there on at least one day."""
    left: Fixed
    """Exits of any kind."""
    resigned: Fixed
    """Voluntary ones."""


@dataclass(frozen=True)
class Ground:
    """One company's people, placed."""

    company: Company
    day: int
    """The run's day: nothing that was recorded later is used."""
    months: Months
    tree: Tree
    """Units that may have figures, the company first."""
    unit_node: Codes
    """Node of each unit's name; one entry more, the company's, for none."""
    places: Places
    """By unit and month."""
    manager: Codes
    """Manager of each employment at the end of each month, as a code of the names; -1: none known."""
    people: People
    exits: presence.Exits
    away: Leaves

    def tally(self, facts: Facts, groups: int = 1) -> Tally:
        """Facts by unit and month."""
        return tally(facts, self.places, self.people, groups)

    def present(self, places: Places) -> Present:
        """Who was there, by any places."""
        return _present(self.company, self.months, self.exits, self.people, self.away, places)

    def months_of(self, days: Days, known: NDArray[np.bool_] | None = None) -> Codes:
        """The month of each day, -1 where it is not shown, or was not known."""
        return self.months.of(days, known)


def ground(company: Company, day: int, without: NDArray[np.bool_] | None = None, delay: int = 0) -> Ground:
    """Place everybody.

    Parameters
    ----------
    day
        The run's day.
    without
        Employments that count nowhere: those of people who were erased.
    delay
        Days after its end from which a month is told.
    """
    shown = months(_observed(company, presence.exits(company, day).day, day), day - delay)
    unit, manager = _standing(company, shown)
    exits, people = presence.exits(company, day), People(company.people.employee)
    away = leaves(company.absences, len(company.people))
    every = tree(company.names.units)
    node = np.append(every.nodes(company.names.units), 0).astype(np.int32)
    column = np.arange(len(shown), dtype=np.int32)
    gone = np.zeros(len(company.people), np.bool_) if without is None else without
    manager[gone] = -1
    wide = Places(_placed(node, unit, gone), every.parent, column, len(shown))
    there = _present(company, shown, exits, people, away, wide).people.max(axis=1, initial=0)
    kept = tree(path for path, most in zip(every.paths, there.tolist(), strict=True) if most >= FEWEST)
    unit_node = _nearest(every, kept)[node]
    places = Places(_placed(unit_node, unit, gone), kept.parent, column, len(shown))
    return Ground(company, day, shown, kept, unit_node, places, manager, people, exits, away)


def _placed(node: Codes, unit: Codes, gone: NDArray[np.bool_]) -> Codes:
    """The node of everybody's unit by month; -1 for those who count nowhere."""
    found = node[unit]
    found[gone] = -1
    return found


def _observed(company: Company, gone: Days, day: int) -> int:
    """The first day of any exit or dated fact known on `day`, as `presence.observed_from` says, without a copy of them."""
    firsts = [gone, company.traces.day]
    if company.surveys is not None:
        firsts.append(company.surveys.sent)
    if company.tickets is not None:
        firsts.append(company.tickets.opened)
    if company.checkins is not None:
        firsts.append(company.checkins.scheduled)
    found = [int(days.min(initial=NEVER)) for days in firsts]
    if company.signals is not None:
        known = company.signals.known <= day
        found.append(int(company.signals.occurred.min(initial=NEVER, where=known)))
    return min((first for first in found if first <= day), default=NEVER)


def _nearest(every: Tree, kept: Tree) -> Codes:
    """For each node the node of the other tree that is it or the nearest above it."""
    found = np.zeros(len(every), np.int32)
    for node, (path, above) in enumerate(zip(every.paths, every.parent.tolist(), strict=True)):
        place = kept.node(path)
        found[node] = place if place is not None else found[above]
    return found


def _standing(company: Company, shown: Months) -> tuple[Codes, Codes]:
    """Unit and manager of each employment at the end of each month, as codes of the names; -1 where not known."""
    jobs = career.in_winning_order(company.jobs)
    shape = (len(company.people), len(shown))
    unit, manager = np.full(shape, -1, np.int32), np.full(shape, -1, np.int32)
    own = career.own_codes(company)
    table = (jobs.person, jobs.effective, jobs.known, jobs.unit, jobs.manager)
    _stand(table, shown.ends, own, unit, manager)
    return unit, manager


def _present(
    company: Company, shown: Months, exits: presence.Exits, people: People, away: Leaves, places: Places
) -> Present:
    found = np.zeros((5, len(places.parent), places.columns), np.int64)
    stop = np.minimum(exits.day, company.people.next_hire)
    _be(
        (company.people.hire, stop, exits.day, exits.kind == VOLUNTARY, people.employee),
        (shown.starts, shown.ends),
        (places.at, places.column),
        (away.first, away.start, away.stop),
        np.zeros(places.columns, np.int64),
        found,
    )
    return Present(*raised(found, places.parent))


@compiled
def _stand(table: _Columns, ends: Days, own: Codes, unit: Codes, manager: Codes) -> None:
    who, effective, known, units, managers = table
    for row in range(len(who)):
        p, since = who[row], starts(effective[row], known[row])
        for m in range(len(ends) - 1, -1, -1):
            if ends[m] < since:
                break
            if units[row] >= 0:
                unit[p, m] = units[row]
            if managers[row] >= 0:
                manager[p, m] = -1 if managers[row] == own[p] else managers[row]


@compiled
def _be(
    table: _Columns,
    months: tuple[Days, Days],
    where: tuple[Codes, Codes],
    away: tuple[NDArray[np.int64], Days, Days],
    seen: Fixed,
    found: Fixed,
) -> None:
    hire, stop, gone, voluntary, employee = table
    first, last = months
    at, column = where
    leave, begin, end = away
    for p in range(len(hire)):
        for m in range(len(first)):
            place, c = at[p, m], column[m]
            if hire[p] > last[m] or place < 0 or c < 0:
                continue
            if first[m] <= gone[p] <= last[m] and gone[p] >= hire[p]:
                found[3, place, c] += 1
                found[4, place, c] += voluntary[p]
            since, until = max(hire[p], first[m]), min(stop[p] - 1, last[m])
            if since > until:
                continue
            found[0, place, c] += until - since + 1
            found[1, place, c] += active_days(since - 1, until, begin, end, leave[p], leave[p + 1])
            if seen[c] != employee[p] + 1:
                seen[c] = employee[p] + 1
                found[2, place, c] += 1
