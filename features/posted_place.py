# ruff: noqa: PLR0913, PLR0917
"""Settled rows to columns: the arrays of a `Company`, written behind each other, one buffer for each kind of number.

Compiled. Which columns there are, and what makes each, is a list of steps that `posted_columns` derives; a step is
carried out for all rows of its table at once.
"""

import numpy as np
from numpy.typing import NDArray

from features.bare import bare, inlined
from features.posted_plain import FIRST_ROW, LISTS, Reals
from features.posted_settle import CORRECTION, FATE, KEPT, LEVEL_NUMBER, TRACE
from features.posted_text import DAY_SECONDS, NULL, Longs

Ints = NDArray[np.int32]
Bytes = NDArray[np.int8]

NEVER = 1_000_000
UNIT = 1 << 20
STEP_TABLE, STEP_OP, STEP_CELL, STEP_OTHER, STEP_THIRD, STEP_CODE = range(6)
"""A step: table, what to do, up to three cells, and a code or a list of names."""
PERSON, DATE_OF, DAY_OF, LATER_DAY, RECORDED_DAY, DAY_IF, NO_DAY, CODE_OF, NAME_OF = range(9)
"""Steps that write whole numbers of 32 bits."""
SECOND_OF, SECOND_FROM, SHARE_OF = range(9, 12)
"""Of 64 bits."""
NUMBER_OF, LEVEL_OF = range(12, 14)
"""Fractions."""
SMALL_CODE, EQUALS, CORRECTS, EXIT_KIND = range(14, 18)
"""Of 8 bits."""


@bare
def gather(order: Longs, tables: int, by_day: tuple[int, int, int], entries: Longs, cells: Longs, rows: Longs,
           person: Ints, first: Longs, sizes: Longs, trace_days: tuple[int, int, int, int], trace: Ints) -> int:  # fmt: skip
    """The kept rows of each table in order of persons, ``rows[first[t] : first[t + 1]]``; the number of traces.

    Behind the last row's place `first` is told how long each buffer must be, by its columns of each table (`sizes`).

    Job rows stand by effective date, second of recording and order posted; traces, two columns, by day.
    """
    first[0] = 0
    at = first[0]
    for table in range(tables):
        first[table] = at
        for place in range(len(order)):
            entry = order[place]
            if table == 0:
                rows[at], person[at] = entries[entry, FIRST_ROW], place
                at += 1
                continue
            start = at
            for row in range(entries[entry, LISTS + 2 * table], entries[entry, LISTS + 2 * table + 1]):
                if cells[row, FATE] == KEPT or cells[row, FATE] == CORRECTION:
                    rows[at], person[at] = row, place
                    at += 1
            if table == by_day[0]:
                _sort_jobs(rows, start, at, by_day[1], by_day[2], cells)
    first[tables] = at
    for buffer in range(len(sizes)):
        first[tables + 1 + buffer] = 0
        for table in range(tables):
            first[tables + 1 + buffer] += sizes[buffer, table] * (first[table + 1] - first[table])
    return _traces(order, entries, cells, trace_days, trace)


@inlined
def _recorded(row: int, effective: int, recorded: int, cells: Longs) -> int:
    """The second from which a job row was known."""
    second = cells[row, recorded]
    return int(cells[row, effective] * DAY_SECONDS if second == NULL else second)


@bare
def _sort_jobs(rows: Longs, start: int, stop: int, effective: int, recorded: int, cells: Longs) -> None:
    """By effective date and second of recording, keeping the order of equals."""
    for at in range(start + 1, stop):
        row, place = rows[at], at
        day, second = cells[row, effective], _recorded(row, effective, recorded, cells)
        while place > start:
            other = rows[place - 1]
            before = cells[other, effective]
            if before < day or (before == day and _recorded(other, effective, recorded, cells) <= second):
                break
            rows[place] = other
            place -= 1
        rows[place] = row


@bare
def _traces(order: Longs, entries: Longs, cells: Longs, days: tuple[int, int, int, int], trace: Ints) -> int:
    """Persons and days of traces: tickets and surveys, each with the cell of its time."""
    count = 0
    for place in range(len(order)):
        start = count
        for table, cell in ((days[0], days[1]), (days[2], days[3])):
            for row in range(entries[order[place], LISTS + 2 * table], entries[order[place], LISTS + 2 * table + 1]):
                if cells[row, FATE] == TRACE:
                    day, at = cells[row, cell] // DAY_SECONDS, count
                    while at > start and trace[1, at - 1] > day:
                        trace[1, at] = trace[1, at - 1]
                        at -= 1
                    trace[0, count], trace[1, at] = place, day
                    count += 1
    return count


