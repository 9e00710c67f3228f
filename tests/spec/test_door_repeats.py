"""Rows that say the same twice: collapsed, rejected, or a correction."""

import datetime as dt
from pathlib import Path
from typing import Any

from features.days import to_date, to_day
from features.ingest import Ingested, load
from features.settings import FeatureSettings
from tests.builders import checkin, employee, folder, job, people, signal, survey, ticket

TODAY = to_day(dt.date(2024, 7, 1))
LENIENT = FeatureSettings(rejects_share=1.0)


def ingested(tmp_path: Path, **tables: Any) -> Ingested:
    """A folder through the door."""
    return load(folder(tmp_path / "data", **tables), LENIENT, TODAY, tmp_path / "rejects.csv")


def tally(result: Ingested, table: str) -> tuple[int, int, int, int]:
    """Rows, kept, collapsed, rejected."""
    found = result.report.table(table)
    assert found is not None
    return found.rows, found.kept, found.collapsed, found.rejected


def rejects(tmp_path: Path) -> list[str]:
    """The rejects file without its header."""
    return (tmp_path / "rejects.csv").read_text().splitlines()[1:]


def test_identical_rows_collapse_in_every_table(tmp_path: Path) -> None:
    """They are counted, and no rejects; spelling that means the same is the same."""
    result = ingested(
        tmp_path,
        employees=[employee(), employee()],
        job_history=[job(), job(event="HIRE")],
        surveys=[survey(sent_at="2021-03-01"), survey(sent_at="2021-03-01T00:00:00Z", driver="eNPS")],
        tickets=[ticket(), ticket(opened_at="2021-03-01T10:00:00+01:00")],
        checkins=[checkin(), checkin(), checkin()],
        signals=[signal(value="1"), signal(value="1.0")],
        team_signals=[{"manager_id": "M1", "occurred_at": "2021-01-01", "name": "nps"}] * 2,
        absences=[{"employee_id": "E000001", "start_date": "2021-01-01"}] * 2,
        actions=[{"employee_id": "E000001", "action_type": "other", "occurred_at": "2021-01-01"}] * 2,
    )
    assert [
        (table.table, table.rows, table.kept, table.collapsed, table.rejected) for table in result.report.tables
    ] == [
        ("employees", 2, 1, 1, 0),
        ("job_history", 2, 1, 1, 0),
        ("surveys", 2, 1, 1, 0),
        ("tickets", 2, 1, 1, 0),
        ("checkins", 3, 1, 2, 0),
        ("signals", 2, 1, 1, 0),
        ("team_signals", 2, 1, 1, 0),
        ("absences", 2, 1, 1, 0),
        ("actions", 2, 1, 1, 0),
    ]


def test_a_second_row_of_a_key_is_rejected(tmp_path: Path) -> None:
    """The first of equal keys stays."""
    result = ingested(
        tmp_path,
        employees=[employee(country="DE"), employee(country="FR")],
        job_history=[job(), job(manager_id="M0002")],
        surveys=[survey(survey_type="pulse"), survey(survey_type="pulse", language="de")],
        tickets=[ticket(category="payroll"), ticket(category="benefits"), ticket(category="payroll")],
        checkins=[checkin(conversation_type="what"), checkin(conversation_type="how")],
    )
    assert rejects(tmp_path) == [
        "employees,2,employee_id + hire_date,duplicate key",
        "job_history,2,employee_id + effective_date + event,duplicate key",
        "surveys,2,survey_id + survey_type + employee_id + driver,duplicate key",
        "tickets,2,ticket_id,duplicate key",
        "checkins,2,checkin_id,duplicate key",
    ]
    assert tally(result, "tickets") == (3, 1, 1, 1)
    assert result.company.names.categories == ("payroll",)
    assert result.company.names.managers == ("M0001",)


def test_the_row_that_was_known_first_is_the_first(tmp_path: Path) -> None:
    """A later copy of a ticket cannot hide an earlier one, whatever the order of the file."""
    result = ingested(tmp_path, tickets=[ticket(opened_at="2021-03-05"), ticket(opened_at="2021-03-01")])
    assert rejects(tmp_path) == ["tickets,1,ticket_id,duplicate key"]
    assert result.company.tickets is not None
    assert str(to_date(result.company.tickets.opened[0])) == "2021-03-01"


