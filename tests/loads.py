"""A constant load on a running server, and what became of each of its requests.

with load(server) as sent:
    ...
assert sent.failed() == []
"""

import http.client
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.running import REQUEST, Server


@dataclass(frozen=True)
class Sent:
    """One request of a load, and what became of it."""

    at: float
    """When its first byte was written, by `time.monotonic`. Unit: seconds."""
    seconds: float
    status: int
    """0 where the connection failed."""
    error: str = ""
    """Type of the failure."""
    fresh: bool = True
    """Whether it was the first on its connection."""
    version: str = ""
    """The model that the answer names."""
    digest: str = ""
    content: bytes = b""
    """The body of an answer that is no 200."""


@dataclass
class Load:
    """What a constant load sent; complete once its block was left."""

    sent: list[Sent] = field(default_factory=list)

    def failed(self, before: float = float("inf")) -> list[Sent]:
        """Those sent before that moment that were not answered with 200."""
        return [one for one in self.sent if one.at < before and one.status != 200]

    def broken(self, before: float = float("inf")) -> list[Sent]:
        """Those sent before that moment whose connection failed without an answer."""
        return [one for one in self.sent if one.at < before and not one.status]

    def percentile(self, share: float) -> float:
        """The seconds that so large a share of the answered requests stayed below."""
        times = sorted(one.seconds for one in self.sent if one.status == 200)
        return times[min(len(times) - 1, int(share * len(times)))] if times else float("nan")


@contextmanager
def load(
    server: Server,
    content: bytes = REQUEST,
    *,
    connections: int = 4,
    pause: float = 0.0,
    path: str = "/v1/scores",
    most: int = 200_000,
) -> Iterator[Load]:
    """Requests one after the other on each of so many kept connections, as long as the block lasts.

    A connection that fails or that the server closes is opened anew. `pause` lies between two requests of a
    connection (seconds); `most` bounds the requests of each connection.
    """
    found, stop, key = Load(), threading.Event(), server.key
    worker = _Client(server.port, key, path, content, found, stop, pause, most)
    threads = [threading.Thread(target=worker.run, daemon=True) for _ in range(connections)]
    for thread in threads:
        thread.start()
    try:
        yield found
    finally:
        stop.set()
        for thread in threads:
            thread.join(40)
        found.sent.sort(key=lambda one: one.at)


@dataclass(frozen=True)
class _Client:
    port: int
    key: str
    path: str
    content: bytes
    found: Load
    stop: threading.Event
    pause: float
    most: int

    def run(self) -> None:
        """Send until told to stop."""
        connection = self._connection()
        for _ in range(self.most):
            if self.stop.is_set():
                break
            sent = self._one(connection)
            self.found.sent.append(sent)
            if not sent.status:
                connection.close()
                connection = self._connection()
                time.sleep(0.005)
            if self.pause:
                self.stop.wait(self.pause)
        connection.close()

    def _connection(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)

    def _one(self, connection: http.client.HTTPConnection) -> Sent:
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        at, fresh = time.monotonic(), connection.sock is None
        try:
            connection.request("POST", self.path, self.content, headers)
            answer = connection.getresponse()
            content, status = answer.read(), answer.status
        except (OSError, http.client.HTTPException) as error:
            return Sent(at, time.monotonic() - at, 0, type(error).__name__, fresh)
        seconds = time.monotonic() - at
        if status != 200:
            return Sent(at, seconds, status, fresh=fresh, content=content)
        model = json.loads(content)["model"]
        return Sent(at, seconds, status, fresh=fresh, version=model["version"], digest=model["digest"])
