"""Comments: what people wrote beside their answers in, how it sounds against the average comment out."""

from tests.drawn import See

SAID = """
    survey_id | sent_at    | responded_at | driver | score | comment
    S1        | 2023-09-01 | 2023-09-03   | enps   | 9     | good
    S2        | 2024-01-10 | 2024-01-12   | enps   | 8     | Good
    S3        | 2024-05-10 | 2024-05-12   | enps   | 6     | bitter
    S3        | 2024-05-10 | 2024-05-12   | growth |       | hm
    S4        | 2024-05-20 | 2024-05-20   | enps   | 6     |
"""
PEOPLE = """
    employee_id | hire_date
    E1          | 2020-01-01
    E2          | 2020-01-01
    E3          | 2020-01-01
    E4          | 2020-01-01
    E5          | 2020-01-01
    E6          | 2020-01-01
"""
EVERYBODY = ("E1", "E2", "E3", "E4", "E5", "E6")


def test_a_comment_counts_from_its_answer(see: See) -> None:
    """The day before, the one before it is the last; with or without a score, in any case of letters."""
    company = see(surveys=SAID)
    days = "2023-09-02", "2023-09-03", "2024-01-12", "2024-05-12", "2024-05-20"
    assert company.over("comments_count_365", *days) == [0, 1, 2, 4, 4]
    assert company.over("comments_tone_last", *days[:3]) == [None, 0.4, 0.4]


def test_the_level_is_drawn_to_the_average(see: See) -> None:
    """Two average comments (0) stand beside a year's own: .4 / 3, .8 / 4, (.4 + .4 - .4 + .1) / 6."""
    company = see(surveys=SAID)
    days = "2023-09-02", "2023-09-03", "2024-01-12", "2024-05-12"
    assert company.over("comments_tone_365", *days) == [None, 0.1333, 0.2, 0.0833]
    assert company.over("comments_tone_365", "2024-09-01", "2024-09-02") == [0.0833, 0.02]  # (.4 - .4 + .1) / 5
    assert company.over("comments_tone_365", "2025-05-11", "2025-05-12") == [-0.075, None]


def test_the_trend_compares_half_years(see: See) -> None:
    """(.4 - .4 + .1) / 5 of the last 180 days less .4 / 3 of the 185 before; null where either said nothing."""
    company = see(surveys=SAID)
    assert company.over("comments_tone_trend", "2024-01-12", "2024-05-12", "2025-05-11") == [None, -0.1133, None]


def test_negative_is_far_below_the_average(see: See) -> None:
    """One of four comments of the year sounds negative, one of two once the good ones are old."""
    company = see(surveys=SAID)
    days = "2024-01-12", "2024-05-12", "2025-01-10", "2025-01-11", "2025-05-12"
    assert company.over("comments_negative_365", *days) == [0, 0.25, 0.3333, 0.5, None]


def test_a_comment_that_cannot_be_read_is_none(see: See) -> None:
    """One in new words, and one of signs, are not counted; a new word among known ones changes what is read."""
    company = see(
        surveys="""
        survey_id | sent_at    | responded_at | driver | score | comment
        S1        | 2024-01-10 | 2024-01-10   | enps   | 9     | xylophone
        S2        | 2024-01-11 | 2024-01-11   | enps   | 9     | !
        S3        | 2024-01-12 | 2024-01-12   | enps   | 9     | good zz
    """
    )
    assert company.over("comments_count_365", "2024-01-11", "2024-01-12") == [0, 1]
    # 14 runs of "good" and 6 of "zz": the same sum over the root of 20.
    assert company.value("comments_tone_last", "2024-01-12") == round(0.4 * (14 / 20) ** 0.5, 4)


def test_a_comment_without_an_answer_is_unknown(see: See) -> None:
    """What was written and never handed in counts on no day."""
    company = see(
        surveys="""
        survey_id | sent_at    | responded_at | driver | comment
        S1        | 2024-01-10 |              | enps   | good
    """
    )
    assert company.over("comments_count_365", "2024-01-10", "2024-12-31") == [0, 0]


def test_leave_ages_no_comment(see: See) -> None:
    """A year of comments is a year of active days."""
    company = see(
        surveys="""
            survey_id | sent_at    | responded_at | driver | score | comment
            S1        | 2023-01-10 | 2023-01-10   | enps   | 9     | good
        """,
        absences="""
            start_date | end_date
            2023-03-01 | 2023-03-30
        """,
    )
    assert company.over("comments_count_365", "2024-02-08", "2024-02-09") == [1, 0]


