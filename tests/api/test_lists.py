"""Lists, one person and warnings over HTTP, on runs written by hand."""

import csv
import io
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from sqlalchemy import Engine, insert

from service.access.keys import Caller, add_key
from service.app import create_app
from service.audit import blocks
from service.lists.rises import Rise
from service.settings import Settings
from service.store import tables
from service.store.engine import open_store
from tests.posting import Client
from tests.published_runs import Person, publish
from tests.served import day

TODAY: Final = day("2026-09-03")
BEFORE: Final = (
    Person("E1", 0.30, "Sales/North", {"a": 0.5}),
    Person("E2", 0.12, "Sales/North"),
    Person("E3", 0.11, "Sales/South"),
    Person("E4", 0.04, "Salesforce"),
    Person("E6", 0.01, None),
)
NOW: Final = (
    Person("E1", 0.25, "Sales/North", {"a": 0.2}, {"surveys": "2026-08-20", "job_history": "2024-07-01"}),
    Person("E2", 0.12, "Sales/North"),
    Person("E3", 0.11, "Sales/South"),
    Person("E4", 0.08, "Salesforce", {"b": 0.7}),
    Person("E5", None, "Sales/North"),
    Person("E6", 0.01, None),
    Person("E7", 0.12, "sales/North"),
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Engine]:
    """A store with two runs."""
    engine = open_store(Settings(home=tmp_path).database_url)
    publish(engine, "2026-08-01", BEFORE)
    publish(engine, "2026-09-01", NOW, rises=[Rise("E4", "band", 0.7), Rise("E1", "jump", 0.4)])
    yield engine
    engine.dispose()


@pytest.fixture
def client(tmp_path: Path, store: Engine) -> Iterator[Client]:
    """The application on that store; lists need no model."""
    del store
    with Client(create_app(Settings(home=tmp_path), {}, today=lambda: TODAY)) as client:
        yield client


_KEYS: Final[dict[tuple[str, str, str], str]] = {}
"""By store, role and unit."""


def ask(client: Client, path: str, unit: str = "", role: str = "hrbp", **more: Any) -> Any:
    """The answer to a caller of that unit."""
    service = client.app.state.service
    known = service.settings.database_url, role, unit
    if known not in _KEYS:
        _KEYS[known] = add_key(service.store, Caller("test", role, unit), "2026-01-01T00:00:00Z")
    headers = {"Authorization": f"Bearer {_KEYS[known]}", **more.pop("headers", {})}
    return client(more.pop("method", "GET"), path, headers=headers, **more)


def ids(answer: Any) -> list[str]:
    """Who is listed."""
    assert answer.status_code == 200, answer.text
    return [person["employee_id"] for person in answer.json()["people"]]


def test_ranked_by_risk_then_id(client: Client) -> None:
    """The whole company for a key without a unit; who has no score is in no list."""
    answer = ask(client, "/v1/risk-list")
    assert ids(answer) == ["E1", "E2", "E7", "E3", "E4", "E6"]
    assert answer.json()["population"] == 6
    assert answer.json()["run"]["as_of"] == "2026-09-01"
    assert answer.json()["run"]["age_days"] == 2
    assert answer.json()["expected_leavers"] is None


@pytest.mark.parametrize(
    "unit,expected",
    [("Sales", ["E1", "E2", "E3"]), ("Sales/North", ["E1", "E2"]), ("Salesforce", ["E4"]), ("sales", ["E7"])],
)
def test_scope_is_whole_segments_and_case(client: Client, unit: str, expected: list[str]) -> None:
    """A unit holds what it names and what is below it, and nobody of a unit that only begins alike."""
    assert ids(ask(client, "/v1/risk-list", unit)) == expected
    assert ids(ask(client, f"/v1/risk-list?org_unit={unit}")) == expected


def test_a_filter_never_widens_the_scope(client: Client) -> None:
    """Another unit, an unknown one and a part of a segment answer alike; a unit below is a narrower list."""
    answers = [
        ask(client, f"/v1/risk-list?org_unit={unit}", "Sales/North") for unit in ("Sales/South", "Nowhere", "Sal")
    ]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.text for answer in answers}) == 1
    assert ids(ask(client, "/v1/risk-list?org_unit=Sales/South", "Sales")) == ["E3"]


