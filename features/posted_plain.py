# ruff: noqa: PLR0911, PLR0913, PLR0917, PLR1714, SIM109
"""The cells of a posted row that are plainly good: one value, read by what the plan says of its column.

Compiled, and used by `posted_scan`. The constants are the places in the arrays that the compiled readers share.
"""

import numpy as np
from numpy.typing import NDArray

from features.bare import bare, inlined
from features.posted_text import (
    DAY_SECONDS,
    NULL,
    Bytes,
    Longs,
    day,
    decimal,
    hashed,
    instant,
    literal,
    quoted,
    same,
    trimmed,
)

Reals = NDArray[np.float64]

ID, TEXT, DATE, TIME, ENUM, NUMBER, INTEGER, BOOL, COMMENT, PASSED_OVER, ROWS = range(11)
"""Kinds of a column; the last two: a scalar nobody looks at, and the list of a table's rows."""
KIND, SLOT, USE, REQUIRED, HAPPENED, NAME, NAME_SIZE, VALUES, VALUES_STOP, TABLE, USUAL = range(11)
"""What the plan says of a column."""
NO_USE, KEY = 0, -1
"""Uses of a text: none, or only to be told from others. Any other is a name's; see `posted_plan`."""
(
    ROOM,
    PEOPLE,
    SHEET_ROWS,
    TEXTS,
    COMMENTS,
    HARD_NUMBERS,
    IS_FULL,
    AS_OF,
    TOMORROW,
    FIRST_DAY,
    LAST_DAY,
    OPEN_YEAR,
    OPEN_DAY,
    MOST_PEOPLE,
    MOST_ROWS,
    STOP,
    SLOTS,
) = range(17)
"""Places in the state: where the text has room, five counters, whether
the sheet was too small, the day asked for, limits, the end of
the request, and the size of the pool's hash table."""
BEGIN, END, PLAIN, FIRST_ROW, EMPLOYEE, DENIED, OUTSIDE, TRACES, LISTS = range(9)
"""What is written of an entry: its span, whether it is plainly good, the row of its employment, and what `posted_settle`
adds: the employee_id as a text, and three counts; then, for each table, the first row and the one after the last, -1 where the list is missing."""
POOL_START, POOL_STOP, POOL_USES, POOL_SLOT, POOL_WIDTH = range(5)
"""What the pool says of a distinct text: its span, the bits of its uses, and its slot of the hash table before the texts."""
HARD = 11
"""From this cell on a row says where its numbers stand that are hard to round, and of which column they are."""
OPEN = NULL + 1
"""In place of a cell: a day that stands for "no end"."""
_POSITIVE = (1 << 62) - 1

_LONGEST = 400
"""Bytes of a number; any longer one is left to the exact reader."""
_MOST_PROBES = 64


@bare
def date(text: Bytes, start: int, stop: int) -> int:
    """The day that a date, or the midnight that begins it, names; `NULL` where there is none."""
    second, part = instant(text, start, stop)
    if second == NULL or part:
        return NULL
    named = day(text, start)
    midnight = stop - start == 10 or literal(text, start + 11, b"00:00") > 0
    return named if midnight and second == named * DAY_SECONDS else NULL


@inlined
def cell(text: Bytes, at: int, column: int, row: int, state: Longs, plan: Longs, values: Longs, ranges: Reals,
          cells: Longs, numbers: Reals, pool: Longs) -> int:  # fmt: skip
    """One value; the place after it, -1 where it is not plainly good for its column."""
    kind, slot = plan[column, KIND], plan[column, SLOT]
    if text[at] == 34:
        found, after = NULL, at + 2 + plan[column, USUAL]
        if plan[column, USUAL] and text[after - 1] == 34:
            found = _moment(text, at + 1, after - 1, column, state, plan)
        if found == NULL:
            start, stop, after = quoted(text, at + 1, state)
            if after < 0 or kind == PASSED_OVER:
                return after
            start, stop = trimmed(text, start, stop)
            found = OPEN if start == stop else _said(text, start, stop, column, state, plan, values, pool)
            if found == NULL:
                return -1
        if found != OPEN:
            cells[row, slot] = found
        return int(after)
    if text[at] == 110:
        return literal(text, at, b"null")
    if text[at] == 116 or text[at] == 102:
        true = text[at] == 116
        if kind == BOOL:
            cells[row, slot] = true
        elif kind != PASSED_OVER:
            return -1
        return literal(text, at, b"true") if true else literal(text, at, b"false")
    return _figure(text, at, column, row, state, plan, ranges, cells, numbers, pool)


