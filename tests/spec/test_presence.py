"""Who may be scored and who may train: by what was known on the day, and by what is known on the training day."""

import numpy as np
import pytest

from features import presence
from features.company import COMPETING, VOLUNTARY
from features.days import NEVER
from tests.drawn import See, Seen, on

EVERYBODY = """
    employee_id | hire_date  | resignation_date | termination_date | termination_type | exit_recorded_at
    E1          | 2020-01-01 |                  |                  |                  |
    E2          | 2020-01-01 | 2024-03-01       | 2024-05-31       | voluntary        |
    E3          | 2020-01-01 | 2024-03-01       | 2024-05-31       | voluntary        | 2024-03-20T08:00:00Z
    E4          | 2020-01-01 |                  | 2024-06-30       | redundancy       | 2024-04-01T23:59:59Z
    E5          | 2024-03-10 |                  |                  |                  |
    E6          | 2020-01-01 |                  | 2023-06-30       | voluntary        |
    E6          | 2024-03-10 |                  |                  |                  |
"""


def refusals(company: Seen, employee: str, *days: str) -> list[str | None]:
    """Why a person is not scored on some days; of the employment that is running or the last before."""
    found = []
    for day in days:
        first = company.company.people.employee_id.index(employee)
        person = company.person(employee, day) if company.company.people.hire[first] <= on(day) else first
        found += presence.no_score(company.company, np.asarray([person], np.int32), on(day))
    return found


def there(company: Seen, employee: str, *days: str) -> list[bool]:
    """Whether a person is at risk on some days."""
    return [bool(presence.at_risk(company.company, on(day))[company.person(employee, day)]) for day in days]


def trains(company: Seen, employee: str, day: str, known_on: str) -> bool:
    """Whether a training run on `known_on` may use the person's row of `day`."""
    person = np.asarray([company.person(employee, day)], np.int32)
    return bool(presence.trainable(company.company, on(known_on), person, np.asarray([on(day)], np.int32))[0])


def test_who_may_be_scored(see: See) -> None:
    """An exit counts from the day it was known: its own, a later one, or one ahead of it."""
    company = see(employees=EVERYBODY)
    assert refusals(company, "E1", "2019-12-31", "2020-01-01") == ["not_hired_yet", None]
    days = "2024-02-29", "2024-03-01", "2024-05-30", "2024-05-31"
    assert refusals(company, "E2", *days) == [None, "notice_given", "notice_given", "left"]
    late = "2024-03-19", "2024-03-20", "2024-05-31"
    assert refusals(company, "E3", *late) == [None, "notice_given", "left"]
    days = "2024-03-31", "2024-04-01", "2024-06-29", "2024-06-30"
    assert refusals(company, "E4", *days) == [None, "notice_given", "notice_given", "left"]
    assert refusals(company, "E5", "2024-03-09", "2024-03-10") == ["not_hired_yet", None]
    assert refusals(company, "E6", "2023-06-30", "2024-03-09", "2024-03-10") == ["left", "left", None]


def test_at_risk_until_the_exit_day_that_was_known(see: See) -> None:
    """One is at risk up to the day before the exit; until an exit is recorded, nobody knows of it."""
    company = see(employees=EVERYBODY)
    assert there(company, "E2", "2024-02-29", "2024-03-01") == [True, False]
    assert there(company, "E3", "2024-03-19", "2024-03-20") == [True, False]
    assert there(company, "E4", "2024-03-31", "2024-04-01", "2024-06-29", "2024-06-30") == [True, True, True, False]


def test_a_rehire_is_an_employment_of_its_own(see: See) -> None:
    """From the day of the return the earlier employment is over, and before it the later one is not there."""
    company = see(employees=EVERYBODY).company
    first = company.people.employee_id.index("E6")
    assert presence.at_risk(company, on("2024-03-09"))[first : first + 2].tolist() == [False, False]
    assert presence.at_risk(company, on("2024-03-10"))[first : first + 2].tolist() == [False, True]


def test_training_knows_more_than_the_day_did(see: See) -> None:
    """The row of a day between an exit and its recording was scored, and does not train once the exit is known."""
    company = see(employees=EVERYBODY)
    assert trains(company, "E3", "2024-03-10", known_on="2024-03-19")
    assert not trains(company, "E3", "2024-03-10", known_on="2024-03-20")
    assert trains(company, "E3", "2024-02-29", known_on="2024-03-20")
    assert not trains(company, "E4", "2024-05-01", known_on="2024-12-31")


def test_a_trace_is_notice_for_120_days(see: See) -> None:
    """An off-boarding ticket keeps a person from being scored on its day and the 120 days after it, not before."""
    company = see(
        tickets="""
        ticket_id | opened_at            | category
        T1        | 2024-02-01T23:00:00Z | Equipment Return
    """
    )
    assert refusals(company, "E1", "2024-01-31", "2024-02-01") == [None, "notice_given"]
    assert refusals(company, "E1", "2024-05-31", "2024-06-01") == ["notice_given", None]
    assert there(company, "E1", "2024-01-31", "2024-02-01", "2024-06-01") == [True, False, True]
    assert not trains(company, "E1", "2024-02-01", known_on="2024-12-31")


