"""The exact reader of a posted request: every verdict and every message comes from here, a value at a time.

It also judges single entries, for `posted` and `posted_stream`, which read the plain good ones another way.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

from features import contracts, denied, posted_json, table_spec
from features.facts import Employed
from features.faults import Fault, FaultsError
from features.posted_cells import FormError, RuleError, judge
from features.posted_company import DATED, Employee, assemble
from features.posted_rows import MOST_FAULTS, Findings, Judge, Row
from features.posted_types import LeftOut, Limits, Part, Posted
from features.table_spec import Column

_AS_OF: Final = Column("as_of", "date", required=True)
_TABLES: Final = {table.name: table for table in contracts.TABLES if table.name in posted_json.TABLES}


@dataclass(frozen=True)
class Entry:
    """One entry of `employees`, judged; `broken` says which rule it breaks, empty for none."""

    employee_id: str
    employment: Row
    tables: Mapping[str, list[Row]]
    broken: str


@dataclass(frozen=True)
class Member:
    """An employee without fault, and the entries that are its employments, by hire date."""

    employee: Employee
    entries: Sequence[int]

    @property
    def sources(self) -> tuple[str, ...]:
        """The tables of facts posted for the employee: people who share them share a company."""
        return tuple(sorted(self.employee.tables.keys() & DATED.keys()))


def read(body: bytes, today: int, offboarding: Sequence[str], limits: Limits) -> Posted:
    """Read and judge a request; parameters and errors as of `posted.read`."""
    found = posted_json.read(body)
    findings = Findings()
    judge_ = Judge(today + 1, findings)
    people = _people(found.value, findings, limits)
    as_of = day(found.value, today, findings)
    entries = [entry(value, f"/employees/{number}", judge_, limits) for number, value in enumerate(people)]
    if not findings.faults:
        findings.faults += [twice(f"/employees/{number}") for number in repeated(entries)[:1]]
    if findings.faults:
        raise FaultsError(findings.faults[:MOST_FAULTS])
    return posted(as_of, entries, judge_, offboarding, found.denied_columns)


def posted(
    as_of: int, entries: Sequence[Entry], judge_: Judge, offboarding: Sequence[str], denied_columns: int
) -> Posted:
    """What entries without fault come to."""
    members, invalid = employees(dict(enumerate(entries)), judge_)
    outside, parts = _parts(members, offboarding)
    ids = tuple(entry.employee_id for entry in entries)
    return Posted(as_of, ids, parts, invalid, left_out(judge_.findings, denied_columns, outside))


def day(value: Mapping[str, Any], today: int, findings: Findings) -> int:
    """The day asked for; 0 with a fault where it is none, or lies after tomorrow."""
    try:
        day = judge(_AS_OF, value.get("as_of"), today + 1)
    except (FormError, RuleError) as error:
        findings.faults.append(Fault("/as_of", str(error)))
        return 0
    if not isinstance(day, int) or day > today + 1:
        findings.faults.append(Fault("/as_of", "after tomorrow"))
        return 0
    return day


def refuse_unknown(value: Mapping[str, Any], known: frozenset[str], pointer: str, findings: Findings) -> None:
    """A fault where an object has a key that is neither known nor denied."""
    if any(key not in known and not denied.denied_name(key) for key in value):
        findings.faults.append(Fault(pointer, "unknown key", f"Known are: {', '.join(sorted(known))}."))


def _pass_unknown_columns(value: Mapping[str, Any], pointer: str, findings: Findings) -> None:
    """A person's unknown values are ignored and counted, as a table's unknown columns are; an unknown table is a slip."""
    unknown = [key for key in value if key not in posted_json.PERSON and not denied.denied_name(key)]
    tables = [key for key in unknown if isinstance(value[key], list | dict)]
    findings.unknown_columns += len(unknown) - len(tables)
    if tables:
        findings.faults.append(Fault(pointer, "unknown key", f"Known are: {', '.join(sorted(posted_json.PERSON))}."))


def entry(value: Any, pointer: str, judge_: Judge, limits: Limits) -> Entry:
    """One entry of `employees`, judged; what has no form is added to the judge's findings."""
    faults = judge_.findings.faults
    if not isinstance(value, dict):
        faults.append(Fault(pointer, "not an object"))
        return Entry("", {}, {}, "")
    _pass_unknown_columns(value, pointer, judge_.findings)
    employment, fault = judge_.row(contracts.EMPLOYEES, value, pointer)
    broken = f"Table employees, row 1, column {fault[0]}: {fault[1]}." if fault else ""
    tables: dict[str, list[Row]] = {}
    lists = {name: _list(value.get(name), f"{pointer}/{name}", judge_) for name in _TABLES}
    if sum(len(rows or ()) for rows in lists.values()) > limits.rows:
        faults.append(Fault(pointer, f"at most {limits.rows} rows in all tables together"))
        return Entry("", {}, {}, "")
    for name, rows in lists.items():
        if rows is not None:
            tables[name], found = judge_.rows(_TABLES[name], rows, f"{pointer}/{name}")
            broken = broken or str(found or "")
    return Entry(str(employment.get("employee_id", "")), employment, tables, broken)


