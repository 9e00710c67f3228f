"""F17: the store can only be read, or another writer holds it. Reading goes on, writing is refused in time, nothing hangs."""

import contextlib
import json
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from service.access.keys import Caller, add_key
from service.settings import Settings
from tests import nights, stores
from tests.nights import BEFORE, DAY, Night, ended
from tests.running import Reply, Server, running

PATIENCE = 5.0
"""Seconds that a request waits for another writer."""
BUSY = 4
"""So many times as long may all take on a machine that does other things too."""


@pytest.fixture(params=stores.KINDS)
def night(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Night]:
    """A home with a published run, on either store."""
    with nights.night(request.param, tmp_path / "home", BEFORE) as found:
        yield found


def key(settings: Settings, role: str) -> str:
    """A key in that store."""
    with stores.opened(settings) as store:
        return add_key(store, Caller(f"test {role}", role, ""), "2026-01-01T00:00:00Z")


class Asked:
    """A server's routes, some that write and some that do not."""

    def __init__(self, server: Server, settings: Settings) -> None:
        self.server = server
        self.keys = {role: key(settings, role) for role in ("hrbp", "system", "leader")}
        self.someone = self("GET", "/v1/risk-list?limit=1").json["people"][0]["employee_id"]

    def __call__(self, method: str, path: str, content: Any = None, role: str = "hrbp", **more: str) -> Reply:
        """One request with that role's key."""
        headers = {"Authorization": f"Bearer {self.keys[role]}", **more}
        return self.server.fetch(method, path, content, headers, role="", timeout=60)

    def writing(self) -> Iterator[tuple[Reply, float]]:
        """What must be written to be answered: a list, a person, an action; and the seconds that each took."""
        action = json.dumps({"action_type": "workload", "occurred_at": "2026-09-01"}).encode()
        person = f"/v1/employees/{self.someone}"
        for asked in (
            ("GET", "/v1/risk-list?limit=5"),
            ("GET", f"{person}/risk"),
            ("POST", f"{person}/actions", action),
        ):
            began = time.monotonic()
            yield self(*asked), time.monotonic() - began

    def reading(self) -> list[Reply]:
        """What is only read."""
        return [
            self("GET", "/v1/model"),
            self("GET", "/v1/teams", role="leader"),
            self("POST", "/v1/scores", nights.REQUEST, role="system"),
        ]


def refused(reply: Reply) -> bool:
    """Whether it says that the store does not answer, and when to come back."""
    return (reply.status, reply.json["code"], "retry-after" in reply.headers) == (503, "store_unavailable", True)


@contextlib.contextmanager
def held(settings: Settings) -> Iterator[None]:
    """Another writer in the middle of a transaction."""
    if not settings.store_url:
        with contextlib.closing(sqlite3.connect(settings.home / "retention.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            yield
        return
    with psycopg.connect(settings.store_url.replace("+psycopg", "")) as other:
        other.execute("LOCK TABLE access_head, actions, nights, schema_version IN EXCLUSIVE MODE")
        yield
        other.rollback()


def test_f17_another_writer_holds_the_store(night: Night) -> None:
    """Reading is as quick as ever; writing is refused in about five seconds; a night waits, and goes on when it can."""
    environ = {"RETENTION_STORE_URL": night.settings.store_url}
    with running(night.settings.home, "--no-sync", settings=environ) as server:
        asked = Asked(server, night.settings)
        with held(night.settings):
            began = time.monotonic()
            assert [reply.status for reply in asked.reading()] == [200] * 3
            assert time.monotonic() - began < 1.0 * BUSY
            for reply, seconds in asked.writing():
                assert refused(reply), reply.content
                assert seconds < PATIENCE + 1.0 * BUSY
            assert server.status("/readyz") == 200
            run = night.start(DAY)
            time.sleep(2)
        done = ended(run)
        assert done.returncode == 0, done.stderr
        assert [reply.status for reply, _ in asked.writing()] == [200, 200, 201]
