"""Recalibration in a wave or a freeze: when the recent past does not fit what came before it, the level is put right.

A fit weighs recent rows more and so follows a change of level, but late. Its out-of-fold log-odds, which never saw the
person they speak of, tell by how much: over the last `WINDOW_DAYS` the exits are counted beside those expected, and
both against the same season of the years before. Calm companies, and those with a season, differ by chance alone; where
the difference is greater than that, the log-odds are moved to what the window shows, shrunk towards staying as they are.

Counted are cells of the first interval only: thirty days after each month end lie side by side, so that an exit stands
in one cell and its day is exposed once. Longer intervals hold each exit several times; they have a say in how far to
move, each exit counting once an interval, but none in whether to. Example, of a company of 2,000 in a wave of
resignations that began nine months ago::

    window           left   expected   ratio
    last 270 days    316    266        1.19     what the fit has not followed yet
    same, earlier    399    479         .83     p = .0002: raised by .19, of .21 on all intervals

Only what was known on the training day is read: intervals closed by then, less the reporting delay.
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from features.days import to_date
from models import levels, trees
from models.boosted import age_weight
from models.hazard import INTERVALS, hazards
from models.linear import Linear, four
from models.manifest import Correction
from training.landmarks import TrainingRows

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

WINDOW_DAYS: Final = 270
"""What counts as recent."""
SIGNIFICANCE: Final = 0.02
"""Below this p the recent past does not fit what came before it."""
LEAST_LEAVERS: Final = 20
"""In the window and before it; with fewer nothing is tested."""
PRIOR_LEAVERS: Final = 25.0
"""The correction is shrunk as if so many more people had left just as expected."""
LEAST_FOR_SLOPE: Final = 200
"""With fewer leavers in the window the slope stays: measured, a slope learned from fewer did harm."""
_CRITICAL: Final = 2.5758
"""The normal deviate that is exceeded either way one time in a hundred."""
_LEAST_STEP, _MOST_STEP = -0.5, 1.0
"""A slope is halved at the least and doubled at the most."""
_YEAR: Final = 365
_INTERVALS_USED: Final = 3
"""Of those that fit into the window."""
_STARTS: Final = np.array([start for start, _ in INTERVALS])
_LENGTHS: Final = np.array([end - start for start, end in INTERVALS], dtype=np.float64)


@dataclass(frozen=True)
class _Cells:
    """Closed cells and what was said about each out of fold."""

    person: NDArray[np.int32]
    start: NDArray[np.int64]
    """The day after which the interval runs."""
    interval: NDArray[np.int8]
    event: Flags
    weight: Floats
    """How many sampled cells each stands for; not its age."""
    margin: Floats

    def part(self, chosen: Flags) -> "_Cells":
        """Those cells alone."""
        return _Cells(*(getattr(self, name)[chosen] for name in self.__dataclass_fields__))

    @property
    def observed(self) -> int:
        """Distinct people who left."""
        return len(np.unique(self.person[self.event]))

    @property
    def expected(self) -> float:
        """How many should have left."""
        return float(self.weight @ hazards(self.margin))


def correction(rows: TrainingRows, known_on: int, margins: Floats) -> Correction:
    """Whether the recent past fits what came before it, and what to do about it if not.

    Parameters
    ----------
    rows
        What the model was fitted on.
    known_on
        The training day.
    margins
        (cells,) log-odds of the fitted model for each cell of `rows.cells`, out of fold, grouped by person.
    """
    cells = _cells(rows, known_on, margins)
    since = rows.closed_by - WINDOW_DAYS
    tiles = cells.part(cells.interval == 0)
    recent, before = tiles.part(tiles.start >= since), tiles.part(_reference(tiles.start, rows.closed_by))
    p = _difference(recent, before)
    found = Correction(
        applied=False,
        level=0.0,
        slope=1.0,
        leavers=recent.observed,
        observed=float(recent.observed),
        expected=round(recent.expected, 6),
        p=None if p is None else float(f"{p:.3g}"),
        since=str(to_date(since)),
        until=str(to_date(rows.closed_by)),
    )
    if p is None or p >= SIGNIFICANCE:
        return found
    used = cells.part((cells.start >= since) & (cells.interval < _INTERVALS_USED))
    level, slope = _moved(used, recent.observed)
    return replace(found, applied=True, level=round(level, 6), slope=round(slope, 6))


def corrected(text: str, linear: Linear, found: Correction) -> tuple[str, Linear]:
    """The model with its log-odds corrected: still one linear part and one text of trees."""
    if not found.applied:
        return text, linear
    intercepts = [found.slope * value + found.level for value in linear.intercepts]
    moved = Linear(four(intercepts), tuple(term.times(found.slope) for term in linear.terms))
    return (text if found.slope == 1.0 else trees.scaled(text, found.slope)), moved


def _cells(rows: TrainingRows, known_on: int, margins: Floats) -> _Cells:
    cells, day = rows.cells, rows.day.astype(np.int64)[rows.cells.row]
    return _Cells(
        person=rows.person[cells.row],
        start=day + _STARTS[cells.interval],
        interval=cells.interval,
        event=cells.event,
        weight=cells.weight / age_weight(known_on - day),
        margin=np.asarray(margins, dtype=np.float64),
    )


def _reference(start: NDArray[np.int64], closed_by: int) -> Flags:
    """What the window is compared with: the same season of earlier years, or all before it in a short history."""
    age = closed_by - start
    if age.max(initial=0) < _YEAR + WINDOW_DAYS - INTERVALS[0][1]:
        return np.asarray(age > WINDOW_DAYS, dtype=np.bool_)
    return np.asarray((age > _YEAR) & ((age % _YEAR) <= WINDOW_DAYS), dtype=np.bool_)


def _difference(recent: _Cells, before: _Cells) -> float | None:
    """P of the two having the same ratio of observed to expected; None with too few leavers to say.

    The deviance of two rates against one, over the months' own scatter (quasi-Poisson): where exits come in bursts,
    a difference must be greater.

    Source: McCullagh and Nelder, Generalized Linear Models (1989), 6.2.
    """
    from scipy import stats

    observed = np.array([recent.observed, before.observed], dtype=np.float64)
    expected = np.array([recent.expected, before.expected])
    if observed.min() < LEAST_LEAVERS:
        return None
    (scatter, months), (other, more) = _scatter(recent), _scatter(before)
    freedom = months + more - 2
    dispersion = max(1.0, (scatter + other) / freedom) if freedom > 0 else 1.0
    fair = expected * observed.sum() / expected.sum()
    deviance = 2.0 * float(observed @ np.log(observed / fair))
    return float(2.0 * stats.t.sf(np.sqrt(max(deviance, 0.0) / dispersion), max(freedom, 1)))


def _scatter(cells: _Cells) -> tuple[float, int]:
    """Pearson's statistic of the months around their common ratio, and the number of months."""
    _, month = np.unique(cells.start, return_inverse=True)
    observed = np.bincount(month, weights=cells.event)
    expected = np.bincount(month, weights=cells.weight * hazards(cells.margin))
    fair = expected * observed.sum() / expected.sum()
    return float(((observed - fair) ** 2 / fair).sum()), len(observed)


