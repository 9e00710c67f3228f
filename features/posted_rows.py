"""The rows of one posted person: judged by the rules of `contracts`, repeated ones settled as the door settles them.

What a data folder loses as a reject refuses the whole person here (`Broken`): who posts a few people can mend a row,
and a risk from half a record would look like any other.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

from features import contracts, denied, table_spec
from features.faults import Fault
from features.posted_cells import DAY_SECONDS, Cell, FormError, RuleError, judge
from features.table_spec import Above, AnyOf, Column, NotBefore, NotWith, RowRule, Table, Within

Row = Mapping[str, Cell]

MOST_FAULTS: Final = 100
"""So many faults are told; a caller with more has one cause."""


@dataclass(frozen=True)
class Broken:
    """The first rule that a person's records break. `row` counts from 1 within the table."""

    table: str
    row: int
    column: str
    rule: str

    def __str__(self) -> str:
        return f"Table {self.table}, row {self.row}, column {self.column}: {self.rule}."


@dataclass
class Findings:
    """What was found while judging a request, in the order of the body."""

    faults: list[Fault] = field(default_factory=list)
    """Values that do not have the form of their column: the request is refused."""
    denied_rows: int = 0
    """Rows left out for what they name."""
    collapsed: int = 0
    """Rows that repeated another one in full."""
    repeated: int = 0
    """Rows left out because an earlier known one has the same key."""
    unknown_columns: int = 0
    """Columns of rows that the contract does not know, each counted in each row."""


@dataclass(frozen=True)
class Judge:
    """Judges rows on one day; what it finds is added to `findings`."""

    tomorrow: int
    findings: Findings

    def rows(self, table: Table, values: Sequence[Any], pointer: str) -> tuple[list[Row], Broken | None]:
        """The good rows of a table, and the first broken rule."""
        rows: list[Row] = []
        broken: Broken | None = None
        for number, value in enumerate(values):
            place = f"{pointer}/{number}"
            if not isinstance(value, dict):
                self.findings.faults.append(Fault(place, "not an object"))
            elif _denied(table, value):
                self.findings.denied_rows += 1
            else:
                if not value.keys() <= _KNOWN[table.name]:
                    self.findings.unknown_columns += _unknown(table, value)
                row, fault = self.row(table, value, place)
                rows.append(row)
                if fault is not None and broken is None:
                    broken = Broken(table.name, number + 1, *fault)
        return rows, broken

    def row(self, table: Table, value: Mapping[str, Any], pointer: str) -> tuple[Row, tuple[str, str] | None]:
        """One row's cells, and the column and name of the first rule it breaks."""
        cells: dict[str, Cell] = {}
        broken: tuple[str, str] | None = None
        for column in _COLUMNS[table.name]:
            given = value.get(column.name)
            if given is None and not column.required:
                cells[column.name] = column.default
                continue
            try:
                cells[column.name] = judge(column, given, self.tomorrow)
            except FormError as error:
                self.findings.faults.append(Fault(f"{pointer}/{column.name}", str(error)))
            except RuleError as error:
                broken = broken or (column.name, str(error))
        _complete(table, cells)
        return cells, broken or self._ahead(cells) or _between(table, cells)

    def _ahead(self, cells: Row) -> tuple[str, str] | None:
        """A conversation that is said to be held, but is scheduled later than tomorrow."""
        held = cells.get("held_at")
        ahead = isinstance(held, int) and held // DAY_SECONDS > self.tomorrow
        return ("held_at", table_spec.IN_FUTURE) if ahead else None

    def distinct(self, table: Table, rows: list[Row]) -> list[Row]:
        """The rows without repetitions: identical ones once, of equal keys the one known first and its corrections.

        A correction carries ``repeat``: True.
        """
        seen: dict[tuple[Cell, ...], Row] = {}
        for row in rows:
            seen.setdefault(tuple(row.values()), row)
        once = list(seen.values())
        self.findings.collapsed += len(rows) - len(once)
        key = [name for name in table.key if name != "employee_id"]
        if not key or len({tuple(row[name] for name in key) for row in once}) == len(once):
            return once
        kept = _settled(table, once, key)
        self.findings.repeated += len(once) - len(kept)
        return kept


def _columns(table: Table) -> tuple[Column, ...]:
    own = {"employee_id"} if table is not contracts.EMPLOYEES else set()
    return tuple(column for column in table.columns if column.name not in own)


