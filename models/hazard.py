"""Four intervals after a day, a hazard in each, and how hazards become risks.

The hazard of an interval is the chance of a voluntary exit in it for somebody who is still here when it begins. The
risk by a horizon follows by multiplying the chances of staying, so that it can never fall as the horizon grows::

    intervals (0, 30]  (30, 90]  (90, 180]  (180, 365]     days after the as-of date
    hazards     .02      .04        .05         .10
    stays       .98      .9408      .89376      .804384
    risk        .02      .0592      .10624      .195616    by 30, 90, 180 and 365 days
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

HORIZONS: Final = (30, 90, 180, 365)
"""Days after the as-of date by which a risk is given, last day included."""
INTERVALS: Final = ((0, 30), (30, 90), (90, 180), (180, 365))
"""Interval k is ``(start, end]`` in days after the as-of date."""

Floats = NDArray[np.float64]


def hazards(margins: Floats) -> Floats:
    """Log-odds to chances.

    Parameters
    ----------
    margins
        Any shape, log-odds.

    Returns
    -------
    Same shape, between 0 and 1. Equal margins give equal hazards to the last bit, whatever stands beside them.
    """
    return np.asarray(1.0 / (1.0 + np.exp(-np.ascontiguousarray(margins))))


def risks(interval_hazards: Floats) -> Floats:
    """Hazards per interval to risks by horizon.

    Parameters
    ----------
    interval_hazards
        (n, 4), the hazard of each of `INTERVALS`, between 0 and 1.

    Returns
    -------
    (n, 4), P(voluntary exit by each of `HORIZONS` | at risk on the day); never falls along a row.

    Examples
    --------
    >>> risks(np.array([[0.02, 0.04, 0.05, 0.10]])).round(6).tolist()
    [[0.02, 0.0592, 0.10624, 0.195616]]
    """
    return np.asarray(1.0 - np.cumprod(1.0 - interval_hazards, axis=1))


def position(horizon: int) -> int:
    """Which column of a risk matrix speaks of `horizon` days.

    Raises
    ------
    ValueError
        `horizon` is none of `HORIZONS`.
    """
    return HORIZONS.index(horizon)
