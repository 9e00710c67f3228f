# ruff: noqa: PLR0913, PLR0917
"""Rows of features to risks: compiled, from end to end.

The steps are those of `kernel`, `linear` and `hazard`, one after the other. Whoever calls hands over plain arrays: to
look into a tuple of arrays takes Numba several times as long as to look at as many arrays, which one row would feel.
"""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from features.compiled import compiled
from models.kernel import ALONE, walk, write_interval, write_row
from models.layout import Facts, Walk, index
from models.leaves import Leaves
from models.linear import Terms, add_sums

Floats = NDArray[np.float64]
Matrix = NDArray[np.float32]
Arrays = tuple[NDArray[Any], ...]

_BESIDE: Final = 8
"""Trees that one row goes down side by side."""


def flat(forest: Walk, terms: Terms, intercepts: Floats) -> Arrays:
    """What `risks` reads of a score, array by array."""
    facts, *trees, leaves = forest
    return (*facts, *trees, *leaves, *terms, intercepts)


@compiled
def risks(
    rows: Matrix, found: Floats,
    read: NDArray[Any], sets: NDArray[Any], words: NDArray[np.uint32],
    roots: NDArray[Any], steps: NDArray[Any], values: Floats,
    first: NDArray[np.int64], splits: NDArray[Any], of_leaves: Floats,
    column: NDArray[np.int64], log: NDArray[np.bool_], low: Floats, high: Floats, slopes: Floats, offsets: Floats,
    nulls: Floats, intercepts: Floats,
) -> None:  # fmt: skip
    """Write (n, 4) risks by horizon; see `hazard.risks`."""
    forest = Walk(Facts(read, sets, words), roots, steps, values, Leaves(first, splits, of_leaves))
    margins = np.zeros((len(rows), found.shape[1]))
    if len(rows) <= ALONE and len(steps):
        _walk_alone(rows, forest, margins)
    else:
        walk(rows, forest, margins)
    add_sums(rows, Terms(column, log, low, high, slopes, offsets, nulls), intercepts, margins)
    for row in range(len(rows)):
        stays = 1.0
        for k in range(margins.shape[1]):
            stays *= 1.0 - 1.0 / (1.0 + np.exp(-margins[row, k]))
            found[row, k] = 1.0 - stays


@compiled
def _walk_alone(rows: Matrix, forest: Walk, found: Floats) -> None:
    """`kernel.walk` of few rows, one after the other: a few trees side by side, so that none waits for its next split."""
    width, intervals, trees = rows.shape[1], found.shape[1], len(forest.roots)
    facts = np.empty(len(forest.facts.values) + len(forest.facts.sets), dtype=np.float32)
    at = np.empty(_BESIDE, np.int64)
    for row in range(len(rows)):
        write_row(rows[row], forest.facts, facts, 0, 1)
        for start in range(0, trees, _BESIDE):
            for one in range(_BESIDE):
                at[one] = forest.roots[min(start + one, trees - 1)].first
            _go_down(at, forest.steps, facts)
            for one in range(min(_BESIDE, trees - start)):
                root = forest.roots[start + one]
                for k in range(intervals):
                    if root.asks:
                        write_interval(k, width, forest.facts, facts, 1)
                        found[row, k] += forest.values[~_leaf(root.first, forest.steps, facts)]
                    else:
                        found[row, k] += forest.values[~at[one]]


@compiled
def _leaf(place: int, steps: NDArray[Any], facts: Matrix) -> int:
    """The complement of the leaf that is reached from a split."""
    while place >= 0:
        step = steps[index(place)]
        place = step.left if facts[index(step.source)] <= step.threshold else step.right
    return place


@compiled
def _go_down(at: NDArray[np.int64], steps: NDArray[Any], facts: Matrix) -> None:
    """Go from splits to the leaves they lead to, side by side."""
    going = True
    while going:
        going = False
        for one in range(_BESIDE):
            place = at[one]
            step = steps[index(max(place, 0))]
            following = step.left if facts[index(step.source)] <= step.threshold else step.right
            at[one] = following if place >= 0 else place
            going |= at[one] >= 0
