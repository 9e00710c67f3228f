# ruff: noqa: PLR0913, PLR0917
"""The bytes of posted people, gone over once: every cell that is plainly good is written into a sheet of numbers.

Compiled. It knows JSON as RFC 8259 has it (UTF-8 is checked before), and of the tables only what `posted_plan` hands it
as arrays. It never judges: an entry that is not plainly good (a fault, or only a rare form) is marked as such and left
to the exact reader, and where the frame around the entries is unusual all of it is.

The text stands between two others: the words of the contract before it, and behind it zeros, at which every loop stops,
and room for texts that were written with escapes.
"""

from features.bare import bare, inlined
from features.posted_plain import (
    AS_OF,
    BEGIN,
    END,
    FIRST_DAY,
    FIRST_ROW,
    IS_FULL,
    KIND,
    LAST_DAY,
    LISTS,
    MOST_PEOPLE,
    MOST_ROWS,
    NAME,
    NAME_SIZE,
    PEOPLE,
    PLAIN,
    ROWS,
    SHEET_ROWS,
    STOP,
    TABLE,
    TOMORROW,
    Reals,
    cell,
    date,
)
from features.posted_text import NULL, Bytes, Longs, Span, blank, hashed, literal, passed, quoted, same, trimmed


@bare
def scan(text: Bytes, at: int, state: Longs, plan: Longs, values: Longs, keys: Longs, ranges: Reals, follows: Longs,
         cells: Longs, numbers: Reals, pool: Longs, entries: Longs) -> bool:  # fmt: skip
    """Read a request from its first byte; false where its frame is not plainly good."""
    at = blank(text, at)
    if text[at] != 123:
        return False
    dated = False
    listed = False
    before = 123
    while text[at] == before:
        before = 44
        at = blank(text, at + 1)
        if literal(text, at, b'"as_of"') > 0 and not dated:
            dated = True
            at = _as_of(text, _colon(text, at + 7), state)
        elif literal(text, at, b'"employees"') > 0 and not listed:
            listed = True
            at = _people(
                text, _colon(text, at + 11), state, plan, values, keys, ranges, follows, cells, numbers, pool, entries
            )
        else:
            return False
        if at < 0:
            return False
        at = blank(text, at)
    return dated and listed and text[at] == 125 and blank(text, at + 1) == state[STOP]


@bare
def scan_lines(text: Bytes, starts: Longs, state: Longs, plan: Longs, values: Longs, keys: Longs, ranges: Reals,
               follows: Longs, cells: Longs, numbers: Reals, pool: Longs, entries: Longs) -> None:  # fmt: skip
    """Read lines, each of which ends in a zero: line i stands in ``[starts[i], starts[i + 1] - 1)``."""
    for line in range(len(starts) - 1):
        at, rows = blank(text, starts[line]), state[SHEET_ROWS]
        end = -1
        if text[at] == 123:
            end = _entry(text, at, line, state, plan, values, keys, ranges, follows, cells, numbers, pool, entries)
        entries[line, BEGIN] = starts[line]
        entries[line, END] = starts[line + 1] - 1
        entries[line, PLAIN] = end >= 0 and blank(text, end) == starts[line + 1] - 1
        if not entries[line, PLAIN]:
            state[SHEET_ROWS] = rows
    state[PEOPLE] = len(starts) - 1


@bare
def _people(text: Bytes, at: int, state: Longs, plan: Longs, values: Longs, keys: Longs, ranges: Reals, follows: Longs,
            cells: Longs, numbers: Reals, pool: Longs, entries: Longs) -> int:  # fmt: skip
    """The list of entries; the place after it, -1 where it is not plainly one."""
    if at < 0 or text[at] != 91:
        return -1
    number = state[PEOPLE]
    before = 91
    while text[at] == before:
        before = 44
        at, rows = blank(text, at + 1), state[SHEET_ROWS]
        if text[at] != 123 or number == state[MOST_PEOPLE]:
            return -1
        end = _entry(text, at, number, state, plan, values, keys, ranges, follows, cells, numbers, pool, entries)
        entries[number, PLAIN] = end >= 0
        if end < 0:
            state[SHEET_ROWS] = rows
            end = passed(text, at)
            if end < 0:
                return -1
        entries[number, BEGIN] = at
        entries[number, END] = end
        number += 1
        at = blank(text, end)
    state[PEOPLE] = number
    return at + 1 if text[at] == 93 else -1


@bare
def _entry(text: Bytes, at: int, number: int, state: Longs, plan: Longs, values: Longs, keys: Longs, ranges: Reals,
           follows: Longs, cells: Longs, numbers: Reals, pool: Longs, entries: Longs) -> int:  # fmt: skip
    """One entry; the place after it, -1 where it is not plainly good."""
    own = plan[0, TABLE]
    row = _new(own, state, cells, numbers)
    if row < 0:
        return -1
    entries[number, FIRST_ROW] = row
    entries[number, LISTS:] = -1
    seen = 0
    column = len(plan) + own
    before = 123
    while text[at] == before:
        before = 44
        column, at = _key(text, blank(text, at + 1), own, column, plan, keys, follows)
        if column < 0 or (seen >> column) & 1:
            return -1
        seen |= 1 << column
        if plan[column, KIND] == ROWS:
            place = LISTS + 2 * plan[column, TABLE]
            at = _rows(
                text,
                at,
                plan[column, TABLE],
                state,
                plan,
                values,
                keys,
                ranges,
                follows,
                cells,
                numbers,
                pool,
                entries[number, place : place + 2],
            )
        else:
            at = cell(text, at, column, row, state, plan, values, ranges, cells, numbers, pool)
        if at < 0:
            return -1
        at = blank(text, at)
    whole = text[at] == 125 and _complete(own, row, keys, cells) and state[SHEET_ROWS] - row - 1 <= state[MOST_ROWS]
    return at + 1 if whole else -1


