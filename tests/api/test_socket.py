"""The real server over a real socket: ready, stopped in time, one clear line for a taken port, early answers arrive."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from service.access.keys import Caller, add_key
from service.settings import Settings
from service.store.engine import open_store
from tests.posting import body
from tests.served import shared_toy

PERSON: Final = {
    "employee_id": "E1",
    "hire_date": "2023-04-01",
    "job_history": [{"effective_date": "2023-04-01", "event": "hire"}],
}
REQUEST: Final = body("2026-09-15", [PERSON])


@dataclass(frozen=True)
class Server:
    """A running server and where it listens."""

    process: "subprocess.Popen[str]"
    port: int
    key: str

    def ask(self, method: str, path: str, content: Any = None, **headers: str) -> tuple[int, Any]:
        """Status and JSON of one request on a connection of its own, which the client asks to close."""
        given = {
            "Authorization": f"Bearer {self.key}",
            "Content-Type": "application/json",
            "Connection": "close",
            **headers,
        }
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)) as connection:
            connection.request(method, path, content, given, encode_chunked="Transfer-Encoding" in given)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())


def start(home: Path, *more: str) -> Server:
    """Start `serve` on a free port and wait until it is live."""
    store = open_store(Settings(home=home).database_url)
    key = add_key(store, Caller("test", "system", ""), "2026-01-01T00:00:00Z")
    store.dispose()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "service", "serve", "--port", str(port), *more]
    environ = {**os.environ, "RETENTION_HOME": str(home), "RETENTION_DRAIN_SECONDS": "5"}
    server = Server(subprocess.Popen(command, env=environ, text=True, stderr=subprocess.PIPE), port, key)
    until = time.monotonic() + 60
    while time.monotonic() < until and server.process.poll() is None:
        try:
            server.ask("GET", "/livez")
        except OSError:
            time.sleep(0.05)
        else:
            return server
    raise AssertionError("the server did not come up")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of one process, without sync."""
    found = start(shared_toy().home(tmp_path_factory.mktemp("home")), "--no-sync")
    yield found
    found.process.terminate()
    found.process.communicate(timeout=20)


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
    server = start(shared_toy().home(tmp_path), "--workers", "2", "--no-sync")
    assert server.ask("POST", "/v1/scores", REQUEST)[0] == 200
    began = time.monotonic()
    server.process.send_signal(signal.SIGTERM)
    _, log = server.process.communicate(timeout=20)
    assert time.monotonic() - began < 20
    assert server.process.returncode == 0, log
    assert "Traceback" not in log


def test_sync_lives_and_dies_with_the_server(tmp_path: Path) -> None:
    """Without a registry the server is live and not ready; its sync process ends with it, even when it is killed."""
    server = start(tmp_path)
    children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text().split()
    (child,) = [pid for pid in children if b"sync" in Path(f"/proc/{pid}/cmdline").read_bytes()]
    assert server.ask("GET", "/readyz")[0] == 503
    server.process.send_signal(signal.SIGTERM)
    server.process.communicate(timeout=20)
    assert server.process.returncode == 0
    assert not Path(f"/proc/{child}").exists()
