"""Pictures: what they are drawn from, by hand, and that something is drawn at all."""

import io
from typing import Any

import matplotlib.image
import numpy as np
import pytest

from training import plots
from training.backtest import Backtest, Judged
from training.plots import Moved, drivers, lift
from training.splits import Origin


def judged(cutoff: int, people: int, generator: np.random.Generator, methods: tuple[str, ...]) -> Judged:
    """An origin with all horizons, and methods that all say the truth."""
    hazard = 1 / (1 + np.exp(3 - generator.normal(size=people)))
    chance = 1 - (1 - hazard[:, None]) ** np.array([1, 3, 6, 12])
    left = generator.random((people, 1)) < chance
    risks: dict[str, Any] = dict.fromkeys(methods, chance)
    return Judged(Origin(cutoff, (30, 90, 180, 365)), np.arange(people, dtype=np.int32), risks, left)


def pixels(png: bytes) -> np.ndarray[Any, Any]:
    """The picture as it would be shown."""
    return np.asarray(matplotlib.image.imread(io.BytesIO(png)))


def moved(people: int, generator: np.random.Generator) -> Moved:
    """Three features: one that raises, one that is mostly null, one that does nothing."""
    values = generator.normal(size=(people, 3)).astype(np.float32)
    values[generator.random(people) < 0.6, 1] = np.nan
    contributions = np.column_stack([values[:, 0] * 0.3, np.where(np.isnan(values[:, 1]), 0.1, -0.1), np.zeros(people)])
    return Moved(("career_pay_growth", "survey_enps_last", "tickets_opened_90"), values, contributions)


def test_every_picture_is_drawn(rng: np.random.Generator) -> None:
    """Five PNGs of a readable size, none of them blank, and the same for the same figures."""
    found = Backtest(tuple(judged(19_900 + 90 * i, 150, rng, ("full", "tenure", "base_rate")) for i in range(3)), 0)
    fewer = Backtest((judged(20_080, 150, rng, ("50", "200")),), 0)
    people = moved(80, rng)
    drawn = plots.drawn(found, "full", 1, people, fewer)
    assert set(drawn) == {"reliability.png", "lift.png", "risk_over_time.png", "drivers.png", "learning_curve.png"}
    for name, png in drawn.items():
        image = pixels(png)[:, :, :3]
        assert image.shape[0] >= 300, name
        assert image.shape[1] >= 900, name
        assert 0.005 < (image < 0.9).any(axis=2).mean() < 0.6, name
    assert plots.drawn(found, "full", 1, people, fewer) == drawn


def test_a_short_record_is_drawn_too(rng: np.random.Generator) -> None:
    """One origin, one horizon, twelve people, nobody left: the pictures say so and do not fail."""
    one = judged(20_000, 12, rng, ("tenure",))
    short = Judged(Origin(20_000, (30,)), one.employee, one.risks, np.zeros((12, 4), np.bool_))
    drawn = plots.drawn(Backtest((short,), 0), "tenure", 1)
    assert set(drawn) == {"reliability.png", "lift.png", "risk_over_time.png"}


def test_leavers_found_by_the_share_listed() -> None:
    """Of 100 people the ten riskiest leave: a tenth holds them all, a twentieth half of them."""
    risk = np.tile(np.linspace(0.9, 0.1, 100)[:, None], (1, 4))
    one = Judged(
        Origin(1, (30,)), np.arange(100, dtype=np.int32), {"full": risk}, np.tile(np.arange(100)[:, None] < 10, 4)
    )
    share = lift.caught([one], "full", 0, 1)[:, 0]
    np.testing.assert_allclose(share, np.minimum(1, lift.SHARES / 0.1))


@pytest.mark.parametrize("people", [1, 2, 500])
def test_points_of_a_feature_stay_on_its_line(people: int, rng: np.random.Generator) -> None:
    """However many stand at one place, none strays to the next feature; equal ones fan out to both sides."""
    heights = drivers._spread(rng.normal(size=people))
    assert np.abs(heights).max() < 0.5
    together = drivers._spread(np.zeros(people))
    assert len(np.unique(together)) == people
    assert abs(together.mean()) < 0.5