@inlined
def _figure(text: Bytes, at: int, column: int, row: int, state: Longs, plan: Longs, ranges: Reals, cells: Longs,
            numbers: Reals, pool: Longs) -> int:  # fmt: skip
    """One value that is written as a number."""
    kind, slot = plan[column, KIND], plan[column, SLOT]
    value, after, whole = decimal(text, at)
    if after < 0:
        return -1
    if kind == TEXT:
        found = _kept(text, at, after, plan[column, USE], state, pool) if whole else NULL
        if found == NULL:
            return -1
        cells[row, slot] = found
    elif kind == NUMBER or kind == INTEGER:
        if value < ranges[column, 0] or value <= ranges[column, 1]:
            return -1
        if after - at > _LONGEST:
            return -1
        if kind == NUMBER and np.isnan(value):
            state[HARD_NUMBERS] += 1
            cells[row, HARD + slot] = column << 52 | at << 20 | after - at
        elif kind == NUMBER:
            numbers[row, slot] = value
        elif value == np.floor(value) and abs(value) < 1 << 31:
            cells[row, slot] = np.int64(value)
        else:
            return -1
    elif kind != PASSED_OVER:
        return -1
    return after


@inlined
def _said(text: Bytes, start: int, stop: int, column: int, state: Longs, plan: Longs, values: Longs,
          pool: Longs) -> int:  # fmt: skip
    """The cell that a text without blanks at its ends makes; `NULL` where it is not plainly good."""
    kind = plan[column, KIND]
    if kind == ID or kind == TEXT:
        return _kept(text, start, stop, plan[column, USE], state, pool)
    if kind == ENUM:
        return _valued(text, start, stop, plan[column, VALUES], plan[column, VALUES_STOP], values)
    if kind == COMMENT:
        state[COMMENTS] += 1
        return start << 32 | stop
    return _moment(text, start, stop, column, state, plan) if kind == DATE or kind == TIME else NULL


@bare
def _moment(text: Bytes, start: int, stop: int, column: int, state: Longs, plan: Longs) -> int:
    """The day or second that a text names; `NULL` where it names none that is plainly good."""
    if plan[column, KIND] == DATE:
        found = date(text, start, stop)
        named = found
    else:
        found, _ = instant(text, start, stop)
        named = NULL if found == NULL else found // DAY_SECONDS
    if state[OPEN_YEAR] <= named <= state[OPEN_DAY] and not plan[column, REQUIRED]:
        return OPEN
    late = plan[column, HAPPENED] and named > state[TOMORROW]
    return found if state[FIRST_DAY] <= named <= state[LAST_DAY] and not late else NULL


@inlined
def _kept(text: Bytes, start: int, stop: int, use: int, state: Longs, pool: Longs) -> int:
    """A text as a cell: its number in the pool, or one that tells it from others."""
    if use == NO_USE:
        return 0
    found = hashed(text, start, stop) & _POSITIVE
    if use == KEY:
        return found
    for probe in range(_MOST_PROBES):
        slot = (found + probe) & (state[SLOTS] - 1)
        known = pool[slot] - 1
        at = state[SLOTS] + POOL_WIDTH * known
        if known < 0:
            known = state[TEXTS]
            at = state[SLOTS] + POOL_WIDTH * known
            if at == len(pool):
                state[IS_FULL] = 1
                return NULL
            state[TEXTS] = known + 1
            pool[slot] = known + 1
            pool[at + POOL_START], pool[at + POOL_STOP] = start, stop
            pool[at + POOL_USES], pool[at + POOL_SLOT] = 0, slot
        elif pool[at + POOL_STOP] - pool[at + POOL_START] != stop - start or not same(
            text, start, pool[at], stop - start
        ):
            continue
        pool[at + POOL_USES] |= use
        return int(known)
    return NULL


@bare
def _valued(text: Bytes, start: int, stop: int, first: int, last: int, values: Longs) -> int:
    """The code of an enum's value, without regard to case; `NULL` where it is none."""
    for value in range(first, last):
        at = values[value, 0]
        if values[value, 1] == stop - start:
            step = 0
            while step < stop - start and _lower(text[start + step]) == text[at + step]:
                step += 1
            if step == stop - start:
                return int(values[value, 2])
    return NULL


@inlined
def _lower(byte: int) -> int:
    """An ASCII letter in lower case; any other byte as it is."""
    return byte + 32 if 65 <= byte <= 90 else byte
