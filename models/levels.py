"""The level of a blend: in each interval as many are expected as left.

The hazard of a mean of log-odds is less than the mean of the hazards, and the more so the further apart the models are.
A blend of models that each expect as many as left therefore expects too few: a few in a hundred, more where there is
less to learn from and in the long intervals. Its intercepts are raised by what is missing.
"""

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.additive import Additive
from models.boosted import Cells
from models.hazard import INTERVALS, hazards
from models.linear import Linear, four

Floats = NDArray[np.float64]

MOST_ROWS: Final = 10_000
"""Rows the blend is asked about, at most, evenly over all."""
_STEPS: Final = 25
_CLOSE: Final = 1e-10


def offset(margins: Floats, weight: Floats, count: float) -> float:
    """What must be added to the log-odds for the hazards, by weight, to sum up to `count`.

    Parameters
    ----------
    count
        More than 0 and less than the sum of the weights.
    """
    found = 0.0
    for _ in range(_STEPS):
        chance = hazards(margins + found)
        step = (count - float(weight @ chance)) / float(weight @ (chance * (1.0 - chance)))
        found += max(-1.0, min(1.0, step))
        if abs(step) < _CLOSE:
            break
    return found


def centred(cells: Cells, margins: Floats) -> Floats:
    """Log-odds of the cells, moved alike within each interval so that as many are expected as left in it, by weight.

    An interval in which nobody left, or all, stays as it is.
    """
    moved = margins.copy()
    for k in range(len(INTERVALS)):
        here = cells.interval == k
        weight, event = cells.weight[here], cells.event[here]
        if event.any() and not event.all():
            moved[here] += offset(margins[here], weight, float(weight @ event))
    return moved


def levelled(score: Additive, rows: NDArray[np.float32], cells: Cells, margins: Floats, threads: int) -> Linear:
    """The score's linear part with intercepts such that it expects as many as `margins` do.

    Parameters
    ----------
    rows
        (n, columns) features the cells belong to.
    margins
        (cells,) log-odds whose level is right, such as `centred` ones of people not seen.
    """
    stride = -(-len(rows) // MOST_ROWS)
    asked = cells.row % stride == 0
    row, interval, weight = cells.row[asked] // stride, cells.interval[asked], cells.weight[asked]
    said, meant = score.margins(rows[::stride], threads)[row, interval], hazards(margins[asked])
    intercepts = list(score.lines.linear.intercepts)
    for k in range(len(INTERVALS)):
        here = interval == k
        if here.any():
            intercepts[k] += offset(said[here], weight[here], float(weight[here] @ meant[here]))
    return replace(score.lines.linear, intercepts=four(intercepts))
