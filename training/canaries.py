"""Canaries: two small trials that die first where something that could not be known is being learned.

*Labels dealt out anew.* At every month end the outcomes of whole rows go to other people of that month end. What is
learned from that can tell nobody who leaves from who stays; out of time its AUC must be at chance, or the labels of
the rows that are judged have found their way into the fit.

*Columns that know nothing.* Random columns among the others must bring next to nothing to the score. A fit to which
noise matters would believe anything.

Both are cheap fits with the settings of the boosted member, one bag, on the rows before the newest judged
origin, judged by the rows on it: no features are computed for them.

Source: Ojala and Garriga, "Permutation tests for
studying classifier performance", JMLR 11 (2010).
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models import boosted, metrics, rates
from models.additive import Additive, additive
from models.boosted import Cells
from models.linear import Linear
from training.fit import Known
from training.landmarks import TrainingRows
from training.verdict import Finding

Floats = NDArray[np.float64]
Matrix = NDArray[np.float32]

SHUFFLED: Final = "labels dealt out anew"
KNOWS_NOTHING: Final = "columns that know nothing"
SHUFFLES: Final = 4
MOST_CHANCE: Final = 0.12
"""The mean AUC of the shuffles may lie above one half by so much, or by `DEVIATIONS` where few left. One shuffle may
lie far from a half: people who resemble each other leave together, by chance, once (measured: a spread of .05 with 60
leavers, of .14 with 7)."""
DEVIATIONS: Final = 2.5
"""Standard deviations of the AUC of a random order."""
NOISE_COLUMNS: Final = 3
MOST_NOISE_SHARE: Final = 0.05
"""Share of all that moves the score which a column that knows nothing may have."""
TOP: Final = 5
"""Nor may it be among so many columns that move the score most, unless what it has is `NEXT_TO_NOTHING`."""
NEXT_TO_NOTHING: Final = 0.01
MOST_CELLS: Final = 10_000
"""Cells a canary is fitted on at most; people are sampled to it."""
ROUNDS: Final = 50
_EXPLAINED: Final = 2_000


@dataclass(frozen=True)
class Trial:
    """What canaries are fitted on and judged by, cut out of the training rows at the newest judged origin."""

    matrix: Matrix
    cells: Cells
    day: NDArray[np.int32]
    """(rows,) of `matrix`."""
    person: NDArray[np.int32]
    """(rows,) of `matrix`."""
    leavers: int
    rows_per_person: float
    judged: Matrix
    """The rows on the origin."""
    left: NDArray[np.bool_]
    """Who of them left voluntarily by the headline horizon."""


def cut(known: Known, cutoff: int, seed: int) -> Trial:
    """The rows before an origin, with the cells that had closed by it, and the rows on it.

    Parameters
    ----------
    cutoff
        A month end by whose side rows stand, with the headline horizon closed since.
    """
    rows = known.rows
    chosen = _people(rows, cutoff, seed)
    row, place = np.unique(rows.cells.row[chosen], return_inverse=True)
    cells = Cells(place, rows.cells.interval[chosen], rows.cells.event[chosen], rows.cells.weight[chosen])
    on = np.flatnonzero(rows.day == cutoff)
    left = np.isin(on, rows.cells.row[rows.cells.event & (rows.cells.interval <= 1)])
    people = max(1, len(np.unique(rows.person[row])))
    return Trial(
        matrix=known.matrix[row],
        cells=cells,
        day=rows.day[row],
        person=rows.person[row],
        leavers=len(np.unique(rows.person[row[cells.row[cells.event]]])),
        rows_per_person=len(row) / people,
        judged=known.matrix[on],
        left=left,
    )


def shuffled(trial: Trial, seed: int) -> Finding:
    """Whether what is learned from labels dealt out anew is at chance."""
    generators = [np.random.default_rng([seed, number]) for number in range(SHUFFLES)]
    aucs = [_auc(trial, replace(trial.cells, row=dealt(trial, one)[trial.cells.row]), seed) for one in generators]
    return at_chance(np.array(aucs), int(trial.left.sum()), int((~trial.left).sum()))


def at_chance(aucs: Floats, left: int, stayed: int) -> Finding:
    """Judge the out-of-time AUCs of fits to shuffled labels, each over so many who left and who stayed.

    Source of the spread of a random order: Mann and Whitney, "On a test of whether one of two random variables is
    stochastically larger than the other", Annals of Mathematical Statistics 18 (1947).
    """
    mean = float(np.mean(aucs)) if len(aucs) else float("nan")
    spread = ((left + stayed + 1) / (12 * left * stayed)) ** 0.5 if left and stayed else float("nan")
    most = min(1.0, 0.5 + max(MOST_CHANCE, DEVIATIONS * spread))
    told = f"Learned from labels dealt out anew, AUC out of time is {mean:.3f}, where chance reaches {most:.3f}"
    figures = {"auc": _number(mean), "most": _number(most)}
    if mean <= most:
        return Finding(SHUFFLED, True, f"{told}.", figures)
    do = "What the fit must not know is in it: do not use what this run made, and report it with the run's id."
    return Finding(SHUFFLED, False, f"{told}. {do}", figures)


def dealt(trial: Trial, generator: np.random.Generator) -> NDArray[np.int64]:
    """For each row of the trial, which row of its month end gets its outcomes; every row gets some.

    People who follow each other in one drawn order give to those who follow each other in another, so that from month
    end to month end mostly the same person gives to the same.
    """
    giving, getting = generator.random((2, int(trial.person.max()) + 1))[:, trial.person]
    found = np.empty(len(trial.day), dtype=np.int64)
    found[np.lexsort([giving, trial.day])] = np.lexsort([getting, trial.day])
    return found


def nothing_known(trial: Trial, seed: int) -> Finding:
    """Whether random columns move the score no more than chance lets them."""
    generator = np.random.default_rng([seed, SHUFFLES])
    noise = [generator.random((len(part), NOISE_COLUMNS), dtype=np.float32) for part in (trial.matrix, trial.judged)]
    widened = [np.hstack([part, more]) for part, more in zip((trial.matrix, trial.judged), noise, strict=True)]
    score = _cheap(widened[0], trial.cells, trial, seed)
    found = score.contributions(widened[1][:_EXPLAINED], intervals=2)[:, :, :-2]
    return negligible(np.abs(found).mean(axis=(0, 1)))


def negligible(moves: Floats) -> Finding:
    """Judge how much columns move a score, (columns,), the last `NOISE_COLUMNS` of which know nothing."""
    total, noise = float(moves.sum()), float(np.median(moves[-NOISE_COLUMNS:]))
    share, above = noise / total if total else 0.0, int((moves[:-NOISE_COLUMNS] > noise).sum())
    figures = {"share": _number(share), "columns_above": float(above)}
    told = (
        f"A random column has {share:.2%} of what moves the score; {above} of {len(moves) - NOISE_COLUMNS} columns more"
    )
    if share <= NEXT_TO_NOTHING or (share <= MOST_NOISE_SHARE and above >= TOP):
        return Finding(KNOWS_NOTHING, True, f"{told}.", figures)
    do = "the fit learns noise. More leavers or a longer time are needed."
    return Finding(KNOWS_NOTHING, False, f"{told}: {do}", figures)


def _people(rows: TrainingRows, cutoff: int, seed: int) -> NDArray[np.int64]:
    """The cells that had closed by the cutoff, of a sample of people where they are many."""
    ends = np.array([30, 90, 180, 365])[rows.cells.interval]
    person = rows.person[rows.cells.row]
    closed = rows.day[rows.cells.row] + ends <= cutoff
    share = min(1.0, MOST_CELLS / max(1, int(closed.sum())))
    drawn = np.random.default_rng(seed).random(int(rows.person.max()) + 1) < share
    return np.flatnonzero(closed & drawn[person])


def _cheap(matrix: Matrix, cells: Cells, trial: Trial, seed: int) -> Additive:
    """The boosted member alone, one bag of it."""
    suited = boosted.Settings.suited_to(trial.leavers, trial.rows_per_person, seed)
    text = boosted.fit(matrix, cells, rates.base(cells), replace(suited, bags=1, rounds=ROUNDS), 1)
    return additive(text, Linear(), tuple(map(str, range(matrix.shape[1]))))


def _auc(trial: Trial, cells: Cells, seed: int) -> float:
    risk = _cheap(trial.matrix, cells, trial, seed).risks(trial.judged)[:, 1]
    return metrics.auc(trial.left, risk)


def _number(value: float) -> float | None:
    return value if np.isfinite(value) else None
