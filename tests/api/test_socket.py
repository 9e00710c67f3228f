"""The real server over a real socket: ready, stopped in time, one clear line for a taken port, early answers arrive."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.running import REQUEST, Server, running
from tests.served import shared_toy


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of one process, without sync."""
    with running(shared_toy().home(tmp_path_factory.mktemp("home")), "--no-sync") as found:
        yield found


def test_scores_over_the_socket(server: Server) -> None:
    """Ready, and a person is scored."""
    assert server.ask("GET", "/readyz")[0] == 200
    status, answer = server.ask("POST", "/v1/scores", REQUEST)
    assert status == 200
    assert answer["scores"][0]["risk"]["90"] > 0


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer nobody"}, {"Content-Type": "text/csv"}])
def test_answer_to_too_much_arrives(server: Server, headers: dict[str, str]) -> None:
    """A client that sends 20 MB and then reads finds the answer, not a broken connection."""
    status, answer = server.ask("POST", "/v1/scores", b" " * 20_000_000, **headers)
    assert (status, answer["status"]) in {(413, 413), (401, 401), (415, 415)}


def test_chunked_body_beyond_the_limit(server: Server) -> None:
    """Without a declared length the limit holds just as well."""
    chunks = (b" " * 1_000_000 for _ in range(20))
    status, answer = server.ask("POST", "/v1/scores", chunks, **{"Transfer-Encoding": "chunked"})
    assert (status, answer["code"]) == (413, "body_too_large")


def test_taken_port_is_one_clear_line(server: Server, tmp_path: Path) -> None:
    """Exit code 2, the port named, no trace."""
    command = [sys.executable, "-m", "service", "serve", "--no-sync", "--port", str(server.port)]
    environ = {**os.environ, "RETENTION_HOME": str(tmp_path)}
    done = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        f"Cannot listen on 127.0.0.1 port {server.port}: Address already in use. Choose another with --port, or --host."
    ]


def test_two_processes_stop_together(tmp_path: Path) -> None:
    """Two workers answer; a stop signal ends them and everything they started within 20 s, with exit code 0."""
    with running(shared_toy().home(tmp_path), "--workers", "2", "--no-sync") as server:
        assert server.ask("POST", "/v1/scores", REQUEST)[0] == 200
        began = time.monotonic()
        assert server.stop(signal.SIGTERM, 20) == 0, server.log
        assert time.monotonic() - began < 20
        assert "Traceback" not in server.log


def test_sync_lives_and_dies_with_the_server(tmp_path: Path) -> None:
    """Without a registry the server is live and not ready; its sync process ends with it."""
    with running(tmp_path) as server:
        server.wait_until(lambda: len(server.following()) == 1)
        (child,) = server.following()
        assert server.ask("GET", "/readyz")[0] == 503
        assert server.stop() == 0
        assert not Path(f"/proc/{child}").exists()
