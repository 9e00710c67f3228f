"""Values in words: what a reason says of a feature, in the catalogue's phrases and units."""

import pytest

from features.catalogue import catalogue
from features.feature import sentence
from features.spec import FeatureSpec
from tests.drawn import See

SPEC = FeatureSpec(drivers=("manager_support",), categories=("payroll",), signals=("overtime",), team_signals=("nps",))
PHRASES = {feature.name: feature for feature in catalogue(SPEC)}
NULL = float("nan")


@pytest.mark.parametrize(
    "name,value,words",
    [
        ("checkins_want_overdue_days", 152.0, "No conversation about what they want to do for 11 months"),
        ("checkins_what_overdue_days", -20.4, "No conversation about what they do for 10 days"),
        ("checkins_how_adherence", 0.25, "Conversations about how they do it: 25 % of the norm held"),
        ("checkins_held_90", 3.0, "3 conversations held in three months"),
        ("checkins_held_days", 1.0, "Last conversation with the manager 1 day ago"),
        ("career_role_days", 59.0, "In the same role for 59 days"),
        ("career_role_days", 60.0, "In the same role for 2 months"),
        ("career_tenure_days", 913.0, "With the company for 2.5 years"),
        ("career_pay_change_365", 0.032, "Pay +3.2 % within a year"),
        ("career_pay_change_last", -0.05, "Last change of pay -5.0 %"),
        ("career_level", 7.0, "Job level 7"),
        ("survey_enps_last", 0.6, "Would recommend us: 6.0 of 10 at the last survey"),
        ("survey_score_trend", -0.15, "Survey answers moved by -1.5 points of 10 in half a year"),
        ("survey_about_manager_support_last", 0.75, "Last answer about manager support: 7.5 of 10"),
        ("survey_response_90", 0.5, "Answered 50 % of the survey questions of three months"),
        (
            "tickets_response_hours_90",
            36.0,
            "HR tickets were first answered after 36 hours on average over three months",
        ),
        ("tickets_response_hours_90", 96.0, "HR tickets were first answered after 4 days on average over three months"),
        ("tickets_about_payroll_365", 2.0, "2 HR tickets about payroll in a year"),
        ("signal_overtime_sum_365", 12.25, "overtime: 12.25 in all over a year"),
        ("signal_overtime_last", 1_250_000.0, "Last overtime: 1,250,000"),
        ("team_leavers_90", 2.0, "2 colleagues left of their own will in three months"),
        ("team_private_answers", 0.3, "Confidential survey answers of the whole group"),
        ("team_signal_nps_90", 41.5, "The team's nps: 41.5 over three months"),
        ("checkins_want_overdue_days", NULL, "No check-ins as a source"),
        ("survey_enps_last", NULL, "No eNPS answer on record"),
        ("team_private_answers", NULL, "Too few confidential survey answers in the group"),
    ],
)
def test_a_value_in_words(name: str, value: float, words: str) -> None:
    """Each unit is said the way people say it, and null says what it means."""
    assert sentence(PHRASES[name], value) == words


def test_the_sentence_of_the_contract(see: See) -> None:
    """Hired on 1 January and never asked: on 30 November no conversation about what they want for eleven months."""
    company = see(
        employees="""
            employee_id | hire_date
            E1          | 2024-01-01
        """,
        checkins="""
            checkin_id | scheduled_at | status | conversation_type
            C1         | 2024-02-01   | held   | what
        """,
    )
    said = company.text("checkins_want_overdue_days", "2024-11-30")
    assert said == "No conversation about what they want to do for 11 months"
    assert company.value("checkins_want_overdue_days", "2024-11-30") == 151.5


@pytest.mark.parametrize("name", ["{0}", "{name}", "%s", "50 % {", "a_b-c"])
def test_any_name_from_the_data_can_be_said(name: str) -> None:
    """A driver or signal with braces or signs in its name gives a sentence and no error."""
    spec = FeatureSpec(drivers=(name,), categories=(name,), signals=(name,), team_signals=(name,))
    for feature in catalogue(spec):
        assert sentence(feature, 1.0)
        assert sentence(feature, NULL)


def test_no_two_columns_have_one_name() -> None:
    """Every column of the catalogue has a name of its own and a phrase for null."""
    features = catalogue(SPEC)
    assert len({feature.name for feature in features}) == len(features)
    assert all(feature.null_phrase for feature in features)
