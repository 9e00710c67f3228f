"""A column that by itself tells who left is named and refused; a good feature is not."""

from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest

from models.boosted import Cells
from training.fit import Known
from training.leakage import Outcomes, knows_all, sign, told

PEOPLE, ROWS = 200, 6


def outcomes(leavers: int = 40) -> Outcomes:
    """Two hundred people with six rows each; the first `leavers` left, within 90 days of their last two rows."""
    person = np.repeat(np.arange(PEOPLE, dtype=np.int32), ROWS)
    last = np.tile(np.arange(ROWS) >= ROWS - 2, PEOPLE)
    ever = person < leavers
    return Outcomes(person, np.ones(len(person)), ever & last, ever)


def noise(seed: int = 1) -> np.ndarray:
    """A column that knows nothing."""
    return np.random.default_rng(seed).normal(size=PEOPLE * ROWS).astype(np.float32)


def test_a_feature_is_none() -> None:
    """Noise; and a good one, whose mean is two standard deviations higher for those about to leave."""
    one = outcomes()
    assert sign(noise(), one) is None
    assert sign(noise() + np.where(one.soon, 2.0, 0.0).astype(np.float32), one) is None


def test_a_field_filled_in_for_leavers_only_is_one() -> None:
    """A flag on every row of those who left some time: it orders them perfectly, however far ahead."""
    one = outcomes()
    found = sign(one.ever.astype(np.float32), one)
    assert found == "alone it orders those who left by the training day with AUC 1.000"


def test_a_form_sent_after_notice_is_one() -> None:
    """A count on half of the rows before leaving, null elsewhere: those who have it are gone."""
    one = outcomes()
    half = one.soon & (np.arange(len(one.soon)) % 2 == 1)
    found = sign(np.where(half, 1.0, np.nan).astype(np.float32), one)
    assert found == "alone it picks 40 people of whom at least 98% left within 90 days"


@pytest.mark.parametrize("turn", [1.0, -1.0])
def test_the_direction_does_not_matter(turn: float) -> None:
    """Highest or lowest values, or the lack of one."""
    one = outcomes()
    half = one.soon & (np.arange(len(one.soon)) % 2 == 1)
    assert sign((turn * np.where(half, 9.0, noise())).astype(np.float32), one) is not None
    assert sign(np.where(half, np.nan, noise()).astype(np.float32), one) is not None
    assert sign(np.where(one.soon, turn * 9.0, noise()).astype(np.float32), one) is not None


def test_few_leavers_prove_nothing() -> None:
    """With nineteen, chance could have done it."""
    one = outcomes(leavers=19)
    assert sign(one.ever.astype(np.float32), one) is None
    assert sign(one.soon.astype(np.float32), one) is None


def test_what_many_leave_with_is_no_sign_where_nearly_all_leave() -> None:
    """Where 95 of 100 rows end in leaving, thirty people picked by noise are no wonder."""
    person = np.arange(1_000, dtype=np.int32)
    soon = person % 20 > 0
    values = np.where((person < 30) & soon, 9.0, 0.0).astype(np.float32)
    assert sign(values, Outcomes(person, np.ones(1_000), soon, soon)) is None


def test_a_constant_column_is_none() -> None:
    """Nor one that is null throughout."""
    one = outcomes()
    assert sign(np.zeros(PEOPLE * ROWS, dtype=np.float32), one) is None
    assert sign(np.full(PEOPLE * ROWS, np.nan, dtype=np.float32), one) is None


def test_the_finding_names_columns_and_says_what_to_do() -> None:
    """Three by name, the rest by number; nothing found is passed."""
    assert told({}).passed
    found = told(dict.fromkeys("abcde", "why"))
    assert not found.passed
    assert found.said.startswith("Leakage: a (why); b (why); c (why) and 2 more. What is recorded for leavers only")
    assert "RETENTION_OFFBOARDING_CATEGORIES" in found.said


def test_a_date_is_none() -> None:
    """Thirty people left in the last month, when nobody's 90 days had closed: a column that grows with the date is sound."""
    person, day = np.repeat(np.arange(PEOPLE, dtype=np.int32), ROWS), np.tile(np.arange(ROWS) * 30, PEOPLE)
    last, left = day == (ROWS - 1) * 30, person < 30
    early = np.flatnonzero(day + 90 <= ROWS * 30)
    cells = Cells(
        row=np.concatenate([np.repeat(early, 2), np.flatnonzero(last)]),
        interval=np.concatenate([np.tile([0, 1], len(early)), np.zeros(PEOPLE, int)]).astype(np.int8),
        event=np.concatenate([np.zeros(2 * len(early), np.bool_), left[last]]),
        weight=np.ones(2 * len(early) + PEOPLE),
    )
    rows = SimpleNamespace(day=day, person=person, weight=np.ones(len(day)), cells=cells, closed_by=ROWS * 30)
    known = SimpleNamespace(rows=rows, matrix=day[:, None].astype(np.float32), columns=("signal_sales_count_365",))
    assert knows_all(cast("Known", known)).passed
