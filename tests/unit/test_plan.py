"""Parts of trees and their tables, held against Shapley values worked out by hand, and parts against plain Python."""

import math

import numpy as np
import pytest

from models import plan
from models.forest import NAN_MISSING, Tree, flat
from models.shapley import BESIDE
from tests import oracle_plan

TREE = Tree(
    column=[0, 1], threshold=[1.0, 5.0], decision=[NAN_MISSING] * 2, left=[-1, -2], right=[1, -3], share=[0.5, 0.25],
    value=[1.0, 2.0, 4.0], bitsets={},
)  # fmt: skip
"""Column 0 up to 1: the value is 1. Else, column 1 up to 5: 2. Else 4. The mean is .5 * 1 + .5 * (.25 * 2 + .75 * 4)."""
CHAIN = Tree(
    column=[*range(12)], threshold=[0.0] * 12, decision=[NAN_MISSING] * 12, left=[-1 - n for n in range(12)],
    right=[*range(1, 12), -13], share=[0.5] * 12, value=[0.0] * 12 + [1.0], bitsets={},
)  # fmt: skip
"""Each no leads to the next question; only who says no twelve times gets something."""


def test_a_table_has_a_row_for_every_set_of_answers() -> None:
    """Nobody answers yes, the first question, the second, both: what each brings, over both orders in which they come."""
    laid = plan.plan(flat([TREE], 3), [0])
    found = laid.tables.view(np.int32).reshape(4, BESIDE)[:, :2] / laid.parts["scale"]
    assert found == pytest.approx(
        np.array([[1.375, 0.375], [-1.375, 0.125], [0.875, -1.125], [-0.875, -0.375]]), abs=1e-15
    )
    assert laid.expected[0] == 2.25


def test_parts_ask_few_questions() -> None:
    """Leaves are dealt from left to right, eight questions a part; longer ways are alone, and the longest have no table."""
    parts = plan.plan(flat([CHAIN], 13), [0]).parts
    assert parts["questions"].tolist() == [8, 9, 10, 11, 12, 12]
    assert parts["leaves"].tolist() == [8, 1, 1, 1, 1, 1]
    assert (parts["table"] >= 0).tolist() == [True, True, True, True, False, False]


def test_a_tree_that_asks_nothing_has_no_part() -> None:
    """Its value is expected of everybody."""
    lone = Tree(column=[], threshold=[], decision=[], left=[], right=[], share=[], value=[0.5], bitsets={})
    laid = plan.plan(flat([TREE, lone, lone], 3), [2, 2, 0])
    assert laid.owners.tolist() == [0, 0, 0, 1, 1, 1]
    assert laid.expected.tolist() == [0.5, 0.0, 2.75, 0.0, 0.0]


def _grown(rng: np.random.Generator, leaves: int, columns: int, deep: float) -> Tree:
    """A tree of random shape, the deeper the greater `deep` (0 to 1) is, now and then with a split by category."""
    left, right = [0] * (leaves - 1), [0] * (leaves - 1)
    ends: list[tuple[list[int], int]] = []
    for split in range(leaves - 1):
        if split:
            side, above = ends.pop(-1 if rng.random() < deep else int(rng.integers(len(ends))))
            side[above] = split
        ends += [(side, split) for side in ((left, right) if rng.random() < 0.5 else (right, left))]
    for (side, above), leaf in zip(ends, rng.permutation(leaves).tolist(), strict=bool(ends)):
        side[above] = ~leaf
    by_set = rng.random(leaves - 1) < 0.2
    return Tree(
        column=rng.integers(columns, size=leaves - 1).tolist(),
        threshold=rng.choice([-1.5, 0.0, 2.0, np.inf], leaves - 1).tolist(),
        decision=np.where(by_set, 1, rng.choice([0, 2, 4, 6, 8, 10], leaves - 1)).tolist(),
        left=left,
        right=right,
        share=rng.uniform(0.01, 0.99, leaves - 1).tolist(),
        value=rng.normal(size=leaves).tolist(),
        bitsets={split: [5, 1] for split in np.flatnonzero(by_set).tolist()},
    )


@pytest.mark.parametrize("columns", [1, 3, 40])
@pytest.mark.parametrize("deep", [0.0, 0.5, 0.95])
def test_trees_are_laid_out_as_leaf_by_leaf(columns: int, deep: float, rng: np.random.Generator) -> None:
    """Trees of one leaf, of few, and deeper than a part's questions, of owners in any order: the same to the last bit."""
    owner = rng.integers(5, size=40).tolist()
    trees = [_grown(rng, int(rng.choice([1, 2, 3, 8, 15, 40])), columns, deep) for _ in owner]
    found, wanted = plan.plan(flat(trees, columns + 1), owner), oracle_plan.laid(flat(trees, columns + 1), owner)
    told = found.parts[["first", "column", "leaf", "questions", "columns", "leaves"]].tolist()
    assert told == [part[:-1] for part in wanted["parts"]]
    assert found.unit[0] == math.ldexp(1.0, math.frexp(np.sum([part[-1] for part in wanted["parts"]]))[1] - 62)
    for name in ("asked", "columns", "leaves", "factors", "conditions"):
        assert getattr(found, name).tolist() == wanted[name], name
    assert found.expected.tolist() == [
        sum((oracle_plan.mean(tree) for tree, whose in zip(trees, owner, strict=True) if whose == k), 0.0)
        for k in range(5)
    ]
