"""People whose ids are no plain words: listed, read and talked with like anybody else, over HTTP and on the page."""

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Final
from urllib.parse import quote

import pytest

from service.app import create_app
from service.settings import Settings
from service.store import actions
from service.store.engine import open_store
from tests.page_home import person_key
from tests.page_reading import people, signed_in
from tests.posting import Client
from tests.published_runs import Person, publish
from tests.served import day

IDS: Final = ("HR/7", "HR/7/actions", "HR/7/seen", "/", "HR\n8", "HR\r\n8\u2028", "HR 9", "a?b#c&d", "%2F", "Ø1")


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    """The application on a store with one run of such people."""
    store = open_store(Settings(home=tmp_path).database_url)
    publish(store, "2026-09-01", [Person(id_, 0.2 + 0.01 * number) for number, id_ in enumerate(IDS)])
    store.dispose()
    with Client(create_app(Settings(home=tmp_path), {}, today=lambda: day("2026-09-03"))) as found:
        yield found


@pytest.mark.parametrize("id_", IDS)
def test_http_knows_an_id_of_any_text(client: Client, id_: str) -> None:
    """The risk is that person's, what is recorded is recorded of them, and who may not ask is told so as of anybody."""
    home = client.app.state.service.settings.home
    path, own = f"/v1/employees/{quote(id_, safe='')}", {"authorization": f"Bearer {person_key(home)}"}
    sent = {"action_type": "stay_interview", "occurred_at": "2026-09-02"}
    assert client("GET", f"{path}/risk", headers=own).json()["employee_id"] == id_
    made = client("POST", f"{path}/actions", headers=own, json=sent)
    assert made.status_code == 201, made.text
    changed = client("PATCH", f"{path}/actions/{made.json()['id']}", headers=own, json={"state": "dropped"})
    assert (changed.status_code, changed.json()["state"]) == (200, "dropped")
    for headers, status in (({}, 401), ({"authorization": f"Bearer {person_key(home, 'leader')}"}, 403)):
        assert client("GET", f"{path}/risk", headers=headers).status_code == status
        assert client("POST", f"{path}/actions", headers=headers, json=sent).status_code == status
    counted = set(re.findall(r'route="([^"]+)"', client("GET", "/metrics").text))
    route = "/v1/employees/{employee_id}"
    assert counted == {f"{route}/risk", f"{route}/actions", f"{route}/actions/{{action_id}}"}


def test_the_page_knows_ids_of_any_text(client: Client) -> None:
    """Every row leads to its person, from there to who saw them; a talk that is recorded there is told there."""
    service = client.app.state.service
    reader = signed_in(client, Path(service.settings.home))
    reader.post("/capacity", token=reader.token("/"), capacity="30")
    linked = people(reader.get("/").text)
    assert sorted(linked) == sorted(quote(id_, safe="") for id_ in IDS)
    for id_ in IDS:
        path = f"/people/{quote(id_, safe='')}"
        page = reader.get(path)
        (name,) = re.findall(r"<h1>(.*?)</h1>", page.text, re.DOTALL)
        assert (page.status_code, unescape(name).strip()) == (200, id_.strip())
        (seen,) = re.findall(r'href="(/seen/[^"]*)"', page.text)
        assert (reader.get(seen).status_code, seen) == (200, path.replace("/people/", "/seen/"))
        known = {done.id for done in actions.of(service.store, [id_]).get(id_, ())}
        form = re.search(rf'action="{re.escape(path)}/actions">(.*?)</form>', page.text, re.DOTALL)
        assert form is not None, id_
        fields = {name: unescape(value) for name, value in re.findall(r'name="(\w+)" value="([^"]*)"', form[1])}
        answer = reader.post(f"{path}/actions", **{"action_type": "workload", **fields})
        (done,) = (one for one in actions.of(service.store, [id_])[id_] if one.id not in known)
        assert answer.headers["location"] == f"{path}?changed={done.id}"
        assert reader.get(answer.headers["location"]).status_code == 200
