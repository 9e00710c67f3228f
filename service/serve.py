"""Running the server: the port taken first, the sync process beside it, both ended together.

uvloop and httptools are named, not left to chance: without uvloop two workers would answer every request on a kept
connection 40 ms late (Nagle's algorithm stays on for the sockets asyncio is handed).
"""

import logging
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final, NoReturn

import uvicorn
from uvicorn.supervisors import Multiprocess

from service.app import create_app
from service.errors import UsageError
from service.settings import Settings

_LOG = logging.getLogger("service.serve")

_PARENT: Final = "RETENTION_SYNC_PARENT"
"""Tells the sync process whose child it is (`sync.PARENT`, which the server does not import: it brings MLflow)."""
_BACKLOG: Final = 2048
_SYNC_STOP_SECONDS: Final = 3


def serve(settings: Settings, environ: Mapping[str, str], *, sync: bool) -> None:
    """Serve until a signal ends it.

    Raises
    ------
    UsageError
        The address cannot be listened on.
    """
    app = create_app(settings, environ)
    with _listening(settings) as listener, _syncing(settings, environ, wanted=sync):
        signal.signal(signal.SIGTERM, _stop)
        many = settings.workers > 1
        config = uvicorn.Config(
            "service.app:from_process" if many else app,
            factory=many,
            workers=settings.workers,
            loop="uvloop",
            http="service.protocol:Protocol",
            ws="none",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=settings.drain_seconds,
        )
        host, port = listener.getsockname()[:2]
        _LOG.info("Listening on http://%s:%d with %d process%s", host, port, settings.workers, "es" if many else "")
        if many:
            Multiprocess(config, sockets=[listener]).run()
        else:
            uvicorn.Server(config).run(sockets=[listener])


def _stop(_number: int, _frame: object) -> NoReturn:
    """Leave by the way of every `finally`; the server itself catches the signal while it runs and drains."""
    raise SystemExit(0)


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
        listener.set_inheritable(True)
        yield listener


@contextmanager
def _syncing(settings: Settings, environ: Mapping[str, str], *, wanted: bool) -> Iterator[None]:
    """A process of its own that follows the registry's champion, as long as the server runs."""
    if not wanted:
        yield
        return
    known = {**environ, "RETENTION_HOME": str(settings.home.absolute()), _PARENT: str(os.getpid())}
    child = subprocess.Popen([sys.executable, "-m", "service", "sync", "--watch"], env=known, stdin=subprocess.DEVNULL)
    try:
        yield
    finally:
        child.terminate()
        try:
            child.wait(_SYNC_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
