"""The linear learner: a ridge logistic regression of the hazards, all intervals in one fit.

One slope a column serves every interval, since what makes people leave within a month mostly makes them leave within a
year, and there is most to learn from when all are asked together. Of that, a later interval may keep a smaller share, since what
is known today fades; and the first may differ from it column by column: what somebody did last month says most about
the next one.

Repeated snapshots of a person are one observation, so the ridge is counted in rows per person. How strong it is, is
chosen by the log loss on people left out.

Source: Efron, "Logistic regression, survival analysis, and the Kaplan-Meier curve", JASA 83 (1988).
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.boosted import Cells
from models.folds import Folds
from models.hazard import INTERVALS, hazards

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

STRENGTHS: Final = (300.0, 100.0, 30.0, 10.0, 3.0, 1.0)
"""Ridges to choose from, per row a person has; strongest first."""
SMALLEST: Final = 30.0
"""The weakest ridge tried where few people have left."""
_LEVEL: Final = 1.0
"""Ridge of an interval's level around its base rate."""
_PRIOR_LEAVERS: Final = 20.0
"""An interval's share is shrunk as if so many people had left with the share of the interval before."""
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
    start: Floats
    """(n, 4) log-odds the fit starts from and is shrunk to."""
    penalty: Floats
    """(width,) of each column for a strength of 1."""

    def part(self, chosen: Flags) -> "Task":
        """The chosen cells alone."""
        cells = self.cells
        kept = Cells(cells.row[chosen], cells.interval[chosen], cells.event[chosen], cells.weight[chosen])
        return replace(self, cells=kept)

    def margins(self, at: Floats) -> Floats:
        """(n, 4) log-odds of the rows by coefficients (4 + width,), levels and then slopes."""
        return np.asarray((self.rows @ at[_K:])[:, None] + at[:_K] + self.start)

    @property
    def nothing(self) -> Floats:
        """The coefficients that leave the log-odds as they start."""
        return np.zeros(_K + self.rows.shape[1])


@dataclass(frozen=True)
class Logistic:
    """A fitted learner."""

    levels: Floats
    """(4,) what is added to the log-odds it started from where every column is at its mean."""
    slopes: Floats
    """(width, 4) for each interval."""
    strengths: tuple[float, float]
    """The ridge chosen for all intervals and for the difference of the first; infinite where nothing was learned."""
    shares: tuple[float, ...]
    """How much of what is said alike of all intervals holds within each."""
    margins: Floats
    """(cells,) log-odds, each from a fit that saw nobody of its fold."""


@dataclass(frozen=True)
class _Crossed:
    """A fit for each fold on the others, at the strength of least loss on the people left out."""

    strength: float
    at: list[Floats]
    """Coefficients of each fold's fit."""
    margins: Floats
    """(cells,) log-odds out of fold."""


def fit(task: Task, fold: Folds, unit: float, strengths: Sequence[float], threads: int) -> Logistic:
    """Choose the ridges and fit.

    Parameters
    ----------
    fold
        (n,) the part of each row, dealt by person.
    unit
        Weight of the rows a person has.
    strengths
        To choose from, falling.
    threads
        Fits at a time. The caller keeps linear algebra to one thread each, so that no sum depends on their number.
    """
    parts = [fold[task.cells.row] == part for part in range(int(fold.max()) + 1)]
    soon = task.cells.interval == 0
    with ThreadPoolExecutor(threads) as pool:
        shared = _crossed([task] * len(parts), parts, strengths, pool)
        after = [replace(task, start=task.margins(at)).part(soon) for at in shared.at]
        own = _crossed(after, [part[soon] for part in parts], strengths, pool)
        slopes = _whole(task, shared.strength)
        difference = _whole(replace(task, start=task.margins(slopes)).part(soon), own.strength)
        said = _said(task, fold, shared)
        levels, shares = _faded(replace(task, start=task.start + slopes[:_K]), said, unit)
    levels += slopes[:_K]
    margins = (task.start + levels + shares * said[:, None])[task.cells.row, task.cells.interval]
    margins[soon] = own.margins
    levels[0], together = levels[0] + difference[0], slopes[_K:, None] * shares
    together[:, 0] += difference[_K:]
    return Logistic(levels, together, (shared.strength, own.strength), tuple(shares.tolist()), margins)


def log_loss(cells: Cells, margin: Floats) -> float:
    """Weighted mean log loss of the cells."""
    return float(cells.weight @ (np.logaddexp(0.0, margin) - cells.event * margin) / cells.weight.sum())


def _crossed(
    tasks: Sequence[Task], parts: Sequence[Flags], strengths: Sequence[float], pool: ThreadPoolExecutor
) -> _Crossed:
    """Try the strengths until the loss on people left out grows; the first to beat is learning nothing.

    Parameters
    ----------
    tasks
        One a fold, over the same cells.
    parts
        (cells,) for each fold which cells are its own, left out of its fit.
    """
    inside = [task.part(~part) for task, part in zip(tasks, parts, strict=True)]
    states = [State(task.nothing) for task in tasks]
    best = _Crossed(np.inf, [state.at for state in states], _left_out(tasks, parts, states))
    for strength in strengths:
        states = list(pool.map(newton, inside, [strength] * len(parts), states))
        tried = _Crossed(strength, [state.at for state in states], _left_out(tasks, parts, states))
        if log_loss(tasks[0].cells, tried.margins) >= log_loss(tasks[0].cells, best.margins):
            break
        best = tried
    return best


