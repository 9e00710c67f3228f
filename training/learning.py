"""The learning curve: the newest origin replayed with fewer people to learn from, the same people judged.

People are drawn at random with all their rows. What the whole company tells about a person, such as team features, stays
as it is, so the curve says what more people to learn from would be worth, not what a smaller company would get.
"""

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from features.blocks import Snapshots
from features.company import Company
from models.boosted import Cells
from training.backtest import Backtest, Floats, judge, risks_of
from training.fit import Cadence, Known
from training.settings import TrainingSettings
from training.splits import Origin

SHARES: Final = (0.1, 0.25, 0.5, 1.0)


def learned(company: Company, origin: Origin, as_of: int, settings: TrainingSettings, cadence: Cadence) -> Backtest:
    """The origin judged by one method for each number of people learned from, named by that number.

    No origin where too few had left; no answer where the people drawn have too few leavers for the full model.
    """

    def answers(known: Known, _: Snapshots, matrix: NDArray[np.float32]) -> dict[str, Floats]:
        parts = [part(known, share, settings.seed) for share in SHARES]
        return {str(one.rows.people): risks_of(one, matrix, settings) for one in parts}

    found = judge(company, origin, as_of, settings, cadence, answers)
    return Backtest((), 1) if found is None else Backtest((found,), 0)


def part(known: Known, share: float, seed: int) -> Known:
    """What would be known of a share of the people: their rows alone. A larger share holds all people of a smaller one."""
    rows = known.rows
    everyone = np.unique(known.employee)
    chosen = np.random.default_rng(seed).permutation(everyone)[: max(1, round(share * len(everyone)))]
    kept = np.isin(known.employee, chosen)
    inside = kept[rows.cells.row]
    place = np.cumsum(kept) - 1
    cells = Cells(**{name: values[inside] for name, values in vars(rows.cells).items()})
    cells = replace(cells, row=place[cells.row])
    fewer = replace(
        rows,
        person=rows.person[kept],
        day=rows.day[kept],
        weight=rows.weight[kept],
        cells=cells,
        people=len(np.unique(rows.person[kept])),
        leavers=len(np.unique(rows.person[kept][cells.row[cells.event]])),
    )
    return replace(known, rows=fewer, matrix=known.matrix[kept], employee=known.employee[kept])
