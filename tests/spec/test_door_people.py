"""Employments and what belongs to them: rehires, overlaps, managers, exits, and facts that belong to nobody."""

import datetime as dt
from pathlib import Path
from typing import Any

from features.company import Company
from features.days import NEVER, to_date, to_day
from features.ingest import Ingested, load
from features.report import TableReport
from features.settings import FeatureSettings
from tests.builders import checkin, employee, folder, frame, job, jobs, people, signal, survey, ticket

TODAY = to_day(dt.date(2024, 7, 1))
LENIENT = FeatureSettings(rejects_share=1.0)
REHIRED = [employee(hire_date="2023-01-01"), employee(hire_date="2020-01-01", termination_date="2021-06-30")]


def ingested(tmp_path: Path, **tables: Any) -> Ingested:
    """A folder through the door."""
    return load(folder(tmp_path / "data", **tables), LENIENT, TODAY, tmp_path / "rejects.csv")


def counts(result: Ingested, table: str) -> TableReport:
    """One table's counts."""
    found = result.report.table(table)
    assert found is not None
    return found


def dates(days: Any) -> list[str | None]:
    """Days as texts, None for never."""
    return [None if day == NEVER else str(to_date(day)) for day in days]


def hires(company: Company) -> list[tuple[str, str | None]]:
    """Employments in the company's order."""
    return list(zip(company.people.employee_id, dates(company.people.hire), strict=True))


def test_people_are_sorted_by_id_and_hire(tmp_path: Path) -> None:
    """The order of the file does not matter, and leading zeros stay."""
    company = ingested(
        tmp_path,
        employees=[
            employee("10"),
            employee("007", "2022-01-01"),
            employee("007", "2020-01-01", termination_date="2021-01-01"),
        ],
    ).company
    assert hires(company) == [("007", "2020-01-01"), ("007", "2022-01-01"), ("10", "2020-01-01")]
    assert company.people.employee.tolist() == [0, 0, 1]
    assert dates(company.people.next_hire) == ["2022-01-01", None, None]


def test_a_rehire_is_a_second_employment_and_gets_its_own_facts(tmp_path: Path) -> None:
    """A fact belongs to the employment whose [hire date, next hire date) holds its day."""
    days = ["2019-12-31", "2020-01-01", "2022-12-31", "2023-01-01", "2024-01-01"]
    result = ingested(
        tmp_path,
        employees=REHIRED,
        job_history=[job(effective_date="2023-01-01", event="rehire"), job()],
        signals=[signal(occurred_at=day) for day in days],
        absences=[{"employee_id": "E000001", "start_date": day} for day in days],
        checkins=[checkin(f"C{at}", scheduled_at=f"{day}T23:00:00Z") for at, day in enumerate(days)],
        tickets=[ticket(f"T{at}", opened_at=f"{day}T23:00:00Z") for at, day in enumerate(days)],
        surveys=[survey(f"S{at}", sent_at=f"{day}T23:00:00Z") for at, day in enumerate(days)],
    )
    company = result.company
    assert company.jobs.person.tolist() == [0, 1]
    for table in (company.signals, company.absences, company.checkins, company.tickets, company.surveys):
        assert table is not None
        assert table.person.tolist() == [0, 0, 1, 1]
    assert counts(result, "signals").outside_employment == 1
    assert counts(result, "signals").left_out == 1
    assert counts(result, "signals").rejected == 0


def test_an_instant_belongs_to_its_utc_day(tmp_path: Path) -> None:
    """An evening in New York is the next day in UTC, and so the day of the second hire."""
    company = ingested(
        tmp_path, employees=REHIRED, signals=[signal(occurred_at="2022-12-31T20:00:00-05:00", name="goal")]
    ).company
    assert company.signals is not None
    assert (company.signals.person.tolist(), dates(company.signals.occurred)) == ([1], ["2023-01-01"])


def test_job_history_before_the_first_hire_is_set_aside(tmp_path: Path) -> None:
    """It is counted, and no reject."""
    result = ingested(tmp_path, job_history=[job(effective_date="2019-12-31"), job(event="pay_change")])
    assert (counts(result, "job_history").outside_employment, counts(result, "job_history").rejected) == (1, 0)
    assert result.company.jobs.event.tolist() == [6]


def test_overlapping_employments_are_rejected(tmp_path: Path) -> None:
    """A row that begins before an earlier kept one ends is rejected; the next may begin on that very day."""
    result = ingested(
        tmp_path,
        employees=[
            employee("A", "2020-01-01", termination_date="2021-01-01"),
            employee("A", "2020-06-01", termination_date="2025-01-01"),
            employee("A", "2021-01-01", resignation_date="2022-01-01"),
            employee("A", "2022-01-01"),
            employee("A", "2023-01-01"),
            employee("B", "2023-01-01"),
        ],
        job_history=[job("A")],
    )
    assert hires(result.company) == [("A", "2020-01-01"), ("A", "2021-01-01"), ("A", "2022-01-01"), ("B", "2023-01-01")]
    assert counts(result, "employees").rejected == 2
    assert (tmp_path / "rejects.csv").read_text().splitlines()[1:] == [
        "employees,2,hire_date,overlaps an earlier employment",
        "employees,5,hire_date,overlaps an earlier employment",
    ]


