"""Rows of (person, day) cut into blocks that fit the processor's cache."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from features.company import Codes
from features.days import Days
from features.grid import Block
from features.streams import Leaves

CELLS: Final = 16_384
"""Grid cells (persons × days) of one block: some megabytes of totals at a time, whatever the company's size."""


@dataclass(frozen=True)
class Snapshots:
    """The rows to compute: for each a person (an index into `People`) and a day. Any order, repeats allowed."""

    person: Codes
    day: Days

    def __len__(self) -> int:
        return len(self.person)


def blocks(snapshots: Snapshots, leaves: Leaves) -> Iterator[tuple[NDArray[np.int64], Block]]:
    """Each block with the places its rows have in `snapshots`."""
    order = np.lexsort((snapshots.day, snapshots.person))
    person, day = snapshots.person[order], snapshots.day[order]
    dates = np.unique(snapshots.day).astype(np.int32)
    width = max(1, CELLS // max(1, len(dates)))
    start = 0
    while start < len(person):
        low = int(person[start])
        stop = int(np.searchsorted(person, low + width))
        high = int(person[stop - 1]) + 1
        who, when = person[start:stop], day[start:stop]
        cell = (who - low).astype(np.int64) * len(dates) + np.searchsorted(dates, when)
        yield order[start:stop], Block(low, high, dates, who, when, cell, leaves)
        start = stop
