"""How old what is known of a person is, source by source."""

from features.days import NEVER
from features.newest import newest_facts
from tests.drawn import See, Seen, on


def newest(company: Seen, source: str, *days: str) -> list[int]:
    """The day of E1's newest fact of a source, as known on some days."""
    return [int(newest_facts(company.company, on(day))[source][0]) for day in days]


def test_each_source_dates_by_what_happened(see: See) -> None:
    """An answer by its answering, a ticket by its opening, a check-in by when it was held; not before it was known."""
    company = see(
        surveys="""
            survey_id | sent_at    | responded_at | driver | score
            S1        | 2024-01-01 | 2024-01-05   | enps   | 7
            S2        | 2024-02-01 |              | enps   |
        """,
        tickets="""
            ticket_id | opened_at
            T1        | 2024-01-10
        """,
        checkins="""
            checkin_id | scheduled_at | held_at    | status
            C1         | 2024-01-20   | 2024-01-19 | held
            C2         | 2024-02-20   |            | missed
        """,
        signals="""
            occurred_at | name     | value | recorded_at
            2024-01-25  | learning | 1     | 2024-01-30
        """,
    )
    assert newest(company, "surveys", "2024-01-04", "2024-01-05", "2024-03-01") == [
        NEVER,
        on("2024-01-05"),
        on("2024-01-05"),
    ]
    assert newest(company, "tickets", "2024-01-09", "2024-01-10") == [NEVER, on("2024-01-10")]
    assert newest(company, "checkins", "2024-01-19", "2024-03-01") == [NEVER, on("2024-01-19")]
    assert newest(company, "signals", "2024-01-29", "2024-01-30") == [NEVER, on("2024-01-25")]
    assert newest(company, "job_history", "2024-03-01") == [on("2020-01-01")]


def test_a_source_that_does_not_exist_is_absent(see: See) -> None:
    """No table, no word about it."""
    assert set(newest_facts(see().company, on("2024-01-01"))) == {"job_history"}


def test_an_answer_that_is_not_in_ones_own_name_counts_for_nobody(see: See) -> None:
    """When somebody answered in confidence is theirs to know."""
    company = see(
        surveys="""
        survey_id | sent_at    | responded_at | driver | score | attribution
        S1        | 2024-01-01 | 2024-01-05   | enps   | 7     | confidential
    """
    )
    assert newest(company, "surveys", "2024-03-01") == [NEVER]
