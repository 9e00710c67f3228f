"""Days as integers: what every date in the rooms below the door is.

A day is the number of UTC days since 1970-01-01. `NEVER` stands for a date that is not given or not yet known;
it is larger than every real day, so that ``start <= t < end`` needs no special case.
"""

import datetime as dt
from typing import Final

import numpy as np
from numpy.typing import NDArray

NEVER: Final = 1_000_000
"""A day after every real one (the year 4707): "not given", "not yet"."""

Days = NDArray[np.int32]
"""Days since 1970-01-01 (UTC), `NEVER` where there is none."""

_EPOCH: Final = dt.date(1970, 1, 1)


def to_day(date: dt.date) -> int:
    """Days from 1970-01-01 to `date`."""
    return (date - _EPOCH).days


def to_date(day: int) -> dt.date:
    """The calendar date of a day; the inverse of `to_day`."""
    return _EPOCH + dt.timedelta(days=int(day))


def month_ends(first_day: int, last_day: int) -> Days:
    """The last days of the months that end in ``[first_day, last_day]``, in order.

    >>> [str(to_date(d)) for d in month_ends(to_day(dt.date(2024, 1, 31)), to_day(dt.date(2024, 3, 30)))]
    ['2024-01-31', '2024-02-29']
    """
    ends: list[int] = []
    first = to_date(first_day).replace(day=1)
    while True:
        following = (first + dt.timedelta(days=32)).replace(day=1)
        end = to_day(following) - 1
        if end > last_day:
            return np.asarray(ends, dtype=np.int32)
        if end >= first_day:
            ends.append(end)
        first = following
