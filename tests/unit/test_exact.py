"""The chance that two groups lie as far apart as they do: against every way of dealing people out, and against others."""

from fractions import Fraction
from itertools import combinations
from math import comb

import numpy as np
import pytest
from scipy.stats import ks_2samp

from service.monitoring.exact import LEAST_P, Difference, difference


def dealt_out(group: list[int], reference: list[int]) -> Fraction:
    """The share of all ways to pick the group out of everybody that lie at least as far apart."""
    pool = [place for place, count in enumerate(np.add(group, reference)) for _ in range(count)]
    size, everyone = sum(group), len(pool)

    def apart(picked: list[int]) -> Fraction:
        below = [Fraction(0)]
        for edge in range(len(group)):
            here = sum(place <= edge for place in picked)
            all_ = sum(place <= edge for place in pool)
            below.append(abs(Fraction(here, size) - Fraction(all_ - here, everyone - size)))
        return max(below)

    seen = apart([place for place, count in enumerate(group) for _ in range(count)])
    ways = [apart([pool[one] for one in some]) for some in combinations(range(everyone), size)]
    return Fraction(sum(way >= seen for way in ways), len(ways))


@pytest.mark.parametrize("size, others", [(3, 5), (4, 4), (5, 7)])
def test_it_is_the_share_of_all_ways(size: int, others: int, rng: np.random.Generator) -> None:
    """Bins with ties and empty ones, every deal written out."""
    for _ in range(12):
        group, reference = (
            np.bincount(rng.integers(0, 4, many), minlength=4) * (np.arange(4) != 2) for many in (size, others)
        )
        found = difference(group, reference)
        if found is not None:
            assert found.p == pytest.approx(float(dealt_out(group.tolist(), reference.tolist())), abs=1e-12)


def test_two_bins_are_fishers_table() -> None:
    """3 of 23 against 60 of 160: the tables at least as far from equal shares, by the hypergeometric law on paper."""
    group, reference = (3, 20), (60, 100)
    law = {k: comb(63, k) * comb(120, 23 - k) / comb(183, 23) for k in range(24)}
    far = abs(Fraction(3, 23) - Fraction(60, 160))
    by_hand = sum(chance for k, chance in law.items() if abs(Fraction(k, 23) - Fraction(63 - k, 160)) >= far)
    found = difference(np.array(group), np.array(reference))
    assert found is not None
    assert found.p == pytest.approx(by_hand, abs=1e-12)
    assert found.distance == pytest.approx(float(far), abs=1e-15)


@pytest.mark.parametrize("size, others", [(30, 80), (200, 300)])
def test_without_ties_it_is_kolmogorovs_and_smirnovs(size: int, others: int, rng: np.random.Generator) -> None:
    """Every value in a bin of its own gives SciPy's exact chance and statistic."""
    for shift in (0.0, 0.3, 0.6):
        one, other = rng.normal(shift, 1.0, size), rng.normal(0.0, 1.0, others)
        place = np.argsort(np.argsort(np.concatenate([one, other])))
        found = difference(*(np.bincount(some, minlength=size + others) for some in (place[:size], place[size:])))
        oracle = ks_2samp(one, other, method="exact")
        assert found is not None
        assert found.distance == pytest.approx(oracle.statistic, abs=1e-12)
        assert found.p == pytest.approx(oracle.pvalue, rel=1e-6)


@pytest.mark.parametrize("size, others", [(30, 1_000), (300, 1_000), (3_000, 10_000)])
def test_chances_are_even_at_any_size(size: int, others: int, rng: np.random.Generator, *, trial: bool) -> None:
    """Two groups of one kind: below one in ten in at most a tenth of draws, but for four standard errors, and not never."""
    draws = 2_000 if trial else 200
    shares = rng.dirichlet(np.ones(20))
    ps = [
        found.p
        for _ in range(draws)
        if (found := difference(rng.multinomial(size, shares), rng.multinomial(others, shares))) is not None
    ]
    low = float(np.mean(np.array(ps) <= 0.1))
    print(f"{size} against {others}: {low:.3f} of {draws} at most .1")
    assert 0.02 <= low <= 0.1 + 4 * (0.1 * 0.9 / draws) ** 0.5


def test_far_apart_is_said_without_a_zero() -> None:
    """Three thousand of whom none lies where the reference does: the least chance that is told."""
    assert difference(np.array([3_000, 0]), np.array([0, 10_000])) == Difference(1.0, LEAST_P, "fell")


@pytest.mark.parametrize(
    "group, reference, direction",
    [
        ([1, 2, 7], [4, 3, 3], "rose"),
        ([7, 2, 1], [3, 3, 4], "fell"),
        ([4, 0, 4], [2, 4, 2], "spread"),
        ([1, 6, 1], [3, 2, 3], "narrowed"),
    ],
)
def test_the_direction_is_named(group: list[int], reference: list[int], direction: str) -> None:
    """Up, down, to both ends or to the middle."""
    found = difference(np.array(group), np.array(reference))
    assert found is not None
    assert found.direction == direction


def test_what_cannot_differ_is_no_question() -> None:
    """Nobody in a group, or everybody of both in one bin."""
    assert difference(np.array([0, 0]), np.array([3, 4])) is None
    assert difference(np.array([3, 4]), np.array([0, 0])) is None
    assert difference(np.array([0, 5]), np.array([0, 9])) is None
    same = difference(np.array([2, 4]), np.array([1, 2]))
    assert same is not None
    assert (same.distance, same.p) == (0.0, 1.0)
