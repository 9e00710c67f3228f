"""Which groups are treated apart from everybody else by more than chance: all comparisons of an audit, judged together.

Each group's share listed is compared with everybody else's as a ratio (its logarithm is judged, half a person added to
every count), its recall as a difference. The highest of many noisy groups is high by chance alone, so no group is held
against the highest. Intervals are `estimate +- c * error`, the error from the draws of people but never smaller
than if all were alike, and c such that 99 of 100 draws lie within all intervals at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.evidence import Figure
from models.manifest import Disparity
from training.groups import Grouping
from training.tallies import CUTS, Tallies

Floats = NDArray[np.float64]

LEAST_PEOPLE: Final = 30
"""A group of fewer people, or one that leaves fewer others, is not judged."""
LEAST_EXPECTED: Final = 10.0
"""Nor is a share listed where fewer would be listed were all alike, or a recall of fewer leavers."""
FOUR_FIFTHS: Final = 0.8
RECALL_APART: Final = 0.1
LISTED: Final = "listed"
RECALL: Final = "recall"
_LEVEL: Final = 0.99
_DIGITS: Final = 4


@dataclass(frozen=True)
class Comparison:
    """One group against everybody else."""

    attribute: str
    cut: str
    group: str
    measure: str
    values: Floats
    """(1 + draws,) log of the ratio, or the difference."""
    error: float
    """Of the estimate, were all alike."""


@dataclass(frozen=True)
class Placed:
    """A disparity with the attribute and the cut it was found at."""

    attribute: str
    cut: str
    disparity: Disparity


def others(sums: Floats) -> Floats:
    """Of (draws, groups) sums those of everybody not in each group."""
    return np.asarray(sums.sum(axis=1, keepdims=True) - sums)


def large(sums: Tallies) -> NDArray[np.bool_]:
    """(groups,) which have enough people, on both sides, to be judged."""
    return np.asarray((sums.people >= LEAST_PEOPLE) & (others(sums.rows)[0] >= LEAST_PEOPLE))


def enough_leavers(sums: Tallies) -> NDArray[np.bool_]:
    """(groups,) which have enough leavers, on both sides, for their recall to be judged."""
    return np.asarray(large(sums) & (sums.leavers >= LEAST_EXPECTED) & (others(sums.left)[0] >= LEAST_EXPECTED))


def comparisons(grouping: Grouping, sums: Tallies) -> list[Comparison]:
    """All comparisons of an attribute that can be judged."""
    found = []
    for cut in CUTS:
        for measure, values, errors, judged in (_listed(sums, cut), _recall(sums, cut)):
            found += [
                Comparison(grouping.attribute, cut, grouping.names[at], measure, values[:, at], float(errors[at]))
                for at in np.flatnonzero(judged)
            ]
    return found


def disparities(compared: Sequence[Comparison]) -> list[Placed]:
    """Those that are larger than a little and larger than chance, all comparisons taken together."""
    if not compared:
        return []
    values = np.stack([one.values for one in compared])
    estimate, drawn = values[:, 0], values[:, 1:]
    error = np.maximum(np.nanstd(drawn, axis=1), [one.error for one in compared])
    distance = np.nan_to_num(np.abs(drawn - estimate[:, None]) / error[:, None])
    reach = np.quantile(distance.max(axis=0), _LEVEL) * error
    placed = []
    for one, middle, half in zip(compared, estimate.tolist(), reach.tolist(), strict=True):
        if abs(middle) > half and abs(middle) >= _a_little(one.measure):
            figure = _figure(one.measure, middle, half)
            placed.append(Placed(one.attribute, one.cut, Disparity(one.group, one.measure, figure, Figure(None))))
    return placed


def _listed(sums: Tallies, cut: str) -> tuple[str, Floats, Floats, NDArray[np.bool_]]:
    rows, listed = sums.rows, sums.listed[cut]
    values = np.log((listed + 0.5) / (rows + 0.5)) - np.log((others(listed) + 0.5) / (others(rows) + 0.5))
    share = listed[0].sum() / rows[0].sum()
    least = np.minimum(rows[0], others(rows)[0]) * share
    with np.errstate(divide="ignore", invalid="ignore"):
        errors = np.sqrt((1.0 - share) / share * (1.0 / rows[0] + 1.0 / others(rows)[0]))
    return LISTED, values, errors, large(sums) & (least >= LEAST_EXPECTED) & (share < 1.0)


def _recall(sums: Tallies, cut: str) -> tuple[str, Floats, Floats, NDArray[np.bool_]]:
    left, found = sums.left, sums.found[cut]
    with np.errstate(divide="ignore", invalid="ignore"):
        values = found / left - others(found) / others(left)
        share = found[0].sum() / left[0].sum()
        errors = np.sqrt(share * (1.0 - share) * (1.0 / left[0] + 1.0 / others(left)[0]))
    return RECALL, values, errors, enough_leavers(sums) & bool(0.0 < share < 1.0)


def _a_little(measure: str) -> float:
    return RECALL_APART if measure == RECALL else float(-np.log(FOUR_FIFTHS))


def _figure(measure: str, middle: float, half: float) -> Figure:
    ends = (middle, middle - half, middle + half)
    return Figure(*(round(float(end if measure == RECALL else np.exp(end)), _DIGITS) for end in ends))