def test_an_exit_survey_is_a_trace(see: See) -> None:
    """A survey of type exit counts from the day it was sent, answered or not."""
    company = see(
        surveys="""
        survey_id | survey_type | sent_at    | driver
        S1        | Exit        | 2024-02-01 | reason
    """
    )
    assert refusals(company, "E1", "2024-01-31", "2024-02-01") == [None, "notice_given"]


@pytest.mark.parametrize(
    "opened,columns,day,kind",
    [
        ("2024-02-29", "|                  | 2024-06-28       | voluntary", "2024-02-29", VOLUNTARY),
        ("2024-02-28", "|                  | 2024-06-28       | voluntary", "2024-06-28", VOLUNTARY),
        ("2024-03-15", "| 2024-04-01       | 2024-06-28       | voluntary", "2024-04-01", VOLUNTARY),
        ("2024-03-15", "|                  | 2024-06-28       | redundancy", "2024-06-28", COMPETING),
        ("2024-03-15", "|                  | 2024-06-28       | ", "2024-06-28", COMPETING),
        ("2024-07-15", "| 2024-04-01       |                  | ", "2024-04-01", VOLUNTARY),
        ("2024-07-15", "| 2024-04-01       | 2024-06-28       | involuntary", "2024-04-01", COMPETING),
    ],
)
def test_exit_day_and_kind(see: See, opened: str, columns: str, day: str, kind: int) -> None:
    """Only a voluntary exit without a resignation is dated by the first trace of the 120 days before it."""
    company = see(
        employees=f"""
            employee_id | hire_date  | resignation_date | termination_date | termination_type
            E1          | 2020-01-01 {columns}
        """,
        tickets=f"""
            ticket_id | opened_at  | category
            T1        | {opened}   | offboarding
        """,
    )
    found = presence.exits(company.company, on("2025-01-01"))
    assert (found.day[0], found.kind[0]) == (on(day), kind)


def test_an_exit_is_no_exit_before_it_is_known(see: See) -> None:
    """On the day before it was recorded an exit has neither day nor kind; on that day it has both."""
    company = see(employees=EVERYBODY)
    place = company.person("E3")
    before, after = (presence.exits(company.company, on(day)) for day in ("2024-03-19", "2024-03-20"))
    assert (before.day[place], before.kind[place]) == (NEVER, 0)
    assert (after.day[place], after.kind[place]) == (on("2024-03-01"), VOLUNTARY)


def test_a_trace_dates_an_exit_only_once_it_is_there(see: See) -> None:
    """An exit recorded ahead lies on its last day until the first trace comes, and from then on on that day."""
    company = see(
        employees="""
            employee_id | hire_date  | termination_date | termination_type | exit_recorded_at
            E1          | 2020-01-01 | 2024-06-28       | voluntary        | 2024-03-15T09:00:00Z
        """,
        tickets="""
            ticket_id | opened_at  | category
            T1        | 2024-05-01 | final_pay
        """,
    )
    days = "2024-03-14", "2024-03-15", "2024-04-30", "2024-05-01"
    found = [int(presence.exits(company.company, on(day)).day[0]) for day in days]
    assert found == [NEVER, on("2024-06-28"), on("2024-06-28"), on("2024-05-01")]
    assert trains(company, "E1", "2024-03-14", known_on="2024-12-31")
    assert not trains(company, "E1", "2024-03-15", known_on="2024-12-31")


def test_no_job_history_no_score(see: See) -> None:
    """A person is scored from the day on which some job row was both recorded and in force."""
    company = see(
        job_history="""
        effective_date | event | manager_id | recorded_at
        2020-01-01     | hire  | M1         | 2020-02-15T10:00:00Z
    """
    )
    assert refusals(company, "E1", "2020-02-14", "2020-02-15") == ["no_job_history", None]
    assert not trains(company, "E1", "2020-02-14", known_on="2024-01-01")


def test_an_objection_stands_until_withdrawn(see: See) -> None:
    """An objection keeps a person from being scored from its day to the day before it is withdrawn."""
    company = see(
        objections="""
        objected_at | withdrawn_at
        2024-02-01  | 2024-03-01
    """
    )
    days = "2024-01-31", "2024-02-01", "2024-02-29", "2024-03-01"
    assert refusals(company, "E1", *days) == [None, "objection", "objection", None]


def test_observation_starts_with_the_first_fact_known(see: See) -> None:
    """The first day of observation is the first dated fact or exit; one recorded later does not count before."""
    company = see(
        employees="""
            employee_id | hire_date  | termination_date
            E1          | 2020-01-01 |
            E2          | 2020-01-01 | 2023-05-31
        """,
        signals="""
            occurred_at | name     | recorded_at
            2023-02-01  | learning | 2023-09-01T00:00:00Z
        """,
    )
    days = ("2023-05-30", "2023-05-31", "2023-08-31", "2023-09-01")
    found = [presence.observed_from(company.company, on(day)) for day in days]
    assert found == [NEVER, on("2023-05-31"), on("2023-05-31"), on("2023-02-01")]
