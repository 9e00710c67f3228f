"""Our model beside others on real data: fitted on given days, each by what was known then, held against what followed.

Who is judged and how well is worked out here, so that the trials do not lean on the backtest and evidence they check.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from features import presence
from features.blocks import Snapshots
from features.build import build
from features.company import PERSONAL, VOLUNTARY, Company
from features.days import NEVER
from features.settings import FeatureSettings
from models.hazard import HORIZONS
from training import backtest, baselines, peers
from training.fit import BASE_RATE, BY_TENURE, FULL, Known, gather
from training.settings import TrainingSettings

Floats = NDArray[np.float64]
Method = Callable[[Company, Known, NDArray[np.float32], int], Floats]
SETTINGS: Final = TrainingSettings(threads=1)


def _ours(mode: str) -> Method:
    def risks(_: Company, known: Known, matrix: NDArray[np.float32], seed: int) -> Floats:
        return backtest.risks_of(known, matrix, replace(SETTINGS, seed=seed), mode)

    return risks


ALL: Final[Mapping[str, Method]] = {
    FULL: _ours(FULL),
    BY_TENURE: _ours(BY_TENURE),
    BASE_RATE: _ours(BASE_RATE),
    "logistic": baselines.logistic,
    **{name: peers.PEERS[name] for name in peers.installed()},
}
"""Every method that can run here, by name."""


@dataclass(frozen=True)
class Cell:
    """One method at one day and horizon."""

    method: str
    cutoff: int
    horizon: int
    draw: int
    people: int
    left: int
    expected: float
    auc: float
    brier_skill: float
    """One less the Brier score over that of the rate that came true."""


def at(
    company: Company,
    cutoff: int,
    as_of: int,
    methods: Iterable[str],
    drawn: NDArray[np.bool_] | None = None,
    draw: int = 0,
) -> list[Cell]:
    """Fit the methods on one day and judge them at every horizon that has closed by `as_of`.

    Parameters
    ----------
    drawn
        (people,) whose rows are learned from; the others are judged. None for everybody and everybody.
    draw
        Number of the draw, for the record; also the seed of the fits.
    """
    known = gather(company if drawn is None else only(company, drawn), cutoff, SETTINGS, FeatureSettings().cadence)
    ended = presence.exits(company, as_of)
    here = presence.at_risk(company, cutoff) & (ended.day > cutoff)
    person = np.flatnonzero(here if drawn is None else here & ~drawn).astype(np.int32)
    matrix = build(company, known.spec, Snapshots(person, np.full(len(person), cutoff, np.int32)))
    cells: list[Cell] = []
    for name in methods:
        risks = ALL[name](company, known, matrix, draw + 1)
        for place, horizon in enumerate(HORIZONS):
            left = (ended.day[person] <= cutoff + horizon) & (ended.kind[person] == VOLUNTARY)
            if cutoff + horizon <= as_of and np.isfinite(risks[:, place]).all() and 0 < left.sum() < len(left):
                cells.append(_cell((name, cutoff, horizon, draw), left, risks[:, place]))
    return cells


def only(company: Company, drawn: NDArray[np.bool_]) -> Company:
    """The company as if only the drawn people had ever been there; persons keep their numbers."""
    tables = {name: table for name in PERSONAL if (table := getattr(company, name)) is not None}
    cut = {
        name: type(table)(**{field: column[drawn[table.person]] for field, column in vars(table).items()})
        for name, table in tables.items()
    }
    people = company.people
    hire, resigned, ended = (
        np.where(drawn, day, NEVER) for day in (people.hire, people.resignation, people.termination)
    )
    kind = np.where(drawn, people.exit_kind, 0).astype(np.int8)
    staff = replace(people, hire=hire, resignation=resigned, termination=ended, exit_kind=kind)
    return replace(company, people=staff, **cut)


def mean(cells: Sequence[Cell], method: str, horizon: int, figure: str = "auc") -> float:
    """The mean of a figure over the days and draws at which the method has an answer; NaN where there is none."""
    found = [float(getattr(cell, figure)) for cell in cells if cell.method == method and cell.horizon == horizon]
    return float(np.mean(found)) if found else float("nan")


def gains(cells: Sequence[Cell], other: str, horizon: int, figure: str = "auc") -> Floats:
    """Our figure less the other's at each day and draw at which both have an answer."""
    ours = {(c.cutoff, c.draw): getattr(c, figure) for c in cells if c.method == FULL and c.horizon == horizon}
    theirs = {(c.cutoff, c.draw): getattr(c, figure) for c in cells if c.method == other and c.horizon == horizon}
    return np.array([ours[key] - theirs[key] for key in sorted(ours.keys() & theirs.keys())])


def table(cells: Sequence[Cell]) -> dict[str, object]:
    """Means by method and horizon, our gain on each at the same days, and every cell, for a file of figures."""
    shown: dict[str, object] = {}
    for method in dict.fromkeys(cell.method for cell in cells):
        for horizon in HORIZONS:
            own = [cell for cell in cells if (cell.method, cell.horizon) == (method, horizon)]
            if own:
                shown[f"{method} {horizon}"] = {
                    "days": len(own),
                    "auc": round(mean(own, method, horizon), 4),
                    "brier_skill": round(mean(own, method, horizon, "brier_skill"), 4),
                    "gain_auc": round(float(gains(cells, method, horizon).mean()), 4),
                    "gain_brier_skill": round(float(gains(cells, method, horizon, "brier_skill").mean()), 4),
                }
    return shown | {"cells": [vars(cell) for cell in cells]}


def _cell(key: tuple[str, int, int, int], left: NDArray[np.bool_], risk: Floats) -> Cell:
    rate, auc = float(left.mean()), float(roc_auc_score(left, risk))
    skill = 1.0 - float(np.mean((risk - left) ** 2)) / (rate * (1.0 - rate))
    return Cell(*key, len(left), int(left.sum()), float(risk.sum()), auc, skill)
