"""How many of some people may leave, and between which numbers that will lie.

Each person leaves by the horizon with the chance the model gave. The number who do is a sum of unequal coin flips, if the
chances were exactly right. They are right up to a level: the backtest says how far what was observed lay from what was
expected, with an interval. So the law (`service.lists.law`) is averaged over levels: all log-odds moved together by a normal
amount of mean nothing and of the backtest's spread.

Example: ten people of 10 % each, spread .3: one leaver is expected, and at most three are seen in 95 of 100 lists.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.evidence import Evidence
from service.lists import law

SHARE: Final = 0.95
"""A list's interval holds the number of its leavers in so large a share of lists."""
UNKNOWN_SPREAD: Final = 0.3
"""Spread of the level where no backtest says it: about a third too many or too few."""
_LEAST_SPREAD: Final = 0.1

Floats = NDArray[np.float64]
Places = NDArray[np.int64]


@dataclass(frozen=True)
class Expected:
    """Leavers expected among some people by a horizon."""

    value: float
    low: int
    high: int
    """At least `low` and at most `high` will have left, in as many of 100 cases as the interval's share says."""


def spread(evidence: tuple[Evidence, ...], method: str, horizon: int) -> float:
    """The standard deviation of the log-odds' common level, by the backtest's observed over expected.

    Parameters
    ----------
    method
        The model's mode: `full`, `tenure` or `base_rate`.
    """
    for one in evidence:
        if (one.method, one.horizon) == (method, horizon) and one.observed_expected is not None:
            low, high = one.observed_expected.low, one.observed_expected.high
            if low is not None and high is not None and 0 < low < high:
                return max(_LEAST_SPREAD, float(np.log(high / low)) / (2 * 1.96))
    return UNKNOWN_SPREAD


def expected(risks: Floats, spread: float, share: float = SHARE) -> Expected:
    """How many of the people with these risks leave.

    Parameters
    ----------
    risks
        Between 0 and 1, one a person.
    spread
        As `spread` gives it.
    share
        The interval is to hold the number of leavers in so large a share of cases.
    """
    (value,), ((low, high),) = of_groups(risks, np.arange(len(risks)), np.array([0, len(risks)]), spread, share)
    return Expected(value, low, high)


def of_groups(
    risks: Floats, members: Places, starts: Places, spread: float, share: float = SHARE
) -> tuple[list[float], list[list[int]]]:
    """The same for many groups of the same people: the values, and the ends of the intervals.

    Parameters
    ----------
    members
        Rows of `risks`, group after group: group g's are ``members[starts[g] : starts[g + 1]]``.
    """
    sums = np.concatenate([[0.0], np.cumsum(risks[members])])
    ends = law.ends(law.moved(risks, spread), members, starts, (1 - share) / 2)
    return (sums[starts[1:]] - sums[starts[:-1]]).tolist(), ends.tolist()
