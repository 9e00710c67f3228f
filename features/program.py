"""Formulas compiled into one flat list of steps, and the loop that runs them over the rows of a block.

Every step computes one number a row from the numbers of earlier steps, from the book, or from the states that are kept
ready; a formula that several columns share is one step. Rows go in strips, step by step, so that a step is one vector
operation in the processor's cache, and one row is one short strip: the same loop for one person and for a million.

Example: the mean of a year, ``mean(ANSWERS, 365, UNIT)``, becomes

    0  CELL    place of the sum
    1  CELL    place of the count
    2  RATIO   0, 1
    3  NUMBER  1048576
    4  BY      2, 3
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from features.book import NO_DATE, Book, Layout, carry, date_of, layout
from features.company import Codes, Floats
from features.compiled import compiled
from features.days import NEVER, Days
from features.formulas import NULL, Formula, Op
from features.grid import Block, Places, Times
from features.streams import active_days

STRIP: Final = 32
"""Rows of one strip: few enough for their lines of the book to stay in the processor's nearest cache."""

# The loop knows operations by these numbers.
_NUMBER, _STATE, _DAY, _CELL, _DATE, _LAST, _LAST_DATE = (int(op) for op in list(Op)[:7])
_ADD, _LESS, _TIMES, _BY, _RATIO, _WHERE, _AT_LEAST, _OR_ELSE, _LESSER, _LEAST, _AGE = (int(op) for op in list(Op)[7:])

NO_DAYS: Final = np.zeros((0, 0), np.int32)
"""Where the days of values are not asked for."""
Steps = NDArray[np.int64]
"""Shape (steps, 3): an operation and two numbers; places for what reads, earlier steps for what computes."""


@dataclass(frozen=True)
class Program:
    """What computes a list of columns."""

    layout: Layout
    steps: Steps
    numbers: Floats
    """By step, the fixed number; 0 for most."""
    columns: Places
    """By column, the step that computes it."""
    dates: Places
    """By dated column, the step that computes the day its value dates from."""
    dated: tuple[int, ...]
    """The dated columns."""

    def fill(
        self, book: Book, states: Floats, block: Block, place: Places, out: NDArray[Any], days: Days = NO_DAYS
    ) -> None:
        """Carries a block's book forward and writes its columns, row i into ``out[place[i]]``.

        `states` has shape (rows, states). `days` has shape (dated columns, rows of `out`), or (0, 0) for no dates.
        """
        kept = self.layout
        carry(book, block.person, kept.added, kept.dates, kept.lasts)
        _run(self.steps, self.numbers, book, states, block.person, block.times, place, self.columns, out,
             self.dates[: len(days)], days)  # fmt: skip


def program(columns: Sequence[tuple[str, Formula, Formula | None]], families: Iterable[str]) -> Program:
    """The program of columns given as (family, formula, formula of its date or None).

    Columns of families that are not among `families` are null.
    """
    known = frozenset(families)
    here = [one if one[0] in known else ("", NULL, one[2] and NULL) for one in columns]
    wanted = [(family, formula) for family, *both in here for formula in both if formula is not None]
    compiler = _Compiler(layout({(family, cell) for family, formula in wanted for cell in formula.cells()}))
    results = [compiler.step(family, formula) for family, formula, _ in here]
    dated = [(column, family, date) for column, (family, _, date) in enumerate(here) if date is not None]
    dates = [compiler.step(family, date) for _, family, date in dated]
    return Program(
        layout=compiler.layout,
        steps=np.asarray([step[:3] for step in compiler.steps], np.int64).reshape(-1, 3),
        numbers=np.asarray([step[3] for step in compiler.steps], np.float64),
        columns=np.asarray(results, np.int64),
        dates=np.asarray(dates, np.int64),
        dated=tuple(column for column, _, _ in dated),
    )


class _Compiler:
    """Collects the steps of formulas; equal ones are one step."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.steps: dict[tuple[int, int, int, float], int] = {}

    def step(self, family: str, formula: Formula) -> int:
        """The number of the step that computes a formula."""
        parts = [self.step(family, part) for part in formula.parts]
        if formula.cell is not None:
            parts = [self.layout.place(family, formula.cell)]
        first, second = (*parts, 0, 0)[:2]
        if formula.op == Op.STATE:
            first = int(formula.number)
        return self.steps.setdefault((int(formula.op), first, second, formula.number), len(self.steps))


@compiled
def _run(
    steps: Steps,
    numbers: Floats,
    book: Book,
    states: Floats,
    person: Codes,
    times: Times,
    place: Places,
    columns: Places,
    out: NDArray[Any],
    dates: Places,
    days: Days,
) -> None:
    found = np.empty((len(steps), STRIP))
    for start in range(0, len(person), STRIP):
        stop = min(start + STRIP, len(person))
        for step in range(len(steps)):
            op, one, other = steps[step]
            values = found[step, : stop - start]
            if op >= _ADD:
                if op == _AGE:
                    _ages(found[one], person, times, start, values)
                else:
                    _compute(op, found[one], found[other], values)
            else:
                _read(op, one, numbers[step], book, states, times[2], start, values)
        for row in range(start, stop):
            for column in range(len(columns)):
                out[place[row], column] = found[columns[column], row - start]
            for date in range(len(dates)):
                day = found[dates[date], row - start]
                days[date, place[row]] = NEVER if np.isnan(day) else int(day)


@compiled
def _read(op: int, at: int, number: float, book: Book, states: Floats, day: Days, start: int, values: Floats) -> None:
    for i in range(len(values)):
        row = start + i
        if op == _NUMBER:
            values[i] = number
        elif op == _STATE:
            values[i] = states[row, at]
        elif op == _DAY:
            values[i] = day[row]
        elif op == _CELL:
            values[i] = book[row, at]
        elif book[row, at] == NO_DATE or (op == _DATE and book[row, at] == NEVER):
            values[i] = np.nan
        elif op == _DATE:
            values[i] = book[row, at]
        elif op == _LAST:
            values[i] = book[row, at + 1]
        else:
            values[i] = date_of(book[row, at])


@compiled
def _compute(op: int, x: Floats, y: Floats, values: Floats) -> None:
    for i in range(len(values)):
        if op == _ADD:
            values[i] = x[i] + y[i]
        elif op == _LESS:
            values[i] = x[i] - y[i]
        elif op == _TIMES:
            values[i] = x[i] * y[i]
        elif op == _BY:
            values[i] = x[i] / y[i]
        elif op == _RATIO:
            values[i] = x[i] / y[i] if y[i] > 0 else np.nan
        elif op == _WHERE:
            values[i] = x[i] if y[i] > 0 else np.nan
        elif op == _AT_LEAST:
            values[i] = np.nan if x[i] < y[i] else x[i]
        elif op == _OR_ELSE:
            values[i] = y[i] if np.isnan(x[i]) else x[i]
        elif op == _LESSER:
            values[i] = min(x[i], y[i])
        else:
            values[i] = y[i] if np.isnan(x[i]) or y[i] < x[i] else x[i]


@compiled
def _ages(since: Floats, person: Codes, times: Times, start: int, values: Floats) -> None:
    _, _, day, away, begin, stop = times
    for i in range(len(values)):
        row = start + i
        values[i] = np.nan
        if not np.isnan(since[i]):
            low, high = away[person[row]], away[person[row] + 1]
            values[i] = active_days(int(since[i]), day[row], begin, stop, low, high)
