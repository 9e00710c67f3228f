"""Reasons add up to the risk they explain."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from features import catalogue
from models import reasons
from models.hazard import HORIZONS, hazards, risks
from models.risk import RiskModel
from tests import small_models

FEATURES = catalogue.catalogue(small_models.SPEC)[:3]


@pytest.fixture
def model(tmp_path: Path, rng: np.random.Generator) -> RiskModel:
    """A boosted model over the columns of the empty spec."""
    text = small_models.boosted_text(small_models.matrix(500, rng), rng)
    return RiskModel.load(small_models.write(tmp_path / "bundle", text, mode="full").path)


@pytest.mark.parametrize("horizon", HORIZONS)
def test_baseline_and_contributions_sum_to_the_log_odds(
    model: RiskModel, rng: np.random.Generator, horizon: int
) -> None:
    """For every horizon, to 1e-6."""
    rows = small_models.matrix(200, rng)
    found = model.contributions(rows, horizon)
    risk = model.risks(rows)[:, HORIZONS.index(horizon)]
    assert np.abs(found.baseline + found.values.sum(axis=1) - np.log(risk / (1 - risk))).max() < 1e-6


def test_the_baseline_is_the_same_for_everybody(model: RiskModel, rng: np.random.Generator) -> None:
    """Nothing of a person is left in it, to 1e-6."""
    assert all(
        np.ptp(model.contributions(small_models.matrix(200, rng), horizon).baseline) < 1e-6 for horizon in HORIZONS
    )


def test_a_lone_mover_explains_the_whole_difference() -> None:
    """Hazards of .1 and .2 make a risk of .28; one feature lifts the first to .3, which makes .44."""
    shap = np.zeros((1, 2, 4))
    shap[0, :, -1] = np.log([0.1 / 0.9, 0.2 / 0.8])
    shap[0, 0, 1] = np.log(0.3 / 0.7) - np.log(0.1 / 0.9)
    found = reasons.combine(shap)
    assert found.values[0] == pytest.approx([0.0, np.log(0.44 / 0.56) - np.log(0.28 / 0.72)], abs=1e-9)
    assert found.baseline == pytest.approx([np.log(0.28 / 0.72)], abs=1e-9)


def test_contributions_are_weighted_by_the_rates_on_the_way(rng: np.random.Generator) -> None:
    """The mean of h/R between the baseline and the person, by a sum over ten thousand steps."""
    shap = rng.normal(size=(5, 4, 6)) - np.array([0, 0, 0, 0, 0, 3.0])
    start, end = shap[:, :, -2:].sum(axis=2), shap.sum(axis=2)
    steps = (np.arange(10_000) + 0.5) / 10_000
    chance = hazards(start + steps[:, None, None] * (end - start))
    rate = np.mean([one / risks(one)[:, -1:] for one in chance], axis=0)
    expected = (rate[:, :, None] * shap[:, :, :-2]).sum(axis=1)
    assert reasons.combine(shap).values == pytest.approx(expected, abs=1e-6)


def test_the_strongest_come_first_whichever_way_they_point() -> None:
    """By size; of equal ones those that can be acted on; and a reason of nothing is none."""
    features = [replace(FEATURES[0], name=name, phrase=name, actionable=name == "c") for name in "abc"]
    row = np.zeros(3, dtype=np.float32)
    found = reasons.top(features, row, np.array([0.2, -0.5, 0.2]), 3)
    assert [(one.feature, one.direction) for one in found] == [("b", "lowers"), ("c", "raises"), ("a", "raises")]
    assert [one.feature for one in reasons.top(features, row, np.array([0.2, -0.5, 0.2]), 1)] == ["b"]
    assert reasons.top(features, row, np.array([0.0, 1e-9, -1e-9]), 3) == []


def test_the_same_words_are_said_once() -> None:
    """Two features without a value share a sentence: the stronger one says it, and the next reason moves up."""
    features = [replace(FEATURES[0], name=name, null_phrase="No answer on record") for name in "ab"]
    features.append(replace(FEATURES[0], name="c", null_phrase="No pay on record"))
    found = reasons.top(features, np.full(3, np.nan, dtype=np.float32), np.array([0.2, 0.3, 0.1]), 2)
    assert [(one.feature, one.text) for one in found] == [("b", "No answer on record"), ("c", "No pay on record")]


def test_a_value_promised_to_stay_hidden_is_not_told() -> None:
    """A feature of whole-group answers carries no value, in the text or beside it; nor does a null."""
    group = replace(FEATURES[0], group_only=True, phrase="The team answers low")
    plain = replace(FEATURES[0], phrase="With us for {}", unit="days", null_phrase="Unknown", shift=0.0)
    row = np.array([12.0, 12.0, np.nan], dtype=np.float32)
    found = reasons.top([group, plain, plain], row, np.array([0.3, 0.2, 0.1]), 3)
    assert [(one.text, one.value) for one in found] == [
        ("The team answers low", None),
        ("With us for 12 days", 12.0),
        ("Unknown", None),
    ]
