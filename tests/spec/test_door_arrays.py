"""Rows in, a company's arrays out: days, shares, codes and what null becomes, table by table."""

import datetime as dt
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from features.company import Company
from features.days import NEVER, to_day
from features.ingest import load
from features.settings import FeatureSettings
from tests.builders import Form, checkin, employee, folder, frame, job, people, signal, survey, ticket

TODAY = to_day(dt.date(2024, 7, 1))
MARCH_1 = 18_687
"""2021-03-01 in days since 1970."""
UNIT = 1_048_576


def company(tmp_path: Path, form: Form = "csv", **tables: Any) -> Company:
    """A folder through the door."""
    return load(folder(tmp_path / f"data-{form}", form=form, **tables), FeatureSettings(), TODAY).company


def test_missing_tables_are_none_and_empty_ones_are_empty(tmp_path: Path) -> None:
    """A source that does not exist differs from one that has nothing to say."""
    bare = company(tmp_path)
    optional = ("surveys", "tickets", "checkins", "signals", "team_signals", "absences", "objections")
    assert [getattr(bare, name) for name in optional] == [None] * 7
    assert len(bare.traces.day) == 0
    rows = {"tickets": [ticket()], "signals": [signal()], "checkins": [checkin()], "surveys": [survey()]}
    empty = company(tmp_path, "parquet", **{table: frame([], list(some[0])) for table, some in rows.items()})
    assert empty.tickets is not None
    assert len(empty.tickets.person) == 0
    assert (empty.tickets.person.dtype.name, empty.tickets.csat.dtype.name) == ("int32", "int64")
    assert empty.absences is None


def test_job_history(tmp_path: Path) -> None:
    """A null column is no code and no number; the level is the number at the end; file order stays within a person."""
    jobs = company(
        tmp_path,
        employees=people(2),
        job_history=[
            job("E000002", manager_id=None, org_unit=None, job_level="Grade 7", fte="0.5"),
            job(
                "E000001",
                job_level="L3.5",
                job_title="B",
                recorded_at="2019-12-01",
                base_salary="10",
                compa_ratio="1.1",
            ),
            job("E000001", event="pay_change", job_level="senior", job_title="A", location="X", employment_type="full"),
        ],
    ).jobs
    assert jobs.person.tolist() == [0, 0, 1]
    assert jobs.effective.tolist() == [18_262] * 3
    assert jobs.known.tolist() == [18_231, 18_262, 18_262]
    assert jobs.event.tolist() == [0, 6, 0]
    assert jobs.manager.tolist() == [0, 0, -1]
    assert jobs.unit.tolist() == [0, 0, -1]
    assert jobs.job_title.tolist() == [1, 0, -1]
    assert (jobs.location.tolist(), jobs.employment_type.tolist()) == ([-1, 0, -1], [-1, 0, -1])
    np.testing.assert_array_equal(jobs.level, [3.5, np.nan, 7.0])
    np.testing.assert_array_equal(jobs.fte, [np.nan, np.nan, 0.5])
    np.testing.assert_array_equal(jobs.base_salary, [10.0, np.nan, np.nan])
    np.testing.assert_array_equal(jobs.compa_ratio, [1.1, np.nan, np.nan])


