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
from models.layout import Questions, questions
from models.shapley import BESIDE, CONDITION, FACTOR, LEAF, PART, Parts, Plan, tabulate

Floats = NDArray[np.float64]

QUESTIONS: Final = 8
"""Questions of a part of several leaves. With more, tables grow faster than there are fewer of them to read."""
ROOM: Final = 2**24
"""Numbers that all tables may hold: 64 MiB."""
_MOST: Final = 2**15
"""Numbers that one of them may hold."""
_SUM_BITS: Final = 62
"""Of what all parts can come to together, in the unit of their sums."""
_LINE: Final = 64
"""Bytes that the processor fetches from memory at once."""


def plan(forest: Forest, owner: Sequence[int]) -> Plan:
    """Lay out trees that are asked for contributions.

    Parameters
    ----------
    forest
        Trees that do not ask for the interval.
    owner
        (trees,) 0 for those of all intervals, k + 1 for those of interval k.
    """
    asked, of_splits = questions(forest)
    laid = _Laid(of_splits.tolist(), len(asked.thresholds) - 1, forest.columns - 1)
    expected, owners = np.zeros(1 + len(INTERVALS)), [0]
    trees, first = forest.trees(), forest.first_split.tolist()
    for whose in range(len(expected)):
        for number in np.flatnonzero(np.asarray(owner) == whose).tolist():
            expected[whose] += _mean(trees[number])
            for ways in _dealt(trees[number]):
                laid.add(trees[number], first[number], ways)
        owners.append(len(laid.parts))
    found, fine = _laid(asked, laid, owners, expected)
    tabulate(found, found.tables.view(np.int32), np.empty(_MOST), fine)
    return found


def nothing(asked: Questions) -> Plan:
    """The plan of a score that is not asked for contributions."""
    owners = 1 + len(INTERVALS)
    return _laid(asked, _Laid((), 0, 0), [0] * (owners + 1), np.zeros(owners))[0]


def _laid(asked: Questions, laid: "_Laid", owners: Sequence[int], expected: Floats) -> tuple[Plan, int]:
    """A plan whose tables are yet to be filled, and of which power of two its unit is the inverse."""
    parts = laid.done()
    points, weights = _quadrature({(factors + 1) // 2 for _, _, factors in laid.leaves})
    fine = _SUM_BITS - math.frexp(float(parts.parts["scale"].sum()))[1]
    unit, most = np.array([math.ldexp(1.0, -fine)]), int(parts.parts["questions"].max(initial=1))
    begins, tables = np.array(owners, np.int64), _aligned(laid.room)
    return Plan(asked, begins, expected, unit, *parts, points, weights, tables, most), fine


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

    def __init__(self, questions: Sequence[int], never: int, beyond: int) -> None:
        self.questions, self.never, self.beyond = questions, never, beyond
        self.parts: list[tuple[float, ...]] = []
        self.asked: list[int] = []
        self.columns: list[int] = []
        self.leaves: list[tuple[float, int, int]] = []
        self.factors: list[tuple[float, int, int, int]] = []
        self.conditions: list[tuple[int, bool]] = []
        self.room = 0

    def add(self, tree: Tree, first: int, ways: Sequence[_Way]) -> None:
        """Lay down some leaves of a tree whose splits begin at `first` in the forest."""
        asked = sorted({split for _, way in ways for split, _ in way})
        columns = sorted({tree.column[split] for split in asked})
        size = _padded(columns) << len(asked)
        table = self.room // 2 if size <= _MOST and self.room + size <= ROOM else -1
        self.room += size if table >= 0 else 0
        begins = (len(self.asked), len(self.columns), len(self.leaves))
        values = [0.0, *(tree.value[leaf] for leaf, _ in ways)]
        most = max(values) - min(values)
        self.parts.append((table, *begins, len(asked), len(columns), len(ways), 0, most))
        self.asked += [self.questions[first + split] for split in asked]
        self.asked += [self.never] * (_padded(asked) - len(asked))
        self.columns += columns + [self.beyond] * (_padded(columns) - len(columns))
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
        parts = np.array(self.parts, PART)
        return Parts(
            parts,
            np.array(self.asked, np.uint32),
            np.array(self.columns, np.uint16),
            np.array(self.leaves, LEAF),
            np.array(self.factors, FACTOR),
            np.array(self.conditions, CONDITION),
        )


def _padded(some: Sequence[int]) -> int:
    """How many places they take, `BESIDE` each other."""
    return -(-len(some) // BESIDE) * BESIDE


def _aligned(count: int) -> NDArray[np.int64]:
    """So many pairs of zeros that begin where a cache line does, so that no row of a table lies in more lines than it must."""
    line = _LINE // np.dtype(np.int64).itemsize
    room = np.zeros(count // 2 + line, np.int64)
    start = -room.ctypes.data % _LINE // room.itemsize
    return room[start : start + max(1, count // 2)]


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
