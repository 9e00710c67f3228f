"""What the columns of a part of a tree bring, for given answers to its questions: worked out from the leaves, one by one.

The Shapley value of a column at a leaf is the integral that `kernel` tells of, of a product of one factor for each column on
the way. A column that is asked several times on the way is one factor: it goes that way where all its answers do, and its
share is the product of theirs.
"""

from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from features.compiled import compiled

Floats = NDArray[np.float64]

PART: Final = np.dtype([
    ("table", np.int32),       # where its table begins, or -1
    ("question", np.int32),    # its first question
    ("column", np.int32),      # its first column
    ("leaf", np.int32),        # its first leaf
    ("questions", np.uint16),
    ("columns", np.uint16),
    ("leaves", np.uint16),
    ("step", np.uint16),       # from one row of its table to the next
])  # fmt: skip
QUESTION: Final = np.dtype([
    ("source", np.uint32),     # which fact of the row it compares
    ("threshold", np.float32),
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


class Parts(NamedTuple):
    """Parts of trees, and of what they are made: each names the first of its questions, columns and leaves, and so on."""

    parts: NDArray[Any]
    questions: NDArray[Any]
    columns: NDArray[np.uint16]
    leaves: NDArray[Any]
    factors: NDArray[Any]
    conditions: NDArray[Any]
    points: Floats
    """Row k holds k points of Gauss and Legendre between 0 and 1."""
    weights: Floats


class Plan(NamedTuple):
    """Parts of trees in the order of their owners, to ask for contributions; one tuple, as compiled code reads it fastest."""

    values: NDArray[Any]
    """As in `Facts`, and so `sets` and `words`."""
    sets: NDArray[Any]
    words: NDArray[np.uint32]
    owners: NDArray[np.int64]
    """(owners + 1,) where each owner's parts begin: 0 those of all intervals, k + 1 those of interval k."""
    expected: Floats
    """(owners,) the mean of each owner's trees over the training rows."""
    parts: NDArray[Any]
    """As in `Parts`, and so all up to `weights`."""
    questions: NDArray[Any]
    columns: NDArray[np.uint16]
    leaves: NDArray[Any]
    factors: NDArray[Any]
    conditions: NDArray[Any]
    points: Floats
    weights: Floats
    tables: Floats
    """Of each part a row for every set of answers: what its columns bring."""


@compiled
def tabulate(of: Plan) -> None:
    """Fill the tables: a row of each for every set of answers, of which the first question's is the lowest bit."""
    for number in range(len(of.parts)):
        part = of.parts[number]
        if part.table < 0:
            continue
        answers, scratch = np.empty(part.questions, np.bool_), np.empty((SCRATCH, 2 * len(of.points)))
        for bits in range(1 << part.questions):
            for question in range(part.questions):
                answers[question] = bits >> question & 1 == 1
            row = part.table + bits * part.step
            contribute(of, number, answers, scratch, of.tables[row : row + part.columns])


@compiled
def contribute(of: Plan, number: int, answers: NDArray[np.bool_], scratch: Floats, found: Floats) -> None:
    """Write what each column of a part brings for these answers."""
    part, factors, conditions = of.parts[number], of.factors, of.conditions
    share, move, before = scratch[0], scratch[1], scratch[2]
    found[:] = 0.0
    for leaf in of.leaves[part.leaf : part.leaf + part.leaves]:
        for j in range(leaf.factors):
            factor, goes = factors[leaf.factor + j], True
            for at in range(factor.condition, factor.condition + factor.conditions):
                goes &= answers[conditions[at].question] == (conditions[at].left == 1)
            share[j] = factor.share
            move[j] = (1.0 if goes else 0.0) - factor.share
        count = (leaf.factors + 1) // 2
        for k in range(count):
            point, chance = of.points[count, k], leaf.value * of.weights[count, k]
            for j in range(leaf.factors):
                before[j] = chance
                chance *= share[j] + point * move[j]
            behind = 1.0
            for j in range(leaf.factors - 1, -1, -1):
                found[factors[leaf.factor + j].column] += before[j] * behind * move[j]
                behind *= share[j] + point * move[j]
