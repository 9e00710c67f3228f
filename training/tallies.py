"""What the fairness audit counts: rows, leavers, expected leavers and people listed, by group, in every draw of people.

A row is a person at an origin; the draws take a person with all rows.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.hazard import position
from models.resampling import Draws
from training.backtest import Backtest
from training.groups import Grouping, Rows
from training.splits import HEADLINE

Floats = NDArray[np.float64]

TOP: Final = "top tenth"
HIGH: Final = "high"
CUTS: Final = (TOP, HIGH)
"""The lists that are audited: a tenth of the people of each origin, and those in the band `high` or above."""
TOP_SHARE: Final = 0.1
_DRAWS_AT_ONCE: Final = 50


@dataclass(frozen=True)
class Scored:
    """All that was judged at 90 days, one row a person and origin."""

    rows: Rows
    risk: Floats
    left: NDArray[np.bool_]
    listed: dict[str, Floats]
    """By cut, (n,) from 0 to 1: people with equal risks at the end of a list share its last places."""
    origins: int


@dataclass(frozen=True)
class Tallies:
    """Sums by group, (1 + draws, groups), everybody as they are first."""

    rows: Floats
    left: Floats
    expected: Floats
    listed: dict[str, Floats]
    found: dict[str, Floats]
    """Of the leavers those listed, by cut."""
    people: NDArray[np.int64]
    """(groups,) different people."""
    leavers: NDArray[np.int64]
    """(groups,) different people who left."""


def scored(found: Backtest, mode: str, high: float) -> Scored:
    """The rows of every origin at which the mode has an answer and 90 days have closed.

    Parameters
    ----------
    high
        The 90-day risk from which the band `high` begins.
    """
    place = position(HEADLINE)
    chosen = [
        one
        for one in found.judged
        if HEADLINE in one.origin.horizons and len(one.employee) and np.isfinite(one.risks[mode][:, place]).all()
    ]
    risks = [one.risks[mode][:, place] for one in chosen] or [np.empty(0)]
    left = [one.left[:, place] for one in chosen] or [np.empty(0, np.bool_)]
    employee = [one.employee for one in chosen] or [np.empty(0, np.int32)]
    day = [np.full(len(one.employee), one.origin.cutoff, dtype=np.int32) for one in chosen] or [np.empty(0, np.int32)]
    risk = np.concatenate(risks)
    return Scored(
        rows=Rows(np.concatenate(employee), np.concatenate(day)),
        risk=risk,
        left=np.concatenate(left),
        listed={TOP: np.concatenate([top(one) for one in risks]), HIGH: (risk >= high).astype(np.float64)},
        origins=len(chosen),
    )


def top(risk: Floats, share: float = TOP_SHARE) -> Floats:
    """How much each is on the list of the highest risks: 1, 0, or a part where equal risks share the last places.

    >>> top(np.array([0.3, 0.1, 0.2, 0.2]), share=0.5).tolist()
    [1.0, 0.0, 0.5, 0.5]
    """
    places = math.ceil(round(share * len(risk), 9))
    if not places:
        return np.zeros(len(risk))
    last = np.partition(risk, len(risk) - places)[len(risk) - places]
    above, level = risk > last, risk == last
    return np.where(above, 1.0, np.where(level, (places - above.sum()) / level.sum(), 0.0))


def tally(grouping: Grouping, judged: Scored, draws: Draws) -> Tallies:
    """Count one attribute's groups in every draw."""
    person = np.searchsorted(draws.people, judged.rows.employee)
    shape = (len(draws.people), len(grouping.names))
    cell = person * shape[1] + grouping.code

    def each(weight: Floats) -> Floats:
        """(people, groups) sums."""
        found = np.bincount(cell, weights=weight, minlength=shape[0] * shape[1])
        return np.asarray(found.reshape(shape), dtype=np.float64)

    rows, left = each(np.ones(len(cell))), each(judged.left.astype(np.float64))
    return Tallies(
        rows=_drawn(draws, rows),
        left=_drawn(draws, left),
        expected=_drawn(draws, each(judged.risk)),
        listed={cut: _drawn(draws, each(listed)) for cut, listed in judged.listed.items()},
        found={cut: _drawn(draws, each(listed * judged.left)) for cut, listed in judged.listed.items()},
        people=np.count_nonzero(rows, axis=0),
        leavers=np.count_nonzero(left, axis=0),
    )


def _drawn(draws: Draws, sums: Floats) -> Floats:
    """(1 + draws, groups): the people's sums added up as often as each draw counts them."""
    count = draws.times.shape[1]
    parts = [
        draws.times[:, at : at + _DRAWS_AT_ONCE].T.astype(np.float64) @ sums for at in range(0, count, _DRAWS_AT_ONCE)
    ]
    return np.concatenate(parts)
