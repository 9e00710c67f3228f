"""How many of those who were hired are still here: the Kaplan-Meier estimate, by unit and month.

At each day after the hire day the share who leave of those still followed is taken off; who has been here for less than
the horizon is followed as long as they have been here. Every exit ends it, whatever its kind: nobody's leaving is treated
as if they would have stayed, so no assumption about competing exits is needed.

Example: of four people one leaves on day 10 and one has been here for 20 days only; one of the other two leaves on day 30:
3/4 * 1/2 = 0.375 are here after 90 days.

Sources: Kaplan and Meier, "Nonparametric estimation from incomplete observations", Journal of the American Statistical
Association 53 (1958). The interval is that of log(-log S) with Greenwood's variance: Kalbfleisch and Prentice, "The
Statistical Analysis of Failure Time Data" (Wiley, 1980). Where nobody or everybody left it is the exact binomial one.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from features.company import Codes, Fixed, Floats
from features.compiled import compiled
from features.days import NEVER, Days
from service.dashboard.ground import Ground

LEVEL: Final = 0.95
"""How often the interval holds the true share."""
_Z: Final = 1.959963984540054


@dataclass(frozen=True)
class Kept:
    """By unit and month, shape (units, months)."""

    share: Floats
    """NaN where nobody was followed to the horizon."""
    low: Floats
    high: Floats
    people: Fixed
    """Distinct people hired."""


@dataclass(frozen=True)
class Hires:
    """Every employment in order of its hire day."""

    hire: Days
    stop: Days
    """The exit day, or that of the next hire; `NEVER` for those who are here."""
    employee: Codes
    at: Codes
    """Unit at the end of each month, shape (months, hires)."""


def hires(ground: Ground) -> Hires:
    """The hires of a company."""
    people = ground.company.people
    gone = np.where(ground.exits.kind > 0, ground.exits.day, NEVER)
    stop = np.minimum(gone, people.next_hire).astype(np.int32)
    order = np.argsort(people.hire, kind="stable")
    at = np.ascontiguousarray(ground.places.at[order].T)
    return Hires(people.hire[order], stop[order], people.employee[order], at)


def kept(ground: Ground, of: Hires, horizon: int, since: Days, until: Days, seen_to: Days) -> Kept:
    """The share still here after so many days of those hired in ``[since[m], until[m]]``, as seen on ``seen_to[m]``."""
    shape = (len(ground.tree), len(ground.months))
    share, low, high = (np.full(shape, np.nan) for _ in range(3))
    count = np.zeros(shape, np.int64)
    window = np.stack([np.searchsorted(of.hire, since), np.searchsorted(of.hire, until, side="right")])
    state = (np.zeros((len(ground.tree), _STATE), np.int64), np.zeros((len(ground.tree), 2)))
    met = np.full(int(of.employee.max(initial=-1)) + 1, -1, np.int64)
    who = (of.hire, of.stop, of.employee, of.at)
    _walk((window, seen_to), who, ground.tree.parent, (horizon, met), state, (share, low, high), count)
    return Kept(share, low, high, count)


_STATE: Final = 4
_HERE, _DAY, _LEFT, _LAST = range(_STATE)
"""Of a place: people still followed; a day since hire; who left on it, and who was last seen on it."""


@compiled
def _walk(
    seen: tuple[NDArray[np.int64], Days],
    who: tuple[Days, Days, Codes, Codes],
    parent: NDArray[np.int64],
    given: tuple[int, NDArray[np.int64]],
    state: tuple[NDArray[np.int64], Floats],
    found: tuple[Floats, Floats, Floats],
    count: Fixed,
) -> None:
    window, seen_to = seen
    hire, stop, employee, at = who
    horizon, met = given
    place_state, estimate = state
    for m in range(len(seen_to)):
        place_state[:] = 0
        estimate[:, 0], estimate[:, 1] = 1.0, 0.0
        first, last = window[0, m], window[1, m]
        days = np.empty(last - first, np.int64)
        for p in range(first, last):
            days[p - first] = min(min(stop[p], seen_to[m] + 1) - hire[p] - (stop[p] > seen_to[m]), horizon + 1)
            again = met[employee[p]] == m
            met[employee[p]] = m
            place = at[m, p]
            while place >= 0:
                place_state[place, _HERE] += 1
                count[place, m] += not again
                place = parent[place]
        for row in _by_size(days, horizon + 2):
            p = first + row
            place = at[m, p]
            while place >= 0 and days[row] <= horizon:
                one = place_state[place]
                if one[_DAY] != days[row]:
                    _close(one, estimate[place])
                    one[_DAY] = days[row]
                one[_LEFT] += stop[p] <= seen_to[m]
                one[_LAST] += 1
                place = parent[place]
        for place in range(len(parent)):
            one = place_state[place]
            followed = one[_HERE] - (one[_LAST] if one[_DAY] < horizon else 0)
            _close(one, estimate[place])
            share, low, high = _estimate(estimate[place, 0], estimate[place, 1], count[place, m], followed)
            found[0][place, m], found[1][place, m], found[2][place, m] = share, low, high


@compiled
def _by_size(days: NDArray[np.int64], most: int) -> NDArray[np.int64]:
    """The places of small numbers in order of size."""
    start = np.zeros(most + 1, np.int64)
    for row in range(len(days)):
        start[days[row] + 1] += 1
    start = np.cumsum(start)
    found = np.empty(len(days), np.int64)
    for row in range(len(days)):
        found[start[days[row]]] = row
        start[days[row]] += 1
    return found


@compiled
def _close(one: NDArray[np.int64], estimate: Floats) -> None:
    """Take off the share that left on a place's day, and whoever was last seen on it."""
    here, left = one[_HERE], one[_LEFT]
    if left:
        estimate[0] *= 1 - left / here
        if here > left:
            estimate[1] += left / (here * (here - left))
    one[_HERE] -= one[_LAST]
    one[_LEFT] = one[_LAST] = 0


@compiled
def _estimate(share: float, greenwood: float, people: int, followed: int) -> tuple[float, float, float]:
    """The share still here with its interval; NaN where nobody was followed to the horizon, unless all left before."""
    if people == 0 or (share > 0.0 and followed == 0):
        return np.nan, np.nan, np.nan
    if share == 1.0:
        return 1.0, ((1 - LEVEL) / 2) ** (1 / followed), 1.0
    if share == 0.0:
        return 0.0, 0.0, 1 - ((1 - LEVEL) / 2) ** (1 / people)
    width = _Z * np.sqrt(greenwood) / np.log(share)
    return share, share ** np.exp(-width), share ** np.exp(width)
