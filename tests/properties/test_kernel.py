"""The compiled loops held against LightGBM itself, on rows and models made to be hard."""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import lightgbm
import numpy as np
import pytest
from numpy.typing import NDArray

from models import forest, kernel, layout, leaves, plan, trees
from models.additive import additive
from models.forest import Forest
from models.hazard import hazards, risks
from models.linear import Linear
from models.reasons import combine
from tests import small_models

Matrix = NDArray[np.float32]
Floats = NDArray[np.float64]
WIDTH = 14
"""Columns of the models; 4 and 5 hold categories where a model has them."""
ODD = np.array([
    np.nan, np.inf, -np.inf, 0.0, -0.0, 1e-35, -1e-35, 2e-35, -2e-35, 1e-38, -1e-38, 1e-45, -1e-45, 3e38, -3e38, 1e10,
    -1.0, -0.5, 0.5, 1.5, 2.5, 31.0, 32.0, 63.0, 64.0, 70.0, 1e6, 2147483520.0, 2147483648.0, 4294967296.0,
], dtype=np.float32)  # fmt: skip


@dataclass(frozen=True)
class Held:
    """A model as LightGBM holds it and as we do."""

    native: lightgbm.Booster
    forest: Forest

    @staticmethod
    def of(text: str) -> "Held":
        """A text over `WIDTH` columns, the last of which stands for the interval."""
        return Held(lightgbm.Booster(model_str=text), forest.parse(text, WIDTH - 1))

    def raw(self, rows: Matrix) -> Floats:
        """(n, 4) log-odds by LightGBM, the last column set to each interval."""
        said = self.native.predict(small_models.stack(rows[:, :-1]), raw_score=True, num_threads=1)
        return np.asarray(said).reshape(-1, 4)

    def walked(self, rows: Matrix) -> Floats:
        """The same by the compiled loops."""
        found = np.zeros((len(rows), 4))
        kernel.walk(np.ascontiguousarray(rows[:, :-1]), leaves.walk(self.forest), found)
        return found

    def shap(self, rows: Matrix) -> Floats:
        """(n, columns + 1) contributions of every column and the expected value by LightGBM."""
        return np.asarray(self.native.predict(rows, pred_contrib=True, num_threads=1))

    def explained(self, rows: Matrix) -> Floats:
        """The same by the compiled loops, which here take the interval for a column like any other."""
        wide = replace(self.forest, columns=WIDTH + 1)
        found = np.zeros((len(rows), 1, WIDTH + 2))
        kernel.explain(rows, plan.plan(wide, [0] * (len(wide.first_split) - 1)), found)
        return np.delete(found[:, 0], WIDTH, axis=1)


def trained(seed: int, leaves: int = 15, rounds: int = 40, categories: tuple[int, ...] = (), **params: Any) -> Held:
    """A model of random rows with nulls, zeros and categories, in the form in which models are kept."""
    rng = np.random.default_rng(seed)
    rows = drawn(rng, 3_000)
    if not params.pop("nulls", True):
        rows = np.nan_to_num(rows, nan=0.25)
    signal = np.nan_to_num(rows[:, 0]) + (rows[:, 4] % 7 > 3) - np.nan_to_num(rows[:, 2]) * (rows[:, 7] > 1)
    given = {
        "objective": "binary", "num_leaves": leaves, "min_data_in_leaf": 5, "learning_rate": 0.3, "max_bin": 63,
        "min_data_per_group": 5, "cat_smooth": 1.0, "num_threads": 1, "verbosity": -1, "seed": seed,
    } | params  # fmt: skip
    event = (rng.random(len(rows)) < 1 / (1 + np.exp(-signal))).astype(np.float32)
    data = lightgbm.Dataset(rows, event, categorical_feature=list(categories))
    text = lightgbm.train(given, data, num_boost_round=rounds).model_to_string()
    return Held.of(trees.assemble(*trees.split(str(text))))


def drawn(rng: np.random.Generator, count: int) -> Matrix:
    """Normal values, some of them null or 0, categories in two columns, and intervals in the last."""
    rows = rng.normal(size=(count, WIDTH)).astype(np.float32)
    rows[:, 1] *= 1e-35
    rows[:, 4], rows[:, 5] = rng.integers(0, 70, count), rng.integers(0, 5, count)
    rows[rng.random(rows.shape) < 0.1] = np.nan
    rows[rng.random(rows.shape) < 0.1] = 0.0
    rows[:, -1] = rng.integers(0, 4, count)
    return rows


