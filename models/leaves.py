"""Trees laid out to be summed up: rows side by side go to the leaves they reach, every split of a tree asked at once.

Walking a row down a tree, a processor waits at each split for the comparison before it. Here nothing waits: a split that a
row answers with no rules out the leaves on its left, and of those that no split has ruled out the leftmost is the row's.
Leaves are bits, from left to right, so that the loops are ANDs of whole vectors of rows.

Example: three leaves, the root asks ``a <= 1`` before leaf 0, the split on its right ``b <= 5`` between leaves 1 and 2. A
row (2, 7) answers both with no: 111 & 110 & 101 = 100, leaf 2. A row (0, 7): 111 & 101 = 101, whose lowest bit is leaf 0.

A tree with more leaves than a number has bits is walked down, split by split.

Source: Lucchese and others, "QuickScorer: a fast algorithm to rank documents with additive ensembles of regression
trees", SIGIR (2015).
"""

from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from features.compiled import inlined
from models.forest import Forest, Tree
from models.hazard import INTERVALS
from models.layout import Answers, Questions, index, questions
from models.slices import Slices, cut

Floats = NDArray[np.float64]

MOST: Final = 32
"""Leaves of a tree whose leaves are bits of a number."""
BESIDE: Final = 8
"""Questions that are looked at together."""
_ALL: Final = (1 << MOST) - 1
_DE_BRUIJN: Final = 0x077CB531
"""Any 5 bits of it that follow each other are different: multiplied by one bit, its topmost five tell which bit it was."""

TREE: Final = np.dtype([
    ("first_interval", np.int32),
    ("last_interval", np.int32),  # whose log-odds it adds to, the last one not included
    ("first", np.int32),          # its first split, or its first step
    ("last", np.int32),           # its last split, not included, or -1 where it is walked down
])  # fmt: skip
SPLIT: Final = np.dtype([
    ("question", np.uint32),
    ("left_out", np.uint32),      # the leaves that stay where the answer is no
])  # fmt: skip
STEP: Final = np.dtype([
    ("question", np.uint32),
    ("left", np.int32),           # a step, or the complement of a leaf
    ("right", np.int32),
])  # fmt: skip


class Walk(NamedTuple):
    """Trees in the order of the text, to ask for their sum."""

    questions: Questions
    trees: NDArray[Any]
    splits: NDArray[Any]
    """Of each tree as many as can be asked `BESIDE` each other; those that it lacks rule nothing out."""
    values: Floats
    """(trees * `MOST`,) of each tree's leaves, at the place that `_place` gives their bit."""
    steps: NDArray[Any]
    """Of the trees that are walked down."""
    ends: Floats
    """What their leaves add."""


def walk(forest: Forest) -> Walk:
    """Lay out the trees of a text, which read the interval's number from their last column."""
    return laid(cut(forest))


def laid(slices: Slices) -> Walk:
    """Lay out trees that have been cut by interval."""
    asked, of_splits = questions(slices.forest)
    found, first, nothing = slices.forest.trees(), slices.forest.first_split.tolist(), len(asked.thresholds) - 1
    every, values = np.zeros(len(found), TREE), np.zeros(len(found) * MOST)
    splits: list[tuple[int, int]] = []
    steps: list[tuple[int, int, int]] = []
    ends: list[float] = []
    for place, number in enumerate(np.argsort(slices.number, kind="stable").tolist()):
        tree, own = found[number], of_splits[first[number] : first[number + 1]].tolist()
        whose = slices.owner[number]
        begins, last = len(splits), -1
        if len(tree.value) > MOST:
            begins = len(steps)
            steps += _steps(tree, own, begins, len(ends))
            ends += tree.value
        else:
            order, stays = _ordered(tree)
            missing = -len(own) % BESIDE
            splits += [*zip(own, stays, strict=True), *[(nothing, _ALL)] * missing]
            last = len(splits)
            for bit, leaf in enumerate(order):
                values[place * MOST + ((1 << bit) * _DE_BRUIJN % (1 << 32) >> 27)] = tree.value[leaf]
        every[place] = (max(0, whose - 1), whose or len(INTERVALS), begins, last)
    return Walk(asked, every, np.array(splits, SPLIT), values, np.array(steps, STEP), np.array(ends, np.float64))


