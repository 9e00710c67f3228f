"""A linear part and trees as one score."""

import lightgbm
import numpy as np

from models.additive import additive
from models.linear import Linear, Term
from tests import small_models

SLOPES = (0.5, 0.25, 0.125, 0.0625)
LINEAR = Linear(
    (0.1, 0.2, 0.3, 0.4), (Term(small_models.COLUMNS[1], False, -1.0, 1.0, SLOPES, (0.0,) * 4, (0.0,) * 4),)
)


def test_the_score_is_the_sum_of_its_parts(rng: np.random.Generator) -> None:
    """Trees' raw score, plus intercept, plus slope times the clipped value, worked out apart."""
    rows = small_models.matrix(50, rng)
    rows[:, 1] = np.linspace(-2, 2, 50)
    text = small_models.boosted_text(small_models.matrix(400, rng), rng)
    score = additive(text, LINEAR, small_models.COLUMNS)
    trees = np.asarray(lightgbm.Booster(model_str=text).predict(small_models.stack(rows), raw_score=True)).reshape(
        50, 4
    )
    line = np.clip(rows[:, 1].astype(float), -1, 1)[:, None] * np.array(SLOPES) + np.array([0.1, 0.2, 0.3, 0.4])
    assert np.allclose(score.margins(rows), trees + line, rtol=0, atol=1e-12)


def test_contributions_sum_to_the_log_odds(rng: np.random.Generator) -> None:
    """For every row and interval, with the linear part's slope on its own column and the intercept on the interval."""
    rows = small_models.matrix(40, rng)
    text = small_models.boosted_text(small_models.matrix(400, rng), rng)
    score, bare = additive(text, LINEAR, small_models.COLUMNS), additive(text, Linear(), small_models.COLUMNS)
    found = score.contributions(rows, 4)
    assert np.allclose(found.sum(axis=2), score.margins(rows), rtol=0, atol=1e-9)
    more = found - bare.contributions(rows, 4)
    value = np.nan_to_num(np.clip(rows[:, 1].astype(float), -1, 1))
    assert np.allclose(more[:, :, 1], value[:, None] * np.array(SLOPES), rtol=0, atol=1e-12)
    assert np.allclose(more[:, :, -2], [0.1, 0.2, 0.3, 0.4], rtol=0, atol=1e-12)


def test_a_row_is_the_same_alone_and_among_many(rng: np.random.Generator) -> None:
    """To the last bit."""
    rows = small_models.matrix(30, rng)
    score = additive(small_models.boosted_text(small_models.matrix(400, rng), rng), LINEAR, small_models.COLUMNS)
    together = score.risks(rows)
    assert all((score.risks(rows[i : i + 1]) == together[i]).all() for i in range(30))
    assert score.risks(rows[:0]).shape == (0, 4)
