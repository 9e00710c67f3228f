"""Every route of the application, by every kind of caller: generated from the routes themselves, so none is forgotten."""

import datetime as dt
import time
from collections.abc import Iterator
from typing import Any, Final

import pytest

from service.access import assigning, keyring, keys
from service.access.assignments import KEY
from service.access.keys import ROLES, Caller
from service.api import auth
from service.app import create_app
from service.settings import Settings
from service.store.engine import open_store
from tests.posting import Client
from tests.served import day, shared_toy

TODAY: Final = day("2026-10-01")
DESCRIBED: Final = ("GET", "/openapi.json")
"""No route of ours: FastAPI's own, open, and without data."""
STRANGERS: Final = ("nobody", "expired", "revoked", "garbage", "another scheme", "two keys")


def routes(found: list[Any]) -> Iterator[tuple[str, str]]:
    """Method and path template of every route, those of included routers too."""
    for route in found:
        if hasattr(route, "methods") and hasattr(route, "path_format"):
            yield from ((method, route.path_format) for method in route.methods or () if method != "HEAD")
        yield from routes(getattr(getattr(route, "original_router", None), "routes", None) or [])


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """The application with the toy champion."""
    home = shared_toy().home(tmp_path_factory.mktemp("home"))
    with Client(create_app(Settings(home=home), {}, today=lambda: TODAY)) as found:
        yield found


@pytest.fixture(scope="module")
def held(client: Client) -> dict[str, list[str]]:
    """What every kind of caller sends as `Authorization`: a list of header values."""
    store, now = open_store(client.app.state.service.settings.database_url), dt.datetime.now(dt.UTC)
    today, past = now.isoformat(), (now - dt.timedelta(days=2)).isoformat()
    made = {role: keys.add_key(store, Caller(f"the {role}", role, ""), today) for role in ROLES}
    expired = keys.add_key(store, Caller("expired", "system", ""), past, (now - dt.timedelta(seconds=1)).isoformat())
    revoked = keys.add_key(store, Caller("revoked", "system", ""), past)
    keys.revoke(store, revoked, today)
    store.dispose()
    return {
        **{role: [f"Bearer {key}"] for role, key in made.items()},
        "nobody": [],
        "expired": [f"Bearer {expired}"],
        "revoked": [f"Bearer {revoked}"],
        "garbage": ["Bearer rk_0123abcd_" + "é" * 43],
        "another scheme": [f"Basic {made['system']}"],
        "two keys": [f"Bearer {made['system']}", f"Bearer {made['hrbp']}"],
    }


def ask(client: Client, method: str, path: str, sent: list[str]) -> Any:
    """A request with these keys, to a path whose parameters are filled with something."""
    filled = "/".join("x" if part.startswith("{") else part for part in path.split("/"))
    headers = [(b"authorization", text.encode("utf-8")) for text in sent]
    return client(method, filled, headers=[*headers, (b"content-type", b"application/json")])


def test_every_route_is_listed_and_none_is_made_up(client: Client) -> None:
    """The application's routes are those of the three tables, and those with a key are in the document."""
    found = set(routes(client.app.routes)) - {DESCRIBED}
    assert found == set(auth.ROUTES) | set(auth.PAGES) | auth.OPEN
    assert len(found) == len(auth.ROUTES) + len(auth.PAGES) + len(auth.OPEN)
    assert all(roles <= set(ROLES) for roles in (*auth.ROUTES.values(), *auth.PAGES.values()))
    documented = client("GET", "/openapi.json").json()["paths"]
    assert set(auth.ROUTES) <= {
        (method.upper(), path) for path, operations in documented.items() for method in operations
    }


@pytest.mark.parametrize("method, path", sorted(auth.ROUTES))
def test_a_route_opens_to_its_roles_alone(client: Client, held: dict[str, list[str]], method: str, path: str) -> None:
    """Every role but the route's gets 403, everybody else 401; the route's own get past both."""
    got = {who: ask(client, method, path, sent) for who, sent in held.items()}
    refused = {who: answer.status_code for who, answer in got.items() if answer.status_code in {401, 403}}
    others = set(ROLES) - auth.ROUTES[method, path]
    assert refused == {**dict.fromkeys(others, 403), **dict.fromkeys(STRANGERS, 401)}
    for who in STRANGERS:
        assert got[who].headers["www-authenticate"] == "Bearer"
        assert got[who].json()["code"] == "bad_key"
    assert {got[who].content for who in ("expired", "revoked", "garbage")} == {got["garbage"].content}


@pytest.mark.parametrize("method, path", sorted(auth.PAGES))
def test_a_page_opens_to_who_is_signed_in_alone(
    client: Client, held: dict[str, list[str]], method: str, path: str
) -> None:
    """A key in a header opens no page; a session of another role gets 403, and one of the page's own gets past it."""
    for sent in held.values():
        turned_away = ask(client, method, path, sent)
        assert (turned_away.status_code, turned_away.headers["location"][:8]) == (303, "/sign-in")
    service = client.app.state.service
    for role in ROLES:
        name = service.sessions.open(held[role][0].split()[1][3:11])
        filled = "/".join("x" if part.startswith("{") else part for part in path.split("/"))
        got = client(method, filled, headers={"cookie": f"{auth.COOKIE}={name}"})
        assert (got.status_code == 403) == (role not in auth.PAGES[method, path]), role
        assert got.status_code not in {401, 500}, role
        assert not got.headers.get("location", "").startswith("/sign-in") or path == "/sign-out", role


