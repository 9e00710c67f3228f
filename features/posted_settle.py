# ruff: noqa: PLR0913, PLR0917, PLR1714
"""The rules between the cells of posted rows, and what becomes of each row: kept, left out, or a trace of leaving.

Compiled. An entry that breaks a rule, or whose rows repeat each other, is no longer plainly good. The rules come from
`posted_plan`; what a row's names stand for (denied, off-boarding, the scale of a question) comes with the texts.
"""

import math

import numpy as np

from features.bare import bare, inlined
from features.posted_plain import DENIED, EMPLOYEE, FIRST_ROW, LISTS, OUTSIDE, PLAIN, TRACES, WIDTH, Reals, got, put
from features.posted_text import DAY_SECONDS, NULL, Longs

FATE = WIDTH - 1
"""The cell of a row that says what becomes of it."""
KEPT, LEFT_OUT, TRACE, CORRECTION = range(4)
"""A correction is kept too: a row of job history with the key of one that was known earlier."""
LOWER, IS_DENIED, IS_LEAVING = range(3)
"""What is said of a text: its lower case where that is another text, from 1; the bits of the uses for which it is denied; whether it is an
off-boarding category."""
LOW, HIGH, LEVEL_NUMBER = range(3)
"""Its scale as a driver; the number that ends it as a level."""
DAY, DAY_IS_TIME, NAME_CELL, NAME_USE, FIRST_RULE, LAST_RULE, NO_ROWS, KEY_CELLS, KEY_NUMBERS, KEYS = range(10)
"""What is said of a table: the cell of its day, the one whose text may be denied (-1: none) and its use, its rules, whether a row
of it is never plainly good, and how many cells and numbers tell its rows apart; from the last place on, which."""
OP, CELL, OTHER, UNIT, LOW_CELL, BITS = range(6)
NOT_BEFORE, ABOVE, WITHIN, NOT_WITH = range(4)
"""Rules: two cells, how many of them are a day, the cell of a lower bound (-1: there is none), and codes as bits."""
(
    SURVEY, SURVEY_TYPE, EXIT, DRIVER, SCALE_LOW, SCALE_HIGH, TICKET, CATEGORY, CHECKIN, STATUS, IS_HELD, HELD, SCHEDULED,
    HIRE, ID, JOB, EFFECTIVE, RECORDED,
) = range(18)  # fmt: skip
"""Cells and codes that have a meaning of their own."""

_MOST_ROWS = 2_000
"""Of one table of one person; more are sorted by other means."""


@bare
def settle(people: int, tomorrow: int, entries: Longs, cells: Longs, numbers: Reals, said: Longs, scales: Reals,
           tables: Longs, rules: Longs, lows: Reals, facts: Longs, scratch: Longs) -> None:  # fmt: skip
    """Judge every entry that is plainly good so far, and decide on its rows."""
    for entry in range(people):
        if entries[entry, PLAIN]:
            entries[entry, DENIED:LISTS] = 0
            row = entries[entry, FIRST_ROW]
            entries[entry, EMPLOYEE] = cells[row, facts[ID]]
            plain = True
            for table in range(len(tables)):
                first, last = entries[entry, LISTS + 2 * table], entries[entry, LISTS + 2 * table + 1]
                if table == 0:
                    plain = _holds(table, row, cells, numbers, tables, rules, lows)
                elif plain and first >= 0:
                    plain = _table(
                        table,
                        first,
                        last,
                        entry,
                        tomorrow,
                        entries,
                        cells,
                        numbers,
                        said,
                        scales,
                        tables,
                        rules,
                        lows,
                        facts,
                        scratch,
                    )
            entries[entry, PLAIN] = plain


@bare
def _table(table: int, first: int, last: int, entry: int, tomorrow: int, entries: Longs, cells: Longs, numbers: Reals,
           said: Longs, scales: Reals, tables: Longs, rules: Longs, lows: Reals, facts: Longs, scratch: Longs) -> bool:  # fmt: skip
    """Whether the rows of a table are plainly good; what becomes of each, and how many are left out."""
    if last - first > (0 if tables[table, NO_ROWS] else _MOST_ROWS):
        return False
    day, name_cell, use = tables[table, DAY], tables[table, NAME_CELL], tables[table, NAME_USE]
    begin = cells[entries[entry, FIRST_ROW], facts[HIRE]] * (DAY_SECONDS if tables[table, DAY_IS_TIME] else 1)
    size = _emptied(scratch, last - first)
    for row in range(first, last):
        name = NULL if name_cell < 0 else got(cells, row, name_cell)
        put(cells, row, FATE, KEPT)
        if name != NULL:
            if said[name, IS_DENIED] & use:
                put(cells, row, FATE, LEFT_OUT)
                entries[entry, DENIED] += 1
                continue
            if said[name, LOWER]:
                put(cells, row, name_cell, said[name, LOWER] - 1)
        if not _filled(table, row, name, tomorrow, cells, numbers, scales, facts):
            return False
        if not _holds(table, row, cells, numbers, tables, rules, lows):
            return False
        if _met(table, row, cells, numbers, tables, scratch, size):
            if not _corrects(table, first, row, cells, tables, facts):
                return False
            put(cells, row, FATE, CORRECTION)
        if got(cells, row, day) < begin:
            put(cells, row, FATE, LEFT_OUT)
            entries[entry, OUTSIDE] += 1
        elif (table == facts[TICKET] and name != NULL and said[name, IS_LEAVING]) or (
            table == facts[SURVEY] and got(cells, row, facts[SURVEY_TYPE]) == facts[EXIT]
        ):
            put(cells, row, FATE, TRACE)
            entries[entry, TRACES] += 1
    return True


