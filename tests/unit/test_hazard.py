"""Hazards of four intervals become risks by four horizons."""

import numpy as np
import pytest

from models import hazard


def test_risks_multiply_the_chances_of_staying() -> None:
    """With hazards .02, .04, .05 and .10 the chances of staying are .98, .9408, .89376 and .804384."""
    found = hazard.risks(np.array([[0.02, 0.04, 0.05, 0.10]]))
    assert found[0].tolist() == pytest.approx([0.02, 0.0592, 0.10624, 0.195616], abs=1e-15)


def test_even_odds_are_a_half() -> None:
    """Log-odds of 0 are a half, of log 3 three quarters."""
    assert hazard.hazards(np.array([0.0, np.log(3.0)])).tolist() == pytest.approx([0.5, 0.75], abs=1e-15)


def test_a_risk_never_falls_with_the_horizon(rng: np.random.Generator) -> None:
    """Whatever the hazards, the risks of a row rise or stay, and remain within 0 and 1."""
    found = hazard.risks(hazard.hazards(rng.normal(-3, 3, size=(2_000, 4))))
    assert (np.diff(found, axis=1) >= 0).all()
    assert (found > 0).all()
    assert (found <= 1).all()


def test_a_row_has_the_same_risks_alone_and_among_others(rng: np.random.Generator) -> None:
    """To the last bit, whatever the number of rows and where the row stands."""
    margins = rng.normal(-3, 2, size=(67, 4))
    together = hazard.risks(hazard.hazards(margins))
    for count in range(1, 68):
        assert (hazard.risks(hazard.hazards(margins[:count])) == together[:count]).all()
    alone = np.concatenate([hazard.risks(hazard.hazards(margins[row : row + 1])) for row in range(67)])
    assert (alone == together).all()


def test_an_unknown_horizon_has_no_column() -> None:
    """Only 30, 90, 180 and 365 days are spoken of."""
    assert [hazard.position(days) for days in (30, 90, 180, 365)] == [0, 1, 2, 3]
    with pytest.raises(ValueError, match="not in tuple"):
        hazard.position(60)
