"""The full model: two members, one sum."""

from dataclasses import replace

import lightgbm
import numpy as np
import pytest
from numpy.typing import NDArray

from models import additive, blend, boosted, folds, logistic, rates, scales
from models.boosted import Cells
from models.hazard import hazards
from models.linear import Lines
from tests import small_models

NAMES = tuple(f"c{column}" for column in range(6))


@pytest.fixture
def examples(rng: np.random.Generator) -> blend.Examples:
    """Three months of 300 people; the first column raises the hazard, the second either way from its middle."""
    matrix = rng.normal(size=(900, 6)).astype(np.float32)
    matrix[rng.random(matrix.shape) < 0.1] = np.nan
    seen = np.nan_to_num(matrix)
    margin = -2.8 + 0.8 * seen[:, 0] + 0.8 * seen[:, 1] ** 2
    row, interval = np.repeat(np.arange(900), 4), np.tile(np.arange(4, dtype=np.int8), 900)
    event = rng.random(3_600) < np.repeat(hazards(margin.astype(np.float64)), 4)
    cells = Cells(row, interval, event, np.ones(3_600))
    day = np.repeat(np.array([0, 30, 60], np.int32), 300)
    return blend.Examples(matrix, NAMES, np.tile(np.arange(300, dtype=np.int32), 3), day, np.ones(900), cells, 200)


def score(found: blend.Blend) -> additive.Additive:
    """The blend as it is served."""
    return additive.additive(found.text, found.linear, NAMES)


def test_the_sum_is_the_mean_of_the_members_log_odds(examples: blend.Examples) -> None:
    """Served log-odds equal half of member A's and half of member B's, each fitted and added up by hand, to 1e-9."""
    found = blend.fit(examples, seed=1, threads=1)
    fold, base, cells = folds.by_person(examples.person, 1), rates.base(examples.cells), examples.cells
    parts = boosted.parted(examples.matrix, cells, fold)
    regression, linear = blend._regression(examples, base, fold, 1)
    alone = boosted.Settings.suited_to(200, 3.0, 1)
    unsaid = boosted.Settings.for_residual(200, 3.0, 1)
    bags = boosted.crossed(parts, base[cells.interval], alone, [], 1).bags
    more = boosted.crossed(parts, regression.margins, unsaid, [], 1).bags
    asked = small_models.stack(examples.matrix)

    def mean(of: tuple[lightgbm.Booster, ...], rounds: float | str) -> NDArray[np.float64]:
        said = [np.asarray(bag.predict(asked, raw_score=True, num_iteration=int(rounds))) for bag in of]
        return np.asarray(np.mean(said, axis=0)).reshape(-1, 4)

    first = base + mean(bags, found.params["rounds"])
    second = Lines(linear, NAMES).margins(examples.matrix) + mean(more, found.params["residual_rounds"])
    assert np.abs(score(found).margins(examples.matrix) - (first + second) / 2).max() < 1e-9


def test_trees_learn_what_the_regression_cannot_say(examples: blend.Examples) -> None:
    """Out of fold the blend's log loss is below the regression's, since a straight line cannot bend."""
    fold, base = folds.by_person(examples.person, 1), rates.base(examples.cells)
    regression, _ = blend._regression(examples, base, fold, 1)
    found = blend.fit(examples, seed=1, threads=1)
    assert logistic.log_loss(examples.cells, found.margins) < logistic.log_loss(examples.cells, regression.margins)


def test_out_of_fold_is_worse_than_having_seen_them(examples: blend.Examples) -> None:
    """On labels that are pure chance what is said of people not seen is no better than the base rate; the fit itself is."""
    chance = np.random.default_rng(9).permutation(examples.cells.event)
    given = replace(examples, cells=replace(examples.cells, event=chance))
    found, base = blend.fit(given, seed=1, threads=1), rates.base(given.cells)
    said = score(found).margins(given.matrix)[given.cells.row, given.cells.interval]
    at_base = logistic.log_loss(given.cells, base[given.cells.interval])
    assert logistic.log_loss(given.cells, found.margins) > at_base - 1e-3 > logistic.log_loss(given.cells, said)


def test_threads_change_nothing(examples: blend.Examples) -> None:
    """One and three fits at a time give the same text, linear part and log-odds."""
    one, three = (blend.fit(examples, seed=1, threads=threads) for threads in (1, 3))
    assert one.text == three.text
    assert one.linear == three.linear
    assert one.margins.tobytes() == three.margins.tobytes()


@pytest.mark.parametrize("leavers, regression_alone", [(29, True), (30, False)])
def test_few_leavers_get_the_regression_alone(examples: blend.Examples, leavers: int, regression_alone: bool) -> None:
    """With 29 leavers there is no tree, with 30 there is."""
    found = blend.fit(replace(examples, leavers=leavers), seed=1, threads=1)
    trees = np.asarray(
        lightgbm.Booster(model_str=found.text).predict(small_models.stack(examples.matrix), raw_score=True)
    )
    assert (np.abs(trees).max() == 0.0) == regression_alone
    assert found.linear.terms


def test_few_leavers_never_get_a_weak_ridge(examples: blend.Examples) -> None:
    """With 29 leavers the ridge is person-scaled at its strongest settings, or nothing is learned."""
    found = blend.fit(replace(examples, leavers=29), seed=1, threads=1)
    assert float(found.params["ridge"]) >= logistic.SMALLEST


def test_columns_of_nulls_teach_nothing(examples: blend.Examples) -> None:
    """A company without any source but who left still gets its base rates."""
    empty = replace(examples, matrix=np.full_like(examples.matrix, np.nan))
    found = score(blend.fit(empty, seed=1, threads=1)).margins(empty.matrix)
    assert np.abs(found - rates.base(examples.cells)).max() < 0.1


def test_scales_of_a_column_of_nulls() -> None:
    """Nothing is left to learn from, and nothing fails."""
    found = scales.standard(np.full((20, 3), np.nan, np.float32), np.ones(20), np.zeros(20, np.int32))
    assert found.design(np.zeros((4, 3), np.float32)).shape == (4, 0)
    assert found.penalty.shape == (0,)
