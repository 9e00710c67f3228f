"""A request's people become the same company as a folder's: every array equal once codes are read as texts."""

import json
from dataclasses import fields
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest

from features import posted
from features.company import Company, Names
from features.ingest import load
from features.settings import OFFBOARDING, FeatureSettings
from tests.builders import folder
from tests.served import day

TODAY: Final = day("2026-10-01")
LISTS: Final = {
    "manager": "managers", "unit": "units", "job_family": "job_families", "job_title": "job_titles",
    "location": "locations", "employment_type": "employment_types", "driver": "drivers", "category": "categories",
    "priority": "priorities", "language": "languages",
}  # fmt: skip
TABLES: Final = (
    "people",
    "jobs",
    "traces",
    "surveys",
    "comments",
    "tickets",
    "checkins",
    "signals",
    "absences",
    "objections",
)
Rows = list[dict[str, Any]]


def assert_equal(found: Company, expected: Company) -> None:
    """Every table equal, column by column."""
    for table in TABLES:
        mine, theirs = getattr(found, table), getattr(expected, table)
        assert (mine is None) == (theirs is None), table
        for field in fields(theirs) if theirs is not None else ():
            if field.name == "row":
                continue  # a row's place in the file, and in the request
            left, right = (_readable(t, c.names, field.name) for t, c in ((mine, found), (theirs, expected)))
            np.testing.assert_array_equal(left, right, err_msg=f"{table}.{field.name}")
            if isinstance(left, np.ndarray):
                assert left.dtype == right.dtype, f"{table}.{field.name}"


def both(path: Path, people: Rows, tables: dict[str, Rows]) -> tuple[Company, Company]:
    """The company of the same rows as posted and as read from CSV."""
    request: Rows = []
    for person in people:
        own = {name: [_without_id(row) for row in rows if row["employee_id"] == person["employee_id"]]
               for name, rows in tables.items()}  # fmt: skip
        first = all(other["employee_id"] != person["employee_id"] for other in request)
        request.append({**person, **(own if first else {})})
    body = json.dumps({"as_of": "2026-09-01", "employees": request}).encode()
    read = posted.read(body, TODAY, OFFBOARDING, posted.Limits())
    assert not read.invalid
    (part,) = read.parts
    settings = FeatureSettings(rejects_share=1.0)
    return part.company, load(folder(path, form="csv", employees=people, **tables), settings, TODAY).company


def _without_id(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "employee_id" and value is not None}


def _readable(table: Any, names: Names, column: str) -> Any:
    values = getattr(table, column)
    if column == "name":
        texts = names.signals
    elif column in LISTS:
        texts = getattr(names, LISTS[column])
    else:
        return values
    return np.asarray([texts[code] if code >= 0 else "" for code in values], dtype=object)