@pytest.mark.parametrize("method, path", sorted(auth.OPEN))
def test_an_open_route_asks_for_nothing(client: Client, held: dict[str, list[str]], method: str, path: str) -> None:
    """Whatever is sent or not sent, the answer is the same."""
    assert {who for who, sent in held.items() if ask(client, method, path, sent).status_code in {401, 403}} == set()


@pytest.mark.parametrize("method, path", sorted(auth.ROUTES))
def test_no_other_method_opens_a_route(client: Client, held: dict[str, list[str]], method: str, path: str) -> None:
    """What is not listed is not there, for any role."""
    for other in {"GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"} - {method}:
        if ("GET" if other == "HEAD" else other, path) not in auth.ROUTES:
            assert ask(client, other, path, held["system"]).status_code in {404, 405}, other


@pytest.mark.parametrize("path", sorted(path for method, path in auth.ROUTES if method == "GET"))
def test_head_is_get_without_the_body(client: Client, held: dict[str, list[str]], path: str) -> None:
    """The same status for every caller, with the same headers and nothing behind them."""
    for sent in held.values():
        whole, head = ask(client, "GET", path, sent), ask(client, "HEAD", path, sent)
        assert (head.status_code, head.content) == (whole.status_code, b"")
        assert head.headers["content-length"] == str(len(whole.content))


def test_a_path_is_only_itself(client: Client, held: dict[str, list[str]]) -> None:
    """Other spellings of a closed path lead nowhere, with any key: not past the table, and not past the door."""
    for path in (
        "/v1/scores/",
        "//v1/scores",
        "/v1//scores",
        "/v1/Scores",
        "/v1/scores%2f",
        "/v1/scores;x=1",
    ):
        for sent in held.values():
            headers = [(b"authorization", text.encode("utf-8")) for text in sent]
            assert client("POST", path, headers=headers, content=b"{}").status_code in {401, 404}, path


def test_an_unlisted_route_is_closed_to_all(client: Client, held: dict[str, list[str]]) -> None:
    """A route that somebody adds and forgets to list is refused to every role."""
    other = create_app(client.app.state.service.settings, {}, today=lambda: TODAY)
    other.get("/v1/forgotten")(lambda: "open")
    with Client(other) as opened:
        got = {who: ask(opened, "GET", "/v1/forgotten", sent).status_code for who, sent in held.items()}
    assert got == {**dict.fromkeys(ROLES, 403), **dict.fromkeys(STRANGERS, 401)}


def test_a_limited_key_scores_its_own_units(client: Client) -> None:
    """A person posted outside the key's unit is refused by the same code and sentence as one without a unit."""
    service = client.app.state.service
    store = open_store(service.settings.database_url)
    key = keys.add_key(store, Caller("sales", "system", "Sales"), "2026-01-01T00:00:00Z")
    store.dispose()
    hired = {"effective_date": "2023-04-01", "event": "hire"}
    units = ["Sales", "Sales/EMEA", "Salesforce", "sales/EMEA", None]
    people = [
        {"employee_id": f"E{number}", "hire_date": "2023-04-01", "job_history": [{**hired, "org_unit": unit}]}
        for number, unit in enumerate(units)
    ]
    moved = [
        {**hired, "org_unit": "Sales"},
        {"effective_date": "2024-01-01", "event": "transfer", "org_unit": "Finance"},
    ]
    people.append({"employee_id": "E9", "hire_date": "2023-04-01", "job_history": moved})
    sent = {"as_of": "2026-09-15", "employees": people}
    scores = client("POST", "/v1/scores", json=sent, headers={"Authorization": f"Bearer {key}"}).json()["scores"]
    assert [score["risk"] is not None for score in scores] == [True, True, False, False, False, False]
    assert {(score["no_score"]["code"], score["no_score"]["detail"]) for score in scores[2:]} == {
        ("invalid_input", "The org unit on the as-of date is unknown, or not one that this key may score.")
    }


@pytest.mark.parametrize("assigned,scored", [
    (["Sales/EMEA", "Finance"], ["Sales/EMEA/A", "Finance"]),
    (["Finance"], ["Finance"]),
    ([], []),
])  # fmt: skip
def test_a_key_scores_what_is_assigned_to_it(client: Client, assigned: list[str], scored: list[str]) -> None:
    """The units that are valid now, and nobody at all once they are over; without a unit nobody is anybody's."""
    service, name = client.app.state.service, f"system of {assigned}"
    key = keys.add_key(service.store, Caller(name, "system", ""), "2026-01-01T00:00:00Z")
    for unit in assigned or ["Finance"]:
        days = dt.date(2026, 1, 1), None if assigned else dt.date(2026, 1, 2)
        made = assigning.new((KEY, name), unit, days, "2026-01-01T00:00:00Z", "the test")
        assigning.assign(service.log, Caller("the test", "admin", ""), made)
    units = ["Sales/EMEA/A", "Sales", "Finance", "Financed", None]
    people = [
        {
            "employee_id": f"E{number}",
            "hire_date": "2023-04-01",
            "job_history": [{"effective_date": "2023-04-01", "event": "hire", "org_unit": unit}],
        }
        for number, unit in enumerate(units)
    ]
    time.sleep(keyring.FRESH_SECONDS + 0.1)
    sent = {"as_of": "2026-09-15", "employees": people}
    scores = client("POST", "/v1/scores", json=sent, headers={"Authorization": f"Bearer {key}"}).json()["scores"]
    assert [unit for unit, score in zip(units, scores, strict=True) if score["risk"] is not None] == scored