def test_one_wave_holds_many_people_and_questions(tmp_path: Path) -> None:
    """A survey id may name a whole wave: person and driver are part of the key."""
    rows = [
        survey("W1", employee_id, driver=driver) for employee_id in ("E000001", "E000002") for driver in ("enps", "pay")
    ]
    result = ingested(tmp_path, employees=people(2), surveys=rows)
    assert tally(result, "surveys") == (4, 4, 0, 0)


def test_answers_without_a_person_have_no_key(tmp_path: Path) -> None:
    """Anonymous answers of one wave differ in their score alone, and all stay."""
    rows = [
        survey("W1", None, org_unit="Sales", attribution="anonymous", score=str(score), responded_at="2021-03-02")
        for score in (7, 8, 9)
    ]
    result = ingested(tmp_path, surveys=rows)
    assert tally(result, "surveys") == (3, 3, 0, 0)
    assert result.company.surveys is not None
    assert result.company.surveys.person.tolist() == [-1, -1, -1]
    assert not result.company.surveys.identified.any()


def corrected(tmp_path: Path, *recorded: str | None) -> tuple[list[str], list[bool], list[str]]:
    """Managers (M0, M1 … in order of the file), correction marks and known days of job rows of one key."""
    rows = [job(manager_id=f"M{at}", recorded_at=time) for at, time in enumerate(recorded)]
    company = ingested(tmp_path, job_history=rows).company
    managers = [company.names.managers[code] for code in company.jobs.manager]
    return managers, company.jobs.repeat.tolist(), [str(to_date(day)) for day in company.jobs.known]


def test_a_later_recording_is_a_correction(tmp_path: Path) -> None:
    """Both rows stay, each known from its own recording."""
    assert corrected(tmp_path, "2020-01-02", "2020-03-01") == (
        ["M0", "M1"],
        [False, True],
        ["2020-01-02", "2020-03-01"],
    )


def test_the_order_of_the_file_does_not_make_a_correction(tmp_path: Path) -> None:
    """The row recorded last corrects, though it stands first."""
    assert corrected(tmp_path, "2020-03-01", "2020-01-02") == (
        ["M1", "M0"],
        [False, True],
        ["2020-01-02", "2020-03-01"],
    )


def test_a_row_recorded_late_corrects_one_without_a_recording(tmp_path: Path) -> None:
    """Without a recording a row is known from its effective day."""
    assert corrected(tmp_path, None, "2020-03-01") == (["M0", "M1"], [False, True], ["2020-01-01", "2020-03-01"])


def test_within_a_day_the_clock_decides(tmp_path: Path) -> None:
    """The correction of the evening stands after the entry of the morning."""
    assert corrected(tmp_path, "2020-01-02T18:00:00Z", "2020-01-02T09:00:00Z") == (
        ["M1", "M0"],
        [False, True],
        ["2020-01-02", "2020-01-02"],
    )


def test_an_equal_recording_is_no_correction(tmp_path: Path) -> None:
    """A different row recorded at the same instant as the first is a duplicate."""
    assert corrected(tmp_path, "2020-01-02", "2020-01-02") == (["M0"], [False], ["2020-01-02"])
    assert rejects(tmp_path) == ["job_history,2,employee_id + effective_date + event,duplicate key"]


def test_a_row_without_a_recording_corrects_nothing(tmp_path: Path) -> None:
    """A second row with no recording is a duplicate, even of one that was recorded in advance."""
    assert corrected(tmp_path, "2019-12-01", None) == (["M0"], [False], ["2019-12-01"])
    assert rejects(tmp_path) == ["job_history,2,employee_id + effective_date + event,duplicate key"]


def test_a_row_about_nobody_wins_no_key(tmp_path: Path) -> None:
    """A ticket of an unknown employee that stands first does not push out the known employee's ticket of that id."""
    result = ingested(
        tmp_path,
        employees=[employee()],
        job_history=[job()],
        tickets=[ticket(employee_id="E000999"), ticket()],
    )
    assert tally(result, "tickets") == (2, 1, 0, 1)
    assert rejects(tmp_path) == ["tickets,1,ticket_id,duplicate key"]