def test_pages_go_on_where_the_last_ended(client: Client, store: Engine) -> None:
    """A newer run between two pages changes nothing for who is paging; a cursor of another list is refused."""
    first = ask(client, "/v1/risk-list?limit=4").json()
    publish(store, "2026-09-02", [Person("E9", 0.5)])
    cursor = first["next_cursor"]
    second = ask(client, f"/v1/risk-list?limit=4&cursor={cursor}")
    assert ids(second) == ["E4", "E6"]
    assert second.json()["next_cursor"] is None
    assert second.json()["run"]["as_of"] == "2026-09-01"
    for other in (f"horizon=30&cursor={cursor}", "cursor=abc", f"cursor={cursor}x"):
        refused = ask(client, f"/v1/risk-list?limit=4&{other}")
        assert refused.status_code == 422
        assert refused.json()["faults"][0]["pointer"] == "/query/cursor"
    assert ids(ask(client, "/v1/risk-list")) == ["E9"]


def test_a_list_with_a_capacity_holds_who_is_worth_it(client: Client) -> None:
    """Nobody of the lowest band; fewer than the capacity where fewer are; with the leavers to expect."""
    answer = ask(client, "/v1/risk-list?capacity=15")
    assert ids(answer) == ["E1", "E2", "E7", "E3", "E4"]
    expected = answer.json()["expected_leavers"]
    assert round(expected["value"], 9) == round(0.25 + 0.12 + 0.12 + 0.11 + 0.08, 9)
    assert expected["low"] == 0
    assert 2 <= expected["high"] <= 4
    assert ids(ask(client, "/v1/risk-list?capacity=2&band=elevated")) == ["E4"]
    assert ids(ask(client, "/v1/risk-list?capacity=5&band=low")) == []


def test_who_was_listed_keeps_the_place_unless_somebody_is_a_tenth_riskier(tmp_path: Path) -> None:
    """Of places for two, E2 keeps the second against 5 % more, and loses it to 20 % more."""
    for name, risk, expected in (("keeps", 0.126, ["E1", "E2"]), ("loses", 0.144, ["E1", "E3"])):
        store = open_store(Settings(home=tmp_path / name).database_url)
        publish(store, "2026-08-01", [Person("E1", 0.2), Person("E2", 0.12), Person("E3", 0.1)])
        publish(store, "2026-09-01", [Person("E1", 0.2), Person("E2", 0.12), Person("E3", risk)])
        with Client(create_app(Settings(home=tmp_path / name), {}, today=lambda: TODAY)) as client:
            assert ids(ask(client, "/v1/risk-list?capacity=2")) == expected


def test_who_was_listed_stays_until_a_tenth_below_the_bands(tmp_path: Path) -> None:
    """At 4.7 % E1 was listed and stays; E2 was not; at 4.5 % E3 leaves."""
    store = open_store(Settings(home=tmp_path).database_url)
    publish(store, "2026-08-01", [Person("E1", 0.06), Person("E2", 0.04), Person("E3", 0.06)])
    publish(store, "2026-09-01", [Person("E1", 0.047), Person("E2", 0.047), Person("E3", 0.045)])
    with Client(create_app(Settings(home=tmp_path), {}, today=lambda: TODAY)) as client:
        assert ids(ask(client, "/v1/risk-list?capacity=5")) == ["E1"]


def test_a_company_where_nobody_leaves_has_an_empty_list(tmp_path: Path) -> None:
    """Ranks alone put nobody on a list that is as long as there is time."""
    store = open_store(Settings(home=tmp_path).database_url)
    publish(store, "2026-09-01", [Person(f"E{n}", 0.001 * n) for n in range(1, 30)])
    with Client(create_app(Settings(home=tmp_path), {}, today=lambda: TODAY)) as client:
        answer = ask(client, "/v1/risk-list?capacity=15").json()
    assert answer["people"] == []
    assert answer["expected_leavers"] == {"value": 0.0, "low": 0, "high": 0}


def test_a_row_says_what_changed_how_old_and_what_covers_it(client: Client) -> None:
    """Against the run before, with the reason that moved; the newest fact; sources of the last year."""
    people = {person["employee_id"]: person for person in ask(client, "/v1/risk-list").json()["people"]}
    assert people["E4"]["change"] == {
        "since": "2026-08-01", "direction": "rose", "risk_before": 0.04, "band_before": "low", "because": "B",
    }  # fmt: skip
    assert people["E1"]["change"]["direction"] == "fell"
    assert people["E2"]["change"]["direction"] == "steady"
    assert people["E7"]["change"]["direction"] == "new"
    assert people["E1"]["data_age_days"] == 12
    assert people["E1"]["coverage"] == {"known": 1, "of": 3}
    assert people["E2"]["data_age_days"] is None
    assert people["E1"]["next_conversation"] == {"type": "want", "overdue_days": 12}


