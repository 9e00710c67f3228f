"""The calibration slope: by how much risks are too far apart or not far enough.

The outcome is regressed on the log-odds of the risk, with a level for each origin and one slope for all. A slope of 1 is
right; at .5 the risks should lie half as far apart.

Source: Cox, "Two further applications of a model for binary regression", Biometrika 45 (1958). The slope of each
bootstrap draw is one Newton step away from the slope of all rows, as in Andrews, "Higher-order improvements of a
computationally attractive k-step bootstrap for extremum estimators", Econometrica 70 (2002).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

_STEPS: Final = 50
_CLOSE: Final = 1e-10
_STEEPEST: Final = 30.0
"""A slope beyond this means that a threshold parts leavers from stayers: it has no finite value."""
_SMALLEST: Final = 1e-12


@dataclass(frozen=True)
class Recalibrated:
    """Levels, one an origin, and the slope; NaN where the rows do not determine it."""

    levels: tuple[float, ...]
    slope: float


def recalibrated(parts: Sequence[tuple[Flags, Floats]]) -> Recalibrated:
    """Fit levels and slope by maximum likelihood.

    Parameters
    ----------
    parts
        Who left and the risk of each, an origin each. Origins where nobody or everybody left say nothing.

    Returns
    -------
    The slope is NaN where all risks of an origin are equal, or a threshold parts leavers from stayers.
    """
    levels, slope = np.array([_level(left) for left, _ in parts]), 0.0
    for _ in range(_STEPS):
        found = [sums(left, risk, level, slope) for (left, risk), level in zip(parts, levels, strict=True)]
        totals = np.array([each.sum(axis=0) for each in found]).reshape(-1, 5)
        turn = float(step(totals[:, :, None])[0])
        if not np.isfinite(turn) or abs(slope + turn) > _STEEPEST:
            return Recalibrated(tuple(levels), float("nan"))
        levels = levels + _shift(totals, turn)
        slope += turn
        if abs(turn) < _CLOSE:
            return Recalibrated(tuple(levels), slope)
    return Recalibrated(tuple(levels), float("nan"))


def sums(left: Flags, risk: Floats, level: float, slope: float) -> Floats:
    """(n, 5) what each row adds to the information of level and slope, and to their scores, at these values.

    The columns are v, v x, v x^2, r and r x, with x the log-odds of the risk less their mean, p the recalibrated
    chance, v = p (1 - p) and r = left - p. Zeros where nobody or everybody left.
    """
    if not np.isfinite(level):
        return np.zeros((len(left), 5))
    x = _log_odds(risk)
    x -= x.mean()
    chance = 1.0 / (1.0 + np.exp(-(level + slope * x)))
    v, r = chance * (1.0 - chance), left - chance
    return np.column_stack([v, v * x, v * x * x, r, r * x])


def step(totals: Floats) -> Floats:
    """(draws,) the Newton step of the slope, the levels going along.

    Parameters
    ----------
    totals
        (origins, 5, draws) weighted totals of `sums`.
    """
    v, vx, vxx, r, rx = np.moveaxis(totals, 1, 0)
    level = np.where(v > 0, v, 1.0)
    bend = (vxx - vx * vx / level).sum(axis=0)
    pull = (rx - vx * r / level).sum(axis=0)
    return np.asarray(np.divide(pull, bend, out=np.full(totals.shape[2], np.nan), where=bend > _SMALLEST))


def _shift(totals: Floats, turn: float) -> Floats:
    """(origins,) the step of each level that goes with the slope's."""
    v, vx, r = totals[:, 0], totals[:, 1], totals[:, 3]
    return np.asarray(np.divide(r - vx * turn, v, out=np.zeros(len(v)), where=v > 0))


def _level(left: Flags) -> float:
    rate = float(left.mean()) if len(left) else 0.0
    return float(np.log(rate / (1.0 - rate))) if 0.0 < rate < 1.0 else float("nan")


def _log_odds(risk: Floats) -> Floats:
    inside = np.clip(risk, _SMALLEST, 1.0 - _SMALLEST)
    return np.asarray(np.log(inside / (1.0 - inside)))
