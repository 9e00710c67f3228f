"""What all connections of a process share, and what is answered on one without the application."""

import asyncio
import socket
import struct
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

import httptools
from starlette.types import Scope
from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from service import heads
from service.api import problems
from service.api.problems import Kind
from service.errors import BusyError
from service.limits import LARGE, Crowd
from service.observe import Answer
from service.settings import Settings

STATE: Final = "wire"
"""The name by which the application's lifespan hands its `Wire` to the protocol."""

BUSY: Final = problems.KINDS[BusyError]
FULL: Final = Kind(503, "connections", "Too many connections", {"Retry-After": "1"})
SLOW: Final = Kind(408, "too_slow", "The request did not arrive in time")
BROKEN: Final = Kind(400, "bad_http", "Not a request in HTTP/1.1")
HEAD: Final = Kind(431, "head_too_large", "The request's line and headers are too large")

CLOSE: Final = (b"connection", b"close")
_AT_ONCE: Final = struct.pack("ii", 1, 0)
"""A socket's way to close without waiting for anybody."""
_QUIET_SECONDS: Final = 0.05
"""Without a new connection, after which those that come are shared out."""
_WAKE_SECONDS: Final = 0.002
"""In which other processes wake."""
_SHARED: Final = 4
"""Of the connections that a process takes after a quiet time, the last that is taken so."""
_OF_UPGRADES: Final = frozenset({b"connection", b"upgrade", b"http2-settings"})

Headers = Iterable[tuple[bytes, bytes]]
"""Names in lower case, and values."""


class Door:
    """Where connections come in: several processes look at it, and the first to wake would take all that come together.

    So who takes a second one soon after a first rests for a moment, in which the others wake and take theirs; the same
    with the next few. A connection that comes by itself waits for nothing.
    """

    def __init__(self, *, others: bool, rest: Callable[[float], None] = time.sleep) -> None:
        self._others, self._rest = others, rest
        self._last, self._taken = -_QUIET_SECONDS, 0

    def taken(self) -> None:
        """A connection was taken; what else there is may be somebody else's."""
        now = time.monotonic()
        self._taken = self._taken + 1 if now - self._last < _QUIET_SECONDS else 1
        if self._others and 1 < self._taken <= _SHARED:
            self._rest(_WAKE_SECONDS)
        self._last = time.monotonic()


@dataclass(frozen=True)
class Wire:
    """What the connections of one process share."""

    crowd: Crowd
    receipt_seconds: float
    answer_seconds: float
    connections: int
    dropped: int
    """Bytes of a body that are read on after its answer was given."""
    door: Door
    note: Callable[[int], None] = lambda _status: None
    """Told the status of every answer that is given here, without the application."""
    at_once: Callable[[Scope, bytes], Answer | None] = lambda _scope, _body: None
    """Gives the answer of status 200 to a request that is here whole; None where the application has to be asked."""

    @staticmethod
    def of(
        settings: Settings,
        note: Callable[[int], None] = lambda _status: None,
        at_once: Callable[[Scope, bytes], Answer | None] = lambda _scope, _body: None,
    ) -> "Wire":
        """As the settings say."""
        crowd = Crowd(settings.inflight_limit)
        seconds, door = (settings.receipt_seconds, settings.answer_seconds), Door(others=settings.workers > 1)
        return Wire(crowd, *seconds, settings.connections_limit, settings.body_limit * 4, door, note, at_once)


class Open:
    """A transport whose `close` waits for what the client is in the midst of sending."""

    def __init__(self, real: asyncio.Transport, closing: Callable[[], None]) -> None:
        self.real, self._closing = real, closing
        self.lingering = False

    def write(self, data: bytes) -> None:
        """Send, as long as anything is sent."""
        if not self.is_closing():
            self.real.write(data)

    def close(self) -> None:
        """Close, now or soon; nothing more is sent."""
        if not self.is_closing():
            self._closing()

    def abort(self) -> None:
        """Be gone at once, and let the system forget what the client has not read."""
        self.real.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
        self.real.abort()

    def is_closing(self) -> bool:
        """Whether nothing more will be sent."""
        return self.lingering or self.real.is_closing()


def answered(kind: Kind, common: Headers, *, close: bool) -> bytes:
    """A whole answer: a problem, with the headers that every answer has."""
    body = bytes(problems.answer(kind).body)
    headers = [
        *((name.lower().encode(), value.encode()) for name, value in (kind.headers or {}).items()),
        (b"content-type", problems.MEDIA_TYPE.encode()),
        (b"content-length", b"%d" % len(body)),
        *([CLOSE] if close else []),
    ]
    return written(kind.status, [*common, *headers], body)


def written(status: int, headers: Headers, body: bytes) -> bytes:
    """An answer as it is sent."""
    lines = b"".join([b"%b: %b\r\n" % header for header in headers])
    return b"%b%b\r\n%b" % (STATUS_LINE[status], lines, body)


def parser(connection: object) -> httptools.HttpRequestParser:
    """What reads requests, and tells a connection; bytes behind a last request are no fault."""
    found = httptools.HttpRequestParser(connection)
    found.set_dangerous_leniencies(lenient_data_after_close=True)
    return found


def without_upgrade(method: bytes, url: bytes, headers: Headers) -> bytes:
    """A request's head as bytes, without its wish for another protocol.

    Raises
    ------
    HttpParserError
        It is nothing else than that wish.
    """
    if method == b"CONNECT":
        raise httptools.HttpParserError
    lines = [b"%b %b HTTP/1.1" % (method, url), *(b"%b: %b" % pair for pair in headers if pair[0] not in _OF_UPGRADES)]
    return b"\r\n".join([*lines, b"", b""])


def is_large(headers: Headers) -> bool:
    """Whether a request has, or may have, a body that is not held whole before the application sees it, or a long answer.

    Lines are answered as they come, for as long as the client takes to read: nobody's turn may wait for that.
    """
    large = False
    for name, value in headers:
        if name == b"content-length":
            large = large or heads.length(value) > LARGE
        elif name == b"transfer-encoding" or (name == b"content-type" and b"ndjson" in value.lower()):
            return True
    return large
