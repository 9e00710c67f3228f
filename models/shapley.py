"""What the columns of a part of a tree bring, for given answers to its questions: worked out from the leaves, one by one.

The Shapley value of a column at a leaf is the integral that `kernel` tells of, of a product of one factor for each column on
the way. A column that is asked several times on the way is one factor: it goes that way where all its answers do, and its
share is the product of theirs.

What they bring is kept in whole numbers: every part has a unit of its own, fine enough that the greatest number it can come
to has 31 bits, and all units are multiples of one, in which the parts are summed up. So a sum is the same to the last bit in
whatever order it is made, and off by less than a billionth of what the parts can come to.
"""

import math
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from features.bare import bare
from features.compiled import compiled, inlined
from models.layout import Questions

Floats = NDArray[np.float64]

BESIDE: Final = 8
"""Questions that are looked at together, and columns of a row of a table that are added together."""
BLOCK: Final = BESIDE // 2
"""Places of a row of a table that hold so many columns."""

PART: Final = np.dtype([
    ("table", np.int32),       # where its table begins, or -1
    ("first", np.int32),       # its first question
    ("column", np.int32),      # its first column
    ("leaf", np.int32),        # its first leaf
    ("questions", np.uint16),
    ("columns", np.uint16),
    ("leaves", np.uint16),
    ("shift", np.uint16),      # the bits by which its numbers are coarser than those of all parts
    ("scale", np.float64),     # by what log-odds are multiplied to be whole numbers of its own
])  # fmt: skip
LEAF: Final = np.dtype([
    ("value", np.float64),
    ("factor", np.int32),      # its first factor
    ("factors", np.int32),
], align=True)  # fmt: skip
FACTOR: Final = np.dtype([
    ("share", np.float64),     # of the training rows that were asked, how many went the way to the leaf
    ("column", np.int32),      # among the part's
    ("condition", np.int32),   # its first condition
    ("conditions", np.int32),
], align=True)  # fmt: skip
CONDITION: Final = np.dtype([
    ("question", np.int32),    # among the part's
    ("left", np.int32),        # 1 where the way to the leaf is that of those who answer yes
])  # fmt: skip

SCRATCH: Final = 3
"""Numbers that `contribute` keeps of each factor of a leaf."""


_BITS: Final = 31
"""Of the greatest number of a part, in its own unit, besides its sign."""
_SLACK: Final = 1.0 + 2.0**-_BITS
"""What rounding may add to it."""
FOUND: Final = 3
NUMBERS: Final = 4
"""Numbers that `contribute` needs room for, of each question of a part."""


class Parts(NamedTuple):
    """Parts of trees, and of what they are made: each names the first of its questions, columns and leaves, and so on."""

    parts: NDArray[Any]
    asked: NDArray[np.uint32]
    """Questions, of each part a multiple of `BESIDE`: the last ones may be the one that nobody answers with yes."""
    columns: NDArray[np.uint16]
    """Of each part a multiple of `BESIDE`: the last ones may be the column behind all others."""
    leaves: NDArray[Any]
    factors: NDArray[Any]
    conditions: NDArray[Any]


class Plan(NamedTuple):
    """Parts of trees in the order of their owners, to ask for contributions."""

    questions: Questions
    owners: NDArray[np.int64]
    """(owners + 1,) where each owner's parts begin: 0 those of all intervals, k + 1 those of interval k."""
    expected: Floats
    """(owners,) the mean of each owner's trees over the training rows."""
    unit: Floats
    """(1,) log-odds that a sum of 1 stands for."""
    parts: NDArray[Any]
    """As in `Parts`, and so all up to `conditions`."""
    asked: NDArray[np.uint32]
    columns: NDArray[np.uint16]
    leaves: NDArray[Any]
    factors: NDArray[Any]
    conditions: NDArray[Any]
    points: Floats
    """Row k holds k points of Gauss and Legendre between 0 and 1."""
    weights: Floats
    tables: NDArray[np.int64]
    """Of each part a row for every set of answers: what its columns bring, two of them in one number."""
    most: int
    """Questions of the part that has most of them."""


@inlined
def _share_out(of: Plan, leaf: Any, k: int, share: Floats, move: Floats, before: Floats) -> None:
    """Write what each factor of a leaf brings at one of the points into `before`."""
    count = (leaf.factors + 1) // 2
    point, chance = of.points[count, k], leaf.value * of.weights[count, k]
    for j in range(leaf.factors):
        before[j] = chance
        chance *= share[j] + point * move[j]
    behind = 1.0
    for j in range(leaf.factors - 1, -1, -1):
        before[j] = before[j] * behind * move[j]
        behind *= share[j] + point * move[j]


