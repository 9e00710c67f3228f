"""The loaded model: one row alone and the same row among many."""

from pathlib import Path

import numpy as np
import pytest

from models.risk import RiskModel
from tests import small_models


@pytest.fixture
def model(tmp_path: Path, rng: np.random.Generator) -> RiskModel:
    """A boosted model over the columns of the empty spec."""
    text = small_models.boosted_text(small_models.matrix(500, rng), rng)
    return RiskModel.load(small_models.write(tmp_path / "bundle", text, mode="full").path)


def test_the_base_rate_says_the_same_of_everybody(tmp_path: Path, rng: np.random.Generator) -> None:
    """Hazards of .02, .04, .05 and .10 whatever the row, and no reason for it."""
    model = RiskModel.load(small_models.write(tmp_path / "bundle").path)
    rows = small_models.matrix(3, rng)
    assert model.risks(rows) == pytest.approx(np.tile([0.02, 0.0592, 0.10624, 0.195616], (3, 1)), abs=1e-12)
    assert model.reasons(rows, 90, 5) == [[], [], []]
    assert (model.mode, model.bands, model.spec) == ("base_rate", model.manifest.bands, small_models.SPEC)


def test_one_row_has_the_risks_it_has_in_a_batch(model: RiskModel, rng: np.random.Generator) -> None:
    """To the last bit, in any order and on any number of threads."""
    rows = small_models.matrix(150, rng)
    together = model.risks(rows)
    assert all((model.risks(rows[place : place + 1]) == together[place]).all() for place in range(150))
    order = rng.permutation(150)
    assert (model.risks(rows[order], threads=2) == together[order]).all()


def test_no_row_has_no_risk(model: RiskModel) -> None:
    """An empty matrix gives empty answers of the right shape."""
    empty = np.empty((0, len(small_models.COLUMNS)), dtype=np.float32)
    assert model.risks(empty).shape == (0, 4)
    assert model.reasons(empty, 90, 5) == []
    assert model.contributions(empty, 90).values.shape == empty.shape


def test_risks_lie_strictly_between_0_and_1(model: RiskModel, rng: np.random.Generator) -> None:
    """For extreme, infinite and missing values as well."""
    rows = small_models.matrix(100, rng) * np.float32(1e30)
    rows[:10] = np.nan
    rows[10:20] = np.inf
    risks = model.risks(rows)
    assert ((risks > 0) & (risks < 1)).all()
    assert (np.diff(risks, axis=1) > 0).all()


def test_explained_is_risks_and_contributions(model: RiskModel, rng: np.random.Generator) -> None:
    """Both of the same rows, equal to the last bit to what each gives; none for no row."""
    rows = small_models.matrix(80, rng)
    risks, found = model.explained(rows, 90)
    alone = model.contributions(rows, 90)
    assert (risks == model.risks(rows)).all()
    assert (found.values == alone.values).all()
    assert (found.baseline == alone.baseline).all()
    assert model.tell(rows, found, 5) == model.reasons(rows, 90, 5)
    nobody, nothing = model.explained(rows[:0], 90)
    assert (nobody.shape, nothing.values.shape) == ((0, 4), (0, rows.shape[1]))
