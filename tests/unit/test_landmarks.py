"""Cells and labels, with dates written out."""

import datetime as dt
from pathlib import Path

import numpy as np
import pytest

from features import presence
from features.company import COMPETING, VOLUNTARY, Company
from features.days import NEVER, to_date, to_day
from features.ingest import load
from features.settings import FeatureSettings
from tests import builders
from training import landmarks

TODAY = to_day(dt.date(2025, 1, 31))


def day(text: str) -> int:
    """A date as a day."""
    return to_day(dt.date.fromisoformat(text))


def cells(landmark: str, exit_day: str | None, kind: int, closed_by: str) -> tuple[str, str]:
    """The closed cells and the events of one row, as four signs each."""
    left = NEVER if exit_day is None else day(exit_day)
    found = landmarks.outcomes(
        np.array([day(landmark)], np.int32), np.array([left], np.int32), np.array([kind], np.int8), day(closed_by)
    )
    return "".join("x" if one else "." for one in found.closed[0]), "".join(
        "!" if one else "." for one in found.event[0]
    )


CASES = [
    # landmark, exit day, kind, closed by -> closed cells, events
    ("2024-03-31", None, 0, "2025-03-31", "xxxx", "...."),
    ("2024-03-31", "2024-08-15", VOLUNTARY, "2024-12-31", "xxx.", "..!."),  # 137 days: the third cell, and the end
    ("2024-03-31", "2024-08-15", COMPETING, "2024-12-31", "xxx.", "...."),  # stayed, and the row ends as well
    ("2024-03-31", "2024-04-30", VOLUNTARY, "2024-12-31", "x...", "!..."),  # day 30 belongs to the first cell
    ("2024-03-31", "2024-05-01", VOLUNTARY, "2024-12-31", "xx..", ".!.."),  # day 31 to the second
    ("2024-03-31", "2024-04-01", VOLUNTARY, "2024-12-31", "x...", "!..."),  # the day after the landmark
    ("2024-11-30", None, 0, "2024-12-31", "x...", "...."),  # the second closes on 2025-01-29
    ("2024-11-30", "2024-12-05", VOLUNTARY, "2024-12-29", "....", "...."),  # left, but the cell closes on 12-30
    ("2024-11-30", "2024-12-05", VOLUNTARY, "2024-12-30", "x...", "!..."),  # a cell may close on the very day
]  # fmt: skip


@pytest.mark.parametrize("landmark, exit_day, kind, closed_by, closed, events", CASES)
def test_a_cell_counts_once_closed_and_reached(
    landmark: str, exit_day: str | None, kind: int, closed_by: str, closed: str, events: str
) -> None:
    """Closed for leavers and stayers alike; a leaver's row ends with the cell of the exit, whatever its kind."""
    assert cells(landmark, exit_day, kind, closed_by) == (closed, events)


@pytest.fixture
def company(tmp_path: Path) -> Company:
    """Four people from 2024-01-01: one resigns on 2024-08-15, one is made redundant that day, two stay."""
    exits = {
        1: {"resignation_date": "2024-08-15", "termination_date": "2024-09-30", "termination_type": "voluntary"},
        2: {"termination_date": "2024-08-15", "termination_type": "redundancy"},
    }
    people = [builders.employee(f"E{number:06d}", "2024-01-01", **exits.get(number, {})) for number in range(1, 5)]
    history = [builders.job(f"E{number:06d}", "2024-01-01") for number in range(1, 5)]
    survey = [builders.survey(employee_id="E000003", sent_at="2024-01-15")]
    place = builders.folder(tmp_path / "data", employees=people, job_history=history, surveys=survey)
    return load(place, FeatureSettings(), TODAY).company


def test_rows_stand_at_the_month_ends_since_the_first_fact(company: Company) -> None:
    """From 2024-01-31 to the last month end whose first interval has closed on the training day."""
    rows = landmarks.training_rows(company, day("2024-12-31"), months=48, delay_days=0, seed=1)
    assert to_date(rows.observed_from) == dt.date(2024, 1, 15)
    assert [str(to_date(one)) for one in np.unique(rows.day)][:2] == ["2024-01-31", "2024-02-29"]
    assert [str(to_date(one)) for one in np.unique(rows.day)][-1] == "2024-11-30"
    assert (rows.landmarks, rows.people, rows.leavers) == (11, 4, 1)


def test_nobody_has_a_row_from_the_exit_on(company: Company) -> None:
    """The leavers' last rows are of 2024-07-31; notice counts from the resignation, not from the last day of work."""
    rows = landmarks.training_rows(company, day("2024-12-31"), months=48, delay_days=0, seed=1)
    last = {person: str(to_date(rows.day[rows.person == person].max())) for person in range(4)}
    assert last == {0: "2024-07-31", 1: "2024-07-31", 2: "2024-11-30", 3: "2024-11-30"}