@compiled
def tabulate(of: Plan, tables: NDArray[np.int32], room: Floats, fine: int) -> None:
    """Fill the tables: a row of each for every set of answers, of which the first question's is the lowest bit.

    Parameters
    ----------
    room
        For the numbers of the largest table.
    fine
        Of which power of two the unit of the sums is the inverse.
    """
    ways, terms, scratch = np.empty(len(room), np.uintp), np.empty(len(room)), np.empty((NUMBERS, of.most))
    for number in range(len(of.parts)):
        part = of.parts[number]
        if part.table < 0:
            _set_scale(part, part.scale, fine)
            continue
        rows, columns = 1 << part.questions, int(part.columns)
        found = room[: rows * columns]
        found[:] = 0.0
        for leaf in of.leaves[part.leaf : part.leaf + part.leaves]:
            _add_leaf(of, leaf, found, ways[:rows], terms, scratch)
        most = 0.0
        for value in found:
            most = max(most, abs(value))
        _set_scale(part, most, fine)
        step = (columns + BESIDE - 1) // BESIDE * BESIDE
        for row in range(rows):
            for column in range(columns):
                tables[2 * part.table + row * step + column] = np.int32(
                    np.rint(found[column * rows + row] * part.scale)
                )


@bare
def _add_leaf(of: Plan, leaf: Any, found: Floats, ways: NDArray[np.uintp], terms: Floats, scratch: Floats) -> None:
    """Add what a leaf brings to each row of a table; that is the same where the same of its factors go the way to it.

    Parameters
    ----------
    ways
        (rows,) room for which of the factors go, as bits.
    terms
        Room for what each factor brings, for every set of those that go.
    """
    share, move, before = scratch[0], scratch[1], scratch[2]
    factors, rows, sets = of.factors[leaf.factor : leaf.factor + leaf.factors], len(ways), 1 << leaf.factors
    ways[:] = 0
    for j, factor in enumerate(factors):
        asked, wanted = 0, 0
        for condition in of.conditions[factor.condition : factor.condition + factor.conditions]:
            asked |= 1 << condition.question
            wanted |= condition.left << condition.question
        for row in range(rows):
            ways[row] |= np.uintp(row & asked == wanted) << np.uintp(j)
        share[j] = factor.share
    for k in range((leaf.factors + 1) // 2):
        for way in range(sets):
            for j in range(leaf.factors):
                move[j] = (1.0 if way >> j & 1 == 1 else 0.0) - share[j]
            _share_out(of, leaf, k, share, move, before)
            for j in range(leaf.factors):
                terms[j * sets + way] = before[j]
        for j in range(leaf.factors):
            column, brings = found[factors[j].column * rows :], terms[j * sets :]
            for row in range(rows):
                column[row] += brings[ways[row]]


@inlined
def _set_scale(part: Any, most: float, fine: int) -> None:
    """Make the unit of a part as fine as the greatest number it can come to allows."""
    _, bits = math.frexp(most * _SLACK)
    part.shift = max(0, bits + fine - _BITS)
    part.scale = math.ldexp(1.0, fine - part.shift)


@bare
def contribute(of: Plan, number: int, answers: NDArray[np.bool_], scratch: Floats) -> None:
    """Write what each column of a part brings for these answers, in log-odds, into row `FOUND` of `scratch`."""
    part, factors, conditions = of.parts[number], of.factors, of.conditions
    share, move, before, found = scratch[0], scratch[1], scratch[2], scratch[FOUND]
    for column in range(part.columns):
        found[column] = 0.0
    for leaf in of.leaves[part.leaf : part.leaf + part.leaves]:
        for j in range(leaf.factors):
            factor, goes = factors[leaf.factor + j], True
            for at in range(factor.condition, factor.condition + factor.conditions):
                goes &= answers[conditions[at].question] == (conditions[at].left == 1)
            share[j] = factor.share
            move[j] = (1.0 if goes else 0.0) - factor.share
        for k in range((leaf.factors + 1) // 2):
            _share_out(of, leaf, k, share, move, before)
            for j in range(leaf.factors):
                found[factors[leaf.factor + j].column] += before[j]
