"""Trees laid out to be asked for contributions: one small record a split, in the order in which it is needed.

For contributions a few trees are laid out together, as a *bunch*: a tree with several roots. What a split does waits for
the split above it (or below it, on the way up), so the splits of a bunch stand level by level: neighbours do not wait for
each other, and a processor does several at a time. Splits are also told apart by what hangs below them, so that the loops
need not ask: first the inner ones, which lead to at least one more split, then the twins, which lead to two leaves. A leaf
that hangs below an inner split stands behind all splits as if it were one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.forest import Forest, Tree
from models.hazard import INTERVALS
from models.layout import rounded_down, sets, sources
from models.vectors import WIDTH

Floats = NDArray[np.float64]

TOGETHER: Final = 4
"""Trees of a bunch."""
LEAST_POINTS: Final = 2
"""Points of quadrature that every tree gets, though a smaller one could do with fewer."""

_SPLIT: Final = np.dtype([
    ("share", np.float64),     # of its rows, how many went left
    ("threshold", np.float32),
    ("source", np.uint32),
    ("column", np.uint16),
    ("left", np.uint16),       # where it leads to within the bunch; nothing for twins
    ("right", np.uint16),
], align=True)  # fmt: skip
_BUNCH: Final = np.dtype([
    ("first", np.int32),       # its first split
    ("value", np.int32),       # its first value
    ("again", np.int32),       # the first of its splits that ask again
    ("splits", np.int32),
    ("inner", np.int32),       # how many of them are inner ones
    ("lone", np.int32),        # leaves below those
    ("agains", np.int32),
    ("roots", np.int32),       # how many inner ones are roots; they are the first
    ("twin_roots", np.int32),  # how many twins are; they are the first of those
])  # fmt: skip
_AGAIN: Final = np.dtype([
    ("share", np.float64),     # of the rows that went this way at all splits further up that asked for its column
    ("inverse", np.int32),     # where in `inverses` stands, for the points t, 1 / (share (1 - t) + t)
    ("place", np.uint16),      # which split of the bunch it is
    ("above", np.uint16),      # the split further up that asked for the same column last
    ("left", np.uint16),       # whether the way here leads left there
], align=True)  # fmt: skip
_GROUP: Final = np.dtype([
    ("owner", np.int32),       # 0: alike in all intervals; k + 1: of interval k alone
    ("points", np.int32),      # of quadrature
    ("first", np.int32),       # its first bunch
    ("last", np.int32),        # the bunch behind its last
])  # fmt: skip


class Plan(NamedTuple):
    """Bunches in groups of one owner and one number of points, to ask for contributions."""

    groups: NDArray[Any]
    bunches: NDArray[Any]
    splits: NDArray[Any]
    values: Floats
    """Of each bunch the leaves below inner splits, then for each twin its right leaf, and by how much more its left is."""
    again: NDArray[Any]
    inverses: Floats
    sets: NDArray[Any]
    words: NDArray[np.uint32]
    points: Floats
    """Row k holds the k points of Gauss and Legendre between 0 and 1, and at least 4 less k zeros behind them."""
    weights: Floats
    expected: Floats
    """(owners,) the mean of each owner's trees over the training rows."""
    room: int
    """The most numbers that a bunch keeps of its splits and leaves, for one row; for so many points, but at least 4."""


def plan(forest: Forest, owner: Sequence[int]) -> Plan:
    """Lay out trees that are asked for contributions.

    Parameters
    ----------
    forest
        Trees that do not ask for the interval.
    owner
        (trees,) 0 for those of all intervals, k + 1 for those of interval k.
    """
    bunches = _bunches(forest, owner)
    points, weights = _quadrature(max((bunch.points for bunch in bunches), default=LEAST_POINTS))
    again, inverses = _again(bunches, points)
    expected = np.bincount(np.asarray(owner, dtype=np.int64), _expected(forest), 1 + len(INTERVALS))
    return Plan(
        groups=_groups(bunches),
        bunches=_counts(bunches),
        splits=_splits(forest, bunches),
        values=np.array([value for bunch in bunches for value in bunch.values], dtype=np.float64),
        again=again,
        inverses=inverses,
        sets=sets(forest),
        words=forest.words,
        points=points,
        weights=weights,
        expected=np.asarray(expected, dtype=np.float64),
        room=max((len(bunch.place) * max(bunch.points, WIDTH) for bunch in bunches), default=WIDTH),
    )


