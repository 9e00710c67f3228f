"""Parts of trees and their tables, held against Shapley values worked out by hand."""

import numpy as np
import pytest

from models import plan
from models.forest import NAN_MISSING, Tree, flat
from models.shapley import BESIDE

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
