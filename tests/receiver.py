"""A receiver of webhooks: a real HTTP server on 127.0.0.1 that keeps what comes, and answers as it was told to.

with receiving("500", "hang", "200") as receiver:      one behaviour a request; the last goes on
receiver.url, receiver.got
"""

import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

SLOW_SECONDS: Final = 20.0
"""So long a slow answer takes: longer than any deadline."""


@dataclass(frozen=True)
class Got:
    """One message as it came."""

    headers: dict[str, str]
    """Names in lower case."""
    body: bytes
    at: float


@dataclass
class Receiver:
    """What a running receiver is, and what came."""

    url: str
    port: int
    behaviours: list[str]
    got: list[Got] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def wait(self, count: int, seconds: float = 30.0) -> list[Got]:
        """Wait until so many messages came."""
        until = time.monotonic() + seconds
        while len(self.got) < count:
            assert time.monotonic() < until, f"{len(self.got)} of {count} messages came"
            time.sleep(0.01)
        return self.got


@contextmanager
def receiving(*behaviours: str, tls: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    """A receiver for the length of a block."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    port = server.server_address[1]
    scheme, host = ("https", "localhost") if tls else ("http", "127.0.0.1")
    receiver = Receiver(f"{scheme}://{host}:{port}/hook?a=1", port, list(behaviours) or ["200"])
    server.receiver = receiver  # type: ignore[attr-defined]  # the handler has no other way to it
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        receiver.over.set()
        server.shutdown()
        server.server_close()
        thread.join(5)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Keep what came and answer as told."""
        receiver: Receiver = self.server.receiver  # type: ignore[attr-defined]  # set above
        body = self.rfile.read(int(self.headers["content-length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        place = min(len(receiver.got), len(receiver.behaviours) - 1)
        receiver.got.append(Got(headers, body, time.time()))
        with suppress(OSError):
            self._answer(receiver, receiver.behaviours[place])
        self.close_connection = True

    def _answer(self, receiver: Receiver, how: str) -> None:
        if how == "hang":
            receiver.over.wait(SLOW_SECONDS)
        elif how == "drip":
            for sign in b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 1_000:
                self.wfile.write(bytes([sign]))
                if receiver.over.wait(0.05):
                    return
        elif how == "slow body":
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
            while not receiver.over.wait(0.05):
                self.wfile.write(b"x")
        elif how == "nonsense":
            self.wfile.write(b"SSH-2.0-OpenSSH_9.9\r\n")
        elif how == "endless head":
            self.wfile.write(b"HTTP/1.1 200\x00" + b"x" * 100_000)
        elif how == "informative":
            self.wfile.write(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n")
        elif how.startswith("302 "):
            self.wfile.write(f"HTTP/1.1 302 Found\r\nLocation: {how[4:]}\r\nContent-Length: 0\r\n\r\n".encode())
        else:
            self.wfile.write(f"HTTP/1.1 {how} Said\r\nContent-Length: 2\r\n\r\nok".encode())

    def log_message(self, *_: Any) -> None:
        """Say nothing."""
