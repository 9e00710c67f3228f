"""Values in words: what a reason says of a feature, in the catalogue's phrases and units."""

import re

import pytest

from features.catalogue import catalogue
from features.feature import Feature, null_sentence, sentence
from features.spec import FeatureSpec
from tests.drawn import See, on

SPEC = FeatureSpec(drivers=("manager_support",), categories=("payroll",), signals=("overtime",), team_signals=("nps",))
PHRASES = {feature.name: feature for feature in catalogue(SPEC)}
NULL = float("nan")


@pytest.mark.parametrize(
    "name,value,words",
    [
        ("checkins_want_overdue_days", 152.0, "No conversation about what they want to do for 11 months"),
        ("checkins_want_overdue_days", 0.5, "No conversation about what they want to do for 6 months"),
        ("checkins_what_overdue_days", -20.4, "10 days since a conversation about what they do, or since joining"),
        ("checkins_held_90", 0.0, "0 conversations held in the last 3 months"),
        ("checkins_held_90", 1.0, "1 conversation held in the last 3 months"),
        ("checkins_held_90", 11.0, "11 conversations held in the last 3 months"),
        ("checkins_held_days", 1.0, "Last conversation with the manager 1 day ago"),
        ("career_role_days", 59.0, "In the same role for 59 days"),
        ("career_role_days", 60.0, "In the same role for 2 months"),
        ("career_tenure_days", 913.0, "With the company for 2.5 years"),
        ("career_pay_change_365", -0.05, "Pay -5.0 % in the last 12 months"),
        ("career_pay_growth", 0.06, "Pay +6.0 % since 2024-10-04"),
        ("career_pay_growth", -0.0001, "Pay +0.0 % since 2024-10-04"),
        ("career_level_gain", -1.0, "Job level -1 since 2024-10-04"),
        ("career_compa_drift", 0.03, "Pay against the range's midpoint moved by +3 percentage points since 2024-10-04"),
        ("career_rehired", 0.0, "Hired for the first time on 2024-10-04"),
        (
            "tickets_response_hours_90",
            96.0,
            "HR tickets were first answered after 4 days on average in the last 3 months",
        ),
        ("signal_overtime_last", 1_250_000.0, "Last overtime, on 2024-10-04: 1,250,000"),
        ("signal_overtime_change", 1_250_000.0, "overtime moved by +1,250,000 on 2024-10-04, against the value before"),
    ],
)
def test_a_value_in_words(name: str, value: float, words: str) -> None:
    """Each unit is said the way people say it."""
    assert sentence(PHRASES[name], value, on("2024-10-04")) == words


@pytest.mark.parametrize("feature", catalogue(SPEC), ids=lambda feature: feature.name)
def test_a_phrase_says_when_and_judges_nothing(feature: Feature) -> None:
    """A window, a span up to today or a day in every phrase; no word that takes sides, since the sign speaks."""
    sides = re.compile(
        r"\b(only|just|already|high|low|good|bad|poor|well|too|fail\w*|lack\w*|strong|weak)\b", re.IGNORECASE
    )
    when = re.compile(
        r"the last (\d+ (days|months)|2 years)|for \{\}$|waiting for \{\}|\{\} (ago|since)|\bnow\b|\{date\}"
    )
    for phrase in filter(None, (feature.phrase, feature.otherwise)):
        assert when.search(phrase), phrase
        assert not sides.search(phrase), phrase


@pytest.mark.parametrize(
    "name, value, typical, words",
    [
        ("career_pay_growth", 0.019, 0.142, "Pay +1.9 % since 2024-10-04 (typical here: +14.2 %)"),
        ("career_pay_growth", 0.1419, 0.1421, "Pay +14.2 % since 2024-10-04"),
        ("checkins_held_365", 1.0, 9.0, "1 conversation held in the last 12 months (typical here: 9)"),
        ("checkins_want_overdue_days", 152.0, 0.0,
         "No conversation about what they want to do for 11 months (typical here: 6 months)"),
        ("team_private_answers", 0.3, 0.6, "Confidential survey answers of the whole group in the last 12 months"),
        ("survey_enps_last", NULL, 0.6, "No eNPS answer on record"),
    ],
)  # fmt: skip
def test_what_is_typical(name: str, value: float, typical: float, words: str) -> None:
    """It stands beside the value where it reads differently, and never beside a null or a value that is not told."""
    assert sentence(PHRASES[name], value, on("2024-10-04"), typical) == words


