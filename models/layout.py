"""Trees laid out for the compiled loops of `kernel`: one small record a split, in the order in which it is needed.

A split asks one comparison, ``value <= threshold``, whatever LightGBM's rule for missing values: the row is written down
five times (`RULES`), each time with nulls and zeros standing where one rule sends them, and a split's `source` says
which of them it reads. A null that stays null is below no threshold and goes right. A split by category reads a number
of its own, written behind the five, that is below every threshold where the category is in its set. Values have single
precision, and so have the thresholds, rounded down: the same values are below them.

Splits are told apart by what hangs below them, so that the loops over them need not ask: first the inner ones, which
lead to at least one more split, then those that lead to two leaves. A leaf that hangs below an inner split stands behind
the splits as if it were one.
"""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.forest import NAN_MISSING, NULL_LEFT, ZERO_MISSING, Forest, Tree
from models.hazard import INTERVALS

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]

RULES: Final = 5
NULL_IS_ZERO, NULL_LEFTMOST, NULL_STAYS, ZERO_LEFTMOST, ZERO_IS_NULL = range(RULES)
"""What each writing of a row does with nulls; the last two do it with zeros too."""
LEAST_POINTS: Final = 2
"""Points of quadrature that every tree gets, though a smaller one could do with fewer."""

_SET: Final = np.dtype([
    ("column", np.int32),
    ("word", np.int32),        # where its bits begin in `words`
    ("word_count", np.int32),
])  # fmt: skip
_STEP: Final = np.dtype([
    ("source", np.uint32),     # where its value stands in what is written down of the row
    ("threshold", np.float32),
    ("left", np.int32),        # a split of the forest, or the complement of a leaf
    ("right", np.int32),
])  # fmt: skip
_ROOT: Final = np.dtype([
    ("first", np.int32),       # a split of the forest, or the complement of a leaf
    ("asks", np.int32),        # whether the tree asks for the interval
])  # fmt: skip
_SPLIT: Final = np.dtype([
    ("share", np.float64),     # of its rows, how many went left
    ("threshold", np.float32),
    ("source", np.uint32),
    ("column", np.uint16),
    ("left", np.uint16),       # where it leads to within the tree; nothing where both are leaves
    ("right", np.uint16),
], align=True)  # fmt: skip
_TREE: Final = np.dtype([
    ("first", np.int32),       # its first split
    ("value", np.int32),       # its first value
    ("again", np.int32),       # the first of its splits that ask again
    ("splits", np.int32),
    ("inner", np.int32),       # how many of them lead to one more
    ("lone", np.int32),        # leaves below the inner ones
    ("agains", np.int32),
])  # fmt: skip
_AGAIN: Final = np.dtype([
    ("share", np.float64),     # of the rows that went this way at all splits further up that asked for its column
    ("inverse", np.int32),     # where in `inverses` stands, for the points t, 1 / (share (1 - t) + t)
    ("place", np.uint16),      # which split of the tree it is
    ("above", np.uint16),      # the split further up that asked for the same column last
    ("left", np.uint16),       # whether the way here leads left there
], align=True)  # fmt: skip
_GROUP: Final = np.dtype([
    ("owner", np.int32),       # 0: alike in all intervals; k + 1: of interval k alone
    ("points", np.int32),      # of quadrature
    ("first", np.int32),       # its first tree
    ("last", np.int32),        # the tree behind its last
])  # fmt: skip


class Walk(NamedTuple):
    """Trees in the order of the text, to ask for their sum."""

    roots: NDArray[Any]
    steps: NDArray[Any]
    values: Floats
    sets: NDArray[Any]
    words: NDArray[np.uint32]


class Plan(NamedTuple):
    """Trees in groups of one owner and one number of points, to ask for contributions."""

    groups: NDArray[Any]
    trees: NDArray[Any]
    splits: NDArray[Any]
    values: Floats
    """Of each tree the leaves below inner splits, then for each split with two leaves right and left less right."""
    again: NDArray[Any]
    inverses: Floats
    sets: NDArray[Any]
    words: NDArray[np.uint32]
    points: Floats
    """Row k holds the k points of Gauss and Legendre between 0 and 1, zeros behind them."""
    weights: Floats
    expected: Floats
    """(owners,) the mean of each owner's trees over the training rows."""
    room: int
    """The most places times points of a tree."""


