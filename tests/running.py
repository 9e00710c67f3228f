"""The real server as a process of its own: started on a free port, asked, watched, stopped in time.

    with running(home, "--no-sync", settings={"RETENTION_WATCH_SECONDS": "0.05"}) as server:
        status, answer = server.ask("POST", "/v1/scores", REQUEST)

Nothing here waits without a deadline, and every process started is ended.
"""

import http.client
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from service.access.keys import Caller, add_key
from service.settings import Settings
from service.store.engine import open_store
from tests import planted
from tests.posting import body

PERSON: Final = {
    "employee_id": "E1",
    "hire_date": "2023-04-01",
    "job_history": [{"effective_date": "2023-04-01", "event": "hire"}],
}
REQUEST: Final = body("2026-09-15", [PERSON])
"""One person's request that the shared toy's model scores."""
UP_SECONDS: Final = 60
"""How long a server may take to answer for the first time."""
DOWN_SECONDS: Final = 25
"""How long a server may take to end; the contract says 20."""


@dataclass(frozen=True)
class Reply:
    """One answer as it came."""

    status: int
    headers: Mapping[str, str]
    """Names in lower case."""
    content: bytes

    @property
    def json(self) -> Any:
        """The body as JSON; None where it is empty."""
        return json.loads(self.content) if self.content else None


class Server:
    """A running server: where it listens, what it wrote, and what it is made of."""

    def __init__(self, home: Path, arguments: tuple[str, ...], settings: Mapping[str, str]) -> None:
        self.home = home
        self.port = free_port()
        self.began = time.monotonic()
        command = [sys.executable, "-m", "service", "serve", "--port", str(self.port), *arguments]
        environ = {
            **os.environ,
            "RETENTION_HOME": str(home),
            "RETENTION_DRAIN_SECONDS": "5",
            "RETENTION_NOTICE_SECONDS": "0",
            **settings,
        }
        self._written = Path(tempfile.mkstemp(prefix="retention-serve-")[1])
        with self._written.open("wb") as written:
            self.process = subprocess.Popen(
                command, env=environ, stdout=subprocess.DEVNULL, stderr=written, start_new_session=True
            )
        self._key_of: Callable[[str], str] = cache(lambda role: make_key(home, role))

    @property
    def log(self) -> str:
        """Standard error so far, of all its processes."""
        return self._written.read_text(errors="replace")

    @property
    def lines(self) -> list[str]:
        """Standard error so far, line by line."""
        return self.log.splitlines()

    @property
    def key(self) -> str:
        """A key of role `system`."""
        return self.key_of("system")

    def key_of(self, role: str) -> str:
        """A key of that role, made once."""
        return self._key_of(role)

    def fetch(
        self,
        method: str,
        path: str,
        content: Any = None,
        headers: Mapping[str, str] | None = None,
        *,
        role: str = "system",
        timeout: float = 30,
    ) -> Reply:
        """One request on a connection of its own, which the client asks to close. Empty `role`: without a key."""
        given = {"Content-Type": "application/json", "Connection": "close"}
        if role:
            given["Authorization"] = f"Bearer {self.key_of(role)}"
        given |= headers or {}
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)) as connection:
            connection.request(method, path, content, given, encode_chunked="Transfer-Encoding" in given)
            answer = connection.getresponse()
            found = {name.lower(): value for name, value in answer.getheaders()}
            return Reply(answer.status, found, answer.read())

    def ask(self, method: str, path: str, content: Any = None, **headers: str) -> tuple[int, Any]:
        """Status and JSON of one request by the `system` role."""
        reply = self.fetch(method, path, content, headers)
        return reply.status, reply.json

    def status(self, path: str, timeout: float = 5) -> int:
        """Status of an open route; 0 where nobody answers."""
        try:
            return self.fetch("GET", path, role="", timeout=timeout).status
        except (OSError, http.client.HTTPException):
            return 0

    def wait_for(self, path: str, status: int = 200, seconds: float = UP_SECONDS) -> float:
        """Wait until an open route answers with `status`; seconds since the process was started."""
        until = time.monotonic() + seconds
        while time.monotonic() < until and self.process.poll() is None:
            if self.status(path) == status:
                return time.monotonic() - self.began
            time.sleep(0.01)
        raise AssertionError(f"{path} did not answer {status} within {seconds} s:\n{self.log}")

    def wait_until(self, holds: Callable[[], bool], seconds: float = UP_SECONDS) -> float:
        """Wait until something holds; the seconds it took."""
        began = time.monotonic()
        while not holds():
            assert time.monotonic() - began < seconds, f"it did not come true within {seconds} s:\n{self.log}"
            time.sleep(0.01)
        return time.monotonic() - began

    def connect(self, timeout: float = 30) -> socket.socket:
        """A raw connection."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=timeout)

    def tree(self) -> list[int]:
        """Ids of the process and of all below it."""
        return descendants(self.process.pid)

    def workers(self) -> list[int]:
        """Ids of the processes that answer."""
        return [pid for pid in self.tree() if b"service.worker" in _cmdline(pid)]

    def following(self) -> list[int]:
        """Ids of the processes that follow the registry: one, or none between an end and a start."""
        return [pid for pid in self.tree() if b"--watch" in _cmdline(pid)]

    def rss(self) -> int:
        """Resident memory of the whole tree. Unit: bytes."""
        return sum(_rss(pid) for pid in self.tree())

    def descriptors(self) -> int:
        """Open file descriptors of the whole tree."""
        return sum(_descriptors(pid) for pid in self.tree())

    def send(self, number: int) -> None:
        """Send the server a signal."""
        self.process.send_signal(number)

    def wait(self, seconds: float = DOWN_SECONDS) -> int:
        """Wait for the end; the exit code."""
        return self.process.wait(seconds)

    def stop(self, number: int = signal.SIGTERM, seconds: float = DOWN_SECONDS) -> int:
        """Ask it to end by a signal, and wait; the exit code."""
        if self.process.poll() is None:
            self.send(number)
        return self.wait(seconds)

    def kill(self) -> None:
        """End the process and all that it ever started at once."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(DOWN_SECONDS)

    def forget(self) -> None:
        """Remove what it wrote."""
        self._written.unlink(missing_ok=True)


