"""Metrics against values worked out by hand."""

import itertools
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


def test_metrics_agree_with_scikit_learn(rng: np.random.Generator) -> None:
    """On a thousand rows with many ties."""
    from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score

    risk = rng.integers(1, 40, 1_000) / 40
    left = rng.random(1_000) < risk
    assert metrics.auc(left, risk) == pytest.approx(roc_auc_score(left, risk), abs=1e-12)
    assert metrics.average_precision(left, risk) == pytest.approx(average_precision_score(left, risk), abs=1e-12)
    assert metrics.brier(left, risk) == pytest.approx(brier_score_loss(left, risk), abs=1e-12)


def test_precision_where_ties_compete_is_the_mean_over_their_orders() -> None:
    """Two of the three at .6 stay on the list of three; of the six orders each leaver is on it in four."""
    left, risk = np.array([False, True, True, False, False]), np.array([0.8, 0.6, 0.6, 0.6, 0.1])
    lists = [left[np.array([0, *order])][:3].mean() for order in itertools.permutations((1, 2, 3))]
    assert metrics.precision_at(left, risk, 3) == pytest.approx(np.mean(lists)) == pytest.approx(4 / 9)
    assert metrics.lift_at(left, risk, 3) == pytest.approx(4 / 9 / 0.4)


def test_a_list_longer_than_the_company_is_the_company() -> None:
    """Two of five, whatever the length; and nothing of nobody."""
    assert metrics.precision_at(LEFT, RISK, 50) == pytest.approx(0.4)
    assert metrics.lift_at(LEFT, RISK, 50) == pytest.approx(1.0)
    assert math.isnan(metrics.precision_at(np.empty(0, np.bool_), np.empty(0), 5))
    assert math.isnan(metrics.lift_at(np.array([False, False]), np.array([0.1, 0.2]), 1))


def test_the_slope_of_two_groups_follows_from_their_odds() -> None:
    """1 of 10 and 4 of 10 left: log-odds 1.792 apart; risks of .02 and .2 lie 2.506 apart: the slope is .7150."""
    left = np.repeat([True, False, True, False], [1, 9, 4, 6])
    risk = np.repeat([0.02, 0.2], 10)
    apart = math.log(4 / 6) - math.log(1 / 9), math.log(0.2 / 0.8) - math.log(0.02 / 0.98)
    assert metrics.calibration_slope(left, risk) == pytest.approx(apart[0] / apart[1])
    assert apart == pytest.approx((1.7918, 2.5055), abs=1e-4)


def test_the_slope_agrees_with_scikit_learn(rng: np.random.Generator) -> None:
    """An unpenalised logistic regression on the log-odds says the same."""
    from sklearn.linear_model import LogisticRegression

    odds = rng.normal(-2, 1, 2_000)
    left = rng.random(2_000) < 1 / (1 + np.exp(-(0.3 + 0.6 * odds)))
    plain = LogisticRegression(C=np.inf, tol=1e-10).fit(odds[:, None], left)
    assert metrics.calibration_slope(left, 1 / (1 + np.exp(-odds))) == pytest.approx(plain.coef_[0, 0], abs=1e-5)


def test_a_slope_that_the_rows_do_not_determine_is_not_a_number() -> None:
    """Equal risks, a threshold that parts the two kinds, one kind alone, nobody."""
    assert math.isnan(metrics.calibration_slope(LEFT, np.full(5, 0.2)))
    assert math.isnan(metrics.calibration_slope(np.array([True, True, False]), np.array([0.9, 0.8, 0.1])))
    assert math.isnan(metrics.calibration_slope(np.array([True, True]), np.array([0.9, 0.8])))
    assert math.isnan(metrics.calibration_slope(np.empty(0, np.bool_), np.empty(0)))
