"""What can be seen of a request from outside: its name, its numbers, its line, and no stack trace to a caller.

A log line names the route's template, never the path, the query, a header or a body. A request is known by the id its
caller gave it in `X-Request-Id`, where that is a UUID, a ULID or hexadecimal digits: such a text names nobody. Any
other gets an id of our own. The trace id comes from a `traceparent` of W3C's form.
An unexpected error is logged by its type and where it arose, not by its message.
"""

import asyncio
import logging
import re
import secrets
import time
from collections.abc import Callable
from itertools import count
from typing import Final

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.api.problems import INTERNAL, answer
from service.life import Life
from service.logs import Clock, Form, Lines, where
from service.metrics import Child, Metrics

_LOG = logging.getLogger("service.requests")

CLIENT_GONE: Final = 499
"""What is counted where the client hung up before it could be answered."""
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_GIVEN: Final = re.compile(rb"[0-9a-fA-F-]{16,64}|[0-9A-HJKMNP-TV-Z]{26}")
_TRACE: Final = re.compile(rb"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-.*)?")
_CLOSE: Final = (b"connection", b"close")

Answer = tuple[list[tuple[bytes, bytes]], bytes]
"""Headers and body."""


class RequestLog:
    """Writes a line a request.

    Parameters
    ----------
    now
        Seconds since 1970.
    which
        `all`; `errors`: only what was answered with 500 or more; `none`.
    """

    def __init__(self, lines: Lines, form: Form, which: str, now: Callable[[], float]) -> None:
        self._add, self._json, self._now, self._clock = lines.add, form == "json", now, Clock()
        self._known: dict[tuple[str, str, int], str] = {}
        self._least = {"all": 0, "errors": 500, "none": 1000}[which]

    def write(self, scope: Scope, route: str, method: str, status: int, seconds: float) -> None:
        """One request's line. Every text in it is ours, or of letters that need no escape."""
        if status < self._least:
            return
        known = self._known.get((route, method, status))
        if known is None:
            known = self._known[route, method, status] = self._constant(route, method, status)
        at, request, key = self._clock.text(self._now()), scope["request_id"], scope.get("key_prefix", "")
        if self._json:
            trace = scope["trace_id"]
            self._add(
                f'{{"time":"{at}"{known},"request_id":"{request}","trace_id":"{trace}","ms":{seconds * 1000:.2f},"key":"{key}"}}'
            )
        else:
            self._add(f"{at} {known} {seconds * 1000:.1f} ms {request}")

    def _constant(self, route: str, method: str, status: int) -> str:
        """The part of a line that is the same for all such requests."""
        level = "error" if status >= 500 else "info"
        if not self._json:
            return f"{level} service.requests: {method} {route} {status}"
        return (
            f',"level":"{level}","logger":"service.requests","event":"request",'
            f'"route":"{route}","method":"{method}","status":{status}'
        )


class Observe:
    """ASGI middleware around everything: names, counts, logs, and answers an unexpected error with a problem.

    It leaves in the scope, for those further in: `request_id` and `trace_id` (texts; the latter may be empty). It reads
    from it: `route` (whose `path_format` is the template), `problem` (the code of the problem that was answered) and
    `key_prefix` (the public part of the caller's key), where somebody left them.
    """

    def __init__(
        self,
        app: ASGIApp,
        metrics: Metrics,
        life: Life,
        log: RequestLog | None = None,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._app, self._metrics, self._life, self._log, self._clock = app, metrics, life, log, clock
        self._in_flight = metrics.in_flight.labels()
        self._counted: dict[tuple[str, str, int], tuple[Child, Child]] = {}
        self._begin, self._number = secrets.token_hex(6).encode(), count()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, life, status = self._clock(), self._life, 0
        life.asked = True
        name = self._name(scope)
        self._in_flight.inc()

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), name]
                if life.draining:
                    message["headers"].append(_CLOSE)
            await send(message)

        try:
            await self._app(scope, receive, noting)
        except ClientDisconnect:
            status = CLIENT_GONE
        except asyncio.CancelledError:
            status = status or CLIENT_GONE
            raise
        except Exception as error:  # noqa: BLE001 - the outermost frame: a bug must not reach the caller or the log whole
            _LOG.error(
                "unexpected %s at %s, request %s", type(error).__name__, where(error), scope["request_id"]
            )  # fmt: skip
            if not status:
                await answer(INTERNAL)(scope, receive, noting)
        finally:
            self._in_flight.inc(-1.0)
            self._note(scope, status, self._clock() - started)

    def noted(self, answer: Callable[[Scope, bytes], Answer | None], scope: Scope, body: bytes) -> Answer | None:
        """An answer of status 200 that needs no application; None where there is none: then nothing is noted."""
        started = self._clock()
        name = self._name(scope)
        try:
            found = answer(scope, body)
        except Exception:  # noqa: BLE001 - the application comes to the same, and says so
            return None
        if found is None:
            return None
        self._life.asked = True
        headers, content = found
        headers.append(name)
        if self._life.draining:
            headers.append(_CLOSE)
        self._note(scope, 200, self._clock() - started)
        return headers, content

    def _name(self, scope: Scope) -> tuple[bytes, bytes]:
        """Name the request in its scope; the header that tells the caller."""
        given, trace = b"", ""
        for header, value in scope["headers"]:
            if header == b"x-request-id":
                given = value
            elif header == b"traceparent":
                trace = trace_id(value)
        if not given or not _GIVEN.fullmatch(given):
            given = b"%b%08x" % (self._begin, next(self._number))
        scope["request_id"], scope["trace_id"] = given.decode(), trace
        return b"x-request-id", given

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path_format", "unknown")
        method = scope["method"] if scope["method"] in _METHODS else "other"
        counted = self._counted.get((route, method, status))
        if counted is None:
            counted = self._count(route, method, status)
        counted[0].numbers[0] += 1.0
        self._metrics.seconds.observe(counted[1], seconds)
        if status >= 400 and "problem" in scope:
            self._metrics.faults.labels(scope["problem"]).inc()
        if self._log is not None:
            self._log.write(scope, route, method, status, seconds)

    def _count(self, route: str, method: str, status: int) -> tuple[Child, Child]:
        metrics, text = self._metrics, str(status)
        children = metrics.requests.labels(route, method, text), metrics.seconds.labels(route, method, text)
        self._counted[route, method, status] = children
        return children


def trace_id(header: bytes) -> str:
    """The trace id of a `traceparent` header; empty where it is not of W3C's form."""
    found = _TRACE.fullmatch(header)
    if found is None or (header.startswith(b"00") and found[2]):
        return ""
    return found[1].decode()
