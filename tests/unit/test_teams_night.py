"""What a run says of units and teams, and what it keeps from the run before: worked out by hand, on both kinds of store."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from service.audit.erase import clear
from service.store import runs, tombstones
from service.teams import shown
from service.teams.shown import Shown
from tests import stores
from tests.staffed import Member, publish

PAY, SURVEYS = "career_pay_days", "survey_score_365"


@pytest.fixture
def light(tmp_path: Path) -> Iterator[Engine]:
    """An empty SQLite store, where the kind of store is not in question."""
    with stores.settings("sqlite", tmp_path / "home") as settings, stores.opened(settings) as engine:
        yield engine


def staff(unit: str, manager: str | None, count: int, risk: float = 0.1, first: int = 1, **more: Any) -> list[Member]:
    """So many people of one unit under one manager."""
    name = unit.replace("/", "").lower()
    return [Member(f"{name}{number}", unit, manager, risk, **more) for number in range(first, first + count)]


def units(store: Engine, path: str = "") -> dict[str, Shown]:
    """The unit and those right below it, by path, of the latest run."""
    run = runs.latest(store)
    assert run is not None
    whole = shown.unit(store, run, path)
    return {one.org_unit: one for one in ([whole] if whole else []) + shown.below_unit(store, run, path)}


def teams(store: Engine, path: str = "") -> dict[str | None, Shown]:
    """The teams within a unit, by manager."""
    run = runs.latest(store)
    assert run is not None
    return {one.manager_id: one for one in shown.teams(store, run, path, 100)}


def value(one: Shown, horizon: str = "90") -> float:
    """Leavers expected of a group that is shown."""
    assert one.figures is not None
    return one.figures.expected[horizon][0]


def test_heads_leavers_and_exits_by_hand(store: Engine) -> None:
    """Ten of 10 % and eight of 20 %, to the nearest half; somebody without a score counts as a head; two left here, one of their own will."""
    gone = [
        Member("gone1", "Sales/North", "M1", 0.1, left="2026-05-01"),
        Member("gone2", "Sales/North", "M1", 0.1, left="2025-10-01", voluntary=False),
        Member("gone3", "Sales/North", "M1", 0.1, left="2025-08-31"),
    ]
    refused = [Member("silent", "Sales/North", "M1", None)]
    publish(store, "2026-09-01", staff("Sales/North", "M1", 10) + staff("Sales/South", "M2", 8, 0.2) + gone + refused)
    found = units(store, "Sales")
    assert {path: one.people for path, one in found.items()} == {"Sales": 19, "Sales/North": 11, "Sales/South": 8}
    assert {path: value(one) for path, one in found.items()} == {"Sales": 2.5, "Sales/North": 1.0, "Sales/South": 1.5}
    assert value(found["Sales"], "365") == 5.0
    assert {path: one.left for path, one in found.items()} == {
        "Sales": (1, 1), "Sales/North": (1, 1), "Sales/South": (0, 0),
    }  # fmt: skip
    assert {manager: (one.people, value(one), one.left) for manager, one in teams(store).items()} == {
        "M1": (11, 1.0, (1, 1)), "M2": (8, 1.5, (0, 0)),
    }  # fmt: skip
    assert list(units(store)) == ["", "Sales"]


def test_the_interval_is_of_80_in_100(light: Engine) -> None:
    """Ten of 10 %: P(0) = .349 and P(at most 2) = .930, so none to two; a doubt about the level does not reach three."""
    publish(light, "2026-09-01", staff("A", "M1", 10))
    figures = units(light)["A"].figures
    assert figures is not None
    assert figures.expected["90"] == (1.0, 0, 2)


def test_small_groups_and_what_would_tell_of_them_are_withheld(light: Engine) -> None:
    """Of 20 people in parts of 12, 5 and 3 the 3 are too few, and the 5 would tell of them; teams likewise."""
    people = staff("S/A", "M1", 12) + staff("S/B", "M2", 5) + staff("S/C", "M3", 3)
    publish(light, "2026-09-01", people)
    assert {path: one.withheld for path, one in units(light, "S").items()} == {
        "S": None, "S/A": None, "S/B": "complement", "S/C": "too_few",
    }  # fmt: skip
    assert {manager: one.withheld for manager, one in teams(light).items()} == {
        "M1": None, "M2": "complement", "M3": "too_few",
    }  # fmt: skip
    assert all(one.figures is None for one in units(light, "S").values() if one.withheld)


def test_a_team_across_units_is_shown_where_no_piece_is_small(light: Engine) -> None:
    """M1 has 6 in A and 5 in B: shown, as of lowest unit S; M2 has 6 in A and 1 in C: not; M3 leaves 5 in C."""
    people = [
        *staff("S/A", "M1", 6), *staff("S/B", "M1", 5), *staff("S/A", "M2", 6, first=7), *staff("S/C", "M2", 1),
        *staff("S/B", "M3", 5, first=6), *staff("S/C", "M3", 8, first=2), *staff("S/C", None, 4, first=10),
    ]  # fmt: skip
    publish(light, "2026-09-01", people)
    found = teams(light)
    assert {manager: (one.withheld, one.org_unit) for manager, one in found.items()} == {
        "M1": (None, "S"), "M2": ("complement", "S"), "M3": (None, "S"),
    }  # fmt: skip
    assert teams(light, "S/A") == {}
    assert list(teams(light, "S")) == ["M1", "M2", "M3"]


@pytest.mark.parametrize(
    "came, went, new",
    [(0, 0, True), (1, 0, False), (2, 2, False), (0, 4, False), (3, 2, True), (5, 0, True), (0, 5, True)],
)
def test_figures_stay_until_five_came_or_went(light: Engine, came: int, went: int, new: bool) -> None:
    """The next run has other risks; nobody or at least five must have come and gone for them to be shown."""
    publish(light, "2026-09-01", staff("A", "M1", 20))
    publish(light, "2026-09-02", staff("A", "M1", 20 + came - went, 0.2, first=1 + went))
    for one in (units(light)[""], units(light)["A"], teams(light)["M1"]):
        assert one.people == 20 + came - went
        fifths = {15: 3.0, 20: 4.0, 21: 4.0, 25: 5.0}
        assert (one.as_of, value(one)) == (("2026-09-02", fifths[one.people]) if new else ("2026-09-01", 2.0))


def test_changes_add_up_over_runs(light: Engine) -> None:
    """Three came, then two more: the figures are those of the first run until the third."""
    days = []
    for as_of, count in (("2026-09-01", 20), ("2026-09-02", 23), ("2026-09-03", 25)):
        publish(light, as_of, staff("A", "M1", count))
        days.append(units(light)["A"].as_of)
    assert days == ["2026-09-01", "2026-09-01", "2026-09-03"]


def test_what_was_shown_counts_after_a_while_without_figures(light: Engine) -> None:
    """A group that fell below five, or out of the data, and is back with one person more keeps what it had."""
    rest = staff("Z", "M9", 30)
    publish(light, "2026-09-01", staff("A", "M1", 8) + rest)
    for as_of, count in (("2026-09-02", 3), ("2026-09-03", 0)):
        publish(light, as_of, staff("A", "M1", count) + rest)
    assert "A" not in units(light)
    publish(light, "2026-09-04", staff("A", "M1", 9) + rest)
    assert (units(light)["A"].as_of, value(units(light)["A"])) == ("2026-09-01", 1.0)
    assert teams(light)["M1"].as_of == "2026-09-01"


def test_five_who_swapped_do_not_give_the_sixth_away(light: Engine) -> None:
    """Four go from A to B, one from B to A, one joins B: the smaller of both, A, keeps its figures, and so does the company."""
    a, b = staff("S/A", "M1", 10), staff("S/B", "M2", 12)
    publish(light, "2026-09-01", a + b)
    there = [Member(one.employee_id, "S/B", "M2", 0.1) for one in a[:4]]
    back = [Member(one.employee_id, "S/A", "M1", 0.1) for one in b[:1]]
    publish(light, "2026-09-02", a[4:] + back + there + b[1:] + [Member("new", "S/B", "M2", 0.4)])
    assert {path: one.as_of for path, one in units(light, "S").items()} == {
        "S": "2026-09-01", "S/A": "2026-09-01", "S/B": "2026-09-02",
    }  # fmt: skip


def test_a_new_group_that_cannot_be_shown_yet_has_nothing_to_keep(light: Engine) -> None:
    """A unit is split in two while one person joins: what both parts show would tell of the one who is new."""
    before = staff("S", "M1", 14)
    publish(light, "2026-09-01", before)
    one, other = (
        [Member(m.employee_id, path, "M1", m.risk) for m in part]
        for path, part in (("S/A", before[:7]), ("S/B", before[7:]))
    )
    publish(light, "2026-09-02", one + other + [Member("new", "S/B", "M1", 0.4)])
    assert {path: (found.as_of, found.withheld) for path, found in units(light, "S").items()} == {
        "S": ("2026-09-01", None), "S/A": (None, "held"), "S/B": ("2026-09-02", None),
    }  # fmt: skip


def test_drivers_against_the_company(light: Engine) -> None:
    """Pay adds .5 to each of A's ten, .1 to each of B's; surveys take .2 from B's: means by hand, the strongest first."""
    a = staff("A", "M1", 10, reasons={PAY: 0.5})
    b = staff("B", "M2", 10, reasons={PAY: 0.1, SURVEYS: -0.2})
    publish(light, "2026-09-01", a + b)
    told = {path: one.figures.drivers for path, one in units(light).items() if one.figures}
    assert told[""] == {"pay": (0.3, 0.3), "survey scores": (-0.1, -0.1)}
    assert told["A"] == {"pay": (0.5, 0.3)}
    assert told["B"] == {"survey scores": (-0.2, -0.1), "pay": (0.1, 0.3)}


