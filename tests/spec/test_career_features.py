"""Career: job rows in, ages and changes out."""

import pytest

from tests.drawn import See

HISTORY = """
    effective_date | event          | manager_id | org_unit    | job_title | job_level | fte | base_salary | compa_ratio
    2020-01-01     | hire           | M1         | Sales/North | Clerk     | L3        | 1   | 50000       | 0.90
    2023-01-01     | promotion      |            |             | Lead      | L4        |     | 55000       | 0.95
    2023-07-01     | manager_change | M2         |             |           |           |     |             |
    2024-01-01     | transfer       |            | Ops         | Lead      |           | 0.8 |             | 0.92
    2024-09-01     | pay_change     |            |             |           |           |     | 66000       |
"""


def test_the_state_and_its_ages(see: See) -> None:
    """Each column keeps its last value, and each clock runs from the last change of its own columns."""
    values = see(job_history=HISTORY).values("2024-06-30")
    assert {name.removeprefix("career_"): value for name, value in values.items() if name.startswith("career_")} == {
        "tenure_days": 1642,
        "role_days": 546,
        "manager_days": 365,
        "unit_days": 181,
        "pay_days": 546,
        "promotion_days": 546,
        "managers_365": 0,
        "managers_730": 1,
        "transfers_730": 1,
        "promotions_730": 1,
        "pay_changes_730": 1,
        "changes_365": 1,
        "level": 4,
        "level_gain": 1,
        "fte": 0.8,
        "base_salary": 55000,
        "pay_change_last": 0.1,
        "pay_growth": 0.1,
        "pay_change_365": 0,
        "compa_ratio": 0.92,
        "compa_change_365": -0.03,
        "compa_drift": 0.02,
        "rehired": 0,
    }


def test_a_change_is_in_force_on_its_day(see: See) -> None:
    """A change counts from its effective date on, not the day before."""
    company = see(job_history=HISTORY)
    assert company.over("career_manager_days", "2023-06-30", "2023-07-01", "2023-07-02") == [1276, 0, 1]
    assert company.over("career_pay_growth", "2024-08-31", "2024-09-01") == [0.1, 0.32]


def test_a_year_has_365_days(see: See) -> None:
    """A change counts on its day and the 364 days after it; a year ago is 365 days ago."""
    company = see(job_history=HISTORY)
    assert company.over("career_managers_365", "2024-06-29", "2024-06-30") == [1, 0]
    assert company.over("career_managers_730", "2025-06-29", "2025-06-30") == [1, 0]
    assert company.over("career_pay_change_365", "2023-12-31", "2024-01-01", "2024-09-01") == [0.1, 0, 0.2]


def test_a_row_recorded_late_is_unknown_until_then(see: See) -> None:
    """A change recorded weeks later leaves those weeks as they were seen, and is dated by its own day after that."""
    company = see(
        job_history="""
        effective_date | event          | manager_id | base_salary | recorded_at
        2023-01-01     | hire           | M1         | 40000       |
        2024-03-01     | manager_change | M2         | 50000       | 2024-03-20T17:00:00Z
    """
    )
    assert company.over("career_manager_days", "2024-03-19", "2024-03-20") == [1539, 19]
    assert company.over("career_pay_growth", "2024-03-19", "2024-03-20") == [0, 0.25]


def test_a_late_row_lies_before_what_was_known_earlier(see: See) -> None:
    """What a late row says about the time before a newer row does not override the newer one."""
    company = see(
        job_history="""
        effective_date | event      | base_salary | recorded_at
        2023-01-01     | hire       | 40000       |
        2023-09-01     | pay_change | 44000       | 2024-02-01T00:00:00Z
        2024-01-01     | pay_change | 55000       |
    """
    )
    assert company.over("career_pay_change_last", "2024-01-31", "2024-02-01") == [0.375, 0.25]
    assert company.over("career_pay_changes_730", "2024-01-31", "2024-02-01") == [1, 2]


