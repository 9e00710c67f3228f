# ruff: noqa: PLR0913, PLR0917, PLR1714, SIM109
"""The cells of a posted row that are plainly good: one value, read by what the plan says of its column.

Compiled, and used by `posted_scan`. The constants are the places in the arrays that the compiled readers share.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.bare import bare, inlined
from features.posted_numbers import decimal, short
from features.posted_text import DAY_SECONDS, NULL, Bytes, Longs, byte, literal, quoted, trimmed
from features.posted_times import date, instant, usual
from features.posted_words import end, hashed, lowered, pair, same

Reals = NDArray[np.float64]

ID, TEXT, DATE, TIME, ENUM, NUMBER, INTEGER, BOOL, COMMENT, PASSED_OVER, ROWS = range(11)
"""Kinds of a column; the last two: a scalar nobody looks at, and the list of a table's rows."""
(
    KIND, SLOT, USE, REQUIRED, HAPPENED, RANGE, VALUES, VALUES_STOP, TABLE, BIT, NEXT, OTHER_NEXT, KEY_SIZE, KEY_WORDS, KEY_MASKS,
    COLUMN_SIZE,
) = (*range(14), 16, 19)  # fmt: skip
"""What the plan says of a column, which is known by its place in it: among the rest its bit among those of its table, the columns
that were met behind it, and its name with quotes: bytes, three words of them, and what of each word counts."""
KEY_SLOTS, BEGINNING, REQUIRED_BITS = 64, 64, 65
"""Of a table: in how many slots its keys are looked up; behind these, where the plan says what its rows begin with, and the bits
of the columns that it must have."""
WIDTH, NUMBERS = 12, 3
"""Cells of a sheet's row, the last one for what becomes of it; and its numbers, which stand by themselves."""
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
POOL_START, POOL_STOP, POOL_USES, POOL_SLOT, POOL_LOW, POOL_HIGH, POOL_WIDTH = range(7)
"""What the pool says of a distinct text: its span, the bits of its uses, its slot of the hash table before the texts, and its first
two words."""
OPEN = NULL + 1
"""In place of a cell: a day that stands for "no end"."""
_POSITIVE = (1 << 62) - 1

TWO_WORDS = 16
"""Bytes; no value of an enum is longer."""
_LONGEST = 400
"""Bytes of a number; any longer one is left to the exact reader."""
HARD = 0x7FF8 << 48
"""With these bits a number is none, and with others besides one that is hard to round: by its range, its size and its place."""
_MOST_PROBES = 64


@inlined
def told(plan: Longs, column: int, what: int) -> int:
    """What is said of a column of the plan, or of a text of the pool."""
    return int(plan[np.uint64(column + what)])


@inlined
def got(cells: Any, row: int, slot: int) -> Any:
    """A cell or a number."""
    return cells[np.uint64(row), np.uint64(slot)]


@inlined
def put(cells: Any, row: int, slot: int, value: Any) -> None:
    """Write a cell or a number."""
    cells[np.uint64(row), np.uint64(slot)] = value


@inlined
def cell(text: Bytes, at: int, column: int, row: int, state: Longs, plan: Longs, values: Longs, ranges: Reals,
         cells: Longs, numbers: Reals, pool: Longs) -> int:  # fmt: skip
    """One value; the place after it, -1 where it is not plainly good for its column."""
    begin = byte(text, at)
    if begin == 34:
        return _string(text, at + 1, column, row, state, plan, values, cells, pool)
    if begin == 45 or 48 <= begin <= 57:
        return _figure(text, at, column, row, state, plan, ranges, cells, numbers, pool)
    if begin == 110:
        return -1 if told(plan, column, REQUIRED) else literal(text, at, b"null")
    return _truth(text, at, column, row, plan, cells)


