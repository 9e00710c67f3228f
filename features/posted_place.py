# ruff: noqa: PLR0913, PLR0917, PLR1714, SIM109
"""Settled rows to columns: the arrays of a `Company`, written behind each other, one buffer for each kind of number.

Compiled. Which columns there are, and what makes each, is a list of steps that `posted_columns` derives; a step is
carried out for all rows of its table at once.
"""

import numpy as np
from numpy.typing import NDArray

from features.bare import bare, inlined
from features.posted_plain import FIRST_ROW, LISTS, TRACES, Reals
from features.posted_settle import CORRECTION, FATE, KEPT, LEVEL_NUMBER, TRACE
from features.posted_text import DAY_SECONDS, NULL, Longs

Ints = NDArray[np.int32]
Bytes = NDArray[np.int8]

NEVER = 1_000_000
STRIP = 64
"""Rows that are made columns at a time."""
UNIT = 1 << 20
STEP_OP, STEP_CELL, STEP_OTHER, STEP_THIRD, STEP_CODE, STEP_COLUMN = range(6)
"""A step: what to do, up to three cells, a code or a list of names, and its place among its table's columns of a kind."""
PERSON, DATE_OF, DAY_OF, LATER_DAY, RECORDED_DAY, DAY_IF, NO_DAY, CODE_OF, NAME_OF = range(9)
"""Steps that write whole numbers of 32 bits."""
SECOND_OF, SECOND_FROM, SHARE_OF = range(9, 12)
"""Of 64 bits."""
NUMBER_OF, LEVEL_OF = range(12, 14)
"""Fractions."""
SMALL_CODE, EQUALS, CORRECTS, EXIT_KIND = range(14, 18)
"""Of 8 bits."""


@inlined
def _cell(cells: Longs, row: int, cell: int) -> int:
    """A cell of a row; neither counts from the end."""
    found: int = cells[np.uint64(row), np.uint64(cell)]
    return found


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
                fate = _cell(cells, row, FATE)
                rows[at], person[at] = row, place
                at += (fate == KEPT) | (fate == CORRECTION)
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
        if entries[order[place], TRACES] == 0:
            continue
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
def place(steps: Longs, sizes: Longs, rows: Longs, person: Ints, first: Longs, cells: Longs, numbers: Reals, scales: Reals,
          coded: Longs, named: Longs, listed: Longs, ints: Ints, longs: Longs, reals: Reals, small: Bytes) -> int:  # fmt: skip
    """Carry out the steps, which come table by table, `sizes` of them; the length of the list of names.

    So few rows at a time that they stay in the nearest cache while all columns are read from them.
    """
    in_ints, in_longs, in_reals, in_small, begin = np.int64(0), np.int64(0), np.int64(0), np.int64(0), np.int64(0)
    for table in range(sizes.shape[1]):
        start, stop = first[table], first[table + 1]
        size, end = stop - start, begin + sizes[:, table].sum()
        for low in range(start, stop, STRIP):
            high = min(low + STRIP, stop)
            some = rows[low:high]
            for number in range(begin, end):
                step = steps[number]
                op, at = step[STEP_OP], step[STEP_COLUMN] * size + low - start
                to = at + high - low
                if op < SECOND_OF:
                    column = ints[in_ints + at : in_ints + to]
                    _whole(step, some, person[low:high], cells, coded, named, column)
                elif op < NUMBER_OF:
                    _long(step, some, cells, numbers, longs[in_longs + at : in_longs + to])
                elif op < SMALL_CODE:
                    _real(step, some, cells, numbers, scales, reals[in_reals + at : in_reals + to])
                else:
                    _small(step, some, cells, small[in_small + at : in_small + to])
        in_ints, in_longs = in_ints + sizes[0, table] * size, in_longs + sizes[1, table] * size
        in_reals, in_small = in_reals + sizes[2, table] * size, in_small + sizes[3, table] * size
        begin = end
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


@inlined
def _day(second: int) -> int:
    """The day of a second; never for none."""
    return NEVER if second == NULL else second // DAY_SECONDS


