"""Signals: dated facts in, counts, values and their moves out."""

from features.spec import FeatureSpec
from tests.drawn import See

SPEC = FeatureSpec(signals=("learning", "overtime"))
HOURS = """
    occurred_at | name     | value | recorded_at
    2023-06-01  | Overtime | 2     |
    2024-03-01  | overtime | 8     | 2024-03-20T12:00:00Z
    2024-03-10  | overtime |       |
    2024-03-15  | overtime | 5     | 2024-03-14T12:00:00Z
    2024-03-16  | sleep    | 9     |
"""


def test_a_signal_counts_from_the_day_it_was_recorded(see: See) -> None:
    """One recorded late is unknown until then, one recorded ahead until it happens; then each has its own day."""
    company = see(SPEC, signals=HOURS)
    days = "2024-03-10", "2024-03-14", "2024-03-15", "2024-03-19", "2024-03-20"
    assert company.over("signal_overtime_count_90", *days) == [1, 1, 2, 2, 3]
    assert company.over("signal_overtime_last", *days) == [2, 2, 5, 5, 5]
    assert company.over("signal_overtime_change", *days) == [None, None, 3, 3, -3]
    assert company.over("signal_overtime_sum_365", *days) == [2, 2, 7, 7, 15]


def test_all_columns_of_a_name(see: See) -> None:
    """A row without a value is counted and averaged by nobody; the trend is the quarter's mean less the year's."""
    values = see(SPEC, signals=HOURS).values("2024-03-31")
    names = ("count_90", "count_365", "days", "last", "change", "mean_90", "mean_365", "trend", "sum_365")
    assert [values[f"signal_overtime_{name}"] for name in names] == [3, 4, 16, 5, -3, 6.5, 5, 1.5, 15]
    assert [values[f"signal_learning_{name}"] for name in names] == [0, 0, *[None] * 7]


def test_windows_end_after_their_last_day(see: See) -> None:
    """A signal of 1 March 2024 counts in 90 days until 29 May, in 365 until 28 February."""
    company = see(SPEC, signals=HOURS)
    assert company.over("signal_overtime_count_90", "2024-05-29", "2024-05-30") == [3, 2]
    assert company.over("signal_overtime_count_365", "2025-02-28", "2025-03-01") == [3, 2]


def test_a_record_later_than_its_window_never_counts_in_it(see: See) -> None:
    """A signal recorded after half a year is in no quarter, yet in the year and the last value."""
    company = see(
        SPEC,
        signals="""
            occurred_at | name     | value | recorded_at
            2024-01-01  | learning | 3     | 2024-07-01T00:00:00Z
        """,
    )
    assert company.over("signal_learning_count_90", "2024-03-01", "2024-07-01") == [0, 0]
    assert company.over("signal_learning_count_365", "2024-06-30", "2024-07-01", "2024-12-30", "2024-12-31") == [
        0,
        1,
        1,
        0,
    ]
    assert company.over("signal_learning_last", "2024-06-30", "2024-07-01", "2026-01-01") == [None, 3, 3]


def test_denied_names_are_no_signals(see: See) -> None:
    """A signal named for a health fact never comes in, whatever the spec asks for."""
    company = see(
        FeatureSpec(signals=("sick_days",)),
        signals="""
            occurred_at | name      | value
            2024-01-01  | sick_days | 3
        """,
    )
    assert company.value("signal_sick_days_count_365", "2024-01-01") == 0


def test_facts_before_the_hire_day_are_nobodys(see: See) -> None:
    """A signal dated before the employment is set aside; one of its first day counts."""
    company = see(
        SPEC,
        signals="""
            occurred_at | name     | value
            2019-12-31  | learning | 1
            2020-01-01  | learning | 2
        """,
    )
    assert company.value("signal_learning_sum_365", "2020-06-01") == 2
