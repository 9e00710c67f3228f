"""Numbers in words and charts as text, against values written by hand."""

import re

import pytest

from models.telling import Reason
from service.page import charts_person, ranges, words
from service.page.charts import Scale
from service.page.charts_person import Past
from service.page.rhythm import Lane, Talk


@pytest.mark.parametrize(
    "risk,told",
    [
        (0.001, "fewer than 1 in 200"),
        (0.005, "1 in 200"),
        (0.012, "1 in 80"),
        (0.034, "1 in 30"),
        (0.05, "1 in 20"),
        (0.062, "1 in 15"),
        (0.08, "1 in 15"),
        (0.1, "1 in 10"),
        (0.17, "1 in 6"),
        (0.25, "1 in 4"),
        (0.36, "1 in 3"),
        (0.4, "4 in 10"),
        (0.5, "1 in 2"),
        (0.62, "6 in 10"),
        (0.89, "9 in 10"),
        (0.9, "more than 9 in 10"),
    ],
)
def test_a_chance_is_said_as_people_do(risk: float, told: str) -> None:
    """In steps that can be pictured, and never surer than it is."""
    assert words.one_in(risk) == told


def test_what_is_said_is_near_what_is_meant() -> None:
    """Over all chances from 1 % to 89 %: the words are never off by more than a fifth of it."""
    for thousandths in range(10, 890):
        risk = thousandths / 1_000
        told = [int(one) for one in re.findall(r"\d+", words.one_in(risk))]
        assert abs(told[0] / told[1] - risk) <= 0.2 * risk, risk


@pytest.mark.parametrize(
    "days,told", [(0, "today"), (1, "yesterday"), (59, "59 days ago"), (61, "2 months ago"), (365, "a year ago")]
)
def test_how_long_ago(days: int, told: str) -> None:
    """Days while they can be counted, then months and years."""
    assert words.ago(days) == told


def test_other_words() -> None:
    """Days, counts, expected numbers, ranges, conversations, reasons."""
    assert words.day("2026-09-01T10:00:00Z") == "1 Sep 2026"
    assert words.count(1, "person", "people") == "1 person"
    assert [words.about(value) for value in (0.4, 0.5, 3.4)] == ["fewer than 1", "about 1", "about 3"]
    assert [words.between(0.19, 0.43), words.between(0.004, 0.02)] == ["19 to 43 %", "up to 2 %"]
    assert words.conversation("want", 152) == "What they want to do, 5 months overdue"
    assert words.told("pay, on 2026-08-28: 10") == "Pay, on 28 Aug 2026: 10"
    assert [words.percent(share) for share in (0.236, 0.004)] == ["24 %", "under 1 %"]


def test_a_range_is_the_level_moved() -> None:
    """0.25 with a spread of .2: log-odds -1.0986 moved by .392 either way are 0.184 and 0.330."""
    low, high = ranges.around(0.25, 0.2)
    assert (round(low, 3), round(high, 3)) == (0.184, 0.330)


def test_the_history_is_drawn_where_it_belongs() -> None:
    """First and last run at the edges; the axis ends at a round number; a gap and another model break the line."""
    past = [
        Past("2026-01-01", 0.10, 0.08, 0.12, "high", "1"),
        Past("2026-01-11", None, None, None, None, "1"),
        Past("2026-01-21", 0.15, 0.12, 0.18, "high", "1"),
        Past("2026-01-31", 0.05, 0.04, 0.07, "elevated", "2"),
    ]
    drawn = str(charts_person.risk_over_time(past))
    assert re.findall(r'class="point (\w+)" cx="([\d.]+)%" cy="([\d.]+)"', drawn) == [
        ("high", "1.5", "97.0"),
        ("high", "66.17", "59.5"),
        ("elevated", "98.5", "134.5"),
    ]
    assert "20 %</text>" in drawn
    assert drawn.count("<polyline") == drawn.count("<polygon") == 3
    assert "from 10 % on 1 Jan 2026 to 5 % on 31 Jan 2026; highest 15 % on 21 Jan 2026" in drawn
    assert str(charts_person.risk_over_time(past[:2])) == ""


def test_bars_point_where_they_push() -> None:
    """The strongest fills its half; one that lowers ends in the middle; words say the same."""
    reasons = [
        Reason("a", "Long", "raises", 0.4, None, actionable=True),
        Reason("b", "Lowers the risk: Kind", "lowers", -0.2, None, actionable=True),
        Reason("c", "Little", "raises", 0.1, None, actionable=False),
    ]
    bars = charts_person.bars(reasons)
    assert [(one.text, one.direction, one.strength) for one in bars] == [
        ("Long", "raises", "strong"), ("Kind", "lowers", "medium"), ("Little", "raises", "weak"),
    ]  # fmt: skip
    found = [re.search(r'<rect class="(\w+)" x="([\d.]+)%" y="3" width="([\d.]+)%"', str(one.drawn)) for one in bars]
    assert [one and one.groups() for one in found] == [
        ("raises", "50.0", "50.0"), ("lowers", "25.0", "25.0"), ("raises", "50.0", "12.5"),
    ]  # fmt: skip
    assert charts_person.bars([]) == []


def test_the_rhythm_puts_days_in_order() -> None:
    """A year from left to right: what was held three days ago stands at the right, eleven months ago at the left."""
    lane = Lane("want", 2, 1, 2, [Talk(3, "want", "held"), Talk(340, "want", "missed")])
    drawn = str(charts_person.rhythm([lane], "2026-09-15"))
    places = dict(re.findall(r'class="talk (\w+)" cx="([\d.]+)%"', drawn))
    assert places == {"missed": "8.14", "held": "97.7"}
    assert drawn.count('class="norm"') == 2
    assert "12 Sep 2026: held" in drawn
    assert "what they want to do: 1 held of 2 a year" in drawn


def test_a_scale_without_width_stays_in_the_middle() -> None:
    """Where lowest and highest are one, nothing is divided by nothing."""
    assert Scale(3, 3, 0, 100)(3) == 50
