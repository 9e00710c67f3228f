"""Trees laid out for the compiled loops of `kernel`: one record a split, in the order in which it is needed.

A split asks one comparison, ``value <= threshold``, whatever LightGBM's rule for missing values: the row is written down
five times (`RULES`), each time with nulls and zeros standing where one rule sends them, and a split's `source` says
which of them it reads. A null that stays null is below no threshold and goes right. A split by category reads a number
of its own, written behind the five, that is below every threshold where the category is in its set.
"""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.forest import NAN_MISSING, NULL_LEFT, ZERO_MISSING, Forest
from models.hazard import INTERVALS

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]

RULES: Final = 5
NULL_IS_ZERO, NULL_LEFTMOST, NULL_STAYS, ZERO_LEFTMOST, ZERO_IS_NULL = range(RULES)
"""What each writing of a row does with nulls; the last two do it with zeros too."""
LEAST_POINTS: Final = 2
"""Points of quadrature that every tree gets, though a smaller one could do with fewer."""

_SPLIT: Final = np.dtype([
    ("source", np.uint32),     # where its value stands in what is written down of the row
    ("column", np.uint32),
    ("threshold", np.float64),
    ("share", np.float64),     # of its rows, how many went left
    ("left", np.int32),        # a split, counted from the tree's first, or the complement of a leaf of the forest
    ("right", np.int32),
    ("above", np.int32),       # the split of the tree further up that asked for the same column last, or -1
    ("above_left", np.int32),  # whether the way here leads left there
    ("above_share", np.float64),  # of the rows that went this way at all splits further up that asked for it
    ("inverse", np.int32),     # where in `inverses` stands, for the points t, 1 / (above_share (1 - t) + t)
], align=True)  # fmt: skip
_SET: Final = np.dtype([
    ("column", np.int32),
    ("word", np.int32),        # where its bits begin in `words`
    ("word_count", np.int32),
])  # fmt: skip
_TREE: Final = np.dtype([
    ("first", np.int32),       # its root
    ("splits", np.int32),
    ("leaf", np.int32),        # its first leaf
    ("asks", np.int32),        # whether it asks for the interval
])  # fmt: skip
_GROUP: Final = np.dtype([
    ("owner", np.int32),       # 0: alike in all intervals; k + 1: of interval k alone
    ("points", np.int32),      # of quadrature
    ("first", np.int32),       # its first tree
    ("last", np.int32),        # the tree behind its last
])  # fmt: skip


class Walk(NamedTuple):
    """Trees in the order of the text, to ask for their sum."""

    trees: NDArray[Any]
    splits: NDArray[Any]
    values: Floats
    sets: NDArray[Any]
    words: NDArray[np.uint32]


class Plan(NamedTuple):
    """Trees in groups of one owner and one number of points, to ask for contributions."""

    groups: NDArray[Any]
    trees: NDArray[Any]
    splits: NDArray[Any]
    values: Floats
    sets: NDArray[Any]
    words: NDArray[np.uint32]
    inverses: Floats
    points: Floats
    """Row k holds the k points of Gauss and Legendre between 0 and 1, zeros behind them."""
    weights: Floats
    expected: Floats
    """(owners,) the mean of each owner's trees over the training rows."""
    room: int
    """The most splits times points of a tree."""


def walk(forest: Forest) -> Walk:
    """Lay out the trees of a text, which read the interval's number from their last column."""
    trees = _trees(forest)
    asking = np.flatnonzero(forest.column == forest.columns - 1)
    trees["asks"][np.searchsorted(forest.first_split, asking, side="right") - 1] = 1
    return Walk(trees, _splits(forest), forest.value, _sets(forest), forest.words)


