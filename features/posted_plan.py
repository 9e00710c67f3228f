"""The tables of `contracts` as arrays: what the compiled readers of posted people know of columns and rules.

Nothing is decided here. Every number is derived from the declarations, so a column or rule changed there is changed
for every reader.
"""

from typing import Final

import numpy as np

from features import contracts, posted_cells, posted_json
from features.company import CANCELLED_BY, CONVERSATIONS, EVENTS
from features.posted_plain import (
    BEGINNING,
    BOOL,
    COLUMN_SIZE,
    COMMENT,
    DATE,
    ENUM,
    ID,
    INTEGER,
    KEY,
    KEY_SLOTS,
    NEXT,
    NO_USE,
    NUMBER,
    NUMBERS,
    PASSED_OVER,
    REQUIRED_BITS,
    ROWS,
    TEXT,
    TIME,
    WIDTH,
    Reals,
)
from features.posted_settle import ABOVE, NOT_BEFORE, NOT_WITH, WITHIN
from features.posted_text import DAY_SECONDS, NULL, Longs
from features.posted_words import hashed
from features.table_spec import Above, Column, Kind, NotBefore, NotWith, RowRule, Table, Within

TABLES: Final = (contracts.EMPLOYEES, *(t for name in posted_json.TABLES for t in contracts.TABLES if t.name == name))
"""The table of an entry itself, and those it may carry, by number."""
NUMBER_OF: Final = {table.name: number for number, table in enumerate(TABLES)}
NAMED, DRIVER, CATEGORY, SIGNAL, LANGUAGE, LEVEL, PRIORITY = (1 << bit for bit in range(7))
"""Uses of a text, as bits: a name kept as it is, or one that is looked at."""
_USES: Final = {
    ("employees", "employee_id"): NAMED,
    **{("job_history", name): NAMED for name in ("manager_id", "org_unit", "job_family", "job_title", "location")},
    ("job_history", "employment_type"): NAMED,
    ("job_history", "job_level"): LEVEL,
    ("surveys", "org_unit"): NAMED,
    ("surveys", "driver"): DRIVER,
    ("surveys", "language"): LANGUAGE,
    ("tickets", "category"): CATEGORY,
    ("tickets", "priority"): PRIORITY,
    ("signals", "name"): SIGNAL,
}
_KINDS: Final[dict[Kind, int]] = {
    "id": ID,
    "text": TEXT,
    "date": DATE,
    "time": TIME,
    "enum": ENUM,
    "number": NUMBER,
    "integer": INTEGER,
    "bool": BOOL,
    "comment": COMMENT,
}
_CODES: Final = {
    ("job_history", "event"): EVENTS,
    ("checkins", "cancelled_by"): CANCELLED_BY,
    ("checkins", "conversation_type"): CONVERSATIONS,
}
"""Enums whose codes are those of a company; of any other the code is the place among the allowed values."""


def slot(table: str, column: str) -> int:
    """The place of a column among the cells of its table's rows, or among their numbers."""
    own = _own(TABLES[NUMBER_OF[table]])
    numeric = next(found.kind == "number" for found in own if found.name == column)
    return [found.name for found in own if (found.kind == "number") == numeric].index(column)


def _slot(table: Table, column: str) -> int:
    return slot(table.name, column)


def code(table: str, column: str, value: str) -> int:
    """The number that stands for an enum's value."""
    found = TABLES[NUMBER_OF[table]].column(column)
    values = _CODES.get((table, column)) or (found.values if found else ())
    return values.index(value)


def _own(table: Table) -> tuple[Column, ...]:
    """The columns of a row as posted: the employee stands around it."""
    return tuple(column for column in table.columns if column.name != "employee_id" or table is contracts.EMPLOYEES)


def _keys(table: Table) -> tuple[Column | str, ...]:
    """The keys an object may have: columns with a slot, and as names those without."""
    return (*_own(table), *(posted_json.TABLES if table is contracts.EMPLOYEES else ("employee_id",)))


def _use(table: Table, column: Column) -> int:
    told = column.name in table.key or not table.key
    return _USES.get((table.name, column.name), KEY if told and column.kind in ("id", "text") else NO_USE)


def _words(text: bytes, count: int) -> list[int]:
    """The first so many words of a text, behind which stand zeros."""
    return [int(word) for word in np.frombuffer(text.ljust(8 * count, b"\0"), np.int64)]


def _key(name: str) -> list[int]:
    """A column's name with its quotes: its size, its words, and what counts of each."""
    text = f'"{name}"'.encode()
    return [len(text), *_words(text, 3), *_words(b"\xff" * len(text), 3)]


def _columns() -> tuple[Longs, Longs, Reals]:
    """What is said of each column, and behind that of what a row of each table begins with; values; and ranges."""
    plan: list[int] = []
    values: list[int] = []
    ranges: list[float] = []
    for table in TABLES:
        keys = _keys(table)
        for place, column in enumerate(keys):
            behind = len(plan) + COLUMN_SIZE if place + 1 < len(keys) else _beginning(table)
            about = [1 << place, behind, behind]
            if isinstance(column, str):
                kind = PASSED_OVER if column == "employee_id" else ROWS
                plan += [kind, WIDTH, NO_USE, 0, 0, len(ranges), 0, 0, NUMBER_OF.get(column, 0), *about, *_key(column)]
                ranges += [-np.inf, -np.inf]
                continue
            first = len(values)
            for value in column.values:
                values += [*_words(value.encode(), 2), code(table.name, column.name, value)]
            plan += [
                _KINDS[column.kind],
                _slot(table, column.name),
                _use(table, column),
                column.required,
                column.happened,
            ]
            plan += [len(ranges), first, len(values), 0, *about, *_key(column.name)]
            ranges += [-np.inf if least is None else least for least in (column.least, column.above)]
    for table in TABLES:
        plan += [0] * NEXT + [_beginning(table)] * (COLUMN_SIZE - NEXT)
    return np.array(plan, np.int64), np.array(values, np.int64), np.array(ranges, np.float64)


