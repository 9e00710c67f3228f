"""One process that answers: started by `serve`, told by it to stop, and gone at once when it is gone.

Stopping has two parts. First the process goes on accepting and answering while `/readyz` says 503, for
`RETENTION_NOTICE_SECONDS`, so that whoever sends traffic here notices; every answer asks for its connection to be
closed. Then nothing new is accepted, and what is under way is finished. An interrupt (Ctrl-C) is meant at once: then the
first part is left out; so it is where nobody asked any of the processes anything for a while (`service.supervise`).
"""

import asyncio
import datetime as dt
import gc
import json
import os
import platform
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from importlib.metadata import version
from types import FrameType
from typing import Any, Final, TypedDict

import uvicorn

from features.errors import RetentionError
from service import logs, preflight
from service.life import Life
from service.memory import Memory
from service.metrics import Metrics
from service.settings import Settings, from_environment
from service.slots import Slots
from service.supervise import ASKED, BEAT, FAULT, IF_QUIET, STARTED

_KEPT_SECONDS: Final = 75
"""How long an idle connection is kept: longer than clients keep theirs, so that none is closed just as it is used."""
_LOOKS: Final = 16
"""Connections that a process alone takes in at once."""
_PATIENCE_SECONDS: Final = 3
"""How long the first process waits for a model before it answers anything: it takes longer only where loops are compiled.
"""
_COLLECT: Final = (10_000, 10, 10)
"""How seldom Python looks for rings of objects: what is there from the start stays, and a request leaves none behind."""
_LAST_SECONDS: Final = 0.5
"""How long what was cut off may take to say so."""
_UNNEEDED: Final = ("scipy", "cffi", "yaml")
"""What numba would import if it found it: for linear algebra, functions in C and a file of settings that we do not have."""
_FIRST_SECONDS: Final = 0.5
"""How long a connection that was accepted last of all may take to send a whole request."""


class Given(TypedDict):
    """What `serve` hands to a worker, as JSON in its only argument: file descriptors and its number."""

    listener: int
    link: int
    slots: list[int]
    mine: int
    first: bool
    """Whether it is the one that says early that the server lives; others answer only once they can."""


class Link:
    """The worker's end of the connection to the process above it."""

    def __init__(self, descriptor: int) -> None:
        self._socket = socket.socket(fileno=descriptor)

    def tell(self, said: bytes) -> None:
        """Send something; where it cannot be taken just now it is left out."""
        try:
            self._socket.send(said, socket.MSG_DONTWAIT)
        except OSError:
            return

    def end_with_it(self) -> None:
        """From now on, end this process at once when the one above is gone: nobody else would."""

        def wait() -> None:
            with suppress(OSError):  # reset: the one above went without having read all that was told
                while self._socket.recv(1):
                    pass
            os._exit(1)

        threading.Thread(target=wait, name="link", daemon=True).start()


