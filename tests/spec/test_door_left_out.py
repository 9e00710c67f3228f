"""What is left out by rule: columns and rows that name a protected fact, comments, and off-boarding traces."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from features import denied
from features.contracts import TABLES
from features.days import to_date, to_day
from features.errors import DataError
from features.ingest import Ingested, load
from features.settings import FeatureSettings
from tests.builders import employee, folder, signal, survey, ticket

TODAY = to_day(dt.date(2024, 7, 1))
SETTINGS = FeatureSettings()


def ingested(tmp_path: Path, settings: FeatureSettings = SETTINGS, **tables: Any) -> Ingested:
    """A folder through the door, with the usual share of rejects."""
    return load(folder(tmp_path / "data", **tables), settings, TODAY, tmp_path / "rejects.csv")


@pytest.mark.parametrize(
    "name",
    [
        "age",
        "Age",
        "age_group",
        "ageBand",
        "AGE_2024",
        "DateOfBirth",
        "date of birth",
        "birth_date",
        "dob",
        "gender",
        "Gender-Identity",
        "sexual_orientation",
        "ethnicity",
        "race",
        "religion",
        "union_member",
        "TradeUnion",
        "disability_status",
        "health_plan",
        "sick_days",
        "sickDays",
        "SICKDays",
        "is_pregnant",
        "maternity_leave",
        "nationality",
        "citizenship",
        "marital_status",
        "number_of_children",
        "family_status",
        "civil_status",
        "works-council",
        "país_nationality",
    ],
)
def test_names_of_protected_facts_are_denied(name: str) -> None:
    """Whole words count, in snake_case, camelCase or with blanks."""
    assert denied.denied_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "average_score",
        "page_views",
        "management",
        "engagement",
        "reunion",
        "sexton",
        "healthy",
        "usage",
        "agenda",
        "orientation_done",
        "single_sign_on",
        "works_anniversary",
        "council",
        "learning",
        "",
        "2024",
    ],
)
def test_words_that_merely_contain_one_are_not(name: str) -> None:
    """No part of a word is denied."""
    assert not denied.denied_name(name)


def test_columns_of_the_contract_are_never_denied(tmp_path: Path) -> None:
    """A column the contract names comes in, though one of its words is denied: job_family is one."""
    named = [column.name for table in TABLES for column in table.columns if denied.denied_name(column.name)]
    assert named == ["job_family"]
    result = ingested(
        tmp_path,
        job_history=[{"employee_id": "E000001", "effective_date": "2020-01-01", "event": "hire", "job_family": "Ops"}],
    )
    assert result.company.names.job_families == ("Ops",)
    assert result.report.warnings == ()


def test_denied_columns_are_named_and_left_out(tmp_path: Path) -> None:
    """The report names the columns; unknown ones are a warning of their own."""
    rows = [employee(birth_date="1980-01-01", Gender="x", shoe_size="42", note="n")]
    result = ingested(tmp_path, employees=rows)
    table = result.report.table("employees")
    assert table is not None
    assert table.denied_columns == ("birth_date", "Gender")
    assert table.unknown_columns == ("shoe_size", "note")
    assert result.report.warnings == (
        "'employees': columns left out for what they name: birth_date, Gender.",
        "'employees': columns the contract does not know, ignored: shoe_size, note.",
    )


def test_the_protected_table_keeps_what_it_is_for(tmp_path: Path) -> None:
    """Its columns are free; nothing else may hold them."""
    result = ingested(tmp_path, protected=[{"employee_id": "E000001", "gender": "f", "age_band": "30-39", "site": "1"}])
    assert result.protected is not None
    assert result.protected.columns == ("gender", "age_band", "site")
    assert result.protected.values == (("f",), ("30-39",), ("1",))
    assert result.report.warnings == ()


def test_the_directory_is_not_the_protected_table(tmp_path: Path) -> None:
    """A denied column is left out of the directory as of any other table."""
    result = ingested(tmp_path, directory=[{"employee_id": "E000001", "display_name": "n", "gender": "f"}])
    table = result.report.table("directory")
    assert table is not None
    assert table.denied_columns == ("gender",)


@pytest.mark.parametrize(
    "category",
    [
        "employee_relations",
        "Grievance",
        "whistleblowing",
        "HARASSMENT",
        "medical",
        "accommodation",
        "union",
        "legal",
        "leave_medical",
        "Employee Relations",
        "leave-medical",
        " legal ",
    ],
)
def test_denied_categories_leave_no_trace(tmp_path: Path, category: str) -> None:
    """Such a ticket is counted and gone, even where it breaks a rule; it does not count as a reject."""
    rows = [
        ticket("T1", category="payroll"),
        ticket("T2", category=category),
        ticket("T3", opened_at="x", category=category),
    ]
    result = ingested(tmp_path, tickets=rows)
    table = result.report.table("tickets")
    assert table is not None
    assert (table.rows, table.kept, table.denied, table.rejected) == (3, 1, 2, 0)
    assert result.company.names.categories == ("payroll",)
    assert not (tmp_path / "rejects.csv").exists()


def test_denied_signals_and_drivers_are_left_out(tmp_path: Path) -> None:
    """The words that deny a column deny a signal, a team signal and a survey's driver."""
    result = ingested(
        tmp_path,
        signals=[signal(name="sick_leave_taken"), signal(name="Learning ")],
        team_signals=[
            {"manager_id": "M0001", "occurred_at": "2021-01-01", "name": name} for name in ("AverageAge", "NPS")
        ],
        surveys=[survey("S1", driver="health_and_safety"), survey("S2", driver="Workload")],
    )
    names = result.company.names
    assert (names.signals, names.team_signals, names.drivers) == (("learning",), ("nps",), ("workload",))
    assert [(table.table, table.denied) for table in result.report.tables if table.denied] == [
        ("surveys", 1),
        ("signals", 1),
        ("team_signals", 1),
    ]