def walk(forest: Forest) -> Walk:
    """Lay out the trees of a text, which read the interval's number from their last column."""
    roots = np.zeros(len(forest.first_split) - 1, dtype=_ROOT)
    alone = np.diff(forest.first_split) == 0
    roots["first"] = np.where(alone, ~forest.first_leaf[:-1], forest.first_split[:-1])
    asking = np.flatnonzero(forest.column == forest.columns - 1)
    roots["asks"][np.searchsorted(forest.first_split, asking, side="right") - 1] = 1
    steps = np.zeros(len(forest.column), dtype=_STEP)
    steps["source"], steps["threshold"] = _sources(forest), _rounded_down(forest.threshold)
    steps["left"], steps["right"] = forest.left, forest.right
    return Walk(roots, steps, forest.value, _sets(forest), forest.words)


def plan(forest: Forest, owner: Sequence[int]) -> Plan:
    """Lay out trees that are asked for contributions.

    Parameters
    ----------
    forest
        Trees that do not ask for the interval.
    owner
        (trees,) 0 for those of all intervals, k + 1 for those of interval k.
    """
    parts = [_Part(tree) for tree in forest.trees()]
    order = sorted((n for n, part in enumerate(parts) if part.order), key=lambda n: (owner[n], *parts[n].shape))
    sorted_parts = [parts[number] for number in order]
    owners = np.asarray(owner, dtype=np.int32)
    points, weights = _quadrature(max((part.points for part in parts), default=LEAST_POINTS))
    again, inverses = _again(sorted_parts, points)
    return Plan(
        groups=_groups(owners[order], np.array([part.points for part in sorted_parts], dtype=np.int32)),
        trees=_trees(sorted_parts),
        splits=_splits(forest, sorted_parts, forest.first_split[order]),
        values=np.array([value for part in sorted_parts for value in part.values], dtype=np.float64),
        again=again,
        inverses=inverses,
        sets=_sets(forest),
        words=forest.words,
        points=points,
        weights=weights,
        expected=np.asarray(np.bincount(owners, _expected(forest), 1 + len(INTERVALS)), dtype=np.float64),
        room=max(((len(part.order) + len(part.lone)) * part.points for part in parts), default=1),
    )