def _left_out(tasks: Sequence[Task], parts: Sequence[Flags], states: Sequence["State"]) -> Floats:
    """(cells,) log-odds of each fold's cells by the fit that did not see them."""
    cells = tasks[0].cells
    found = np.zeros(len(cells.row))
    for task, part, state in zip(tasks, parts, states, strict=True):
        found[part] = task.margins(state.at)[cells.row[part], cells.interval[part]]
    return found


def _said(task: Task, fold: Folds, shared: _Crossed) -> Floats:
    """(n,) what the columns of each row add to the log-odds, by the fit that did not see the person."""
    found = np.empty(len(fold))
    for part, at in enumerate(shared.at):
        found[fold == part] = task.rows[fold == part] @ at[_K:]
    return found


def _faded(task: Task, said: Floats, unit: float) -> tuple[Floats, Floats]:
    """What to add to the levels, and the share of `said` that holds, (4,) each.

    What is known today says less of what happens in half a year. The share of an interval is shrunk to that of the one
    before it, which an interval that has not closed yet keeps.
    """
    levels, shares = np.zeros(_K), np.ones(_K)
    prior = np.array([_PRIOR_LEAVERS * unit * float(said.var())])
    for k in range(1, _K if prior[0] > 0 else 1):
        one = replace(task, rows=said[:, None], start=task.start + shares[k - 1] * said[:, None], penalty=prior)
        found = newton(one.part(task.cells.interval == k), 1.0, State(one.nothing)).at
        levels[k], shares[k] = found[k], shares[k - 1] + found[_K]
    return levels, shares


def _whole(task: Task, strength: float) -> Floats:
    """The coefficients by all cells."""
    return newton(task, strength, State(task.nothing)).at if np.isfinite(strength) else task.nothing


@dataclass(frozen=True)
class State:
    """How far a fit has come."""

    at: Floats
    """(4 + width,) coefficients."""
    curvature: Floats | None = None
    """Second derivatives of the log loss somewhere near."""


def newton(task: Task, strength: float, start: State) -> State:
    """Go to the coefficients of least penalised log loss.

    Newton's method with halved steps. The curvature is the dear part and need not be exact: it is found in single
    precision, and kept for as long as steps with it leave little of what there was to gain.
    """
    from scipy.linalg import cho_factor, cho_solve

    penalty = np.concatenate([np.full(_K, _LEVEL), strength * task.penalty])
    at, curvature, left, factor = start.at, start.curvature, np.inf, None
    margin = task.margins(at)
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
        tried = task.margins(at - step)
        while (after := _objective(task, penalty, at - size * step, tried)) > value and size > _SMALLEST_STEP:
            size /= 2
            tried = task.margins(at - size * step)
        at, margin, value = at - size * step, tried, after
        if size < 1.0 or left > before / 4:
            curvature = None
    return State(at, curvature)


def _objective(task: Task, penalty: Floats, at: Floats, margin: Floats) -> float:
    cells = task.cells
    each = margin[cells.row, cells.interval]
    return float(cells.weight @ (np.logaddexp(0.0, each) - cells.event * each) + penalty @ at**2 / 2)


def _gradient(task: Task, margin: Floats) -> Floats:
    """Of the log loss. Cells of a row share its columns: what belongs together is added first."""
    cells = task.cells
    chance = hazards(margin[cells.row, cells.interval])
    off = _by_row(cells, cells.weight * (chance - cells.event), len(task.rows))
    return np.concatenate([off.sum(axis=0), task.rows.T @ off.sum(axis=1)])


def _curvature(task: Task, margin: Floats) -> Floats:
    """Second derivatives of the log loss."""
    cells, rows = task.cells, task.rows.astype(np.float32)
    chance = hazards(margin[cells.row, cells.interval])
    bend = _by_row(cells, cells.weight * chance * (1.0 - chance), len(rows)).astype(np.float32)
    found = np.zeros((_K + rows.shape[1], _K + rows.shape[1]))
    found[:_K, :_K] = np.diag(bend.sum(axis=0))
    found[:_K, _K:] = bend.T @ rows
    found[_K:, _K:] = rows.T @ (rows * bend.sum(axis=1, keepdims=True))
    return np.triu(found) + np.triu(found, 1).T


def _by_row(cells: Cells, values: Floats, rows: int) -> Floats:
    """(rows, 4) the cells' values where they belong, 0 elsewhere."""
    found = np.bincount(cells.row * _K + cells.interval, weights=values, minlength=rows * _K)
    return found.astype(np.float64).reshape(rows, _K)
