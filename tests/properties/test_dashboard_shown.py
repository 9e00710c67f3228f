"""What a dashboard shows cuts the company into remainders of five people or more who do not all say the same."""

from typing import Final

import numpy as np
import pytest
from numpy.typing import NDArray

from service.dashboard.codes import CODES, SHOWN
from service.dashboard.measured import Measured, ends, ratio, some
from service.dashboard.shown import apart, line
from service.dashboard.tally import raised
from service.disclosure.tree import FEWEST, withheld

TREES = 60
"""Random companies; a column of each is one month."""
CHANCE: Final = np.random.default_rng(7).random((14, 40))
"""By unit and month."""


def drawn(rng: np.random.Generator) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """A tree, and by unit and month how many people stand right there and how many of them say yes."""
    size = int(rng.integers(2, 14))
    parent = np.asarray([-1, *(int(rng.integers(0, node)) for node in range(1, size))], np.int64)
    people = rng.integers(0, 12, (size, 40)) * (rng.random((size, 40)) < 0.8)
    yes = rng.binomial(people, rng.choice([0.0, 0.05, 0.5, 0.95, 1.0], (size, 40)))
    return parent, people.astype(np.int64), yes.astype(np.int64)


def total(parent: NDArray[np.int64], here: NDArray[np.int64]) -> NDArray[np.int64]:
    """With everybody below."""
    summed: NDArray[np.int64] = raised(here.copy()[None], parent)[0]
    return summed


@pytest.mark.parametrize("seed", range(TREES))
def test_every_remainder_is_large_and_mixed(seed: int) -> None:
    """Of each shown unit, what it is more than the units shown below it: nobody, or five who differ."""
    parent, people, yes = drawn(np.random.default_rng(seed))
    n, k = total(parent, people), total(parent, yes)
    shown = line(Measured("share", ratio(k, n), n, sides=ends(k, n - k, n)), parent, CHANCE).codes == SHOWN
    left, said = np.where(shown, n, 0), np.where(shown, k, 0)
    for node in range(1, len(parent)):
        assert not (shown[node] & ~shown[parent[node]]).any()
        left[parent[node]] -= np.where(shown[node], n[node], 0)
        said[parent[node]] -= np.where(shown[node], k[node], 0)
    some = shown & (left > 0)
    assert (left[some] >= FEWEST).all()
    assert ((said[some] > 0) & (said[some] < left[some])).all()


@pytest.mark.parametrize("seed", range(TREES))
def test_of_a_few_it_is_not_told_that_none_took_part(seed: int) -> None:
    """Of each shown unit the rest: nobody is in it, or five are, or somebody took part."""
    parent, people, took = drawn(np.random.default_rng(3_000 + seed))
    n, k = total(parent, people), total(parent, took)
    shown = line(Measured("asked", ratio(k, n), k, sides=(some(k, n),)), parent, CHANCE).codes == SHOWN
    left, part = n.copy(), k.copy()
    for node in range(1, len(parent)):
        left[parent[node]] -= np.where(shown[node], n[node], 0)
        part[parent[node]] -= np.where(shown[node], k[node], 0)
    assert ((left == 0) | (left >= FEWEST) | (part > 0))[shown].all()


@pytest.mark.parametrize("seed", range(10))
def test_without_answers_it_is_the_rule_of_all_groups(seed: int) -> None:
    """A figure that leaders know anyway is shown where `withheld` lets it, and its code says which rule hid it."""
    parent, people, _ = drawn(np.random.default_rng(1_000 + seed))
    n = total(parent, people)
    found = line(Measured("head_count", n.astype(np.float64), n), parent, CHANCE)
    assert ((found.codes != SHOWN) == withheld(parent, n)).all()
    named = np.asarray(CODES)[found.codes]
    assert ((named == "too_few") == (n < FEWEST)).all()
    assert (found.people[found.codes != SHOWN] == 0).all()
    assert np.isnan(found.values[found.codes != SHOWN]).all()


def test_something_is_shown() -> None:
    """The rules do not hide everything: of random units most companies are shown, and a good part of the units."""
    shares = []
    for seed in range(TREES):
        parent, people, yes = drawn(np.random.default_rng(seed))
        n, k = total(parent, people), total(parent, yes)
        shares.append(
            (line(Measured("share", ratio(k, n), n, sides=ends(k, n - k, n)), parent, CHANCE).codes == SHOWN).mean()
        )
    assert np.mean(shares) > 0.15


@pytest.mark.parametrize("seed", range(TREES))
def test_no_part_is_the_total_less_the_others(seed: int) -> None:
    """Of a unit's parts that are not shown one has five people, or nobody is in any of them; and units stay covered."""
    rng = np.random.default_rng(2_000 + seed)
    parent, _, _ = drawn(rng)
    here = rng.integers(0, 9, (4, len(parent), 30)) * (rng.random((4, len(parent), 30)) < 0.7)
    people = [total(parent, one.astype(np.int64)) for one in here]
    lines = [
        line(Measured(f"theme.{number}", n.astype(np.float64), n), parent, CHANCE)
        for number, n in enumerate(people[:3])
    ]
    found = apart(lines, people[:3], people[3], parent)
    shown = np.stack([one.codes == SHOWN for one in found])
    hidden = np.where(shown, 0, np.stack(people[:3]))
    most = np.maximum(hidden.max(axis=0), people[3])
    told = shown.any(axis=0)
    assert ((most == 0) | (most >= FEWEST))[told].all()
    assert not (shown[:, 1:] & ~shown[:, parent[1:]]).any()
    assert (shown <= np.stack([one.codes == SHOWN for one in lines])).all()
    assert shown.any()


def test_what_is_withheld_beside_a_part_does_not_tell_which_it_is() -> None:
    """All of one part of four say yes: each of the others is withheld beside it in a third of 3,000 months, by the same code."""
    n = np.repeat(np.array([[46], [10], [11], [12], [13]]), 3_000, axis=1)
    k = np.repeat(np.array([[33], [5], [11], [8], [9]]), 3_000, axis=1)
    parent = np.array([-1, 0, 0, 0, 0])
    found = line(
        Measured("share", ratio(k, n), n, sides=ends(k, n - k, n)), parent, np.random.default_rng(1).random(n.shape)
    )
    named = np.asarray(CODES)[found.codes]
    assert (named[[0, 2]] == np.array([[""], ["complement"]])).all()
    beside = (named[[1, 3, 4]] == "complement").mean(axis=1)
    assert beside.sum() == 1.0
    assert np.abs(beside - 1 / 3).max() < 0.04