class _Part:
    """One tree, its splits put in order."""

    def __init__(self, tree: Tree) -> None:
        pairs = list(zip(tree.left, tree.right, strict=True))
        twins = [split for split, (left, right) in enumerate(pairs) if left < 0 and right < 0]
        inner = [split for split, (left, right) in enumerate(pairs) if left >= 0 or right >= 0]
        self.tree, self.inner = tree, len(inner)
        self.order = [*inner, *twins]
        self.lone = [child for split in inner for child in pairs[split] if child < 0]
        self.place = {name: at for at, name in enumerate([*self.order, *self.lone])}
        lone = [tree.value[~leaf] for leaf in self.lone]
        ends = [(tree.value[~right], tree.value[~left]) for left, right in (pairs[split] for split in twins)]
        self.values = [*lone, *(value for low, high in ends for value in (low, high - low))]
        self.again, met = _repeats(tree)
        self.points = max((met + 1) // 2, LEAST_POINTS)

    @property
    def shape(self) -> tuple[int, ...]:
        """Trees alike in this go through the same loops equally often."""
        return self.points, len(self.order), self.inner, len(self.again)


def _repeats(tree: Tree) -> tuple[list[tuple[int, int, bool, float]], int]:
    """The splits that ask for a column again, and the most columns that the way to a leaf meets.

    Returns
    -------
    (split, the one further up that asked last, whether the way leads left there, the share that went this way), ...
    """
    found, most = [], 0
    ways: dict[int, dict[int, tuple[int, bool, float]]] = {0: {}}
    for split, column in enumerate(tree.column):
        way = ways.pop(split)
        above = way.get(column)
        if above:
            found.append((split, *above))
        most = max(most, len(way) + (above is None))
        so_far, share = above[2] if above else 1.0, tree.share[split]
        for child, left, here in ((tree.left[split], True, share), (tree.right[split], False, 1.0 - share)):
            if child >= 0:
                ways[child] = {**way, column: (split, left, so_far * here)}
    return found, most


def _trees(parts: Sequence[_Part]) -> NDArray[Any]:
    trees = np.zeros(len(parts), dtype=_TREE)
    trees["splits"], trees["inner"] = [len(part.order) for part in parts], [part.inner for part in parts]
    trees["lone"], trees["agains"] = [len(part.lone) for part in parts], [len(part.again) for part in parts]
    values = np.array([len(part.values) for part in parts], dtype=np.int64)
    for first, counts in (("first", trees["splits"]), ("value", values), ("again", trees["agains"])):
        trees[first] = np.cumsum(counts) - counts
    return trees


def _splits(forest: Forest, parts: Sequence[_Part], first: Ints) -> NDArray[Any]:
    """The splits of the parts, which begin at `first` in the forest."""
    order = [start + split for part, start in zip(parts, first.tolist(), strict=True) for split in part.order]
    splits = np.zeros(len(order), dtype=_SPLIT)
    splits["share"], splits["threshold"] = forest.share[order], _rounded_down(forest.threshold[order])
    splits["source"], splits["column"] = _sources(forest)[order], forest.column[order]
    for name in ("left", "right"):
        splits[name] = [
            part.place[getattr(part.tree, name)[split]] if at < part.inner else 0
            for part in parts
            for at, split in enumerate(part.order)
        ]
    return splits


def _again(parts: Sequence[_Part], points: Floats) -> tuple[NDArray[Any], Floats]:
    """The splits that ask again, tree by tree, and what their `inverse` leads to."""
    asked = [(part, *each) for part in parts for each in part.again]
    again = np.zeros(len(asked), dtype=_AGAIN)
    inverses: list[float] = []
    for record, (part, split, above, left, share) in zip(again, asked, strict=True):
        record["share"], record["inverse"], record["left"] = share, len(inverses), left
        record["place"], record["above"] = part.place[split], part.place[above]
        at = points[part.points, : part.points]
        inverses += (1.0 / (share * (1.0 - at) + at)).tolist()
    return again, np.array(inverses, dtype=np.float64)


def _sources(forest: Forest) -> NDArray[np.uint32]:
    """(splits,) where each split's value stands in what is written down of a row."""
    left, zero, null = (forest.decision & bit > 0 for bit in (NULL_LEFT, ZERO_MISSING, NAN_MISSING))
    rule = np.select(
        [zero & left, zero, null & left, null],
        [ZERO_LEFTMOST, ZERO_IS_NULL, NULL_LEFTMOST, NULL_STAYS],
        NULL_IS_ZERO,
    )
    sources = rule * forest.columns + forest.column
    by_set = forest.word_count > 0
    sources[by_set] = RULES * forest.columns + np.arange(by_set.sum())
    return sources.astype(np.uint32)


def _rounded_down(thresholds: Floats) -> NDArray[np.float32]:
    """The greatest number of single precision that is no greater."""
    with np.errstate(over="ignore"):
        rounded = thresholds.astype(np.float32)
    return np.where(rounded > thresholds, np.nextafter(rounded, np.float32(-np.inf)), rounded)


def _sets(forest: Forest) -> NDArray[Any]:
    """The categories of each split that asks for one."""
    by_set = np.flatnonzero(forest.word_count)
    sets = np.zeros(len(by_set), dtype=_SET)
    sets["column"], sets["word"] = forest.column[by_set], forest.first_word[by_set]
    sets["word_count"] = forest.word_count[by_set]
    return sets


def _quadrature(most: int) -> tuple[Floats, Floats]:
    """Points between 0 and 1 and their weights, row k for k points."""
    points, weights = np.zeros((most + 1, most)), np.zeros((most + 1, most))
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


def _groups(owner: Ints, points: Ints) -> NDArray[Any]:
    """Runs of trees of one owner and one number of points."""
    starts = np.flatnonzero(np.diff(owner, prepend=-1) | np.diff(points, prepend=-1))
    groups = np.zeros(len(starts), dtype=_GROUP)
    groups["owner"], groups["points"] = owner[starts], points[starts]
    groups["first"], groups["last"] = starts, [*starts[1:], len(owner)]
    return groups
