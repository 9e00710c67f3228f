"""Trees laid out to be asked for contributions: parts of trees, and for each part a table of what its columns bring.

What a leaf brings to the columns on its way is fixed by the answers to the questions on that way; what several leaves bring
adds up. So the leaves of a tree are dealt, from left to right, to *parts* that ask at most `QUESTIONS` questions each. The
answers of a row to a part's questions, as bits, are the row of the part's table that it reads: what every column of the part
brings, worked out once when a model is loaded (`shapley`).

Example: three leaves, the root asks ``a <= 1`` before leaf 0, the split on its right ``b <= 5`` between leaves 1 and 2. All
are one part of two questions and two columns, and its table has four rows: nobody, a, b, and both answered with yes.

A leaf whose way is longer than that, and whatever comes when the tables are full, has no table and is worked out for each row.
"""

import math
from collections.abc import Collection, Iterator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.forest import Forest, Tree
from models.hazard import INTERVALS
from models.layout import facts, rounded_down
from models.shapley import CONDITION, FACTOR, LEAF, PART, QUESTION, Parts, Plan, tabulate

Floats = NDArray[np.float64]

QUESTIONS: Final = 8
"""Questions of a part of several leaves. With more, tables grow faster than there are fewer of them to read."""
ROOM: Final = 2**23
"""Numbers that all tables may hold: 64 MiB."""
_MOST: Final = 2**14
"""Numbers that one of them may hold."""
_LINE: Final = 8
"""Numbers that the processor fetches from memory at once."""


def plan(forest: Forest, owner: Sequence[int]) -> Plan:
    """Lay out trees that are asked for contributions.

    Parameters
    ----------
    forest
        Trees that do not ask for the interval.
    owner
        (trees,) 0 for those of all intervals, k + 1 for those of interval k.
    """
    read, sources = facts(forest)
    laid = _Laid(sources, rounded_down(forest.threshold))
    expected, owners = np.zeros(1 + len(INTERVALS)), [0]
    trees, first = forest.trees(), forest.first_split.tolist()
    for whose in range(len(expected)):
        for number in np.flatnonzero(np.asarray(owner) == whose).tolist():
            expected[whose] += _mean(trees[number])
            for ways in _dealt(trees[number]):
                laid.add(trees[number], first[number], ways)
        owners.append(len(laid.parts))
    begins, tables = np.array(owners, dtype=np.int64), _aligned(max(laid.room, _LINE))
    found = Plan(read.values, read.sets, read.words, begins, expected, *laid.done(), tables)
    tabulate(found)
    return found


_Way = tuple[int, tuple[tuple[int, bool], ...]]
"""A leaf, and the splits on the way to it, each with whether the way leads left there."""


def _ways(tree: Tree) -> Iterator[_Way]:
    """The leaves from left to right; none where a tree asks nothing, since then no column brings anything."""
    todo: list[tuple[int, tuple[tuple[int, bool], ...]]] = [(0, ())] if tree.left else []
    while todo:
        node, way = todo.pop()
        if node < 0:
            yield ~node, way
        else:
            todo += [(tree.right[node], (*way, (node, False))), (tree.left[node], (*way, (node, True)))]


def _dealt(tree: Tree) -> Iterator[list[_Way]]:
    """The leaves of each part."""
    part: list[_Way] = []
    asked: set[int] = set()
    for leaf, way in _ways(tree):
        more = asked.union(split for split, _ in way)
        if part and len(more) > QUESTIONS:
            yield part
            part, more = [], {split for split, _ in way}
        part.append((leaf, way))
        asked = more
    if part:
        yield part


class _Laid:
    """Parts as they are laid down, one after the other."""

    def __init__(self, sources: NDArray[np.uint32], thresholds: NDArray[np.float32]) -> None:
        self.compared = list(zip(sources.tolist(), thresholds.tolist(), strict=True))
        self.parts: list[tuple[int, ...]] = []
        self.questions: list[tuple[int, float]] = []
        self.columns: list[int] = []
        self.leaves: list[tuple[float, int, int]] = []
        self.factors: list[tuple[float, int, int, int]] = []
        self.conditions: list[tuple[int, bool]] = []
        self.room = 0

    def add(self, tree: Tree, first: int, ways: Sequence[_Way]) -> None:
        """Lay down some leaves of a tree whose splits begin at `first` in the forest."""
        asked = sorted({split for _, way in ways for split, _ in way})
        columns = sorted({tree.column[split] for split in asked})
        step = 1 << (len(columns) - 1).bit_length()
        size = max(step << len(asked), _LINE)
        table = self.room if size <= _MOST and self.room + size <= ROOM else -1
        self.room += size if table >= 0 else 0
        begins = (len(self.questions), len(self.columns), len(self.leaves))
        self.parts.append((table, *begins, len(asked), len(columns), len(ways), step))
        self.questions += [self.compared[first + split] for split in asked]
        self.columns += columns
        for leaf, way in ways:
            self._add_leaf(
                tree,
                leaf,
                [(asked.index(split), columns.index(tree.column[split]), split, left) for split, left in way],
            )

    def _add_leaf(self, tree: Tree, leaf: int, way: Sequence[tuple[int, int, int, bool]]) -> None:
        """Lay down a leaf; the way has the number of each question and column in the part, the split, and whether it goes left."""
        met = sorted({column for _, column, _, _ in way})
        self.leaves.append((tree.value[leaf], len(self.factors), len(met)))
        for column in met:
            own = [(question, split, left) for question, at, split, left in way if at == column]
            share = math.prod(tree.share[split] if left else 1.0 - tree.share[split] for _, split, left in own)
            self.factors.append((share, column, len(self.conditions), len(own)))
            self.conditions += [(question, left) for question, _, left in own]

    def done(self) -> Parts:
        """All that was laid down."""
        points, weights = _quadrature({(factors + 1) // 2 for _, _, factors in self.leaves})
        return Parts(
            np.array(self.parts, PART),
            np.array(self.questions, QUESTION),
            np.array(self.columns, np.uint16),
            np.array(self.leaves, LEAF),
            np.array(self.factors, FACTOR),
            np.array(self.conditions, CONDITION),
            points,
            weights,
        )


def _aligned(count: int) -> Floats:
    """Zeros that begin where a cache line does, so that no row of a table lies in more lines than it must."""
    room = np.zeros(count + _LINE)
    start = -room.ctypes.data // room.itemsize % _LINE
    return room[start : start + count]


def _quadrature(counts: Collection[int]) -> tuple[Floats, Floats]:
    """Points between 0 and 1 and their weights: row k for k points, where so many are asked for."""
    most = max(counts, default=0)
    points, weights = np.zeros((most + 1, most)), np.zeros((most + 1, most))
    for count in counts:
        found, weight = np.polynomial.legendre.leggauss(count)
        points[count, :count], weights[count, :count] = (found + 1.0) / 2.0, weight / 2.0
    return points, weights


def _mean(tree: Tree) -> float:
    """The mean of a tree over the training rows."""
    if not tree.left:
        return tree.value[0]
    below = [0.0] * len(tree.left)

    def mean(child: int) -> float:
        return below[child] if child >= 0 else tree.value[~child]

    for split in range(len(below) - 1, -1, -1):
        share = tree.share[split]
        below[split] = share * mean(tree.left[split]) + (1.0 - share) * mean(tree.right[split])
    return below[0]
