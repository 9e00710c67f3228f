"""Which groups a run shows, which keep the figures they had, and which have none to show."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from service.disclosure import digests, lone
from service.disclosure.crossing import admitted
from service.disclosure.tree import COMPLEMENT, FEWEST, TOO_FEW, withheld
from service.teams.groups import Flags, Groups, Places, cells


@dataclass(frozen=True)
class Judged:
    """What may be told of each group."""

    withheld: list[str | None]
    """Code of why nothing is; None: figures are."""
    fresh: Flags
    """Whether the run's own figures are, else those of an earlier one."""


@dataclass(frozen=True)
class Before:
    """What was shown up to now."""

    digests: Mapping[int, bytes]
    """By group, of whom its last figures speak; a group that never had any is absent."""
    now: Places
    """Of everybody who was scored by this run or the one before, their place among the run's people; -1: not in it."""
    then: Places
    """Of the same, the cell in the run before, by what that run itself worked out; -1: nothing was shown."""


def judge(of: Groups, scored: Flags, digest: list[bytes], before: Before | None) -> Judged:
    """Judge a run's groups.

    Parameters
    ----------
    scored
        For each person of `of` whether a figure is made of them.
    digest
        For each group, of its scored people.
    before
        None: nothing was ever shown.
    """
    counts = of.totals(scored.astype(np.int64))
    shown = np.zeros(len(of), np.bool_)
    shown[: of.units] = ~withheld(of.tree.parent, counts[: of.units, None])[:, 0]
    here = cells(of, shown)
    shown[of.units :] = admitted(here[scored], of.team[scored], len(of.managers))
    codes: list[str | None] = [
        None if one else TOO_FEW if count < FEWEST else COMPLEMENT
        for one, count in zip(shown.tolist(), counts.tolist(), strict=True)
    ]
    fresh = shown.copy()
    if before is not None:
        for group, then in before.digests.items():
            fresh[group] &= digests.change(then, digest[group]) != "few"
        _hold(of, counts, fresh, before)
    return Judged(codes, fresh)


def _hold(of: Groups, counts: NDArray[np.int64], fresh: Flags, before: Before) -> None:
    """Let further groups keep their figures, until what this run and the one before show fixes nobody's value."""
    while True:
        here = cells(of, fresh)
        now = np.where(before.now >= 0, here[before.now], -1) if len(here) else before.now
        found = {_kept(of, counts, fresh, one.cells) for one in lone.bridges(before.then, now)} - {None}
        if not found:
            return
        fresh[[group for group in found if group is not None]] = False


def _kept(of: Groups, counts: NDArray[np.int64], fresh: Flags, side: frozenset[int]) -> int | None:
    """The smallest group that joins the cells of a side with others, once it is not told anew."""
    found = []
    for cell in sorted(side):
        node, team = cell // (len(of.managers) + 1) - 1, cell % (len(of.managers) + 1) - 1
        group = node if team < 0 else of.units + team
        into = node if team >= 0 else _above(of, fresh, node)
        if (into + 1) * (len(of.managers) + 1) not in side:
            found.append((int(counts[group]), group))
    return min(found)[1] if found else None


def _above(of: Groups, fresh: Flags, node: int) -> int:
    """The lowest unit above that is told anew; -1: none is."""
    above = int(of.tree.parent[node])
    while above >= 0 and not fresh[above]:
        above = int(of.tree.parent[above])
    return above