def _moved(cells: _Cells, leavers: int) -> tuple[float, float]:
    """Level and slope of the window, shrunk to 0 and 1; the slope moves only where its own test fails too."""
    weight = cells.weight * (_LENGTHS[0] / _LENGTHS[cells.interval])
    kept = leavers / (leavers + PRIOR_LEAVERS)
    level = kept * levels.offset(cells.margin, weight, float(weight @ cells.event))
    steepness = _slope(cells, weight, cells.margin + level)
    if steepness is None or leavers < LEAST_FOR_SLOPE:
        return level, 1.0
    slope = 1.0 + kept * steepness
    meant = float(weight @ hazards(cells.margin + level))
    return levels.offset(slope * cells.margin, weight, meant), slope


def _slope(cells: _Cells, weight: Floats, margin: Floats) -> float | None:
    """How much steeper than 1 the log-odds should be; None where a score test with people as clusters lets 1 pass.

    Source: Liang and Zeger, Biometrika 73 (1986), for the variance; the step is Fisher's from 1.
    """
    chance = hazards(margin)
    information = weight * chance * (1.0 - chance)
    centred = margin - float(information @ margin) / float(information.sum())
    score = np.bincount(cells.person, weights=weight * (cells.event - chance) * centred)
    if abs(score.sum()) <= _CRITICAL * np.sqrt(float(score @ score)):
        return None
    return max(_LEAST_STEP, min(_MOST_STEP, float(score.sum() / (information @ centred**2))))
