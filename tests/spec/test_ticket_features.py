"""Tickets: what was asked and what came of it in, counts, waits and ratings out."""

from features.spec import FeatureSpec
from tests.drawn import See

ONE = """
    ticket_id | opened_at            | first_response_at    | resolved_at          | category | priority | escalated | reopen_count | csat | csat_max
    T1        | 2024-01-10T08:00:00Z | 2024-01-11T20:00:00Z | 2024-01-14T08:00:00Z | Payroll  | P1       | true      | 2            | 4    |
"""


def test_each_fact_counts_from_its_own_day(see: See) -> None:
    """Opened, answered, resolved: what a day did not know yet is not in its numbers."""
    company = see(tickets=ONE)
    days = "2024-01-09", "2024-01-10", "2024-01-11", "2024-01-13", "2024-01-14"
    assert company.over("tickets_count_30", *days) == [0, 1, 1, 1, 1]
    assert company.over("tickets_urgent_365", *days) == [0, 1, 1, 1, 1]
    assert company.over("tickets_open", *days) == [0, 1, 1, 1, 0]
    assert company.over("tickets_open_days", *days) == [None, 0, 1, 3, None]
    assert company.over("tickets_unanswered", *days) == [0, 1, 0, 0, 0]
    assert company.over("tickets_response_hours_90", *days) == [None, None, 36, 36, 36]
    assert company.over("tickets_resolution_days_365", *days) == [None, None, None, None, 4]
    assert company.over("tickets_csat_last", *days) == [None, None, None, None, 0.8]
    assert company.over("tickets_escalated_365", *days) == [0, 0, 0, 0, 1]
    assert company.over("tickets_reopened_365", *days) == [0, 0, 0, 0, 2]


def test_windows_end_after_their_last_day(see: See) -> None:
    """A ticket of 10 January counts in 30 days until 8 February and in 90 until 8 April."""
    company = see(tickets=ONE)
    assert company.over("tickets_count_30", "2024-02-08", "2024-02-09") == [1, 0]
    assert company.over("tickets_count_90", "2024-04-08", "2024-04-09") == [1, 0]
    assert company.over("tickets_csat_365", "2025-01-12", "2025-01-13") == [0.8, None]
    assert company.over("tickets_last_days", "2024-02-09", "2026-01-09") == [30, 730]


def test_a_leave_pushes_a_window_back(see: See) -> None:
    """Ten days of leave keep a ticket ten days longer in view, and do not age it; one after the window does nothing."""
    company = see(tickets=ONE, absences="""
        start_date | end_date
        2024-01-20 | 2024-01-25
        2024-01-23 | 2024-01-29
        2024-02-19 |
    """)  # fmt: skip
    assert company.over("tickets_count_30", "2024-02-18", "2024-02-19") == [1, 0]
    assert company.over("tickets_last_days", "2024-01-19", "2024-01-29", "2024-01-30", "2024-03-31") == [9, 9, 10, 29]


def test_pace_is_three_months_against_the_year(see: See) -> None:
    """One ticket of three months and one before it: twice the year's pace, less the odd days."""
    company = see(
        tickets="""
        ticket_id | opened_at
        T1        | 2023-08-01
        T2        | 2024-01-10
    """
    )
    assert company.over("tickets_surge", "2023-07-31", "2023-08-01", "2024-01-31") == [None, 4.0556, 2.0278]


def test_ratings_are_shares_of_their_own_scale(see: See) -> None:
    """A 4 of 5 and a 4 of 10 are 0.8 and 0.4; a rating without a resolution is not known."""
    company = see(
        tickets="""
        ticket_id | opened_at  | resolved_at | csat | csat_max
        T1        | 2024-01-10 | 2024-01-11  | 4    |
        T2        | 2024-01-10 | 2024-01-12  | 4    | 10
        T3        | 2024-01-10 |             | 1    |
    """
    )
    assert company.over("tickets_csat_365", "2024-01-11", "2024-01-12", "2024-02-01") == [0.8, 0.6, 0.6]
    assert company.over("tickets_csat_last", "2024-01-11", "2024-01-12") == [0.8, 0.4]


def test_leaving_and_denied_tickets_are_no_tickets(see: See) -> None:
    """Off-boarding tickets are traces and denied categories never come in: neither is counted anywhere."""
    company = see(
        FeatureSpec(categories=("exit", "grievance", "payroll")),
        tickets="""
            ticket_id | opened_at  | category
            T1        | 2024-01-10 | Exit
            T2        | 2024-01-10 | grievance
            T3        | 2024-01-10 | PAYROLL
        """,
    )
    values = company.values("2024-01-31")
    assert (values["tickets_count_30"], values["tickets_open"]) == (1, 1)
    assert [values[f"tickets_about_{name}_365"] for name in ("exit", "grievance", "payroll")] == [0, 0, 1]


def test_a_missing_source_is_null(see: See) -> None:
    """Without a tickets table every column is null."""
    values = see(FeatureSpec(categories=("payroll",))).values("2024-01-01")
    assert {value for name, value in values.items() if name.startswith("tickets_")} == {None}
