"""The gate fails closed: each criterion alone holds back a candidate to which nothing else can be objected."""

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.bundle import Bundle
from models.evidence import Evidence, Figure
from models.manifest import Golden
from tests import small_models
from training import gate
from training.backtest import LOGISTIC, Backtest, Judged
from training.evidence import Compared
from training.fit import BASE_RATE, BY_TENURE, FULL
from training.splits import Origin


def against(held: Bundle) -> dict[str, str]:
    """What each criterion that reads the bundle alone has against it."""
    manifest = held.manifest
    findings = (
        gate.proves(held.path, held.digest),
        gate.enough_leavers(manifest),
        gate.evidence_there(manifest),
        gate.level_right(manifest),
    )
    return {one.criterion: one.said for one in findings if not one.passed}


def test_nothing_stands_against_a_sound_candidate(tmp_path: Path) -> None:
    """The base rate with its evidence passes."""
    assert against(small_models.write(tmp_path / "bundle")) == {}


NONE = "There is no out-of-time evidence at 90 days: the records are too short for it."
NOT_ABOVE = "Leavers expected out of time by 90 days are not a number above 0."


@pytest.mark.parametrize("evidence", [
    (),
    (small_models.evidence(method="logistic"),),
    (small_models.evidence(horizon=30),),
    (small_models.evidence(origins=0, expected=None),),
])  # fmt: skip
def test_no_evidence_at_ninety_days_is_a_reason(tmp_path: Path, evidence: tuple[Evidence, ...]) -> None:
    """None at all, another method's, another horizon's, or none that could be judged."""
    found = against(small_models.write(tmp_path / "bundle", evidence=evidence))
    assert found[gate.EVIDENCE] == NONE
    assert set(found) <= {gate.EVIDENCE, gate.LEVEL}


@pytest.mark.parametrize("name, words", [("auc", "AUC"), ("brier_skill", "Brier skill")])
@pytest.mark.parametrize("value", [None, float("inf")])
def test_a_missing_figure_is_a_reason(tmp_path: Path, name: str, words: str, value: float | None) -> None:
    """And it alone: what is no number is said by name."""
    figures: dict[str, Any] = {name: Figure(value)}
    evidence = (small_models.evidence(**figures),)
    found = against(small_models.write(tmp_path / "bundle", evidence=evidence))
    assert list(found) == [gate.EVIDENCE]
    assert f"{words} cannot be said" in found[gate.EVIDENCE]


@pytest.mark.parametrize("expected", [None, 0.0])
def test_nobody_expected_is_a_reason(tmp_path: Path, expected: float | None) -> None:
    """Observed over expected must be a number."""
    evidence = (small_models.evidence(expected=expected),)
    assert against(small_models.write(tmp_path / "bundle", evidence=evidence)) == {gate.LEVEL: NOT_ABOVE}


LEVELS = [  # observed, expected, drawn interval, whether the level may be right
    (12, 11.5, (0.6, 1.6), True),
    (40, 10.0, (2.7, 5.2), False),  # four times as many, and its interval wholly above 2
    (24, 10.0, (1.8, 3.1), True),  # may still be below 2
    (10, 40.0, (0.11, 0.38), False),
    (10, 30.0, (0.15, 0.52), True),
    (0, 4.0, (0.0, 0.0), True),  # by chance nobody: up to 3.67 may have been due, 0.92 of 4
    (0, 10.0, (0.0, 0.0), False),  # 0.37 of 10
    (5, 2.0, (None, None), True),  # no drawn interval: 1.61 to 11.67 over 2
]


@pytest.mark.parametrize("observed, expected, interval, right", LEVELS)
def test_only_a_level_clearly_wrong_is_a_reason(
    tmp_path: Path, observed: int, expected: float, interval: tuple[float | None, float | None], right: bool
) -> None:
    """The wider of the drawn interval and a count's own must lie wholly outside 0.5 to 2; nothing else is said."""
    figure = Figure(observed / expected, *interval)
    evidence = (small_models.evidence(observed=observed, expected=expected, observed_expected=figure),)
    found = against(small_models.write(tmp_path / "bundle", evidence=evidence))
    assert list(found) == ([] if right else [gate.LEVEL])


def test_too_few_leavers_are_a_reason(tmp_path: Path) -> None:
    """Four are too few."""
    training = replace(small_models.TRAINING, leavers=4)
    found = against(small_models.write(tmp_path / "bundle", training=training))
    assert found == {gate.LEAVERS: "4 people left voluntarily; a model needs at least 5."}


def test_a_candidate_without_golden_rows_is_held_back(tmp_path: Path) -> None:
    """Nothing proved is nothing promoted."""
    found = against(small_models.write(tmp_path / "bundle", golden=Golden((), ())))
    assert found == {gate.PROVES: "The bundle bundle does not give its golden rows their risks."}