@dataclass(frozen=True)
class _Member:
    """One tree, where its splits begin in the forest, and what is to be known of it."""

    tree: Tree
    first: int
    owner: int
    again: "list[_Repeat]"
    """As `_repeats` gives them."""
    points: int

    @property
    def kind(self) -> tuple[int, int]:
        """Only trees alike in this make a bunch."""
        return self.owner, self.points


class _Bunch:
    """A few trees of one kind, their splits (numbered as in the forest) put in order."""

    def __init__(self, members: Sequence[_Member]) -> None:
        self.owner, self.points = members[0].kind
        self.leads = {split: ends for member in members for split, ends in _leads(member).items()}
        """Where each split leads to: splits, or leaves as the tree's first split and the complement of the leaf."""
        levels = dict.fromkeys((member.first for member in members), 0)
        for split, ends in self.leads.items():
            levels |= {end: levels[split] + 1 for end in ends if isinstance(end, int)}
        twin = {split: not any(isinstance(end, int) for end in ends) for split, ends in self.leads.items()}
        self.order = sorted(self.leads, key=lambda split: (twin[split], levels[split], split))
        self.inner = len(self.order) - sum(twin.values())
        self.twin_roots = sum(twin[member.first] for member in members)
        self.roots = len(members) - self.twin_roots
        self.lone = [end for split in self.order[: self.inner] for end in self.leads[split] if not isinstance(end, int)]
        self.place = {name: at for at, name in enumerate([*self.order, *self.lone])}
        values = {(member.first, ~leaf): value for member in members for leaf, value in enumerate(member.tree.value)}
        twins = [
            [values[end] for end in self.leads[split] if not isinstance(end, int)] for split in self.order[self.inner :]
        ]
        self.values = [values[leaf] for leaf in self.lone] + [v for left, right in twins for v in (right, left - right)]
        self.again = [(m.first + split, m.first + above, *way) for m in members for (split, above), way in m.again]


_End = int | tuple[int, int]
_Repeat = tuple[tuple[int, int], tuple[bool, float]]


def _leads(member: _Member) -> dict[int, tuple[_End, _End]]:
    """Where the splits of a tree lead to, each after the one it hangs below; see `_Bunch`."""
    first = member.first
    ends = [
        [first + end if end >= 0 else (first, end) for end in side] for side in (member.tree.left, member.tree.right)
    ]
    return {first + split: pair for split, pair in enumerate(zip(*ends, strict=True))}


