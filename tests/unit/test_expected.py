"""How many of a list may leave: the law of unequal coin flips, against every outcome written out, and its interval."""

from itertools import product

import numpy as np
import pytest

from models.evidence import Evidence, Figure
from service.lists import expected, law
from service.lists.expected import Expected
from tests import small_models


def test_the_law_is_that_of_every_outcome() -> None:
    """Three people leave or stay: eight outcomes, added up by how many left."""
    chances = np.array([0.1, 0.25, 0.6])
    by_hand = np.zeros(4)
    for left in product((0, 1), repeat=3):
        by_hand[sum(left)] += np.prod(np.where(left, chances, 1 - chances))
    found = [law.reached(law.moved(chances, 0.0), count) for count in range(-1, 4)]
    np.testing.assert_allclose(found, [0.0, *np.cumsum(by_hand)], atol=1e-15)
    assert round(by_hand[0], 9) == round(0.9 * 0.75 * 0.4, 9)


@pytest.mark.parametrize("people, spread", [(12, 0.3), (60, 0.5), (200, 0.3), (400, 0.1)])
def test_the_law_is_that_of_many_draws(people: int, spread: float, trial: bool) -> None:
    """Levels and flips drawn one by one: the law says how often each number is reached, exact and close to normal alike."""
    rng = np.random.default_rng(people)
    draws, risks = 100_000 if trial else 10_000, rng.beta(2, 10, people)
    odds = np.log(risks / (1 - risks)) + spread * rng.standard_normal((draws, 1))
    left = (rng.random((draws, people)) < 1 / (1 + np.exp(-odds))).sum(axis=1)
    chances = law.moved(risks, spread)
    for count in np.unique(np.quantile(left, [0.03, 0.1, 0.3, 0.5, 0.7, 0.9, 0.97]).astype(int)).tolist():
        assert abs(law.reached(chances, count) - (left <= count).mean()) < (0.008 if trial else 0.02)


def test_groups_are_worked_out_as_if_alone(rng: np.random.Generator) -> None:
    """Groups that share people, one of nobody, in any order: each as by itself."""
    risks = rng.beta(1, 8, 300)
    groups = [np.arange(300), np.array([5, 1, 7]), np.empty(0, np.int64), np.arange(100, 160)]
    starts = np.cumsum([0, *map(len, groups)])
    values, ends = expected.of_groups(risks, np.concatenate(groups), starts, 0.2, 0.8)
    for value, end, group in zip(values, ends, groups, strict=True):
        alone = expected.expected(risks[group], 0.2, 0.8)
        assert end == [alone.low, alone.high]
        assert round(value, 9) == round(float(risks[group].sum()), 9)
    assert (values[2], ends[2]) == (0.0, [0, 0])


def test_a_smaller_share_has_a_narrower_interval() -> None:
    """A thousand of 10 %, no doubt: 80 in 100 within 1.28 x 9.49 of 100."""
    found = expected.expected(np.full(1_000, 0.1), 1e-9, 0.8)
    assert (found.low, found.high) == (88, 112)


def test_interval_of_a_plain_binomial() -> None:
    """Ten of 10 % each and no doubt about the level: P(none) = .349 and P(at most 3) = .987, so none to three."""
    found = expected.expected(np.full(10, 0.1), 1e-9)
    assert (round(found.value, 9), found.low, found.high) == (1.0, 0, 3)


def test_doubt_about_the_level_widens_it() -> None:
    """A thousand of 10 %: about 100 +- 19 by chance alone; with a spread of .3 about 100 +- 60 %."""
    alone = expected.expected(np.full(1_000, 0.1), 1e-9)
    unsure = expected.expected(np.full(1_000, 0.1), 0.3)
    assert (alone.low, alone.high) == (82, 119)
    assert 45 < unsure.low < 65
    assert 140 < unsure.high < 175


def test_many_people_have_nearly_the_exact_law(rng: np.random.Generator) -> None:
    """Person after person up to 2,000, without doubt: the law says the same but for a thousandth."""
    risks = rng.beta(1, 12, 2_000)
    exact = np.ones(1)
    for risk in risks.tolist():
        exact = np.convolve(exact, [1 - risk, risk])
    chances = law.moved(risks, 0.0)
    for count in range(120, 200, 10):
        assert abs(law.reached(chances, count) - exact[: count + 1].sum()) < 1e-3


def test_nobody_is_expected_of_nobody() -> None:
    """An empty list has no leavers."""
    assert expected.expected(np.empty(0), 0.3) == Expected(0.0, 0, 0)


def test_the_spread_is_the_backtest_s() -> None:
    """Observed over expected between .6 and 1.6: ln(1.6 / .6) / 3.92 = .25; without such a figure .3; at least .1."""
    known = (small_models.evidence("full", 90),)
    assert round(expected.spread(known, "full", 90), 3) == 0.250
    assert expected.spread(known, "full", 180) == 0.3
    assert expected.spread(known, "tenure", 90) == 0.3
    unsaid: tuple[Evidence, ...] = (small_models.evidence("full", 90, observed_expected=Figure(None)),)
    assert expected.spread(unsaid, "full", 90) == 0.3
    sure = (small_models.evidence("full", 90, observed_expected=Figure(1.0, 0.99, 1.01)),)
    assert expected.spread(sure, "full", 90) == 0.1


def test_lists_hold_as_many_leavers_as_they_say(rng: np.random.Generator, trial: bool) -> None:
    """Of lists whose level is off by a normal .25, the interval with that spread holds the leavers of some 95 in 100."""
    draws, held = 2_000 if trial else 400, 0
    for _ in range(draws):
        risks = rng.beta(2, 10, 15)
        odds = np.log(risks / (1 - risks)) + rng.normal(0, 0.25)
        left = int((rng.random(15) < 1 / (1 + np.exp(-odds))).sum())
        told = expected.expected(risks, 0.25)
        held += told.low <= left <= told.high
    assert 0.93 <= held / draws <= 1.0
