"""F17: the store can only be read, or another writer holds it. Reading goes on, writing is refused in time, nothing hangs."""

import contextlib
import json
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
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

    def __init__(self, server: Server, keys: Mapping[str, str]) -> None:
        self.server, self.keys = server, keys

    def __call__(self, method: str, path: str, content: Any = None, role: str = "hrbp", **more: str) -> Reply:
        """One request with that role's key."""
        headers = {"Authorization": f"Bearer {self.keys[role]}", **more}
        return self.server.fetch(method, path, content, headers, role="", timeout=60)

    def writing(self, someone: str) -> list[tuple[Reply, float]]:
        """What must be written to be answered: a list, a person, an action, all at once; and the seconds that each took."""
        action = json.dumps({"action_type": "workload", "occurred_at": "2026-09-01"}).encode()
        person = f"/v1/employees/{someone}"
        asked = (("GET", "/v1/risk-list?limit=5"), ("GET", f"{person}/risk"), ("POST", f"{person}/actions", action))
        with ThreadPoolExecutor(len(asked)) as pool:
            return list(pool.map(self._timed, asked))

    def _timed(self, asked: tuple[Any, ...]) -> tuple[Reply, float]:
        began = time.monotonic()
        return self(*asked), time.monotonic() - began

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
    keys = {role: key(night.settings, role) for role in ("hrbp", "system", "leader")}
    with running(night.settings.home, "--no-sync", settings=environ) as server:
        asked = Asked(server, keys)
        someone = asked("GET", "/v1/risk-list?limit=1").json["people"][0]["employee_id"]
        with held(night.settings):
            began = time.monotonic()
            assert [reply.status for reply in asked.reading()] == [200] * 3
            assert time.monotonic() - began < 1.0 * BUSY
            for reply, seconds in asked.writing(someone):
                assert refused(reply), reply.content
                assert seconds < PATIENCE + 1.0 * BUSY
            assert server.status("/readyz") == 200
            run = night.start(DAY)
            time.sleep(2)
        done = ended(run)
        assert done.returncode == 0, done.stderr
        assert [reply.status for reply, _ in asked.writing(someone)] == [200, 200, 201]


@contextlib.contextmanager
def read_only(night: Night, beside: Path) -> Iterator[Night]:
    """The same home and store, which can only be read: mounted so, or by the database's own word."""
    if not night.settings.store_url:
        beside.mkdir()
        mounted = mount("--bind", str(night.settings.home), str(beside)) and mount("-o", "remount,ro,bind", str(beside))
        try:
            if not mounted:
                pytest.skip("nothing can be mounted here (root in a container with CAP_SYS_ADMIN can)")
            # A store in use has its log of changes beside it; without one, SQLite would have to make it.
            with contextlib.closing(sqlite3.connect(night.settings.home / "retention.db")) as used:
                used.execute("SELECT count(*) FROM runs").fetchone()
                yield Night(replace(night.settings, home=beside))
        finally:
            subprocess.run(["umount", "-l", str(beside)], capture_output=True, check=False)
        return
    url = night.settings.store_url.replace("+psycopg", "")
    with psycopg.connect(url, autocommit=True) as other:
        other.execute(f'ALTER DATABASE "{url.rpartition("/")[2]}" SET default_transaction_read_only = on'.encode())
    yield night


def mount(*arguments: str) -> bool:
    """Mount something; whether that may be done here."""
    return shutil.which("mount") is not None and not subprocess.run(["mount", *arguments], check=False).returncode


def test_f17_a_store_that_can_only_be_read(night: Night, tmp_path: Path) -> None:
    """What is only read is answered; what must be written is refused at once, and a night says why it cannot be."""
    keys = {role: key(night.settings, role) for role in ("hrbp", "system", "leader")}
    before = night.content()
    with read_only(night, tmp_path / "mounted") as still:
        environ = {"RETENTION_STORE_URL": still.settings.store_url}
        with running(still.settings.home, "--no-sync", settings=environ) as server:
            asked = Asked(server, keys)
            assert [reply.status for reply in asked.reading()] == [200] * 3
            began = time.monotonic()
            assert refused(asked("GET", "/v1/risk-list?limit=5"))
            assert time.monotonic() - began < 1.0 * BUSY
            failed = still.run(DAY)
            assert failed.returncode == 1
            assert "The score store can only be read, so nothing was written." in failed.stderr
            assert "Traceback" not in failed.stderr
    assert night.content() == before
