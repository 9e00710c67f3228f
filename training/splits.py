"""Rolling origins: the days on which the past is replayed to see how good the model would have been.

On each cutoff the model is fitted on what was known on it, scores everybody there, and is held against what became of
them. A horizon can be judged at a cutoff once its window has closed, which is also what keeps a fit's own labels
apart from the windows it is judged on: a cell trains at a cutoff only if it had closed by it.

Example: training on 2024-12-31 with three origins six months apart, no reporting delay, records from 2023-01-01. The
newest is the last month end whose 90 days have closed, then back in steps::

    2024-09-30   30 and 90 days        (the 180 days end on 2025-03-29)
    2024-03-31   30, 90 and 180 days   (the 365 days end on 2025-03-31)
    2023-09-30   all four              (the 365 days end on 2024-09-29)
"""

from dataclasses import dataclass
from typing import Final

from features.days import month_ends, to_date
from models.hazard import HORIZONS

LEAST_HISTORY_DAYS: Final = 90
"""A cutoff has at least so many days of records before it."""
HEADLINE: Final = 90
"""The horizon that can be judged at every cutoff."""


@dataclass(frozen=True)
class Origin:
    """One cutoff and the horizons whose windows have closed since."""

    cutoff: int
    horizons: tuple[int, ...]


def origins(observed_from: int, as_of: int, delay_days: int, count: int, every_months: int) -> tuple[Origin, ...]:
    """The newest `count` cutoffs, `every_months` apart, oldest first; fewer where the records do not reach so far.

    Parameters
    ----------
    observed_from
        First day of records.
    as_of
        The day from which one looks back.
    delay_days
        Windows must have closed so many days before `as_of`.
    """
    closed_by = as_of - delay_days
    days = month_ends(observed_from + LEAST_HISTORY_DAYS, closed_by - HEADLINE)[::-1][::every_months][:count]
    return tuple(Origin(int(day), tuple(h for h in HORIZONS if day + h <= closed_by)) for day in days[::-1])


def describe(found: tuple[Origin, ...]) -> str:
    """The origins in words, a line each."""
    return "\n".join(f"{to_date(o.cutoff)}   {', '.join(map(str, o.horizons))} days" for o in found)