def test_one_exit_is_an_event_in_every_row_it_lies_ahead_of(company: Company) -> None:
    """Seven rows of the person who resigned, each with one event in the cell that holds 2024-08-15."""
    rows = landmarks.training_rows(company, day("2024-12-31"), months=48, delay_days=0, seed=1)
    found = {
        str(to_date(rows.day[row])): int(interval)
        for row, interval, event in zip(rows.cells.row, rows.cells.interval, rows.cells.event, strict=True)
        if event
    }
    assert found == {
        "2024-02-29": 2, "2024-03-31": 2, "2024-04-30": 2, "2024-05-31": 1, "2024-06-30": 1, "2024-07-31": 0,
    }  # fmt: skip


def test_a_reporting_delay_holds_cells_back(company: Company) -> None:
    """With 45 days, nothing that closed after 2024-11-16 counts: the last row is of 2024-09-30."""
    rows = landmarks.training_rows(company, day("2024-12-31"), months=48, delay_days=45, seed=1)
    assert to_date(rows.closed_by) == dt.date(2024, 11, 16)
    assert to_date(rows.day.max()) == dt.date(2024, 9, 30)


def test_a_day_in_the_past_knows_nothing_of_later_exits(company: Company) -> None:
    """On 2024-08-14 nobody had left: four people, no event."""
    rows = landmarks.training_rows(company, day("2024-08-14"), months=48, delay_days=0, seed=1)
    assert rows.leavers == 0
    assert not rows.cells.event.any()
    assert (presence.exits(company, day("2024-08-14")).day == NEVER).all()


def test_only_so_many_month_ends_are_used(company: Company) -> None:
    """The latest three."""
    rows = landmarks.training_rows(company, day("2024-12-31"), months=3, delay_days=0, seed=1)
    assert [str(to_date(one)) for one in np.unique(rows.day)] == ["2024-09-30", "2024-10-31", "2024-11-30"]


def test_an_older_row_counts_less(company: Company) -> None:
    """A row's weight halves for every 365 days before the training day."""
    rows = landmarks.training_rows(company, day("2024-12-31"), months=48, delay_days=0, seed=1)
    row = int(np.flatnonzero(rows.day == day("2024-01-31"))[0])
    assert rows.weight[row] == pytest.approx(0.5 ** (335 / 365))
    assert rows.cells.weight[rows.cells.row == row][0] == rows.weight[row]


def test_above_the_limit_stayers_are_sampled_and_weighted_up() -> None:
    """Of 1,000 rows, 20 with an event: all 20 stay, about 300 others, each standing for 980/300 of them."""
    count = 1_000
    closed = np.zeros((count, 4), np.bool_)
    closed[:, 0] = True
    event = np.zeros((count, 4), np.bool_)
    event[:20, 0] = True
    kept, weight = landmarks._sample(landmarks.Outcomes(closed, event), seed=1, most_cells=320)
    assert kept[:20].all()
    assert (weight[:20] == 1.0).all()
    assert weight[20:] == pytest.approx(980 / 300)
    assert 250 < kept[20:].sum() < 350
    again, _ = landmarks._sample(landmarks.Outcomes(closed, event), seed=1, most_cells=320)
    assert (again == kept).all()


def test_how_late_exits_are_recorded_is_measured(tmp_path: Path) -> None:
    """One recorded 19 days late, one on the day, one ahead of it: 0, 0 and 19 days."""
    recorded = {1: "2024-06-20T08:00:00Z", 2: "2024-06-01T08:00:00Z", 3: "2024-05-01T08:00:00Z"}
    people = [
        builders.employee(f"E{n:06d}", "2024-01-01", resignation_date="2024-06-01", exit_recorded_at=at)
        for n, at in recorded.items()
    ]
    history = [builders.job(f"E{n:06d}", "2024-01-01") for n in recorded]
    place = builders.folder(tmp_path / "data", employees=people, job_history=history)
    company = load(place, FeatureSettings(), TODAY).company
    assert landmarks.recording_delays(company, day("2024-12-31")).tolist() == [0, 0, 19]


def test_the_latest_known_day_is_no_plan(tmp_path: Path) -> None:
    """A conversation planned for November says nothing; the one held on 2024-10-03 does. Never after today."""
    plans = [
        builders.checkin(scheduled_at="2024-11-20", checkin_id="C1"),
        builders.checkin(scheduled_at="2024-10-02", held_at="2024-10-03T10:00:00Z", checkin_id="C2", status="held"),
    ]
    place = builders.folder(
        tmp_path / "data", employees=[builders.employee()], job_history=[builders.job()], checkins=plans
    )
    company = load(place, FeatureSettings(), TODAY).company
    assert to_date(landmarks.latest_known_day(company, TODAY)) == dt.date(2024, 10, 3)
    assert to_date(landmarks.latest_known_day(company, day("2024-09-01"))) == dt.date(2020, 1, 1)
