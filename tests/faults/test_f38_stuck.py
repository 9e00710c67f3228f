"""F38: a process that dies or hangs fails visibly and is replaced; the others go on; nobody gets half an answer."""

import http.client
import os
import signal
import time
from pathlib import Path

import pytest

from service.metrics import TOGETHER
from tests.loads import load
from tests.posting import body
from tests.running import PERSON, REQUEST, Server, running
from tests.sabotage import BLOCK, sabotaged
from tests.served import shared_toy


def counted(server: Server, name: str) -> float:
    """The sum of all numbers of a metric."""
    lines = server.fetch("GET", "/metrics", role="").content.decode().splitlines()
    return sum(float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith((f"{name} ", f"{name}{{")))


def test_f38_a_hanging_process_is_replaced(tmp_path: Path) -> None:
    """Stopped in its tracks, the only process answers nobody; after the threshold another one does."""
    home = shared_toy().home(tmp_path)
    with running(home, "--no-sync", settings={"RETENTION_STUCK_SECONDS": "1"}, until="/readyz") as server:
        (hanging,) = server.workers()
        with load(server, connections=2, pause=0.002) as sent:
            time.sleep(0.3)
            os.kill(hanging, signal.SIGSTOP)
            assert server.status("/livez", timeout=0.4) == 0
            server.wait_until(lambda: not Path(f"/proc/{hanging}").exists(), 10)
            server.wait_until(lambda: server.status("/readyz") == 200)
            time.sleep(0.3)
        assert server.workers() != [hanging]
        assert {one.status for one in sent.sent} == {200, 0}
        assert sent.sent[-1].status == 200
        assert "does not answer; it is ended" in server.log
        assert counted(server, "retention_process_restarts_total") == 1


def test_f38_a_blocked_loop_is_noticed(tmp_path: Path, root: Path) -> None:
    """A request that keeps the event loop for a minute costs one process, not the service, and gets no half answer."""
    home, fault = shared_toy().home(tmp_path / "home"), sabotaged(tmp_path / "fault", root)
    settings = {"RETENTION_STUCK_SECONDS": "1.5", **fault}
    with running(home, "--no-sync", settings=settings, until="/readyz") as server:
        (blocked,) = server.workers()
        began = time.monotonic()
        with pytest.raises((ConnectionError, http.client.HTTPException)):
            server.ask("POST", "/v1/scores", body("2026-09-15", [PERSON], note=BLOCK))
        assert 1 < time.monotonic() - began < 20
        server.wait_until(lambda: server.status("/readyz") == 200)
        assert server.workers() != [blocked]
        assert server.ask("POST", "/v1/scores", REQUEST)[0] == 200


def test_f38_only_the_killed_process_loses_its_connections(tmp_path: Path) -> None:
    """Of two processes one is killed under load: the other serves on, a new one comes, and no counter ever falls."""
    home = shared_toy().home(tmp_path)
    with running(home, "--no-sync", "--workers", "2", until="/readyz") as server:
        server.wait_until(lambda: server.log.count("Serving version") == 2)
        with load(server, connections=6, pause=0.002) as sent:
            time.sleep(1.5)
            before = counted(server, "retention_people_total")
            killed, other = server.workers()
            at = time.monotonic()
            os.kill(killed, signal.SIGKILL)
            seen = [counted(server, "retention_people_total") for _ in range(20)]
            server.wait_until(lambda: len(server.workers()) == 2 and killed not in server.workers())
            server.wait_until(lambda: server.log.count("Serving version") == 3)
            time.sleep(0.3)
        assert other in server.workers()
        assert [before, *seen] == sorted([before, *seen])
        assert len(sent.failed()) <= 6
        assert not [one for one in sent.sent if one.status not in {0, 200}]
        assert not sent.failed(before=at - 1)
        assert any(one.status == 200 and at < one.at < at + 0.5 for one in sent.sent)


def test_f38_numbers_of_all_processes_add_up(tmp_path: Path) -> None:
    """Whichever of two processes answers, it tells what both counted."""
    with running(shared_toy().home(tmp_path), "--no-sync", "--workers", "2", until="/readyz") as server:
        server.wait_until(lambda: server.log.count("Serving version") == 2)
        with load(server, connections=6, most=20) as sent:
            server.wait_until(lambda: len(sent.sent) == 120, 30)
        server.wait_until(lambda: counted(server, "retention_people_total") == 120, 5)
        assert {counted(server, "retention_people_total") for _ in range(10)} == {120}
        assert 120 - 2 * (TOGETHER - 1) <= counted(server, "retention_risk_90_count") <= 120


def test_f38_a_dead_sync_is_started_again(tmp_path: Path) -> None:
    """The process that follows the registry is killed: it comes back, and the server answers all the while."""
    with running(shared_toy().home(tmp_path), until="/readyz") as server:
        server.wait_until(lambda: len(server.following()) == 1)
        (killed,) = server.following()
        os.kill(killed, signal.SIGKILL)
        server.wait_until(lambda: server.following() not in ([], [killed]), 10)
        assert server.status("/readyz") == 200
        assert counted(server, "retention_process_restarts_total") == 1
