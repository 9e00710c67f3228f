"""What is expected of a run from its own risks: by hand for a few people, and against who leaves where risks are true."""

import itertools
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from models import metrics
from models.hazard import HORIZONS
from service.monitoring.expected import FEWEST, Estimate, Range, estimates, expected_auc

CERTAIN = (1e-9,) * 4
"""No doubt about the level."""


def of_90(risk: np.ndarray, seed: int, spread: float = 1e-9) -> Estimate:
    """The estimate by 90 days, where all horizons have the same risks."""
    found = estimates(np.stack([risk] * 4, axis=1), (spread,) * 4, seed)
    assert [one.horizon for one in found] == list(HORIZONS)
    return found[1]


def test_pairs_in_the_right_order_by_hand() -> None:
    """Four people, two tied: the share of expected (leaver, stayer) pairs in order, from all sixteen outcomes."""
    risk = np.array([0.6, 0.3, 0.3, 0.1])
    right = pairs = 0.0
    for left in itertools.product((True, False), repeat=4):
        chance = np.prod(np.where(left, risk, 1 - risk))
        for one, other in itertools.permutations(range(4), 2):
            if left[one] and not left[other]:
                pairs += chance
                right += chance * ((risk[one] > risk[other]) + (risk[one] == risk[other]) / 2)
    assert expected_auc(risk) == pytest.approx(right / pairs, abs=1e-12)


def test_equal_risks_rank_nobody() -> None:
    """A base rate has an AUC of a half, always."""
    found = of_90(np.full(500, 0.1), 1)
    assert found.auc == Range(0.5, 0.5, 0.5)
    assert found.leavers.value == 50.0


def test_a_plain_binomial_on_paper() -> None:
    """100 of 10 %: ten leave, 4 or 5 to 16 in 95 of 100 cases; Brier .1 * .9."""
    found = of_90(np.full(100, 0.1), 3)
    assert (found.leavers.value, found.brier.value) == (10.0, 0.09)
    assert found.leavers.low in (4, 5)
    assert found.leavers.high in (16, 17)
    assert found.people == 100


def test_doubt_about_the_level_widens_it() -> None:
    """With a spread of .3 the leavers' interval is more than twice as wide; what is expected stays."""
    risk = np.full(2_000, 0.1)
    sure, doubtful = (of_90(risk, 1, spread) for spread in (1e-9, 0.3))
    assert sure.leavers.value == doubtful.leavers.value
    assert doubtful.leavers.high - doubtful.leavers.low > 2 * (sure.leavers.high - sure.leavers.low)


def test_nothing_is_told_of_four() -> None:
    """Of four people nothing, of five the leavers."""
    assert estimates(np.full((FEWEST - 1, 4), 0.1), CERTAIN, 1) == ()
    assert of_90(np.full(5, 0.1), 1).leavers.value == 0.5


def test_the_same_seed_says_the_same() -> None:
    """A run that is made again has the same estimates."""
    risk = np.linspace(0.01, 0.4, 300)
    assert of_90(risk, 4) == of_90(risk, 4) != of_90(risk, 5)


@pytest.mark.parametrize("people", [30, 300, 3_000])
def test_it_holds_where_risks_are_true(
    people: int, rng: np.random.Generator, figures: Callable[..., Path], *, trial: bool
) -> None:
    """Where people leave by their risks each figure lies in its interval in 95 of 100, and estimates are right on average."""
    draws = 200 if trial else 40
    inside: dict[str, list[bool]] = {"leavers": [], "auc": [], "brier": []}
    gap: dict[str, list[float]] = {name: [] for name in inside}
    for seed in range(draws):
        risk = 1 / (1 + np.exp(-rng.normal(-2.8, 1.0, people)))
        left = rng.random(people) < risk
        found = of_90(risk, seed)
        became = {
            "leavers": float(left.sum()),
            "auc": metrics.auc(left, risk),
            "brier": metrics.brier(left, risk),
        }
        for name, value in became.items():
            figure: Range | None = getattr(found, name)
            if figure is not None and np.isfinite(value):
                inside[name].append(figure.low - 1e-3 <= value <= figure.high + 1e-3)
                gap[name].append(value - figure.value)
    shares = {name: float(np.mean(held)) for name, held in inside.items() if held}
    figures(
        f"expected_performance_{people}", {"inside": shares, "gap": {n: float(np.mean(g)) for n, g in gap.items() if g}}
    )
    print(people, shares)
    assert min(shares.values()) >= 0.95 - 4 * (0.95 * 0.05 / draws) ** 0.5
    for name, values in gap.items():
        if len(values) > 20:
            assert abs(np.mean(values)) <= 4 * np.std(values) / len(values) ** 0.5 + 1e-3, name
