# ruff: noqa: PLR0913, PLR0917
"""The bytes of posted people, gone over once: every cell that is plainly good is written into a sheet of numbers.

Compiled. It knows JSON as RFC 8259 has it (UTF-8 is checked before), and of the tables only what `posted_plan` hands it
as arrays. It never judges: an entry that is not plainly good (a fault, or only a rare form) is marked as such and left
to the exact reader, and where the frame around the entries is unusual all of it is.

Behind the text stand zeros, at which every loop stops and which eight bytes may reach into, and room for texts that were
written with escapes.
"""

import numpy as np

from features.bare import bare, inlined
from features.posted_plain import (
    AS_OF,
    BEGIN,
    BEGINNING,
    BIT,
    END,
    FIRST_DAY,
    FIRST_ROW,
    IS_FULL,
    KEY_MASKS,
    KEY_SIZE,
    KEY_SLOTS,
    KEY_WORDS,
    KIND,
    LAST_DAY,
    LISTS,
    MOST_PEOPLE,
    MOST_ROWS,
    NEXT,
    NUMBERS,
    OTHER_NEXT,
    PEOPLE,
    PLAIN,
    REQUIRED_BITS,
    ROWS,
    SHEET_ROWS,
    STOP,
    TABLE,
    TOMORROW,
    WIDTH,
    Reals,
    cell,
    put,
    told,
)
from features.posted_text import Bytes, Longs, Span, blank, byte, literal, passed, quoted, trimmed
from features.posted_times import date
from features.posted_words import end, hashed, word

_NOWHERE = 32
"""So far before its end a text has a zero, with zeros behind it."""


