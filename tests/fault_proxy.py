"""A TCP proxy that can be told to misbehave, and a registry small enough to stand behind it.

The registry speaks the few answers of MLflow's REST interface that following a champion takes, in the form an MLflow
3.17 server gave them; `make trial` puts a real one in its place.
"""

import http.server
import json
import selectors
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

FAULTS: Final = ("refused", "black hole", "silent", "error 500", "garbage", "nonsense", "trickle", "endless")
"""Connections refused; never made; made and never answered; answered with an error, with bytes that are no HTTP, with
JSON of another form; byte by byte, one a second; or without an end, as fast as it can be sent."""
_NONSENSE: Final = b'{"model_version": {"version": "seven", "tags": 3}}'
_HEAD: Final = b"HTTP/1.1 %d X\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
_ENDLESS: Final = b" " * 1_000_000
_SAID: Final = {
    "error 500": _HEAD % (500, 2) + b"{}",
    "garbage": b"\x16\x03\x01\x00garbage\xff\r\n\r\n",
    "nonsense": _HEAD % (200, len(_NONSENSE)) + _NONSENSE,
}


class Proxy:
    """Passes connections on to a port of 127.0.0.1, until told of a fault."""

    def __init__(self, upstream: int) -> None:
        self._upstream = upstream
        self._over = threading.Event()
        self._fault = ""
        self._listener = self._listen(0, 64)
        self.port: int = self._listener.getsockname()[1]
        self._fillers: list[socket.socket] = []
        self._open: set[socket.socket] = set()
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    @property
    def uri(self) -> str:
        """Where it is reached."""
        return f"http://127.0.0.1:{self.port}"

    def fail(self, fault: str) -> None:
        """Begin one of `FAULTS`, or end the one that is with an empty name; connections that are open break off."""
        self._over.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(5)
        for one in (*self._open, *self._fillers):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        self._open, self._fillers, self._fault = set(), [], fault
        if fault == "refused":
            return
        self._listener = self._listen(self.port, 0 if fault == "black hole" else 64)
        if fault == "black hole":
            self._fill()
            return
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def _listen(self, port: int, backlog: int) -> socket.socket:
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        listener.listen(backlog)
        return listener

    def _fill(self) -> None:
        """Fill the queue of a listener that accepts nobody: further connections get no answer at all."""
        for _ in range(3):
            filler = socket.socket()
            filler.setblocking(False)
            with suppress(BlockingIOError):
                filler.connect(("127.0.0.1", self.port))
            self._fillers.append(filler)

    def _accept(self) -> None:
        over, listener = self._over, self._listener
        while not over.is_set():
            try:
                client, _ = listener.accept()
            except OSError:
                return
            self._open.add(client)
            threading.Thread(target=self._serve, args=(client, self._fault, over), daemon=True).start()

    def _serve(self, client: socket.socket, fault: str, over: threading.Event) -> None:
        with suppress(OSError), client:
            if not fault:
                self._pass(client)
                return
            client.recv(65_536)
            if fault in {"trickle", "endless"}:
                client.sendall(_HEAD % (200, 10**12))
            while fault in {"silent", "trickle"} and not over.wait(1.0):
                if fault == "trickle":
                    client.sendall(b" ")
            while fault == "endless" and not over.is_set():
                client.sendall(_ENDLESS)
            client.sendall(_SAID.get(fault, b""))

    def _pass(self, client: socket.socket) -> None:
        """Copy both ways until either side ends."""
        with socket.create_connection(("127.0.0.1", self._upstream), timeout=10) as server:
            self._open.add(server)
            with selectors.DefaultSelector() as selector:
                for one, other in ((client, server), (server, client)):
                    selector.register(one, selectors.EVENT_READ, other)
                while True:
                    for key, _ in selector.select(30):
                        data = key.fileobj.recv(65_536)  # type: ignore[union-attr]
                        if not data:
                            return
                        key.data.sendall(data)


class SmallRegistry(http.server.ThreadingHTTPServer):
    """Versions by number, each a bundle's folder; `champion` is the one that the alias names, 0 for none."""

    daemon_threads = True

    def __init__(self, bundles: dict[int, Path], champion: int) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.bundles, self.champion = bundles, champion

    def version(self, number: int) -> dict[str, Any]:
        """What MLflow says of a version."""
        digest = (self.bundles[number] / "digest.txt").read_text().strip()
        return {"name": "retention-risk", "version": str(number), "creation_timestamp": 1_700_000_000_000,
                "current_stage": "None", "run_id": "0" * 32, "status": "READY",
                "tags": [{"key": "digest", "value": digest}], "aliases": []}  # fmt: skip


class _Answers(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: SmallRegistry

    def do_GET(self) -> None:
        """Answer as an MLflow server does."""
        address = urlsplit(self.path)
        asked = {name: values[0] for name, values in parse_qs(address.query).items()}
        registry, end = self.server, address.path.rpartition("/2.0/")[2]
        number = int(asked.get("version", registry.champion))
        if end == "mlflow/registered-models/alias" and not registry.champion:
            self._say(
                {"error_code": "INVALID_PARAMETER_VALUE", "message": "Registered model alias champion not found."}, 400
            )
        elif end in {"mlflow/registered-models/alias", "mlflow/model-versions/get"}:
            self._say({"model_version": registry.version(number)})
        elif end == "mlflow/registered-models/get":
            alias = {"alias": "champion", "version": str(registry.champion)}
            self._say({"registered_model": {"name": "retention-risk", "tags": [], "aliases": [alias]}})
        elif end == "mlflow/model-versions/get-download-uri":
            self._say({"artifact_uri": f"mlflow-artifacts:/{number}"})
        elif end == "mlflow-artifacts/artifacts":
            number_, _, name = asked["path"].partition("/bundle")
            held = [] if name else sorted(registry.bundles[int(number_)].iterdir())
            files = [{"path": one.name, "is_dir": False, "file_size": one.stat().st_size} for one in held]
            self._say({"files": files})
        elif end.startswith("mlflow-artifacts/artifacts/"):
            number_, _, name = end.removeprefix("mlflow-artifacts/artifacts/").split("/")
            self._send((registry.bundles[int(number_)] / name).read_bytes(), "application/octet-stream")
        else:
            self._say({"error_code": "ENDPOINT_NOT_FOUND", "message": "No such endpoint"}, 404)

    def log_message(self, *_arguments: Any) -> None:
        """Say nothing."""

    def _say(self, value: Any, status: int = 200) -> None:
        self._send(json.dumps(value).encode(), "application/json", status)

    def _send(self, content: bytes, kind: str, status: int = 200) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


@contextmanager
def small_registry(bundles: dict[int, Path], champion: int) -> Iterator[SmallRegistry]:
    """A registry as long as the block lasts."""
    registry = SmallRegistry(bundles, champion)
    thread = threading.Thread(target=registry.serve_forever, daemon=True)
    thread.start()
    try:
        yield registry
    finally:
        registry.shutdown()
        registry.server_close()
        thread.join(5)


@contextmanager
def proxied(upstream: int) -> Iterator[Proxy]:
    """A proxy in front of a port as long as the block lasts."""
    proxy = Proxy(upstream)
    try:
        yield proxy
    finally:
        proxy.fail("refused")


def until(holds: Any, seconds: float, told: Any = "") -> float:
    """Wait until something holds; how long it took. Unit: seconds."""
    began = time.monotonic()
    while not holds():
        assert time.monotonic() < began + seconds, told() if callable(told) else told
        time.sleep(0.02)
    return time.monotonic() - began