def _beginning(table: Table) -> int:
    """The place of a table's first column in the plan."""
    return COLUMN_SIZE * sum(len(_keys(before)) for before in TABLES[: NUMBER_OF[table.name]])


def _hash_keys(plan: Longs) -> Longs:
    """For each table its keys as a hash table of columns, and what else is said of it; see `posted_plain`."""
    found = np.full((len(TABLES), KEY_SLOTS + 2), -1, np.int64)
    for number, table in enumerate(TABLES):
        keys = _keys(table)
        must = [not isinstance(key, str) and key.required for key in keys]
        found[number, BEGINNING] = len(plan) - COLUMN_SIZE * (len(TABLES) - number)
        found[number, REQUIRED_BITS] = sum(1 << place for place, required in enumerate(must) if required)
        for place, key in enumerate(keys):
            name = (key if isinstance(key, str) else key.name).encode()
            at = hashed(np.frombuffer(name + bytes(16), np.uint8), 0, len(name)) % KEY_SLOTS
            while found[number, at] >= 0:
                at = (at + 1) % KEY_SLOTS
            found[number, at] = _beginning(table) + COLUMN_SIZE * place
    return found


def _blanks() -> tuple[Longs, Reals]:
    """A row of each table with nothing given: the defaults."""
    cells, numbers = np.full((len(TABLES), WIDTH), NULL, np.int64), np.full((len(TABLES), NUMBERS), np.nan)
    for number, table in enumerate(TABLES):
        for column in _own(table):
            place = _slot(table, column.name)
            if isinstance(column.default, str):
                cells[number, place] = code(table.name, column.name, column.default)
            elif column.default is not None:
                numbers[number, place] = column.default
    return cells, numbers


PLAN, VALUES, RANGES = _columns()
KEYS: Final = _hash_keys(PLAN)
BLANK_CELLS, BLANK_NUMBERS = _blanks()
YEARS: Final = (posted_cells.FIRST_DAY, posted_cells.LAST_DAY, posted_cells.OPEN_YEAR, posted_cells.OPEN_DAY)


def _is_time(table: Table, column: str) -> bool:
    found = table.column(column)
    return found is not None and found.kind == "time"


def _rule(table: Table, rule: RowRule) -> tuple[tuple[int, ...], float] | None:
    """A rule as numbers, None for one that posted rows always hold."""
    if isinstance(rule, NotBefore):
        unit = DAY_SECONDS if _is_time(table, rule.column) else 1
        return (NOT_BEFORE, _slot(table, rule.column), _slot(table, rule.other), unit, 0, 0), 0.0
    if isinstance(rule, Above):
        return (ABOVE, _slot(table, rule.column), _slot(table, rule.other), 0, 0, 0), 0.0
    if isinstance(rule, Within):
        low = _slot(table, rule.low) if isinstance(rule.low, str) else -1
        number = 0.0 if isinstance(rule.low, str) else float(rule.low)
        return (WITHIN, _slot(table, rule.column), _slot(table, rule.high), 0, low, 0), number
    if isinstance(rule, NotWith):
        bits = sum(1 << code(table.name, rule.other, value) for value in rule.values)
        return (NOT_WITH, _slot(table, rule.column), _slot(table, rule.other), 0, 0, bits), 0.0
    return None


def _tables() -> tuple[Longs, Longs, Reals]:
    """What is said of each table, and the rules of all of them."""
    told: list[tuple[int, ...]] = []
    rules: list[tuple[int, ...]] = []
    lows: list[float] = []
    for table in TABLES:
        first = len(rules)
        for rule, low in filter(None, (_rule(table, rule) for rule in table.rules)):
            rules.append(rule)
            lows.append(low)
        apart = [column for column in _own(table) if column.name in table.key or not table.key]
        in_cells = [_slot(table, column.name) for column in apart if column.kind != "number"]
        in_numbers = [_slot(table, column.name) for column in apart if column.kind == "number"]
        name = _slot(table, table.refuses) if table.refuses else -1
        day = (_slot(table, table.day), _is_time(table, table.day)) if table.day else (0, False)
        use = _USES[table.name, table.refuses] if table.refuses else 0
        ends = first, len(rules), table.day is None, len(in_cells), len(in_numbers)
        keys = (*in_cells, *in_numbers)
        told.append((*map(int, (*day, name, use, *ends)), *keys, *[0] * (WIDTH - len(keys))))
    return np.array(told, np.int64), np.array(rules, np.int64), np.array(lows)


TABLE_FACTS, RULES, LOWS = _tables()
FACTS: Final = np.array(
    [
        NUMBER_OF["surveys"],
        slot("surveys", "survey_type"),
        code("surveys", "survey_type", "exit"),
        slot("surveys", "driver"),
        slot("surveys", "scale_min"),
        slot("surveys", "scale_max"),
        NUMBER_OF["tickets"],
        slot("tickets", "category"),
        NUMBER_OF["checkins"],
        slot("checkins", "status"),
        code("checkins", "status", "held"),
        slot("checkins", "held_at"),
        slot("checkins", "scheduled_at"),
        slot("employees", "hire_date"),
        slot("employees", "employee_id"),
        NUMBER_OF["job_history"],
        slot("job_history", "effective_date"),
        slot("job_history", "recorded_at"),
    ],
    np.int64,
)
"""The cells and codes that `posted_settle` knows by meaning, in its order."""
