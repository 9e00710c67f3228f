"""Every route that shows people or units x own, other, none, expired: generated from the routes, so none is forgotten.

*Own* has an assignment to the unit of the person asked for, *other* one to another unit, *none* never had any, and of
*expired* the last one is over. All have keys for the whole company.
"""

import datetime as dt
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from service.access import assigning
from service.access.assignments import KEY
from service.access.keys import Caller, add_key
from service.api import auth
from service.app import create_app
from service.audit.log import AccessLog
from service.lists.rises import Rise
from service.settings import Settings
from service.store.engine import open_store
from tests.posting import Client
from tests.published_runs import Person, publish
from tests.served import day

NORTH: Final = tuple(f"NORTH{number}" for number in range(6))
SOUTH: Final = tuple(f"SOUTH{number}" for number in range(6))
UNITS: Final = {"own": ("Sales/North",), "other": ("Sales/South",), "none": None, "expired": ()}
ADMIN: Final = Caller("the test", "admin", "", "command:the test")
TODAY: Final = dt.datetime.now(dt.UTC).date()
ROUTES: Final = sorted(
    (method, path)
    for (method, path), roles in auth.ROUTES.items()
    if roles & {"hrbp", "leader"} and path != "/v1/model"
)
ROUTES_OF_PEOPLE: Final = [route for route in ROUTES if not route[1].startswith("/v2")]
BODIES: Final[dict[str, Any]] = {
    "POST": {"action_type": "workload", "occurred_at": str(TODAY)},
    "PATCH": {"state": "done"},
}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """Two runs of two units; everybody's risk rose."""
    home: Path = tmp_path_factory.mktemp("home")
    store = open_store(Settings(home=home).database_url)
    people = [Person(one, 0.2, "Sales/North") for one in NORTH] + [Person(one, 0.2, "Sales/South") for one in SOUTH]
    publish(store, str(TODAY - dt.timedelta(days=2)), people)
    publish(store, str(TODAY - dt.timedelta(days=1)), people, rises=[Rise(one, "jump", 0.5) for one in NORTH + SOUTH])
    store.dispose()
    with Client(create_app(Settings(home=home), {}, today=lambda: day(str(TODAY)))) as found:
        yield found


@pytest.fixture(scope="module")
def keys(client: Client) -> dict[tuple[str, str], str]:
    """A key of every role that a route of people opens to, for each kind of caller."""
    service, made = client.app.state.service, {}
    log = AccessLog(service.store, service.settings, time.time)
    over = TODAY - dt.timedelta(days=40), TODAY - dt.timedelta(days=1)
    for kind, units in UNITS.items():
        for role in ("hrbp", "leader", "system"):
            name = f"{kind} {role}"
            made[kind, role] = add_key(service.store, Caller(name, role, ""), "2026-01-01T00:00:00+00:00")
            if units is not None:
                given: list[tuple[str, tuple[dt.date, dt.date | None]]] = [(unit, (over[0], None)) for unit in units]
                given = given or [("Sales", over)]
                for unit, days in given:
                    assigning.assign(log, ADMIN, assigning.new((KEY, name), unit, days, log.moment(), "the test"))
    time.sleep(1.1)
    return made


def ask(client: Client, key: str, method: str, path: str, person: str, **query: str) -> Any:
    """A request about a person, where the route is about one."""
    filled = re.sub(r"\{employee_id[^}]*\}", person, path)
    filled = re.sub(r"\{[^}]*\}", "0" * 32, filled)
    headers = {"Authorization": f"Bearer {key}"}
    return client(
        method, filled, headers=headers, params=query, **({"json": BODIES[method]} if method in BODIES else {})
    )


@pytest.mark.parametrize("method,path", ROUTES_OF_PEOPLE)
@pytest.mark.parametrize("kind", UNITS)
def test_nobody_outside_is_ever_named(
    client: Client, keys: dict[tuple[str, str], str], method: str, path: str, kind: str
) -> None:
    """Whatever a route answers to whatever role, no id and no unit outside the caller's stands in it."""
    hidden = {"own": SOUTH, "other": NORTH, "none": (), "expired": NORTH + SOUTH}[kind]
    unit = {"own": "Sales/South", "other": "Sales/North", "none": "/", "expired": "Sales/"}[kind]
    for role in sorted(auth.ROUTES[method, path] & {"hrbp", "leader", "system"}):
        for person in (NORTH[0], SOUTH[0], "nobody"):
            text = ask(client, keys[kind, role], method, path, person).text
            assert [one for one in hidden if one in text] == []
            assert unit == "/" or unit not in text


@pytest.mark.parametrize("method,path", [route for route in ROUTES_OF_PEOPLE if "employee_id" in route[1]])
def test_a_person_is_the_own_callers_alone(
    client: Client, keys: dict[tuple[str, str], str], method: str, path: str
) -> None:
    """To the others somebody of the north is as somebody who is not there, to the letter."""
    for role in sorted(auth.ROUTES[method, path] & {"hrbp", "system"}):
        got = {kind: ask(client, keys[kind, role], method, path, NORTH[0]) for kind in UNITS}
        nobody = {kind: ask(client, keys[kind, role], method, path, "nobody") for kind in UNITS}
        for kind in ("other", "expired"):
            assert (got[kind].status_code, got[kind].content) == (404, nobody[kind].content)
        if "{action_id}" not in path:
            assert {kind: got[kind].status_code < 300 for kind in ("own", "none")} == {"own": True, "none": True}


@pytest.mark.parametrize("path", ["/v1/risk-list", "/v1/warnings"])
@pytest.mark.parametrize("role", ["hrbp", "system"])
def test_a_list_is_of_the_own_units(client: Client, keys: dict[tuple[str, str], str], path: str, role: str) -> None:
    """North, south, everybody, and nothing; ten are warned of at most."""
    got = {kind: ask(client, keys[kind, role], "GET", path, "") for kind in UNITS}
    assert got["expired"].status_code == 404
    shown = {kind: set(re.findall(r"(?:NORTH|SOUTH)\d", answer.text)) for kind, answer in got.items()}
    assert (shown["own"], shown["other"]) == (set(NORTH), set(SOUTH))
    assert len(shown["none"]) == (12 if path == "/v1/risk-list" else 10)


def test_every_route_with_a_unit_is_closed_outside(client: Client, keys: dict[tuple[str, str], str]) -> None:
    """Whoever asks for a unit that is not theirs gets what a unit that is not there gets."""
    documented = client("GET", "/openapi.json").json()["paths"]
    asked = 0
    for method, path in ROUTES_OF_PEOPLE:
        told = documented[path][method.lower()].get("parameters", [])
        if not any(one["name"] == "org_unit" for one in told):
            continue
        asked += 1
        for role in sorted(auth.ROUTES[method, path] & {"hrbp", "leader", "system"}):
            for kind in ("own", "other", "expired"):
                outside = "Sales/South" if kind == "own" else "Sales/North"
                got = [ask(client, keys[kind, role], method, path, "", org_unit=unit) for unit in (outside, "No/Where")]
                assert {(one.status_code, one.content) for one in got} == {(404, got[1].content)}, (path, role, kind)
    assert asked