def plan(forest: Forest, owner: Sequence[int]) -> Plan:
    """Lay out trees that are asked for contributions.

    Parameters
    ----------
    forest
        Trees that do not ask for the interval.
    owner
        (trees,) 0 for those of all intervals, k + 1 for those of interval k.
    """
    owners = np.asarray(owner, dtype=np.int32)
    trees, splits = _trees(forest), _splits(forest)
    met = _mark_repeats(forest, splits)
    needed = np.maximum((met + 1) // 2, LEAST_POINTS)
    points, weights = _quadrature(int(needed.max(initial=LEAST_POINTS)))
    expected = np.asarray(np.bincount(owners, _expected(forest), 1 + len(INTERVALS)), dtype=np.float64)
    order = np.lexsort((needed, owners))
    order = order[trees["splits"][order] > 0]
    return Plan(
        groups=_groups(owners[order], needed[order]),
        trees=trees[order],
        splits=splits,
        values=forest.value,
        sets=_sets(forest),
        words=forest.words,
        inverses=_inverses(splits, np.repeat(needed, np.diff(forest.first_split)), points),
        points=points,
        weights=weights,
        expected=expected,
        room=int((trees["splits"] * needed).max(initial=1)),
    )


def _trees(forest: Forest) -> NDArray[Any]:
    trees = np.zeros(len(forest.first_split) - 1, dtype=_TREE)
    trees["first"], trees["splits"] = forest.first_split[:-1], np.diff(forest.first_split)
    trees["leaf"] = forest.first_leaf[:-1]
    return trees


def _splits(forest: Forest) -> NDArray[Any]:
    splits = np.zeros(len(forest.column), dtype=_SPLIT)
    first = np.repeat(forest.first_split[:-1], np.diff(forest.first_split))
    splits["source"] = _rule(forest.decision) * forest.columns + forest.column
    by_set = forest.word_count > 0
    splits["source"][by_set] = RULES * forest.columns + np.arange(by_set.sum())
    splits["column"], splits["threshold"], splits["share"] = forest.column, forest.threshold, forest.share
    splits["left"] = np.where(forest.left < 0, forest.left, forest.left - first)
    splits["right"] = np.where(forest.right < 0, forest.right, forest.right - first)
    splits["above"] = -1
    return splits


def _rule(decision: NDArray[np.uint8]) -> Ints:
    """(splits,) which writing of the row a split reads."""
    left, zero, null = (decision & bit > 0 for bit in (NULL_LEFT, ZERO_MISSING, NAN_MISSING))
    found = np.select(
        [zero & left, zero, null & left, null],
        [ZERO_LEFTMOST, ZERO_IS_NULL, NULL_LEFTMOST, NULL_STAYS],
        NULL_IS_ZERO,
    )
    return np.asarray(found, dtype=np.int32)


def _sets(forest: Forest) -> NDArray[Any]:
    """The categories of each split that asks for one."""
    by_set = np.flatnonzero(forest.word_count)
    sets = np.zeros(len(by_set), dtype=_SET)
    sets["column"], sets["word"] = forest.column[by_set], forest.first_word[by_set]
    sets["word_count"] = forest.word_count[by_set]
    return sets


def _mark_repeats(forest: Forest, splits: NDArray[Any]) -> Ints:
    """Say of every split that asks for a column again who asked for it further up.

    Returns
    -------
    (trees,) the most columns that the way to a leaf meets.
    """
    column, left, right, share = (part.tolist() for part in (forest.column, forest.left, forest.right, forest.share))
    bounds = forest.first_split.tolist()
    met = np.zeros(len(bounds) - 1, dtype=np.int32)
    for tree, first in enumerate(bounds[:-1]):
        ways: dict[int, dict[int, tuple[int, bool, float]]] = {first: {}}
        for split in range(first, bounds[tree + 1]):
            way = ways.pop(split)
            above, on_left, of_rows = way.get(column[split], (-1, False, 1.0))
            if above >= 0:
                splits["above"][split], splits["above_left"][split] = above - first, on_left
                splits["above_share"][split] = of_rows
            met[tree] = max(met[tree], len(way) + (above < 0))
            for side, child in ((True, left[split]), (False, right[split])):
                if child >= 0:
                    here = share[split] if side else 1.0 - share[split]
                    ways[child] = {**way, column[split]: (split, side, of_rows * here)}
    return met


def _quadrature(most: int) -> tuple[Floats, Floats]:
    """Points between 0 and 1 and their weights, row k for k points."""
    points, weights = np.zeros((most + 1, most)), np.zeros((most + 1, most))
    for count in range(1, most + 1):
        found, weight = np.polynomial.legendre.leggauss(count)
        points[count, :count], weights[count, :count] = (found + 1.0) / 2.0, weight / 2.0
    return points, weights


def _inverses(splits: NDArray[Any], needed: Ints, points: Floats) -> Floats:
    """What `inverse` of the splits that ask again leads to; it is set on the way."""
    again = np.flatnonzero(splits["above"] >= 0)
    ends = np.cumsum(needed[again])
    splits["inverse"][again] = ends - needed[again]
    found = np.zeros(int(ends[-1]) if len(again) else 0)
    for split, end in zip(again, ends, strict=True):
        at = points[needed[split], : needed[split]]
        share = splits["above_share"][split]
        found[end - needed[split] : end] = 1.0 / (share * (1.0 - at) + at)
    return found


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