def test_a_driver_of_a_few_is_not_told(light: Engine) -> None:
    """Four of A's ten have a reason, six of B's: it is told of B and of the company, where A's would follow: so of neither."""
    a = staff("A", "M1", 4, reasons={PAY: 0.5}) + staff("A", "M1", 6, first=5)
    b = staff("B", "M2", 6, reasons={PAY: 0.5}) + staff("B", "M2", 4, first=7)
    publish(light, "2026-09-01", a + b)
    told = {path: one.figures.drivers for path, one in units(light).items() if one.figures}
    assert told == {"": {"pay": (0.25, 0.25)}, "A": {}, "B": {}}
    assert all(one.figures and one.figures.drivers == {} for one in teams(light).values())


def test_two_reasons_of_one_topic_are_one_person(light: Engine) -> None:
    """Three of twelve have both a tone and the team's: six reasons, three people, and nothing is told of comments."""
    both = {"comments_tone_365": 0.3, "team_comments_365": 0.1}
    publish(light, "2026-09-01", staff("A", "M1", 3, reasons=both) + staff("A", "M1", 9, first=4))
    assert all(one.figures and one.figures.drivers == {} for one in units(light).values())


@pytest.mark.parametrize("people, told", [(5, {}), (6, {"pay": (0.5, 0.5)})])
def test_what_all_of_five_would_have_is_not_told(
    light: Engine, people: int, told: dict[str, tuple[float, float]]
) -> None:
    """A topic stands for five people at least: told of five, each of them would be known to have it."""
    publish(light, "2026-09-01", staff("A", "M1", people, reasons={PAY: 0.5}))
    figures = units(light)[""].figures
    assert figures is not None
    assert figures.drivers == told


