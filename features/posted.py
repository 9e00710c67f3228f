"""One request's people -> companies the feature engine can read; or what is wrong with the request.

Two kinds of fault are kept apart. A body that is not JSON, or whose values do not have the form of their columns, is
refused whole, with a pointer to every fault. A record of the right form that breaks a rule of its table refuses its
person alone (`Posted.invalid`). Nothing here knows HTTP, Polars or the clock.

Columns that name a protected fact are left out without a look at their values; unknown columns of a row are ignored,
as in a data folder; an unknown key beside `as_of`, or of a person, is a fault, since it is most likely a slip.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

from features import contracts, denied, posted_json, table_spec
from features.company import Company
from features.faults import Fault, FaultsError
from features.posted_cells import FormError, RuleError, judge
from features.posted_company import DATED, Employee, assemble
from features.posted_rows import MOST_FAULTS, Findings, Judge, Row
from features.table_spec import Column

_AS_OF: Final = Column("as_of", "date", required=True)
_TABLES: Final = {table.name: table for table in contracts.TABLES if table.name in posted_json.TABLES}


@dataclass(frozen=True)
class Limits:
    """How much one request may ask for."""

    people: int = 1_000
    """Entries of `employees`."""
    rows: int = 5_000
    """Rows of all tables together that one entry may have."""


@dataclass(frozen=True)
class Part:
    """People with the same sources: a company, and for each entry of the request in it its employment."""

    company: Company
    entries: tuple[int, ...]
    """Indices into the request's `employees`."""
    persons: tuple[int, ...]
    """Indices into the company's people, in the order of `entries`."""


@dataclass(frozen=True)
class LeftOut:
    """What was not used, in counts."""

    denied_columns: int
    """Columns that name a protected fact."""
    denied_rows: int
    """Tickets of denied categories; signals and survey questions that name a protected fact."""
    repeated_rows: int
    """Rows identical to another, or with the key of one known earlier."""
    outside_employment: int
    """Rows dated before the first employment."""


@dataclass(frozen=True)
class Posted:
    """A request, read."""

    as_of: int
    """Days since 1970."""
    employee_ids: tuple[str, ...]
    """In the order posted."""
    parts: tuple[Part, ...]
    invalid: Mapping[int, str]
    """For each entry that breaks a rule: table, row, column and rule, in words."""
    left_out: LeftOut


@dataclass(frozen=True)
class _Entry:
    """One entry of `employees`, judged; `broken` says which rule it breaks, empty for none."""

    employee_id: str
    employment: Row
    tables: Mapping[str, list[Row]]
    broken: str


def read(body: bytes, today: int, offboarding: Sequence[str], limits: Limits) -> Posted:
    """Read and judge a request.

    Parameters
    ----------
    body
        The JSON text.
    today
        The clock's day; a day later may be asked for, none beyond.
    offboarding
        Ticket categories that are traces of somebody leaving.

    Raises
    ------
    MalformedError
        The body is not JSON.
    FaultsError
        The body breaks rules of the request as a whole.
    """
    found = posted_json.read(body)
    findings = Findings()
    judge_ = Judge(today + 1, findings)
    people = _people(found.value, findings, limits)
    as_of = _as_of(found.value, today, findings)
    entries = [_entry(value, f"/employees/{number}", judge_, limits) for number, value in enumerate(people)]
    _refuse_twice(entries, findings)
    if findings.faults:
        raise FaultsError(findings.faults[:MOST_FAULTS])
    return _assembled(as_of, entries, judge_, offboarding, found.denied_columns)


def _people(value: Any, findings: Findings, limits: Limits) -> list[Any]:
    """The entries, as far as the request has the form of one."""
    if not isinstance(value, dict):
        raise FaultsError([Fault("", "not an object")])
    _refuse_unknown(value, posted_json.TOP, "", findings)
    people = value.get("employees")
    if not isinstance(people, list):
        findings.faults.append(Fault("/employees", table_spec.MISSING if people is None else "not a list"))
        return []
    if not 1 <= len(people) <= limits.people:
        findings.faults.append(Fault("/employees", f"1 to {limits.people} people"))
        return []
    return people


def _as_of(value: Mapping[str, Any], today: int, findings: Findings) -> int:
    try:
        day = judge(_AS_OF, value.get("as_of"), today + 1)
    except (FormError, RuleError) as error:
        findings.faults.append(Fault("/as_of", str(error)))
        return 0
    if not isinstance(day, int) or day > today + 1:
        findings.faults.append(Fault("/as_of", "after tomorrow"))
        return 0
    return day


