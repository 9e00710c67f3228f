"""Hazards straight from counts, shrunk: the base rate of each interval, and the same by tenure.

This is the whole model where too few people have left to learn more, the start the boosted trees learn from, and the
baseline they have to beat.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.boosted import Cells
from models.hazard import INTERVALS

Floats = NDArray[np.float64]

TENURE_EDGES: Final = (90.0, 180.0, 365.0, 730.0, 1095.0, 1825.0, 3650.0)
"""Days in the company from which the next bin of tenure begins."""
PRIOR_LEAVERS: Final = 5.0
"""Every bin of tenure is shrunk to the base rate as if so many more people had left at that rate."""
_LENGTHS: Final = tuple(end - start for start, end in INTERVALS)


def base(cells: Cells) -> Floats:
    """(4,) log-odds of the weighted share of cells with an event in each interval.

    Half an event is added, so that an interval without events keeps a small chance. An interval without any closed
    cell takes the daily rate of the one before it.
    """
    exposure, events = _totals(cells, np.zeros(len(cells.row), dtype=np.int64), 1)
    rate = (events[0] + 0.5) / (exposure[0] + 1.0)
    for k in range(1, len(rate)):
        if exposure[0, k] == 0:
            rate[k] = 1.0 - (1.0 - rate[k - 1]) ** (_LENGTHS[k] / _LENGTHS[k - 1])
    return np.asarray(np.log(rate) - np.log1p(-rate))


def by_tenure(cells: Cells, tenure_days: Floats, leavers: int) -> tuple[Floats, NDArray[np.int64]]:
    """Log-odds by bin of tenure and interval, shrunk to `base`, and the cells behind each.

    Parameters
    ----------
    cells
        What became of the rows.
    tenure_days
        (rows,) days in the company on each row's day.
    leavers
        How many people the events belong to: one person's exit counts in several rows.

    Returns
    -------
    (bins, 4) log-odds and (bins, 4) counts of at least 1.

    Source: shrinkage as in empirical Bayes rates, Clayton and Kaldor, Biometrics 43 (1987).
    """
    bins = len(TENURE_EDGES) + 1
    place = tenure_bin(tenure_days)[cells.row]
    exposure, events = _totals(cells, place, bins)
    rate = 1.0 / (1.0 + np.exp(-base(cells)))
    prior = PRIOR_LEAVERS * (events.sum(axis=0) + 0.5) / max(leavers, 1)
    shrunk = (events + prior) / (exposure + prior / rate)
    counts = np.bincount(place * len(rate) + cells.interval, minlength=bins * len(rate)).reshape(bins, -1)
    return np.log(shrunk) - np.log1p(-shrunk), np.maximum(counts, 1)


def tenure_bin(tenure_days: Floats) -> NDArray[np.int64]:
    """Which bin of tenure each row is in; null falls into the first, as it does in the served table."""
    return np.searchsorted(TENURE_EDGES, np.nan_to_num(tenure_days), side="right")


def _totals(cells: Cells, place: NDArray[np.int64], bins: int) -> tuple[Floats, Floats]:
    """Weight of all cells and of those with an event, by (bin, interval)."""
    cell = place * len(INTERVALS) + cells.interval
    size = bins * len(INTERVALS)
    exposure = np.bincount(cell, weights=cells.weight, minlength=size).reshape(bins, -1)
    events = np.bincount(cell, weights=cells.weight * cells.event, minlength=size).reshape(bins, -1)
    return exposure.astype(np.float64), events.astype(np.float64)
