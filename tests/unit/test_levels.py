"""The level of a blend is put where as many are expected as left."""

import numpy as np
import pytest

from models import levels, table, trees
from models.additive import additive
from models.boosted import Cells
from models.hazard import hazards
from models.linear import Linear
from tests import small_models

NAMES = tuple("abcdef")


def test_an_offset_in_closed_form() -> None:
    """Of ten at log-odds of 1 % two shall be expected: log(.2/.8) - log(.01/.99)."""
    margins = np.full(10, np.log(1 / 99))
    assert levels.offset(margins, np.ones(10), 2.0) == pytest.approx(np.log(1 / 4) - np.log(1 / 99), abs=1e-9)


def test_centred_log_odds_expect_as_many_as_left_in_each_interval() -> None:
    """Weighted events 3 of 10 in the first interval and 1 of 10 in the second; where nobody left nothing moves."""
    interval = np.repeat(np.arange(3, dtype=np.int8), 5)
    event = np.array([1, 0, 0, 0, 0] + [0, 1, 0, 0, 0] + [0] * 5, dtype=np.bool_)
    weight = np.array([3.0, 2, 2, 2, 1] + [4.0, 1, 2, 2, 1] + [1.0] * 5)
    margins = np.linspace(-3, -1, 15)
    cells = Cells(np.arange(15), interval, event, weight)
    found = levels.centred(cells, margins)
    expected = np.bincount(interval, weights=weight * hazards(found))
    assert expected[:2] == pytest.approx([3.0, 1.0])
    assert found[10:].tolist() == margins[10:].tolist()
    assert np.ptp(found[:5] - margins[:5]) < 1e-12


def test_a_blend_of_models_far_apart_is_raised(rng: np.random.Generator) -> None:
    """One says 2 and 18 %, the other 18 and 2 %, of halves: each expects 10 %, their blend 6.3 %, levelled again 10 %."""
    low, high = np.log(2 / 98), np.log(18 / 82)
    first, second = ([[one] * 4, [other] * 4] for one, other in ((low, high), (high, low)))
    bags = [table.text(margins, [[1] * 4] * 2, [0.0], 0, 7) for margins in (first, second)]
    text = trees.merge(table.text([[0.0] * 4], [[1] * 4], [], 0, 7), bags)
    matrix = np.where(np.arange(400) % 2, 1, -1)[:, None] * np.ones((400, 6), dtype=np.float32)
    cells = small_models.cells(400, rng, np.full(400, 0.1))
    score = additive(text, Linear(), NAMES)
    assert score.risks(matrix)[:, 0] == pytest.approx(np.full(400, 0.0627), abs=1e-4)
    linear = levels.levelled(score, matrix, cells, np.full(1_600, np.log(1 / 9)), 1)
    assert additive(text, linear, NAMES).risks(matrix)[:, 0] == pytest.approx(np.full(400, 0.1))


def test_large_data_are_asked_about_in_part(rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch) -> None:
    """With every second row asked the level of those rows is right, and about right for all."""
    matrix = small_models.matrix(1_000, rng, columns=6)
    cells = small_models.cells(1_000, rng, np.full(1_000, 0.1))
    score = additive(small_models.boosted_text(matrix, rng), Linear(), NAMES)
    monkeypatch.setattr(levels, "MOST_ROWS", 500)
    linear = levels.levelled(score, matrix, cells, np.full(4_000, np.log(1 / 3)), 1)
    found = additive(score.text, linear, NAMES).risks(matrix)[:, 0]
    assert found[::2].mean() == pytest.approx(0.25, abs=1e-9)
    assert found.mean() == pytest.approx(0.25, abs=0.01)
