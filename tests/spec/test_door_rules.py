"""One bad row in, one line of the rejects file out: every rule of every table, as a reader of that file sees it."""

import csv
import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from features.days import to_day
from features.door import Examined, examine
from features.settings import FeatureSettings
from tests.builders import Row, checkin, employee, folder, job, signal, survey, ticket

TODAY = to_day(dt.date(2024, 7, 1))
LENIENT = FeatureSettings(rejects_share=1.0)


def rejects(tmp_path: Path, **tables: Any) -> list[tuple[str, ...]]:
    """The rejects file's lines below its header; empty where none was written."""
    path = tmp_path / "rejects.csv"
    examine(folder(tmp_path / "data", **tables), LENIENT, TODAY, path)
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        header, *lines = [tuple(line) for line in csv.reader(file)]
    assert header == ("table", "row", "column", "rule")
    return lines


BAD: list[tuple[str, Row, str, str]] = [
    ("employees", employee(hire_date="01.02.2020"), "hire_date", "not a date"),
    ("employees", employee(hire_date=""), "hire_date", "missing value"),
    ("employees", employee(employee_id=" "), "employee_id", "missing value"),
    ("employees", employee(termination_date="2019-12-31"), "termination_date", "before hire_date"),
    ("employees", employee(resignation_date="2019-12-31"), "resignation_date", "before hire_date"),
    ("employees", employee(termination_type="fired"), "termination_type", "not one of the allowed values"),
    ("employees", employee(exit_recorded_at="2024-07-03"), "exit_recorded_at", "in the future"),
    ("job_history", job(event="hired"), "event", "not one of the allowed values"),
    ("job_history", job(event=""), "event", "missing value"),
    ("job_history", job(fte="-0.1"), "fte", "below 0"),
    ("job_history", job(base_salary="much"), "base_salary", "not a number"),
    ("job_history", job(compa_ratio="inf"), "compa_ratio", "not a finite number"),
    ("job_history", job(recorded_at="2024-07-03T00:00:00Z"), "recorded_at", "in the future"),
    ("surveys", survey(employee_id="", org_unit=""), "employee_id", "needs employee_id or org_unit"),
    ("surveys", survey(driver=""), "driver", "missing value"),
    ("surveys", survey(sent_at="2021-03-02", responded_at="2021-03-01"), "responded_at", "before sent_at"),
    ("surveys", survey(responded_at="2024-07-03"), "responded_at", "in the future"),
    ("surveys", survey(driver="enps", score="11"), "score", "outside scale_min to scale_max"),
    ("surveys", survey(driver="workload", score="6"), "score", "outside scale_min to scale_max"),
    ("surveys", survey(driver="workload", score="0"), "score", "outside scale_min to scale_max"),
    ("surveys", survey(scale_min="5", scale_max="5"), "scale_max", "not above scale_min"),
    ("surveys", survey(attribution="secret"), "attribution", "not one of the allowed values"),
    ("surveys", survey(survey_type="poll"), "survey_type", "not one of the allowed values"),
    ("tickets", ticket(ticket_id=""), "ticket_id", "missing value"),
    ("tickets", ticket(opened_at="2034-07-01"), "opened_at", "in the future"),
    ("tickets", ticket(opened_at="yesterday"), "opened_at", "not a time"),
    ("tickets", ticket(first_response_at="2021-02-28"), "first_response_at", "before opened_at"),
    ("tickets", ticket(resolved_at="2021-02-28"), "resolved_at", "before opened_at"),
    ("tickets", ticket(resolved_at="2024-07-03"), "resolved_at", "in the future"),
    ("tickets", ticket(csat="6"), "csat", "outside 0 to csat_max"),
    ("tickets", ticket(csat="11", csat_max="10"), "csat", "outside 0 to csat_max"),
    ("tickets", ticket(csat_max="0"), "csat_max", "not above 0"),
    ("tickets", ticket(reopen_count="-1"), "reopen_count", "below 0"),
    ("tickets", ticket(reopen_count="1.5"), "reopen_count", "not a whole number"),
    ("tickets", ticket(escalated="perhaps"), "escalated", "not true or false"),
    ("checkins", checkin(status="done"), "status", "not one of the allowed values"),
    ("checkins", checkin(held_at="2024-07-03"), "held_at", "in the future"),
    ("checkins", checkin(scheduled_at="2024-07-03", status="held"), "held_at", "in the future"),
    (
        "checkins",
        checkin(status="missed", held_at="2021-03-01"),
        "held_at",
        "given although status is missed or cancelled",
    ),
    ("checkins", checkin(conversation_type="why"), "conversation_type", "not one of the allowed values"),
    ("checkins", checkin(cancelled_by="nobody"), "cancelled_by", "not one of the allowed values"),
    ("signals", signal(name=""), "name", "missing value"),
    ("signals", signal(value="nan"), "value", "not a finite number"),
    ("signals", signal(recorded_at="2024-07-03"), "recorded_at", "in the future"),
    (
        "team_signals",
        {"org_unit": "", "manager_id": "", "occurred_at": "2021-01-01", "name": "nps"},
        "org_unit",
        "needs org_unit or manager_id",
    ),
    (
        "absences",
        {"employee_id": "E000001", "start_date": "2021-01-02", "end_date": "2021-01-01"},
        "end_date",
        "before start_date",
    ),
    ("actions", {"employee_id": "E000001", "action_type": "party"}, "action_type", "not one of the allowed values"),
    (
        "objections",
        {"employee_id": "E000001", "objected_at": "2021-01-02", "withdrawn_at": "2021-01-01"},
        "withdrawn_at",
        "before objected_at",
    ),
    ("protected", {"employee_id": ""}, "employee_id", "missing value"),
    ("directory", {"employee_id": "", "display_name": "x"}, "employee_id", "missing value"),
]