@contextmanager
def running(
    home: Path, *arguments: str, settings: Mapping[str, str] | None = None, until: str | None = None
) -> Iterator[Server]:
    """A server, from when the open route `until` answers 200 to the end of the block, where all of it is ended.

    None waits until it is ready where the home has a champion, else until it is live; empty does not wait.

    Whatever a test did with it, no line it wrote may hold an id of the suite's people, a planted word or a key.
    """
    server = Server(home, arguments, settings or {})
    if until is None:
        until = "/readyz" if (home / "bundles" / "champion.json").exists() else "/livez"
    try:
        if until:
            server.wait_for(until)
        yield server
        server.stop()
        assert planted.found_in(server.log) == []
    finally:
        server.kill()
        server.forget()


def free_port() -> int:
    """A TCP port of 127.0.0.1 on which nobody listens now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def make_key(home: Path, role: str, org_unit: str = "") -> str:
    """A key in the home's store."""
    store = open_store(Settings(home=home).database_url)
    key = add_key(store, Caller(f"test {role} {secrets.token_hex(4)}", role, org_unit), "2026-01-01T00:00:00Z")
    store.dispose()
    return key


def descendants(pid: int) -> list[int]:
    """Ids of a process and of all below it that are there now."""
    found = [pid]
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found += [below for child in task.read_text().split() for below in descendants(int(child))]
        except (FileNotFoundError, ProcessLookupError):
            continue
    return found


def _cmdline(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""


def _rss(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (FileNotFoundError, ProcessLookupError):
        return 0


def _descriptors(pid: int) -> int:
    try:
        return sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())
    except (FileNotFoundError, ProcessLookupError):
        return 0
