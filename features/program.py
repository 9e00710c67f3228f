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
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from features.bare import bare
from features.book import NO_DATE, Book, Layout, carry, date_of, layout
from features.company import Codes, Floats
from features.compiled import compiled
from features.days import NEVER, Days
from features.formulas import NULL, Formula, Op
from features.grid import Block, Places, Times
from features.streams import active_days

STRIP: Final = 16
"""Rows of one strip: few enough for their lines of the book to stay in the processor's nearest cache."""

# The loop knows operations by these numbers.
_NUMBER, _STATE, _DAY, _CELL, _DATE, _LAST, _LAST_DATE = (int(op) for op in list(Op)[:7])
_ADD, _LESS, _TIMES, _BY, _RATIO, _WHERE, _AT_LEAST, _OR_ELSE, _LESSER, _LEAST, _AGE = (int(op) for op in list(Op)[7:])

NO_DAYS: Final = np.zeros((0, 0), np.int32)
"""Where the days of values are not asked for."""
NO_STATES: Final = np.zeros((0, 0))
"""Where no state is read."""
Steps = NDArray[np.int64]
"""Shape (steps, 2): where a step reads, or the earlier steps that it computes from."""


@dataclass(frozen=True)
class Output:
    """Where columns go."""

    columns: NDArray[Any]
    """Shape (rows, columns)."""
    first: int = 0
    """The column in which a program's first one goes."""
    days: Days = field(default_factory=lambda: NO_DAYS)
    """The days of dated columns, shape (dated columns, rows); (0, 0) where they are not asked for."""


@dataclass(frozen=True)
class Program:
    """What computes a list of columns."""

    layout: Layout
    runs: Steps
    """Steps of one operation that follow each other: operation, first step, the step after the last."""
    steps: Steps
    numbers: Floats
    """By step, the fixed number; 0 for most."""
    columns: Places
    """By column, the step that computes it."""
    dates: Places
    """By dated column, the step that computes the day its value dates from."""
    dated: tuple[int, ...]
    """The dated columns."""
    reads_states: bool

    def fill(self, book: Book, states: Floats, block: Block, place: Places, out: Output) -> None:
        """Carries a block's book forward and writes its columns, row i into row ``place[i]`` of `out`.

        `states` has shape (rows, states).
        """
        kept = self.layout
        carry(book, block.person, kept.added, kept.dates, kept.lasts)
        run(self.runs, self.steps, self.numbers, book, states, block.person, block.times, place,
             self.columns, out.columns, out.first, self.dates[: len(out.days)], out.days)  # fmt: skip


def program(columns: Sequence[tuple[str, Formula, Formula | None]], families: Iterable[str]) -> Program:
    """The program of columns given as (family, formula, formula of its date or None).

    Columns of families that are not among `families` are null.
    """
    known = frozenset(families)
    here = [one if one[0] in known else ("", NULL, one[2] and NULL) for one in columns]
    wanted = [(family, formula) for family, *both in here for formula in both if formula is not None]
    laid = layout({(family, cell) for family, formula in wanted for cell in formula.cells()})
    found: dict[_Step, int] = {}
    results = [_collect(_step(family, formula, laid), found) for family, formula, _ in here]
    dated = {column: _step(family, date, laid) for column, (family, _, date) in enumerate(here) if date is not None}
    dates = [_collect(step, found) for step in dated.values()]
    # By depth, so that parts come first, and then by operation, so that few calls run them all.
    ordered = sorted(found, key=lambda step: (found[step], step.op))
    number = {step: place for place, step in enumerate(ordered)}
    reads = [[number[part] for part in step.parts] if step.parts else [step.at] for step in ordered]
    return Program(
        layout=laid,
        runs=_runs([(found[step], step.op) for step in ordered]),
        steps=np.asarray([(one[0], one[-1]) for one in reads], np.int64).reshape(-1, 2),
        numbers=np.asarray([step.number for step in ordered], np.float64),
        columns=np.asarray([number[step] for step in results], np.int64),
        dates=np.asarray([number[step] for step in dates], np.int64),
        dated=tuple(dated),
        reads_states=any(step.op == Op.STATE for step in ordered),
    )


class _Step(NamedTuple):
    """A formula of one family, its accumulator found."""

    op: int
    parts: tuple["_Step", ...]
    at: int
    number: float


def _step(family: str, formula: Formula, laid: Layout) -> _Step:
    parts = tuple(_step(family, part, laid) for part in formula.parts)
    at = int(formula.number) if formula.op == Op.STATE else 0
    return _Step(int(formula.op), parts, laid.place(family, formula.cell) if formula.cell else at, formula.number)


