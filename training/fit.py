"""One fit: what was known on a day becomes a model. The training run and every origin of the backtest call this.

How much is learned depends on how many people have left: below `LEAST_LEAVERS` nothing, below `LEAST_FOR_TREES` the
hazard by tenure, shrunk to the base rate, and from there the blend of learners.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from features.blocks import Snapshots
from features.build import build
from features.catalogue import catalogue
from features.company import Company
from features.spec import FeatureSpec, feature_spec
from models import blend, levels, rates, table
from models.additive import additive
from models.linear import Linear
from models.manifest import Correction
from training import recalibrate
from training.errors import TooFewLeaversError
from training.landmarks import TrainingRows, training_rows
from training.sentiment import Learned, learn
from training.settings import TrainingSettings

Cadence = tuple[int, int, int]

LEAST_LEAVERS: Final = 5
"""With fewer voluntary exits no model is made at all."""
LEAST_FOR_TREES: Final = 15
"""With fewer voluntary exits the hazard by tenure is as much as can be said."""
TENURE: Final = "career_tenure_days"
FULL, BY_TENURE, BASE_RATE = "full", "tenure", "base_rate"


@dataclass(frozen=True)
class Known:
    """What there is to learn from on one day."""

    known_on: int
    spec: FeatureSpec
    rows: TrainingRows
    matrix: NDArray[np.float32]
    """(rows, columns) features."""
    employee: NDArray[np.int32]
    """(rows,) whose row it is; somebody who came back is the same one."""
    learned: Learned
    """What reads comments; rows to score are built from its `scoring` company."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the matrix's columns."""
        return tuple(feature.name for feature in catalogue(self.spec))


@dataclass(frozen=True)
class Fitted:
    """A model's trees and linear part, and how they came about."""

    mode: str
    text: str
    params: dict[str, float | int | str | bool]
    margins: NDArray[np.float64]
    """(cells,) what it says of the cells it learned from: of each person by a fit that had not seen them in the full mode,
    by the table itself, a few shrunken numbers, in the others."""
    linear: Linear = field(default_factory=Linear)
    correction: Correction | None = None
    """What was done about the level of the recent past; text and linear part hold it, `margins` do not."""


def gather(
    company: Company,
    known_on: int,
    settings: TrainingSettings,
    cadence: Cadence,
    progress: Callable[[int], None] | None = None,
) -> Known:
    """Rows, labels and features as known on `known_on`.

    Raises
    ------
    TooFewLeaversError
        Fewer than `LEAST_LEAVERS` people left voluntarily within closed intervals.
    """
    rows = training_rows(company, known_on, settings.landmark_months, settings.reporting_delay_days, settings.seed)
    if rows.leavers < LEAST_LEAVERS:
        raise TooFewLeaversError(
            f"{rows.leavers} people left voluntarily within the {rows.landmarks} month ends that may train; a model needs "
            f"at least {LEAST_LEAVERS}. Give exits with their type (termination_type, resignation_date) over a longer time."
        )
    spec = feature_spec(company, known_on, cadence)
    learned = learn(company, known_on, settings.seed)
    matrix = build(learned.training, spec, Snapshots(rows.person, rows.day), progress)
    return Known(known_on, spec, rows, matrix, company.people.employee[rows.person], learned)


def fit(known: Known, settings: TrainingSettings, most: str = FULL) -> Fitted:
    """Fit the richest model the leavers allow, and none richer than `most`.

    Equal inputs give an equal text; `settings.threads` changes nothing but the time it takes. Where the recent past does
    not fit what came before it, the level is put right; see `recalibrate`.
    """
    if most == FULL and known.rows.leavers >= LEAST_FOR_TREES:
        fitted = _full(known, settings)
    else:
        fitted = _by_tenure(known) if most in {FULL, BY_TENURE} else _base_rate(known)
    found = recalibrate.correction(known.rows, known.known_on, fitted.margins)
    text, linear = recalibrate.corrected(fitted.text, fitted.linear, found)
    return replace(fitted, text=text, linear=linear, correction=found)


def _full(known: Known, settings: TrainingSettings) -> Fitted:
    rows = known.rows
    examples = blend.Examples(
        known.matrix, known.columns, known.employee, rows.day, rows.weight, rows.cells, rows.leavers
    )
    with threadpool_limits(1):  # a sum in another order is another sum
        found = blend.fit(examples, settings.seed, settings.threads)
    margins = levels.centred(rows.cells, found.margins)
    score = additive(found.text, found.linear, known.columns)
    linear = levels.levelled(score, known.matrix, rows.cells, margins, settings.threads)
    return Fitted(FULL, found.text, found.params, margins, linear)


def _by_tenure(known: Known) -> Fitted:
    column, cells = known.columns.index(TENURE), known.rows.cells
    tenure = known.matrix[:, column].astype(np.float64)
    margins, counts = rates.by_tenure(cells, tenure, known.rows.leavers)
    text = table.text(margins.tolist(), counts.tolist(), rates.TENURE_EDGES, column, len(known.columns) + 1)
    said = margins[rates.tenure_bin(tenure)[cells.row], cells.interval]
    return Fitted(BY_TENURE, text, {"prior_leavers": rates.PRIOR_LEAVERS}, said)


def _base_rate(known: Known) -> Fitted:
    cells = known.rows.cells
    margins = rates.base(cells)
    counts = np.maximum(np.bincount(cells.interval, minlength=len(margins)), 1)
    text = table.text([margins.tolist()], [counts.tolist()], [], 0, len(known.columns) + 1)
    return Fitted(BASE_RATE, text, {}, margins[cells.interval])
