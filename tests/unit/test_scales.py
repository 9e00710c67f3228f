"""Columns on the scale a linear model learns on, and the way back to raw values."""

import numpy as np
import pytest

from models import scales
from models.linear import Lines

NAMES = ("days", "share", "flat", "rare", "review", "also")
DAYS = np.repeat(np.arange(10, dtype=np.int32) * 30, 100)


@pytest.fixture
def matrix(rng: np.random.Generator) -> np.ndarray:
    """Skewed days, a share with nulls, a constant, a column of nulls, days since a common review, and again its nulls."""
    found = np.full((1_000, 6), np.nan, dtype=np.float32)
    found[:, 0] = np.exp(rng.normal(5, 1.5, size=1_000))
    found[:, 1] = rng.random(1_000)
    found[:, 2] = 3.0
    found[:5, 3] = 1.0
    found[:, 4] = DAYS + rng.integers(0, 3, size=1_000)
    found[:, 5] = rng.normal(size=1_000)
    found[::4, [1, 5]] = np.nan
    return found


def test_columns_are_centred_and_of_one_deviation(matrix: np.ndarray, rng: np.random.Generator) -> None:
    """Weighted mean 0 and, but for the nulls that stand at it, deviation 1; what is skewed is read as a logarithm."""
    weight = rng.random(1_000) + 0.5
    found = scales.standard(matrix, weight, DAYS)
    design = found.design(matrix)
    assert np.abs(weight @ design / weight.sum()).max() < 1e-9
    spread = np.sqrt(weight @ design**2 / weight.sum())
    assert spread[0] == pytest.approx(1.0)
    assert (spread < 1.0 + 1e-9).all()
    assert [(one.place, one.log) for one in found.scales] == [(0, True), (1, False), (4, False), (5, False)]


def test_columns_null_together_share_one_indicator(matrix: np.ndarray) -> None:
    """The share has an indicator, the last column, null in the same rows, has none."""
    found = scales.standard(matrix, np.ones(1_000), DAYS)
    assert {one.place: one.width for one in found.scales} == {0: 1, 1: 2, 4: 1, 5: 1}


def test_what_tells_the_date_is_held_back(matrix: np.ndarray) -> None:
    """Days since a review that everybody has on one day cost a hundred times more than tenure; other columns do not."""
    found = {one.place: one.penalties for one in scales.standard(matrix, np.ones(1_000), DAYS).scales}
    assert found[4][0] > 100
    assert all(found[place][0] < 1.5 for place in (0, 1, 5))


def test_nulls_that_tell_the_date_are_held_back(matrix: np.ndarray) -> None:
    """A source that began after the first three days is null for everybody until then; nulls of some people are not that."""
    matrix[:300, 5] = np.nan
    found = {one.place: one.penalties for one in scales.standard(matrix, np.ones(1_000), DAYS).scales}
    assert found[5][1] > 100
    assert found[1][1] < 1.5


def test_all_between_the_days_or_none() -> None:
    """A column that is one number a day tells all of the date; one that has the same values each day tells nothing."""
    assert scales.tells_the_date(np.repeat([1.0, 2.0, 3.0], 2), np.repeat(np.arange(3, dtype=np.int32), 2)) == 1.0
    assert scales.tells_the_date(np.tile([1.0, 2.0], 3), np.repeat(np.arange(3, dtype=np.int32), 2)) == 0.0


def test_terms_say_what_the_design_says(matrix: np.ndarray, rng: np.random.Generator) -> None:
    """The linear part over raw values equals levels plus design times slopes, to 1e-9, outliers and nulls included."""
    found = scales.standard(matrix, np.ones(1_000), DAYS)
    asked = np.concatenate([matrix, matrix * 50, np.full((1, 6), np.nan, np.float32)])
    slopes, levels = rng.normal(size=(5, 4)), np.array([-4.0, -3.0, -2.0, -1.0])
    lines = Lines(found.linear(NAMES, levels, slopes), NAMES)
    assert np.abs(lines.margins(asked) - (found.design(asked) @ slopes + levels)).max() < 1e-9
    assert np.abs(lines.contributions(matrix, 4).mean(axis=0)).max() < 1e-9