def test_the_text_of_comments_stays_outside(tmp_path: Path) -> None:
    """What comes in is how many rows had a text, and numbers that its letters are hashed to."""
    rows = [survey("S1", comment="canary", responded_at="2021-03-02"), survey("S2", comment=" "), survey("S3")]
    result = ingested(tmp_path, surveys=rows)
    table = result.report.table("surveys")
    assert table is not None
    assert table.comments == 1
    assert "canary" not in repr(result)
    assert result.company.comments is not None
    assert (result.company.comments.row.tolist(), result.company.comments.first.tolist()) == ([1], [0, 7 + 6 + 5 + 4])


def test_off_boarding_tickets_and_exit_surveys_become_traces(tmp_path: Path) -> None:
    """They mark notice, and are in no table a feature reads."""
    categories = ["offboarding", "Exit", "equipment return", "final_pay", "knowledge-transfer", "payroll", None]
    result = ingested(
        tmp_path,
        tickets=[ticket(f"T{at}", opened_at=f"2021-03-0{at + 1}", category=name) for at, name in enumerate(categories)],
        surveys=[survey("S1", survey_type="Exit", sent_at="2021-04-01"), survey("S2", survey_type="pulse")],
    )
    company = result.company
    days = [str(to_date(day)) for day in company.traces.day]
    assert days == ["2021-03-01", "2021-03-02", "2021-03-03", "2021-03-04", "2021-03-05", "2021-04-01"]
    assert company.traces.person.tolist() == [0] * 6
    assert company.tickets is not None
    assert company.surveys is not None
    assert (company.tickets.category.tolist(), len(company.surveys.person)) == ([0, -1], 1)
    assert company.names.categories == ("payroll",)
    table = result.report.table("tickets")
    assert table is not None
    assert (table.kept, table.traces, table.left_out) == (7, 5, 0)


def test_off_boarding_categories_are_a_setting(tmp_path: Path) -> None:
    """A company names its own."""
    settings = FeatureSettings(offboarding_categories=("goodbye",))
    company = ingested(
        tmp_path, settings, tickets=[ticket("T1", category="Goodbye"), ticket("T2", category="exit")]
    ).company
    assert (len(company.traces.day), company.names.categories) == (1, ("exit",))


def test_every_missing_column_is_told_at_once(tmp_path: Path) -> None:
    """All tables are looked at before the run stops; names that are not the contract's are counted, not quoted."""
    tables: dict[str, Any] = {
        "employees": [{"Employee_ID": "canary", "hire_date": "2020-01-01"}],
        "tickets": [{"ticket_id": "T1", "employee_id": "E1"}],
        "surveys": [{"survey_id": "S1", "sent_at": "2020-01-01", "driver": "enps"}],
    }
    with pytest.raises(DataError) as caught:
        ingested(tmp_path, **tables)
    advice = "Names are matched letter by letter; rename the column, or map the file with a SELECT in"
    assert str(caught.value).splitlines() == [
        (
            "'employees.csv' has no column 'employee_id', which table 'employees' needs. Seen: hire_date, and 1 column of other "
            f"names. {advice} 'employees.sql'."
        ),
        (
            "'surveys.csv' has no column 'employee_id' or 'org_unit', which table 'surveys' needs. Seen: survey_id, sent_at, "
            f"driver. {advice} 'surveys.sql'."
        ),
        (
            "'tickets.csv' has no column 'opened_at', which table 'tickets' needs. Seen: ticket_id, employee_id. "
            f"{advice} 'tickets.sql'."
        ),
    ]
