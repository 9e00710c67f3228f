"""F24: the same request sent again, as it was, otherwise, while the first still runs, and after its server was killed."""

import http.client
import json
import random
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
from sqlalchemy import Engine, func, select, text

from service.access.keys import Caller, add_key
from service.settings import Settings
from service.store import tables
from service.store.replies import LEASE_SECONDS
from tests import stores
from tests.published_runs import Person, publish
from tests.running import Reply, Server, running

PEOPLE: Final = [f"E{number:06d}" for number in range(8)]
TALK: Final = {"action_type": "stay_interview", "occurred_at": "2026-01-02", "follow_up_on": "2026-01-09"}


@dataclass(frozen=True)
class Place:
    """A home with a published run, its store, and a key to ask with."""

    settings: Settings
    store: Engine
    key: str

    def serve(self, workers: int = 1) -> Any:
        """A server of this home."""
        environ = {"RETENTION_STORE_URL": self.settings.store_url} if self.settings.store_url else {}
        return running(self.settings.home, "--no-sync", "--workers", str(workers), settings=environ)

    def send(self, server: Server, who: str, once: str, sent: Mapping[str, str] = TALK) -> Reply:
        """Record an action under a key of the request's own."""
        headers = {"Authorization": f"Bearer {self.key}", "Idempotency-Key": once}
        return server.fetch("POST", f"/v1/employees/{who}/actions", json.dumps(sent).encode(), headers, role="")

    def effects(self) -> int:
        """How many actions are recorded."""
        with self.store.connect() as connection:
            return int(connection.execute(select(func.count()).select_from(tables.actions)).scalar_one())


@pytest.fixture(params=stores.KINDS)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """A place with a store of either kind."""
    with stores.settings(request.param, tmp_path / "home") as settings, stores.opened(settings) as store:
        publish(store, "2026-01-01", [Person(one, 0.1) for one in PEOPLE])
        yield Place(settings, store, add_key(store, Caller("F24", "hrbp", ""), "2026-01-01T00:00:00Z"))


def until_recorded(place: Place, server: Server, who: str, once: str) -> Reply:
    """Send a request again as a client does, while it is told that the first is still under way."""
    until = time.monotonic() + 4 * LEASE_SECONDS
    while (reply := place.send(server, who, once)).status == 409:
        assert reply.json["code"] == "under_way"
        assert int(reply.headers["retry-after"]) <= LEASE_SECONDS
        assert time.monotonic() < until
        time.sleep(0.1)
    assert reply.status == 201, reply.content
    return reply


def test_f24_the_same_is_answered_alike_and_another_is_refused(place: Place) -> None:
    """Two processes: the stored answer byte for byte, 422 for another body under the key, one effect."""
    with place.serve(workers=2) as server:
        answers = [place.send(server, PEOPLE[0], "once") for _ in range(6)]
        assert {(one.status, one.content) for one in answers} == {(201, answers[0].content)}
        other = place.send(server, PEOPLE[0], "once", {**TALK, "action_type": "learning"})
        assert (other.status, other.json["faults"][0]["pointer"]) == (422, "/header/Idempotency-Key")
    assert place.effects() == 1


def test_f24_many_at_once_have_one_effect(place: Place) -> None:
    """Twelve at the same moment, on two processes: each is answered alike or told to wait, and there is one action."""
    replies: list[Reply] = []
    with place.serve(workers=2) as server:
        start = threading.Barrier(12)

        def send() -> None:
            start.wait(30)
            replies.append(place.send(server, PEOPLE[0], "once"))

        threads = [threading.Thread(target=send, daemon=True) for _ in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        last = until_recorded(place, server, PEOPLE[0], "once")
    assert len(replies) == 12
    assert {one.status for one in replies} <= {201, 409}
    assert {one.content for one in replies if one.status == 201} == {last.content}
    assert place.effects() == 1


@pytest.mark.parametrize("place", ["postgresql"], indirect=True)
def test_f24_the_first_still_runs_and_is_killed(place: Place) -> None:
    """Held up in the middle of its change: the second is told to wait; killed there, the change is made by the next, once."""
    with place.serve() as server:
        first = threading.Thread(target=_sent_to_a_dying_server, args=(place, server), daemon=True)
        with place.store.begin() as held:
            held.execute(text("LOCK TABLE actions IN SHARE MODE"))
            first.start()
            server.wait_until(lambda: _claims(place) == 1)
            assert place.send(server, PEOPLE[0], "once").status == 409
            assert place.send(server, PEOPLE[0], "once", {**TALK, "state": "open"}).status == 422
            server.kill()
        first.join(30)
    assert place.effects() == 0
    with place.serve() as server:
        answer = until_recorded(place, server, PEOPLE[0], "once")
        assert place.send(server, PEOPLE[0], "once").content == answer.content
    assert place.effects() == 1


def test_f24_killed_at_any_moment_there_is_one_effect(place: Place, trial: bool) -> None:
    """Requests for eight people while the server is killed, started and killed again: in the end one action each."""
    rng = random.Random(24)
    for _ in range(10 if trial else 1):
        with place.serve(workers=2) as server:
            threads = [
                threading.Thread(target=_sent_to_a_dying_server, args=(place, server, who), daemon=True)
                for who in PEOPLE
            ]
            for thread in threads:
                thread.start()
            time.sleep(rng.random() * 0.15)
            server.kill()
            for thread in threads:
                thread.join(30)
    assert place.effects() <= len(PEOPLE)
    with place.serve() as server:
        for who in PEOPLE:
            until_recorded(place, server, who, f"once {who}")
    assert place.effects() == len(PEOPLE)


def _sent_to_a_dying_server(place: Place, server: Server, who: str = "") -> None:
    """One request whose answer may never come."""
    try:
        reply = place.send(server, who or PEOPLE[0], f"once {who}" if who else "once")
    except (OSError, http.client.HTTPException):
        return
    assert reply.status in {201, 409}


def _claims(place: Place) -> int:
    """How many requests are under way."""
    with place.store.connect() as connection:
        query = select(func.count()).select_from(tables.replies).where(tables.replies.c.answer == "")
        return int(connection.execute(query).scalar_one())