class Server(uvicorn.Server):
    """uvicorn's server with a drain before its stop."""

    def __init__(self, config: uvicorn.Config, settings: Settings, life: Life, link: Link, lines: logs.Lines) -> None:
        super().__init__(config)
        self._lines = lines
        self._notice, self._life, self._link = settings.notice_seconds, life, link
        self._until = float("inf")
        self.greet: Callable[[], None] | None = None
        """Says on a terminal where the page is, once the server has started."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to accept, and say so."""
        signal.signal(IF_QUIET, self.handle_exit)
        await super().startup(sockets)
        gc.freeze()  # without a look for what could go, hardly one object in a hundred: it would take a tenth of a second
        gc.set_threshold(*_COLLECT)
        gc.enable()
        self._link.tell(STARTED)
        if self.greet is not None:
            await asyncio.to_thread(self.greet)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002 - uvicorn calls it so
        """Begin to drain at the first signal; a further one of the same kind changes nothing."""
        self._life.draining = True
        quiet = sig == IF_QUIET and not self._life.asked and not self.server_state.connections
        at_once = quiet or sig == signal.SIGINT
        self._until = min(self._until, time.perf_counter() + (0.0 if at_once else self._notice))

    async def on_tick(self, counter: int) -> bool:
        """Say, ten times a second, whether the time to accept is over."""
        self.should_exit = self.should_exit or time.perf_counter() >= self._until
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Accept nothing any more, and finish what was accepted."""
        for server in self.servers:
            server.close()
        for listener in sockets or []:
            listener.close()
        until = time.perf_counter() + _FIRST_SECONDS
        while time.perf_counter() < until and self._waits():  # noqa: ASYNC110 - uvicorn tells nobody
            await asyncio.sleep(_FIRST_SECONDS / 20)
        await super().shutdown()
        if self.server_state.tasks:
            await asyncio.wait(self.server_state.tasks, timeout=_LAST_SECONDS)
        self._lines.flush()
        os._exit(0)  # a thread that still loads a model must not hold up the end

    def _waits(self) -> bool:
        """Whether a connection is open on which nothing was asked yet, or not wholly."""
        here = self.server_state.connections
        return any(getattr(one, "cycle", None) is None or not getattr(one, "whole", True) for one in here)


def main(arguments: list[str]) -> int:
    """Answer until told to stop; the exit code."""
    given: Given = json.loads(arguments[0])
    link = Link(given["link"])
    link.end_with_it()
    gc.disable()  # until all is loaded that stays: looking it through again and again would take a sixth of the start
    try:
        server = _prepared(given, link)
    except RetentionError as error:
        link.tell(FAULT + json.dumps([type(error).__name__, str(error)]).encode())
        return 1
    except Exception as error:  # noqa: BLE001 - no stack trace reaches a user
        said = f"Unexpected {type(error).__name__} at {logs.where(error)} while starting."
        link.tell(FAULT + json.dumps(["", said]).encode())
        return 1
    listener = socket.socket(fileno=given["listener"])
    if given["first"] and sys.stdout.isatty():
        server.greet = lambda: _greet(server.config.app, listener.getsockname()[1])
    server.run(sockets=[listener, *(listener.dup() for _ in range(_more_looks(from_environment(os.environ))))])
    return 0


def _greet(app: Any, port: int) -> None:
    """Say where the page is, with a link that opens it once; a server whose store does not answer just now says nothing."""
    from service.page.invitation import invitation

    service = app.state.service
    with suppress(RetentionError):
        now = dt.datetime.fromtimestamp(service.wall(), dt.UTC)
        print(invitation(service.store, service.settings, port, now), flush=True)  # noqa: T201 - for whoever started it


def _more_looks(settings: Settings) -> int:
    """How often more the listener is looked at in one turn of the event loop, which takes in one connection a look.

    Several processes share what comes, so that none should take more than its part.
    """
    return _LOOKS - 1 if settings.workers == 1 else 0


def _prepared(given: Given, link: Link) -> Server:
    """Everything wired, nothing accepted yet."""
    settings = from_environment(os.environ)
    preflight.check(settings, os.environ)
    for name in _UNNEEDED:
        sys.modules.setdefault(name, None)  # type: ignore[arg-type]  # as if it were not installed
    from service.app import create_app

    lines = logs.configure(settings.form)
    metrics = Metrics(Slots(given["slots"], given["mine"]))
    metrics.take_over()
    metrics.build.labels(platform.python_version(), version("numpy"), version("numba")).set(1)
    metrics.before.append(lambda: metrics.dropped.set(lines.dropped))
    app = create_app(
        settings, os.environ, metrics=metrics, lines=lines, patience=_PATIENCE_SECONDS if given["first"] else None
    )
    life: Life = app.state.service.life
    config = uvicorn.Config(
        app,
        loop="uvloop",
        http="service.repeated:Repeated",
        ws="none",
        log_config=None,
        timeout_keep_alive=_KEPT_SECONDS,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=max(1, round(settings.drain_seconds - settings.notice_seconds)),
    )
    server = Server(config, settings, life, link, lines)
    memory = Memory()

    def beat() -> None:
        asked = life.asked_since_beat()
        link.tell(ASKED if asked else BEAT)
        memory.beat(asked=asked)

    life.on_beat.append(beat)
    life.on_beat.append(lambda: metrics.connections.set(len(server.server_state.connections)))
    return server


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    sys.exit(main(sys.argv[1:]))