def test_every_form_and_case_the_door_knows(tmp_path: Path) -> None:
    """Rehires, corrections, repeats, traces, denied rows, default scales, midnights, offsets: as at the door."""
    people: Rows = [
        {"employee_id": "007", "hire_date": "2019-01-07", "resignation_date": "2021-05-01", "termination_date": "2021-06-30"},
        {"employee_id": "007", "hire_date": "2021-06-30", "termination_date": "9999-12-31"},
        {"employee_id": "A", "hire_date": "2020-02-29T00:00:00Z", "termination_date": "2026-08-31",
         "termination_type": "VOLUNTARY", "exit_recorded_at": "2026-08-01 23:30:00-02:00"},
        {"employee_id": "b", "hire_date": "2022-01-01", "termination_date": "2026-08-31"},
        {"employee_id": "B", "hire_date": "2022-01-01", "termination_date": "2026-08-31", "termination_type": "Mutual"},
    ]  # fmt: skip
    jobs: Rows = [
        {"employee_id": "007", "effective_date": "2019-01-07", "event": "hire", "manager_id": " M1 ", "org_unit": "A/B",
         "job_level": "Grade 7", "base_salary": 100.5, "fte": 1},
        {"employee_id": "007", "effective_date": "2020-01-01", "event": "pay_change", "base_salary": 110,
         "recorded_at": "2020-02-01T10:00:00Z"},
        {"employee_id": "007", "effective_date": "2020-01-01", "event": "pay_change", "base_salary": 120,
         "recorded_at": "2020-02-01T12:00:00Z"},
        {"employee_id": "007", "effective_date": "2020-01-01", "event": "pay_change", "base_salary": 115,
         "recorded_at": "2020-01-20"},
        {"employee_id": "007", "effective_date": "2018-01-01", "event": "hire", "base_salary": 1},
        {"employee_id": "007", "effective_date": "2021-06-30", "event": "REHIRE", "manager_id": "M2", "job_level": "L8.5"},
        {"employee_id": "A", "effective_date": "2020-02-29", "event": "hire", "manager_id": "M1", "compa_ratio": 0.98},
        {"employee_id": "A", "effective_date": "2020-02-29", "event": "hire", "manager_id": "M9"},
        {"employee_id": "b", "effective_date": "2022-01-01", "event": "hire", "location": "Berlin", "job_level": "Senior"},
        {"employee_id": "b", "effective_date": "2022-01-01", "event": "hire", "location": "Berlin", "job_level": "Senior"},
    ]  # fmt: skip
    surveys: Rows = [
        {"survey_id": "w1", "employee_id": "A", "sent_at": "2021-01-01", "responded_at": "2021-01-01T23:30:00-01:00",
         "driver": " eNPS ", "score": 9, "comment": " Über\u2003ALLES ", "language": "de-AT"},
        {"survey_id": "w1", "employee_id": "A", "sent_at": "2021-01-01", "driver": "Growth", "score": 4},
        {"survey_id": "w1", "employee_id": "A", "sent_at": "2021-01-01", "responded_at": "2021-01-03", "driver": "growth",
         "score": 3.3, "scale_max": 7, "attribution": "Confidential", "comment": "u\u0308ber ΣΑΣ 😀", "language": "x-y"},
        {"survey_id": "w2", "employee_id": "A", "sent_at": "2021-02-01", "responded_at": "2021-02-03",
         "driver": "mental health", "score": 3},
        {"survey_id": "w3", "employee_id": "A", "survey_type": "Exit", "sent_at": "2026-08-20", "driver": "reason",
         "responded_at": "2026-08-21", "comment": "I leave", "language": "fr"},
        {"survey_id": "w4", "employee_id": "b", "survey_type": "onboarding", "sent_at": "2022-02-01T08:00",
         "responded_at": "2022-02-01", "driver": "start", "score": 1, "scale_min": 0, "org_unit": "A/B", "comment": "\u3000", "language": "EN_gb"},
        {"survey_id": "w5", "employee_id": "b", "sent_at": "2022-03-01", "driver": "start", "comment": "unanswered"},
    ]  # fmt: skip
    tickets: Rows = [
        {"ticket_id": "1", "employee_id": "007", "opened_at": "2021-03-01T09:00:00+05:30", "category": "Payroll",
         "priority": "HIGH", "first_response_at": "2021-03-01", "resolved_at": "2021-03-04T10:00:00.750Z", "csat": 4,
         "reopen_count": 2},
        {"ticket_id": "1", "employee_id": "007", "opened_at": "2021-03-01T09:00:00+05:30", "category": "other"},
        {"ticket_id": "2", "employee_id": "007", "opened_at": "2021-03-02", "category": "Employee Relations"},
        {"ticket_id": "3", "employee_id": "A", "opened_at": "2026-08-02", "category": "Final Pay"},
        {"ticket_id": "4", "employee_id": "A", "opened_at": "2025-08-02", "csat": 3, "csat_max": 10},
        {"ticket_id": "5", "employee_id": "A", "opened_at": "2019-08-02"},
    ]  # fmt: skip
    checkins: Rows = [
        {"checkin_id": "1", "employee_id": "A", "scheduled_at": "2021-03-01T09:00:00Z", "status": "Held",
         "conversation_type": "WHAT"},
        {"checkin_id": "2", "employee_id": "A", "scheduled_at": "2021-04-01", "held_at": "2021-04-05", "status": "scheduled"},
        {"checkin_id": "3", "employee_id": "A", "scheduled_at": "2021-05-01", "status": "cancelled", "cancelled_by": "manager"},
        {"checkin_id": "4", "employee_id": "b", "scheduled_at": "2022-05-01", "status": "missed", "conversation_type": "want"},
        {"checkin_id": "5", "employee_id": "b", "scheduled_at": "2027-05-01"},
    ]  # fmt: skip
    signals: Rows = [
        {"employee_id": "A", "occurred_at": "2021-01-01", "name": " Recognition", "value": 1.25},
        {"employee_id": "A", "occurred_at": "2021-01-01", "name": " Recognition", "value": 1.25},
        {"employee_id": "A", "occurred_at": "2021-01-02", "name": "recognition", "recorded_at": "2021-02-02T00:00:00Z"},
        {"employee_id": "A", "occurred_at": "2021-01-02", "name": "sick_days", "value": 3},
        {"employee_id": "b", "occurred_at": "2023-01-02", "name": "Überstunden", "recorded_at": "2022-12-30", "value": -2},
    ]  # fmt: skip
    absences: Rows = [
        {"employee_id": "A", "start_date": "2021-01-01", "end_date": "2021-01-31"},
        {"employee_id": "007", "start_date": "2021-06-29"},
    ]
    objections: Rows = [{"employee_id": "b", "objected_at": "2023-01-01", "withdrawn_at": "2024-01-01T12:00:00Z"}]
    tables = {"job_history": jobs, "surveys": surveys, "tickets": tickets, "checkins": checkins, "signals": signals,
              "absences": absences, "objections": objections}  # fmt: skip
    assert_equal(*both(tmp_path, people, tables))


