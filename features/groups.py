"""Figures by manager or unit: sums over their people, handed back to the people, and down a tree of units."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.company import Codes, Fixed, Floats
from features.compiled import compiled
from features.grid import Places
from features.totals import Totals


def with_above(lines: Places, own: Totals) -> Totals:
    """The totals of each unit and of the units above it."""

    def up(values: Fixed) -> Fixed:
        padded = np.pad(values, ((0, 0), (0, 0), (0, 1)))
        return sum((padded[..., line] for line in lines.T), np.zeros_like(values))

    return Totals(own.windows, up(own.counts), up(own.sums))


def ancestors(units: tuple[str, ...]) -> Places:
    """For each unit path the codes of itself and of the units above it that have a code; -1 fills up."""
    code = {unit: index for index, unit in enumerate(units)}
    paths = [unit.split("/") for unit in units]
    deepest = max(map(len, paths), default=0)
    lines = [[code.get("/".join(path[: depth + 1]), -1) for depth in range(len(path))] for path in paths]
    return np.asarray([line + [-1] * (deepest - len(line)) for line in lines], np.int64).reshape(len(units), deepest)


def sum_over(code: Codes, values: NDArray[Any], size: int) -> Fixed:
    """Sums by manager or unit; code -1 is left out."""
    total = np.zeros(size, np.int64)
    _sum_into(code, values, total)
    return total


@compiled
def _sum_into(code: Codes, values: NDArray[Any], total: Fixed) -> None:
    for row in range(len(code)):
        if code[row] >= 0:
            total[code[row]] += values[row]


def at(values: NDArray[Any], code: Codes) -> Floats:
    """The value of each one's manager or unit; NaN for code -1."""
    return np.append(values, np.nan)[code]


def or_zero(values: Fixed, code: Codes) -> Fixed:
    """The value of each one's manager or unit; 0 for code -1."""
    return np.append(values, 0)[code]
