"""What each family of records is worth: the model refitted without it at each origin, the same people judged.

A source (surveys, tickets, check-ins, signals) is taken out of the company, so that whatever other features owe to it goes
with it, as in a company that has no such records. What is made from the job history cannot be taken out so: there the
family's columns are null. Off-boarding traces stay, since they say when an exit began. What two families both know is worth
nothing in either line: the losses do not add up to the loss of all.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from features.blocks import Snapshots
from features.catalogue import catalogue
from features.company import Company
from training.backtest import Backtest, Floats, Judged, Matrix, judge, risks_of
from training.evidence import Against, compared
from training.fit import FULL, TENURE, Cadence, Known
from training.settings import TrainingSettings
from training.splits import Origin

SOURCES: Final = {
    "surveys": ("surveys", "comments", "tones"),
    "tickets": ("tickets",),
    "check-ins": ("checkins",),
    "signals": ("signals", "team_signals"),
}
"""Families that come from tables of their own, by the tables that are taken out."""
COLUMNS: Final = {"team": "team", "career but tenure": "career"}
"""Families made from the job history, by the family of the columns that are null."""
FAMILIES: Final = (*SOURCES, *COLUMNS)
SHOWN: Final = (90, 180)
"""Horizons that are reported. Unit: days."""


def ablate(
    company: Company,
    origins: Sequence[Origin],
    as_of: int,
    settings: TrainingSettings,
    cadence: Cadence,
    progress: Callable[[int], None] = lambda _: None,
) -> tuple[Against, ...]:
    """The full model less itself without each family, at each origin; families that are not there are left out.

    Parameters
    ----------
    progress
        Told 1 as each refit ends, of `refits` in all.
    """
    families = _there(company)
    judged = []
    for origin in origins:
        whole = judge(company, origin, as_of, settings, cadence, _Without("", settings))
        progress(1)
        if whole is None:
            continue
        for family in families:
            found = judge(taken(company, family), origin, as_of, settings, cadence, _Without(family, settings))
            progress(1)
            whole = whole if found is None else _beside(whole, found)
        judged.append(whole)
    looked = Backtest(tuple(judged), len(origins) - len(judged))
    lines = [
        Against(FULL, family, horizon, compared(looked, FULL, family, horizon, settings.seed))
        for horizon in SHOWN
        for family in families
    ]
    return tuple(line for line in lines if line.difference.origins)


def refits(company: Company, origins: Sequence[Origin]) -> int:
    """How many refits an ablation takes."""
    return len(origins) * (1 + len(_there(company)))


def without(known: Known, matrix: Matrix, family: str) -> tuple[Known, Matrix]:
    """What is learned from, and rows to score, with the columns of one of `COLUMNS` null; as they are for others."""
    own = [feature.family == COLUMNS.get(family) and feature.name != TENURE for feature in catalogue(known.spec)]
    learned, asked = known.matrix.copy(), matrix.copy()
    learned[:, own] = asked[:, own] = np.nan
    return replace(known, matrix=learned), asked


def taken(company: Company, family: str) -> Company:
    """The company without the tables of one of `SOURCES`; as it is for others."""
    return Company(**vars(company) | dict.fromkeys(SOURCES.get(family, ())))


@dataclass(frozen=True)
class _Without:
    """Asks the full model without a family, which gives its name to the answer."""

    family: str
    settings: TrainingSettings

    def __call__(self, known: Known, _: Snapshots, matrix: Matrix) -> dict[str, Floats]:
        return {self.family or FULL: risks_of(*without(known, matrix, self.family), self.settings)}


def _there(company: Company) -> tuple[str, ...]:
    return tuple(
        family
        for family in FAMILIES
        if family in COLUMNS or any(getattr(company, table) is not None for table in SOURCES[family])
    )


def _beside(whole: Judged, found: Judged) -> Judged:
    """Another answer about the same people: who may be scored and who left is told by no table that is taken out."""
    return replace(whole, risks=whole.risks | found.risks)
