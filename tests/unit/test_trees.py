"""Trees as text: bags merged into one, and tables of hazards written as a tree."""

import lightgbm
import numpy as np
import pytest

from models import boosted, table, trees
from tests import small_models


@pytest.fixture
def matrix(rng: np.random.Generator) -> np.ndarray:
    """Four hundred rows of six columns."""
    return small_models.matrix(400, rng, columns=6)


def test_merged_bags_are_their_mean(matrix: np.ndarray, rng: np.random.Generator) -> None:
    """Log-odds and contributions of the merged text are the base plus the mean of the bags, to 1e-12."""
    rate = np.where(matrix[:, 0] > 0, 0.2, 0.1)
    cells = small_models.cells(len(matrix), rng, rate)
    base = np.array([-2.0, -1.5, -1.0, -0.5])
    settings = [boosted.Settings(7, 20, extra_trees=False, seed=seed, rounds=15) for seed in (1, 2, 3)]
    stacked = small_models.stack(matrix)
    texts = [boosted._bag(stacked, cells, base, one) for one in settings]
    start = table.text([base.tolist()], [[1, 1, 1, 1]], [], 0, 7)
    merged = lightgbm.Booster(model_str=trees.merge(start, texts))
    bags = [lightgbm.Booster(model_str=text) for text in texts]
    expected = np.mean([bag.predict(stacked, raw_score=True) for bag in bags], axis=0) + np.tile(base, 400)
    assert np.abs(merged.predict(stacked, raw_score=True) - expected).max() < 1e-12
    shap = np.mean([bag.predict(stacked, pred_contrib=True) for bag in bags], axis=0)
    found = np.asarray(merged.predict(stacked, pred_contrib=True))
    assert np.abs(found[:, :6] - shap[:, :6]).max() < 1e-12


def test_a_text_does_not_depend_on_threads(matrix: np.ndarray) -> None:
    """One, two and three threads give the same text, byte for byte."""
    texts = {small_models.boosted_text(matrix, np.random.default_rng(5), threads) for threads in (1, 2, 3)}
    assert len(texts) == 1


def test_a_text_holds_no_value_of_a_person(matrix: np.ndarray, rng: np.random.Generator) -> None:
    """The ranges of the columns, which LightGBM writes, are gone, and so are the fit's parameters."""
    text = small_models.boosted_text(matrix, rng)
    infos = next(line for line in text.splitlines() if line.startswith("feature_infos="))
    assert infos == "feature_infos=" + " ".join(["[-inf:inf]"] * 7)
    assert "parameters:" not in text


def test_a_table_says_what_stands_in_its_cells() -> None:
    """Three bins from 0, 365 and 730 days; a limit belongs to the bin it begins, null to the first."""
    margins = [[-4.0, -3.0, -2.0, -1.0], [-4.5, -3.5, -2.5, -1.5], [-5.0, -4.0, -3.0, -2.0]]
    held = lightgbm.Booster(model_str=table.text(margins, [[9, 8, 7, 6]] * 3, [365.0, 730.0], 2, 4))
    rows = np.zeros((6, 3), dtype=np.float32)
    rows[:, 2] = [0, np.nextafter(np.float32(365), np.float32(0)), 365, 729, 730, np.nan]
    found = np.asarray(held.predict(small_models.stack(rows), raw_score=True)).reshape(6, 4)
    assert found.tolist() == [margins[0], margins[0], margins[1], margins[1], margins[2], margins[0]]


def test_a_tables_contributions_are_relative_to_its_counts() -> None:
    """Two bins at log-odds -1 and -3 with three times as many rows in the first: the mean is -1.5."""
    held = lightgbm.Booster(model_str=table.text([[-1.0, -1.0], [-3.0, -3.0]], [[3, 3], [1, 1]], [10.0], 0, 2))
    shap = np.asarray(held.predict(np.array([[0.0, 0.0], [20.0, 1.0]]), pred_contrib=True))
    assert shap[0].tolist() == pytest.approx([0.5, 0.0, -1.5])
    assert shap[1].tolist() == pytest.approx([-1.5, 0.0, -1.5])