def test_the_tag_spares_a_list_that_did_not_change(client: Client) -> None:
    """304 while nothing changed; another answer once something did."""
    first = ask(client, "/v1/risk-list")
    again = {"If-None-Match": first.headers["etag"]}
    assert ask(client, "/v1/risk-list", headers=again).status_code == 304
    done = {"action_type": "stay_interview", "occurred_at": "2026-09-02"}
    assert ask(client, "/v1/employees/E1/actions", method="POST", json=done).status_code == 201
    assert ask(client, "/v1/risk-list", headers=again).status_code == 200


def test_csv_is_safe_to_open_in_a_spreadsheet(tmp_path: Path) -> None:
    """A unit that is a formula becomes text; numbers stay numbers; the next page is named in the header."""
    store = open_store(Settings(home=tmp_path).database_url)
    last = Person("E3", 0.01)
    publish(store, "2026-09-01", [Person("=cmd|'/c'!A1", 0.2, "@SUM(A1)"), Person("-E2", 0.1, 'a,"b"\n+c'), last])
    with Client(create_app(Settings(home=tmp_path), {}, today=lambda: TODAY)) as client:
        answer = ask(client, "/v1/risk-list?limit=2", headers={"Accept": "text/csv"})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert "cursor=" in answer.headers["link"]
    header, first, second = csv.reader(io.StringIO(answer.text))
    assert header[:3] == ["employee_id", "org_unit", "manager_id"]
    assert first[:2] == ["'=cmd|'/c'!A1", "'@SUM(A1)"]
    assert (first[5], second[0], second[1]) == ("0.2", "'-E2", 'a,"b"\n+c')


def test_one_person_with_history(client: Client) -> None:
    """The latest risk, and what each run said, the newest first; one without a score says why."""
    found = ask(client, "/v1/employees/E4/risk", "Salesforce").json()
    assert found["risk"] == {"30": 0.04, "90": 0.08, "180": 0.16, "365": 0.24}
    assert [(past["as_of"], past["band"]) for past in found["history"]] == [
        ("2026-09-01", "elevated"),
        ("2026-08-01", "low"),
    ]
    assert found["change"]["because"] == "B"
    refused = ask(client, "/v1/employees/E5/risk").json()
    assert refused["risk"] is None
    assert refused["no_score"]["code"] == "objection"


def test_out_of_scope_and_unknown_answer_alike(client: Client) -> None:
    """Nobody learns from an answer whether somebody exists."""
    answers = [ask(client, f"/v1/employees/{id_}/risk", "Sales/South") for id_ in ("E1", "E4", "E6", "nobody")]
    assert {(answer.status_code, answer.text) for answer in answers} == {(404, answers[0].text)}
    done = {"action_type": "other", "occurred_at": "2026-09-01"}
    assert ask(client, "/v1/employees/E1/actions", "Sales/South", method="POST", json=done).status_code == 404


def test_an_action_lets_the_person_rest(client: Client) -> None:
    """The person leaves the sized list and shows it in the others."""
    done = {"action_type": "stay_interview", "occurred_at": "2026-08-31T10:00:00+02:00"}
    assert (
        ask(client, "/v1/employees/E2/actions", method="POST", json=done).json()["occurred_at"]
        == "2026-08-31T08:00:00Z"
    )
    assert ids(ask(client, "/v1/risk-list?capacity=15")) == ["E1", "E7", "E3", "E4"]
    people = {person["employee_id"]: person for person in ask(client, "/v1/risk-list").json()["people"]}
    assert [one["action_type"] for one in people["E2"]["actions"]] == ["stay_interview"]


def test_warnings_keep_to_the_budget(client: Client, store: Engine, tmp_path: Path) -> None:
    """Who rose in this week's runs, the earlier run first; of more than the budget the rest is counted."""
    found = ask(client, "/v1/warnings").json()
    assert [(one["person"]["employee_id"], one["kind"]) for one in found["warnings"]] == [
        ("E4", "band"),
        ("E1", "jump"),
    ]
    publish(store, "2026-09-03", NOW, rises=[Rise("E3", "jump", 0.9)])
    with Client(create_app(Settings(home=tmp_path, warnings_a_week=2), {}, today=lambda: TODAY)) as few:
        found = ask(few, "/v1/warnings").json()
        assert [one["person"]["employee_id"] for one in found["warnings"]] == ["E4", "E1"]
        assert found["left_out"] == 1
        scoped = ask(few, "/v1/warnings", "Sales/South").json()
        assert [one["person"]["employee_id"] for one in scoped["warnings"]] == ["E3"]


