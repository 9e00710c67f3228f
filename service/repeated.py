"""A connection on which most requests have the same head: it is read once (`service.heads`).

What follows from it is kept, and a request that comes whole with such a head is answered in its turn without being
made an object of the server first, which would take longer than reading its body. Whatever is in the least unusual
(another head, a part of a request, more than one at once) is read as `service.protocol` reads it.
"""

from functools import partial
from typing import Any

from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from service import heads
from service.heads import Head
from service.poured import Poured


class Repeated(Poured):
    """One connection."""

    _known: Head | None = None
    """The head of the request before, where that was answered at once."""
    _alone = b""
    """All that has come of a request, where nothing else has; only until its answer."""
    _held: bytes | None = None
    """A request with the known head that waits for its turn."""
    _answered_at = 0.0
    """When a request with the known head had its answer, on the event loop's clock."""
    _turn = 0
    """Bytes for which the request that is read next has its turn already."""

    def data_received(self, data: bytes) -> None:
        """Take in a request with the known head; read whatever else comes."""
        self._read_held()
        between = self.whole and self._under_way() is None and self._receipt is None and not self._broken
        if between and self._known is not None and self._takes(self._known, data):
            return
        self._alone = data if between else b""
        super().data_received(data)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget what waits, and the head with its key: this object may stay until rings are looked for."""
        self._held, self._alone, self._known = None, b"", None
        super().connection_lost(exc)

    def shutdown(self) -> None:
        """Close once the answer is given that is under way."""
        self._read_held()
        super().shutdown()

    def on_response_complete(self) -> None:
        """An answer is written: nothing is kept of what it was asked with, and the next is waited for anew."""
        self._alone = b""
        if self.timeout_keep_alive_task is None or self.open.is_closing():
            super().on_response_complete()
            return
        self.server_state.total_requests += 1
        if self.open.real.get_write_buffer_size():
            self._must_read()

    def timeout_keep_alive_handler(self) -> None:
        """Close an idle connection; one that had an answer since it was last waited for is not idle that long."""
        left = self._answered_at + self.timeout_keep_alive - self.loop.time()
        if self._held is None and left <= 0:
            super().timeout_keep_alive_handler()
        else:
            self.timeout_keep_alive_task = self.loop.call_later(max(left, 1.0), self.timeout_keep_alive_handler)

    def _takes(self, known: Head, data: bytes) -> bool:
        """Let a request with the known head wait for its turn; false where it must be read."""
        body = None if self.flow.write_paused or self.open.is_closing() else known.read(data)
        if body is None or not self._wire.crowd.enter(known.who):
            return False
        self._held = data
        work = partial(self.loop.call_soon, self._in_turn_held, known, data, body)
        self._wire.crowd.start(known.who, len(body) + 1, work)
        return True

    def _in_turn_held(self, known: Head, data: bytes, body: bytes) -> None:
        """Answer it at once, or read it like any other where that cannot be; nothing where it no longer waits."""
        who, size = known.who, len(body) + 1
        if self._held is not data:
            self._leave(who, size)
            return
        self._held = None
        answer = self._wire.at_once(known.scope, body)
        if answer is not None:
            self._answered_at = self.loop.time()
            self._answer(answer, who, size, close=False)
            return
        self._known, self._turn = None, size
        super().data_received(data)
        if self._turn:
            self._turn = 0
            self._leave(who, size)

    def _leave(self, who: bytes, size: int) -> None:
        """Make room for the next."""
        self._wire.crowd.leave(who)
        self._wire.crowd.done(size)

    def _read_held(self) -> None:
        """Read what waits after all: more has come, or this was the last."""
        if self._held is not None:
            data, self._held = self._held, None
            super().data_received(data)

    def _enter(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        if self._turn:
            size, self._turn = self._turn, 0
            self._begin(cycle, app, heads.sender(cycle.scope["headers"]), size)
        else:
            super()._enter(cycle, app)

    def _in_turn(self, cycle: RequestResponseCycle, app: ASGI3Application, who: bytes, size: int) -> None:
        scope: Any = cycle.scope
        known = heads.head(self._alone, scope, size - 1) if cycle.keep_alive else None
        super()._in_turn(cycle, app, who, size)
        self._known = known if cycle.response_complete else None
