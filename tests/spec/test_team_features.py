"""The team: everybody's records in, the figures around one person out."""

import pytest

from features.spec import FeatureSpec
from tests.drawn import See

TEAMS = """
    employee_id | effective_date | event | manager_id | org_unit
    E1          | 2020-01-01     | hire  | M1         | Sales/North
    E2          | 2020-01-01     | hire  | M1         | Sales/North
    E3          | 2020-01-01     | hire  | M1         | Sales/North
    E4          | 2020-01-01     | hire  | M1         | Sales/South
    E5          | 2020-01-01     | hire  | M2         | Sales
    E6          | 2020-01-01     | hire  |            | Salesroom
"""
PEOPLE = """
    employee_id | hire_date  | resignation_date | exit_recorded_at
    E1          | 2020-01-01 |                  |
    E2          | 2020-01-01 |                  |
    E3          | 2020-01-01 |                  |
    E4          | 2020-01-01 | 2024-03-01       | 2024-03-10T10:00:00Z
    E5          | 2020-01-01 |                  |
    E6          | 2020-01-01 |                  |
"""
EVERYBODY = ("E1", "E2", "E3", "E4", "E5", "E6")
SPEC = FeatureSpec(team_signals=("nps",))


def test_the_size_of_a_team(see: See) -> None:
    """People at risk with the same manager, oneself included; null without a manager; a leaver counts until known."""
    company = see(employees=PEOPLE, job_history=TEAMS)
    assert company.among("team_size", "2024-03-09", *EVERYBODY) == [4, 4, 4, 4, 1, None]
    assert company.among("team_size", "2024-03-10", *EVERYBODY) == [3, 3, 3, 3, 1, None]


def test_leavers_are_counted_from_the_day_they_are_known(see: See) -> None:
    """A resignation of 1 March recorded on the 10th counts from then, in 90 days until 29 May."""
    company = see(employees=PEOPLE, job_history=TEAMS)
    days = "2024-03-09", "2024-03-10", "2024-05-29", "2024-05-30"
    assert company.over("team_leavers_90", *days) == [0, 1, 1, 0]
    assert company.over("team_leavers_365", *days, "2025-02-28", "2025-03-01") == [0, 1, 1, 1, 1, 0]
    assert company.among("team_leavers_365", "2024-06-30", "E5", "E6") == [0, None]


def test_the_rate_of_leavers_is_drawn_to_the_companys(see: See) -> None:
    """One of four in the team and of six in all: (1 + 10 / 6) / (3 + 1 + 10), and for the other (10 / 6) / (1 + 10)."""
    company = see(employees=PEOPLE, job_history=TEAMS)
    assert company.among("team_leaver_rate_365", "2024-06-30", "E1", "E5", "E6") == [0.1905, 0.1515, None]


@pytest.mark.parametrize("kind", ["redundancy", "involuntary", ""])
def test_who_is_made_to_leave_is_no_leaver(see: See, kind: str) -> None:
    """Competing exits make the team smaller and count as nobody's own will."""
    company = see(
        employees=f"""
            employee_id | hire_date  | termination_date | termination_type
            E1          | 2020-01-01 |                  |
            E2          | 2020-01-01 | 2024-03-01       | {kind}
        """
    )
    assert company.over("team_size", "2024-02-29", "2024-03-01") == [2, 1]
    assert company.over("team_leavers_90", "2024-02-29", "2024-03-01") == [0, 0]


def test_a_leaver_is_the_managers_of_the_exit_day(see: See) -> None:
    """Somebody who changed teams and then left is the new team's leaver, not the old one's."""
    history = TEAMS + "    E4          | 2024-02-01     | transfer | M2 |\n"
    company = see(employees=PEOPLE, job_history=history)
    assert company.among("team_leavers_365", "2024-06-30", "E1", "E5") == [0, 1]


def test_colleagues_answers_leave_ones_own_out(see: See) -> None:
    """0.8, 0.4 and none, 0.6 on average: the others' answers, and five of the company's mean beside them."""
    company = see(
        employees=PEOPLE,
        job_history=TEAMS,
        surveys="""
            employee_id | survey_id | sent_at    | responded_at | driver | score
            E1          | S1        | 2024-05-01 | 2024-05-01   | enps   | 8
            E2          | S1        | 2024-05-01 | 2024-05-02   | enps   | 4
        """,
    )
    assert company.over("team_survey_365", "2024-04-30", "2024-05-01") == [None, 0.8]
    assert company.among("team_survey_365", "2024-05-02", *EVERYBODY) == [0.5667, 0.6333, 0.6, 0.6, 0.6, None]
    assert company.among("team_survey_gap", "2024-05-02", "E1", "E2", "E3") == [0.2333, -0.2333, None]


def test_colleagues_conversations_leave_ones_own_out(see: See) -> None:
    """One held of two planned in the company, E1's missed: the others held (1 + 2.5) of (1 + 5)."""
    company = see(
        employees=PEOPLE,
        job_history=TEAMS,
        checkins="""
            employee_id | checkin_id | scheduled_at | status
            E1          | C1         | 2024-05-01   | missed
            E2          | C2         | 2024-05-01   | held
            E4          | C3         | 2024-05-01   | missed
        """,
    )
    assert company.among("team_kept_365", "2024-05-01", "E1", "E2", "E3") == [0.5833, 0.4167, 0.5]


