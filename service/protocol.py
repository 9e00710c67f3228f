"""The HTTP protocol of the server: uvicorn's, with an end to everything a client can drag out.

uvicorn reads with httptools and has no deadline but one for idle connections. Here a connection is closed when a request
does not arrive in time, however slowly it trickles; when an answer is not read; when its head is too large; when there
are too many connections. A request whose body is small reaches the application once it is whole, and is refused at once
(429) while too many wait for their answer: work that cannot be done in time is not begun.

An answer that is given before the body has come is sent at once, and what still comes is read and dropped: closing a
connection with unread bytes would reset it, and the client would see a broken pipe instead of the answer.
"""

import asyncio
from functools import partial
from typing import Any, Final

import httptools
from uvicorn._types import ASGI3Application
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from service import heads, wire
from service.api.problems import Kind
from service.observe import Answer
from service.settings import Settings
from service.wire import Open, Wire

_MOST_HEAD: Final = 64_000
"""Bytes of a request's line and headers."""
_MOST_HEADERS: Final = 100
_VERSIONS: Final = frozenset({"1.0", "1.1"})
_LEAST_RATE: Final = 10_000
"""Bytes a second of a body that takes longer than one deadline."""
_MOST_QUEUED: Final = 32
"""Requests that a client may send ahead on one connection."""
_OPEN: Final = frozenset({"/livez", "/readyz", "/metrics", "/v2/health/live", "/v2/health/ready"})
"""Paths that are answered however many wait."""
_IN_TURNS: Final = frozenset({"/v1/scores"})
"""Paths whose work is done without a pause."""


