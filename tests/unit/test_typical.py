"""What is usual in a company, by hand."""

from dataclasses import replace

import numpy as np

from features import catalogue
from models.boosted import Cells
from tests import small_models
from training.landmarks import TrainingRows
from training.typical import typical

NAN = float("nan")
PLAIN = replace(catalogue.catalogue(small_models.SPEC)[0], unit="number")


def rows(person: list[int], weight: list[float]) -> TrainingRows:
    """Training rows of these people, all of one day."""
    nothing = Cells(np.zeros(0, np.int64), np.zeros(0, np.int8), np.zeros(0, np.bool_), np.zeros(0))
    day = np.zeros(len(person), np.int32)
    return TrainingRows(np.array(person, np.int32), day, np.array(weight), nothing, 0, 0, 1, len(person), 6, 0)


def test_the_median_weighs_recent_rows_more() -> None:
    """Of 1 to 6 with weights 1, 1, 1, 1, 1 and 5 half the weight is reached at 5; without the last at 3."""
    column = np.array([[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]], np.float32).T
    assert typical([PLAIN], column, rows([0, 1, 2, 3, 4, 5], [1, 1, 1, 1, 1, 5])) == (5.0,)
    column[5] = NAN
    assert typical([PLAIN], column, rows([0, 1, 2, 3, 4, 5], [1, 1, 1, 1, 1, 5])) == (3.0,)


def test_it_is_nobodys_own_value() -> None:
    """Two digits are kept, and four people are too few, however many rows they have."""
    column = np.array([[52_345.0] * 3 + [0.01234] * 3, [1.0] * 6], np.float32).T
    assert typical([PLAIN, PLAIN], column, rows([0, 1, 2, 3, 4, 5], [1, 1, 1, 1, 1, 2])) == (0.012, 1.0)
    assert typical([PLAIN], column[:, :1], rows([0, 1, 2, 3, 4, 5], [2, 1, 1, 1, 1, 1])) == (52_000.0,)
    assert typical([PLAIN], column[:, :1], rows([0, 1, 2, 3, 3, 3], [1] * 6)) == (None,)


def test_what_may_be_told_of_nobody_has_none() -> None:
    """Group answers and flags."""
    columns = np.ones((6, 2), np.float32)
    hidden = [replace(PLAIN, group_only=True), replace(PLAIN, unit="flag")]
    assert typical(hidden, columns, rows([0, 1, 2, 3, 4, 5], [1.0] * 6)) == (None, None)