def confidential(*people: str, score: int = 8) -> str:
    """Confidential answers of some people, one each."""
    rows = [f"{one} | S1 | 2024-05-01 | 2024-05-01 | enps | {score} | confidential" for one in people]
    return "\n".join(["employee_id | survey_id | sent_at | responded_at | driver | score | attribution", *rows])


GROUP = """
    employee_id | hire_date
    E1          | 2020-01-01
    E2          | 2020-01-01
    E3          | 2020-01-01
    E4          | 2020-01-01
    E5          | 2020-01-01
    E6          | 2020-01-01
"""


def test_four_private_answers_say_nothing_five_speak_for_all(see: See) -> None:
    """A group's private answers are its mean, the same for everybody in it, from five answers by five people on."""
    four, five = (see(employees=GROUP, surveys=confidential(*EVERYBODY[:many])) for many in (4, 5))
    assert four.among("team_private_answers", "2024-05-01", *EVERYBODY) == [None] * 6
    assert five.among("team_private_answers", "2024-05-01", *EVERYBODY) == [0.8] * 6
    assert five.among("team_private_answers", "2024-04-30", *EVERYBODY) == [None] * 6


def test_many_private_answers_of_few_people_say_nothing(see: See) -> None:
    """Six answers of three people are not enough."""
    rows = confidential("E1", "E2", "E3")
    again = "\n".join(line.replace("S1", "S2") for line in rows.splitlines()[1:])
    company = see(employees=GROUP, surveys=f"{rows}\n{again}")
    assert company.value("team_private_answers", "2024-06-01") is None


def test_answers_sent_to_a_unit_count_in_the_unit(see: See) -> None:
    """Anonymous answers that name a unit alone speak for it where the manager's team has too few of its own."""
    rows = [f" | S{n} | 2024-05-01 | 2024-05-01 | enps | {n} | anonymous | Sales/North" for n in (2, 4, 6, 8, 10)]
    header = "employee_id | survey_id | sent_at | responded_at | driver | score | attribution | org_unit"
    company = see(employees=PEOPLE, job_history=TEAMS, surveys="\n".join([header, *rows]))
    assert company.among("team_private_answers", "2024-05-01", *EVERYBODY) == [0.6, 0.6, 0.6, None, None, None]


def test_a_private_answer_is_never_said(see: See) -> None:
    """The reason names the group's answers without their value."""
    company = see(employees=GROUP, surveys=confidential(*EVERYBODY))
    assert company.text("team_private_answers", "2024-05-01") == (
        "Confidential survey answers of the whole group in the last 12 months"
    )


def test_a_team_signal_reaches_a_unit_and_all_below_it(see: See) -> None:
    """By whole path segments and case, or by manager; a signal that names both speaks of the manager's team."""
    company = see(
        SPEC,
        employees=PEOPLE,
        job_history=TEAMS,
        team_signals="""
            org_unit    | manager_id | occurred_at | name | value
            Sales       |            | 2024-05-01  | NPS  | 10
            Sales/North |            | 2024-05-01  | nps  | 40
            sales       |            | 2024-05-01  | nps  | 90
            Sales       | M2         | 2024-05-01  | nps  | 30
        """,
    )
    assert company.among("team_signal_nps_90", "2024-05-01", *EVERYBODY) == [25, 25, 25, 10, 20, None]


def test_a_team_signal_counts_from_the_day_it_was_recorded(see: See) -> None:
    """One recorded late is unknown until then; the trend is the quarter's mean less the year's."""
    company = see(
        SPEC,
        team_signals="""
            manager_id | occurred_at | name | value | recorded_at
            M1         | 2023-09-01  | nps  | 20    |
            M1         | 2024-05-01  | nps  | 40    | 2024-05-09T00:00:00Z
            M1         | 2024-05-02  | nps  |       |
        """,
    )
    assert company.over("team_signal_nps_90", "2024-05-08", "2024-05-09", "2024-07-29", "2024-07-30") == [
        None,
        40,
        40,
        None,
    ]
    assert company.over("team_signal_nps_trend", "2024-05-08", "2024-05-09") == [None, 10]


def test_who_manages_themselves_is_in_no_team(see: See) -> None:
    """A manager is not in the team, whatever the records say of their own manager."""
    company = see(
        employees=GROUP,
        job_history="""
            employee_id | effective_date | event          | manager_id
            E1          | 2020-01-01     | hire           | M1
            E1          | 2021-01-01     | manager_change | E1
            E2          | 2020-01-01     | hire           | E1
            E3          | 2020-01-01     | hire           | E1
        """,
    )
    assert company.over("team_size", "2020-12-31", "2021-01-01") == [1, None]
    assert company.among("team_size", "2021-01-01", "E2", "E3") == [2, 2]


def test_without_sources_only_people_are_counted(see: See) -> None:
    """Without surveys, check-ins and team signals their columns are null; size and leavers come from the people."""
    values = see(SPEC, employees=PEOPLE, job_history=TEAMS).values("2024-06-30")
    assert {name for name, value in values.items() if name.startswith("team_") and value is not None} == {
        "team_size",
        "team_leavers_90",
        "team_leavers_365",
        "team_leaver_rate_365",
    }