@inlined
def _filled(table: int, row: int, name: int, tomorrow: int, cells: Longs, numbers: Reals, scales: Reals,
            facts: Longs) -> bool:  # fmt: skip
    """Fill in nulls that have a meaning: the scale of a question, the day of a conversation held; false where that lies ahead."""
    if table == facts[SURVEY]:
        if math.isnan(got(numbers, row, facts[SCALE_LOW])):
            put(numbers, row, facts[SCALE_LOW], scales[name, LOW])
        if math.isnan(got(numbers, row, facts[SCALE_HIGH])):
            put(numbers, row, facts[SCALE_HIGH], scales[name, HIGH])
    elif table == facts[CHECKIN]:
        if got(cells, row, facts[STATUS]) == facts[IS_HELD] and got(cells, row, facts[HELD]) == NULL:
            put(cells, row, facts[HELD], got(cells, row, facts[SCHEDULED]))
        return bool(got(cells, row, facts[HELD]) < (tomorrow + 1) * DAY_SECONDS)
    return True


@inlined
def _holds(table: int, row: int, cells: Longs, numbers: Reals, tables: Longs, rules: Longs, lows: Reals) -> bool:
    """Whether no rule between the cells of a row is broken; a null breaks none."""
    for rule in range(tables[table, FIRST_RULE], tables[table, LAST_RULE]):
        op, cell, other = got(rules, rule, OP), got(rules, rule, CELL), got(rules, rule, OTHER)
        if op == NOT_BEFORE:
            one, least = got(cells, row, cell), got(cells, row, other)
            if one < least and one != NULL and one // got(rules, rule, UNIT) < least // got(rules, rule, UNIT):
                return False
        elif op == NOT_WITH:
            one, code = got(cells, row, cell), got(cells, row, other)
            if one != NULL and code != NULL and (got(rules, rule, BITS) >> code) & 1:
                return False
        elif op == ABOVE:
            if got(numbers, row, cell) <= got(numbers, row, other):
                return False
        else:
            place = got(rules, rule, LOW_CELL)
            low = lows[rule] if place < 0 else got(numbers, row, place)
            if got(numbers, row, cell) < low or got(numbers, row, cell) > got(numbers, row, other):
                return False
    return True


@bare
def _corrects(table: int, first: int, row: int, cells: Longs, tables: Longs, facts: Longs) -> bool:
    """Whether a row of job history corrects the one before it with the same key, and is the only one that does."""
    if table != facts[JOB] or tables[table, KEY_NUMBERS] or cells[row, facts[RECORDED]] == NULL:
        return False
    base, others = -1, 0
    for other in range(first, row):
        same = True
        for key in range(KEYS, KEYS + tables[table, KEY_CELLS]):
            same = same and cells[other, tables[table, key]] == cells[row, tables[table, key]]
        if same:
            base, others = other, others + 1
    if others != 1:
        return False
    known = cells[base, facts[RECORDED]]
    known = cells[base, facts[EFFECTIVE]] * DAY_SECONDS if known == NULL else known
    return bool(cells[row, facts[RECORDED]] > known)


@bare
def _emptied(scratch: Longs, rows: int) -> int:
    """Make room for the marks of so many rows; its size, a power of two."""
    size = 4
    while size < 2 * rows:
        size *= 2
    scratch[:size] = 0
    return size


@inlined
def _met(table: int, row: int, cells: Longs, numbers: Reals, tables: Longs, scratch: Longs, size: int) -> bool:
    """Whether an earlier row has the same key, or only the same mark: the exact reader tells which."""
    mark, key = 0x51ED270B, KEYS
    for _ in range(tables[table, KEY_CELLS]):
        mark = _mixed(mark, got(cells, row, got(tables, table, key)))
        key += 1
    for _ in range(tables[table, KEY_NUMBERS]):
        value = got(numbers, row, got(tables, table, key))
        mark = _mixed(mark, NULL if math.isnan(value) else int(np.float64(value + 0.0).view(np.int64)))
        key += 1
    mark |= 1
    for probe in range(size):
        at = ((mark >> 8) + probe) & (size - 1)
        if scratch[at] == 0:
            scratch[at] = mark
            return False
        if scratch[at] == mark:
            return True
    return True


@inlined
def _mixed(mark: int, cell: int) -> int:
    """A mark that one more cell has a part in."""
    mark = (mark ^ cell) * 0x3C79AC492BA7B653
    return mark ^ mark >> 31 & 0x1FFFFFFFF