@bare
def scan(text: Bytes, at: int, state: Longs, plan: Longs, values: Longs, keys: Longs, ranges: Reals,
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
            at = _people(text, _colon(text, at + 11), state, plan, values, keys, ranges, cells, numbers, pool, entries)
        else:
            return False
        if at < 0:
            return False
        at = blank(text, at)
    return dated and listed and text[at] == 125 and blank(text, at + 1) == state[STOP]


@bare
def scan_lines(text: Bytes, starts: Longs, state: Longs, plan: Longs, values: Longs, keys: Longs, ranges: Reals,
               cells: Longs, numbers: Reals, pool: Longs, entries: Longs) -> None:  # fmt: skip
    """Read lines, each of which ends in a zero: line i stands in ``[starts[i], starts[i + 1] - 1)``."""
    for line in range(len(starts) - 1):
        at, rows = blank(text, starts[line]), state[SHEET_ROWS]
        end = -1
        if text[at] == 123:
            end = _entry(text, at, line, state, plan, values, keys, ranges, cells, numbers, pool, entries)
        entries[line, BEGIN] = starts[line]
        entries[line, END] = starts[line + 1] - 1
        entries[line, PLAIN] = end >= 0 and blank(text, end) == starts[line + 1] - 1
        if not entries[line, PLAIN]:
            state[SHEET_ROWS] = rows
    state[PEOPLE] = len(starts) - 1


@bare
def _people(text: Bytes, at: int, state: Longs, plan: Longs, values: Longs, keys: Longs, ranges: Reals,
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
        end = _entry(text, at, number, state, plan, values, keys, ranges, cells, numbers, pool, entries)
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
           cells: Longs, numbers: Reals, pool: Longs, entries: Longs) -> int:  # fmt: skip
    """One entry; the place after it, -1 where it is not plainly good."""
    own = told(plan, 0, TABLE)
    row = _new(own, state, cells, numbers)
    if row < 0:
        return -1
    entries[number, FIRST_ROW] = row
    entries[number, LISTS:] = -1
    seen, column = 0, keys[own, BEGINNING]
    before = 123
    while text[at] == before:
        before = 44
        column, at = _key(text, at + 1, own, column, plan, keys)
        if column < 0 or seen & told(plan, column, BIT):
            return -1
        seen |= told(plan, column, BIT)
        if told(plan, column, KIND) == ROWS:
            place = LISTS + 2 * told(plan, column, TABLE)
            at = _rows(
                text,
                at,
                told(plan, column, TABLE),
                state,
                plan,
                values,
                keys,
                ranges,
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
    required = keys[own, REQUIRED_BITS]
    whole = text[at] == 125 and seen & required == required and state[SHEET_ROWS] - row - 1 <= state[MOST_ROWS]
    return at + 1 if whole else -1


@bare
def _rows(text: Bytes, at: int, table: int, state: Longs, plan: Longs, values: Longs, keys: Longs, ranges: Reals,
         cells: Longs, numbers: Reals, pool: Longs, span: Longs) -> int:  # fmt: skip
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
        at = _row(text, at, table, state, plan, values, keys, ranges, cells, numbers, pool)
        if at < 0:
            return -1
        at = blank(text, at)
    span[1] = state[SHEET_ROWS]
    return at + 1 if text[at] == 93 else -1


@inlined
def _row(text: Bytes, at: int, table: int, state: Longs, plan: Longs, values: Longs, keys: Longs, ranges: Reals,
         cells: Longs, numbers: Reals, pool: Longs) -> int:  # fmt: skip
    """One row; the place after it, -1 where it is not plainly good."""
    row = _new(table, state, cells, numbers)
    if row < 0:
        return -1
    seen, column = 0, keys[table, BEGINNING]
    before = 123
    while byte(text, at) == before:
        before = 44
        column, at = _key(text, at + 1, table, column, plan, keys)
        if column < 0 or seen & told(plan, column, BIT):
            return -1
        seen |= told(plan, column, BIT)
        at = cell(text, at, column, row, state, plan, values, ranges, cells, numbers, pool)
        if at < 0:
            return -1
        at = blank(text, at)
    required = keys[table, REQUIRED_BITS]
    return at + 1 if byte(text, at) == 125 and seen & required == required else -1


@inlined
def _new(table: int, state: Longs, cells: Longs, numbers: Reals) -> int:
    """A row with nothing given, -1 where the sheet is full: its first rows are such rows, one a table."""
    row = state[SHEET_ROWS]
    if row >= len(cells):
        state[IS_FULL] = 1
        return -1
    state[SHEET_ROWS] = row + 1
    for slot in range(WIDTH):
        put(cells, row, slot, cells[table, slot])
    for slot in range(NUMBERS):
        put(numbers, row, slot, numbers[table, slot])
    return int(row)


@inlined
def _key(text: Bytes, at: int, table: int, before: int, plan: Longs, keys: Longs) -> Span:
    """The column that a key names and the place of its value; -1 where there is none. `before` is the column before."""
    at = blank(text, at)
    column = told(plan, before, NEXT)
    if not _stands(text, at, column, plan):
        column = told(plan, before, OTHER_NEXT)
        if not _stands(text, at, column, plan):
            column = _named(text, at, table, plan, keys)
            if column < 0:
                return -1, -1
            plan[before + OTHER_NEXT] = plan[before + NEXT]
            plan[before + NEXT] = column
    return column, _colon(text, at + told(plan, column, KEY_SIZE))


@inlined
def _stands(text: Bytes, at: int, column: int, plan: Longs) -> bool:
    """Whether a column's name stands here in quotes."""
    found = np.uint64(0)
    for step in range(3):
        difference = word(text, at + 8 * step) ^ np.uint64(told(plan, column, KEY_WORDS + step))
        found |= difference & np.uint64(told(plan, column, KEY_MASKS + step))
    return bool(found == 0)


@bare
def _named(text: Bytes, at: int, table: int, plan: Longs, keys: Longs) -> int:
    """The column that the key here names, -1 where there is none."""
    stop = end(text, at + 1)
    if text[at] != 34 or text[stop] != 34:
        return -1
    slot = hashed(text, at + 1, stop) % KEY_SLOTS
    while keys[table, slot] >= 0 and not _stands(text, at, keys[table, slot], plan):
        slot = (slot + 1) % KEY_SLOTS
    return int(keys[table, slot])


@inlined
def _colon(text: Bytes, at: int) -> int:
    """The place of the value after a colon; that of a zero, which is no value, where there is none."""
    at = blank(text, at)
    return blank(text, at + 1) if byte(text, at) == 58 else len(text) - _NOWHERE


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