def test_surveys(tmp_path: Path) -> None:
    """A score is a share of its scale; without an answer it is not given, and only identified rows are a person's own."""
    surveys = company(
        tmp_path,
        surveys=[
            survey("1", driver="eNPS", score="9", responded_at="2021-03-02"),
            survey("2", driver="Pay", score="1", responded_at="2021-03-02", survey_type="Onboarding"),
            survey("3", driver="pay", score="4", scale_min="0", scale_max="8", responded_at="2021-03-02"),
            survey("4", driver="pay", score="5"),
            survey("5", driver="pay", responded_at="2021-03-02", attribution="Confidential", org_unit="Sales"),
            survey("6", None, driver="pay", score="5", responded_at="2021-03-02", org_unit="Sales/North"),
        ],
    ).surveys
    assert surveys is not None
    assert surveys.person.tolist() == [-1, 0, 0, 0, 0, 0]
    assert surveys.score.tolist() == [UNIT, 943_718, 0, UNIT // 2, -1, -1]
    assert surveys.answered.tolist() == [MARCH_1 + 1] * 4 + [NEVER, MARCH_1 + 1]
    assert surveys.driver.tolist() == [1, 0, 1, 1, 1, 1]
    assert surveys.onboarding.tolist() == [False, False, True, False, False, False]
    assert surveys.identified.tolist() == [False, True, True, True, True, False]
    assert surveys.unit.tolist() == [1, -1, -1, -1, -1, 0]


def test_tickets(tmp_path: Path) -> None:
    """Times are days and seconds; a day without an hour counts from the opening, and CSat is a share of its scale."""
    tickets = company(
        tmp_path,
        tickets=[
            ticket("1", first_response_at="2021-03-01", resolved_at="2021-03-02T09:00:30Z", csat="4", escalated="yes"),
            ticket("2", category=" Payroll", priority="High", csat="8", csat_max="10", reopen_count="2", escalated="0"),
        ],
    ).tickets
    assert tickets is not None
    assert tickets.opened.tolist() == [MARCH_1, MARCH_1]
    assert tickets.responded.tolist() == [MARCH_1, NEVER]
    assert tickets.resolved.tolist() == [MARCH_1 + 1, NEVER]
    assert tickets.opened_seconds.tolist() == [1_614_589_200, 1_614_589_200]
    assert tickets.responded_seconds.tolist() == [1_614_589_200, -1]
    assert tickets.resolved_seconds.tolist() == [1_614_675_630, -1]
    assert (tickets.category.tolist(), tickets.priority.tolist()) == ([-1, 0], [-1, 0])
    assert (tickets.escalated.tolist(), tickets.reopened.tolist()) == ([1, 0], [-1, 2])
    assert tickets.csat.tolist() == [838_861, 838_861]


def test_check_ins(tmp_path: Path) -> None:
    """Held from its day, missed or cancelled from the scheduled day, planned otherwise; no type is "other"."""
    checkins = company(
        tmp_path,
        checkins=[
            checkin("1", status="held", held_at="2021-03-03", conversation_type="What"),
            checkin("2", status="held", conversation_type="how"),
            checkin("3", held_at="2021-03-04", conversation_type="want"),
            checkin("4", status="missed"),
            checkin("5", status="cancelled", cancelled_by="manager"),
            checkin("6", status="scheduled"),
            checkin("7"),
        ],
    ).checkins
    assert checkins is not None
    assert checkins.scheduled.tolist() == [MARCH_1] * 7
    assert checkins.held.tolist() == [MARCH_1 + 2, MARCH_1, MARCH_1 + 3, NEVER, NEVER, NEVER, NEVER]
    assert checkins.missed.tolist() == [NEVER, NEVER, NEVER, MARCH_1, NEVER, NEVER, NEVER]
    assert checkins.cancelled.tolist() == [NEVER, NEVER, NEVER, NEVER, MARCH_1, NEVER, NEVER]
    assert checkins.cancelled_by.tolist() == [-1, -1, -1, -1, 1, -1, -1]
    assert checkins.conversation.tolist() == [0, 1, 2, 3, 3, 3, 3]


def test_signals(tmp_path: Path) -> None:
    """A signal is known from its recording, never before it happened; names are compared in lower case."""
    signals = company(
        tmp_path,
        signals=[
            signal(name="Goal", value="2.5", recorded_at="2021-03-05"),
            signal(name="goal", recorded_at="2021-02-01"),
            signal(name="award"),
        ],
    ).signals
    assert signals is not None
    assert signals.occurred.tolist() == [MARCH_1] * 3
    assert signals.known.tolist() == [MARCH_1 + 4, MARCH_1, MARCH_1]
    assert signals.name.tolist() == [1, 1, 0]
    np.testing.assert_array_equal(signals.value, [2.5, np.nan, np.nan])


def test_team_signals(tmp_path: Path) -> None:
    """A row reaches a manager's team or a unit; one that names both speaks of the team."""
    day = {"occurred_at": "2021-03-01", "name": "nps", "value": "1"}
    made = company(
        tmp_path,
        team_signals=[
            {"manager_id": "M0001", "org_unit": None, **day},
            {"manager_id": None, "org_unit": "Sales", **day},
            {"manager_id": "M0002", "org_unit": "Sales", **day},
        ],
    )
    assert made.team_signals is not None
    assert made.names.managers == ("M0001", "M0002")
    assert made.names.units == ("Sales", "Sales/North")
    assert made.team_signals.manager.tolist() == [0, -1, 1]
    assert made.team_signals.unit.tolist() == [-1, 0, -1]


def test_absences_and_objections(tmp_path: Path) -> None:
    """An open leave never ends; an objection belongs to the employee, not to one employment."""
    made = company(
        tmp_path,
        employees=[employee(termination_date="2020-12-31"), employee(hire_date="2021-01-01"), employee("E000002")],
        absences=[{"employee_id": "E000001", "start_date": "2021-03-01", "end_date": None}],
        objections=[
            {"employee_id": "E000002", "objected_at": "2021-03-01T08:00:00Z", "withdrawn_at": "2021-03-05"},
            {"employee_id": "E000001", "objected_at": "2021-03-01", "withdrawn_at": None},
        ],
    )
    assert made.absences is not None
    assert made.objections is not None
    assert (made.absences.person.tolist(), made.absences.start.tolist()) == ([1], [MARCH_1])
    assert made.absences.end.tolist() == [NEVER]
    assert made.people.employee.tolist() == [0, 0, 1]
    assert made.objections.employee.tolist() == [1, 0]
    assert made.objections.objected.tolist() == [MARCH_1, MARCH_1]
    assert made.objections.withdrawn.tolist() == [MARCH_1 + 4, NEVER]


TABLES: dict[str, Any] = {
    "employees": people(2),
    "surveys": [survey(responded_at="2021-03-02", score="7"), survey("2", "E000002")],
    "tickets": [ticket(csat="4"), ticket("2", "E000002", category="exit")],
    "signals": [signal(value="1.5")],
}


@pytest.mark.parametrize("form", ["csv", "csv.gz", "parquet"])
def test_the_digest_is_of_the_rows_not_of_the_files(tmp_path: Path, form: Form) -> None:
    """CSV, packed CSV and Parquet of the same rows have one digest."""
    plain = load(folder(tmp_path / "plain", **TABLES), FeatureSettings(), TODAY)
    other = load(folder(tmp_path / "other", form=form, **TABLES), FeatureSettings(), TODAY)
    assert plain.digest == other.digest
    assert len(plain.digest) == 64


@pytest.mark.parametrize(
    "change",
    [
        {"signals": [signal(value="1.6")]},
        {"signals": [signal(value=None)]},
        {"signals": []},
        {"signals": [signal("E000002", value="1.5")]},
        {"employees": people(3)},
        {"directory": [{"employee_id": "E000001", "display_name": "n"}]},
    ],
)
def test_the_digest_changes_with_the_rows(tmp_path: Path, change: dict[str, Any]) -> None:
    """One other value, row or table is other data."""
    if change.get("signals") == []:
        change = {"signals": frame([], list(signal(value="1")))}
    one = load(folder(tmp_path / "one", **TABLES), FeatureSettings(), TODAY)
    two = load(folder(tmp_path / "two", **{**TABLES, **change}), FeatureSettings(), TODAY)
    assert one.digest != two.digest


def test_the_digest_changes_with_a_comment(tmp_path: Path) -> None:
    """Another comment, or none, is other data; another case of its letters is not."""
    texts = ("Proud of us", "Proud of you", None, "PROUD of us")
    digests = [
        load(folder(tmp_path / str(place), surveys=[survey(comment=text)]), FeatureSettings(), TODAY).digest
        for place, text in enumerate(texts)
    ]
    assert len(set(digests)) == 3
    assert digests[0] == digests[3]
