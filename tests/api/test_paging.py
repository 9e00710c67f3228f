"""Pages of a list over HTTP: nobody skipped, nobody doubled, nothing readable in between; and how a list is asked for."""

import base64
import datetime as dt
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest

from service.access import assigning
from service.access.assignments import KEY
from service.access.keys import Caller, add_key
from service.api.accepted import prefers
from service.app import create_app
from service.audit import blocks
from service.audit.log import AccessLog
from service.settings import Settings
from service.store.engine import open_store
from tests.posting import Client
from tests.published_runs import Person, publish
from tests.served import day

ADMIN: Final = Caller("test", "admin", "")
NOW: Final = "2026-01-01T00:00:00Z"


@pytest.fixture
def client(tmp_path: Path, rng: np.random.Generator) -> Iterator[Client]:
    """Forty people of few different risks, so that many stand level; one whose id has slashes."""
    store = open_store(Settings(home=tmp_path).database_url)
    risks = rng.choice([0.02, 0.07, 0.07000000000000002, 0.3], size=40)
    people = [Person(f"E1000{number:02d}", float(risk)) for number, risk in enumerate(risks)]
    publish(store, "2026-09-01", [*people, Person("HR/7/risk", 0.5, "Sales/South")])
    store.dispose()
    with Client(create_app(Settings(home=tmp_path), {}, today=lambda: day("2026-09-03"))) as client:
        yield client


def asker(client: Client, name: str = "test", unit: str = "", role: str = "hrbp") -> Any:
    """Asks as one caller."""
    key = add_key(client.app.state.service.store, Caller(name, role, unit), NOW)

    def ask(path: str, method: str = "GET", **headers: str) -> Any:
        return client(method, path, headers={"Authorization": f"Bearer {key}", **headers})

    return ask


def ids(page: Any) -> list[str]:
    """Who is on a page."""
    return [person["employee_id"] for person in page.json()["people"]]


def test_who_objects_on_an_earlier_page_moves_nobody(client: Client) -> None:
    """Three of the first page object between two pages: the second begins where the first ended, all others are shown."""
    ask = asker(client)
    whole = ids(ask("/v1/risk-list?limit=200"))
    first = ask("/v1/risk-list?limit=10")
    for gone in whole[2:5]:
        blocks.object_to(client.app.state.service.log, ADMIN, gone)
    time.sleep(blocks.FRESH_SECONDS)
    shown, cursor = ids(first), first.json()["next_cursor"]
    while cursor:
        page = ask(f"/v1/risk-list?limit=10&cursor={cursor}")
        shown, cursor = shown + ids(page), page.json()["next_cursor"]
    assert shown == whole


def test_a_cursor_tells_nothing_and_is_never_twice_the_same(client: Client) -> None:
    """Neither id nor risk stand in it, in no usual spelling; the same page ends in another one each time."""
    ask = asker(client)
    made = [ask("/v1/risk-list?limit=7").json() for _ in range(2)]
    texts = [page["next_cursor"] for page in made]
    last = made[0]["people"][-1]["employee_id"]
    opened = base64.urlsafe_b64decode(texts[0] + "==")
    assert texts[0] != texts[1]
    assert not re.search(rb"E1000|Sales|0\.[0-9]|[0-9]{4}", opened)
    assert last.encode() not in opened
    assert last[-2:] not in {texts[0], texts[1]}


def test_the_last_page_names_no_other(client: Client) -> None:
    """Also where it is full: 41 people are one page of 41."""
    ask = asker(client)
    assert ask("/v1/risk-list?limit=41").json()["next_cursor"] is None
    assert ask("/v1/risk-list?limit=40").json()["next_cursor"] is not None


def test_a_cursor_opens_for_its_caller_and_filters_alone(client: Client) -> None:
    """Changed anywhere, with another filter, or in other hands, it is refused as one that was made up."""
    ask, other = asker(client), asker(client, "another")
    cursor = ask("/v1/risk-list?limit=5").json()["next_cursor"]
    assert ask(f"/v1/risk-list?limit=9&cursor={cursor}").status_code == 200
    changed = [cursor[:place] + ("A" if cursor[place] != "A" else "B") + cursor[place + 1 :] for place in (0, 20, 40)]
    tried = [ask(f"/v1/risk-list?cursor={text}") for text in [*changed, "abc", "%00", cursor[:-4], cursor + "AAAA"]]
    tried += [ask(f"/v1/risk-list?{more}&cursor={cursor}") for more in ("horizon=30", "band=high", "org_unit=Sales")]
    tried += [other(f"/v1/risk-list?cursor={cursor}")]
    assert {(one.status_code, one.json()["faults"][0]["pointer"]) for one in tried} == {(422, "/query/cursor")}
    assert len({one.content for one in tried}) == 1


