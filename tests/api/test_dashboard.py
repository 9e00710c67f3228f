"""`GET /v1/dashboard` over HTTP: who sees which unit, what may be asked, and what is said where there is nothing."""

import datetime as dt
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest
from sqlalchemy import Engine

from service.access import assigning
from service.access.keys import Caller, add_key
from service.app import create_app
from service.dashboard import kept, packed
from service.dashboard.codes import SHOWN
from service.dashboard.kept import Night
from service.dashboard.packed import Common
from service.dashboard.shown import Line
from service.settings import Settings
from service.store.engine import open_store
from tests import twelve
from tests.posting import Client
from tests.published_runs import Person, publish
from tests.served import day

PATH: Final = "/v1/dashboard"
PEOPLE: Final = (Person("E04", 0.1, "A"), Person("E09", 0.1, "B"), Person("E99", 0.1, "C/Small"))
"""Somebody of each unit, and of one in which there are not five people."""


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """The application with the twelve's dashboard."""
    home = tmp_path_factory.mktemp("home")
    store = open_store(Settings(home=home).database_url)
    found = twelve.night(twelve.read(home / "data"))
    publish(store, twelve.RUN_DAY, PEOPLE, alongside=[kept.write(found)])
    store.dispose()
    with Client(create_app(Settings(home=home), {}, today=lambda: day(twelve.TODAY))) as found_client:
        yield found_client


def ask(client: Client, query: str = "", unit: str = "", role: str = "leader", **more: str) -> Any:
    """An answer to somebody of a unit."""
    store: Engine = client.app.state.service.store
    key = key_of(store, role, unit)
    return client("GET", f"{PATH}{query}", headers={"Authorization": f"Bearer {key}", **more})


@cache
def key_of(store: Engine, role: str, unit: str) -> str:
    """A key, made once."""
    return add_key(store, Caller(f"test {role}", role, unit), "2026-01-01T00:00:00Z")


def figure(answer: Any, name: str) -> dict[str, Any]:
    """One figure of an answer."""
    (found,) = [one for one in answer.json()["figures"] if one["name"] == name]
    return dict(found)


@pytest.mark.parametrize("role", ["leader", "hrbp", "scientist"])
def test_three_roles_see_the_same(client: Client, role: str) -> None:
    """One rule for all: what is withheld is withheld from everybody."""
    answer = ask(client, role=role)
    assert answer.status_code == 200
    assert answer.json() == ask(client).json()
    assert answer.json()["run"]["as_of"] == twelve.RUN_DAY
    assert figure(answer, "survey_score")["values"][-1] == pytest.approx(0.6)


def test_a_leader_s_own_unit_bounds_what_they_see(client: Client) -> None:
    """Theirs without asking; any other, known or not, is not there: alike to the last byte."""
    mine = ask(client, unit="A")
    assert (mine.status_code, mine.json()["org_unit"]) == (200, "A")
    assert figure(mine, "survey_score")["values"][-1] == pytest.approx(0.65)
    others = [ask(client, f"?org_unit={path}", "A") for path in ("B", "Nope", "A/Nope", "a", "AA")]
    assert {(other.status_code, other.content) for other in others} == {(404, others[0].content)}


def test_a_unit_that_never_had_five_people_has_no_number(client: Client) -> None:
    """It is withheld with a code, for every figure and month; no count tells how many there are."""
    answer = ask(client, "?org_unit=C&months=60")
    assert answer.status_code == 200
    for one in answer.json()["figures"]:
        assert set(one["values"]) == {None}, one["name"]
        assert set(one["n"]) == {None}
        assert set(one["withheld"]) <= {"too_few", None}
    assert figure(answer, "head_count")["withheld"] == ["too_few"] * 10
    assert answer.json()["associations"] == []


def test_as_many_months_as_are_asked_for(client: Client) -> None:
    """The last ones; twelve where nothing is said; from one to sixty."""
    assert ask(client, "?months=2").json()["months"] == ["2026-02", "2026-03"]
    assert len(ask(client).json()["months"]) == 10
    for one in ask(client, "?months=2").json()["figures"]:
        assert {len(one[name]) for name in ("values", "n", "withheld")} == {2}
    for query in (
        "?months=0",
        "?months=61",
        "?months=x",
        "?months=02",
        "?month=2",
        "?replacement_share=-1",
        "?replacement_share=nan",
    ):
        assert ask(client, query).status_code == 422, query


def test_what_replacing_somebody_costs_can_be_changed(client: Client, tmp_path: Path) -> None:
    """By the query for one answer, by the setting for all; the answer says which number it took and whose it is."""
    asked = ask(client, "?replacement_share=1")
    assert figure(asked, "cost_of_turnover")["values"][-1] == 230_000
    assert asked.json()["assumptions"][0]["value"] == 1
    usual = ask(client)
    assert figure(usual, "cost_of_turnover")["values"][-1] == 48_300
    assert "Boushey" in usual.json()["assumptions"][0]["source"]
    with Client(create_app(Settings(home=tmp_path, replacement_share=0.5), {}, today=lambda: 0)) as other:
        publish(other.app.state.service.store, twelve.RUN_DAY, PEOPLE, alongside=[
            kept.write(twelve.night(twelve.read(tmp_path / "data")))])  # fmt: skip
        assert figure(ask(other), "cost_of_turnover")["values"][-1] == 115_000


