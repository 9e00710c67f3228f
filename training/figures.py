"""What a method's risks at one origin were worth under every draw of people, and origins together.

Everything is an array over draws whose first entry is the people as they are; see `models.resampling`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models import calibration
from models.ranking import Ranked

Floats = NDArray[np.float64]

_CHUNK: Final = 20_000
"""Rows summed at a time, to bound memory."""


@dataclass(frozen=True)
class Part:
    """One method at one horizon and origin."""

    auc: Floats
    average_precision: Floats
    rows: Floats
    observed: Floats
    expected: Floats
    lost: Floats
    """Sum of squared errors."""
    slope: Floats
    """(5, draws) totals of `calibration.sums`."""
    listed: Floats
    """(capacities,) people on the list."""
    found: Floats
    """(capacities, draws) leavers on the list."""


@dataclass(frozen=True)
class Whole:
    """All origins together; NaN where a draw has no value."""

    auc: Floats
    average_precision: Floats
    brier_skill: Floats
    calibration_slope: Floats
    observed_expected: Floats
    precision: Floats
    """(capacities, draws)."""
    lift: Floats
    """(capacities, draws)."""


def part(
    left: NDArray[np.bool_],
    risk: Floats,
    weight: NDArray[np.float32],
    recalibrated: tuple[float, float],
    lists: Sequence[int],
) -> Part:
    """Judge the risks of one origin.

    Parameters
    ----------
    left, risk
        (n,) who left by the horizon, and the risk of it.
    weight
        (n, draws) how often each row counts.
    recalibrated
        Level and slope of the recalibrated log-odds, from `calibration.recalibrated`.
    lists
        How many people are listed, for each capacity.
    """
    ranked = Ranked.of(left, risk, weight)
    each = [np.ones(len(left)), left, risk, (risk - left) ** 2, calibration.sums(left, risk, *recalibrated)]
    totals = _totals(np.column_stack(each), weight)
    listed = np.minimum(np.asarray(lists, dtype=np.float64), len(left))
    found = np.stack([ranked.found(length) for length in listed])
    rows, observed, expected, lost = totals[:4]
    ranks = ranked.auc(), ranked.average_precision()
    return Part(*ranks, rows, observed, expected, lost, totals[4:], listed, found)


def whole(parts: Sequence[Part], slope: float) -> Whole:
    """Put origins together, at least one.

    Parameters
    ----------
    slope
        The slope of all rows as they are, from which each draw is a step away.
    """
    rows, observed = np.stack([one.rows for one in parts]), np.stack([one.observed for one in parts])
    rate = over(observed, rows)
    listed = np.stack([one.listed for one in parts])[:, :, None]
    found = np.sum([one.found for one in parts], axis=0)
    return Whole(
        auc=_mean([one.auc for one in parts]),
        average_precision=_mean([one.average_precision for one in parts]),
        brier_skill=1.0 - over(np.sum([one.lost for one in parts], axis=0), (observed * (1.0 - rate)).sum(axis=0)),
        calibration_slope=slope + calibration.step(np.stack([one.slope for one in parts])),
        observed_expected=over(observed.sum(axis=0), np.sum([one.expected for one in parts], axis=0)),
        precision=found / listed.sum(axis=0),
        lift=over(found, (listed * rate[:, None]).sum(axis=0)),
    )


def over(above: Floats, below: Floats) -> Floats:
    """The ratio, NaN where `below` is not above 0."""
    return np.asarray(np.divide(above, below, out=np.full(np.shape(below), np.nan), where=below > 0))


def _totals(columns: Floats, weight: NDArray[np.float32]) -> Floats:
    """(columns, draws) weighted sums over the rows."""
    total = np.zeros((columns.shape[1], weight.shape[1]))
    for start in range(0, len(columns), _CHUNK):
        rows = slice(start, start + _CHUNK)
        total += columns[rows].T @ weight[rows].astype(np.float64)
    return total


def _mean(values: Sequence[Floats]) -> Floats:
    """(draws,) the mean over the origins that have a value."""
    each = np.stack(values)
    there = np.isfinite(each)
    return over(np.where(there, each, 0.0).sum(axis=0), there.sum(axis=0))
