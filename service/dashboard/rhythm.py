"""Figures of conversations against their norm, of what else is recorded about people, and of teams' own signals."""

from typing import Final

import numpy as np

from features.company import CONVERSATIONS, Checkins, Codes, Fixed, TeamSignals
from features.compiled import compiled
from features.days import NEVER
from service.dashboard.ground import Ground, Present
from service.dashboard.measured import Measured, Side, ratio
from service.dashboard.tally import Facts, raised
from service.dashboard.voices import frequent, slots
from service.dashboard.workforce import volume

KINDS: Final = CONVERSATIONS[:3]
MOST: Final = 12
"""Signals that are shown, the most frequent; team signals likewise."""
FINE: Final = 1_000_000
"""Team signals are added up in so many parts of one."""
_YEAR: Final = 365


def conversations(ground: Ground, there: Present, cadence: tuple[int, int, int]) -> list[Measured]:
    """How many conversations of each type were held, for one that the norm asks for.

    Leaves do not lessen what it asks for: over so many heads the days that are missing would be somebody's leave.
    """
    if (table := ground.company.checkins) is None:
        return []
    found = ground.tally(held(ground, table), len(CONVERSATIONS))
    return [
        Measured(f"cadence_{name}", ratio(found.counts[kind] * _YEAR, there.days * norm), there.people,
                 sides=(Side(found.counts[kind], there.people),))
        for kind, (name, norm) in enumerate(zip(KINDS, cadence, strict=True))
    ]  # fmt: skip


def held(ground: Ground, table: Checkins) -> Facts:
    """Conversations held, by the month they were, and their type."""
    known = (table.held != NEVER) & (np.maximum(table.held, table.scheduled) <= ground.day)
    return Facts(table.person, ground.months_of(table.held, known), None, table.conversation)


def signals(ground: Ground, there: Present) -> list[Measured]:
    """How often each signal is recorded."""
    if (table := ground.company.signals) is None:
        return []
    month = ground.months_of(table.occurred, table.known <= ground.day)
    names, lengths = ground.company.names.signals, ground.months.lengths
    used = frequent(table.name[month >= 0], len(names), MOST)
    facts = Facts(table.person, month, None, slots(used, len(names))[table.name])
    found = ground.tally(facts, max(1, len(used)))
    return [volume(f"signal.{names[code]}", found, at, there, lengths) for at, code in enumerate(used)]


def team_signals(ground: Ground, there: Present) -> list[Measured]:
    """The mean of each team signal, over the teams and units within."""
    if (table := ground.company.team_signals) is None:
        return []
    names = ground.company.names.team_signals
    month = ground.months_of(table.occurred, (table.known <= ground.day) & ~np.isnan(table.value))
    used = frequent(table.name[month >= 0], len(names), MOST)
    node = _nodes(ground, table, month)
    kind = slots(used, len(names))[table.name]
    rows = (month >= 0) & (kind >= 0) & (node >= 0)
    shape = (max(1, len(used)), len(ground.tree), len(ground.months))
    counts, sums = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
    at = (kind[rows], node[rows], month[rows])
    np.add.at(counts, at, 1)
    np.add.at(sums, at, np.rint(table.value[rows] * FINE).astype(np.int64))
    raised(counts, ground.tree.parent)
    raised(sums, ground.tree.parent)
    return [
        Measured(f"team_signal.{names[code]}", ratio(sums[i], counts[i], FINE), there.people, personal=False)
        for i, code in enumerate(used)
    ]


def teams(ground: Ground) -> Codes:
    """The lowest unit that holds each manager's whole team, shape (managers + 1, months); -1: nobody is in it."""
    found = np.full((len(ground.company.names.managers) + 1, len(ground.months)), -1, np.int32)
    stop = np.minimum(ground.exits.day, ground.company.people.next_hire)
    here = (ground.company.people.hire, stop, ground.months.starts, ground.months.ends)
    _gather(ground.manager, ground.places.at, here, ground.tree.parent, ground.tree.depth, found)
    return found


def _nodes(ground: Ground, table: TeamSignals, month: Codes) -> Codes:
    """The unit each row speaks of: its own, or that of the manager's team in that month; -1: none."""
    found = np.where(table.unit >= 0, ground.unit_node[table.unit], np.int32(-1))
    by_manager = (table.manager >= 0) & (month >= 0)
    found[by_manager] = teams(ground)[table.manager[by_manager], month[by_manager]]
    return found


@compiled
def _gather(
    manager: Codes, at: Codes, here: tuple[Codes, Codes, Codes, Codes], parent: Fixed, depth: Fixed, teams: Codes
) -> None:
    hire, stop, first, last = here
    for p in range(len(hire)):
        for m in range(len(first)):
            boss = manager[p, m]
            if boss < 0 or hire[p] > last[m] or stop[p] <= first[m]:
                continue
            mine, other = at[p, m], teams[boss, m]
            while other >= 0 and mine != other:
                if depth[mine] >= depth[other]:
                    mine = parent[mine]
                else:
                    other = parent[other]
            teams[boss, m] = mine
