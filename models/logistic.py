"""The linear learner: a ridge logistic regression of the hazards, all intervals in one fit.

One slope a column serves every interval, since what makes people leave within a month mostly makes them leave within a
year; the first interval may differ from it, at a price: what somebody did last month says most about the next one.

Repeated snapshots of a person are one observation, so the ridge is counted in rows per person. How strong it is, is
chosen by the log loss on people left out.

Source: Efron, "Logistic regression, survival analysis, and the Kaplan-Meier curve", JASA 83 (1988).
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.boosted import Cells
from models.folds import Folds
from models.hazard import INTERVALS, hazards

Floats = NDArray[np.float64]

STRENGTHS: Final = (400.0, 100.0, 25.0, 6.0, 1.5, 0.4)
"""Ridges to choose from, per row a person has; strongest first."""
SMALLEST: Final = 25.0
"""The weakest ridge tried where few people have left."""
_OWN: Final = 10.0
"""How many times dearer than a slope is its difference in the first interval."""
_LEVEL: Final = 1.0
"""Ridge of an interval's level around its base rate."""
_ROUNDS: Final = 50
_TOLERANCE: Final = 1e-4
"""Log loss in all that may be left to gain: coefficients are then within a hundredth of their standard errors."""
_SMALLEST_STEP: Final = 1e-4
_K: Final = len(INTERVALS)


@dataclass(frozen=True)
class Task:
    """What to fit: cells over standardised rows."""

    rows: Floats
    """(n, width) the design matrix."""
    cells: Cells
    base: Floats
    """(4,) log-odds the levels are shrunk to."""
    penalty: Floats
    """(width,) of each column for a strength of 1."""

    def part(self, chosen: NDArray[np.bool_]) -> "Task":
        """The chosen cells alone."""
        cells = self.cells
        kept = Cells(cells.row[chosen], cells.interval[chosen], cells.event[chosen], cells.weight[chosen])
        return Task(self.rows, kept, self.base, self.penalty)


@dataclass(frozen=True)
class Logistic:
    """A fitted learner."""

    levels: Floats
    """(4,) log-odds where every column is at its mean."""
    slopes: Floats
    """(width, 4) for each interval."""
    strength: float
    """The ridge chosen, one of `STRENGTHS`."""
    margins: Floats
    """(cells,) log-odds, each from a fit that saw nobody of its fold."""


def fit(task: Task, fold: Folds, strengths: Sequence[float], threads: int) -> Logistic:
    """Choose the ridge and fit.

    Parameters
    ----------
    fold
        (n,) the part of each row, dealt by person.
    strengths
        To choose from, falling.
    threads
        Fits at a time; linear algebra uses one thread each, so that nothing depends on how many there are.
    """
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    parts = [fold[task.cells.row] == part for part in range(int(fold.max()) + 1)]
    with threadpool_limits(1), ThreadPoolExecutor(threads) as pool:
        strength, held_out = _chosen(task, parts, strengths, pool)
        found = newton(task, strength, _State(np.zeros(_K + 2 * task.rows.shape[1]))).at
    return Logistic(task.base + found[:_K], _slopes(found), strength, held_out)


def _chosen(
    task: Task, parts: Sequence[NDArray[np.bool_]], strengths: Sequence[float], pool: ThreadPoolExecutor
) -> tuple[float, Floats]:
    """The strength of least loss on people left out, and the log-odds there; weaker ones are tried until it grows."""
    others = [task.part(~part) for part in parts]
    states = [_State(np.zeros(_K + 2 * task.rows.shape[1])) for _ in parts]
    least, chosen = np.inf, (strengths[0], np.zeros(len(task.cells.row)))
    for strength in strengths:
        states = list(pool.map(newton, others, [strength] * len(parts), states))
        held_out = np.zeros(len(task.cells.row))
        for part, state in zip(parts, states, strict=True):
            held_out[part] = margins(task, state.at)[task.cells.row[part], task.cells.interval[part]]
        if (loss := log_loss(task.cells, held_out)) >= least:
            break
        least, chosen = loss, (strength, held_out)
    return chosen


def margins(task: Task, coefficients: Floats) -> Floats:
    """(n, 4) log-odds of the rows."""
    both = task.rows @ coefficients[_K:].reshape(2, -1).T
    found = both[:, :1] + (task.base + coefficients[:_K])
    found[:, 0] += both[:, 1]
    return np.asarray(found)


