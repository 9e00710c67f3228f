"""The rows that are asked for, in blocks: sorted by (person, day), with the leaves that lie between them."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.bare import bare
from features.company import Codes, Floats
from features.days import Days
from features.streams import Leaves, row_from

Places = NDArray[np.int64]
Times = tuple[int, Places, Days, Places, Days, Days]
"""Of a block, as its loops take it: low, first and day of the rows; first, start and stop of the leaves."""


@dataclass(frozen=True)
class Block:
    """Rows of (person, day), sorted by both, of the persons ``low <= p < low + len(first) - 1``.

    The rows of person p are ``first[p - low] : first[p - low + 1]``.
    """

    low: int
    first: Places
    person: Codes
    day: Days
    leaves: Leaves

    @property
    def times(self) -> Times:
        """What decides when an event counts for whom."""
        return self.low, self.first, self.day, self.leaves.first, self.leaves.start, self.leaves.stop


def block(person: Codes, day: Days, low: int, high: int, leaves: Leaves) -> Block:
    """The block of the persons ``low <= p < high`` with these rows, which are sorted by (person, day)."""
    first = np.empty(high - low + 1, np.int64)
    _firsts(person, low, first)
    return Block(low, first, person, day, leaves)


def ratio(over: NDArray[Any], under: NDArray[Any], unit: float = 1.0) -> Floats:
    """Quotient of two columns in `unit`s, NaN where the divisor is not positive."""
    quotient = np.full(len(over), np.nan)
    np.divide(over, under, out=quotient, where=under > 0)
    return quotient / unit


@bare
def _firsts(person: Codes, low: int, first: Places) -> None:
    row = 0
    for p in range(len(first)):
        row = row_from(person, row, len(person), low + p)
        first[p] = row


@bare
def rows_of(person: Codes, times: Times) -> tuple[int, int]:
    """From where to where the rows of a block's persons reach in a table that is sorted by person."""
    low, first = times[0], times[1]
    start = row_from(person, 0, len(person), low)
    return start, row_from(person, start, len(person), low + len(first) - 1)
