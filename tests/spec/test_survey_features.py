"""Surveys: questions and answers in, levels, moves and silence out."""

from features.spec import FeatureSpec
from tests.drawn import See

ENPS = """
    survey_id | sent_at    | responded_at | driver | score
    S1        | 2023-09-01 | 2023-09-03   | enps   | 9
    S2        | 2024-01-10 | 2024-01-12   | eNPS   | 8
    S3        | 2024-05-10 | 2024-05-12   | ENPS   | 6
"""


def test_an_answer_counts_from_the_day_it_was_given(see: See) -> None:
    """The day before the answer the one before it is still the last."""
    company = see(surveys=ENPS)
    assert company.over("survey_enps_last", "2023-09-02", "2024-05-11", "2024-05-12") == [None, 0.8, 0.6]
    assert company.over("survey_enps_change", "2023-09-03", "2024-05-11", "2024-05-12") == [None, -0.1, -0.2]
    assert company.over("survey_silence_days", "2023-09-02", "2024-05-11", "2024-05-12") == [None, 120, 0]


def test_windows_end_after_their_last_day(see: See) -> None:
    """An answer of 12 January counts in 90 days until 10 April, in 365 until the following 10 January."""
    company = see(surveys=ENPS)
    assert company.over("survey_score_90", "2024-04-10", "2024-04-11") == [0.8, None]
    assert company.over("survey_enps_365", "2024-05-12", "2024-09-01", "2024-09-02") == [0.7667, 0.7667, 0.7]
    assert company.over("survey_enps_365", "2025-01-10", "2025-01-11", "2025-05-12") == [0.7, 0.6, None]


def test_the_trend_compares_half_years(see: See) -> None:
    """The mean of the last 180 days less that of the 185 before; null where either has no answer."""
    company = see(surveys=ENPS)
    assert company.over("survey_enps_trend", "2024-01-12", "2024-05-12", "2025-05-11") == [None, -0.2, None]


def test_scores_are_shares_of_their_own_scale(see: See) -> None:
    """A 4 is three quarters of 1 to 5, half of 1 to 7, and two fifths of the ten of an eNPS."""
    spec = FeatureSpec(drivers=("enps_like", "growth", "pace"))
    company = see(
        spec,
        surveys="""
            survey_id | sent_at    | responded_at | driver | score | scale_min | scale_max
            S1        | 2024-01-10 | 2024-01-10   | growth | 4     |           |
            S1        | 2024-01-10 | 2024-01-10   | Pace   | 4     | 1         | 7
            S1        | 2024-01-10 | 2024-01-10   | enps   | 4     |           |
        """,
    )
    values = company.values("2024-01-10")
    assert [values[f"survey_about_{name}_last"] for name in spec.drivers] == [None, 0.75, 0.5]
    assert values["survey_enps_last"] == 0.4
    assert values["survey_score_365"] == 0.55


def test_a_driver_has_level_mean_change_and_trend(see: See) -> None:
    """Its columns speak of its own answers alone."""
    company = see(
        FeatureSpec(drivers=("growth",)),
        surveys="""
            survey_id | sent_at    | responded_at | driver | score
            S1        | 2023-09-01 | 2023-09-01   | growth | 5
            S2        | 2024-03-01 | 2024-03-01   | growth | 2
            S3        | 2024-05-01 | 2024-05-01   | growth | 3
            S3        | 2024-05-01 | 2024-05-01   | pride  | 5
        """,
    )
    values = company.values("2024-05-01")
    assert [values[f"survey_about_growth_{name}"] for name in ("last", "365", "change", "trend")] == [
        0.5,
        0.5833,  # (1 + 0.25 + 0.5) / 3
        0.25,
        -0.625,  # (0.25 + 0.5) / 2 - 1
    ]


