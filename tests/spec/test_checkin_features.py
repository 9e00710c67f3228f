"""Check-ins: plans and outcomes in, rhythm and distance from the norm out."""

import numpy as np

from features.checkins import KINDS, next_conversation
from features.spec import FeatureSpec
from tests.drawn import See, Seen

HIRED = """
    employee_id | hire_date
    E1          | 2024-01-01
"""
OUTCOMES = """
    checkin_id | scheduled_at | held_at    | status    | cancelled_by | conversation_type
    C1         | 2024-02-01   |            | held      |              | what
    C2         | 2024-03-01   | 2024-03-05 | held      |              | How
    C3         | 2024-04-01   |            | missed    |              | what
    C4         | 2024-05-01   |            | Cancelled | Manager      | want
    C5         | 2024-06-01   |            | cancelled | employee     | what
    C6         | 2024-07-01   |            | scheduled |              | want
"""


def test_an_outcome_is_known_from_its_day(see: See) -> None:
    """Held from the day it was held, missed and cancelled from the planned day."""
    company = see(employees=HIRED, checkins=OUTCOMES)
    assert company.over("checkins_held_365", "2024-01-31", "2024-02-01", "2024-03-04", "2024-03-05") == [0, 1, 1, 2]
    assert company.over("checkins_missed_365", "2024-03-31", "2024-04-01") == [0, 1]
    assert company.over("checkins_cancelled_manager_365", "2024-04-30", "2024-05-01") == [0, 1]
    assert company.over("checkins_cancelled_employee_365", "2024-05-31", "2024-06-01") == [0, 1]


def test_a_conversation_without_an_outcome_says_nothing(see: See) -> None:
    """Whether the outcome is entered late or there was none: until it is there, the day that has passed changes nothing."""
    company = see(employees=HIRED, checkins=OUTCOMES)
    before, after = company.values("2024-06-30"), company.values("2024-07-01")
    counted = [name for name in before if name.startswith("checkins_") and name.endswith(("_90", "_365"))]
    assert {name: after[name] for name in counted} == {name: before[name] for name in counted}


def test_the_share_kept(see: See) -> None:
    """Held by held, missed and cancelled; null where nothing was planned, and the change is that of the quarter."""
    company = see(employees=HIRED, checkins=OUTCOMES)
    assert company.over("checkins_kept_365", "2024-01-31", "2024-03-31", "2024-04-01", "2024-06-01") == [
        None,
        1,
        0.6667,
        0.4,
    ]
    assert company.over("checkins_kept_90", "2024-06-02", "2024-06-03") == [0.25, 0]
    assert company.over("checkins_kept_change", "2024-06-03", "2025-01-31") == [-0.4, None]


def test_one_held_before_its_day_is_known_on_that_day(see: See) -> None:
    """A row is not known before the day it is planned for, even if the conversation took place earlier."""
    company = see(
        checkins="""
        checkin_id | scheduled_at | held_at    | conversation_type
        C1         | 2024-03-10   | 2024-03-04 | what
    """
    )
    assert company.over("checkins_held_90", "2024-03-09", "2024-03-10", "2024-06-01", "2024-06-02") == [0, 1, 1, 0]
    assert company.over("checkins_held_days", "2024-03-09", "2024-03-10") == [None, 6]


def test_what_falls_into_a_leave_was_not_missed(see: See) -> None:
    """Neither missed nor cancelled nor open conversations count that were planned into a leave; held ones do."""
    checkins = """
        checkin_id | scheduled_at | status    | cancelled_by
        C1         | 2024-03-10   | missed    |
        C2         | 2024-03-11   | cancelled | employee
        C3         | 2024-03-12   | scheduled |
        C4         | 2024-03-13   | held      |
    """
    absences = """
        start_date | end_date
        2024-03-10 | 2024-03-13
    """
    company = see(checkins=checkins, absences=absences)
    values = company.values("2024-03-31")
    names = ("missed_90", "cancelled_employee_90", "held_90", "kept_90")
    assert [values[f"checkins_{name}"] for name in names] == [0, 0, 1, 1]


def test_adherence_is_the_share_of_the_norm(see: See) -> None:
    """Conversations held within a year by those due: 12, 4 and 2 a year, fewer in the first year, null before half of one."""
    company = see(employees=HIRED, checkins=OUTCOMES)
    assert company.over("checkins_what_adherence", "2024-01-16", "2024-01-17", "2024-12-31") == [None, 0, 0.0833]
    assert company.over("checkins_how_adherence", "2024-12-31") == [0.25]
    assert company.over("checkins_want_adherence", "2024-04-01", "2024-04-02") == [None, 0]


def test_overdue_days_run_from_the_last_one_or_the_hire_day(see: See) -> None:
    """Active days since the last conversation of a type less the norm's interval: 30.4, 91.25, 182.5 days."""
    company = see(employees=HIRED, checkins=OUTCOMES)
    values = company.values("2024-03-15")
    assert [values[f"checkins_{kind}_overdue_days"] for kind in ("what", "how", "want")] == [12.5833, -81.25, -108.5]


def test_leave_stops_the_clock(see: See) -> None:
    """Days of leave make nothing overdue."""
    absences = """
        start_date | end_date
        2024-02-11 | 2024-02-20
    """
    company = see(employees=HIRED, checkins=OUTCOMES, absences=absences)
    assert company.over("checkins_what_overdue_days", "2024-03-15") == [2.5833]
    assert company.over("checkins_held_days", "2024-02-15", "2024-02-21") == [9, 10]


def test_another_rhythm_is_another_norm(see: See) -> None:
    """With 6 : 1 : 1 a year the same conversations are less behind."""
    company = see(FeatureSpec(cadence=(6, 1, 1)), employees=HIRED, checkins=OUTCOMES)
    values = company.values("2024-12-31")
    assert [values[f"checkins_{kind}_adherence"] for kind in ("what", "how", "want")] == [0.1667, 1, 0]
    assert values["checkins_want_overdue_days"] == 0


def suggested(company: Seen, day: str) -> tuple[int, int]:
    """The next conversation on a day: its type's place (what, how, want; -1 for none) and its whole overdue days."""
    values = company.values(day)
    overdue = [values[f"checkins_{kind}_overdue_days"] for kind in KINDS]
    kind, days = next_conversation(np.asarray([overdue], np.float64))
    return int(kind[0]), int(days[0])


def test_the_next_conversation_is_the_most_overdue(see: See) -> None:
    """The type furthest past its interval, with its whole days; none before anything is due; the rarer of equals."""
    company = see(employees=HIRED, checkins=OUTCOMES)
    assert suggested(company, "2024-01-31") == (-1, 0)
    assert suggested(company, "2024-03-15") == (0, 12)
    assert next_conversation(np.asarray([[5.0, 7.5, 7.5], [np.nan] * 3, [0.0, -1.0, -2.0]]))[0].tolist() == [2, -1, -1]


def test_a_missing_source_is_null(see: See) -> None:
    """Without a check-ins table every column is null, and no conversation is suggested."""
    company = see()
    assert {value for name, value in company.values("2024-01-01").items() if name.startswith("checkins_")} == {None}
    assert suggested(company, "2024-01-01") == (-1, 0)