class Protocol(HttpToolsProtocol):
    """One connection."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._wire: Wire = app_state.get(wire.STATE) or Wire.of(Settings())
        self.whole = True
        """No request is in the midst of arriving."""
        self._in_head = self._broken = False
        self._chunk = self._head = self._dropped = self._came = 0
        self._waiting: tuple[RequestResponseCycle, ASGI3Application] | None = None
        """A request whose small body is still coming."""
        self._parked: tuple[RequestResponseCycle, ASGI3Application] | None = None
        """A request of a client that has not read the answer before it."""
        self._receipt: asyncio.TimerHandle | None = None
        self._unread: asyncio.TimerHandle | None = None
        self.open: Open = None  # type: ignore[assignment]  # as uvicorn's transport: there once connected

    # The connection

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Keep it, with a deadline for its first request, unless there are too many."""
        super().connection_made(transport)
        self.transport = self.open = Open(transport, self.closing)  # type: ignore[assignment]  # all that uvicorn uses of one
        if len(self.connections) > self._wire.connections:
            self._refuse(wire.FULL)
        else:
            self._expect()
        self._wire.door.taken()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget its deadlines."""
        self._arrived()
        self._read()
        self._waiting = self._parked = None
        super().connection_lost(exc)

    def shutdown(self) -> None:
        """Close at once where nothing is under way; no request that is half here is waited for."""
        under_way = self._under_way()
        if under_way is None or self._waiting is not None:
            self.open.real.close()
        else:
            under_way.keep_alive = False

    def closing(self) -> None:
        """Close: at once, or once the client has stopped sending what it began."""
        if self.whole and not self._broken:
            self.open.real.close()
            return
        self.open.lingering = True
        self._expect()
        self.flow.resume_reading()
        if not self.open.real.is_closing():
            self.open.real.write_eof()

    def _under_way(self) -> RequestResponseCycle | None:
        """The request that has no whole answer yet, None between two."""
        if self.cycle is None:
            return None
        return None if self.cycle.response_complete else self.cycle

    # What arrives

    def data_received(self, data: bytes) -> None:
        """Read on, as long as the request keeps its limits."""
        self._unset_keepalive_if_required()
        if self._under_way() is None and (self._broken or not self.whole):
            self._dropped += len(data)
            if self._dropped > self._wire.dropped:
                self.open.abort()
                return
        if self._broken:
            return
        self._chunk = len(data)
        self._came += self._chunk
        try:
            self._parse(data)
        except httptools.HttpParserError:
            self._refuse(wire.HEAD if self._head > _MOST_HEAD else wire.BROKEN)
            return
        self._after(len(data))

    def _parse(self, data: bytes) -> None:
        while data:
            try:
                self.parser.feed_data(data)
                data = b""
            except httptools.HttpParserUpgrade as upgrade:
                # Some ask in passing for HTTP/2: the answer is no, but the parser left off behind the head.
                plain = wire.without_upgrade(self.parser.get_method(), self.url, self.headers)
                data = plain + data[upgrade.args[0] :]
                self.parser = wire.parser(self)

    def _after(self, size: int) -> None:
        """What the bytes that were just read change: a deadline begins or ends."""
        if self.whole:
            self._head = 0
            self._arrived()
            if self._under_way() is None and self.timeout_keep_alive_task is None and not self.open.is_closing():
                self._expect()  # stray bytes between two requests
            return
        self._expect()
        if self._in_head:
            self._head += size
            if self._head > _MOST_HEAD:
                self._refuse(wire.HEAD)

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self.whole, self._in_head, self._dropped = False, True, 0

    def on_headers_complete(self) -> None:
        """Its head is here: too large, or the application's."""
        self._in_head = False
        if self.parser.should_upgrade():
            return
        self._head = len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)
        if len(self.headers) > _MOST_HEADERS or len(self.pipeline) > _MOST_QUEUED:
            self._head = _MOST_HEAD + 1
        if self._head > _MOST_HEAD or self.parser.get_http_version() not in _VERSIONS or self.open.is_closing():
            raise ValueError
        super().on_headers_complete()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header of the head; one after the body is nobody's."""
        if self._in_head:
            super().on_header(name, value)

    def on_message_complete(self) -> None:
        """It has wholly arrived."""
        if self.parser.should_upgrade():
            return
        self.whole, self._head = True, -self._chunk  # which are not those of the next head
        super().on_message_complete()
        if self._waiting is not None:
            (cycle, app), self._waiting = self._waiting, None
            self._enter(cycle, app)
        elif self.open.lingering:
            self.open.real.close()

    # What the application is given

    def _should_upgrade(self) -> bool:
        return False

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        """Start once the request is whole; at once where the application must read a large body as it comes."""
        if cycle.waiting_for_100_continue or wire.is_large(cycle.scope["headers"]):
            super()._start_asgi_task(cycle, app)
        elif cycle.more_body:
            self._waiting = cycle, app
        else:
            self._enter(cycle, app)

    def _enter(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        who = heads.sender(cycle.scope["headers"])
        crowd, path = self._wire.crowd, cycle.scope["path"]
        if path in _OPEN:
            super()._start_asgi_task(cycle, app)
        elif self.flow.write_paused:
            self._parked = cycle, app
        elif not crowd.enter(who):
            self._busy(cycle)
        elif path in _IN_TURNS:
            size = len(cycle.body) + 1
            crowd.start(who, size, partial(self.loop.call_soon, self._in_turn, cycle, app, who, size))
        else:
            self._begin(cycle, app, who)

    def _in_turn(self, cycle: RequestResponseCycle, app: ASGI3Application, who: bytes, size: int) -> None:
        """Answer at once, in the application's stead, what can be answered so."""
        scope: Any = cycle.scope
        answer = None if cycle.disconnected else self._wire.at_once(scope, bytes(cycle.body))
        if answer is None:
            self._begin(cycle, app, who, size)
            return
        cycle.response_started = cycle.response_complete = True
        self._answer(answer, who, size, close=not cycle.keep_alive)

    def _answer(self, answer: Answer, who: bytes, size: int, *, close: bool) -> None:
        self._wire.crowd.leave(who)
        headers, content = answer
        close = close or wire.CLOSE in headers
        if close and wire.CLOSE not in headers:
            headers.append(wire.CLOSE)
        self.open.write(wire.written(200, [*self.server_state.default_headers, *headers], content))
        if close:
            self.open.close()
        self.on_response_complete()
        self._wire.crowd.done(size)

    def _begin(self, cycle: RequestResponseCycle, app: ASGI3Application, who: bytes, size: int = 0) -> None:
        task = self.loop.create_task(self._answered(cycle, app, who, size))
        task.add_done_callback(self.tasks.discard)
        self.tasks.add(task)

    async def _answered(self, cycle: RequestResponseCycle, app: ASGI3Application, who: bytes, size: int) -> None:
        try:
            await cycle.run_asgi(app)
        finally:
            self._wire.crowd.leave(who)
            if size:
                self._wire.crowd.done(size)

    def _busy(self, cycle: RequestResponseCycle) -> None:
        """Answer in the application's stead; the connection stays."""
        cycle.response_started = cycle.response_complete = True
        self._say(wire.BUSY, close=not cycle.keep_alive)
        if not cycle.keep_alive:
            self.open.close()
        self.on_response_complete()

    # What ends it

    def _refuse(self, kind: Kind) -> None:
        """Say why and close; requests before this one still get their answers, and this one is not answered twice."""
        under_way, self._broken, self._waiting = self._under_way(), True, None
        if under_way is not None and not under_way.more_body:
            under_way.keep_alive = False
            return
        if under_way is not None:
            under_way.disconnected = True
            under_way.message_event.set()
        if self.pipeline or self.open.is_closing() or (under_way is not None and under_way.response_started):
            self.open.abort()
            return
        self._say(kind, close=True)
        self.open.close()

    def _say(self, kind: Kind, *, close: bool) -> None:
        """Answer in the application's stead."""
        self.open.write(wire.answered(kind, self.server_state.default_headers, close=close))
        self._wire.note(kind.status)

    def _expect(self) -> None:
        if self._receipt is None:
            self._came = 0
            self._receipt = self.loop.call_later(self._wire.receipt_seconds, self._too_slow)

    def _arrived(self) -> None:
        if self._receipt is not None:
            self._receipt.cancel()
            self._receipt = None

    def _too_slow(self) -> None:
        """The deadline of a request has come; a body that comes fast enough, or that we do not read on, has another."""
        self._receipt = None
        fast = not self._in_head and self._came >= _LEAST_RATE * self._wire.receipt_seconds
        if self.open.lingering:
            self.open.abort()
        elif self.flow.read_paused or fast:
            self._expect()
        elif self._in_head or (not self.whole and self._under_way() is not None):
            self._refuse(wire.SLOW)
        else:
            self.open.real.close()

    # What is sent

    def on_response_complete(self) -> None:
        """An answer is written; it must be read in time too. Who asked whether to send a body may now begin anew."""
        super().on_response_complete()
        if self.expect_100_continue and not self.whole:
            self.open.close()
        if self.open.real.get_write_buffer_size():
            self._must_read()

    def pause_writing(self) -> None:
        """The client does not keep up."""
        super().pause_writing()
        self._read()
        self._must_read()

    def resume_writing(self) -> None:
        """It does again; what it asked for meanwhile may begin."""
        super().resume_writing()
        if self._parked is not None:
            (cycle, app), self._parked = self._parked, None
            self._enter(cycle, app)
        self._read()
        if self.open.real.get_write_buffer_size():
            self._must_read()

    def _must_read(self) -> None:
        if self._unread is None:
            self._unread = self.loop.call_later(self._wire.answer_seconds, self._not_read)

    def _read(self) -> None:
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None

    def _not_read(self) -> None:
        self._unread = None
        if not self.open.real.get_write_buffer_size():
            return
        if self.flow.write_paused or self._under_way() is None:
            self.open.abort()
        else:
            self._must_read()
