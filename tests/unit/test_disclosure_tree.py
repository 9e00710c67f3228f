"""Which units' figures are withheld: worked out by hand, and against every sum and difference of what is shown."""

from itertools import product

import numpy as np
import pytest

from service.disclosure.tree import COMPLEMENT, FEWEST, TOO_FEW, reason, withheld
from service.disclosure.units import tree

COMPANY_OF_TWO = np.array([-1, 0, 0])


def hidden(parent: np.ndarray, counts: list[int]) -> list[bool]:
    """Withheld nodes of one figure."""
    found: list[bool] = withheld(parent, np.array(counts)[:, None])[:, 0].tolist()
    return found


@pytest.mark.parametrize(
    "counts, expected",
    [
        ([20, 12, 8], [False, False, False]),
        ([10, 5, 5], [False, False, False]),
        ([20, 16, 4], [False, True, True]),
        ([25, 10, 10], [False, False, False]),
        ([24, 10, 10], [False, True, False]),
        ([24, 12, 8], [False, False, True]),
        ([20, 20, 0], [False, False, True]),
        ([4, 4, 0], [True, True, True]),
        ([0, 0, 0], [True, True, True]),
    ],
)
def test_a_unit_and_two_parts(counts: list[int], expected: list[bool]) -> None:
    """What the unit is more than its shown parts is nobody or at least five people."""
    assert hidden(COMPANY_OF_TWO, counts) == expected


def test_below_a_withheld_unit_nothing_is_shown() -> None:
    """The part of 6 goes with that of 2, and with it the part of 6 that is all of it."""
    assert hidden(np.array([-1, 0, 0, 0, 2]), [20, 12, 6, 2, 6]) == [False, False, True, True, True]


def test_figures_are_judged_apart() -> None:
    """Two figures over the same units, made of different people."""
    counts = np.array([[20, 20], [12, 16], [8, 4]])
    assert withheld(COMPANY_OF_TWO, counts).tolist() == [[False, False], [False, True], [False, True]]


def test_a_small_group_and_its_sibling_have_their_own_reasons() -> None:
    """Four are too few; sixteen are withheld for their sake."""
    assert (reason(4), reason(16)) == (TOO_FEW, COMPLEMENT)


def test_no_sum_or_difference_is_about_a_few(trial: bool) -> None:
    """On random trees, every combination of shown totals by -1, 0 and 1 that counts people once counts nobody or five."""
    rng = np.random.default_rng(7)
    withheld_some = 0
    for _ in range(600 if trial else 60):
        nodes = int(rng.integers(2, 8))
        parent = np.array([-1] + [int(rng.integers(0, node)) for node in range(1, nodes)])
        here = rng.choice([0, 0, 1, 2, 3, 4, 5, 6, 9], nodes)
        members = _members(parent, here)
        out = withheld(parent, members.sum(axis=1)[:, None])[:, 0]
        assert not (~out & (members.sum(axis=1) < FEWEST)).any()
        withheld_some += bool((out & (members.sum(axis=1) >= FEWEST)).any())
        shown = members[~out]
        for signs in product((-1, 0, 1), repeat=len(shown)):
            told = np.asarray(signs) @ shown if len(shown) else np.zeros(1)
            if set(np.unique(told)) <= {0, 1}:
                assert told.sum() == 0 or told.sum() >= FEWEST
    assert withheld_some > 5


def _members(parent: np.ndarray, here: np.ndarray) -> np.ndarray:
    """Who stands in each node or below it; shape (nodes, people)."""
    members = np.repeat(np.eye(len(parent), dtype=int), here, axis=1)
    for node in range(len(parent) - 1, 0, -1):
        members[parent[node]] += members[node]
    return members


def test_paths_make_a_tree_with_all_ancestors() -> None:
    """Units that nobody names are there where something below them is; whoever has no unit is the company's."""
    found = tree(["Sales/EMEA/A", "People", None, "Sales/EMEA", "Sales-Ops", "Sales/EMEA/A"])
    assert found.paths == ("", "People", "Sales", "Sales/EMEA", "Sales/EMEA/A", "Sales-Ops")
    assert found.parent.tolist() == [-1, 0, 0, 2, 3, 0]
    assert found.depth.tolist() == [0, 1, 1, 2, 3, 1]
    assert found.nodes(["Sales/EMEA", None, "People/New", "elsewhere"]).tolist() == [3, 0, 1, 0]
    assert (found.node("Sales"), found.node("sales"), found.children(0)) == (2, None, [1, 2, 5])


def test_odd_paths_keep_to_whole_segments() -> None:
    """A path that begins, ends or doubles its stroke hangs where the scope of a key would have it."""
    found = tree(["/Sales", "Sales/", "A//B"])
    assert found.paths == ("", "/Sales", "A", "A/", "A//B", "Sales", "Sales/")
    assert found.parent.tolist() == [-1, 0, 0, 2, 3, 0, 5]


def test_totals_reach_every_ancestor() -> None:
    """1 + 2 + 4 people on one path, 8 on another, 16 without a unit."""
    found = tree(["A/B/C", "D"])
    assert found.totals(np.array([16, 1, 2, 4, 8])).tolist() == [31, 7, 6, 4, 8]
    both = np.array([[16.0, 0], [1, 0], [2, 0], [4, 1], [8, 0]])
    assert found.totals(both)[:, 1].tolist() == [1, 1, 1, 1, 0]
    assert tree([]).totals(np.array([3])).tolist() == [3]