@bare
def _rows(text: Bytes, at: int, table: int, state: Longs, plan: Longs, values: Longs, keys: Longs, ranges: Reals,
          follows: Longs, cells: Longs, numbers: Reals, pool: Longs, span: Longs) -> int:  # fmt: skip
    """The rows of a table; the place after them, -1 where they are not plainly good."""
    if text[at] == 110:
        return literal(text, at, b"null")
    if text[at] != 91:
        return -1
    span[0] = state[SHEET_ROWS]
    before = 91
    while text[at] == before:
        before = 44
        at = blank(text, at + 1)
        if text[at] == 93 and state[SHEET_ROWS] == span[0]:
            break
        if text[at] != 123:
            return -1
        at = _row(text, at, table, state, plan, values, keys, ranges, follows, cells, numbers, pool)
        if at < 0:
            return -1
        at = blank(text, at)
    span[1] = state[SHEET_ROWS]
    return at + 1 if text[at] == 93 else -1


@bare
def _row(text: Bytes, at: int, table: int, state: Longs, plan: Longs, values: Longs, keys: Longs, ranges: Reals,
         follows: Longs, cells: Longs, numbers: Reals, pool: Longs) -> int:  # fmt: skip
    """One row; the place after it, -1 where it is not plainly good."""
    row = _new(table, state, cells, numbers)
    if row < 0:
        return -1
    seen = 0
    column = len(plan) + table
    before = 123
    while text[at] == before:
        before = 44
        at = blank(text, at + 1)
        column, at = _key(text, at, table, column, plan, keys, follows)
        bit = 0 if column < 0 else 1 << (column - keys[table, 64])
        if bit == 0 or seen & bit:
            return -1
        seen |= bit
        at = cell(text, at, column, row, state, plan, values, ranges, cells, numbers, pool)
        if at < 0:
            return -1
        at = blank(text, at)
    return at + 1 if text[at] == 125 and _complete(table, row, keys, cells) else -1


@inlined
def _new(table: int, state: Longs, cells: Longs, numbers: Reals) -> int:
    """A row with nothing given, -1 where the sheet is full: its first rows are such rows, one a table."""
    row = state[SHEET_ROWS]
    if row >= len(cells):
        state[IS_FULL] = 1
        return -1
    state[SHEET_ROWS] = row + 1
    for slot in range(cells.shape[1]):
        cells[row, slot] = cells[table, slot]
    for slot in range(numbers.shape[1]):
        numbers[row, slot] = numbers[table, slot]
    return int(row)


@inlined
def _complete(table: int, row: int, keys: Longs, cells: Longs) -> bool:
    """Whether every required column is given."""
    required = keys[table, 65]
    slot = 0
    while required:
        if required & 1 and cells[row, slot] == NULL:
            return False
        required >>= 1
        slot += 1
    return True


@inlined
def _key(text: Bytes, at: int, table: int, came: int, plan: Longs, keys: Longs, follows: Longs) -> Span:
    """The column that a key names and the place of its value; -1 where there is none. `came` is where it is looked up."""
    if text[at] != 34:
        return -1, -1
    column = follows[came]
    stop = at + 1 + plan[column, NAME_SIZE]
    if text[stop] != 34 or not same(text, at + 1, plan[column, NAME], plan[column, NAME_SIZE]):
        stop = at + 1
        while text[stop] > 32 and text[stop] != 34 and text[stop] != 92:
            stop += 1
        if text[stop] != 34:
            return -1, -1
        column = _named(text, at + 1, stop, table, plan, keys)
        if column < 0:
            return -1, -1
        follows[came] = column
    return column, _colon(text, stop + 1)


@bare
def _named(text: Bytes, start: int, stop: int, table: int, plan: Longs, keys: Longs) -> int:
    slot = hashed(text, start, stop) & 63
    while keys[table, slot] >= 0:
        column = keys[table, slot]
        if plan[column, NAME_SIZE] == stop - start and same(text, start, plan[column, NAME], stop - start):
            return int(column)
        slot = (slot + 1) & 63
    return -1


@inlined
def _colon(text: Bytes, at: int) -> int:
    """The place of the value after a colon; that of a zero, which is no value, where there is none."""
    at = blank(text, at)
    return blank(text, at + 1) if text[at] == 58 else len(text) - 1


@bare
def _as_of(text: Bytes, at: int, state: Longs) -> int:
    """The day asked for; the place after it, -1 where it is not plainly good."""
    if text[at] != 34:
        return -1
    start, stop, at = quoted(text, at + 1, state)
    if at < 0:
        return -1
    start, stop = trimmed(text, start, stop)
    found = date(text, start, stop)
    state[AS_OF] = found
    return at if state[FIRST_DAY] <= found <= min(state[LAST_DAY], state[TOMORROW]) else -1