@inlined
def _string(text: Bytes, at: int, column: int, row: int, state: Longs, plan: Longs, values: Longs, cells: Longs,
            pool: Longs) -> int:  # fmt: skip
    """One value behind its quote."""
    kind, slot = told(plan, column, KIND), told(plan, column, SLOT)
    if kind == DATE or kind == TIME:
        named, second, after = usual(text, at)
        late = told(plan, column, HAPPENED) and named > state[TOMORROW]
        if named == NULL or late or (second and kind == DATE):
            return _unusual(text, at, column, row, state, plan, values, cells, pool)
        put(cells, row, slot, named if kind == DATE else named * DAY_SECONDS + second)
        return after
    stop = end(text, at)
    found = NULL
    if byte(text, stop) == 34 and 32 < byte(text, at) < 128 and 32 < byte(text, stop - 1) < 128 and at < stop:
        if kind == ID or kind == TEXT:
            found = _kept(text, at, stop, told(plan, column, USE), state, pool)
        elif kind == ENUM:
            found = _valued(text, at, stop, column, plan, values)
    if found == NULL:
        return _unusual(text, at, column, row, state, plan, values, cells, pool)
    put(cells, row, slot, found)
    return stop + 1


@bare
def _unusual(text: Bytes, at: int, column: int, row: int, state: Longs, plan: Longs, values: Longs, cells: Longs,
             pool: Longs) -> int:  # fmt: skip
    """One value behind its quote, whatever there is in it."""
    start, stop, after = quoted(text, at, state)
    if after < 0 or told(plan, column, KIND) == PASSED_OVER:
        return after
    start, stop = trimmed(text, start, stop)
    found = OPEN if start == stop else _said(text, start, stop, column, state, plan, values, pool)
    if found == NULL or (found == OPEN and told(plan, column, REQUIRED)):
        return -1
    if found != OPEN:
        put(cells, row, told(plan, column, SLOT), found)
    return after


@bare
def _truth(text: Bytes, at: int, column: int, row: int, plan: Longs, cells: Longs) -> int:
    """One value that is true or false."""
    true = text[at] == 116
    if told(plan, column, KIND) == BOOL:
        put(cells, row, told(plan, column, SLOT), true)
    elif told(plan, column, KIND) != PASSED_OVER:
        return -1
    return literal(text, at, b"true") if true else literal(text, at, b"false")


@inlined
def _figure(text: Bytes, at: int, column: int, row: int, state: Longs, plan: Longs, ranges: Reals, cells: Longs,
            numbers: Reals, pool: Longs) -> int:  # fmt: skip
    """One value that is written as a number."""
    value, after, whole = short(text, at)
    if after < 0:
        value, after, whole = decimal(text, at)
        if after < 0:
            return -1
    kind, slot = told(plan, column, KIND), told(plan, column, SLOT)
    if kind == NUMBER or kind == INTEGER:
        if (
            value < ranges[told(plan, column, RANGE)]
            or value <= ranges[told(plan, column, RANGE) + 1]
            or after - at > _LONGEST
        ):
            return -1
        if kind == NUMBER and np.isnan(value):
            state[HARD_NUMBERS] += 1
            hard = np.int64(HARD | told(plan, column, RANGE) << 41 | (after - at) << 32 | at)
            put(numbers, row, slot, hard.view(np.float64))
        elif kind == NUMBER:
            put(numbers, row, slot, value)
        elif value == np.floor(value) and abs(value) < 1 << 31:
            put(cells, row, slot, np.int64(value))
        else:
            return -1
    elif kind == TEXT and whole:
        found = _kept(text, at, after, told(plan, column, USE), state, pool)
        if found == NULL:
            return -1
        put(cells, row, slot, found)
    elif kind != PASSED_OVER:
        return -1
    return after


