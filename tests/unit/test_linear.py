"""The linear part: values by hand, and rows that do not know of each other."""

import numpy as np
import pytest

from models.errors import BundleError
from models.linear import Linear, Lines, Term

PAY = Term("pay", log=False, low=-1.0, high=2.0, slopes=(0.5, 0.4, 0.3, 0.2), offsets=(0.1, 0.2, 0.3, 0.4), nulls=(-1.0, 0.0, 1.0, 2.0))  # fmt: skip
DAYS = Term("days", log=True, low=0.0, high=10.0, slopes=(1.0, 1.0, 1.0, 1.0), offsets=(0.0, 0.0, 0.0, 0.0), nulls=(0.25, 0.25, 0.25, 0.25))  # fmt: skip
LINES = Lines(Linear((-3.0, -2.0, -1.0, 0.0), (PAY, DAYS)), ("days", "other", "pay"))


def test_values_by_hand() -> None:
    """1.5 of pay in the first interval is .5 * 1.5 - .1; e - 1 days are 1 on the logarithm; what has no term is unread."""
    rows = np.array([[np.e - 1.0, 77.0, 1.5]], dtype=np.float32)
    found = LINES.contributions(rows, 4)[0]
    assert np.allclose(found[:, 2], [0.65, 0.4, 0.15, -0.1], atol=1e-7)
    assert np.allclose(found[:, 0], 1.0, atol=1e-7)
    assert (found[:, 1] == 0.0).all()
    assert np.allclose(LINES.margins(rows)[0], [-3.0 + 1.65, -2.0 + 1.4, -1.0 + 1.15, 0.9], atol=1e-7)


def test_values_beyond_the_clips_count_as_the_clip() -> None:
    """Pay of 9 counts as 2, of -9 as -1; negative days have a negative logarithm, cut at 0."""
    rows = np.array([[0.0, 0.0, 9.0], [-5.0, 0.0, -9.0]], dtype=np.float32)
    found = LINES.contributions(rows, 1)[:, 0]
    assert np.allclose(found[:, 2], [0.9, -0.6])
    assert np.allclose(found[:, 0], 0.0)


def test_a_null_has_a_value_of_its_own() -> None:
    """Neither slope nor offset is asked where there is no value."""
    rows = np.full((1, 3), np.nan, dtype=np.float32)
    found = LINES.contributions(rows, 4)[0]
    assert found[:, 2].tolist() == [-1.0, 0.0, 1.0, 2.0]
    assert found[:, 0].tolist() == [0.25] * 4


def test_no_terms_leave_the_intercepts() -> None:
    """Nothing else is added."""
    rows = np.ones((2, 3), dtype=np.float32)
    assert Lines(Linear((1.0, 2.0, 3.0, 4.0)), ("a", "b", "c")).margins(rows).tolist() == [[1.0, 2.0, 3.0, 4.0]] * 2


def test_a_row_is_the_same_alone_and_among_many(rng: np.random.Generator) -> None:
    """To the last bit, over 60 columns."""
    terms = tuple(
        Term(f"c{j}", bool(j % 2), -2.0, 2.0, *(tuple(rng.normal(size=4).tolist()) for _ in range(3)))
        for j in range(60)
    )
    lines = Lines(Linear(terms=terms), tuple(f"c{j}" for j in range(60)))
    rows = rng.normal(size=(500, 60)).astype(np.float32)
    rows[rng.random(rows.shape) < 0.2] = np.nan
    together = lines.margins(rows)
    assert all((lines.margins(rows[i : i + 1]) == together[i]).all() for i in range(500))


def test_a_term_without_a_column_is_refused() -> None:
    """The message counts, and does not name."""
    with pytest.raises(BundleError, match="names 1 columns that the model does not have"):
        Lines(Linear(terms=(PAY,)), ("days",)).margins(np.zeros((1, 1), np.float32))


def test_a_column_with_two_terms_is_refused() -> None:
    """One of them would be left out of the contributions, which then would not add up to the log-odds."""
    with pytest.raises(BundleError, match="names a column twice"):
        Lines(Linear(terms=(PAY, PAY)), ("pay",)).margins(np.zeros((1, 1), np.float32))
