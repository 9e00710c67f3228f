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
    found = logistic.fit(task(rng, 6_000, slopes), np.arange(6_000).astype(np.int8) % 5, 1.0, STRENGTHS, 1)
    assert np.abs(found.slopes - slopes).max() < 0.1
    assert np.abs(found.levels).max() < 0.1


def test_the_first_interval_may_differ(rng: np.random.Generator) -> None:
    """A slope of 1.6 within a month and .8 later: both are found, within .1 and .15."""
    slopes = same_in_all(0.8, -0.5)
    slopes[0, 0] = 1.6
    found = logistic.fit(task(rng, 6_000, slopes), np.arange(6_000).astype(np.int8) % 5, 1.0, STRENGTHS, 1)
    assert found.slopes[0, 0] == pytest.approx(1.6, abs=0.1)
    assert found.slopes[0, 1:] == pytest.approx([0.8] * 3, abs=0.15)


def test_what_is_said_may_fade(rng: np.random.Generator) -> None:
    """Slopes that fall to a half within half a year are found, to a tenth; an interval nobody has reached keeps the last share."""
    slopes = same_in_all(1.2, -0.8) * np.array([1.0, 1.0, 0.75, 0.5])
    given, fold = task(rng, 6_000, slopes), np.arange(6_000).astype(np.int8) % 5
    found = logistic.fit(given, fold, 1.0, STRENGTHS, 1)
    assert np.abs(found.slopes - slopes).max() < 0.1
    early = logistic.fit(given.part(given.cells.interval < 3), fold, 1.0, STRENGTHS, 1)
    assert early.shares[3] == early.shares[2]
    assert early.slopes[0, 3] == early.slopes[0, 2]


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
    noise = logistic.fit(task(rng, 600, np.zeros((40, 4))), fold, 1.0, STRENGTHS, 1)
    signal = logistic.fit(task(rng, 600, same_in_all(1.5, -1.5)), fold, 1.0, STRENGTHS, 1)
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
    by_person = logistic.fit(many, folds.by_person(person, 1), 1.0, STRENGTHS, 1)
    by_row = logistic.fit(many, np.arange(1_500).astype(np.int8) % 5, 1.0, STRENGTHS, 1)
    assert by_person.strengths[0] > 30 * by_row.strengths[0]


def test_what_is_said_out_of_fold_never_saw_the_person(rng: np.random.Generator) -> None:
    """Within an interval a fold's log-odds are a straight line of those by a fit on the cells outside it alone."""
    given = task(rng, 300, same_in_all(0.8, -0.5))
    fold = np.arange(300).astype(np.int8) % 5
    found = logistic.fit(given, fold, 1.0, [10.0], 1)
    others = given.part(fold[given.cells.row] != 2)
    expected = given.margins(logistic.newton(others, 10.0, logistic.State(others.nothing)).at)
    assert found.strengths[0] == 10.0
    for k in (1, 2, 3):
        asked = (fold[given.cells.row] == 2) & (given.cells.interval == k)
        assert _alike(found.margins[asked], expected[given.cells.row[asked], k])


def test_own_labels_do_not_move_what_is_said_out_of_fold(rng: np.random.Generator) -> None:
    """With half a fold's labels turned round its own log-odds keep their order and spacing; those of the others do not."""
    given = task(rng, 300, same_in_all(0.8, -0.5))
    fold = np.arange(300).astype(np.int8) % 5
    held = fold[given.cells.row] == 2
    turned = replace(given, cells=replace(given.cells, event=given.cells.event ^ (held & (given.cells.row % 10 == 2))))
    one, other = (logistic.fit(each, fold, 1.0, [10.0], 1) for each in (given, turned))
    assert one.strengths == other.strengths
    for k in range(4):
        here = given.cells.interval == k
        assert _alike(one.margins[here & held], other.margins[here & held])
        assert not _alike(one.margins[here & ~held], other.margins[here & ~held])


def test_threads_change_nothing(rng: np.random.Generator) -> None:
    """One and three fits at a time give the same numbers to the last bit."""
    given = task(rng, 400, same_in_all(0.8, -0.5, 0.1))
    fold = np.arange(400).astype(np.int8) % 5
    one, three = (logistic.fit(given, fold, 1.0, STRENGTHS, threads) for threads in (1, 3))
    assert one.slopes.tobytes() == three.slopes.tobytes()
    assert one.margins.tobytes() == three.margins.tobytes()


def _alike(one: NDArray[np.float64], other: NDArray[np.float64]) -> bool:
    """Whether one is a straight line of the other."""
    return float(np.corrcoef(one, other)[0, 1]) > 1.0 - 1e-9
