"""`GET /v1/teams`: which groups a caller sees, what is said of each, and what is said where nothing may be."""

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest
from sqlalchemy import Engine

from service.access.keys import Caller, add_key
from service.app import create_app
from service.audit import blocks
from service.settings import Settings
from service.store.engine import open_store
from tests import stores
from tests.posting import Client
from tests.served import day
from tests.staffed import Member, publish

TODAY: Final = day("2026-09-03")


def staff(unit: str, manager: str | None, count: int, risk: float = 0.1, first: int = 1) -> list[Member]:
    """So many people of one unit under one manager."""
    name = unit.replace("/", "").lower()
    return [Member(f"{name}{number}", unit, manager, risk) for number in range(first, first + count)]


STAFF: Final = (
    staff("Sales/North", "M1", 10) + staff("Sales/South", "M2", 8, 0.2) + staff("Sales/West", "M3", 2)
    + staff("People", "M4", 9) + staff("Salesforce", "M5", 7)
)  # fmt: skip


@pytest.fixture(params=stores.KINDS)
def client(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Client]:
    """The application over a store of either kind with one run."""
    with stores.settings(request.param, tmp_path / "home") as settings:
        with stores.opened(settings) as store:
            publish(store, "2026-09-01", STAFF)
        with Client(create_app(settings, {}, today=lambda: TODAY)) as found:
            yield found


def ask(client: Client, path: str, unit: str = "", role: str = "leader", **given: Any) -> Any:
    """A request with a new key for the unit."""
    store: Engine = client.app.state.service.store
    key = add_key(store, Caller(f"{role} {time.monotonic_ns()}", role, unit), "2026-01-01T00:00:00Z")
    return client("GET", path, headers={"Authorization": f"Bearer {key}", **given.pop("headers", {})}, **given)


def names(answer: Any) -> list[tuple[str, str | None, str | None]]:
    """Unit, manager and code of every group."""
    assert answer.status_code == 200, answer.text
    return [(one["org_unit"], one["manager_id"], one["withheld"]) for one in answer.json()["groups"]]


def test_units_right_below_and_the_teams_within(client: Client) -> None:
    """The top of what the caller may see by default; two people are too few, and would be told of by the eight."""
    within = [("Sales/North", "M1", None), ("Sales/South", "M2", "complement"), ("Sales/West", "M3", "too_few")]
    parts = [(unit, None, code) for unit, _, code in within]
    for answer in (ask(client, "/v1/teams?org_unit=Sales"), ask(client, "/v1/teams", "Sales")):
        assert names(answer) == parts + within
        assert answer.json()["org_unit"] == "Sales"
    top = ask(client, "/v1/teams")
    assert names(top)[:3] == [("People", None, None), ("Sales", None, None), ("Salesforce", None, None)]
    assert [manager for _, manager, _ in names(top)[3:]] == ["M1", "M2", "M3", "M4", "M5"]
    assert names(ask(client, "/v1/teams?org_unit=Sales/North", "Sales")) == [("Sales/North", "M1", None)]


def test_what_is_said_of_a_group(client: Client) -> None:
    """Heads, leavers with their interval, hires, exits; the run; every code explained; no person's id."""
    answer = ask(client, "/v1/teams?org_unit=Sales")
    found = answer.json()
    north = found["groups"][0]
    assert (found["whole"]["people"], found["whole"]["expected"]["90"]["value"]) == (20, 3.0)
    assert north["kind"] == "unit"
    assert north["expected"]["90"] == {"value": 1.0, "low": 0, "high": 2}
    assert north["hiring"] == {"30": 0.5, "90": 1.0, "180": 1.5, "365": 2.0}
    assert (north["recent_exits"], north["held_since"], north["why"]) == ({"voluntary": 0, "other": 0}, None, None)
    assert (found["run"]["as_of"], found["run"]["age_days"]) == ("2026-09-01", 2)
    west = found["groups"][2]
    assert {west[name] for name in ("people", "expected", "hiring", "recent_exits", "held_since")} == {None}
    assert west["why"] == found["definitions"]["withheld: too_few"]
    assert not any(member.employee_id in answer.text for member in STAFF)


