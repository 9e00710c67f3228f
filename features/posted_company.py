"""Judged rows of posted people as a `Company`: the same arrays the door makes of a data folder, without Polars.

People with different sources cannot share a company (a missing source is a company's, not a person's), so the caller
puts people with the same sources together.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from features import posted_tables as tables
from features.company import COMPETING, VOLUNTARY, Company, Objections, People, Traces
from features.days import NEVER
from features.denied import category_key
from features.posted_cells import DAY_SECONDS
from features.posted_rows import Row
from features.posted_tables import NameCodes, Rows

DATED: Final = {
    "job_history": "effective_date",
    "surveys": "sent_at",
    "tickets": "opened_at",
    "checkins": "scheduled_at",
    "signals": "occurred_at",
    "absences": "start_date",
}
"""The tables of facts, and the column that places a row in one employment."""
_BY_DATE: Final = frozenset({"job_history", "absences"})
"""Tables placed by a date; the others by a time."""


@dataclass(frozen=True)
class Employee:
    """One employee_id: its employments by hire day, and its rows, those of each table in the order posted."""

    employee_id: str
    employments: Sequence[Row]
    tables: Mapping[str, Sequence[Row]]
    """Only the sources that exist; `job_history` always."""


@dataclass(frozen=True)
class Assembled:
    """A company of posted people, and how many of their rows lie before their first employment."""

    company: Company
    outside_employment: int


def assemble(employees: Sequence[Employee], offboarding: Iterable[str]) -> Assembled:
    """The company of `employees`, which are sorted by id, have equal sources, and whose rows break no rule.

    Parameters
    ----------
    offboarding
        Ticket categories that are traces of somebody leaving.
    """
    placed, outside = _placed(employees)
    names = NameCodes()
    leaving = {category_key(category) for category in offboarding}
    tickets, left = _apart(
        placed.get("tickets"), [category_key(str(c or "")) in leaving for c in _column(placed, "tickets", "category")]
    )
    surveys, exits = _apart(
        placed.get("surveys"), [kind == "exit" for kind in _column(placed, "surveys", "survey_type")]
    )
    checkins, signals, absences = (placed.get(name) for name in ("checkins", "signals", "absences"))
    company = Company(
        people=_people(employees),
        jobs=tables.jobs(placed["job_history"], names),
        traces=_traces(left, exits),
        surveys=tables.surveys(surveys, names) if surveys else None,
        comments=tables.comments(surveys, names) if surveys else None,
        tickets=tables.tickets(tickets, names) if tickets else None,
        checkins=tables.checkins(checkins) if checkins else None,
        signals=tables.signals(signals, names) if signals else None,
        absences=tables.absences(absences) if absences else None,
        objections=_objections(employees),
        names=names.names(),
    )
    return Assembled(company, outside)


def _people(employees: Sequence[Employee]) -> People:
    owner = [number for number, employee in enumerate(employees) for _ in employee.employments]
    rows = Rows(np.asarray(owner, dtype=np.int32), [row for employee in employees for row in employee.employments])
    hire = rows.dates("hire_date")
    same = np.append(rows.person[1:] == rows.person[:-1], [False])
    return People(
        employee_id=tuple(employees[number].employee_id for number in owner),
        employee=rows.person,
        hire=hire,
        next_hire=np.where(same, np.append(hire[1:], NEVER), NEVER).astype(np.int32),
        resignation=rows.dates("resignation_date"),
        termination=rows.dates("termination_date"),
        exit_kind=np.asarray([_exit_kind(row) for row in rows.rows], dtype=np.int8),
        exit_recorded=rows.days("exit_recorded_at"),
    )


def _exit_kind(row: Row) -> int:
    if row["resignation_date"] is None and row["termination_date"] is None:
        return 0
    kind = row["termination_type"] or ("other" if row["resignation_date"] is None else "voluntary")
    return VOLUNTARY if kind == "voluntary" else COMPETING


def _placed(employees: Sequence[Employee]) -> tuple[dict[str, Rows], int]:
    """The rows of each table by employment, and how many lie before the first one and are left out."""
    found: dict[str, tuple[list[int], list[Row]]] = {name: ([], []) for name in DATED if name in employees[0].tables}
    outside, first = 0, 0
    for employee in employees:
        hires = [_integer(row["hire_date"]) for row in employee.employments]
        for name, (person, kept) in found.items():
            places = [(_employment(hires, _day(name, row)), row) for row in employee.tables[name]]
            held = sorted((entry for entry in places if entry[0] >= 0), key=lambda entry: entry[0])
            person.extend(first + place for place, _ in held)
            kept.extend(row for _, row in held)
            outside += len(places) - len(held)
        first += len(hires)
    return {name: Rows(np.asarray(person, dtype=np.int32), rows) for name, (person, rows) in found.items()}, outside


def _day(table: str, row: Row) -> int:
    value = _integer(row[DATED[table]])
    return value if table in _BY_DATE else value // DAY_SECONDS


def _integer(cell: object) -> int:
    return cell if isinstance(cell, int) else 0


def _employment(hires: Sequence[int], day: int) -> int:
    """The last employment that began on or before `day`, -1 before the first."""
    return sum(hire <= day for hire in hires) - 1


def _column(placed: Mapping[str, Rows], table: str, column: str) -> list[object]:
    return [row[column] for row in placed[table].rows] if table in placed else []


def _apart(rows: Rows | None, trace: Sequence[bool]) -> tuple[Rows | None, Rows | None]:
    """The rows that are no traces of somebody leaving, and those that are."""
    mask = np.asarray(trace, dtype=np.bool_)
    return (None, None) if rows is None else (rows.where(~mask), rows.where(mask))


def _traces(tickets: Rows | None, surveys: Rows | None) -> Traces:
    parts = [
        (rows.person, rows.days(column)) for rows, column in ((tickets, "opened_at"), (surveys, "sent_at")) if rows
    ]
    empty = np.zeros(0, dtype=np.int32)
    person = np.concatenate([empty, *(person for person, _ in parts)])
    day = np.concatenate([empty, *(day for _, day in parts)])
    order = np.lexsort((day, person))
    return Traces(person[order], day[order])


def _objections(employees: Sequence[Employee]) -> Objections | None:
    rows = [(number, row) for number, employee in enumerate(employees) for row in employee.tables.get("objections", ())]
    if not rows:
        return None
    table = Rows(np.asarray([number for number, _ in rows], dtype=np.int32), [row for _, row in rows])
    return Objections(table.person, table.days("objected_at"), table.days("withdrawn_at"))