def test_a_refused_run_is_said(client: Client, store: Engine) -> None:
    """The list before it stays, with its day and why there is no newer one."""
    row = {"as_of": "2026-09-02", "refused_at": "2026-09-02T02:00:00Z", "reasons": '["Head count fell by half."]'}
    with store.begin() as connection:
        connection.execute(insert(tables.refused_runs).values(row))
    run = ask(client, "/v1/risk-list").json()["run"]
    assert (run["as_of"], run["held_back"]) == ("2026-09-01", ["Head count fell by half."])


def test_before_the_first_run_there_is_no_list(tmp_path: Path) -> None:
    """It is said what to do, and no empty list is shown."""
    with Client(create_app(Settings(home=tmp_path), {}, today=lambda: TODAY)) as client:
        answer = ask(client, "/v1/risk-list")
    assert answer.status_code == 404
    assert "service score" in answer.json()["detail"]


@pytest.mark.parametrize("role", ["leader", "scientist", "admin"])
def test_other_roles_see_no_person(client: Client, role: str) -> None:
    """Lists, people and warnings are for HR business partners and HRIS systems."""
    for path in ("/v1/risk-list", "/v1/employees/E1/risk", "/v1/warnings"):
        assert ask(client, path, role=role).status_code == 403


def test_every_person_shown_is_logged_first(client: Client, store: Engine) -> None:
    """One row a person and answer; where nothing can be written, nothing is shown."""
    shown = len(ask(client, "/v1/risk-list?limit=3").json()["people"])
    ask(client, "/v1/employees/E1/risk")
    with store.connect() as connection:
        rows = connection.exec_driver_sql("SELECT action FROM access_log ORDER BY seq").scalars().all()
    assert rows == ["list"] * shown + ["person"]
    with store.begin() as connection:
        connection.exec_driver_sql("DROP TABLE access_log")
    for path in ("/v1/risk-list", "/v1/employees/E1/risk", "/v1/warnings"):
        refused = ask(client, path)
        assert refused.status_code == 503
        assert "E1" not in refused.text


def test_an_objection_is_honoured_at_once(client: Client) -> None:
    """Within a second nobody sees the person any more, in no list, alone or among warnings, until it is withdrawn."""
    service = client.app.state.service
    admin = Caller("test", "admin", "")
    assert "E4" in ids(ask(client, "/v1/risk-list"))
    blocks.object_to(service.log, admin, "E4")
    time.sleep(blocks.FRESH_SECONDS)
    assert "E4" not in ids(ask(client, "/v1/risk-list"))
    assert "E4" not in ids(ask(client, "/v1/risk-list?capacity=15"))
    assert ask(client, "/v1/employees/E4/risk").status_code == 404
    assert [one["person"]["employee_id"] for one in ask(client, "/v1/warnings").json()["warnings"]] == ["E1"]
    blocks.withdraw(service.log, admin, "E4")
    time.sleep(blocks.FRESH_SECONDS)
    assert "E4" in ids(ask(client, "/v1/risk-list"))


def test_a_unit_that_is_switched_off_is_in_no_list(client: Client) -> None:
    """With all below it, and nothing that only begins alike."""
    service = client.app.state.service
    blocks.switch_off(service.log, Caller("test", "admin", ""), "Sales")
    time.sleep(blocks.FRESH_SECONDS)
    assert ids(ask(client, "/v1/risk-list")) == ["E7", "E4", "E6"]
    assert ask(client, "/v1/employees/E1/risk").status_code == 404


def test_the_next_page_of_csv_keeps_the_filters(client: Client) -> None:
    """Its link is the same query with the cursor."""
    answer = ask(client, "/v1/risk-list?limit=1&org_unit=Sales&horizon=365", headers={"Accept": "text/csv"})
    following = answer.headers["link"].split(">")[0].removeprefix("<")
    second = ask(client, f"/v1/risk-list{following}", headers={"Accept": "text/csv"})
    assert second.status_code == 200
    assert second.text.splitlines()[1].startswith("E2,")
