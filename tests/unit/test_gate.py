"""The gate fails closed: what is missing is a reason against."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from models.bundle import Bundle, Evidence, Golden
from tests import small_models
from training import gate
from training.backtest import LOGISTIC, Backtest, Judged
from training.fit import BASE_RATE, BY_TENURE, FULL
from training.splits import Origin


def against(held: Bundle) -> list[str]:
    """The reasons against a bundle."""
    return gate.reasons_against(held.path, held.digest)


def test_nothing_stands_against_a_sound_candidate(tmp_path: Path) -> None:
    """The base rate with its evidence passes."""
    assert against(small_models.write(tmp_path / "bundle")) == []


@pytest.mark.parametrize("evidence", [
    (),
    (small_models.evidence(method="logistic"),),
    (small_models.evidence(horizon=30),),
    (small_models.evidence(origins=0, expected=None),),
])  # fmt: skip
def test_no_evidence_at_ninety_days_is_a_reason(tmp_path: Path, evidence: tuple[Evidence, ...]) -> None:
    """None at all, another method's, another horizon's, or none that could be judged."""
    found = against(small_models.write(tmp_path / "bundle", evidence=evidence))
    assert found == ["There is no out-of-time evidence at 90 days: the records are too short for it."]


@pytest.mark.parametrize("expected", [None, 0.0])
def test_nobody_expected_is_a_reason(tmp_path: Path, expected: float | None) -> None:
    """Observed over expected must be a number."""
    evidence = (small_models.evidence(expected=expected),)
    found = against(small_models.write(tmp_path / "bundle", evidence=evidence))
    assert found == ["Leavers expected out of time by 90 days are not a number above 0."]


def test_too_few_leavers_are_a_reason(tmp_path: Path) -> None:
    """Four are too few."""
    training = replace(small_models.TRAINING, leavers=4)
    found = against(small_models.write(tmp_path / "bundle", training=training))
    assert found == ["4 people left voluntarily; a model needs at least 5."]


def test_a_candidate_without_golden_rows_is_held_back(tmp_path: Path) -> None:
    """Nothing proved is nothing promoted."""
    found = against(small_models.write(tmp_path / "bundle", golden=Golden((), ())))
    assert found == ["The bundle bundle does not give its golden rows their risks."]


def test_a_damaged_candidate_is_held_back(tmp_path: Path) -> None:
    """And so is another one than the run made, and one that is gone."""
    held = small_models.write(tmp_path / "bundle")
    other = small_models.write(tmp_path / "other", params={"seed": 2})
    assert len(gate.reasons_against(other.path, held.digest)) == 1
    shutil.rmtree(held.path)
    assert against(held) == ["There is no bundle folder bundle."]


def judged(full: float, tenure: float, rate: float) -> Judged:
    """Ten people of whom five left, and three methods that say one number of those who left, and 1 less it of others."""
    left = np.repeat([[True] * 4, [False] * 4], 5, axis=0)
    risks = {
        name: np.where(left, value, 1 - value) for name, value in ((FULL, full), (BY_TENURE, tenure), (BASE_RATE, rate))
    }
    risks[LOGISTIC] = np.full((10, 4), np.nan)
    return Judged(Origin(20_000, (30, 90)), np.arange(10, dtype=np.int32), risks, left)


CASES = [
    ([judged(0.9, 0.7, 0.6)], FULL),
    ([judged(0.7, 0.9, 0.6)], BY_TENURE),
    ([judged(0.7, 0.6, 0.9)], BASE_RATE),
    ([judged(0.7, 0.7, 0.6)], BY_TENURE),  # no better is not enough
    ([judged(np.nan, 0.7, 0.6)], BY_TENURE),  # too few leavers for trees at every origin
    ([judged(np.nan, 0.6, 0.7), judged(0.9, 0.8, 0.6)], FULL),  # judged where it could be fitted
    ([], BASE_RATE),  # nothing shown, nothing earned
]


@pytest.mark.parametrize("origins, mode", CASES)
def test_a_richer_model_earns_its_place_out_of_time(origins: list[Judged], mode: str) -> None:
    """By the Brier score at 90 days, over the people of the origins at which all could be judged."""
    assert gate.richest(Backtest(tuple(origins), 0)) == mode