def hard(held: Held, rng: np.random.Generator, count: int) -> Matrix:
    """Rows of odd values, of values at thresholds and next to them, and of ordinary ones."""
    rows = drawn(rng, count)
    for column in range(WIDTH):
        asked = held.forest.threshold[(held.forest.column == column) & (held.forest.word_count == 0)]
        near = asked.astype(np.float32) if len(asked) else ODD
        near = np.concatenate([near, np.nextafter(near, np.float32(np.inf)), np.nextafter(near, np.float32(-np.inf))])
        chosen = rng.choice(near, count), rng.choice(ODD, count), rows[:, column]
        rows[:, column] = np.choose(rng.integers(0, 3, count), chosen)
    rows[:, -1] = rng.integers(0, 4, count)
    return rows


def merged(seed: int) -> Held:
    """What is served: bags fitted by `boosted` and merged on a table of base rates."""
    rng = np.random.default_rng(seed)
    rows = drawn(rng, 1_500)[:, :-1]
    return Held.of(small_models.boosted_text(rows, rng, leaves=15, rounds=15, least_rows=5))


def lone(seed: int) -> Held:
    """Trees of one leaf among others, first, last and between them."""
    bodies, columns = trees.split(str(trained(seed, rounds=2).native.model_to_string()))
    alone = trees.NOTHING.replace("leaf_value=0", "leaf_value=0.125")
    return Held.of(trees.assemble([alone, bodies[0], alone, bodies[1], alone], columns))


MODELS: dict[str, Callable[[int], Held]] = {
    "nulls": trained,
    "no nulls": lambda seed: trained(seed, nulls=False),
    "categories": lambda seed: trained(seed, categories=(4, 5)),
    "categories without nulls": lambda seed: trained(seed, categories=(4, 5), nulls=False),
    "zeros are missing": lambda seed: trained(seed, zero_as_missing=True),
    "zeros are missing, categories": lambda seed: trained(seed, zero_as_missing=True, categories=(4,)),
    "nothing is missing": lambda seed: trained(seed, use_missing=False),
    "two leaves": lambda seed: trained(seed, leaves=2),
    "deep": lambda seed: trained(seed, leaves=63, rounds=15, extra_trees=True),
    "one column": lambda seed: trained(seed, feature_fraction=0.1, leaves=31, rounds=15),
    "merged": merged,
    "lone leaves": lone,
}  # fmt: skip


@pytest.fixture(scope="module", params=MODELS)
def held(request: pytest.FixtureRequest) -> Held:
    """One of the models."""
    return MODELS[request.param](11)


@pytest.fixture
def count(trial: bool) -> int:
    """How many rows are asked about."""
    return 20_000 if trial else 600


def test_raw_scores_are_lightgbms_to_the_last_bit(held: Held, rng: np.random.Generator, count: int) -> None:
    """Whatever the values: odd ones, those at thresholds, and ordinary ones; of many rows and of one."""
    rows = hard(held, rng, count)
    expected = held.raw(rows)
    assert (held.walked(rows) == expected).all()
    assert all((held.walked(rows[row : row + 1]) == expected[row]).all() for row in range(60))