def test_a_correction_replaces_and_is_no_change(see: See) -> None:
    """A later record of one key takes the value over from then on, the start included; no clock starts again."""
    company = see(
        job_history="""
        effective_date | event      | base_salary | recorded_at
        2020-01-01     | hire       | 50000       |
        2020-01-01     | hire       | 40000       | 2024-02-10T09:00:00Z
        2022-01-01     | pay_change | 60000       |
    """
    )
    assert company.over("career_pay_growth", "2024-02-09", "2024-02-10") == [0.2, 0.5]
    assert company.over("career_pay_changes_730", "2022-01-01", "2023-12-31", "2024-02-10") == [1, 1, 0]
    assert company.value("career_pay_days", "2024-02-10") == 770


def test_a_corrected_change_is_one_change(see: See) -> None:
    """A change entered with the wrong manager and put right a month later is one change of manager, not two."""
    company = see(
        job_history="""
        effective_date | event          | manager_id | recorded_at
        2020-01-01     | hire           | M1         |
        2024-01-10     | manager_change | M2         |
        2024-01-10     | manager_change | M3         | 2024-02-10T09:00:00Z
        2024-03-01     | manager_change | M3         |
    """
    )
    assert company.over("career_managers_365", "2024-01-09", "2024-01-10", "2024-02-10", "2024-03-01") == [0, 1, 1, 1]
    assert company.over("career_manager_days", "2024-02-09", "2024-03-01") == [30, 51]


def test_a_repetition_without_a_later_record_is_no_correction(see: See) -> None:
    """Of two rows with one key and no time of recording the first stays."""
    company = see(
        job_history="""
        effective_date | event | job_level
        2020-01-01     | hire  | 5
        2020-01-01     | hire  | 9
    """
    )
    assert company.value("career_level", "2024-01-01") == 5


@pytest.mark.parametrize("level,value", [("L7", 7), ("Grade 7.5", 7.5), ("7", 7), ("P3b", None), ("Senior", None)])
def test_a_level_is_the_number_at_its_end(see: See, level: str, value: float | None) -> None:
    """A job level counts by the number it ends with; without one it is null."""
    company = see(
        job_history=f"""
        effective_date | event | job_level
        2020-01-01     | hire  | {level}
    """
    )
    assert company.value("career_level", "2024-01-01") == value


def test_a_rehire_starts_anew(see: See) -> None:
    """Tenure and all clocks of a returned person run from the return; the earlier employment's rows are not theirs."""
    company = see(
        employees="""
            employee_id | hire_date  | termination_date
            E1          | 2018-01-01 | 2022-12-31
            E1          | 2024-01-01 |
        """,
        job_history="""
            effective_date | event     | manager_id | base_salary
            2018-01-01     | hire      | M1         | 40000
            2024-01-01     | Rehire    | M2         | 50000
        """,
    )
    values = company.values("2024-01-31")
    assert (values["career_tenure_days"], values["career_manager_days"], values["career_pay_growth"]) == (30, 30, 0)
    assert company.over("career_rehired", "2022-01-01", "2024-01-31") == [0, 1]


def test_leave_does_not_stop_a_career_clock(see: See) -> None:
    """A salary ages during a leave as well."""
    company = see(
        job_history="""
            effective_date | event | manager_id | base_salary
            2020-01-01     | hire  | M1         | 40000
        """,
        absences="""
            start_date | end_date
            2020-02-01 | 2020-12-31
        """,
    )
    assert company.value("career_pay_days", "2021-01-01") == 366
    assert company.value("career_unit_days", "2021-01-01") is None


def test_without_job_rows_only_tenure_is_known(see: See) -> None:
    """Before any job row is known, the tenure is all there is: other clocks and values are null."""
    values = see(job_history=HISTORY.replace("2020-01-01", "2022-06-01")).values("2020-12-31")
    names = ("tenure_days", "role_days", "changes_365", "level", "fte", "base_salary", "pay_growth", "compa_ratio")
    assert [values[f"career_{name}"] for name in names] == [365, None, 0, None, None, None, None, None]