def repeated(entries: Iterable[Entry]) -> list[int]:
    """The places of entries of an employment that an earlier one was of: nobody could say whose records count."""
    seen: set[tuple[str, Any]] = set()
    found: list[int] = []
    for number, entry in enumerate(entries):
        key = (entry.employee_id, entry.employment.get("hire_date"))
        if key in seen:
            found.append(number)
        seen.add(key)
    return found


def twice(pointer: str) -> Fault:
    """What is wrong with a second entry of one employment."""
    return Fault(pointer, table_spec.DUPLICATE, "employee_id + hire_date")


def employees(entries: Mapping[int, Entry], judge_: Judge) -> tuple[list[Member], dict[int, str]]:
    """The employees without fault, by id; and for the entries of the others the rule that is broken."""
    by_id: dict[str, list[int]] = {}
    for number, entry in entries.items():
        by_id.setdefault(entry.employee_id, []).append(number)
    members: list[Member] = []
    invalid: dict[int, str] = {}
    for id_ in sorted(by_id):
        numbers = sorted(by_id[id_], key=lambda number: _hire(entries[number]))
        if broken := _broken([entries[number] for number in numbers]):
            invalid.update(dict.fromkeys(numbers, broken))
        else:
            members.append(Member(_employee(id_, [entries[number] for number in numbers], judge_), numbers))
    return members, invalid


def left_out(findings: Findings, denied_columns: int, outside: int) -> LeftOut:
    """The counts of an answer."""
    repeats = findings.collapsed + findings.repeated
    return LeftOut(denied_columns, findings.denied_rows, repeats, outside, findings.unknown_columns)


def _people(value: Any, findings: Findings, limits: Limits) -> list[Any]:
    """The entries, as far as the request has the form of one."""
    if not isinstance(value, dict):
        raise FaultsError([Fault("", "not an object")])
    refuse_unknown(value, posted_json.TOP, "", findings)
    people = value.get("employees")
    if not isinstance(people, list):
        findings.faults.append(Fault("/employees", table_spec.MISSING if people is None else "not a list"))
        return []
    if not 1 <= len(people) <= limits.people:
        findings.faults.append(Fault("/employees", f"1 to {limits.people} people"))
        return []
    return people


def _parts(members: Iterable[Member], offboarding: Sequence[str]) -> tuple[int, tuple[Part, ...]]:
    """A part for each set of sources, and how many rows lie outside their employment."""
    groups: dict[tuple[str, ...], list[Member]] = {}
    for member in members:
        groups.setdefault(member.sources, []).append(member)
    outside, parts = 0, []
    for group in groups.values():
        assembled = assemble([member.employee for member in group], offboarding)
        outside += assembled.outside_employment
        order = tuple(number for member in group for number in member.entries)
        parts.append(Part(Employed(assembled.company), order))
    return outside, tuple(parts)


def _list(value: Any, pointer: str, judge_: Judge) -> list[Any] | None:
    if value is None or isinstance(value, list):
        return value
    judge_.findings.faults.append(Fault(pointer, "not a list"))
    return None


def _broken(entries: Sequence[Entry]) -> str:
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


def _hire(entry: Entry) -> int:
    """The hire day; 0 where it breaks a rule."""
    day = entry.employment.get("hire_date")
    return day if isinstance(day, int) else 0


def _employee(id_: str, entries: Sequence[Entry], judge_: Judge) -> Employee:
    """The entries of one employee_id as one employee, with the rows of all of them."""
    names = {"job_history", *(name for entry in entries for name in entry.tables)}
    pooled = {name: [row for entry in entries for row in entry.tables.get(name, ())] for name in names}
    settled = {name: judge_.distinct(_TABLES[name], rows) for name, rows in pooled.items()}
    return Employee(id_, [entry.employment for entry in entries], settled)