@pytest.mark.parametrize(
    "name, missing, words",
    [
        ("survey_enps_last", {"surveys"}, "No survey records here"),
        ("survey_enps_last", {"tickets", "team"}, "No eNPS answer on record"),
        ("comments_tone_365", {"surveys"}, "No survey records here"),
        ("tickets_open_days", {"tickets"}, "No HR ticket records here"),
        ("checkins_kept_90", {"checkins"}, "No check-in records here"),
        ("signal_overtime_last", {"signals"}, "No signal records here"),
        ("team_kept_365", {"checkins"}, "No check-in records here"),
        ("team_kept_365", {"checkins", "team"}, "Nothing known of the team here"),
        ("team_size", {"surveys"}, "No manager on record"),
        ("team_signal_nps_90", {"team_signals"}, "No team signal records here"),
        ("career_base_salary", {"surveys", "team"}, "No pay on record"),
    ],
)
def test_a_missing_source_is_said(name: str, missing: set[str], words: str) -> None:
    """A null of a source that is not there is told from one of somebody of whom there is nothing."""
    assert null_sentence(PHRASES[name], missing) == words


def test_a_reason_names_the_day_its_value_dates_from(see: See) -> None:
    """Pay since the first pay on record and since its last change; the last answer, rating and value, each on its day."""
    company = see(
        SPEC,
        job_history="""
            effective_date | event      | base_salary | job_level | compa_ratio
            2020-01-01     | hire       |             | 3         |
            2021-03-01     | pay_change | 40000       |           | 0.90
            2022-04-01     | pay_change | 50000       | 4         | 0.95
        """,
        surveys="""
            survey_id | sent_at    | responded_at | driver          | score
            S1        | 2022-01-10 | 2022-01-12   | enps            | 8
            S2        | 2022-05-10 | 2022-05-13   | enps            | 6
            S3        | 2022-05-10 | 2022-05-14   | manager_support | 4
        """,
        tickets="""
            ticket_id | opened_at  | resolved_at | csat
            T1        | 2022-02-01 | 2022-02-03  | 4
        """,
        signals="""
            occurred_at | name     | value
            2022-03-01  | overtime | 7
            2022-03-05  | overtime |
        """,
    )
    said = {name: company.text(name, "2022-06-30") for name in DATED}
    assert said == DATED
    assert company.text("survey_enps_last", "2022-05-12") == "Would recommend us: 8.0 of 10 on 2022-01-12"


DATED = {
    "career_pay_growth": "Pay +25.0 % since 2021-03-01",
    "career_pay_change_last": "Last change of pay, on 2022-04-01: +25.0 %",
    "career_level_gain": "Job level +1 since 2020-01-01",
    "career_compa_drift": "Pay against the range's midpoint moved by +5 percentage points since 2021-03-01",
    "career_rehired": "Hired for the first time on 2020-01-01",
    "survey_enps_last": "Would recommend us: 6.0 of 10 on 2022-05-13",
    "survey_enps_change": "Willingness to recommend us moved by -2.0 points of 10 on 2022-05-13, against the answer before",
    "survey_about_manager_support_last": "Last answer about manager support, on 2022-05-14: 7.5 of 10",
    "tickets_csat_last": "HR ticket resolved on 2022-02-03 rated 8.0 of 10",
    "signal_overtime_last": "Last overtime, on 2022-03-01: 7",
}


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


def test_topics() -> None:
    """Columns that look at one thing in several ways share a topic, and only those of one family do."""
    topics: dict[str, list[Feature]] = {}
    for feature in catalogue(SPEC):
        if feature.topic:
            topics.setdefault(feature.topic, []).append(feature)
    assert all(len({feature.family for feature in members}) == 1 for members in topics.values())
    assert all(len(members) > 1 for members in topics.values())
    assert [feature.name for feature in topics["signal overtime"]] == [
        f"signal_overtime_{way}"
        for way in ("count_90", "count_365", "days", "last", "change", "mean_90", "mean_365", "trend", "sum_365")
    ]
    assert [feature.name for feature in topics["conversations about what they want to do"]] == [
        "checkins_want_adherence",
        "checkins_want_overdue_days",
    ]
    assert [feature.name for feature in topics["team signal_nps"]] == [
        "team_signal_nps_90",
        "team_signal_nps_365",
        "team_signal_nps_trend",
    ]
    assert {"answers about manager support", "enps", "survey scores", "pay", "pay range", "team leavers"} < set(topics)