def test_a_damaged_candidate_is_held_back(tmp_path: Path) -> None:
    """And so is another one than the run made, and one that is gone."""
    held = small_models.write(tmp_path / "bundle")
    other = small_models.write(tmp_path / "other", params={"seed": 2})
    assert not gate.proves(other.path, held.digest).passed
    shutil.rmtree(held.path)
    assert against(held) == {gate.PROVES: "There is no bundle folder bundle."}


SOUND = np.tile([0.01, 0.02, 0.03, 0.04], (20, 1))


@pytest.mark.parametrize("row", [
    [0.01, 0.02, 0.03, np.nan],
    [0.0, 0.02, 0.03, 0.04],
    [0.01, 0.02, 0.03, 1.0],
    [0.02, 0.01, 0.03, 0.04],  # falls along the row
])  # fmt: skip
def test_nearly_everybody_must_get_sound_risks(row: list[float]) -> None:
    """Two of twenty may be without; three may not."""
    risks = SOUND.copy()
    risks[:2] = row
    assert gate.answers(risks).passed
    risks[2] = row
    assert gate.answers(risks).said.startswith("85.0% of 20 people at risk on the training day get a sound risk")
    assert not gate.answers(risks).passed


@pytest.mark.parametrize("risks", [SOUND[:0], SOUND[:, :3], SOUND[0]])
def test_every_horizon_must_be_there(risks: np.ndarray) -> None:
    """Nobody, three horizons, or no table at all: held back."""
    assert not gate.answers(risks).passed


PEOPLE, LEFT = 60, 24


def judged(full: float, tenure: float, rate: float, people: int = PEOPLE, left: int = LEFT) -> Judged:
    """Some of whom left; a method finds a share of them: 0.8 of the found ones, and 0.2 of everybody else."""
    gone = np.repeat((np.arange(people) < left)[:, None], 4, axis=1)
    generator = np.random.default_rng(2)
    risks = {}
    for name, share in ((FULL, full), (BY_TENURE, tenure), (BASE_RATE, rate)):
        listed = np.where(generator.random(people) < share, gone[:, 0], generator.random(people) < 0.4)
        risks[name] = np.repeat(np.where(listed, 0.8, 0.2)[:, None], 4, axis=1)
        if np.isnan(share):
            risks[name] = np.full((people, 4), np.nan)
    risks[LOGISTIC] = np.full((people, 4), np.nan)
    return Judged(Origin(20_000, (30, 90)), np.arange(people, dtype=np.int32), risks, gone)


CASES = [
    ([judged(0.9, 0.3, 0.1)], FULL),
    ([judged(0.3, 0.9, 0.1)], BY_TENURE),
    ([judged(0.3, 0.1, 0.9)], BASE_RATE),
    ([judged(0.9, 0.3, 0.1, people=50, left=19)], BY_TENURE),  # too few left to show anything
    ([judged(np.nan, 0.9, 0.3)], BY_TENURE),  # too few leavers to learn from at every origin
    ([judged(np.nan, 0.3, 0.3), judged(0.9, 0.3, 0.1)], FULL),  # judged where it could be fitted
    ([], BASE_RATE),  # nothing shown, nothing earned
]


@pytest.mark.parametrize("origins, mode", CASES)
def test_a_richer_model_earns_its_place_out_of_time(origins: list[Judged], mode: str) -> None:
    """By AUC and Brier skill at 90 days, over the people of the origins at which both of a pair could be judged."""
    assert gate.richest(Backtest(tuple(origins), 0), seed=1) == mode


def test_no_better_is_not_enough() -> None:
    """The same risks as the hazard by tenure: nothing is gained, so it is not the full model that is served."""
    one = judged(0.9, 0.3, 0.1)
    one.risks[BY_TENURE] = one.risks[FULL]
    assert gate.richest(Backtest((one,), 0), seed=1) == BY_TENURE


@pytest.mark.parametrize("auc, skill, shown", [
    ((0.02, 0.0, 0.04), (0.001, -0.1, 0.1), True),
    ((0.02, -0.02, 0.06), (0.001, -0.1, 0.1), True),  # 0.02 is 0.98 standard errors of 0.0204
    ((0.02, -0.03, 0.07), (0.001, -0.1, 0.1), False),  # 0.78 of them
    ((0.02, -0.03, 0.07), (0.01, 0.0, 0.02), True),  # the other figure shows it
    ((0.02, 0.0, 0.04), (-0.001, -0.1, 0.1), False),  # a better order, but worse chances
    ((0.02, None, None), (0.01, 0.0, 0.02), False),
])  # fmt: skip
def test_a_lead_must_be_more_than_a_toss(
    auc: tuple[float, ...], skill: tuple[float, ...], shown: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ahead in both figures, in one of them by 0.84 standard errors: so do four of five draws say."""
    monkeypatch.setattr(gate, "compared", lambda *_: Compared(1, PEOPLE, Figure(*auc), Figure(*skill)))
    found = Backtest((judged(0.9, 0.3, 0.1),), 0)
    assert gate.ahead(found, FULL, BY_TENURE, seed=1) is shown
