"""The correction of the recent level: when it is made, how far it goes, and that the model stays one additive score."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from models import additive
from models.boosted import Cells, age_weight
from models.linear import Linear, Term
from models.manifest import Correction
from tests import small_models
from training.landmarks import TrainingRows
from training.recalibrate import corrected, correction

KNOWN_ON = 20_000
LEVEL = float(np.log(0.01 / 0.99))
"""One in a hundred is expected to leave in each cell."""


def _rows(left: list[int], people: int = 1_000, events: int = 1) -> tuple[TrainingRows, NDArray[np.float64]]:
    """Cells of the first interval, one a person and month; month 0 is the newest, `left[m]` people leave in month m.

    With `events` above 1 each leaver of a month has as many cells there.
    """
    months = np.repeat(np.arange(len(left)), people)
    order = np.tile(np.arange(people), len(left))
    event = order < np.asarray(left)[months] * events
    person = np.where(event, order // events, order) + months * people
    day = (KNOWN_ON - 30 - 30 * months).astype(np.int32)
    row = np.arange(len(months))
    weight = age_weight(KNOWN_ON - day)
    rows = TrainingRows(
        person=person.astype(np.int32),
        day=day,
        weight=weight,
        cells=Cells(row, np.zeros(len(row), np.int8), event, weight),
        closed_by=KNOWN_ON,
        observed_from=int(day.min()),
        landmarks=len(left),
        candidates=len(row),
        people=people,
        leavers=sum(left),
    )
    return rows, np.full(len(row), LEVEL)


def _found(left: list[int], **more: int) -> Correction:
    rows, margins = _rows(left, **more)
    return correction(rows, KNOWN_ON, margins)


def test_a_wave_is_corrected_to_what_the_window_shows() -> None:
    """Nine months with 20 of 1,000 leaving where 10 were expected, 27 with 10: log(2/98) - log(1/99), kept by 180/205."""
    found = _found([20] * 9 + [10] * 27)
    assert (found.applied, found.leavers, found.observed) == (True, 180, 180.0)
    assert found.expected == pytest.approx(90.0)
    assert found.level == pytest.approx((np.log(2 / 98) - np.log(1 / 99)) * 180 / 205, abs=1e-6)
    assert found.slope == 1.0
    assert found.p is not None
    assert found.p < 1e-5
    assert (found.since, found.until) == ("2024-01-08", "2024-10-04")


def test_calm_times_are_left_alone() -> None:
    """Where as many leave as expected in every month nothing is applied, and p is 1."""
    found = _found([10] * 36)
    assert (found.applied, found.level, found.slope, found.p) == (False, 0.0, 1.0, 1.0)


def test_chance_is_left_alone() -> None:
    """100 against 90 expected, and 10 a month before: p lies between .2 and .6 and nothing is applied."""
    found = _found([11, 11, 11, 11, 11, 11, 11, 11, 12] + [10] * 27)
    assert not found.applied
    assert found.p is not None
    assert 0.2 < found.p < 0.6


def test_too_few_leavers_are_not_tested() -> None:
    """Nineteen in the window are no ground for anything."""
    found = _found([3] * 5 + [1] * 4 + [1] * 27, people=100)
    assert (found.applied, found.p, found.leavers) == (False, None, 19)


def test_a_person_counts_once() -> None:
    """Of 60 cells with an event in nine months belonging to 18 people none is tested: they are 18 leavers."""
    rows, margins = _rows([2] * 9 + [2] * 27, people=100, events=3)
    assert rows.cells.event.sum() == 36 * 6
    found = correction(rows, KNOWN_ON, margins)
    assert (found.leavers, found.p, found.applied) == (18, None, False)


def test_a_burst_in_one_month_is_no_wave() -> None:
    """Of 180 leavers in nine months 100 left in one: months that scatter so much say nothing about the level."""
    assert _found([20] * 9 + [10] * 27).applied
    burst = _found([10, 10, 10, 100, 10, 10, 10, 10, 10] + [10] * 27)
    assert burst.leavers == 180
    assert not burst.applied


def test_a_season_is_no_wave() -> None:
    """Every year's same nine months are twice as high as the other three: compared with them the window is ordinary."""
    year = [20] * 9 + [5] * 3
    assert not _found(year * 3).applied
    assert _found([20] * 9 + [10] * 9).applied


def test_margins_that_say_too_little_are_made_steeper() -> None:
    """Half are expected at 1 % and half at 2 %, of whom 1 % and 4 % leave: the slope all but doubles."""
    rows, margins = _rows([0] * 36, people=2_000)
    order, month = np.arange(len(margins)) % 2_000, np.arange(len(margins)) // 2_000
    risky = order % 2 == 1
    margins[risky] = np.log(2 / 98)
    event = order // 2 < np.where(risky, np.where(month < 9, 40, 20), 10)
    found = correction(replace(rows, cells=replace(rows.cells, event=event)), KNOWN_ON, margins)
    assert found.applied
    assert 1.8 < found.slope < 2.0
    odds = np.exp(found.slope * np.log(np.array([1 / 99, 2 / 98])) + found.level)
    assert odds / (1 + odds) == pytest.approx([0.01, 0.04], rel=0.15)


def test_older_cells_count_as_many_as_they_stand_for() -> None:
    """Row weights fade with age, the test's counts do not: 27 months before expect 270 leavers."""
    rows, margins = _rows([10] * 36)
    assert rows.cells.weight.min() < 0.2
    halved = replace(rows, cells=replace(rows.cells, weight=rows.cells.weight / 2))
    assert correction(halved, KNOWN_ON, margins).expected == pytest.approx(45.0)


def _correction(level: float, slope: float, *, applied: bool) -> Correction:
    return Correction(applied, level, slope, 50, 50.0, 40.0, 0.001, "2024-01-08", "2024-10-04")


def test_a_corrected_model_is_slope_times_log_odds_plus_level(rng: np.random.Generator) -> None:
    """Trees and linear part of the corrected model add up to .3 + 1.2 m, to 1e-12, and contributions scale with it."""
    matrix = small_models.matrix(300, rng, columns=6)
    text = small_models.boosted_text(matrix, rng)
    names = tuple("abcdef")
    term = Term("b", True, -1.0, 1.0, (0.1, 0.2, 0.3, 0.4), (0.0, 0.1, 0.0, 0.1), (0.5, -0.5, 0.0, 0.1))
    linear = Linear((-1.0, -0.9, -0.8, -0.7), (term,))
    before = additive.additive(text, linear, names)
    after = additive.additive(*corrected(text, linear, _correction(0.3, 1.2, applied=True)), names)
    assert np.abs(after.margins(matrix) - (1.2 * before.margins(matrix) + 0.3)).max() < 1e-12
    parts, scaled = before.contributions(matrix, 2), after.contributions(matrix, 2)
    assert np.abs(scaled[:, :, :6] - 1.2 * parts[:, :, :6]).max() < 1e-9


def test_a_correction_not_applied_changes_nothing(rng: np.random.Generator) -> None:
    """Text and linear part are the same objects."""
    text = small_models.boosted_text(small_models.matrix(200, rng), rng)
    linear = Linear((0.1, 0.2, 0.3, 0.4))
    same = corrected(text, linear, _correction(0.3, 1.2, applied=False))
    assert same[0] is text
    assert same[1] is linear
