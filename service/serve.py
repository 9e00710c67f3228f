"""Running the server: the port taken first, then the processes that answer, the sync process beside them.

One process, light and single-minded, listens, starts the others and keeps them (`service.supervise`); each of the
others answers what it accepts from the one listening socket (`service.worker`). So one that dies or hangs takes nobody
with it, with one worker as with many.

uvloop and httptools are named, not left to chance: without uvloop two workers would answer every request on a kept
connection 40 ms late (Nagle's algorithm stays on for the sockets asyncio is handed).
"""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Final

from service import logs, slots
from service.errors import UsageError
from service.metrics import Metrics
from service.occupied import occupied
from service.settings import Settings
from service.supervise import Kept, Supervisor

_PARENT: Final = "RETENTION_SYNC_PARENT"
"""Tells the sync process whose child it is (`sync.PARENT`, which the server does not import: it brings MLflow)."""
_BACKLOG: Final = 2048
_ONE_THREAD: Final = {"OPENBLAS_NUM_THREADS": "1"}
"""What answers multiplies no large matrices; threads made for that would lengthen its start."""


def serve(settings: Settings, environ: Mapping[str, str], *, sync: bool) -> None:
    """Serve until a signal ends it.

    Raises
    ------
    UsageError
        The address cannot be listened on, the settings do not hold, or a package that serving needs is missing.
    StoreError
        The score store does not open.
    """
    _require("uvloop", "httptools")
    lines = logs.configure(settings.form)
    known = _environment(settings, environ)
    with _listening(settings) as listener, occupied(settings.home):
        shared = slots.make(settings.workers + 1)
        metrics = Metrics(slots.Slots(shared, settings.workers))
        workers = [Kept("worker", _Worker(known, listener, shared, i)) for i in range(settings.workers)]
        syncing = [Kept("sync", _Sync(known))] if sync else []
        Supervisor(settings, [*workers, *syncing], metrics, listener).run()
    lines.flush()


def _require(*packages: str) -> None:
    for name in packages:
        if find_spec(name) is None:
            raise UsageError(
                f"The package {name} is not installed here, and nothing is served without it. Run: make setup."
            )


def _environment(settings: Settings, environ: Mapping[str, str]) -> dict[str, str]:
    """The environment of every process of this server: what was given, and what was decided here."""
    decided = {"RETENTION_HOME": str(settings.home.absolute()), "RETENTION_LOG": settings.form}
    return {**environ, **decided, "RETENTION_WORKERS": str(settings.workers)}


class _Worker:
    """Starts a process that answers."""

    def __init__(self, environ: Mapping[str, str], listener: socket.socket, shared: list[int], number: int) -> None:
        self._environ = {**_ONE_THREAD, **environ}
        self._listener, self._shared, self._number = listener, shared, number
        self._first = number == 0

    def __call__(self) -> tuple["subprocess.Popen[bytes]", socket.socket]:
        mine, theirs = socket.socketpair()
        with theirs:
            passed = [self._listener.fileno(), theirs.fileno(), *self._shared]
            given = {
                "listener": passed[0],
                "link": passed[1],
                "slots": self._shared,
                "mine": self._number,
                "first": self._first,
            }
            self._first = False
            command = [sys.executable, "-m", "service.worker", json.dumps(given)]
            child = subprocess.Popen(command, env=self._environ, stdin=subprocess.DEVNULL, pass_fds=passed)
        return child, mine


class _Sync:
    """Starts the process that follows the registry's champion."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = {**environ, _PARENT: str(os.getpid())}

    def __call__(self) -> tuple["subprocess.Popen[bytes]", None]:
        command = [sys.executable, "-m", "service", "sync", "--watch"]
        return subprocess.Popen(command, env=self._environ, stdin=subprocess.DEVNULL), None


@contextmanager
def _listening(settings: Settings) -> Iterator[socket.socket]:
    """The listening socket, taken before anything else is started."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((settings.host, settings.port))
            listener.listen(_BACKLOG)
        except OSError as error:
            raise UsageError(
                f"Cannot listen on {settings.host} port {settings.port}: {os.strerror(error.errno or 0)}. "
                "Choose another with --port, or --host."
            ) from error
        yield listener