def _refuse_unknown(value: Mapping[str, Any], known: frozenset[str], pointer: str, findings: Findings) -> None:
    if any(key not in known and not denied.denied_name(key) for key in value):
        findings.faults.append(Fault(pointer, "unknown key", f"Known are: {', '.join(sorted(known))}."))


def _entry(value: Any, pointer: str, judge_: Judge, limits: Limits) -> _Entry:
    faults = judge_.findings.faults
    if not isinstance(value, dict):
        faults.append(Fault(pointer, "not an object"))
        return _Entry("", {}, {}, "")
    _refuse_unknown(value, posted_json.PERSON, pointer, judge_.findings)
    employment, fault = judge_.row(contracts.EMPLOYEES, value, pointer)
    broken = f"Table employees, row 1, column {fault[0]}: {fault[1]}." if fault else ""
    tables: dict[str, list[Row]] = {}
    lists = {name: _list(value.get(name), f"{pointer}/{name}", judge_) for name in _TABLES}
    if sum(len(rows or ()) for rows in lists.values()) > limits.rows:
        faults.append(Fault(pointer, f"at most {limits.rows} rows in all tables together"))
        return _Entry("", {}, {}, "")
    for name, rows in lists.items():
        if rows is not None:
            tables[name], found = judge_.rows(_TABLES[name], rows, f"{pointer}/{name}")
            broken = broken or str(found or "")
    return _Entry(str(employment.get("employee_id", "")), employment, tables, broken)


def _list(value: Any, pointer: str, judge_: Judge) -> list[Any] | None:
    if value is None or isinstance(value, list):
        return value
    judge_.findings.faults.append(Fault(pointer, "not a list"))
    return None


def _refuse_twice(entries: Sequence[_Entry], findings: Findings) -> None:
    """Two entries of one employment are a fault: nobody could say whose records count."""
    seen: set[tuple[str, Any]] = set()
    for number, entry in enumerate(entries):
        key = (entry.employee_id, entry.employment.get("hire_date"))
        if key in seen and not findings.faults:
            findings.faults.append(Fault(f"/employees/{number}", table_spec.DUPLICATE, "employee_id + hire_date"))
        seen.add(key)


def _assembled(
    as_of: int, entries: Sequence[_Entry], judge_: Judge, offboarding: Sequence[str], columns: int
) -> Posted:
    by_id: dict[str, list[int]] = {}
    for number, entry in enumerate(entries):
        by_id.setdefault(entry.employee_id, []).append(number)
    invalid: dict[int, str] = {}
    groups: dict[tuple[str, ...], list[tuple[Employee, list[int]]]] = {}
    for id_ in sorted(by_id):
        numbers = sorted(by_id[id_], key=lambda number: _hire(entries[number]))
        if broken := _broken([entries[number] for number in numbers]):
            invalid.update(dict.fromkeys(numbers, broken))
            continue
        employee = _employee(id_, [entries[number] for number in numbers], judge_)
        groups.setdefault(tuple(sorted(set(employee.tables) & set(DATED))), []).append((employee, numbers))
    outside, parts = 0, []
    for members in groups.values():
        assembled = assemble([employee for employee, _ in members], offboarding)
        outside += assembled.outside_employment
        order = tuple(number for _, numbers in members for number in numbers)
        parts.append(Part(assembled.company, order, tuple(range(len(order)))))
    found = judge_.findings
    left_out = LeftOut(columns, found.denied_rows, found.collapsed + found.repeated, outside)
    return Posted(as_of, tuple(entry.employee_id for entry in entries), tuple(parts), invalid, left_out)


def _broken(entries: Sequence[_Entry]) -> str:
    """Which rule the entries of one employee_id, by hire date, break; empty for none."""
    for entry in entries:
        if entry.broken:
            return entry.broken
    for before, after in pairwise(entries):
        ends = (before.employment["termination_date"], before.employment["resignation_date"])
        end = next((day for day in ends if isinstance(day, int)), None)
        if end is None or _hire(after) < end:
            return f"Table employees, row 1, column hire_date: {table_spec.OVERLAP}."
    return ""


def _hire(entry: _Entry) -> int:
    """The hire day; 0 where it breaks a rule."""
    day = entry.employment.get("hire_date")
    return day if isinstance(day, int) else 0


def _employee(id_: str, entries: Sequence[_Entry], judge_: Judge) -> Employee:
    """The entries of one employee_id as one employee, with the rows of all of them."""
    names = {"job_history", *(name for entry in entries for name in entry.tables)}
    pooled = {name: [row for entry in entries for row in entry.tables.get(name, ())] for name in names}
    settled = {name: judge_.distinct(_TABLES[name], rows) for name, rows in pooled.items()}
    return Employee(id_, [entry.employment for entry in entries], settled)
