# ruff: noqa: PLR0913, PLR0917
"""The rules between the cells of posted rows, and what becomes of each row: kept, left out, or a trace of leaving.

Compiled. An entry that breaks a rule, or whose rows repeat each other, is no longer plainly good. The rules come from
`posted_plan`; what a row's names stand for (denied, off-boarding, the scale of a question) comes with the texts.
"""

import math

from features.bare import bare, inlined
from features.posted_plain import DENIED, EMPLOYEE, FIRST_ROW, LISTS, OUTSIDE, PLAIN, TRACES, Reals
from features.posted_text import DAY_SECONDS, NULL, Longs

FATE = 15
"""The cell of a row that says what becomes of it."""
KEPT, LEFT_OUT, TRACE, CORRECTION = range(4)
"""A correction is kept too: a row of job history with the key of one that was known earlier."""
LOWER, IS_DENIED, IS_LEAVING = range(3)
"""What is said of a text: its lower case where that is another text, from 1; the bits of the uses for which it is denied; whether it is an
off-boarding category."""
LOW, HIGH, LEVEL_NUMBER = range(3)
"""Its scale as a driver; the number that ends it as a level."""
DAY, DAY_IS_TIME, NAME_CELL, NAME_USE, KEY_CELLS, KEY_NUMBERS, FIRST_RULE, LAST_RULE, NO_ROWS = range(9)
"""What is said of a table: the cell of its day, the one whose text may be denied (-1: none) and its
use, the cells and numbers that
tell its rows apart as bits, its rules, and whether a row of it is never plainly good."""
OP, CELL, CELL_IS_TIME, OTHER, OTHER_IS_TIME, BITS = range(6)
NOT_BEFORE, ABOVE, WITHIN, NOT_WITH = range(4)
"""Rules."""
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
    hire = cells[entries[entry, FIRST_ROW], facts[HIRE]]
    size = _emptied(scratch, last - first)
    for row in range(first, last):
        name = -1 if tables[table, NAME_CELL] < 0 else cells[row, tables[table, NAME_CELL]]
        cells[row, FATE] = KEPT
        if tables[table, NAME_CELL] >= 0 and name != NULL:
            if said[name, IS_DENIED] & tables[table, NAME_USE]:
                cells[row, FATE] = LEFT_OUT
                entries[entry, DENIED] += 1
                continue
            if said[name, LOWER]:
                cells[row, tables[table, NAME_CELL]] = said[name, LOWER] - 1
        _filled(table, row, name, cells, numbers, scales, facts)
        held = cells[row, facts[HELD]]
        if table == facts[CHECKIN] and held != NULL and held // DAY_SECONDS > tomorrow:
            return False
        if not _holds(table, row, cells, numbers, tables, rules, lows):
            return False
        if _met(table, row, cells, numbers, tables, scratch, size):
            if not _corrects(table, first, row, cells, tables, facts):
                return False
            cells[row, FATE] = CORRECTION
        if _day(cells[row, tables[table, DAY]], tables[table, DAY_IS_TIME]) < hire:
            cells[row, FATE] = LEFT_OUT
            entries[entry, OUTSIDE] += 1
        elif (table == facts[TICKET] and name != NULL and said[name, IS_LEAVING]) or (
            table == facts[SURVEY] and cells[row, facts[SURVEY_TYPE]] == facts[EXIT]
        ):
            cells[row, FATE] = TRACE
            entries[entry, TRACES] += 1
    return True


@inlined
def _filled(table: int, row: int, name: int, cells: Longs, numbers: Reals, scales: Reals, facts: Longs) -> None:
    """Nulls that have a meaning: the scale of a question, the day of a conversation held."""
    if table == facts[SURVEY]:
        if math.isnan(numbers[row, facts[SCALE_LOW]]):
            numbers[row, facts[SCALE_LOW]] = scales[name, LOW]
        if math.isnan(numbers[row, facts[SCALE_HIGH]]):
            numbers[row, facts[SCALE_HIGH]] = scales[name, HIGH]
    elif table == facts[CHECKIN] and cells[row, facts[STATUS]] == facts[IS_HELD] and cells[row, facts[HELD]] == NULL:
        cells[row, facts[HELD]] = cells[row, facts[SCHEDULED]]


@inlined
def _day(cell: int, is_time: int) -> int:
    return cell // DAY_SECONDS if is_time else cell


@inlined
def _holds(table: int, row: int, cells: Longs, numbers: Reals, tables: Longs, rules: Longs, lows: Reals) -> bool:
    """Whether no rule between the cells of a row is broken; a null breaks none."""
    for rule in range(tables[table, FIRST_RULE], tables[table, LAST_RULE]):
        op, cell, other = rules[rule, OP], rules[rule, CELL], rules[rule, OTHER]
        if op == NOT_BEFORE:
            if (
                cells[row, cell] != NULL
                and cells[row, other] != NULL
                and (
                    _day(cells[row, cell], rules[rule, CELL_IS_TIME])
                    < _day(cells[row, other], rules[rule, OTHER_IS_TIME])
                )
            ):
                return False
        elif op == NOT_WITH:
            if cells[row, cell] != NULL and cells[row, other] != NULL and (rules[rule, BITS] >> cells[row, other]) & 1:
                return False
        elif op == ABOVE:
            if numbers[row, cell] <= numbers[row, other]:
                return False
        else:
            low = lows[rule] if rules[rule, CELL_IS_TIME] < 0 else numbers[row, rules[rule, CELL_IS_TIME]]
            if numbers[row, cell] < low or numbers[row, cell] > numbers[row, other]:
                return False
    return True


@bare
def _corrects(table: int, first: int, row: int, cells: Longs, tables: Longs, facts: Longs) -> bool:
    """Whether a row of job history corrects the one before it with the same key, and is the only one that does."""
    if table != facts[JOB] or tables[table, KEY_NUMBERS] or cells[row, facts[RECORDED]] == NULL:
        return False
    base, others = -1, 0
    for other in range(first, row):
        bits, place, same = tables[table, KEY_CELLS], 0, True
        while bits:
            same = same and (not bits & 1 or cells[other, place] == cells[row, place])
            bits, place = bits >> 1, place + 1
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
    mark = 0x51ED270B
    bits, place = tables[table, KEY_CELLS], 0
    while bits:
        if bits & 1:
            mark = (mark ^ cells[row, place]) * 0x3C79AC492BA7B653
            mark ^= mark >> 31 & 0x1FFFFFFFF
        bits, place = bits >> 1, place + 1
    bits, place = tables[table, KEY_NUMBERS], 0
    while bits:
        if bits & 1 and not math.isnan(numbers[row, place]):
            fraction, power = math.frexp(numbers[row, place])
            mark = (mark ^ int(fraction * 9007199254740992.0) ^ power << 54) * 0x3C79AC492BA7B653
            mark ^= mark >> 31 & 0x1FFFFFFFF
        bits, place = bits >> 1, place + 1
    mark |= 1
    for probe in range(size):
        at = ((mark >> 8) + probe) & (size - 1)
        if scratch[at] == 0:
            scratch[at] = mark
            return False
        if scratch[at] == mark:
            return True
    return True