def _collect(step: _Step, found: dict[_Step, int]) -> _Step:
    """Notes a step and its parts with their depths; equal steps are one."""
    if step not in found:
        found[step] = max((found[_collect(part, found)] + 1 for part in step.parts), default=0)
    return step


def _runs(kinds: list[tuple[int, int]]) -> Steps:
    """Where one operation's steps follow each other."""
    starts = [place for place, kind in enumerate(kinds) if place == 0 or kind != kinds[place - 1]]
    stops = [*starts[1:], len(kinds)]
    rows = [(kinds[start][1], start, stop) for start, stop in zip(starts, stops, strict=True) if stop > start]
    return np.asarray(rows, np.int64).reshape(-1, 3)


@compiled
def run(
    runs: Steps,
    steps: Steps,
    numbers: Floats,
    book: Book,
    states: Floats,
    person: Codes,
    times: Times,
    place: Places,
    columns: Places,
    out: NDArray[Any],
    first_column: int,
    dates: Places,
    days: Days,
) -> None:
    """Compute all steps for the rows of a block, and write its columns."""
    found = np.empty((len(steps), min(STRIP, len(person))))
    for start in range(0, len(person), STRIP):
        rows = min(STRIP, len(person) - start)
        for one in range(len(runs)):
            op, first, last = runs[one]
            if op == _AGE:
                _ages(first, last, steps, found, person, times, start, rows)
            elif op < _ADD:
                _read(op, first, last, steps, numbers, found, book, states, times[2], start, rows)
            else:
                _compute(op, first, last, steps, found, rows)
        for i in range(rows):
            for column in range(len(columns)):
                out[place[start + i], first_column + column] = found[columns[column], i]
            for date in range(len(dates)):
                day = found[dates[date], i]
                days[date, place[start + i]] = NEVER if np.isnan(day) else int(day)


@bare
def _read(
    op: int,
    first: int,
    last: int,
    steps: Steps,
    numbers: Floats,
    found: Floats,
    book: Book,
    states: Floats,
    day: Days,
    start: int,
    rows: int,
) -> None:
    for step in range(first, last):
        at = steps[step, 0]
        if op == _CELL:
            for i in range(rows):
                found[step, i] = book[start + i, at]
        elif op == _STATE:
            for i in range(rows):
                found[step, i] = states[start + i, at]
        elif op == _NUMBER:
            for i in range(rows):
                found[step, i] = numbers[step]
        elif op == _DAY:
            for i in range(rows):
                found[step, i] = day[start + i]
        else:
            for i in range(rows):
                found[step, i] = _dated(op, book[start + i, at], book[start + i, at + (op == _LAST)])


@bare
def _dated(op: int, key: int, value: int) -> float:
    """What an accumulator of dates or of last events says; NaN where there is none."""
    if key == NO_DATE or (op == _DATE and key == NEVER):
        return np.nan
    return float(date_of(key) if op == _LAST_DATE else value)


@bare
def _compute(op: int, first: int, last: int, steps: Steps, found: Floats, rows: int) -> None:
    for step in range(first, last):
        x, y = steps[step, 0], steps[step, 1]
        if op == _ADD:
            for i in range(rows):
                found[step, i] = found[x, i] + found[y, i]
        elif op == _LESS:
            for i in range(rows):
                found[step, i] = found[x, i] - found[y, i]
        elif op == _BY:
            for i in range(rows):
                found[step, i] = found[x, i] / found[y, i]
        elif op == _RATIO:
            for i in range(rows):
                found[step, i] = found[x, i] / found[y, i] if found[y, i] > 0 else np.nan
        else:
            for i in range(rows):
                found[step, i] = _of_two(op, found[x, i], found[y, i])


@bare
def _of_two(op: int, x: float, y: float) -> float:
    """What the less frequent operations make of two values."""
    if op == _TIMES:
        return x * y
    if op == _WHERE:
        return x if y > 0 else np.nan
    if op == _AT_LEAST:
        return np.nan if x < y else x
    if op == _OR_ELSE:
        return y if np.isnan(x) else x
    if op == _LESSER:
        return y if y < x else x  # noqa: FURB136 - null stays null
    return y if np.isnan(x) or y < x else x


@bare
def _ages(
    first: int, last: int, steps: Steps, found: Floats, person: Codes, times: Times, start: int, rows: int
) -> None:
    _, _, day, away, begin, stop = times
    for step in range(first, last):
        for i in range(rows):
            since, low, high = found[steps[step, 0], i], away[person[start + i]], away[person[start + i] + 1]
            days = np.nan
            if not np.isnan(since):
                days = active_days(int(since), day[start + i], begin, stop, low, high)
            found[step, i] = days
