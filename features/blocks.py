"""Rows of (person, day) cut into blocks that fit the processor's cache."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from features.company import Codes
from features.days import NEVER, Days
from features.grid import Block, block
from features.streams import Leaves, in_order

ROWS: Final = 500
"""Rows of one block, and persons at most: half a megabyte of accumulators at a time, whatever the company's size."""
_SPAN: Final = 2 * NEVER


@dataclass(frozen=True)
class Snapshots:
    """The rows to compute: for each a person (an index into `People`) and a day. Any order, repeats allowed."""

    person: Codes
    day: Days

    def __len__(self) -> int:
        return len(self.person)


def blocks(snapshots: Snapshots, leaves: Leaves) -> Iterator[tuple[NDArray[np.int64], Block]]:
    """Each block with the places its rows have in `snapshots`. All rows of a person are in one block."""
    person, day = snapshots.person, snapshots.day
    order = np.arange(len(person))
    if not in_order(person, day, day):
        order = np.argsort(person.astype(np.int64) * _SPAN + day, kind="stable")
        person, day = person[order], day[order]
    start = 0
    while start < len(person):
        low, stop = int(person[start]), len(person)
        high = low + ROWS
        if start + ROWS < len(person):
            high = min(high, max(low + 1, int(person[start + ROWS])))
        if person[-1] >= high:
            stop = int(np.searchsorted(person, np.int32(high)))
        rows = slice(start, stop)
        yield order[rows], block(person[rows], day[rows], low, int(person[stop - 1]) + 1, leaves)
        start = stop