def test_contributions_are_lightgbms(held: Held, rng: np.random.Generator, count: int) -> None:
    """Of every column and the expected value, to 1e-8, and they add up to the raw score."""
    rows = hard(held, rng, count // 2)
    found = held.explained(rows)
    assert np.abs(found - held.shap(rows)).max() < 1e-8
    raw = np.asarray(held.native.predict(rows, raw_score=True, num_threads=1))
    assert np.abs(found.sum(axis=1) - raw).max() < 5e-8


def test_contributions_are_the_same_without_tables(
    held: Held, rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the tables are full before the first, or after some, what a part brings is worked out, alone and in many."""
    rows = hard(held, rng, 70)
    looked_up = held.explained(rows)
    for room in (0, 20_000):
        monkeypatch.setattr(plan, "ROOM", room)
        worked_out = held.explained(rows)
        assert np.abs(worked_out - looked_up).max() < 2e-8
        assert (held.explained(rows[:1]) == worked_out[:1]).all()


def test_contributions_do_not_depend_on_the_rows_beside(held: Held, rng: np.random.Generator) -> None:
    """To the last bit: alone, in few, in many, and at the end of a block that is not full."""
    rows = hard(held, rng, 3 * layout.LANES + 7)
    together = held.explained(rows)
    for size in (1, 2, layout.ALONE, layout.ALONE + 1, layout.LANES, layout.LANES + 1):
        for start in (0, layout.LANES - 1, 3 * layout.LANES + 7 - size):
            assert (held.explained(rows[start : start + size]) == together[start : start + size]).all()


def test_a_score_does_not_depend_on_threads_or_on_how_it_is_asked(rng: np.random.Generator) -> None:
    """Margins and contributions of 5,000 rows, on one and on three threads, together and apart, to the last bit."""
    rows = drawn(rng, 5_000)[:, :-1]
    names = tuple("abcdefghijklm")
    score = additive(small_models.boosted_text(rows[:800], rng), Linear((0.1, 0.2, 0.3, 0.4)), names)
    margins, parts = score.margins(rows, threads=3), score.contributions(rows, 2, threads=3)
    assert (margins == score.margins(rows)).all()
    assert (parts == score.contributions(rows, 2)).all()
    _, values, baseline = score.explained(rows, 2, threads=3)
    assert np.abs(values - combine(parts).values).max() < 1e-8
    assert np.abs(baseline - combine(parts).baseline).max() < 1e-8
    assert (values[70:71] == score.explained(rows[70:71], 2)[1]).all()
    assert all(
        (one == other).all()
        for one, other in zip(score.explained(rows, 2), (score.risks(rows), values, baseline), strict=True)
    )
    assert np.abs(score.risks(rows, threads=3) - risks(hazards(margins))).max() < 1e-15
    assert (score.risks(rows, threads=3)[70:71] == score.risks(rows[70:71])).all()
    assert np.abs(parts.sum(axis=2) - margins[:, :2]).max() < 1e-9
    others: list[Any] = [np.asfortranarray(rows), rows.astype(np.float64), np.broadcast_to(rows, rows.shape)]
    assert all((score.margins(other[:50]) == margins[:50]).all() for other in others)


def test_the_models_are_hard() -> None:
    """Among them are splits by category, every rule for nulls, columns asked again, and leaves without a table."""
    asked = [MODELS[name](11).forest for name in ("categories", "zeros are missing", "nothing is missing", "deep")]
    kinds = {int(kind) for held in asked for kind in held.decision}
    assert {2, 4, 6, 8, 9, 10} <= kinds
    deep = plan.plan(asked[-1], [0] * (len(asked[-1].first_split) - 1))
    assert (deep.parts["table"] < 0).sum() > 10
    assert (deep.factors["conditions"] > 1).sum() > 100
    walked_down = [(leaves.walk(one).trees["last"] < 0).sum() for one in asked]
    assert walked_down[0] == 0
    assert walked_down[-1] > 10


def test_rows_of_another_width_are_not_read() -> None:
    """Compiled loops do not look where a row ends."""
    score = additive(trees.nothing(4), Linear(), ("a", "b", "c"))
    for rows in (np.zeros((2, 2)), np.zeros((2, 4)), np.zeros(3)):
        with pytest.raises(ValueError, match="The model reads 3 columns"):
            score.explained(rows.astype(np.float32), 2)


def test_a_second_process_does_not_compile_again(rng: np.random.Generator) -> None:
    """What the first process compiled, for one row and for many, lies on disk for the next."""
    rows = drawn(rng, 100)[:, :-1]
    text = small_models.boosted_text(rows, rng, least_rows=5)
    assert [_compiled(text, rows.shape[1]) for _ in range(2)][1].split() == ["0"]


def _compiled(text: str, columns: int) -> str:
    """How often a new process has to compile."""
    program = f"""
import sys
import numpy as np
from models import passes
from models.additive import additive
from models.linear import Linear
score = additive(sys.stdin.read(), Linear(), tuple(map(str, range({columns}))))
for rows in (1, 100):
    score.risks(np.zeros((rows, {columns}), np.float32))
    score.explained(np.zeros((rows, {columns}), np.float32), 2)
print(sum(passes.score.stats.cache_misses.values()))
"""
    command = [sys.executable, "-c", program]
    return subprocess.run(command, input=text, capture_output=True, text=True, check=True, timeout=300).stdout
