"""The commands of oversight, each as a process of its own, beside a server that answers all the while."""

import csv
import io
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest
from sqlalchemy import delete

from service.settings import Settings
from service.store.audit_tables import access_log
from tests import stores
from tests.published_runs import Person, publish
from tests.running import Server, make_key, running
from tests.served import shared_toy

DAY: Final = "2026-09-15"
NEXT: Final = "2026-09-16"
SOON: Final = 3.0
"""Seconds within which a running server honours what a command changed; a second is what it holds things for."""


class Home:
    """A home with a published run, its commands and its server."""

    def __init__(self, path: Path) -> None:
        self.path = shared_toy().home(path)

    def command(self, *arguments: str, expect: int = 0) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        environ = os.environ | {
            "RETENTION_HOME": str(self.path),
            "RETENTION_ACTOR": "the test",
            "RETENTION_THREADS": "1",
        }
        command = [sys.executable, "-m", "service", *arguments]
        done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False, timeout=120)
        assert done.returncode == expect, done.stderr
        assert "Traceback" not in done.stderr
        return done

    def score(self, day: str, out: Path) -> set[str]:
        """Score a day; who stands in the file."""
        self.command("score", "--data", str(shared_toy().data), "--as-of", day, "--out", str(out))
        with out.open(newline="") as handle:
            return {row["employee_id"] for row in csv.DictReader(handle)}

    def bytes_of(self, text: str) -> list[str]:
        """Names of the files of the home in which a text stands."""
        files = [path for path in self.path.rglob("*") if path.is_file()]
        return [path.name for path in files if text.encode() in path.read_bytes()]


def listed(server: Server, key: str) -> list[str]:
    """Who stands on the first page of the list."""
    reply = server.fetch("GET", "/v1/risk-list?limit=20", headers={"Authorization": f"Bearer {key}"})
    assert reply.status == 200, reply.content
    return [person["employee_id"] for person in reply.json["people"]]


def soon(found: Callable[[], bool]) -> bool:
    """Whether something is so within the time."""
    until = time.monotonic() + SOON
    while time.monotonic() < until:
        if found():
            return True
        time.sleep(0.1)
    return found()


@pytest.mark.slow
def test_oversight_from_the_first_list_to_a_restored_backup(tmp_path: Path) -> None:
    """Seen, told, objected, switched off, erased while others read; saved, restored, and still gone."""
    home = Home(tmp_path / "home")
    assert len(home.score(DAY, tmp_path / "first.csv")) > 200
    key = make_key(home.path, "hrbp")
    with running(home.path, "--no-sync", settings={"RETENTION_ANCHOR_SECONDS": "0.1"}) as server:
        shown = listed(server, key)
        somebody = shown[0]
        assert soon(lambda: "20 rows, " in home.command("audit", "verify").stdout)
        assert views(home, somebody) == [("list", "hrbp", DAY)]

        home.command("object", "--employee", somebody)
        assert soon(lambda: somebody not in listed(server, key))
        home.command("object", "--employee", somebody, "--withdraw")
        assert soon(lambda: listed(server, key) == shown)
        told = home.command("unit", "--off", "/").stdout
        assert "People of the latest run in it: 2" in told
        assert "letter by letter" not in told
        assert soon(lambda: listed(server, key) == [])
        home.command("unit", "--on", "/")
        assert soon(lambda: listed(server, key) == shown)

        home.command("backup", str(tmp_path / "backup.tar"))
        text = home.command("report", "--employee", somebody).stdout
        assert f"What is held about {somebody}" in text
        assert f"{DAY} (model version 1; " in text
        certificate = json.loads(home.command("erase", "--employee", somebody).stdout)
        assert (certificate["rows"]["scores"], certificate["rows"]["objections"]) == (1, 1)
        assert certificate["files"] == "overwritten"
        assert somebody not in listed(server, key)
    assert not any(json.loads(home.command("erase", "--employee", somebody).stdout)["rows"].values())
    assert home.bytes_of(somebody) == []

    assert somebody not in home.score(NEXT, tmp_path / "second.csv")
    assert home.bytes_of(somebody) == []
    home.command("restore", str(tmp_path / "backup.tar"), expect=2)
    said = home.command("restore", str(tmp_path / "backup.tar"), "--replace").stdout
    assert "1 people who were erased since it was made are erased again" in said
    home.command("audit", "verify")
    assert views(home, somebody) == []
    assert "Nothing is held" in home.command("report", "--employee", somebody, expect=2).stderr
    assert home.bytes_of(somebody) == []


def views(home: Home, employee_id: str) -> list[tuple[str, str, str]]:
    """Who saw a person, by the command, as JSON and as CSV alike."""
    lines = home.command("audit", "who", "--employee", employee_id).stdout.splitlines()
    found: list[dict[str, Any]] = [json.loads(line) for line in lines]
    table = home.command("audit", "who", "--employee", employee_id, "--csv").stdout
    assert [row["at"] for row in csv.DictReader(io.StringIO(table))] == [row["at"] for row in found]
    return [(row["action"], row["role"], row["run_of"]) for row in found]


def test_every_person_shown_is_logged_exactly_once(tmp_path: Path) -> None:
    """Several readers at the same server of two processes: as many rows as people in all answers together."""
    home = Home(tmp_path / "home")
    with stores.opened(settings_of(home)) as store:
        publish(store, DAY, [Person(f"E{number}", 0.1 + number / 1_000) for number in range(30)])
    key = make_key(home.path, "hrbp")
    with running(home.path, "--no-sync", "--workers", "2") as server:
        found: list[list[str]] = []

        def read() -> None:
            found.extend(listed(server, key) for _ in range(10))

        threads = [threading.Thread(target=read) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
    assert [len(page) for page in found] == [20] * 40
    assert "800 rows" in home.command("audit", "verify").stdout


def test_nothing_is_shown_where_nothing_can_be_logged(tmp_path: Path) -> None:
    """A chain that was cut off: lists and people answer 503 without a name, until a backup is restored."""
    home = Home(tmp_path / "home")
    with stores.opened(settings_of(home)) as store:
        publish(store, DAY, [Person("E1", 0.3), Person("E2", 0.2)])
    key = make_key(home.path, "hrbp")
    with running(home.path, "--no-sync", settings={"RETENTION_ANCHOR_SECONDS": "0.1"}) as server:
        assert listed(server, key) == ["E1", "E2"]
        home.command("audit", "verify")
        home.command("backup", str(tmp_path / "backup.tar"))
        with stores.opened(settings_of(home)) as store, store.begin() as connection:
            connection.execute(delete(access_log).where(access_log.c.seq == 2))
        for path in ("/v1/risk-list", "/v1/employees/E1/risk", "/v1/warnings"):
            reply = server.fetch("GET", path, headers={"Authorization": f"Bearer {key}"})
            assert (reply.status, b"E1" in reply.content) in {(503, False), (200, False)}
        assert server.status("/readyz") in {200, 503}
        home.command("audit", "verify", expect=2)
    home.command("restore", str(tmp_path / "backup.tar"), "--replace")
    with running(home.path, "--no-sync") as server:
        assert listed(server, key) == ["E1", "E2"]
    home.command("audit", "verify")


def settings_of(home: Home) -> Settings:
    """The home's settings."""
    return Settings(home=home.path)