def test_other_exits_are_hired_for_at_their_rate(tmp_path: Path) -> None:
    """One voluntary exit and three others in the year: 90 days take .7 of the three beside the one expected leaver."""
    gone = [Member(f"gone{n}", "A", "M1", 0.1, left="2026-05-01", voluntary=n == 0) for n in range(4)]
    publish(open_store(Settings(home=tmp_path).database_url), "2026-09-01", staff("A", "M1", 10) + gone)
    with Client(create_app(Settings(home=tmp_path), {}, today=lambda: TODAY)) as client:
        (unit, _) = ask(client, "/v1/teams").json()["groups"]
    assert unit["recent_exits"] == {"voluntary": 1, "other": 3}
    assert unit["hiring"] == {"30": 0.7, "90": 1.7, "180": 3.0, "365": 5.0}


def test_held_figures_say_their_day(client: Client) -> None:
    """One person more: the figures stay those of the first run, with its day; the head count is the new one."""
    publish(client.app.state.service.store, "2026-09-02", [*STAFF, *staff("Sales/North", "M1", 1, 0.4, first=11)])
    north = ask(client, "/v1/teams?org_unit=Sales").json()["groups"][0]
    assert (north["held_since"], north["people"], north["expected"]["90"]["value"]) == ("2026-09-01", 11, 1.0)


@pytest.mark.parametrize("role", ["leader", "hrbp", "system"])
def test_another_s_unit_is_as_unknown_as_none(client: Client, role: str) -> None:
    """Beside, above, a part of a segment, one that does not exist: one answer."""
    asked = ("Sales/South", "Sales", "Sal", "Sales/Nor", "Nowhere", "People")
    answers = [ask(client, f"/v1/teams?org_unit={unit}", "Sales/North", role) for unit in asked]
    assert {(answer.status_code, answer.text) for answer in answers} == {(404, answers[0].text)}
    assert names(ask(client, "/v1/teams", "Sales/North", role)) == [("Sales/North", "M1", None)]


def test_a_team_that_reaches_out_of_the_scope_is_not_shown(tmp_path: Path) -> None:
    """M1 has six people here and six there: shown to who may see both."""
    people = [
        *staff("S/A", "M1", 6),
        *staff("S/B", "M1", 6),
        *staff("S/A", "M2", 6, first=7),
        *staff("S/B", "M3", 6, first=7),
    ]
    publish(open_store(Settings(home=tmp_path).database_url), "2026-09-01", people)
    with Client(create_app(Settings(home=tmp_path), {}, today=lambda: TODAY)) as client:
        assert names(ask(client, "/v1/teams", "S/A")) == [("S/A", "M2", None)]
        assert ("S", "M1", None) in names(ask(client, "/v1/teams", "S"))


def test_teams_come_in_pages_and_units_once(client: Client) -> None:
    """Pages of two hold every team once; a cursor is of one list only."""
    whole = names(ask(client, "/v1/teams"))
    key = add_key(client.app.state.service.store, Caller("pager", "leader", ""), "2026-01-01T00:00:00Z")
    headers = {"Authorization": f"Bearer {key}"}
    found, cursor = [], ""
    for _ in range(3):
        page = client("GET", f"/v1/teams?limit=2&cursor={cursor}", headers=headers)
        found += names(page)
        cursor = page.json()["next_cursor"] or ""
    assert (found, cursor) == (whole, "")
    first = client("GET", "/v1/teams?limit=2", headers=headers).json()["next_cursor"]
    for other in (f"org_unit=Sales&cursor={first}", "cursor=abc", "limit=0"):
        assert client("GET", f"/v1/teams?{other}", headers=headers).status_code == 422