def test_a_cursor_of_a_run_that_is_gone_leads_nowhere(client: Client) -> None:
    """Its time was over, and it was purged: 404, and no other run's people."""
    ask = asker(client)
    cursor = ask("/v1/risk-list?limit=5").json()["next_cursor"]
    with client.app.state.service.store.begin() as connection:
        connection.exec_driver_sql("DELETE FROM runs")
    assert ask(f"/v1/risk-list?cursor={cursor}").status_code == 404


def test_an_id_with_slashes_is_asked_for(client: Client) -> None:
    """Encoded or not, it is the id; what it begins with is nobody's, and a caller of another unit learns nothing."""
    ask, north = asker(client), asker(client, "north", "Sales/North")
    for spelled in ("HR%2F7%2Frisk", "HR/7/risk"):
        assert ask(f"/v1/employees/{spelled}/risk").json()["employee_id"] == "HR/7/risk"
        assert north(f"/v1/employees/{spelled}/risk").status_code == 404
    assert north("/v1/employees/HR/7/risk").content == north("/v1/employees/nobody/risk").content
    assert ask("/v1/employees/HR/7/risk").status_code == 404


def test_head_of_a_person_is_logged_as_a_look(client: Client) -> None:
    """A body that is left out was still made: there is a row for it."""
    ask = asker(client)
    assert ask("/v1/employees/E100003/risk", "HEAD").status_code == 200
    with client.app.state.service.store.connect() as connection:
        assert connection.exec_driver_sql("SELECT action FROM access_log").scalars().all() == ["person"]


@pytest.mark.parametrize(
    "sent", ["horizon=0365", "horizon=+90", "horizon=90.0", "limit=05", "capacity=0xf", "limit=%2010"]
)
def test_a_number_is_written_in_one_way(client: Client, sent: str) -> None:
    """What `POST /v1/scores` refuses, the list refuses too, and does not repeat it."""
    refused = asker(client)(f"/v1/risk-list?{sent}")
    name, _, value = sent.partition("=")
    assert (refused.status_code, refused.json()["faults"][0]["pointer"]) == (422, f"/query/{name}")
    assert value not in refused.text


@pytest.mark.parametrize("accept,csv", [
    ("text/csv", True),
    ("text/csv, */*;q=0.1", True),
    ("text/csv, */*", True),
    ("text/*", True),
    ("TEXT/CSV;Q=0.8, application/json;q=0.5", True),
    ("text/csv; header=present; q=0.9, application/json; q=0.5", True),
    ("application/json, text/csv;q=0.9", False),
    ("text/csv, application/json", False),
    ("text/csv;q=0", False),
    ("text/csv;q=0, text/*", False),
    ("text/csv;q=nan", False),
    ("*/*", False),
    ("application/json;q=0.2, text/csv;q=0.1", False),
    ("application/json;q=0.1, text/csv;q=0.2", True),
    ("text/csvx", False),
    ("", False),
])  # fmt: skip
def test_csv_where_it_is_preferred(accept: str, csv: bool) -> None:
    """By quality, then by how precisely a type is named; JSON where nothing tells (RFC 9110, 12.5.1)."""
    assert prefers(accept, "text/csv", "application/json") is csv


def test_the_list_answers_as_is_preferred(client: Client) -> None:
    """The same header over HTTP."""
    ask = asker(client)
    assert ask("/v1/risk-list", accept="application/json, text/csv;q=0.9").headers["content-type"] == "application/json"
    assert ask("/v1/risk-list", accept="text/csv, */*;q=0.1").headers["content-type"].startswith("text/csv")


def test_pages_of_several_small_units(tmp_path: Path) -> None:
    """Of 400 people a caller has three teams of eight: page by page each once, in the order of risk, then id."""
    store = open_store(Settings(home=tmp_path).database_url)
    people = [Person(f"E2{number:05d}", 0.01 * (1 + number % 5), f"D/T{number % 50}") for number in range(400)]
    publish(store, "2026-09-01", people)
    mine = [one for one in people if one.unit in {"D/T3", "D/T4", "D/T40"}]
    expected = [one.employee_id for one in sorted(mine, key=lambda one: (-(one.risk or 0), one.employee_id))]
    log = AccessLog(store, Settings(home=tmp_path), time.time)
    key = add_key(store, Caller("partner", "hrbp", "D"), NOW)
    for unit in ("D/T3", "D/T4", "D/T40"):
        days = dt.date(2026, 1, 1), None
        assigning.assign(log, ADMIN, assigning.new((KEY, "partner"), unit, days, NOW, "the test"))
    with Client(create_app(Settings(home=tmp_path), {}, today=lambda: day("2026-09-03"))) as client:
        shown, more = list[str](), ""
        while more is not None:
            page = client("GET", f"/v1/risk-list?limit=5{more}", headers={"Authorization": f"Bearer {key}"})
            shown += ids(page)
            cursor = page.json()["next_cursor"]
            more = cursor and f"&cursor={cursor}"
    assert page.json()["population"] == 24
    assert shown == expected
