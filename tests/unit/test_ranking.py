"""Ranking under many weightings at once says what it says of the rows so often repeated."""

import numpy as np
import pytest

from models.ranking import Ranked

WEIGHTS = np.array([[1, 2, 0], [1, 1, 3], [1, 0, 0], [1, 3, 1], [1, 1, 2], [1, 0, 1]], dtype=np.float32)
LEFT = np.array([True, False, True, False, False, True])
RISK = np.array([0.8, 0.6, 0.6, 0.3, 0.1, 0.1])


def repeated(draw: int) -> Ranked:
    """The rows so often as the draw says, each once."""
    times = WEIGHTS[:, draw].astype(int)
    return Ranked.of(np.repeat(LEFT, times), np.repeat(RISK, times), np.ones((times.sum(), 1), dtype=np.float32))


@pytest.mark.parametrize("draw", range(3))
def test_a_weight_is_how_often_a_row_counts(draw: int) -> None:
    """For AUC, average precision, and lists of one to eight."""
    all_at_once, alone = Ranked.of(LEFT, RISK, WEIGHTS), repeated(draw)
    assert all_at_once.auc()[draw] == pytest.approx(alone.auc()[0])
    assert all_at_once.average_precision()[draw] == pytest.approx(alone.average_precision()[0])
    for length in range(1, 9):
        assert all_at_once.found(length)[draw] == pytest.approx(alone.found(length)[0])


def test_a_draw_without_leavers_or_stayers_has_no_value() -> None:
    """And does not spoil the draws beside it."""
    ranked = Ranked.of(np.array([True, False]), np.array([0.5, 0.2]), np.array([[1, 0, 1], [1, 1, 0]], np.float32))
    np.testing.assert_array_equal(ranked.auc(), [1.0, np.nan, np.nan])
    np.testing.assert_array_equal(ranked.average_precision(), [1.0, np.nan, 1.0])


def test_random_rows_agree_with_pairs_counted_one_by_one(rng: np.random.Generator) -> None:
    """Every pair of a leaver and a stayer, weighted, on rows full of ties."""
    left, risk = rng.random(60) < 0.3, rng.integers(1, 9, 60) / 10
    weight = rng.integers(0, 4, (60, 5)).astype(np.float32)
    wins = (risk[left][:, None] > risk[~left]) + (risk[left][:, None] == risk[~left]) / 2
    pairs = [w[left] @ wins @ w[~left] / (w[left].sum() * w[~left].sum()) for w in weight.T]
    np.testing.assert_allclose(Ranked.of(left, risk, weight).auc(), pairs)


def test_nobody_is_ranked() -> None:
    """No rows give no numbers and no errors."""
    ranked = Ranked.of(np.empty(0, np.bool_), np.empty(0), np.ones((0, 3), np.float32))
    assert np.isnan(ranked.auc()).all()
    assert np.isnan(ranked.average_precision()).all()
    assert (ranked.found(5) == 0).all()
