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
from service.heads import Head, Scope
from service.protocol import Protocol


class Repeated(Protocol):
    """One connection."""

    _known: Head | None = None
    """The head of the request before, where that was answered at once."""
    _alone = b""
    """All that has come of a request, where nothing else has; only until its answer."""
    _held: bytes | None = None
    """A request with the known head that waits for its turn."""
    _turn = 0
    """Bytes for which the request that is read next has its turn already."""

    def data_received(self, data: bytes) -> None:
        """Take in a request with the known head; read whatever else comes."""
        self._read_held()
        between = self._whole and self._under_way() is None and self._receipt is None and not self._broken
        if between and self._known is not None and self._takes(self._known, data):
            return
        self._alone = data if between else b""
        super().data_received(data)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget what waits."""
        self._held, self._alone = None, b""
        super().connection_lost(exc)

    def shutdown(self) -> None:
        """Close once the answer is given that is under way."""
        self._read_held()
        super().shutdown()

    def on_response_complete(self) -> None:
        """An answer is written: nothing is kept of what it was asked with."""
        self._alone = b""
        super().on_response_complete()

    def _takes(self, known: Head, data: bytes) -> bool:
        """Let a request with the known head wait for its turn; false where it must be read."""
        found = None if self.flow.write_paused or self.open.is_closing() else known.read(data)
        if found is None or not self._wire.crowd.enter(known.who):
            return False
        self._unset_keepalive_if_required()
        self._held = data
        scope, body = found
        work = partial(self.loop.call_soon, self._in_turn_held, data, scope, body, known.who)
        self._wire.crowd.start(known.who, len(body) + 1, work)
        return True

    def _in_turn_held(self, data: bytes, scope: Scope, body: bytes, who: bytes) -> None:
        """Answer it at once, or read it like any other where that cannot be; nothing where it no longer waits."""
        size = len(body) + 1
        if self._held is not data:
            self._leave(who, size)
            return
        self._held = None
        answer = self._wire.at_once(scope, body)
        if answer is not None:
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