@inlined
def _said(text: Bytes, start: int, stop: int, column: int, state: Longs, plan: Longs, values: Longs,
          pool: Longs) -> int:  # fmt: skip
    """The cell that a text without blanks at its ends makes; `NULL` where it is not plainly good."""
    kind = told(plan, column, KIND)
    if kind == ID or kind == TEXT:
        return _kept(text, start, stop, told(plan, column, USE), state, pool)
    if kind == ENUM and stop - start <= TWO_WORDS:
        low, high = pair(text, start, stop)
        return _coded(lowered(low), lowered(high), column, plan, values)
    if kind == COMMENT:
        state[COMMENTS] += 1
        return start << 32 | stop
    return _moment(text, start, stop, column, state, plan) if kind == DATE or kind == TIME else NULL


@bare
def _moment(text: Bytes, start: int, stop: int, column: int, state: Longs, plan: Longs) -> int:
    """The day or second that a text names; `NULL` where it names none that is plainly good."""
    if told(plan, column, KIND) == DATE:
        found = date(text, start, stop)
        named = found
    else:
        found, _ = instant(text, start, stop)
        named = NULL if found == NULL else found // DAY_SECONDS
    if state[OPEN_YEAR] <= named <= state[OPEN_DAY] and not told(plan, column, REQUIRED):
        return OPEN
    late = told(plan, column, HAPPENED) and named > state[TOMORROW]
    return found if state[FIRST_DAY] <= named <= state[LAST_DAY] and not late else NULL


@inlined
def _kept(text: Bytes, start: int, stop: int, use: int, state: Longs, pool: Longs) -> int:
    """A text as a cell: its number in the pool, or one that tells it from others."""
    if use == NO_USE:
        return 0
    found = hashed(text, start, stop) & _POSITIVE
    if use == KEY:
        return found
    low, high = pair(text, start, stop)
    for probe in range(_MOST_PROBES):
        slot = (found + probe) & (state[SLOTS] - 1)
        known = pool[np.uint64(slot)] - 1
        at = state[SLOTS] + POOL_WIDTH * known
        if known < 0:
            known = state[TEXTS]
            at = state[SLOTS] + POOL_WIDTH * known
            if at == len(pool):
                state[IS_FULL] = 1
                return NULL
            enter(text, start, stop, slot, state, pool)
        elif (
            np.uint64(told(pool, at, POOL_LOW)) != low
            or np.uint64(told(pool, at, POOL_HIGH)) != high
            or told(pool, at, POOL_STOP) - told(pool, at, POOL_START) != stop - start
            or (stop - start > TWO_WORDS and not same(text, start, told(pool, at, POOL_START), stop - start))
        ):
            continue
        pool[np.uint64(at + POOL_USES)] |= use
        return int(known)
    return NULL


@bare
def enter(text: Bytes, start: int, stop: int, slot: int, state: Longs, pool: Longs) -> None:
    """Write a text that is new behind the others, without a use."""
    at = state[SLOTS] + POOL_WIDTH * state[TEXTS]
    state[TEXTS] += 1
    pool[slot] = state[TEXTS]
    low, high = pair(text, start, stop)
    pool[at + POOL_LOW], pool[at + POOL_HIGH] = np.int64(low), np.int64(high)
    pool[at + POOL_START], pool[at + POOL_STOP], pool[at + POOL_USES], pool[at + POOL_SLOT] = start, stop, 0, slot


@inlined
def _valued(text: Bytes, start: int, stop: int, column: int, plan: Longs, values: Longs) -> int:
    """The code of an enum's value; `NULL` where it is none."""
    if stop - start > TWO_WORDS:
        return NULL
    low, high = pair(text, start, stop)
    return _coded(low, high, column, plan, values)


@inlined
def _coded(low: np.uint64, high: np.uint64, column: int, plan: Longs, values: Longs) -> int:
    """The code of the value that has these bytes."""
    found = NULL
    for value in range(told(plan, column, VALUES), told(plan, column, VALUES_STOP), 3):
        if np.uint64(values[np.uint64(value)]) == low and np.uint64(values[np.uint64(value + 1)]) == high:
            found = values[np.uint64(value + 2)]
    return int(found)