def log_loss(cells: Cells, margin: Floats) -> float:
    """Weighted mean log loss of the cells."""
    return float(cells.weight @ (np.logaddexp(0.0, margin) - cells.event * margin) / cells.weight.sum())


@dataclass(frozen=True)
class _State:
    """How far a fit has come."""

    at: Floats
    """(4 + 2 * width,): levels above the base rates, slopes, and what is added to them in the first interval."""
    curvature: Floats | None = None
    """Second derivatives of the log loss somewhere near."""


def newton(task: Task, strength: float, start: _State) -> _State:
    """Go to the coefficients of least penalised log loss.

    Newton's method with halved steps. The curvature is the dear part and need not be exact: it is found in single
    precision, and kept for as long as steps with it leave little of what there was to gain.
    """
    from scipy.linalg import cho_factor, cho_solve

    ridge = strength * task.penalty
    penalty = np.concatenate([np.full(_K, _LEVEL), ridge, _OWN * ridge])
    at, curvature, left, factor = start.at, start.curvature, np.inf, None
    margin = margins(task, at)
    value = _objective(task, penalty, at, margin)
    for _ in range(_ROUNDS):
        if curvature is None:
            curvature, factor = _curvature(task, margin), None
        factor = cho_factor(curvature + np.diag(penalty)) if factor is None else factor
        gradient = _gradient(task, margin) + penalty * at
        step, size, before = cho_solve(factor, gradient), 1.0, left
        left = float(gradient @ step) / 2
        if left <= _TOLERANCE:
            break
        tried = margins(task, at - step)
        while (after := _objective(task, penalty, at - size * step, tried)) > value and size > _SMALLEST_STEP:
            size /= 2
            tried = margins(task, at - size * step)
        at, margin, value = at - size * step, tried, after
        if size < 1.0 or left > before / 4:
            curvature = None
    return _State(at, curvature)


def _objective(task: Task, penalty: Floats, at: Floats, margin: Floats) -> float:
    cells = task.cells
    each = margin[cells.row, cells.interval]
    return float(cells.weight @ (np.logaddexp(0.0, each) - cells.event * each) + penalty @ at**2 / 2)


def _gradient(task: Task, margin: Floats) -> Floats:
    """Of the log loss. Cells of a row share its columns: what belongs together is added first."""
    cells = task.cells
    chance = hazards(margin[cells.row, cells.interval])
    off = _by_row(cells, cells.weight * (chance - cells.event), len(task.rows))
    slopes = task.rows.T @ np.stack([off.sum(axis=1), off[:, 0]], axis=1)
    return np.concatenate([off.sum(axis=0), slopes[:, 0], slopes[:, 1]])


def _curvature(task: Task, margin: Floats) -> Floats:
    """Second derivatives of the log loss."""
    cells, rows = task.cells, task.rows.astype(np.float32)
    chance = hazards(margin[cells.row, cells.interval])
    bend = _by_row(cells, cells.weight * chance * (1.0 - chance), len(rows)).astype(np.float32)
    width = rows.shape[1]
    shared, own = slice(_K, _K + width), slice(_K + width, None)
    found = np.zeros((_K + 2 * width, _K + 2 * width))
    found[:_K, :_K] = np.diag(bend.sum(axis=0))
    found[:_K, shared] = bend.T @ rows
    found[0, own] = found[0, shared]
    found[shared, shared] = rows.T @ (rows * bend.sum(axis=1, keepdims=True))
    found[own, own] = found[shared, own] = rows.T @ (rows * bend[:, :1])
    return np.triu(found) + np.triu(found, 1).T


def _by_row(cells: Cells, values: Floats, rows: int) -> Floats:
    """(rows, 4) the cells' values where they belong, 0 elsewhere."""
    found = np.bincount(cells.row * _K + cells.interval, weights=values, minlength=rows * _K)
    return found.astype(np.float64).reshape(rows, _K)


def _slopes(found: Floats) -> Floats:
    """(width, 4) from the coefficients."""
    shared, own = np.split(found[_K:], 2)
    return np.stack([shared + own, shared, shared, shared], axis=1)
