"""Many rows at once to the leaves they reach: every split of a tree is asked, of all rows side by side.

Walking a row down a tree, a processor waits at each split for the comparison before it. Here nothing waits: a split that a
row answers with no rules out the leaves on its left, and of those that no split has ruled out the leftmost is the row's.
Leaves are bits, from left to right, so that the loops are comparisons and ANDs of whole vectors of rows.

Example: three leaves, the root asks ``a <= 1`` before leaf 0, the split on its right ``b <= 5`` between leaves 1 and 2. A
row (2, 7) answers both with no: 111 & 110 & 101 = 100, leaf 2. A row (0, 7): 111 & 101 = 101, whose lowest bit is leaf 0.

Source: Lucchese and others, "QuickScorer: a fast algorithm to rank documents with additive ensembles of regression
trees", SIGIR (2015).
"""

from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from features.compiled import compiled, inlined
from models.forest import Forest, Tree

Floats = NDArray[np.float64]
Matrix = NDArray[np.float32]

MOST: Final = 32
"""Leaves of a tree whose leaves are bits of a number."""
_ALL: Final = (1 << MOST) - 1
_DE_BRUIJN: Final = 0x077CB531
"""Any 5 bits of it that follow each other are different: multiplied by one bit, its topmost five tell which bit it was."""

_SPLIT: Final = np.dtype([
    ("source", np.uint32),     # as in `layout`
    ("threshold", np.float32),
    ("left_out", np.uint32),   # the leaves that stay where the answer is no
])  # fmt: skip


class Leaves(NamedTuple):
    """Trees in the order of the text; nothing where one of them has too many leaves."""

    first: NDArray[np.int64]
    """(trees + 1,) where each tree's splits begin."""
    splits: NDArray[Any]
    values: Floats
    """(trees, `MOST`) of each leaf, at the place that `_place` gives its bit."""


def leaves(forest: Forest, source: NDArray[np.uint32], threshold: NDArray[np.float32]) -> Leaves:
    """Lay out the trees of a forest, whose splits read `source` and compare with `threshold` (see `layout`)."""
    trees = forest.trees()
    if max((len(tree.value) for tree in trees), default=0) > MOST:
        return Leaves(np.zeros(1, np.int64), np.zeros(0, _SPLIT), np.zeros((0, MOST)))
    splits, values = np.zeros(len(source), _SPLIT), np.zeros((len(trees), MOST))
    splits["source"], splits["threshold"] = source, threshold
    for number, (tree, first) in enumerate(zip(trees, forest.first_split.tolist(), strict=False)):
        order, stays = _ordered(tree)
        for split, kept in enumerate(stays):
            splits["left_out"][first + split] = kept
        for bit, leaf in enumerate(order):
            values[number, (1 << bit) * _DE_BRUIJN % (1 << 32) >> 27] = tree.value[leaf]
    return Leaves(forest.first_split.astype(np.int64), splits, values)


def _ordered(tree: Tree) -> tuple[list[int], list[int]]:
    """The leaves from left to right, and for each split the leaves that are not on its left, as bits."""
    order: list[int] = []
    begins = [0] * len(tree.left)
    stays = [_ALL] * len(tree.left)
    todo = [(0, True)] if tree.left else [(~0, True)]
    while todo:
        node, down = todo.pop()
        if node < 0:
            order.append(~node)
        elif down:
            begins[node] = len(order)
            todo += [(tree.right[node], True), (node, False), (tree.left[node], True)]
        else:
            stays[node] = _ALL & ~((1 << len(order)) - (1 << begins[node]))
    return order, stays


@inlined
def _place(bits: Any) -> Any:
    """Where the value of the lowest bit's leaf stands."""
    return np.uint32(np.uint32(bits & (~bits + np.uint32(1))) * np.uint32(_DE_BRUIJN)) >> np.uint32(27)


@compiled
def rule_out(forest: Leaves, tree: int, facts: Matrix, lanes: int, left: NDArray[np.uint32]) -> None:
    """Write for each row the leaves of a tree that no split rules out."""
    everything = np.uint32(_ALL)
    for lane in range(lanes):
        left[lane] = everything
    for number in range(forest.first[tree], forest.first[tree + 1]):
        split = forest.splits[number]
        threshold, kept, start = split.threshold, split.left_out, split.source * lanes
        row = facts[start : start + lanes]
        for lane in range(lanes):
            left[lane] &= everything if row[lane] <= threshold else kept


@compiled
def add_values(forest: Leaves, tree: int, left: NDArray[np.uint32], found: Floats, first: int, stop: int) -> None:
    """Add the value of the leftmost leaf that is left of each row, to (rows, intervals)."""
    values = forest.values[tree]
    for lane in range(len(found)):
        value = values[_place(left[lane])]
        for k in range(first, stop):
            found[lane, k] += value