@bare
def place(steps: Longs, rows: Longs, person: Ints, first: Longs, cells: Longs, numbers: Reals, scales: Reals,
          coded: Longs, named: Longs, listed: Longs, ints: Ints, longs: Longs, reals: Reals, small: Bytes) -> int:  # fmt: skip
    """Carry out the steps, each of which writes behind the one before it; the length of the list of names."""
    ends = np.int64(0), np.int64(0), np.int64(0), np.int64(0)
    for step in range(len(steps)):
        op, table = steps[step, STEP_OP], steps[step, STEP_TABLE]
        start, stop = first[table], first[table + 1]
        in_ints, in_longs, in_reals, in_small = ends
        size = stop - start
        if op < SECOND_OF:
            _whole(steps[step], start, stop, in_ints - start, rows, person, cells, coded, named, ints)
            in_ints += size
        elif op < NUMBER_OF:
            _long(steps[step], start, stop, in_longs - start, rows, cells, numbers, longs)
            in_longs += size
        elif op < SMALL_CODE:
            for at in range(start, stop):
                row = rows[at]
                cell = cells[row, steps[step, STEP_CELL]]
                level = np.nan if op == NUMBER_OF or cell == NULL else scales[cell, LEVEL_NUMBER]
                reals[in_reals + at - start] = numbers[row, steps[step, STEP_CELL]] if op == NUMBER_OF else level
            in_reals += size
        else:
            _small(steps[step], start, stop, in_small - start, rows, cells, small)
            in_small += size
        ends = in_ints, in_longs, in_reals, in_small
    return _list(named, listed)


@bare
def _list(named: Longs, listed: Longs) -> int:
    """How many names each list has, and behind that all names, list by list; where they end."""
    at = len(named)
    for kind in range(len(named)):
        listed[kind] = named[kind, 0]
        for place in range(named[kind, 0]):
            listed[at] = named[kind, place + 1]
            at += 1
    return at


@bare
def _whole(step: Longs, start: int, stop: int, to: int, rows: Longs, person: Ints, cells: Longs, coded: Longs,
           named: Longs, ints: Ints) -> None:  # fmt: skip
    """One column of whole numbers: days and codes."""
    op, cell, other, code = step[STEP_OP], step[STEP_CELL], step[STEP_OTHER], step[STEP_CODE]
    if op == NAME_OF:
        _names(step, start, stop, to, rows, cells, coded, named, ints)
        return
    for at in range(start, stop):
        found = cells[rows[at], cell]
        if op == PERSON:
            found = person[at]
        elif op == CODE_OF:
            found = -1 if found == NULL else found
        elif op == NO_DAY:
            found = NEVER
        elif op == DATE_OF:
            found = NEVER if found == NULL else found
        elif op == DAY_OF or (op == DAY_IF and cells[rows[at], other] == code):
            found = NEVER if found == NULL else found // DAY_SECONDS
        elif op == DAY_IF:
            found = NEVER
        else:
            second = cells[rows[at], other]
            if op == RECORDED_DAY:
                found = found if second == NULL else second // DAY_SECONDS
            else:
                found = (found if second == NULL else max(found, second)) // DAY_SECONDS
        ints[to + at] = found


@bare
def _names(step: Longs, start: int, stop: int, to: int, rows: Longs, cells: Longs, coded: Longs, named: Longs,
           ints: Ints) -> None:  # fmt: skip
    """One column of names: codes in order of first use, counted for all columns that share a list.

    Where `coded` has no room, they are the numbers of their texts.
    """
    kind, itself = step[STEP_CODE], coded.shape[1] == 0
    for at in range(start, stop):
        text = cells[rows[at], step[STEP_CELL]]
        if text == NULL:
            ints[to + at] = -1
            continue
        if itself:
            ints[to + at] = text
            continue
        if coded[kind, text] == 0:
            named[kind, 0] += 1
            named[kind, named[kind, 0]] = text
            coded[kind, text] = named[kind, 0]
        ints[to + at] = coded[kind, text] - 1


@bare
def _long(step: Longs, start: int, stop: int, to: int, rows: Longs, cells: Longs, numbers: Reals, longs: Longs) -> None:
    """One column of long numbers: seconds and shares."""
    op, cell, other, third, answered = (
        step[STEP_OP],
        step[STEP_CELL],
        step[STEP_OTHER],
        step[STEP_THIRD],
        step[STEP_CODE],
    )
    for at in range(start, stop):
        row = rows[at]
        if op == SHARE_OF:
            low = 0.0 if other < 0 else numbers[row, other]
            share = np.rint((numbers[row, cell] - low) / (numbers[row, third] - low) * UNIT)
            given = not np.isnan(share) and (answered < 0 or cells[row, answered] != NULL)
            longs[to + at] = np.int64(share) if given else -1
        else:
            second = cells[row, cell]
            found = -1 if second == NULL else second
            longs[to + at] = max(found, cells[row, other]) if op == SECOND_FROM and found != -1 else found


@bare
def _small(step: Longs, start: int, stop: int, to: int, rows: Longs, cells: Longs, small: Bytes) -> None:
    """One column of small numbers: codes and yes or no."""
    op, cell, other, third, code = step[STEP_OP], step[STEP_CELL], step[STEP_OTHER], step[STEP_THIRD], step[STEP_CODE]
    for at in range(start, stop):
        row = rows[at]
        found = cells[row, cell]
        if op == EQUALS:
            small[to + at] = found == code
        elif op == CORRECTS:
            small[to + at] = cells[row, FATE] == CORRECTION
        elif op == SMALL_CODE:
            small[to + at] = -1 if found == NULL else found
        elif found == NULL and cells[row, other] == NULL:
            small[to + at] = 0
        else:
            kind = cells[row, third]
            small[to + at] = 1 if kind == code or (kind == NULL and found != NULL) else 2
