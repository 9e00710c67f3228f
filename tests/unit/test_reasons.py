"""What reasons are made of adds up to the risk it explains."""

from pathlib import Path

import numpy as np
import pytest

from models import reasons
from models.hazard import HORIZONS, hazards, risks
from models.linear import Linear, Term
from models.risk import RiskModel
from tests import small_models


@pytest.fixture
def model(tmp_path: Path, rng: np.random.Generator) -> RiskModel:
    """Boosted trees and a linear part of two terms over the columns of the empty spec."""
    text = small_models.boosted_text(small_models.matrix(500, rng), rng)
    slopes, offsets, nulls = (0.9, -0.4, 0.3, 0.2), (0.1, 0.0, -0.1, 0.2), (0.5, 0.4, -0.3, 0.2)
    terms = [
        Term(small_models.COLUMNS[at], log, -1.0, 1.5, slopes, offsets, nulls) for at, log in ((0, False), (3, True))
    ]
    linear = Linear((-0.2, 0.1, 0.3, 0.4), tuple(terms))
    return RiskModel.load(small_models.write(tmp_path / "bundle", text, mode="full", linear=linear).path)


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