def _bunches(forest: Forest, owner: Sequence[int]) -> list[_Bunch]:
    """Trees of more than a leaf, bunched with others of their kind."""
    members = []
    for tree, first, whose in zip(forest.trees(), forest.first_split.tolist(), owner, strict=False):
        if tree.column:
            again, met = _repeats(tree)
            members.append(_Member(tree, first, whose, again, max((met + 1) // 2, LEAST_POINTS)))
    found = []
    for _, alike in groupby(sorted(members, key=lambda member: member.kind), key=lambda member: member.kind):
        kind = list(alike)
        found += [_Bunch(kind[start : start + TOGETHER]) for start in range(0, len(kind), TOGETHER)]
    return found


def _repeats(tree: Tree) -> tuple[list[_Repeat], int]:
    """The splits that ask for a column again, and the most columns that the way to a leaf meets.

    Returns
    -------
    ((split, the one further up that asked last), (whether the way leads left there, the share that went this way)), ...
    """
    found: list[_Repeat] = []
    most = 0
    ways: dict[int, dict[int, tuple[int, bool, float]]] = {0: {}}
    for split, column in enumerate(tree.column):
        way = ways.pop(split)
        above = way.get(column)
        if above:
            found.append(((split, above[0]), above[1:]))
        most = max(most, len(way) + (above is None))
        so_far, share = above[2] if above else 1.0, tree.share[split]
        for child, left, here in ((tree.left[split], True, share), (tree.right[split], False, 1.0 - share)):
            if child >= 0:
                ways[child] = {**way, column: (split, left, so_far * here)}
    return found, most


def _counts(bunches: Sequence[_Bunch]) -> NDArray[Any]:
    """A record a bunch."""
    counts = np.zeros(len(bunches), dtype=_BUNCH)
    for name, of in (("splits", "order"), ("lone", "lone"), ("agains", "again"), ("value", "values")):
        counts[name] = [len(getattr(bunch, of)) for bunch in bunches]
    for name in ("inner", "roots", "twin_roots"):
        counts[name] = [getattr(bunch, name) for bunch in bunches]
    for name, of in (("first", "splits"), ("again", "agains"), ("value", "value")):
        counts[name] = np.cumsum(counts[of]) - counts[of]
    return counts


def _splits(forest: Forest, bunches: Sequence[_Bunch]) -> NDArray[Any]:
    """A record a split, bunch by bunch."""
    order = [split for bunch in bunches for split in bunch.order]
    splits = np.zeros(len(order), dtype=_SPLIT)
    splits["share"], splits["threshold"] = forest.share[order], rounded_down(forest.threshold[order])
    splits["source"], splits["column"] = sources(forest)[order], forest.column[order]
    for side, name in enumerate(("left", "right")):
        splits[name] = [
            bunch.place[bunch.leads[split][side]] if at < bunch.inner else 0
            for bunch in bunches
            for at, split in enumerate(bunch.order)
        ]
    return splits


def _again(bunches: Sequence[_Bunch], points: Floats) -> tuple[NDArray[Any], Floats]:
    """The splits that ask again, bunch by bunch, and what their `inverse` leads to, zeros behind it up to 4."""
    asked = [(bunch, *each) for bunch in bunches for each in bunch.again]
    again = np.zeros(len(asked), dtype=_AGAIN)
    inverses: list[float] = []
    for record, (bunch, split, above, left, share) in zip(again, asked, strict=True):
        record["share"], record["inverse"], record["left"] = share, len(inverses), left
        record["place"], record["above"] = bunch.place[split], bunch.place[above]
        at = points[bunch.points, : bunch.points]
        inverses += (1.0 / (share * (1.0 - at) + at)).tolist() + [0.0] * (WIDTH - bunch.points)
    return again, np.array(inverses, dtype=np.float64)


def _quadrature(most: int) -> tuple[Floats, Floats]:
    """Points between 0 and 1 and their weights, row k for k points."""
    points, weights = np.zeros((most + 1, most + WIDTH)), np.zeros((most + 1, most + WIDTH))
    for count in range(1, most + 1):
        found, weight = np.polynomial.legendre.leggauss(count)
        points[count, :count], weights[count, :count] = (found + 1.0) / 2.0, weight / 2.0
    return points, weights


def _expected(forest: Forest) -> Floats:
    """(trees,) the mean of each tree over the training rows."""
    below = np.zeros(len(forest.column))

    def mean(child: int) -> float:
        return float(below[child] if child >= 0 else forest.value[~child])

    for split in range(len(below) - 1, -1, -1):
        share = float(forest.share[split])
        below[split] = share * mean(forest.left[split]) + (1.0 - share) * mean(forest.right[split])
    alone = np.diff(forest.first_split) == 0
    means = forest.value[forest.first_leaf[:-1]].copy()
    means[~alone] = below[forest.first_split[:-1][~alone]]
    return means


def _groups(bunches: Sequence[_Bunch]) -> NDArray[Any]:
    """Runs of bunches of one owner and one number of points."""
    kinds = [(bunch.owner, bunch.points) for bunch in bunches]
    starts = [at for at, kind in enumerate(kinds) if at == 0 or kind != kinds[at - 1]]
    groups = np.zeros(len(starts), dtype=_GROUP)
    groups["owner"], groups["points"] = [kinds[at][0] for at in starts], [kinds[at][1] for at in starts]
    groups["first"], groups["last"] = starts, [*starts[1:], len(kinds)]
    return groups
