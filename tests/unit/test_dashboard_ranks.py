"""Rank correlations, trends and their corrections, against other people's programs and printed numbers."""

from math import atanh, sqrt, tanh
from typing import Final

import numpy as np
import pytest
from scipy import stats

from service.dashboard.ranks import holm, mann_kendall, ranks, spearman, student

IQ: Final = np.asarray([106.0, 100, 86, 101, 99, 103, 97, 113, 112, 110])
TELEVISION: Final = np.asarray([7.0, 27, 2, 50, 28, 29, 20, 12, 6, 17])


def test_spearman_of_a_printed_example() -> None:
    """Ten people's IQ and hours of television: -29 / 165, p 0.627."""
    found = spearman(IQ, TELEVISION)
    assert found is not None
    assert found.value == pytest.approx(-29 / 165)
    assert found.p == pytest.approx(0.627188, abs=1e-5)


def test_ties_share_their_ranks() -> None:
    """Two thirds share 2.5."""
    assert ranks(np.asarray([3.0, 1.0, 3.0, 9.0])).tolist() == [2.5, 1.0, 2.5, 4.0]


@pytest.mark.parametrize("n", [4, 5, 20, 41])
def test_it_is_scipy_s(n: int) -> None:
    """With ties; value and p."""
    rng = np.random.default_rng(n)
    one, other = rng.integers(0, 9, n).astype(float), rng.integers(0, 9, n).astype(float)
    expected = stats.spearmanr(one, other)
    found = spearman(one, other)
    assert found is not None
    assert (found.value, found.p) == pytest.approx((expected.statistic, expected.pvalue), abs=1e-9)


def test_the_interval_is_bonett_and_wright_s() -> None:
    """Of 0.6 in 30 pairs by hand: z 0.6931, standard error sqrt(1.18 / 27) = 0.2091; 0.2764 to 0.8021."""
    rng = np.random.default_rng(3)
    one = rng.normal(size=30)
    found = spearman(one, one + rng.normal(size=30))
    assert found is not None
    error = sqrt((1 + found.value**2 / 2) / 27)
    assert (found.low, found.high) == pytest.approx(
        (tanh(atanh(found.value) - 1.959964 * error), tanh(atanh(found.value) + 1.959964 * error)), abs=1e-6
    )
    assert tanh(0.693147 - 1.959964 * sqrt(1.18 / 27)) == pytest.approx(0.2764, abs=1e-3)


def test_the_interval_holds_the_truth_often_enough() -> None:
    """Of 400 samples of 25 pairs whose rank correlation is 0.4825 (normal, 0.5), between 92 and 98 of 100."""
    rng, inside = np.random.default_rng(11), 0
    for _ in range(400):
        pair = rng.multivariate_normal([0, 0], [[1, 0.5], [0.5, 1]], 25)
        found = spearman(pair[:, 0], pair[:, 1])
        assert found is not None
        inside += found.low <= 0.4825 <= found.high
    assert 0.92 <= inside / 400 <= 0.98


def test_what_never_changes_goes_with_nothing() -> None:
    """There is no number to give."""
    assert spearman(np.ones(30), np.arange(30.0)) is None
    assert spearman(np.arange(3.0), np.arange(3.0)) is None


@pytest.mark.parametrize("freedom", [2, 3, 4, 7, 18, 39])
@pytest.mark.parametrize("t", [0.0, 0.3, 1.0, 2.5, 6.0])
def test_student_is_scipy_s(t: float, freedom: int) -> None:
    """Both sides together."""
    assert student(t, freedom) == pytest.approx(2 * stats.t.sf(t, freedom), abs=1e-9)


def test_a_trend_by_hand() -> None:
    """1 2 3 4 5 ... 10 rises in all 45 pairs: z = 44 / sqrt(125); one pair the other way: z = 42 / sqrt(125)."""
    for values, tau, p in (
        (np.arange(1.0, 11.0), 1.0, 2 * stats.norm.sf(44 / sqrt(125))),
        (np.asarray([2.0, 1, 3, 4, 5, 6, 7, 8, 9, 10]), 43 / 45, 2 * stats.norm.sf(42 / sqrt(125))),
    ):
        assert mann_kendall(values) == pytest.approx((tau, p))


def test_no_change_is_no_trend() -> None:
    """All alike."""
    assert mann_kendall(np.ones(12)) == (0.0, 1.0)


def test_noise_is_seldom_a_trend() -> None:
    """Of 1,000 years of twelve random months at most 7 of 100 fall below 0.05; of a steady rise nearly all."""
    rng = np.random.default_rng(5)
    noise = [mann_kendall(rng.poisson(9, 12).astype(float))[1] < 0.05 for _ in range(1_000)]
    rise = [mann_kendall(rng.poisson(6 + np.arange(12) * 2.0).astype(float))[1] < 0.05 for _ in range(200)]
    assert np.mean(noise) <= 0.07
    assert np.mean(rise) >= 0.9


def test_holm_by_hand() -> None:
    """0.01 0.04 0.03 0.005: the smallest four times, then three, two, one; none below one before it."""
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([]) == []
    assert holm([0.9, 0.8]) == [1.0, 1.0]
