"""The full model: two learners of the interval hazards, the mean of their log-odds, as one linear part and one set of trees.

Member A is boosted trees alone. Member B is a ridge logistic regression, and trees that learn what it left unsaid from
its log-odds on people it had not seen. Where few people have left, member B's regression answers alone.

Both are fitted once for each fold of people, on the others: the folds' trees together are the bags that are served,
and each apart says what the model would have said of people it never saw. By that the strengths are chosen, and the
level of the recent past is checked. As long as the log-odds are a mean of sums, the blend is one sum as well::

    A      base + trees a1 .. a5, a fifth each            linear part   base + half of the regression's difference to it
    B      regression + trees b1 .. b5, a fifth each      trees         a1 .. a5, b1 .. b5, a tenth each
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models import boosted, folds, logistic, rates, scales, trees
from models.boosted import Cells, Settings
from models.folds import Folds
from models.linear import Linear, four
from models.logistic import Logistic, Task

Floats = NDArray[np.float64]

LEAST_FOR_BOTH: Final = 30
"""With fewer voluntary exits the regression answers alone."""
ROUNDS: Final = (30, 60, 100)
"""Numbers of rounds member A may stop after."""
RESIDUAL_ROUNDS: Final = (15, 30)
"""Numbers of rounds member B's trees may stop after."""


@dataclass(frozen=True)
class Examples:
    """What a blend learns from."""

    matrix: NDArray[np.float32]
    """(n, columns) features, NaN for null."""
    columns: Sequence[str]
    person: NDArray[np.int32]
    """(n,) whose row it is."""
    day: NDArray[np.int32]
    weight: Floats
    """(n,) of the rows."""
    cells: Cells
    leavers: int
    """How many people the cells' events belong to."""

    @property
    def people(self) -> int:
        """Distinct people."""
        return len(np.unique(self.person))


@dataclass(frozen=True)
class Blend:
    """A fitted blend: its two parts, and what it said of people it had not seen."""

    text: str
    """The trees."""
    linear: Linear
    margins: Floats
    """(cells,) log-odds out of fold."""
    params: dict[str, float | int | str | bool]
    """What was chosen, and what it was chosen among depends on."""


def fit(examples: Examples, seed: int, threads: int) -> Blend:
    """Fit the members the leavers allow.

    Equal examples and seed give an equal blend, whatever `threads`: how many fits may run at a time.
    """
    fold = folds.by_person(examples.person, seed)
    base = rates.base(examples.cells)
    regression, linear = _regression(examples, base, fold, threads)
    if examples.leavers < LEAST_FOR_BOTH:
        text = trees.nothing(len(examples.columns) + 1)
        return Blend(text, linear, regression.margins, _params(seed, regression))
    text, margins, rounds = _trees(examples, base, regression.margins, fold, seed, threads)
    return Blend(text, _halfway(base, linear), margins, _params(seed, regression) | rounds)


def _regression(examples: Examples, base: Floats, fold: Folds, threads: int) -> tuple[Logistic, Linear]:
    """The regression, and the same as a linear part over the columns as they are."""
    standard = scales.standard(examples.matrix, examples.weight, examples.day)
    unit = float(examples.weight.sum()) / examples.people
    start = np.tile(base, (len(examples.day), 1))
    task = Task(standard.design(examples.matrix), examples.cells, start, unit * standard.penalty)
    few = examples.leavers < LEAST_FOR_BOTH
    strengths = [one for one in logistic.STRENGTHS if not few or one >= logistic.SMALLEST]
    found = logistic.fit(task, fold, unit, strengths, threads)
    return found, standard.linear(examples.columns, base + found.levels, found.slopes)


def _trees(
    examples: Examples, base: Floats, said: Floats, fold: Folds, seed: int, threads: int
) -> tuple[str, Floats, dict[str, int]]:
    """The trees of both members in one text, the blend's log-odds out of fold, and the numbers of rounds chosen.

    Parameters
    ----------
    said
        (cells,) the regression's log-odds out of fold.
    """
    cells, per_person = examples.cells, len(examples.day) / examples.people
    parts = boosted.parted(examples.matrix, cells, fold)

    def member(start: Floats, settings: Settings, rounds: Sequence[int]) -> tuple[list[str], Floats, int]:
        found = boosted.crossed(parts, start, settings, rounds, threads)
        best = int(np.argmin([logistic.log_loss(cells, margins) for margins in found.margins]))
        return found.texts(rounds[best]), found.margins[best], rounds[best]

    alone = Settings.suited_to(examples.leavers, per_person, seed)
    unsaid = Settings.for_residual(examples.leavers, per_person, seed)
    texts, margins, rounds = member(base[cells.interval], alone, ROUNDS)
    more_texts, more_margins, more_rounds = member(said, unsaid, RESIDUAL_ROUNDS)
    text = trees.summed(texts + more_texts, 0.5 / len(texts))
    return text, (margins + more_margins) / 2, {"rounds": rounds, "residual_rounds": more_rounds}


def _halfway(base: Floats, linear: Linear) -> Linear:
    """Half the regression, and half the base rate that member A starts from."""
    intercepts = [(own + of_base) / 2 for own, of_base in zip(linear.intercepts, base.tolist(), strict=True)]
    return Linear(four(intercepts), tuple(term.times(0.5) for term in linear.terms))


def _params(seed: int, regression: Logistic) -> dict[str, float | int | str | bool]:
    shared, first = regression.strengths
    return {"seed": seed, "folds": folds.COUNT, "ridge": str(shared), "ridge_first_interval": str(first)}
