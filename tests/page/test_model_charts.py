"""The charts of a model, and what they are drawn from."""

import re

import pytest

from models.evidence import Figure, RiskGroup
from service.page import charts_model
from service.page.model import judged
from tests import small_models

GROUPS = (
    RiskGroup(40, 0.02, Figure(0.025, 0.0, 0.08)),
    RiskGroup(40, 0.08, Figure(0.05, 0.0, 0.13)),
    RiskGroup(40, 0.3, Figure(0.35, 0.2, 0.5)),
)
"""1, 2 and 14 leavers among 120 people."""


def test_how_many_leavers_the_top_holds() -> None:
    """A third of the people with the highest chance hold 14 of 17 leavers, two thirds 16."""
    found = charts_model.found(GROUPS)
    assert found[0] == (0.0, 0.0)
    assert found[1] == pytest.approx((1 / 3, 14 / 17), abs=1e-5)
    assert found[2] == pytest.approx((2 / 3, 16 / 17), abs=1e-5)
    assert found[3] == (1.0, 1.0)


def test_where_nobody_left_nothing_is_found() -> None:
    """The curve lies on the ground, and nothing is divided by nothing."""
    assert charts_model.found([RiskGroup(20, 0.1, Figure(0.0))]) == [(0.0, 0.0), (1.0, 0.0)]


def test_a_dot_stands_where_its_group_does() -> None:
    """The plot ends at 60 %: 30 % is half across its 83 percent from the 14th on, 35 % at 25/60 of 240 pixels from the top."""
    drawn = charts_model.reliability(GROUPS)
    dots = re.findall(r'<circle class="point" cx="([\d.]+)%" cy="([\d.]+)"', drawn)
    assert [float(x) for x, _ in dots] == pytest.approx([14 + 83 * risk / 0.6 for risk in (0.02, 0.08, 0.3)], abs=0.01)
    assert float(dots[2][1]) == pytest.approx(16 + 240 * (1 - 0.35 / 0.6), abs=0.01)
    assert drawn.count('class="spread"') == 3
    assert 'role="img" aria-label="Chance given and share who left, in 3 groups' in drawn


def test_only_horizons_that_were_judged_are_told() -> None:
    """A horizon no window of which has closed is left out; tenure stands beside the others."""
    evidence = [
        small_models.evidence("full", 30),
        small_models.evidence("tenure", 30),
        small_models.evidence("full", 365, origins=0),
    ]
    manifest = small_models.manifest(small_models.base_rate_text(), mode="full", evidence=tuple(evidence))
    (one,) = judged(manifest)
    assert (one.horizon, one.served.method, one.tenure and one.tenure.method) == (30, "full", "tenure")
