"""Every column of the catalogue in words: its name and a value, what is said of it, and what is said of null."""

import math
from typing import Final

import pytest

from features.catalogue import catalogue
from features.feature import sentence
from features.spec import FeatureSpec
from tests.drawn import on

SPEC: Final = FeatureSpec(
    drivers=("manager_support",), categories=("payroll",), signals=("overtime",), team_signals=("nps",)
)
SAID: Final = """
career_tenure_days = 152
    With the company for 5 months
    No hire date on record
career_role_days = 152
    In the same role for 5 months
    No role on record
career_manager_days = 152
    With the same manager for 5 months
    No manager on record
career_unit_days = 152
    In the same unit for 5 months
    No unit on record
career_pay_days = 152
    Pay unchanged for 5 months
    No pay on record
career_promotion_days = 152
    5 months since the last promotion or, without one, since joining
    No job level on record
career_managers_365 = 3
    3 changes of manager in the last 12 months
    No manager on record
career_managers_730 = 3
    3 changes of manager in the last 2 years
    No manager on record
career_transfers_730 = 3
    3 changes of unit in the last 2 years
    No unit on record
career_promotions_730 = 3
    3 promotions in the last 2 years
    No job level on record
career_pay_changes_730 = 3
    3 changes of pay in the last 2 years
    No pay on record
career_changes_365 = 3
    3 job changes of any kind in the last 12 months
    No job history
career_level = 7
    Job level 7 now
    No job level on record
career_level_gain = 1
    Job level +1 since 2024-10-04
    No job level on record
career_fte = 0.25
    Works 25 % of full time now
    No working time on record
career_base_salary = 12.25
    Base salary of 12.25 now
    No pay on record
career_pay_change_last = 0.032
    Last change of pay, on 2024-10-04: +3.2 %
    No change of pay on record
career_pay_growth = 0.032
    Pay +3.2 % since 2024-10-04
    No pay on record
career_pay_change_365 = 0.032
    Pay +3.2 % in the last 12 months
    No pay on record a year ago
career_compa_ratio = 0.25
    Paid at 25 % of the range's midpoint now
    No compa-ratio on record
career_compa_change_365 = -0.2
    Pay against the range's midpoint moved by -20 percentage points in the last 12 months
    No compa-ratio on record a year ago
career_compa_drift = -0.2
    Pay against the range's midpoint moved by -20 percentage points since 2024-10-04
    No compa-ratio on record
career_rehired = 1
    Came back as a rehire on 2024-10-04
    No job history
survey_score_365 = 0.6
    Survey answers average 6.0 of 10 in the last 12 months
    No survey answer in the last 12 months
survey_score_90 = 0.6
    Survey answers average 6.0 of 10 in the last 3 months
    No survey answer in the last 3 months
survey_score_trend = -0.15
    Survey answers moved by -1.5 points of 10 in the last 6 months, against the 6 before
    Too few survey answers in the last 12 months for a trend
survey_asked_365 = 3
    3 survey questions asked in the last 12 months
    No survey on record
survey_response_365 = 0.25
    Answered 25 % of the survey questions of the last 12 months
    No survey question in the last 12 months
survey_response_90 = 0.25
    Answered 25 % of the survey questions of the last 3 months
    No survey question in the last 3 months
survey_response_change = -0.2
    Share of survey questions answered in the last 3 months against the last 12: -20 percentage points
    No survey question in the last 3 months
survey_silence_days = 152
    Last survey answer 5 months ago
    No survey answer on record
survey_unanswered_180 = 3
    3 survey questions of the last 6 months unanswered
    No survey on record
survey_onboarding_score = 0.6
    Onboarding surveys answered with 6.0 of 10 on average, last on 2024-10-04
    No onboarding survey answered
survey_enps_last = 0.6
    Would recommend us: 6.0 of 10 on 2024-10-04
    No eNPS answer on record
survey_enps_change = -0.15
    Willingness to recommend us moved by -1.5 points of 10 on 2024-10-04, against the answer before
    Fewer than two eNPS answers on record
survey_enps_365 = 0.6
    Would recommend us: 6.0 of 10 on average in the last 12 months
    No eNPS answer in the last 12 months
survey_enps_trend = -0.15
    Willingness to recommend us moved by -1.5 points of 10 in the last 6 months, against the 6 before
    Too few eNPS answers in the last 12 months for a trend
survey_about_manager_support_last = 0.6
    Last answer about manager support, on 2024-10-04: 6.0 of 10
    No answer about manager support on record
survey_about_manager_support_365 = 0.6
    Answers about manager support average 6.0 of 10 in the last 12 months
    No answer about manager support in the last 12 months
survey_about_manager_support_change = -0.15
    Answer about manager support moved by -1.5 points of 10 on 2024-10-04, against the one before
    Fewer than two answers about manager support on record
survey_about_manager_support_trend = -0.15
    Answers about manager support moved by -1.5 points of 10 in the last 6 months, against the 6 before
    Too few answers about manager support in the last 12 months for a trend
comments_count_365 = 3
    3 survey comments of the last 12 months that could be read
    Survey comments are not read
comments_tone_365 = -0.15
    The tone of survey comments of the last 12 months: -1.5 points of 10 against the average comment
    No survey comment in the last 12 months that could be read
comments_tone_last = -0.15
    The tone of the survey comment of 2024-10-04: -1.5 points of 10 against the average comment
    No survey comment that could be read
comments_tone_trend = -0.15
    The tone of survey comments moved by -1.5 points of 10 in the last 6 months, against the 6 before
    Too few survey comments in the last 12 months for a trend
comments_negative_365 = 0.25
    25 % of the survey comments of the last 12 months sound negative
    No survey comment in the last 12 months that could be read
tickets_count_30 = 3
    3 HR tickets opened in the last 30 days
    No HR ticket records here
tickets_count_90 = 3
    3 HR tickets opened in the last 3 months
    No HR ticket records here
tickets_count_365 = 3
    3 HR tickets opened in the last 12 months
    No HR ticket records here
tickets_surge = 12.25
    HR tickets of the last 3 months opened at 12.25 times the pace of the last 12
    No HR ticket in the last 12 months
tickets_last_days = 152
    Last HR ticket opened 5 months ago
    No HR ticket on record
tickets_open = 3
    3 HR tickets open now
    No HR ticket records here
tickets_open_days = 152
    Oldest open HR ticket waiting for 5 months
    No HR ticket open now
tickets_unanswered = 3
    3 HR tickets without any response now
    No HR ticket records here
tickets_response_hours_365 = 36
    HR tickets were first answered after 36 hours on average in the last 12 months
    No HR ticket answered in the last 12 months
tickets_response_hours_90 = 36
    HR tickets were first answered after 36 hours on average in the last 3 months
    No HR ticket answered in the last 3 months
tickets_resolution_days_365 = 152
    HR tickets took 5 months on average in the last 12 months
    No HR ticket resolved in the last 12 months
tickets_resolution_days_90 = 152
    HR tickets took 5 months on average in the last 3 months
    No HR ticket resolved in the last 3 months
tickets_csat_last = 0.6
    HR ticket resolved on 2024-10-04 rated 6.0 of 10
    No HR ticket rated
tickets_csat_365 = 0.6
    HR tickets rated 6.0 of 10 on average in the last 12 months
    No HR ticket rated in the last 12 months
tickets_escalated_365 = 3
    3 HR tickets escalated in the last 12 months
    No HR ticket records here
tickets_reopened_365 = 3
    HR tickets reopened 3 times in the last 12 months
    No HR ticket records here
tickets_urgent_365 = 3
    3 urgent HR tickets in the last 12 months
    No HR ticket records here
tickets_about_payroll_365 = 3
    3 HR tickets about payroll in the last 12 months
    No HR ticket records here
checkins_held_days = 152
    Last conversation with the manager 5 months ago
    No conversation with the manager on record
checkins_held_90 = 3
    3 conversations held in the last 3 months
    No check-in records here
checkins_held_365 = 3
    3 conversations held in the last 12 months
    No check-in records here
checkins_kept_90 = 0.25
    25 % of the conversations planned in the last 3 months held
    No conversation planned in the last 3 months
checkins_kept_365 = 0.25
    25 % of the conversations planned in the last 12 months held
    No conversation planned in the last 12 months
checkins_kept_change = -0.2
    Share of planned conversations held in the last 3 months against the last 12: -20 percentage points
    No conversation planned in the last 3 months
checkins_missed_90 = 3
    3 conversations missed in the last 3 months
    No check-in records here
checkins_missed_365 = 3
    3 conversations missed in the last 12 months
    No check-in records here
checkins_cancelled_manager_365 = 3
    3 conversations cancelled by the manager in the last 12 months
    No check-in records here
checkins_cancelled_employee_365 = 3
    3 conversations cancelled by the employee in the last 12 months
    No check-in records here
checkins_cancelled_employee_90 = 3
    3 conversations cancelled by the employee in the last 3 months
    No check-in records here
checkins_what_adherence = 0.25
    Conversations about what they do: 25 % of the norm held in the last 12 months
    Too early for a norm
checkins_what_overdue_days = 152
    No conversation about what they do for 6 months
    No check-in records here
checkins_how_adherence = 0.25
    Conversations about how they do it: 25 % of the norm held in the last 12 months
    Too early for a norm
checkins_how_overdue_days = 152
    No conversation about how they do it for 8 months
    No check-in records here
checkins_want_adherence = 0.25
    Conversations about what they want to do: 25 % of the norm held in the last 12 months
    Too early for a norm
checkins_want_overdue_days = 152
    No conversation about what they want to do for 11 months
    No check-in records here
signal_overtime_count_90 = 3
    overtime: 3 times in the last 3 months
    No overtime on record
signal_overtime_count_365 = 3
    overtime: 3 times in the last 12 months
    No overtime on record
signal_overtime_days = 152
    Last overtime 5 months ago
    No overtime on record
signal_overtime_last = 12.25
    Last overtime, on 2024-10-04: 12.25
    No value of overtime on record
signal_overtime_change = -3.5
    overtime moved by -3.5 on 2024-10-04, against the value before
    Fewer than two values of overtime on record
signal_overtime_mean_90 = 12.25
    overtime: 12.25 on average in the last 3 months
    No value of overtime in the last 3 months
signal_overtime_mean_365 = 12.25
    overtime: 12.25 on average in the last 12 months
    No value of overtime in the last 12 months
signal_overtime_trend = -3.5
    Average overtime of the last 3 months against the last 12: -3.5
    No value of overtime in the last 3 months
signal_overtime_sum_365 = 12.25
    overtime: 12.25 in all in the last 12 months
    No value of overtime in the last 12 months
team_size = 3
    Team of 3 now
    No manager on record
team_survey_365 = 0.6
    Colleagues' survey answers average 6.0 of 10 in the last 12 months
    No survey answer of colleagues in the last 12 months
team_survey_gap = -0.15
    Own survey answers of the last 12 months differ from the colleagues' by -1.5 points of 10
    No survey answer of the last 12 months to compare
team_private_answers = 0.6
    Confidential survey answers of the whole group in the last 12 months
    Too few confidential survey answers in the group in the last 12 months
team_comments_365 = -0.15
    The tone of colleagues' survey comments of the last 12 months: -1.5 points of 10 against the average
    No survey comment of the team in the last 12 months that could be read
team_private_comments = -0.15
    Confidential survey comments of the whole group in the last 12 months
    Too few confidential survey comments in the group in the last 12 months
team_kept_365 = 0.25
    25 % of the colleagues' conversations planned in the last 12 months held
    No conversation of colleagues planned in the last 12 months
team_leavers_90 = 3
    3 colleagues left of their own will in the last 3 months
    No manager on record
team_leavers_365 = 3
    3 colleagues left of their own will in the last 12 months
    No manager on record
team_leaver_rate_365 = 0.25
    About 25 % of the team left of their own will in the last 12 months
    No manager on record
team_signal_nps_90 = 12.25
    The team's nps: 12.25 on average in the last 3 months
    No nps of the team in the last 3 months
team_signal_nps_365 = 12.25
    The team's nps: 12.25 on average in the last 12 months
    No nps of the team in the last 12 months
team_signal_nps_trend = -3.5
    The team's average nps of the last 3 months against the last 12: -3.5
    No nps of the team in the last 3 months
"""
LINES: Final = SAID.strip().splitlines()


def test_every_column_is_listed_once_and_in_order() -> None:
    """The list is the catalogue."""
    assert [line.split(" = ")[0] for line in LINES[::3]] == [feature.name for feature in catalogue(SPEC)]


@pytest.mark.parametrize("value, words, null", list(zip(LINES[::3], LINES[1::3], LINES[2::3], strict=True)))
def test_a_column_in_words(value: str, words: str, null: str) -> None:
    """The value with the window, the span or the day it speaks of."""
    name, number = value.split(" = ")
    feature = next(feature for feature in catalogue(SPEC) if feature.name == name)
    assert sentence(feature, float(number), on("2024-10-04")) == words.strip()
    assert sentence(feature, math.nan) == null.strip()