def _steps(tree: Tree, asked: list[int], first: int, end: int) -> list[tuple[int, int, int]]:
    """The splits of a tree as steps, numbered from `first` on; its leaves from `end` on."""
    sides = ([first + child if child >= 0 else child - end for child in side] for side in (tree.left, tree.right))
    return list(zip(asked, *sides, strict=True))


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
def add_trees(
    answers: Answers, forest: Walk, lanes: int, left: NDArray[np.uint32], value: Floats, found: Floats
) -> None:
    """Add to (intervals, lanes) what the trees say of rows side by side, summed up in the order of the trees.

    Parameters
    ----------
    left, value
        Room for a number of each row.
    """
    width, everything = index(lanes), np.uint32(_ALL)
    trees, splits, values, steps, ends = forest.trees, forest.splits, forest.values, forest.steps, forest.ends
    for number in range(len(trees)):
        tree = trees[index(number)]
        if tree.last < 0:
            _go_down(answers, steps, ends, tree.first, lanes, value)
        else:
            for lane in range(lanes):
                left[index(lane)] = everything
            for split in range(tree.first, tree.last, BESIDE):
                _rule_out(answers, splits, index(split), lanes, left)
            first = index(number) * index(MOST)
            for lane in range(lanes):
                value[index(lane)] = values[first + index(_place(left[index(lane)]))]
        for k in range(len(INTERVALS)):  # all: a loop over some of them ends where the processor does not expect it
            start, adds = index(k) * width, tree.first_interval <= k < tree.last_interval
            for lane in range(lanes):
                found[start + index(lane)] += value[index(lane)] if adds else 0.0


@inlined
def _rule_out(answers: Answers, splits: NDArray[Any], first: Any, lanes: int, left: NDArray[np.uint32]) -> None:
    """Take from the leaves that are left those that `BESIDE` splits rule out."""
    width = index(lanes)
    a, b, c, d = splits[first], splits[first + index(1)], splits[first + index(2)], splits[first + index(3)]
    e, f, g, h = splits[first + index(4)], splits[first + index(5)], splits[first + index(6)], splits[first + index(7)]
    of_a, of_b, of_c, of_d = (
        index(a.question) * width, index(b.question) * width, index(c.question) * width, index(d.question) * width,
    )  # fmt: skip
    of_e, of_f, of_g, of_h = (
        index(e.question) * width, index(f.question) * width, index(g.question) * width, index(h.question) * width,
    )  # fmt: skip
    out_a, out_b, out_c, out_d = a.left_out, b.left_out, c.left_out, d.left_out
    out_e, out_f, out_g, out_h = e.left_out, f.left_out, g.left_out, h.left_out
    for lane in range(lanes):
        at = index(lane)
        left[at] &= (
            (np.uint32(answers[of_a + at]) | out_a) & (np.uint32(answers[of_b + at]) | out_b)
            & (np.uint32(answers[of_c + at]) | out_c) & (np.uint32(answers[of_d + at]) | out_d)
            & (np.uint32(answers[of_e + at]) | out_e) & (np.uint32(answers[of_f + at]) | out_f)
            & (np.uint32(answers[of_g + at]) | out_g) & (np.uint32(answers[of_h + at]) | out_h)
        )  # fmt: skip


@inlined
def _place(bits: Any) -> Any:
    """Where the value of the lowest bit's leaf stands."""
    return np.uint32(np.uint32(bits & (~bits + np.uint32(1))) * np.uint32(_DE_BRUIJN)) >> np.uint32(27)


@inlined
def _go_down(answers: Answers, steps: NDArray[Any], ends: Floats, first: int, lanes: int, value: Floats) -> None:
    """Write the values of the leaves that rows come to, split by split."""
    for lane in range(lanes):
        place = first
        while place >= 0:
            step = steps[index(place)]
            place = step.left if answers[index(step.question) * index(lanes) + index(lane)] != 0 else step.right
        value[index(lane)] = ends[index(~place)]
