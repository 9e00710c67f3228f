"""Canaries stay alive in clean air, and die where something that cannot be known is learned."""

import numpy as np
import pytest

from models.boosted import Cells
from training import canaries
from training.canaries import Trial, at_chance, dealt, negligible, nothing_known, shuffled

PEOPLE, MONTHS = 60, 8


def trial(seed: int = 1) -> Trial:
    """Sixty people at eight month ends, a third of whom have a first column above 0 and leave far more often."""
    generator = np.random.default_rng(seed)
    person = np.tile(np.arange(PEOPLE, dtype=np.int32), MONTHS)
    day = np.repeat(np.arange(MONTHS, dtype=np.int32) * 30, PEOPLE)
    matrix = generator.normal(size=(len(person), 12)).astype(np.float32)
    prone = person % 3 == 0
    matrix[:, 0] = np.where(prone, 1.0, -1.0)
    event = generator.random(len(person)) < np.where(prone, 0.5, 0.02)
    cells = Cells(np.arange(len(person)), np.zeros(len(person), dtype=np.int8), event, np.ones(len(person)))
    left = np.arange(PEOPLE) % 3 == 0
    left[[0, 1]] = left[[1, 0]]
    return Trial(matrix, cells, day, person, 30, 1.0, matrix[:PEOPLE].copy(), left)


def test_outcomes_are_dealt_within_a_month_end_and_none_is_lost() -> None:
    """Every row gives once and gets once, on its own day, and hardly anybody gets their own."""
    one = trial()
    found = dealt(one, np.random.default_rng(1))
    assert sorted(found.tolist()) == list(range(PEOPLE * MONTHS))
    assert (one.day[found] == one.day).all()
    assert (found == np.arange(len(found))).mean() < 0.1


def test_mostly_the_same_person_gives_to_the_same() -> None:
    """All are there at every month end here, so the pairs are the same at each."""
    one = trial()
    pairs = one.person[dealt(one, np.random.default_rng(1))].reshape(MONTHS, PEOPLE)
    assert (pairs == pairs[0]).all()


def test_labels_dealt_out_anew_teach_nothing() -> None:
    """Though the true ones would: the first column orders who left nearly without error."""
    found = shuffled(trial(), seed=1)
    assert found.passed, found.said
    assert found.figures["auc"] == pytest.approx(0.5, abs=0.2)


def test_a_deal_that_deals_nothing_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where true labels reach the fit after all, its AUC gives it away."""
    monkeypatch.setattr(canaries, "dealt", lambda one, _: np.arange(len(one.day)))
    found = shuffled(trial(), seed=1)
    assert not found.passed
    assert "do not use what this run made" in found.said


@pytest.mark.parametrize("aucs, left, stayed, passed", [
    ([0.5, 0.52, 0.48, 0.5], 100, 1_000, True),
    ([0.61, 0.62, 0.6, 0.62], 100, 1_000, True),
    ([0.63, 0.62, 0.64, 0.63], 100, 1_000, False),
    ([0.7, 0.72, 0.71, 0.71], 7, 240, True),  # seven leavers: one standard deviation is 0.111
    ([0.8, 0.79, 0.78, 0.78], 7, 240, False),
    ([0.2, 0.3, 0.2, 0.3], 100, 1_000, True),  # the wrong way round is no knowledge of outcomes
    ([0.5, float("nan")], 100, 1_000, False),
    ([], 100, 1_000, False),
    ([0.5], 0, 0, True),
])  # fmt: skip
def test_chance_has_its_limits(aucs: list[float], left: int, stayed: int, passed: bool) -> None:
    """0.62 where many left, two and a half standard deviations of a random order where few did; no number is no chance."""
    assert at_chance(np.array(aucs), left, stayed).passed is passed


def test_columns_that_know_nothing_move_nothing() -> None:
    """Beside one column that knows much."""
    found = nothing_known(trial(), seed=1)
    assert found.passed, found.said
    share = found.figures["share"]
    assert share is not None
    assert share < 0.02


@pytest.mark.parametrize("moves, passed", [
    ([5, 4, 3, 2, 2, 2, 0.1, 0.1, 0.1], True),
    ([5, 4, 3, 2, 2, 2, 0.1, 0.1, 9.0], True),  # one of three may be lucky
    ([5, 4, 3, 0.2, 0.1, 0.1, 1.0, 1.0, 1.0], False),  # only three columns stand above
    ([1, 1, 1, 1, 1, 1, 0.9, 0.9, 0.9], False),  # a tenth of all that moves the score
    ([5, 4, 0, 0, 0, 0, 0.05, 0.05, 0.05], True),  # a score of two columns
    ([0] * 9, True),  # nothing moves: no noise either
    ([5, 4, 3, 2, 2, 2, float("nan"), float("nan"), float("nan")], False),
])  # fmt: skip
def test_noise_must_stand_low(moves: list[float], passed: bool) -> None:
    """The middle one of three random columns: at most a twentieth of all and below five others, or next to nothing."""
    assert negligible(np.array(moves, dtype=np.float64)).passed is passed
