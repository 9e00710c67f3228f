"""The true hazards in closed form: what makes people of the sample company leave, and how strongly.

A hazard here is a rate per day that is constant within a calendar month, so the probability to resign in a span is
one minus exp of minus the rates' sum over its days (less what competing exits take first; see `truth`).
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from training.sample.columns import Floats

_BASE: Final = np.log(0.074 / 365)
_TENURE_MONTHS: Final = (0, 3, 9, 15, 24, 36, 60, 120, 240)
_TENURE_LOG: Final = (-0.5, 0.1, 0.55, 0.7, 0.5, 0.15, -0.3, -0.75, -1.1)
_CEILING: Final = 0.02
"""Per day; about 45 % a month."""


@dataclass(frozen=True)
class Drivers:
    """The latent drivers of one month, each an array over employments."""

    tenure_months: Floats
    engagement: Floats
    """A mean-reverting walk, standard deviation about 0.9."""
    manager_quality: Floats
    """Standard normal over managers."""
    compa_ratio: Floats
    """Salary over the market's salary for the level today."""
    want_months: Floats
    """Months since the last conversation about what the person wants to do."""
    slow_tickets: Floats
    """Slowly resolved HR tickets, fading with a half-life of about six weeks."""
    promotion_months: Floats
    """Months since the last promotion, or since the hire."""
    leavers_share: Floats
    """Voluntary leavers of the team in the last three months over its head count."""
    overtime: Floats
    """Standardised workload."""
    frailty: Floats
    """What no table shows."""
    climate: float
    """What no table shows either and weighs on everybody alike."""


def voluntary(drivers: Drivers) -> Floats:
    """The true voluntary hazard per day, shape (n,), at most 0.02."""
    log_hazard = (
        _BASE
        + np.interp(drivers.tenure_months, _TENURE_MONTHS, _TENURE_LOG)
        - 0.75 * drivers.engagement
        - 0.25 * drivers.manager_quality
        - 3.5 * np.clip(drivers.compa_ratio - 0.95, -0.25, 0.25)
        + 0.40 * np.clip(drivers.want_months / 12, 0, 2)
        + 0.70 * np.clip(drivers.slow_tickets, 0, 2)
        + 0.25 * np.clip((drivers.promotion_months - 12) / 24, -0.5, 1.5)
        + 2.00 * np.clip(drivers.leavers_share, 0, 0.5)
        + 0.25 * drivers.overtime
        + drivers.frailty
        + drivers.climate
    )
    return np.asarray(np.minimum(np.exp(log_hazard), _CEILING), dtype=np.float64)


def competing(tenure_months: Floats, performance: Floats, fixed_term: Floats) -> Floats:
    """The true hazard per day of every exit that is not voluntary, shape (n,)."""
    late = np.where(tenure_months > 180, 0.9, 0.0)
    return np.asarray(np.exp(np.log(0.025 / 365) - 0.5 * performance + 1.9 * fixed_term + late), dtype=np.float64)