def test_facts_of_an_unknown_employee_are_set_aside(tmp_path: Path) -> None:
    """They are counted apart from those outside an employment, and no rejects."""
    result = ingested(
        tmp_path,
        signals=[signal("E999999"), signal("E000001", "2019-01-01"), signal()],
        objections=[{"employee_id": "E999999", "objected_at": "2021-01-01"}],
        directory=[{"employee_id": "E999999", "display_name": "x"}],
    )
    signals = counts(result, "signals")
    assert (signals.rows, signals.kept, signals.unknown_employee, signals.outside_employment) == (3, 1, 1, 1)
    assert (counts(result, "objections").unknown_employee, counts(result, "directory").unknown_employee) == (1, 1)
    assert result.company.objections is not None
    assert len(result.company.objections.employee) == 0


def test_facts_of_a_rejected_employee_are_set_aside(tmp_path: Path) -> None:
    """A person whose own row is bad is unknown."""
    result = ingested(tmp_path, employees=[employee(), employee("E000002", "never")], job_history=jobs(2))
    assert (counts(result, "job_history").unknown_employee, counts(result, "job_history").kept) == (1, 1)


def test_managers_may_form_a_circle_and_need_no_row(tmp_path: Path) -> None:
    """Two people who manage each other, one who manages themselves and one stranger are all plain codes."""
    result = ingested(
        tmp_path,
        employees=people(4),
        job_history=[
            job("E000001", manager_id="E000002"),
            job("E000002", manager_id="E000001"),
            job("E000003", manager_id="E000003"),
            job("E000004", manager_id="M9999"),
        ],
    )
    names = result.company.names.managers
    assert names == ("E000001", "E000002", "E000003", "M9999")
    assert [names[code] for code in result.company.jobs.manager] == ["E000002", "E000001", "E000003", "M9999"]
    assert result.report.warnings == ()


def test_people_without_job_history_are_counted(tmp_path: Path) -> None:
    """They come in, and the run says that they cannot be scored."""
    result = ingested(tmp_path, employees=people(3), job_history=jobs(1))
    assert (result.report.people, result.report.without_job_history) == (3, 2)
    assert result.report.warnings == ("People without a row in 'job_history': 2; they cannot be scored.",)
    assert counts(result, "job_history").coverage == 1 / 3


def test_kinds_of_exit(tmp_path: Path) -> None:
    """A resignation without a type is voluntary, a termination without one is other, and that is counted."""
    result = ingested(
        tmp_path,
        employees=[
            employee("1"),
            employee("2", resignation_date="2021-01-01"),
            employee("3", termination_date="2021-01-01"),
            employee("4", termination_date="2021-01-01", resignation_date="2020-12-01"),
            employee("5", termination_date="2021-01-01", termination_type="Voluntary"),
            employee("6", termination_date="2021-01-01", termination_type="retirement"),
            employee("7", resignation_date="2021-01-01", termination_type="involuntary"),
            employee("8", termination_type="voluntary"),
            employee("9", termination_date="2021-01-01", exit_recorded_at="2021-02-03T09:00:00Z"),
        ],
        job_history=[job(str(number)) for number in range(1, 10)],
    )
    assert result.company.people.exit_kind.tolist() == [0, 1, 2, 1, 1, 2, 2, 0, 2]
    assert dates(result.company.people.exit_recorded) == [None] * 8 + ["2021-02-03"]
    assert result.report.exits_without_type == 2
    assert result.report.warnings == (
        "Terminations without a termination_type: 2; taken as 'other', which is not a voluntary exit.",
        "Rows of 'employees' with a termination_type and no date: 1; taken as no exit.",
    )


def test_a_company_of_nobody_comes_in(tmp_path: Path) -> None:
    """Headers without rows make an empty company; coverage is not a number there."""
    result = ingested(
        tmp_path,
        employees=frame([], list(employee())),
        job_history=frame([], list(job())),
        signals=frame([], list(signal())),
    )
    assert (len(result.company.people), len(result.company.jobs.person), result.report.people) == (0, 0, 0)
    assert counts(result, "signals").coverage is None


def test_exits_are_counted_by_the_type_they_are_taken_for(tmp_path: Path) -> None:
    """A bare resignation is voluntary, a bare termination other, and a type without a day is no exit."""
    rows = [
        employee("1", resignation_date="2021-01-01"),
        employee("2", termination_date="2021-01-01", termination_type="Voluntary"),
        employee("3", termination_date="2021-01-01"),
        employee("4", termination_date="2021-01-01", termination_type="redundancy"),
        employee("5", termination_type="voluntary"),
        employee("6"),
    ]
    found = ingested(tmp_path, employees=rows).report
    assert found.exits_by_type == {"voluntary": 2, "other": 1, "redundancy": 1}
