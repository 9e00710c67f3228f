"""The groups of a run: every org unit with all below it, and every manager's team."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from service.access.scope import common
from service.disclosure.units import Tree, tree

Places = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Groups:
    """Who stands where. Groups are numbered: first the units as in `tree`, then the teams as in `managers`."""

    tree: Tree
    managers: tuple[str, ...]
    node: Places
    """Of each person the node of the unit."""
    team: Places
    """Of each person the manager, by place; -1 without one."""

    def __len__(self) -> int:
        return len(self.tree) + len(self.managers)

    @property
    def units(self) -> int:
        """How many of the groups are units."""
        return len(self.tree)

    def totals(self, of: NDArray[np.int64]) -> NDArray[np.int64]:
        """For each group the sum over its people; `of` has a row a person."""
        sums = np.zeros((len(self), *of.shape[1:]), np.int64)
        np.add.at(sums, self.node, of)
        sums[: self.units] = self.tree.totals(sums[: self.units])
        np.add.at(sums, self.units + self.team[self.team >= 0], of[self.team >= 0])
        return sums

    def members(self, groups: Places, among: Flags) -> tuple[Places, Places]:
        """The people of some groups, one group after the other, and where each begins; only those `among`."""
        by_unit, by_team, units, last = self._by_unit, self._by_team, self.units, self._last.tolist()
        parts = [by_unit.of(last[one], one) if one < units else by_team.of(one - units) for one in groups.tolist()]
        parts = [part[among[part]] for part in parts]
        starts = np.cumsum([0, *map(len, parts)])
        return np.concatenate([*parts, np.zeros(0, np.int64)]), starts

    @cached_property
    def homes(self) -> list[str]:
        """For each team the lowest unit that holds everybody in it; empty path: only the company does."""
        found: list[str | None] = [None] * len(self.managers)
        led = self.team >= 0
        seen = np.unique(self.team[led] * self.units + self.node[led])
        last = -1
        for team, node in zip((seen // self.units).tolist(), (seen % self.units).tolist(), strict=True):
            path = self.tree.paths[node]
            found[team] = path if team != last else common(found[team], path)
            last = team
        return [path or "" for path in found]

    @cached_property
    def _last(self) -> Places:
        """For each node the last one of those below it, which all stand right after it."""
        return np.arange(self.units) + self.tree.totals(np.ones(self.units, np.int64)) - 1

    @cached_property
    def _by_unit(self) -> "_Sorted":
        return _Sorted.of_keys(self.node, self.units)

    @cached_property
    def _by_team(self) -> "_Sorted":
        return _Sorted.of_keys(self.team, len(self.managers))


@dataclass(frozen=True)
class _Sorted:
    """People in order of a number, and where each number's begin."""

    order: Places
    starts: Places

    @staticmethod
    def of_keys(keys: Places, size: int) -> "_Sorted":
        order = np.argsort(keys, kind="stable")
        return _Sorted(order, np.searchsorted(keys[order], np.arange(size + 1)))

    def of(self, last: int, first: int | None = None) -> Places:
        """Who has this number, or one from `first` to it."""
        return self.order[self.starts[last if first is None else first] : self.starts[last + 1]]


def groups(org_units: Sequence[str | None], managers: Sequence[str | None]) -> Groups:
    """The groups of people who stand in these units, under these managers."""
    found = tree(org_units)
    known = sorted({manager for manager in managers if manager is not None})
    place: dict[str | None, int] = {None: -1, **{manager: number for number, manager in enumerate(known)}}
    team = np.fromiter(map(place.__getitem__, managers), np.int64, len(managers))
    return Groups(found, tuple(known), found.nodes(org_units), team)


def cells(of: Groups, shown: Flags) -> Places:
    """For each person the cell that the shown groups cut the company into; -1 where nothing is shown.

    A cell is a shown unit less the shown ones below it, and of it a shown team's people or the rest. It is numbered
    ``(node + 1) * (teams + 1) + team + 1``, -1 standing for no such node or team.
    """
    cover = np.full(of.units, -1, np.int64)
    for node, above in enumerate(of.tree.parent.tolist()):
        cover[node] = node if shown[node] else cover[above] if above >= 0 else -1
    team = np.where((of.team >= 0) & shown[of.units + of.team], of.team, -1) if of.managers else of.team
    found = (cover[of.node] + 1) * (len(of.managers) + 1) + team + 1
    return np.where(found == 0, -1, found)