@pytest.mark.parametrize(
    "table, bad, column, rule", BAD, ids=[f"{table}.{column}: {rule}" for table, _, column, rule in BAD]
)
def test_a_bad_row_names_its_column_and_rule(tmp_path: Path, table: str, bad: Row, column: str, rule: str) -> None:
    """The rejects file tells where and which rule."""
    rows = [bad] if any(bad.values()) and table != "protected" else [{"employee_id": "E000001"}, bad]
    line = (table, str(len(rows)), column, rule)
    found = rejects(tmp_path, **{table: [{**row, "note": "x"} for row in rows]})
    assert found == [line]


GOOD: list[tuple[str, Row]] = [
    ("employees", employee(hire_date="2024-08-01")),
    ("employees", employee(termination_date="2020-01-01", termination_type="Retirement")),
    ("employees", employee(termination_date="2024-12-31", resignation_date="2024-09-01")),
    ("employees", employee(termination_date="9999-12-31")),
    ("employees", employee(exit_recorded_at="2024-07-02T23:59:59Z")),
    ("job_history", job(effective_date="2025-01-01", event="PROMOTION")),
    ("job_history", job(manager_id="X-UNKNOWN")),
    ("surveys", survey(sent_at="2021-03-01T15:00:00Z", responded_at="2021-03-01")),
    ("surveys", survey(employee_id=None, org_unit="Sales", attribution="anonymous")),
    ("surveys", survey(driver="eNPS", score="0", responded_at="2021-03-01")),
    ("surveys", survey(driver="workload", score="7", scale_max="7", responded_at="2021-03-01")),
    ("tickets", ticket(opened_at="2024-07-02T23:59:59Z")),
    ("tickets", ticket(resolved_at="2021-03-01")),
    ("tickets", ticket(csat="9", csat_max="10")),
    ("checkins", checkin(scheduled_at="2030-01-01", status="Scheduled")),
    ("checkins", checkin(scheduled_at="2030-01-01", status="cancelled", cancelled_by="Employee")),
    ("signals", signal(occurred_at="2030-01-01")),
    ("absences", {"employee_id": "E000001", "start_date": "2024-06-01", "end_date": "2025-06-01"}),
]


@pytest.mark.parametrize("table, good", GOOD)
def test_a_row_at_the_edge_comes_in(tmp_path: Path, table: str, good: Row) -> None:
    """Plans may lie ahead, a happened fact until tomorrow, and a day without an hour is never before that day's hours."""
    assert rejects(tmp_path, **{table: [good]}) == []


def test_a_row_that_breaks_three_rules_is_one_reject_with_three_lines(tmp_path: Path) -> None:
    """All that is wrong with a row is listed; the count is of rows."""
    bad = ticket(ticket_id="", opened_at="never", csat="9")
    path = tmp_path / "rejects.csv"
    examined: Examined = examine(folder(tmp_path / "data", tickets=[ticket("T2"), bad]), LENIENT, TODAY, path)
    table = examined.report.table("tickets")
    assert table is not None
    assert (table.rows, table.rejected, table.kept) == (2, 1, 1)
    assert path.read_text().splitlines()[1:] == [
        "tickets,2,csat,outside 0 to csat_max",
        "tickets,2,opened_at,not a time",
        "tickets,2,ticket_id,missing value",
    ]


def test_row_numbers_count_the_file_s_rows(tmp_path: Path) -> None:
    """Row 1 is the first after the header; rows left out and blank lines are counted along."""
    rows = [signal(name="age"), signal(), {"employee_id": None}, signal(value="x")]
    assert rejects(tmp_path, signals=rows) == [("signals", "4", "value", "not a number")]
