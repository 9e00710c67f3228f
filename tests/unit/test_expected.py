"""How many of a list may leave: the law of unequal coin flips, against every outcome written out, and its interval."""

from itertools import product

import numpy as np

from models.evidence import Evidence, Figure
from service.lists import expected
from service.lists.expected import Expected
from tests import small_models


def test_the_law_is_that_of_every_outcome() -> None:
    """Three people leave or stay: eight outcomes, added up by how many left."""
    chances = np.array([0.1, 0.25, 0.6])
    by_hand = np.zeros(4)
    for left in product((0, 1), repeat=3):
        by_hand[sum(left)] += np.prod(np.where(left, chances, 1 - chances))
    np.testing.assert_allclose(expected._law(chances), by_hand, atol=1e-15)
    assert round(by_hand[0], 9) == round(0.9 * 0.75 * 0.4, 9)


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
    """The normal law of 2,001 people ends within two people of the exact one of 2,000."""
    risks = rng.beta(1, 12, 2_001)
    many, exact = expected.expected(risks, 0.1), expected.expected(risks[:-1], 0.1)
    assert abs(many.low - exact.low) <= 2
    assert abs(many.high - exact.high) <= 2


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
