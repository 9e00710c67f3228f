"""Trees cut by interval, held against tables that can be worked out by hand and against the whole model."""

import numpy as np
import pytest

from models import additive, boosted, forest, kernel, plan, slices, table, trees
from models.linear import Linear
from tests import small_models

MARGINS = [[-4.0, -3.0, -2.0, -1.0], [-5.0, -4.5, -4.0, -3.5]]
COUNTS = [[9, 8, 7, 6], [4, 3, 2, 1]]
TABLE = table.text(MARGINS, COUNTS, [365.0], 1, 3)
"""Two bins of column 1 with 30 and 10 rows: three quarters and a quarter, in whichever interval."""


@pytest.mark.parametrize("interval, mean", [(0, -4.25), (1, -3.375), (2, -2.5), (3, -1.625)])
def test_within_an_interval_a_table_is_its_bins(interval: int, mean: float) -> None:
    """Its mean is three quarters of the first bin and a quarter of the second; the rest is the column's part."""
    own = slices.cut(forest.parse(TABLE, 2)).of(interval + 1)
    shap = np.zeros((2, 1, 4))
    kernel.explain(np.array([[7.0, 0.0], [7.0, 730.0]], np.float32), plan.plan(own, [0]), shap)
    first, second = MARGINS[0][interval], MARGINS[1][interval]
    assert shap[:, 0] == pytest.approx(np.array([[0, first - mean, 0, mean], [0, second - mean, 0, mean]]), abs=1e-12)


def test_the_interval_keeps_nothing_for_itself() -> None:
    """The same by way of the score: the interval's own share is nothing, its mean is one number for every row."""
    score = additive.additive(TABLE, Linear(), ("a", "b"))
    found = score.contributions(np.array([[1.0, 2.0], [1.0, 900.0], [np.nan, np.nan]], np.float32), 4)
    assert (found[:, :, -2] == 0).all()
    assert found[:, :, -1] == pytest.approx(np.tile([-4.25, -3.375, -2.5, -1.625], (3, 1)), abs=1e-12)
    assert found[:, :, 1] == pytest.approx(np.array([np.array(MARGINS[b]) for b in (0, 1, 0)]) - found[:, :, -1])


def test_trees_that_never_ask_for_the_interval_stay_as_they_are() -> None:
    """They are shared as they are; what is left for the intervals then is nothing."""
    one = trees.split(table.text([[-1.0, -1.0], [-2.0, -2.0]], [[1, 1], [1, 1]], [5.0], 0, 2))[0][0]
    plain = one.replace("split_feature=0 1 1", "split_feature=0 0 0")
    whole = forest.parse(trees.assemble([plain], 2), 1)
    found = slices.cut(whole)
    assert found.owner == (0,)
    assert found.of(0).trees() == whole.trees()
    assert [found.of(k).trees() for k in (1, 2, 3, 4)] == [[]] * 4


def test_slices_add_up_to_the_whole(rng: np.random.Generator) -> None:
    """Boosted trees in which the interval turns a column's meaning round: shared and own make the whole, to 1e-12."""
    matrix = small_models.matrix(3_000, rng, columns=4)
    cells = small_models.cells(len(matrix), rng, np.full(len(matrix), 0.2))
    odd = rng.random(len(cells.row)) < np.where((matrix[cells.row, 0] > 0) == (cells.interval > 1), 0.4, 0.1)
    turned = boosted.Cells(cells.row, cells.interval, odd, cells.weight)
    settings = boosted.Settings(7, 20, extra_trees=False, seed=1, rounds=20)
    text = boosted.fit(matrix, turned, np.full(4, -1.5), settings, 1)
    score = additive.additive(text, Linear(), ("a", "b", "c", "d"))
    cut = slices.cut(score.forest)
    assert cut.of(1).trees() != cut.of(4).trees()
    found = score.contributions(matrix, 4)
    assert np.abs(found.sum(axis=2) - score.margins(matrix)).max() < 1e-9
    assert np.ptp(found[:, :, -1], axis=0).max() < 1e-12
    assert np.corrcoef(found[:, 0, 0], found[:, 3, 0])[0, 1] < -0.5
