"""What can be seen from outside: counters, one log line a request, and no stack trace to a caller.

A log line names the route's template, never the path, the query, a header or a body: no line and no label holds a
person, a unit or a key. An unexpected error is logged by its type and where it arose, not by its message.
"""

import logging
import time
import traceback
from collections.abc import Callable
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.api.problems import INTERNAL, answer

_LOG = logging.getLogger("service.requests")

_BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
CLIENT_GONE: Final = 499
"""What is counted where the client hung up before it could be answered."""
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Metrics:
    """The counters of one process."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        self.requests = Counter(
            "retention_http_requests", "Requests answered.", ("route", "method", "status"), registry=registry
        )
        self.seconds = Histogram(
            "retention_http_request_seconds",
            "Seconds from a request's head to the end of its answer.",
            ("route",),
            registry=registry,
            buckets=_BUCKETS,
        )
        self.people = Counter(
            "retention_people", "People answered, by outcome.", ("outcome", "model_version"), registry=registry
        )
        self.model = Gauge("retention_model_info", "1 for the loaded model.", ("version", "digest"), registry=registry)
        self.refused = Gauge("retention_models_refused", "Champions refused so far.", registry=registry)


class Observe:
    """ASGI middleware around everything: counts, logs, and answers an unexpected error with a problem."""

    def __init__(self, app: ASGIApp, metrics: Metrics, clock: Callable[[], float] = time.perf_counter) -> None:
        self._app, self._metrics, self._clock = app, metrics, clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, status = self._clock(), 0

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noting)
        except ClientDisconnect:
            status = CLIENT_GONE
        except Exception as error:  # noqa: BLE001 - the outermost frame: a bug must not reach the caller or the log whole
            _LOG.error("unexpected %s at %s", type(error).__name__, _where(error))
            if not status:
                await answer(INTERNAL)(scope, receive, noting)
        self._note(scope, status, self._clock() - started)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", "unknown")
        method = scope["method"] if scope["method"] in _METHODS else "other"
        self._metrics.requests.labels(route, method, str(status)).inc()
        self._metrics.seconds.labels(route).observe(seconds)
        _LOG.info("%s %s %d %.1f ms", method, route, status, seconds * 1000)


def _where(error: Exception) -> str:
    frames = traceback.extract_tb(error.__traceback__)[-3:]
    return " < ".join(f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno}" for frame in reversed(frames))