def test_exit_surveys_and_nameless_comments_are_nobodys(see: See) -> None:
    """Comments of an exit survey, and confidential or anonymous ones, reach no personal column."""
    company = see(
        surveys="""
        survey_id | survey_type | sent_at    | responded_at | driver | score | comment | attribution
        S1        | exit        | 2024-01-10 | 2024-01-10   | enps   | 9     | bitter  |
        S2        |             | 2024-01-10 | 2024-01-10   | enps   | 9     | bitter  | confidential
        S3        |             | 2024-01-10 | 2024-01-10   | pride  | 9     | bitter  | Anonymous
    """
    )
    values = company.values("2024-03-01")
    assert [value for name, value in values.items() if name.startswith("comments_")] == [0, None, None, None, None]
    assert values["team_comments_365"] is None


def test_the_order_of_comments_of_one_day_does_not_matter(see: See) -> None:
    """Of two comments of one day the better sounding is the last, wherever it stands in the file."""
    rows = ["S1 | 2024-01-10 | 2024-01-10 | enps | 9 | good", "S2 | 2024-01-10 | 2024-01-10 | enps | 4 | bitter"]
    header = "survey_id | sent_at | responded_at | driver | score | comment"
    for lines in (rows, rows[::-1]):
        assert see(surveys="\n".join([header, *lines])).value("comments_tone_last", "2024-01-10") == 0.4


def test_colleagues_comments_leave_ones_own_out(see: See) -> None:
    """.4, -.4 and .1, .0333 on average: the others' comments, and five of the company's average beside them."""
    company = see(
        employees=PEOPLE,
        surveys="""
            employee_id | survey_id | sent_at    | responded_at | driver | comment
            E1          | S1        | 2024-05-01 | 2024-05-01   | enps   | good
            E2          | S1        | 2024-05-01 | 2024-05-01   | enps   | bitter
            E3          | S1        | 2024-05-01 | 2024-05-01   | enps   | hm
        """,
    )
    found = company.among("team_comments_365", "2024-05-01", *EVERYBODY[:4])
    assert found == [-0.019, 0.0952, 0.0238, 0.0333]  # (-.4 + .1 + 5 / 30) / 7 and so on; (.4 - .4 + .1 + 5 / 30) / 8


def confidential(*people: str) -> str:
    """Confidential comments of some people, one each, without a score."""
    rows = [f"{one} | S1 | 2024-05-01 | 2024-05-01 | enps | bitter | confidential" for one in people]
    return "\n".join(["employee_id | survey_id | sent_at | responded_at | driver | comment | attribution", *rows])


def test_four_private_comments_say_nothing_five_speak_for_all(see: See) -> None:
    """A group's private comments are its mean, the same for everybody in it, from five by five people on."""
    four, five = (see(employees=PEOPLE, surveys=confidential(*EVERYBODY[:many])) for many in (4, 5))
    assert four.among("team_private_comments", "2024-05-01", *EVERYBODY) == [None] * 6
    assert five.among("team_private_comments", "2024-05-01", *EVERYBODY) == [-0.4] * 6
    assert five.value("team_private_answers", "2024-05-01") is None


def test_comments_sent_to_a_unit_count_in_the_unit(see: See) -> None:
    """Anonymous comments that name a unit alone speak for it where the manager's team has too few of its own."""
    rows = [f" | S{n} | 2024-05-01 | 2024-05-01 | enps | {word} | anonymous | Sales/North" for n, word in
            enumerate(("good", "good", "hm", "bitter", "bitter"))]  # fmt: skip
    header = "employee_id | survey_id | sent_at | responded_at | driver | comment | attribution | org_unit"
    company = see(surveys="\n".join([header, *rows]))
    assert company.over("team_private_comments", "2024-04-30", "2024-05-01") == [None, 0.02]


def test_a_missing_source_is_null_and_one_without_comments_is_zero(see: See) -> None:
    """Without surveys every column is null; with surveys nobody comments in, there are none."""
    assert {v for name, v in see().values("2024-01-01").items() if "comments" in name} == {None}
    silent = see(surveys=SAID.replace("Good", "").replace("good", "").replace("bitter", "").replace("hm", ""))
    assert silent.over("comments_count_365", "2024-06-01") == [0]
