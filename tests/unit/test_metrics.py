"""Metrics against values worked out by hand."""

import math

import numpy as np
import pytest

from models import metrics

LEFT = np.array([True, False, True, False, False])
RISK = np.array([0.8, 0.6, 0.6, 0.3, 0.1])


def test_auc_counts_pairs_and_halves_ties() -> None:
    """Of six pairs the leaver at .8 wins three, the one at .6 wins two and ties one: 5.5 of 6."""
    assert metrics.auc(LEFT, RISK) == pytest.approx(5.5 / 6)


def test_auc_of_one_kind_is_not_a_number() -> None:
    """Without leavers, without stayers or without rows there is no pair."""
    for left in (np.array([True, True]), np.array([False, False])):
        assert math.isnan(metrics.auc(left, np.array([0.1, 0.2])))
    assert math.isnan(metrics.auc(np.empty(0, np.bool_), np.empty(0)))


def test_auc_of_equal_risks_is_a_half() -> None:
    """A model that says the same of everybody ranks nobody."""
    assert metrics.auc(LEFT, np.full(5, 0.2)) == pytest.approx(0.5)


def test_average_precision_takes_ties_together() -> None:
    """At .8 one of one has left, at .6 two of three: (1 + 2/3) / 2."""
    assert metrics.average_precision(LEFT, RISK) == pytest.approx((1 + 2 / 3) / 2)
    assert metrics.average_precision(LEFT, np.full(5, 0.2)) == pytest.approx(2 / 5)


def test_average_precision_needs_a_leaver() -> None:
    """Where nobody left there is nobody to find."""
    assert math.isnan(metrics.average_precision(np.array([False, False]), np.array([0.1, 0.2])))


def test_brier_is_the_mean_square() -> None:
    """(.2² + .6² + .4² + .3² + .1²) / 5 = .66 / 5."""
    assert metrics.brier(LEFT, RISK) == pytest.approx(0.66 / 5)


def test_brier_skill_is_measured_from_the_rate_of_these_rows() -> None:
    """The rate of two in five has a Brier score of .24; .132 saves 45 % of it."""
    assert metrics.brier_skill(LEFT, RISK) == pytest.approx(1 - 0.132 / 0.24)
    assert metrics.brier_skill(LEFT, np.full(5, 0.4)) == pytest.approx(0.0)
    assert math.isnan(metrics.brier_skill(np.array([False]), np.array([0.1])))


def test_observed_over_expected() -> None:
    """Two left and 2.4 were expected."""
    assert metrics.observed_expected(LEFT, RISK) == pytest.approx(2 / 2.4)
    assert math.isnan(metrics.observed_expected(np.empty(0, np.bool_), np.empty(0)))


@pytest.mark.parametrize("name", ["auc", "average_precision", "brier", "brier_skill", "observed_expected"])
def test_a_weight_is_how_often_a_row_counts(name: str) -> None:
    """Weights of 2, 1, 0, 3 and 1 say the same as the rows so often repeated."""
    metric = getattr(metrics, name)
    times = np.array([2, 1, 0, 3, 1])
    repeated = metric(np.repeat(LEFT, times), np.repeat(RISK, times))
    assert metric(LEFT, RISK, times.astype(np.float64)) == pytest.approx(repeated)


def test_metrics_agree_with_scikit_learn(rng: np.random.Generator) -> None:
    """On a thousand rows with many ties."""
    from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score

    risk = rng.integers(1, 40, 1_000) / 40
    left = rng.random(1_000) < risk
    assert metrics.auc(left, risk) == pytest.approx(roc_auc_score(left, risk), abs=1e-12)
    assert metrics.average_precision(left, risk) == pytest.approx(average_precision_score(left, risk), abs=1e-12)
    assert metrics.brier(left, risk) == pytest.approx(brier_score_loss(left, risk), abs=1e-12)


def test_the_interval_draws_people_not_rows() -> None:
    """A person's ten equal rows are one observation: the mean of 100 people at 0 or 1 has a width of about .2."""
    value = np.repeat(np.arange(100) % 2, 10).astype(np.float64)
    person = np.repeat(np.arange(100), 10)
    low, high = metrics.interval(person, lambda weight: float((weight * value).sum() / weight.sum()), seed=3, draws=500)
    assert low == pytest.approx(0.4, abs=0.03)
    assert high == pytest.approx(0.6, abs=0.03)


def test_an_interval_without_people_or_values_is_not_a_number() -> None:
    """Nothing is made up where nothing is there."""
    assert all(math.isnan(end) for end in metrics.interval(np.empty(0, np.int64), lambda _: 1.0, seed=1))
    assert all(math.isnan(end) for end in metrics.interval(np.arange(5), lambda _: float("nan"), seed=1))