_COLUMNS: Final = {table.name: _columns(table) for table in contracts.TABLES}
_KNOWN: Final = {table.name: frozenset(column.name for column in table.columns) for table in contracts.TABLES}
_KINDS: Final = {(table.name, column.name): column.kind for table in contracts.TABLES for column in table.columns}


def _unknown(table: Table, value: Mapping[str, Any]) -> int:
    """How many columns of a row the contract does not know; denied ones are counted elsewhere."""
    return sum(key not in _KNOWN[table.name] and not denied.denied_name(key) for key in value)


def _denied(table: Table, value: Mapping[str, Any]) -> bool:
    name = value.get(table.refuses) if table.refuses else None
    return isinstance(name, str) and _refused(table.refuses, name)


@lru_cache(maxsize=4_096)
def _refused(column: str | None, name: str) -> bool:
    return denied.denied_category(name) if column == "category" else denied.denied_name(name)


def _complete(table: Table, cells: dict[str, Cell]) -> None:
    """Names in lower case; nulls that have a meaning: the scale of a question, the day of a conversation held."""
    if table.refuses is not None and isinstance(name := cells.get(table.refuses), str):
        cells[table.refuses] = name.lower()
    if table is contracts.SURVEYS:
        low, high = contracts.default_scale(str(cells.get("driver")))
        for end, default in (("scale_min", low), ("scale_max", high)):
            if cells.get(end) is None:
                cells[end] = default
    if table is contracts.CHECKINS and cells.get("status") == "held" and cells.get("held_at") is None:
        cells["held_at"] = cells.get("scheduled_at")


def _between(table: Table, cells: Row) -> tuple[str, str] | None:
    for rule in table.rules:
        if not isinstance(rule, AnyOf) and not _HOLDS[type(rule)](rule, table, cells):
            return rule.column, rule.rule
    return None


def _not_before(rule: NotBefore, table: Table, cells: Row) -> bool:
    return _rising(_day(table, rule.other, cells), _day(table, rule.column, cells))


def _above(rule: Above, _table: Table, cells: Row) -> bool:
    value, other = _number(cells, rule.column), _number(cells, rule.other)
    return value is None or other is None or value > other


def _within(rule: Within, _table: Table, cells: Row) -> bool:
    low = _number(cells, rule.low) if isinstance(rule.low, str) else rule.low
    value = _number(cells, rule.column)
    return _rising(low, value) and _rising(value, _number(cells, rule.high))


def _not_with(rule: NotWith, _table: Table, cells: Row) -> bool:
    return cells.get(rule.column) is None or cells.get(rule.other) not in rule.values


_HOLDS: Final[dict[type[RowRule], Callable[[Any, Table, Row], bool]]] = {
    NotBefore: _not_before,
    Above: _above,
    Within: _within,
    NotWith: _not_with,
}


def _rising(low: float | None, high: float | None) -> bool:
    return low is None or high is None or low <= high


def _number(cells: Row, name: str) -> float | None:
    value = cells.get(name)
    return value if isinstance(value, int | float) else None


def _day(table: Table, name: str, cells: Row) -> int | None:
    value = cells.get(name)
    if not isinstance(value, int):
        return None
    return value // DAY_SECONDS if _KINDS[table.name, name] == "time" else value


def _settled(table: Table, rows: Iterable[Row], key: Sequence[str]) -> list[Row]:
    """Of rows with equal keys the one known first; in job history also those recorded later, marked as corrections."""
    groups: dict[tuple[Cell, ...], list[tuple[int, int, Row]]] = {}
    for place, row in enumerate(rows):
        groups.setdefault(tuple(row[name] for name in key), []).append((_known(table, row), place, row))
    kept: list[tuple[int, Row]] = []
    for group in groups.values():
        group.sort(key=lambda entry: entry[:2])
        base, place, row = group[0]
        kept.append((place, row))
        if table is contracts.JOB_HISTORY:
            later = (entry for entry in group[1:] if entry[2]["recorded_at"] is not None and entry[0] > base)
            kept += [(place, {**row, "repeat": True}) for _, place, row in later]
    return [row for _, row in sorted(kept, key=lambda entry: entry[0])]


def _known(table: Table, row: Row) -> int:
    """When a row was first known: seconds in job history, days elsewhere."""
    if table is contracts.JOB_HISTORY and row["recorded_at"] is not None:
        return int(row["recorded_at"])
    day = _day(table, str(table.day), row) or 0
    return day * DAY_SECONDS if table is contracts.JOB_HISTORY else day