@pytest.mark.parametrize("role", ["scientist", "admin"])
def test_other_roles_see_no_groups(client: Client, role: str) -> None:
    """Groups are for leaders, HR business partners and HRIS systems."""
    assert ask(client, "/v1/teams", role=role).status_code == 403


def test_a_unit_that_is_switched_off_is_not_told_of(client: Client) -> None:
    """Its figures and its teams' are gone at once, with the reason."""
    service = client.app.state.service
    blocks.switch_off(service.log, Caller("test", "admin", ""), "Sales/North")
    time.sleep(blocks.FRESH_SECONDS)
    told = {(unit, manager): code for unit, manager, code in names(ask(client, "/v1/teams?org_unit=Sales"))}
    assert told["Sales/North", None] == told["Sales/North", "M1"] == "unit_switched_off"


def test_a_unit_that_is_switched_off_is_no_difference(client: Client) -> None:
    """The units above it have no figure either until a night has worked them out without it; those beside it have."""
    service = client.app.state.service
    blocks.switch_off(service.log, Caller("test", "admin", ""), "Sales/North")
    before = {(unit, manager): code for unit, manager, code in names(ask(client, "/v1/teams"))}
    assert (before["Sales", None], before["People", None]) == ("unit_switched_off", None)
    refused = [replace(one, risk=None) if one.unit == "Sales/North" else one for one in STAFF]
    publish(service.store, "2999-01-01", refused)
    after = {(unit, manager): code for unit, manager, code in names(ask(client, "/v1/teams"))}
    assert (after["Sales", None], after["People", None]) == (None, None)


def test_before_there_is_a_run_it_is_said_what_to_do(tmp_path: Path) -> None:
    """No empty list is shown."""
    with Client(create_app(Settings(home=tmp_path), {}, today=lambda: TODAY)) as client:
        answer = ask(client, "/v1/teams")
    assert answer.status_code == 404
    assert "service score" in answer.json()["detail"]


def test_the_tag_spares_an_answer_that_did_not_change(client: Client) -> None:
    """304 to the same question of the same run; the next run answers anew."""
    first = ask(client, "/v1/teams?org_unit=Sales")
    again = {"If-None-Match": first.headers["etag"]}
    assert ask(client, "/v1/teams?org_unit=Sales", headers=again).status_code == 304
    publish(client.app.state.service.store, "2026-09-02", STAFF)
    assert ask(client, "/v1/teams?org_unit=Sales", headers=again).status_code == 200


def test_without_managers_there_are_units_alone(tmp_path: Path) -> None:
    """Nobody reports to anybody that is known: the units are told of, and no team is."""
    with stores.settings("sqlite", tmp_path / "home") as settings:
        with stores.opened(settings) as store:
            publish(store, "2026-09-01", staff("Sales", None, 10) + staff("People", None, 9))
        with Client(create_app(settings, {}, today=lambda: TODAY)) as client:
            assert names(ask(client, "/v1/teams")) == [("People", None, None), ("Sales", None, None)]


def test_a_caller_whose_unit_is_empty_is_not_told_to_score_again(client: Client) -> None:
    """A key for a unit that nobody is in learns that there is nothing, not that the run is at fault."""
    answer = ask(client, "/v1/teams", "Sales/Nor")
    assert answer.status_code == 404
    assert "service score" not in answer.json()["detail"]


def test_what_moves_a_group_is_said_in_words(client: Client) -> None:
    """No short name of a column stands in a driver's sentence, nor does a framework's word in a fault."""
    groups = [ask(client, "/v1/teams?org_unit=Sales").json()["whole"]]
    assert all("_" not in driver["text"] for group in groups for driver in group["drivers"])
    (fault,) = ask(client, "/v1/teams?limit=01").json()["faults"]
    assert fault == {"pointer": "/query/limit", "rule": "not a whole number without sign, leading zero or blank"}
