"""Keeping processes at work: what ends is started anew, what stops beating is ended, and all stop together.

A process that answers tells over its link that it beats (`service.life`). One that is silent for
`RETENTION_STUCK_SECONDS`, because its loop is blocked or because it is stopped, cannot be trusted to end by itself: it
is killed, its connections fail visibly, and another takes its place.
"""

import json
import logging
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from service.errors import ServiceError, StoreError, UsageError
from service.metrics import Metrics
from service.settings import Settings

_LOG = logging.getLogger("service.supervise")

_TICK_SECONDS: Final = 0.1
_START_SECONDS: Final = 120
"""How long a process may take to its first beat: compiled loops may have to be compiled first."""
_AGAIN_SECONDS: Final = 0.5
"""A second stop signal counts as one from this long after the first: some senders send each twice."""
_OVERTIME_SECONDS: Final = 1.5
_SETTLED_SECONDS: Final = 30
_MOST_SECONDS: Final = 10.0
_TRIES: Final = 3
_PATIENCE_SECONDS: Final = 5
_QUIET_SECONDS: Final = 30
"""Where nobody asked anything for so long, there is nobody to notice that the server stops."""

IF_QUIET: Final = signal.SIGUSR1
"""Tells a process to stop, and at once if it, too, knows of nobody who asks; one whom nobody asked does not know of the
others."""
BEAT, ASKED, STARTED, FAULT = b".", b",", b"s", b"!"
"""What a process says over its link: that it beats; that it beats and was asked something since; that it accepts
connections; and, followed by an error as JSON, why it cannot."""


@dataclass
class Kept:
    """A process that should be there, and how it is."""

    role: str
    start: Callable[[], tuple["subprocess.Popen[bytes]", socket.socket | None]]
    """Starts it; its link, where it has one."""
    process: "subprocess.Popen[bytes] | None" = None
    link: socket.socket | None = None
    said: bytes = b""
    born: float = 0.0
    heard: float = 0.0
    asked: float = float("-inf")
    """When it last said that somebody asked it something."""
    started: bool = False
    failures: int = 0
    due: float = field(default=float("-inf"))
    """When it may be started."""

    def begin(self, now: float) -> None:
        """Start it."""
        self.process, self.link = self.start()
        self.born = self.heard = now
        self.said, self.started = b"", False

    def listen(self, now: float) -> None:
        """Hear what it said meanwhile: beats, that it has started, or why it cannot."""
        while self.link is not None:
            try:
                said = self.link.recv(65_536, socket.MSG_DONTWAIT)
            except OSError:
                return
            if not said:
                return
            beats, fault, why = said.partition(FAULT)
            self.said += why if fault else b""
            self.heard, self.started = now, self.started or STARTED in beats
            self.asked = now if ASKED in beats else self.asked

    def stuck(self, now: float, seconds: float) -> bool:
        """Whether it was silent for too long."""
        return self.link is not None and now - self.heard > (seconds if self.started else _START_SECONDS)

    def signal(self, number: int) -> None:
        """Send it a signal, if it is there."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(number)

    def ended(self, now: float) -> int | None:
        """Its exit code if it ended since it was asked last; it is due again then, later each time it fails soon."""
        if self.process is None or (code := self.process.poll()) is None:
            return None
        self.listen(now)
        if self.link is not None:
            self.link.close()
        self.process = self.link = None
        self.failures = 0 if now - self.born > _SETTLED_SECONDS else self.failures + 1
        self.due = now + (min(_MOST_SECONDS, 0.25 * 2 ** (self.failures - 1)) if self.failures > 1 else 0.0)
        return code


class Supervisor:
    """Starts processes, keeps them, and ends them."""

    def __init__(self, settings: Settings, kept: list[Kept], metrics: Metrics, listener: socket.socket) -> None:
        self._settings, self._kept, self._metrics, self._listener = settings, kept, metrics, listener
        self._stopped: float | None = None
        self._at_once = self._served = False
        self._began = time.monotonic()

    def run(self) -> None:
        """Serve until a stop signal, and return when everything has ended.

        Raises
        ------
        ServiceError
            Nothing could be started: what the first process to fail said.
        """
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda number, _frame: self._stop(number))
        try:
            while self._stopped is None:
                self._tend(time.monotonic())
                time.sleep(_TICK_SECONDS)
            self._wait()
        finally:
            self._end()

    def _stop(self, number: int) -> None:
        """Pass the first signal on at once; the second ends all."""
        now = time.monotonic()
        if self._stopped is None:
            self._stopped = now
            quiet = all(now - kept.asked > _QUIET_SECONDS for kept in self._kept)
            known = IF_QUIET if quiet and number == signal.SIGTERM else number
            for kept in self._kept:
                kept.signal(known if kept.role == "worker" else signal.SIGTERM)
        elif now - self._stopped > _AGAIN_SECONDS:
            self._at_once = True

    def _tend(self, now: float) -> None:
        for kept in self._kept:
            kept.listen(now)
            if kept.stuck(now, self._settings.stuck_seconds):
                _LOG.error(
                    "Process %s of role %s does not answer; it is ended.", kept.process and kept.process.pid, kept.role
                )
                kept.signal(signal.SIGKILL)
            if (code := kept.ended(now)) is not None:
                self._lost(kept, code)
            if kept.process is None and now >= kept.due and self._stopped is None and self._turn_of(kept, now):
                kept.begin(now)
            if kept.started and not self._served:
                self._served = True
                host, port = self._listener.getsockname()[:2]
                many = self._settings.workers
                _LOG.info("Listening on http://%s:%d with %d process%s", host, port, many, "es" if many > 1 else "")

    def _turn_of(self, kept: Kept, now: float) -> bool:
        """Whether it may be started already: what does not answer leaves the processor to what does, at first."""
        return kept.role == "worker" or self._served or now - self._began > _PATIENCE_SECONDS

    def _lost(self, kept: Kept, code: int) -> None:
        """Tell of a process that ended; give up where none ever came to answer."""
        if not self._served and kept.role == "worker" and (kept.said or kept.failures >= _TRIES):
            raise _fault(kept.said)
        self._metrics.restarts.labels(kept.role).inc()
        self._metrics.publish()
        how = f"by signal {-code}" if code < 0 else f"with exit code {code}"
        _LOG.error("The %s process ended %s; another is started.", kept.role, how)

    def _wait(self) -> None:
        """Wait until all have ended, no longer than the settings allow."""
        self._listener.close()
        for kept in self._kept:
            kept.signal(signal.SIGTERM)  # once more: one may have been started in that very moment
        until = (self._stopped or 0.0) + self._settings.drain_seconds + _OVERTIME_SECONDS
        while time.monotonic() < until and not self._at_once:
            if all(kept.process is None or kept.process.poll() is not None for kept in self._kept):
                return
            time.sleep(_TICK_SECONDS / 4)
        _LOG.warning("Not everything under way was finished in time.")

    def _end(self) -> None:
        """End whatever is left."""
        for kept in self._kept:
            kept.signal(signal.SIGKILL)
        for kept in self._kept:
            if kept.process is not None:
                kept.process.wait()


def _fault(said: bytes) -> ServiceError:
    """The error that ended a process before it could answer."""
    try:
        name, text = json.loads(said)
    except ValueError:
        return ServiceError("The processes that answer end before they can; the lines above say why.")
    if not name:
        return ServiceError(text)
    return StoreError(text) if name == StoreError.__name__ else UsageError(text)