def test_silence_is_counted_after_two_weeks(see: See) -> None:
    """A question without an answer counts as asked on the 14th day after it was sent, an answered one at once."""
    company = see(
        surveys="""
        survey_id | sent_at    | responded_at | driver | score
        S1        | 2024-01-10 |              | growth |
        S2        | 2024-01-20 | 2024-01-22   | growth | 3
    """
    )
    days = "2024-01-21", "2024-01-22", "2024-01-23", "2024-01-24"
    assert company.over("survey_asked_365", *days) == [0, 1, 1, 2]
    assert company.over("survey_response_365", *days) == [None, 1, 1, 0.5]
    assert company.over("survey_unanswered_180", "2024-01-23", "2024-01-24", "2024-07-07", "2024-07-08") == [0, 1, 1, 0]


def test_a_late_answer_ends_the_silence_from_its_day_on(see: See) -> None:
    """A question answered after a month was unanswered from the second week to the day before the answer."""
    company = see(
        surveys="""
        survey_id | sent_at    | responded_at | driver | score
        S1        | 2024-01-10 | 2024-02-10   | growth | 3
    """
    )
    assert company.over("survey_response_90", "2024-01-23", "2024-01-24", "2024-02-09", "2024-02-10") == [None, 0, 0, 1]


def test_a_question_sent_into_a_leave_is_no_silence(see: See) -> None:
    """Unanswered, it never counts; answered, it does."""
    surveys = """
        survey_id | sent_at    | responded_at | driver | score
        S1        | 2024-01-10 |              | growth |
        S2        | 2024-01-11 | 2024-03-01   | growth | 3
    """
    absences = """
        start_date | end_date
        2024-01-01 | 2024-02-20
    """
    company = see(surveys=surveys, absences=absences)
    assert company.over("survey_asked_365", "2024-02-29", "2024-03-01") == [0, 1]


def test_answers_without_a_name_are_nobodys(see: See) -> None:
    """A confidential or anonymous answer, and whether it was given, leaves every personal column as it was."""
    company = see(
        surveys="""
        survey_id | sent_at    | responded_at | driver | score | attribution
        S1        | 2024-01-10 | 2024-01-10   | enps   | 9     | confidential
        S2        | 2024-01-10 | 2024-01-10   | enps   | 9     | Anonymous
        S3        | 2024-01-10 |              | enps   |       | confidential
    """
    )
    values = company.values("2024-03-01")
    names = ("score_365", "asked_365", "response_365", "silence_days", "enps_last")
    assert [values[f"survey_{name}"] for name in names] == [None, 0, None, None, None]


def test_onboarding_answers_count_for_ever(see: See) -> None:
    """The mean of all onboarding answers, and of no others."""
    company = see(
        surveys="""
        survey_id | survey_type | sent_at    | responded_at | driver | score
        S1        | Onboarding  | 2020-02-01 | 2020-02-01   | growth | 2
        S2        | onboarding  | 2020-04-01 | 2020-04-01   | growth | 3
        S3        | pulse       | 2020-04-01 | 2020-04-01   | pride  | 5
    """
    )
    assert company.over("survey_onboarding_score", "2020-01-31", "2020-02-01", "2024-01-01") == [None, 0.25, 0.375]


def test_the_order_of_answers_of_one_day_does_not_matter(see: See) -> None:
    """Of two answers of one day the higher is the last, wherever it stands in the file."""
    rows = ["S1 | 2024-01-10 | 2024-01-10 | enps | 9", "S2 | 2024-01-10 | 2024-01-10 | enps | 4"]
    header = "survey_id | sent_at | responded_at | driver | score"
    for lines in (rows, rows[::-1]):
        company = see(surveys="\n".join([header, *lines]))
        assert company.over("survey_enps_last", "2024-01-10") == [0.9]
        assert company.over("survey_enps_change", "2024-01-10") == [0.5]


def test_a_missing_source_is_null_and_an_empty_one_is_zero(see: See) -> None:
    """Without a surveys table every column is null; with one that has no row yet, counts are zero."""
    spec = FeatureSpec(drivers=("growth",))
    missing = see(spec).values("2024-01-01")
    assert {value for name, value in missing.items() if name.startswith("survey_")} == {None}
    before = see(spec, surveys=ENPS).values("2020-06-01")
    assert {name for name, value in before.items() if name.startswith("survey_") and value is not None} == {
        "survey_asked_365",
        "survey_unanswered_180",
    }
    assert before["survey_asked_365"] == 0
