"""Formulas as data: what a column is, said in accumulators and arithmetic; `program` computes them, nothing else does.

A formula speaks of the streams of its own family by number (`surveys.ANSWERS`), of one group of a stream (a driver, a
category) and of a window in active days. What no formula asks for is not accumulated.

Example: the share of survey questions answered, of the last three months against the last twelve, is

    ratio(count(ANSWERED, 90), count(ASKED, 90)) - ratio(count(ANSWERED, 365), count(ASKED, 365))

and null where nothing was asked in the three months, since `ratio` is null without a positive divisor and null spreads.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from functools import reduce
from operator import add
from typing import Final


class Op(IntEnum):
    """What a formula does with its parts; all of it in float64, NaN for null."""

    NUMBER = 0
    """A fixed number."""
    STATE = 1
    """A number that is kept ready for each row, by place: of the career, or of the team."""
    DAY = 2
    """The row's day."""
    CELL = 3
    """An accumulator as it is: a count or a sum."""
    DATE = 4
    """An accumulated date; null for none."""
    LAST = 5
    """The value of a last event; null for none."""
    LAST_DATE = 6
    """The date of a last event; null for none."""
    ADD = 7
    LESS = 8
    TIMES = 9
    BY = 10
    RATIO = 11
    """Quotient; null where the divisor is not positive."""
    WHERE = 12
    """The first where the second is positive, else null."""
    AT_LEAST = 13
    """The first where it is not below the second, else null."""
    OR_ELSE = 14
    """The first, the second where it is null."""
    LESSER = 15
    """The lesser of two; null if either is."""
    LEAST = 16
    """The lesser of those that are not null."""
    AGE = 17
    """Active days since a date."""


@dataclass(frozen=True)
class Cell:
    """One accumulator of a family: what is kept of a stream (`count`, `sum`, `latest`, `last`, `before` or `oldest`)."""

    stream: int
    kind: str
    group: int = 0
    window: int = 0


@dataclass(frozen=True)
class Formula:
    """One operation on the values of its parts. `number` is its constant, or the place of a state."""

    op: Op
    parts: tuple["Formula", ...] = ()
    number: float = 0.0
    cell: Cell | None = None

    def __add__(self, other: "Term") -> "Formula":
        return Formula(Op.ADD, (self, _formula(other)))

    def __sub__(self, other: "Term") -> "Formula":
        return Formula(Op.LESS, (self, _formula(other)))

    def __mul__(self, other: "Term") -> "Formula":
        return Formula(Op.TIMES, (self, _formula(other)))

    def __truediv__(self, other: "Term") -> "Formula":
        return Formula(Op.BY, (self, _formula(other)))

    def cells(self) -> Iterator[Cell]:
        """The accumulators that it needs."""
        if self.cell is not None:
            yield self.cell
        for part in self.parts:
            yield from part.cells()


Term = Formula | float
"""What arithmetic takes: a formula or a number."""

DAY: Final = Formula(Op.DAY)
NULL: Final = Formula(Op.NUMBER, number=float("nan"))


def state(place: int) -> Formula:
    """The number in this place among those kept ready for each row."""
    return Formula(Op.STATE, number=place)


def count(stream: int, window: int, group: int = 0) -> Formula:
    """Events in a window."""
    return Formula(Op.CELL, cell=Cell(stream, "count", group, window))


def counts(stream: int, window: int, groups: int) -> Formula:
    """Events of all groups in a window."""
    return reduce(add, (count(stream, window, group) for group in range(groups)))


def total(stream: int, window: int, group: int = 0) -> Formula:
    """The values of the events in a window, added up as integers."""
    return Formula(Op.CELL, cell=Cell(stream, "sum", group, window))


def mean(stream: int, window: int, unit: float, group: int = 0) -> Formula:
    """Their mean in `unit`s, null where nothing counts."""
    return ratio(total(stream, window, group), count(stream, window, group)) / unit


def trend(stream: int, recent: int, window: int, unit: float, group: int = 0) -> Formula:
    """Mean of the `recent` days of a window less the mean of the days before them."""
    over = total(stream, window, group) - total(stream, recent, group)
    under = count(stream, window, group) - count(stream, recent, group)
    return mean(stream, recent, unit, group) - ratio(over, under) / unit


def last(stream: int, unit: float, group: int = 0) -> Formula:
    """The value, in `unit`s, of the last event by (event, known, value): the value breaks ties, not the order of rows."""
    return Formula(Op.LAST, cell=Cell(stream, "last", group)) / unit


def change(stream: int, unit: float, group: int = 0) -> Formula:
    """The last event's value less that of the one before it."""
    return last(stream, unit, group) - Formula(Op.LAST, cell=Cell(stream, "before", group)) / unit


def last_date(stream: int, group: int = 0) -> Formula:
    """The date of the last event, of a stream whose last value is kept."""
    return Formula(Op.LAST_DATE, cell=Cell(stream, "last", group))


def latest(stream: int, group: int = 0) -> Formula:
    """The date of the last event."""
    return Formula(Op.DATE, cell=Cell(stream, "latest", group))


def oldest(stream: int) -> Formula:
    """The earliest date among the events whose state still holds."""
    return Formula(Op.DATE, cell=Cell(stream, "oldest"))


def age(date: Formula) -> Formula:
    """Active days from a date to the row's day."""
    return Formula(Op.AGE, (date,))


def ratio(over: Formula, under: Formula) -> Formula:
    """Quotient, null where the divisor is not positive."""
    return Formula(Op.RATIO, (over, under))


def where(value: Formula, holds: Formula) -> Formula:
    """The value where the other is positive, else null."""
    return Formula(Op.WHERE, (value, holds))


def at_least(value: Formula, bound: float) -> Formula:
    """The value, null where it lies below the bound."""
    return Formula(Op.AT_LEAST, (value, _formula(bound)))


def or_else(value: Formula, other: Formula) -> Formula:
    """The value, the other where it is null."""
    return Formula(Op.OR_ELSE, (value, other))


def at_most(value: Formula, bound: float) -> Formula:
    """The value, or the bound where it lies above."""
    return Formula(Op.LESSER, (value, _formula(bound)))


def least(*values: Formula) -> Formula:
    """The least of the values that are not null."""
    return reduce(lambda one, other: Formula(Op.LEAST, (one, other)), values)


def _formula(term: Term) -> Formula:
    return term if isinstance(term, Formula) else Formula(Op.NUMBER, number=float(term))
