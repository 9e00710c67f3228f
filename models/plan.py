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
from collections.abc import Collection, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.forest import Forest
from models.hazard import INTERVALS
from models.layout import Questions, questions
from models.shapley import BESIDE, CONDITION, FACTOR, LEAF, PART, Parts, Plan, tabulate

Floats = NDArray[np.float64]
Ints = NDArray[np.integer[Any]]

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
    expected, whose = np.zeros(1 + len(INTERVALS)), np.asarray(owner, np.intp)
    np.add.at(expected, whose, _means(forest))
    ways = _ways(forest, np.argsort(whose, kind="stable"))
    parts, room = _parts(forest, ways, of_splits, len(asked.thresholds) - 1)
    owners = np.searchsorted(whose[ways.tree[parts.parts["leaf"]]], np.arange(len(expected) + 1))
    found, fine = _laid(asked, parts, room, owners, expected)
    tabulate(found, found.tables.view(np.int32), np.empty(_MOST), fine)
    return found


def nothing(asked: Questions) -> Plan:
    """The plan of a score that is not asked for contributions."""
    owners = 1 + len(INTERVALS)
    kinds = (PART, np.uint32, np.uint16, LEAF, FACTOR, CONDITION)
    parts = Parts(*(np.zeros(0, kind) for kind in kinds))
    return _laid(asked, parts, 0, np.zeros(owners + 1, np.int64), np.zeros(owners))[0]