def test_every_code_is_explained(client: Client) -> None:
    """Whatever stands in `withheld` has a sentence."""
    answer = ask(client, "?months=60").json()
    used = {code for one in answer["figures"] for code in one["withheld"] if code}
    assert used >= {"too_few", "complement", "not_closed", "no_data"}
    assert used <= set(answer["codes"])


def test_the_tag_spares_what_did_not_change(client: Client) -> None:
    """304 while it is the same."""
    first = ask(client)
    assert ask(client, **{"If-None-Match": first.headers["etag"]}).status_code == 304


def test_a_missing_source_is_said(tmp_path: Path) -> None:
    """Without a table its figures say so; with a table and nothing in it as well."""
    with Client(create_app(Settings(home=tmp_path), {}, today=lambda: day(twelve.TODAY))) as client:
        twelve.write(tmp_path / "data")
        (tmp_path / "data" / "tickets.csv").unlink()
        (tmp_path / "data" / "team_signals.csv").unlink()
        publish(client.app.state.service.store, twelve.RUN_DAY, PEOPLE,
                alongside=[kept.write(twelve.night(twelve.loaded(tmp_path / "data")))])  # fmt: skip
        answer = ask(client)
    for name in ("tickets", "csat", "ticket_response_p90", "escalation"):
        found = figure(answer, name)
        assert found["missing"] == "There is no table tickets."
        assert set(found["values"]) == {None}
    assert figure(answer, "survey_score")["missing"] is None
    assert {one["outside"] for one in answer.json()["associations"]} == {"attrition_voluntary"}


def test_before_the_first_run_and_before_the_first_dashboard(tmp_path: Path) -> None:
    """It is said what to do; a run of an older program has no months, and every figure says why."""
    with Client(create_app(Settings(home=tmp_path), {}, today=lambda: day(twelve.TODAY))) as client:
        assert "service score" in ask(client).json()["detail"]
        publish(client.app.state.service.store, twelve.RUN_DAY, PEOPLE)
        answer = ask(client)
    assert answer.status_code == 200
    assert answer.json()["months"] == []
    assert all(one["missing"] for one in answer.json()["figures"])


def test_whoever_has_several_units_names_one(client: Client) -> None:
    """There is no dashboard of two units at once; the problem says where to ask, and names them."""
    store: Engine = client.app.state.service.store
    key = add_key(store, Caller("of two units", "hrbp", ""), "2026-01-01T00:00:00Z")
    days = dt.date(2026, 1, 1), dt.date(2099, 1, 1)
    for unit in ("A", "B"):
        made = assigning.new(assigning.named(store, key), unit, days, "2026-01-01T00:00:00Z", "t")
        assigning.assign(client.app.state.service.log, Caller("t", "admin", "", "t"), made)
    headers = {"Authorization": f"Bearer {key}"}
    answer = client("GET", PATH, headers=headers)
    assert (answer.status_code, answer.json()["faults"][0]["pointer"]) == (422, "/query/org_unit")
    assert "A, B" in answer.json()["faults"][0]["detail"]
    assert client("GET", f"{PATH}?org_unit=A", headers=headers).json()["org_unit"] == "A"


def months_of(rows: dict[str, list[float]]) -> Night:
    """A company's dashboard with these figures over twelve months."""
    names = list(rows)
    lines = [
        Line(np.full((1, 12), SHOWN, np.uint8), np.asarray([values], np.float32), np.full((1, 12), 50, np.uint32))
        for values in rows.values()
    ]
    shown = [f"2025-{month:02d}" for month in range(1, 13)]
    common = Common(shown, names, [[twelve.RUN_DAY] * 12] * len(names), [], [12, 4, 2])
    return Night(common, [""], [packed.entries(line, 1) for line in lines], [None], {})


def test_a_theme_that_rises_is_told_from_noise(tmp_path: Path) -> None:
    """Twelve rises in a row are a trend among ten themes; a noisy theme is none."""
    rng = np.random.default_rng(2)
    rows = {f"theme.noise{number}": rng.poisson(9, 12).tolist() for number in range(9)}
    rows |= {"theme.payroll": list(range(12)), "tickets": list(range(12, 0, -1)), "csat": list(range(12))}
    with Client(create_app(Settings(home=tmp_path), {}, today=lambda: day(twelve.TODAY))) as client:
        publish(client.app.state.service.store, twelve.RUN_DAY, PEOPLE, alongside=[kept.write(months_of(rows))])
        answer = ask(client)
    trends = {one["name"]: one["trend"] for one in answer.json()["figures"]}
    assert (trends["theme.payroll"]["direction"], trends["theme.payroll"]["tau"]) == ("rises", 1.0)
    assert (trends["tickets"]["direction"], trends["tickets"]["months"]) == ("falls", 12)
    assert {trends[f"theme.noise{number}"]["direction"] for number in range(9)} == {"none"}
    assert trends["csat"] is None