def test_the_nearest_half_leaves_room_for_every_band(light: Engine) -> None:
    """Five people of .8 % each: nought, as of five of .1 % and one of 24 %."""
    publish(
        light, "2026-09-01", staff("A", "M1", 5, 0.008) + staff("B", "M2", 5, 0.001) + [Member("b", "B", "M2", 0.24)]
    )
    assert {path: value(one) for path, one in units(light).items()} == {"": 0.5, "A": 0.0, "B": 0.0}


def test_retrospective_and_earlier_days_say_nothing(light: Engine) -> None:
    """Neither is the latest, and neither moves what the latest is compared with."""
    publish(light, "2026-09-01", staff("A", "M1", 20))
    publish(light, "2026-08-01", staff("A", "M1", 26, 0.3))
    publish(light, "2026-09-05", staff("A", "M1", 26, 0.3), retrospective=True)
    publish(light, "2026-09-06", staff("A", "M1", 21, 0.3))
    assert (units(light)["A"].as_of, value(units(light)["A"])) == ("2026-09-01", 2.0)


def test_a_second_run_of_the_day_is_compared_with_the_first(light: Engine) -> None:
    """The first was shown too."""
    publish(light, "2026-09-01", staff("A", "M1", 20))
    publish(light, "2026-09-01", staff("A", "M1", 21, 0.3))
    assert value(units(light)["A"]) == 2.0


def _order(found: Sequence[Shown]) -> list[int]:
    return [one.number for one in found]


def test_teams_come_in_pages(light: Engine) -> None:
    """By manager, from behind a number."""
    publish(light, "2026-09-01", [one for n in range(7) for one in staff(f"A/{n}", f"M{n}", 6)])
    run = runs.latest(light)
    assert run is not None
    everyone = shown.teams(light, run, "A", 100)
    first = shown.teams(light, run, "A", 3)
    assert _order(first) + _order(shown.teams(light, run, "A", 100, first[-1].number)) == _order(everyone)
    assert [one.manager_id for one in everyone] == [f"M{n}" for n in range(7)]


def test_an_erased_manager_names_no_team(store: Engine) -> None:
    """The team is not told any more; the unit is; the next run goes on from there, without the manager's mention."""
    staffed = staff("A", "M1", 10) + staff("A", "M2", 10, first=11)
    publish(store, "2026-09-01", staffed)
    _erase(store, "M1")
    assert list(teams(store)) == ["M2"]
    assert value(units(store)["A"]) == 2.0
    publish(store, "2026-09-02", staffed)
    assert list(teams(store)) == ["M2"]
    with store.connect() as connection:
        named = connection.exec_driver_sql("SELECT count(*) FROM group_figures WHERE manager_id = 'M1'").scalar_one()
    assert named == 0


def test_an_erased_person_counts_as_gone(store: Engine) -> None:
    """Though the data still has them: one head less, and figures that stay, since one person went."""
    publish(store, "2026-09-01", staff("A", "M1", 10))
    _erase(store, "a1")
    publish(store, "2026-09-02", staff("A", "M1", 10, 0.3))
    found = units(store)["A"]
    assert (found.people, found.as_of, value(found)) == (9, "2026-09-01", 1.0)


def _erase(store: Engine, id_: str) -> None:
    with store.begin() as connection:
        tombstones.add(connection, [tombstones.new([], id_, "2026-09-01T12:00:00Z")])
        clear(connection, id_)
