"""Intervals resample people, and hold the truth about as often as they say."""

import numpy as np
import pytest

from models.evidence import Figure
from models.resampling import draw, figure


def test_the_first_draw_is_everybody_as_they_are() -> None:
    """Then each draw takes as many people as there are."""
    drawn = draw(np.array([7, 3, 7, 9]), seed=1, draws=20)
    assert drawn.people.tolist() == [3, 7, 9]
    assert drawn.times[:, 0].tolist() == [1, 1, 1]
    assert (drawn.times.sum(axis=0) == 3).all()


def test_a_persons_rows_are_drawn_together() -> None:
    """Rows of one code count equally often in every draw."""
    person = np.array([5, 2, 5, 2, 5])
    rows = draw(person, seed=1).of(person)
    assert rows.shape == (5, 201)
    np.testing.assert_array_equal(rows[[0, 2]], rows[[2, 4]])
    np.testing.assert_array_equal(rows[1], rows[3])


def test_ten_equal_rows_of_a_person_are_one_observation() -> None:
    """The mean of 100 people at 0 or 1 has an interval about .2 wide, however often each person's row stands there."""
    person, value = np.repeat(np.arange(100), 10), np.repeat(np.arange(100) % 2, 10).astype(np.float64)
    weight = draw(person, seed=3, draws=500).of(person)
    found = figure(value @ weight / weight.sum(axis=0))
    assert found.value == pytest.approx(0.5)
    assert found.low == pytest.approx(0.4, abs=0.03)
    assert found.high == pytest.approx(0.6, abs=0.03)


def test_equal_seeds_draw_equally() -> None:
    """And another seed draws otherwise."""
    person = np.arange(50)
    np.testing.assert_array_equal(draw(person, 1).times, draw(person, 1).times)
    assert (draw(person, 1).times != draw(person, 2).times).any()


def test_a_figure_without_a_value_has_no_interval() -> None:
    """Nor where more than a tenth of the draws have no value."""
    assert figure(np.array([np.nan, 0.1, 0.2])) == Figure(None)
    assert figure(np.empty(0)) == Figure(None)
    tenth = np.array([0.5, np.nan, 0.4, 0.6, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5])
    assert figure(tenth).low is not None
    assert figure(np.append(tenth, np.nan)) == Figure(0.5)


def test_nobody_is_drawn_from() -> None:
    """Without people there are no rows to weigh."""
    assert draw(np.empty(0, np.int32), seed=1).of(np.empty(0, np.int32)).shape == (0, 201)
