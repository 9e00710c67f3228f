"""Drawn tables: a company written as text in a test, and the values that come out of it.

    company = see(tickets='''
        ticket_id | opened_at  | resolved_at
        T1        | 2024-01-10 | 2024-01-14
    ''')
    assert company.over("tickets_open", "2024-01-13", "2024-01-14") == [1, 0]

An empty cell is null. Where a test draws no people, there is one: E1, hired on 2020-01-01, managed by M1 in Sales/North;
a drawn table without an `employee_id` column is about E1.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from features.blocks import Snapshots
from features.build import build, dated_features
from features.catalogue import catalogue
from features.company import UNIT, Company
from features.days import NEVER, to_day
from features.feature import sentence
from features.grams import BUCKETS, packed, unpacked
from features.ingest import load
from features.sentiment import WEIGHT_UNIT, Valence, valued
from features.settings import FeatureSettings
from features.spec import FeatureSpec
from tests.builders import Row, write_table

TODAY = dt.date(2026, 6, 30)
PEOPLE = """
    employee_id | hire_date
    E1          | 2020-01-01
"""
PERSONAL = ("job_history", "surveys", "tickets", "checkins", "signals", "absences", "objections")
SOUNDS = {"good": 0.4, "hm": 0.1, "bitter": -0.4}
"""How the comments of a drawn company sound; a comment of other words cannot be read."""
See = Callable[..., "Seen"]


def table(text: str) -> list[Row]:
    """The rows of a drawn table; an empty cell is None."""
    header, *lines = [[cell.strip() for cell in line.split("|")] for line in text.strip().splitlines()]
    return [{name: cell or None for name, cell in zip(header, line, strict=True)} for line in lines]


def draw(path: Path, **tables: str | None) -> Path:
    """Write drawn tables as a data folder, with the usual person where none is drawn."""
    employees = table(tables.pop("employees", None) or PEOPLE)
    starts: list[Row] = [
        {
            "effective_date": row["hire_date"],
            "event": "hire",
            "employee_id": row["employee_id"],
            "manager_id": "M1",
            "org_unit": "Sales/North",
        }
        for row in employees
    ]
    rows = {name: table(text) for name, text in tables.items() if text is not None}
    path.mkdir()
    for name, found in ({"employees": employees, "job_history": starts} | rows).items():
        write_table(path, name, [{"employee_id": "E1", **row} for row in found] if name in PERSONAL else found)
    return path


@dataclass(frozen=True)
class Seen:
    """A drawn company, to be asked for values."""

    company: Company
    spec: FeatureSpec

    def value(self, name: str, day: str, employee: str = "E1") -> float | None:
        """One value on one day, None for null, to four decimals."""
        return self.values(day, employee)[name]

    def over(self, name: str, *days: str, employee: str = "E1") -> list[float | None]:
        """One column on some days."""
        return [self.value(name, day, employee) for day in days]

    def among(self, name: str, day: str, *employees: str) -> list[float | None]:
        """One column on one day for some people."""
        return [self.value(name, day, employee) for employee in employees]

    def values(self, day: str, employee: str = "E1") -> dict[str, float | None]:
        """All columns on one day, to four decimals; of the employment that is running or the last before."""
        rows = self.row(day, employee)
        names = (feature.name for feature in catalogue(self.spec))
        found = build(self.company, self.spec, rows)[0].tolist()
        return {name: None if np.isnan(value) else round(value, 4) for name, value in zip(names, found, strict=True)}

    def text(self, name: str, day: str, employee: str = "E1") -> str:
        """The value in words, as a reason says it."""
        column = [feature.name for feature in catalogue(self.spec)].index(name)
        found = self.value(name, day, employee)
        _, dates = dated_features(self.company, self.spec, self.row(day, employee))
        date = int(dates[column][0]) if column in dates else NEVER
        return sentence(catalogue(self.spec)[column], float("nan") if found is None else found, date)

    def row(self, day: str, employee: str) -> Snapshots:
        """One row to compute."""
        return Snapshots(np.asarray([self.person(employee, day)], np.int32), np.asarray([on(day)], np.int32))

    def person(self, employee: str, day: str = "2099-12-31") -> int:
        """The place of a person's employment on a day."""
        hired = zip(self.company.people.employee_id, self.company.people.hire.tolist(), strict=True)
        return max(place for place, (name, hire) in enumerate(hired) if name == employee and hire <= on(day))


def on(day: str) -> int:
    """A written day as the arrays count days."""
    return to_day(dt.date.fromisoformat(day))


def see(path: Path, spec: FeatureSpec | None = None, **tables: str | None) -> Seen:
    """Draw a company and push it through the door; `SOUNDS` says how comments of one word sound."""
    company = load(draw(path, **tables), FeatureSettings(rejects_share=1.0), to_day(TODAY)).company
    return Seen(valued(company, reading(SOUNDS)), spec or FeatureSpec())


def reading(sounds: Mapping[str, float]) -> Valence:
    """What reads a comment of one of these words as its number, and others not at all; the words share no letters."""
    weights = np.zeros(BUCKETS, np.int32)
    for word, value in sounds.items():
        _, gram = unpacked(packed([word]))
        weights[gram] = round(value / np.sqrt(len(gram)) * WEIGHT_UNIT)
    return Valence(weights, 0, UNIT // 2)