def _laid(asked: Questions, parts: Parts, room: int, owners: Ints, expected: Floats) -> tuple[Plan, int]:
    """A plan whose tables are yet to be filled, and of which power of two its unit is the inverse."""
    points, weights = _quadrature({(factors + 1) // 2 for factors in np.unique(parts.leaves["factors"]).tolist()})
    fine = _SUM_BITS - math.frexp(float(parts.parts["scale"].sum()))[1]
    unit, most = np.array([math.ldexp(1.0, -fine)]), int(parts.parts["questions"].max(initial=1))
    tables = _aligned(room)
    return Plan(asked, owners.astype(np.int64), expected, unit, *parts, points, weights, tables, most), fine


class _Ways(NamedTuple):
    """The leaves in the order of their trees and from left to right, and what is asked on the way to each.

    None of a tree that asks nothing, since then no column brings anything.
    """

    leaf: Ints
    """(leaves,) each one's number in the forest."""
    tree: Ints
    """(leaves,)"""
    to: Ints
    """(steps,) which of the leaves a way leads to: one way after the other, each from the root down."""
    split: Ints
    """(steps,) what it comes by."""
    left: NDArray[np.bool_]
    """(steps,) whether it leads left there."""


def _ways(forest: Forest, order: Ints) -> _Ways:
    """The ways of the trees, in this order. A leaf, as the complement of its number, counts from the end."""
    splits, leaves = len(forest.column), len(forest.value)
    above, is_left = np.full(splits + leaves, -1), np.zeros(splits + leaves, np.bool_)
    above[forest.left] = above[forest.right] = np.arange(splits)
    is_left[forest.left] = True
    leaf = np.flatnonzero(above[~np.arange(leaves)] >= 0)
    node, steps = ~leaf, [(leaf[:0], leaf[:0], is_left[:0])]
    while len(leaf):
        steps.append((leaf, above[node], is_left[node]))
        on = above[above[node]] >= 0
        leaf, node = leaf[on], above[node][on]
    of, split, left = (np.concatenate(some) for some in zip(*reversed(steps), strict=True))
    below = np.concatenate([np.bincount(split, minlength=splits), np.ones(leaves, np.intp)])
    passed = np.bincount(of, np.where(left, 0, below[forest.left][split]), leaves)
    tree = np.repeat(np.arange(len(order)), np.diff(forest.first_leaf))
    found = np.lexsort((passed, np.argsort(order)[tree]))
    found = found[above[~found] >= 0]
    place = np.empty(leaves, np.intp)
    place[found] = np.arange(len(found))
    sort = np.argsort(place[of], kind="stable")
    return _Ways(found, tree[found], place[of][sort], split[sort], left[sort])


def _dealt(ways: _Ways) -> Ints:
    """(leaves,) the part of each. What a leaf asks and none before it did: the splits whose leftmost leaf it is."""
    leftmost = ways.to[np.unique(ways.split, return_index=True)[1]]
    more, every = (np.bincount(to, minlength=len(ways.leaf)).tolist() for to in (leftmost, ways.to))
    begins = (np.diff(ways.tree, prepend=-1) != 0).tolist()
    found, part, asked = [], -1, 0
    for first, new, whole in zip(begins, more, every, strict=True):
        asked += new
        if first or asked > QUESTIONS:
            part, asked = part + 1, whole
        found.append(part)
    return np.array(found, np.intp)


def _parts(forest: Forest, ways: _Ways, of_splits: Ints, never: int) -> tuple[Parts, int]:
    """The parts of all ways, and how many numbers their tables hold."""
    dealt = _dealt(ways)
    part, parts = dealt[ways.to], np.zeros(dealt.max(initial=-1) + 1, PART)
    splits, parts["questions"], question = _different(part, ways.split, len(parts))
    columns, parts["columns"], column = _different(part, forest.column[ways.split], len(parts))
    asked, parts["first"] = _beside(of_splits[splits], parts["questions"], never)
    read, parts["column"] = _beside(columns, parts["columns"], forest.columns - 1)
    parts["leaves"] = np.bincount(dealt)
    parts["leaf"] = _starts(parts["leaves"])
    value = forest.value[ways.leaf]
    highest, lowest = (of.reduceat(value, parts["leaf"]) for of in (np.maximum, np.minimum))
    parts["scale"] = np.maximum(highest, 0.0) - np.minimum(lowest, 0.0)
    parts["table"], room = _tables(parts)
    leaves, factors, conditions = _leaves(forest, ways, question, column)
    leaves["value"] = value
    return Parts(parts, asked.astype(np.uint32), read.astype(np.uint16), leaves, factors, conditions), room


def _tables(parts: NDArray[Any]) -> tuple[list[int], int]:
    """(parts,) where the table of each begins, -1 where it has none, and how many numbers they hold."""
    found, room = [], 0
    for number, columns in zip(parts["questions"].tolist(), parts["columns"].tolist(), strict=True):
        size = _padded(columns) << number
        fits = size <= _MOST and room + size <= ROOM
        found.append(room // 2 if fits else -1)
        room += size if fits else 0
    return found, room


def _leaves(forest: Forest, ways: _Ways, question: Ints, column: Ints) -> tuple[NDArray[Any], ...]:
    """Leaves, factors and conditions; of each step its question and column in the part is given.

    A leaf's factors are in the order of their columns, their conditions in that of the way.
    """
    leaves, width = np.zeros(len(ways.leaf), LEAF), int(column.max(initial=0)) + 1
    met, factor = np.unique(ways.to * width + column, return_inverse=True)
    factors, conditions = np.zeros(len(met), FACTOR), np.zeros(len(factor), CONDITION)
    leaves["factors"] = np.bincount(met // width, minlength=len(leaves))
    leaves["factor"] = _starts(leaves["factors"])
    factors["column"], factors["share"] = met % width, 1.0
    share = forest.share[ways.split]
    np.multiply.at(factors["share"], factor, np.where(ways.left, share, 1.0 - share))
    factors["conditions"] = np.bincount(factor, minlength=len(met))
    factors["condition"] = _starts(factors["conditions"])
    sort = np.argsort(factor, kind="stable")
    conditions["question"], conditions["left"] = question[sort], ways.left[sort]
    return leaves, factors, conditions


def _different(part: Ints, thing: Ints, parts: int) -> tuple[Ints, Ints, Ints]:
    """The different things of each part, from the least on; how many they are; and which of them every given one is."""
    width = int(thing.max(initial=0)) + 1
    found, place = np.unique(part * width + thing, return_inverse=True)
    count = np.bincount(found // width, minlength=parts)
    return found % width, count, place - _starts(count)[part]


def _beside(things: Ints, count: Ints, filler: int) -> tuple[Ints, Ints]:
    """Things of parts with nothing behind those of each, so that they can be looked at `BESIDE` each other; their starts."""
    room = _padded(count.astype(np.intp))
    starts = _starts(room)
    found = np.full(room.sum(), filler)
    found[np.arange(len(things)) + np.repeat(starts - _starts(count), count)] = things
    return found, starts


def _starts(count: Ints) -> Ints:
    """Where each begins of which so many stand one behind the other."""
    return np.cumsum(count, dtype=np.intp) - count


def _padded(count: Any) -> Any:
    """How many places so many take, `BESIDE` each other."""
    return -(-count // BESIDE) * BESIDE


def _means(forest: Forest) -> Floats:
    """(trees,) the mean of each over the training rows; see `_ways` for how leaves are counted."""
    splits, first = len(forest.column), forest.first_split
    found = np.concatenate([np.zeros(splits), forest.value[::-1]])
    roots = np.where(np.diff(first) > 0, first[:-1], ~forest.first_leaf[:-1])
    levels = [roots[roots >= 0]]
    while len(levels[-1]):
        children = np.concatenate([forest.left[levels[-1]], forest.right[levels[-1]]])
        levels.append(children[children >= 0])
    for level in reversed(levels):
        share = forest.share[level]
        found[level] = share * found[forest.left[level]] + (1.0 - share) * found[forest.right[level]]
    return found[roots]


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