@pytest.mark.parametrize("seed", range(8))
def test_random_records(tmp_path: Path, seed: int) -> None:
    """Random records of random completeness, some of them repeated, make equal companies."""
    rng = np.random.default_rng(seed)

    def some(**columns: Any) -> dict[str, Any]:
        return {name: value for name, value in columns.items() if rng.random() < 0.8}

    def when(first: str, last: str) -> str:
        date = np.datetime64(first) + np.timedelta64(
            int(rng.integers((np.datetime64(last) - np.datetime64(first)).astype(int)))
        )
        clock = ("", "T06:30:00Z", "T23:59:59-03:00", " 00:10", "T12:00:00.5+02:00")[rng.integers(5)]
        return f"{date}{clock}"

    def pick(*values: Any) -> Any:
        return values[rng.integers(len(values))]

    ids = [f"E{number:03d}" for number in range(12)]
    people: Rows = [{"employee_id": id_, "hire_date": when("2018-01-01", "2022-01-01")[:10]} for id_ in ids]
    rows: dict[str, Rows] = {
        "job_history": [
            {"employee_id": pick(*ids), "effective_date": when("2017-06-01", "2026-01-01")[:10],
             "event": pick("hire", "transfer", "pay_change"),
             **some(manager_id=pick("M1", "M2"), org_unit=pick("A", "A/B"), job_level=f"L{rng.integers(9)}",
                    base_salary=float(rng.integers(9000)) / 7, recorded_at=when("2018-01-01", "2026-01-01"))}
            for _ in range(120)
        ],
        "surveys": [
            {"survey_id": f"W{rng.integers(20)}", "employee_id": pick(*ids), "sent_at": when("2019-01-01", "2024-01-01")[:10],
             "driver": pick("enps", "Growth", "workload"),
             **some(survey_type=pick("pulse", "exit", "onboarding"), responded_at=when("2024-01-02", "2026-01-01"),
                    score=float(rng.integers(1, 6)), attribution=pick("identified", "anonymous"),
                    comment=" ".join(pick("Ärger", "fine", "OK!", "日本") for _ in range(rng.integers(6))),
                    language=pick("de", "EN-us", "ja"))}
            for _ in range(120)
        ],
        "tickets": [
            {"ticket_id": f"{id_}-{number}", "employee_id": id_, "opened_at": when("2019-01-01", "2024-01-01"),
             **some(category=pick("Payroll", "exit", "legal"), first_response_at=when("2024-01-02", "2025-01-01"),
                    resolved_at=when("2025-01-02", "2026-01-01"), csat=float(rng.integers(6)), reopen_count=int(rng.integers(3)))}
            for id_ in ids for number in rng.integers(8, size=9)
        ],
        "checkins": [
            {"checkin_id": f"{id_}-{number}", "employee_id": id_, "scheduled_at": when("2019-01-01", "2026-01-01"),
             **some(status=pick("held", "scheduled", "missed", "cancelled"), conversation_type=pick("what", "how", "want"))}
            for id_ in ids for number in rng.integers(8, size=9)
        ],
        "signals": [
            {"employee_id": pick(*ids), "occurred_at": when("2019-01-01", "2026-01-01"), "name": pick("Learning", "goal"),
             **some(value=float(rng.normal()), recorded_at=when("2019-01-01", "2026-01-01"))}
            for _ in range(150)
        ],
    }  # fmt: skip
    for table in rows.values():
        table += [dict(table[place]) for place in rng.integers(len(table), size=5)]
    assert_equal(*both(tmp_path, people, rows))
