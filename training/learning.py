"""The learning curve: the newest origin replayed with fewer people to learn from, the same people judged.

People are drawn at random with all their rows. What the whole company tells about a person, such as team features, stays
as it is, so the curve says what more people to learn from would be worth, not what a smaller company would get.
"""

from dataclasses import replace
from typing import Final

import numpy as np

from features.blocks import Snapshots
from features.company import Company
from models.boosted import Cells
from training.backtest import Backtest, Floats, Judged, Matrix, judge, risks_of
from training.fit import FULL, Cadence, Known
from training.settings import TrainingSettings

SHARES: Final = (0.1, 0.25, 0.5)
"""Of the people; that all of them were learned from is in the look back already."""


def learned(company: Company, whole: Judged, as_of: int, settings: TrainingSettings, cadence: Cadence) -> Backtest:
    """An origin judged by one method for each number of people learned from, named by that number.

    No answer where the people drawn have too few leavers for the full model.

    Parameters
    ----------
    whole
        The origin as it was judged, with everybody learned from.
    """

    def answers(known: Known, _: Snapshots, matrix: Matrix) -> dict[str, Floats]:
        parts = [part(known, share, settings.seed) for share in SHARES]
        fewer = {str(one.rows.people): risks_of(one, matrix, settings) for one in parts}
        return fewer | {str(known.rows.people): whole.risks[FULL]}

    found = judge(company, whole.origin, as_of, settings, cadence, answers)
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
