"""People in groups of like risk, by hand."""

import math

import numpy as np
import pytest

from models.evidence import RiskGroup
from models.resampling import draw
from training.backtest import Backtest, Judged
from training.reliability import groups, parted, shared
from training.splits import Origin


def test_groups_are_of_equal_size_by_rising_risk() -> None:
    """Sixty people at .1, .3 and .6: three groups, of which none, half and all left."""
    risk = np.repeat([0.6, 0.1, 0.3], 20)
    left = (risk == 0.6) | ((risk == 0.3) & (np.arange(60) % 2 == 0))
    one = Judged(
        Origin(1, (30,)), np.arange(60, dtype=np.int32), {"full": np.tile(risk[:, None], 4)}, np.tile(left[:, None], 4)
    )
    found = groups(Backtest((one,), 0), "full", 0, draw(one.employee, 1))
    assert [group.people for group in found] == [20, 20, 20]
    assert [group.risk for group in found] == pytest.approx([0.1, 0.3, 0.6])
    assert [group.left.value for group in found] == [0.0, 0.5, 1.0]
    assert (found[0].left.low, found[0].left.high) == (0.0, 0.0)
    low, high = found[1].left.low, found[1].left.high
    assert low is not None
    assert high is not None
    assert 0.2 < low < 0.4
    assert 0.6 < high < 0.8
    assert groups(Backtest((one,), 0), "full", 1, draw(one.employee, 1)) == ()


def test_few_people_make_fewer_groups() -> None:
    """Twenty at least stand in a group; fewer people are one."""
    assert [len(part) for part in parted(np.linspace(0, 1, 45))] == [23, 22]
    assert [len(part) for part in parted(np.array([0.2, 0.1]))] == [2]


def test_a_group_without_people_in_a_draw_has_no_share() -> None:
    """A draw that takes nobody of a group leaves a gap."""
    weight = np.array([[1, 0], [1, 2]], np.float32)
    share = shared(np.array([False, True]), weight, [np.array([0]), np.array([1])])
    assert math.isnan(share[0, 1])
    assert share[1].tolist() == [1, 1]


def test_a_group_says_nothing_of_anybody() -> None:
    """Counts and means alone."""
    assert set(RiskGroup.__dataclass_fields__) == {"people", "risk", "left"}