@bare
def _whole(step: Longs, rows: Longs, person: Ints, cells: Longs, coded: Longs, named: Longs, ints: Ints) -> None:
    """One column of whole numbers: days and codes."""
    op, cell, other, code = step[STEP_OP], step[STEP_CELL], step[STEP_OTHER], step[STEP_CODE]
    if op == PERSON or op == NO_DAY:
        for at in range(len(rows)):
            ints[at] = person[at] if op == PERSON else NEVER
    elif op == NAME_OF:
        _names(cell, code, rows, cells, coded, named, ints)
    elif op == DAY_OF or op == DAY_IF:
        for at in range(len(rows)):
            holds = op == DAY_OF or _cell(cells, rows[at], other) == code
            ints[at] = _day(_cell(cells, rows[at], cell)) if holds else NEVER
    elif op == CODE_OF or op == DATE_OF:
        missing = -1 if op == CODE_OF else NEVER
        for at in range(len(rows)):
            found = _cell(cells, rows[at], cell)
            ints[at] = missing if found == NULL else found
    else:
        for at in range(len(rows)):
            found, second = _cell(cells, rows[at], cell), _cell(cells, rows[at], other)
            if op == LATER_DAY:
                ints[at] = max(found, second) // DAY_SECONDS
            else:
                ints[at] = found if second == NULL else second // DAY_SECONDS


@bare
def _names(cell: int, kind: int, rows: Longs, cells: Longs, coded: Longs, named: Longs, ints: Ints) -> None:
    """One column of names: codes in order of first use, counted for all columns that share a list.

    Where `coded` has no room, they are the numbers of their texts.
    """
    if coded.shape[1] == 0:
        for at in range(len(rows)):
            text = _cell(cells, rows[at], cell)
            ints[at] = -1 if text == NULL else text
        return
    for at in range(len(rows)):
        text = _cell(cells, rows[at], cell)
        if text != NULL and coded[kind, text] == 0:
            named[kind, 0] += 1
            named[kind, named[kind, 0]] = text
            coded[kind, text] = named[kind, 0]
        ints[at] = -1 if text == NULL else coded[kind, text] - 1


@bare
def _long(step: Longs, rows: Longs, cells: Longs, numbers: Reals, longs: Longs) -> None:
    """One column of long numbers: seconds and shares."""
    op, cell, other, third, given = step[STEP_OP], step[STEP_CELL], step[STEP_OTHER], step[STEP_THIRD], step[STEP_CODE]
    if op == SHARE_OF:
        for at in range(len(rows)):
            row = rows[at]
            low = 0.0 if other < 0 else numbers[row, other]
            share = np.rint((numbers[row, cell] - low) / (numbers[row, third] - low) * UNIT)
            null = np.isnan(share) or (given >= 0 and _cell(cells, row, given) == NULL)
            longs[at] = -1 if null else np.int64(share)
    else:
        for at in range(len(rows)):
            second = _cell(cells, rows[at], cell)
            least = _cell(cells, rows[at], other) if op == SECOND_FROM else second
            longs[at] = -1 if second == NULL else max(second, least)


@bare
def _real(step: Longs, rows: Longs, cells: Longs, numbers: Reals, scales: Reals, reals: Reals) -> None:
    """One column of fractions."""
    cell = step[STEP_CELL]
    for at in range(len(rows)):
        if step[STEP_OP] == NUMBER_OF:
            reals[at] = numbers[rows[at], cell]
        else:
            level = _cell(cells, rows[at], cell)
            reals[at] = np.nan if level == NULL else scales[level, LEVEL_NUMBER]


@bare
def _small(step: Longs, rows: Longs, cells: Longs, small: Bytes) -> None:
    """One column of small numbers: codes and yes or no."""
    op, cell, other, third, code = step[STEP_OP], step[STEP_CELL], step[STEP_OTHER], step[STEP_THIRD], step[STEP_CODE]
    if op == EXIT_KIND:
        for at in range(len(rows)):
            resigned, kind = _cell(cells, rows[at], cell) != NULL, _cell(cells, rows[at], third)
            left = resigned or _cell(cells, rows[at], other) != NULL
            small[at] = left * (1 if kind == code or (kind == NULL and resigned) else 2)
    elif op == SMALL_CODE:
        for at in range(len(rows)):
            found = _cell(cells, rows[at], cell)
            small[at] = -1 if found == NULL else found
    else:
        cell, code = (FATE, CORRECTION) if op == CORRECTS else (cell, code)
        for at in range(len(rows)):
            small[at] = _cell(cells, rows[at], cell) == code
