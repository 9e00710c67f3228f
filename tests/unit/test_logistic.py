"""The ridge regression of interval hazards: what it finds, how it chooses, and what it may not see."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from models import folds, logistic
from models.boosted import Cells
from models.hazard import hazards
from models.logistic import STRENGTHS, Task

BASE = np.array([-3.0, -2.0, -1.5, -1.0])


def task(rng: np.random.Generator, rows: int, slopes: NDArray[np.float64]) -> Task:
    """Normal columns with the given slopes (width, 4), every cell closed."""
    values = rng.normal(size=(rows, len(slopes)))
    chance = hazards(values @ slopes + BASE)
    row, interval = np.repeat(np.arange(rows), 4), np.tile(np.arange(4, dtype=np.int8), rows)
    cells = Cells(row, interval, rng.random(4 * rows) < chance.ravel(), np.ones(4 * rows))
    return Task(values, cells, np.tile(BASE, (rows, 1)), np.ones(len(slopes)))


def same_in_all(*slopes: float) -> NDArray[np.float64]:
    """Slopes that serve every interval."""
    return np.repeat(np.array(slopes)[:, None], 4, axis=1)


def test_slopes_are_recovered(rng: np.random.Generator) -> None:
    """From 6,000 rows slopes of .8, -.5 and 0 for every interval, and levels at the base rates: to within .1."""
    slopes = same_in_all(0.8, -0.5, 0.0)
    found = logistic.fit(task(rng, 6_000, slopes), np.arange(6_000).astype(np.int8) % 5, STRENGTHS, 1)
    assert np.abs(found.slopes - slopes).max() < 0.1
    assert np.abs(found.levels).max() < 0.1


def test_the_first_interval_may_differ(rng: np.random.Generator) -> None:
    """A slope of 1.6 within a month and .8 later: the first is found, the others share one that lies little above .8."""
    slopes = same_in_all(0.8, -0.5)
    slopes[0, 0] = 1.6
    found = logistic.fit(task(rng, 6_000, slopes), np.arange(6_000).astype(np.int8) % 5, STRENGTHS, 1)
    assert found.slopes[0, 0] == pytest.approx(1.6, abs=0.1)
    assert found.slopes[0, 1] == found.slopes[0, 2] == found.slopes[0, 3]
    assert 0.75 < found.slopes[0, 1] < 1.0


def test_it_is_the_ridge_regression_others_fit(rng: np.random.Generator) -> None:
    """The same coefficients as scikit-learn's on the stacked cells, penalised levels and all, to 2e-3."""
    given = task(rng, 800, same_in_all(0.8, -0.5))
    given = replace(given, start=np.zeros((800, 4)))
    found = logistic.newton(given, 1.0, logistic.State(given.nothing)).at
    cells = given.cells
    stacked = np.column_stack([np.eye(4)[cells.interval], given.rows[cells.row]])
    other = LogisticRegression(C=1.0, fit_intercept=False, tol=1e-10, max_iter=1_000).fit(stacked, cells.event)
    assert np.abs(found - other.coef_[0]).max() < 2e-3


def test_noise_is_held_back_more_than_signal(rng: np.random.Generator) -> None:
    """Forty columns that say nothing get a stronger ridge, or none of them a say, where two that say much get a weak one."""
    fold = np.arange(600).astype(np.int8) % 5
    noise = logistic.fit(task(rng, 600, np.zeros((40, 4))), fold, STRENGTHS, 1)
    signal = logistic.fit(task(rng, 600, same_in_all(1.5, -1.5)), fold, STRENGTHS, 1)
    assert noise.strengths[0] > 30 * signal.strengths[0]
    assert np.abs(noise.slopes).max() < 0.1


def test_rows_of_one_person_do_not_pass_for_many(rng: np.random.Generator) -> None:
    """Each person's row ten times over: dealt by person the ridge is far stronger than dealt by row."""
    once = task(rng, 150, np.zeros((40, 4)))
    cells = once.cells
    copies = Cells(*(np.concatenate([part] * 10) for part in (cells.row, cells.interval, cells.event, cells.weight)))
    copies = replace(copies, row=copies.row + np.repeat(np.arange(10) * 150, 600))
    many = Task(np.tile(once.rows, (10, 1)), copies, np.tile(BASE, (1_500, 1)), np.ones(40))
    person = np.tile(np.arange(150), 10)
    by_person = logistic.fit(many, folds.by_person(person, 1), STRENGTHS, 1)
    by_row = logistic.fit(many, np.arange(1_500).astype(np.int8) % 5, STRENGTHS, 1)
    assert by_person.strengths[0] > 30 * by_row.strengths[0]


def test_what_is_said_out_of_fold_never_saw_the_person(rng: np.random.Generator) -> None:
    """Beyond the first month a fold's log-odds are those of a fit on the cells outside it alone."""
    given = task(rng, 300, same_in_all(0.8, -0.5))
    fold = np.arange(300).astype(np.int8) % 5
    found = logistic.fit(given, fold, [10.0], 1)
    assert found.strengths[0] == 10.0
    held = fold[given.cells.row] == 2
    others = given.part(~held)
    at = logistic.newton(others, 10.0, logistic.State(others.nothing)).at
    asked = held & (given.cells.interval > 0)
    expected = given.margins(at)[given.cells.row[asked], given.cells.interval[asked]]
    assert found.margins[asked] == pytest.approx(expected)


def test_own_labels_do_not_move_what_is_said_out_of_fold(rng: np.random.Generator) -> None:
    """With a fold's labels turned round, its own log-odds stay and those of the others move."""
    given = task(rng, 300, same_in_all(0.8, -0.5))
    fold = np.arange(300).astype(np.int8) % 5
    held = fold[given.cells.row] == 2
    turned = replace(given, cells=replace(given.cells, event=given.cells.event ^ (held & (given.cells.row % 10 == 2))))
    one, other = (logistic.fit(each, fold, [10.0], 1) for each in (given, turned))
    assert one.strengths == other.strengths
    assert np.abs(one.margins - other.margins)[held].max() == 0.0
    assert np.abs(one.margins - other.margins)[~held].max() > 1e-3


def test_threads_change_nothing(rng: np.random.Generator) -> None:
    """One and three fits at a time give the same numbers to the last bit."""
    given = task(rng, 400, same_in_all(0.8, -0.5, 0.1))
    fold = np.arange(400).astype(np.int8) % 5
    one, three = (logistic.fit(given, fold, STRENGTHS, threads) for threads in (1, 3))
    assert one.slopes.tobytes() == three.slopes.tobytes()
    assert one.margins.tobytes() == three.margins.tobytes()
