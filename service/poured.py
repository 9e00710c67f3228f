"""A connection on which a large body is read to where it is wanted, without a detour.

Where its length is known, what is still to come of it when the application asks need not be looked for the body's end:
the system writes it into the application's memory, and what comes behind it is a request as any other. Deadlines and
what ends a connection are as in `service.protocol`.
"""

import asyncio
from collections.abc import Callable
from typing import Any, Final

import httptools
from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from service import wire
from service.api import bodies
from service.api.problems import Kind
from service.protocol import Protocol

_PIECE: Final = 262_144
"""Bytes that are read at once: who looks at them then finds them in the processor's cache."""


class Poured(Protocol):
    """One connection."""

    _rest: "Rest | None" = None
    """What is still to come of a body, while it is read."""

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        if cycle.more_body:
            scope: Any = cycle.scope
            scope[bodies.REST] = self.rest
        super()._start_asgi_task(cycle, app)

    async def rest(self, room: memoryview, took: Callable[[int], None]) -> bool:
        """Read the rest of the body that is coming.

        Parameters
        ----------
        room
            Where to, of the rest's very length; all that came before was received.
        took
            Told each time how many bytes have come more; what it raises ends the reading and is raised here.

        Returns
        -------
        bool
            Whether it has come; else nothing more comes of this request.
        """
        if self.cycle.disconnected:
            return False
        rest = self._rest = Rest(self, room, took)
        self.open.real.set_protocol(rest)
        self.flow.resume_reading()
        try:
            return await rest.over
        finally:
            if self._rest is rest:  # neither whole nor given up
                self._leave_rest()
                rest.told(self.parser, self.cycle.body)
                self._after(0)
            rest.forget()
            del rest  # what was raised knows this frame, and what is left knows what was raised

    def came(self, rest: "Rest", count: int) -> None:
        """So many bytes have come more."""
        self._came += count
        if rest.is_whole():
            self._leave_rest()
            self.parser = wire.parser(self)
            self.on_message_complete()
            rest.over.set_result(True)
        self._after(count)

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for no rest any more."""
        self._give_up()
        super().connection_lost(exc)

    def _refuse(self, kind: Kind) -> None:
        self._give_up()
        super()._refuse(kind)

    def _give_up(self) -> None:
        if (rest := self._rest) is not None:
            self._leave_rest()
            if not rest.over.done():
                rest.over.set_result(False)

    def _leave_rest(self) -> None:
        self._rest = None
        self.open.real.set_protocol(self)


class Rest(asyncio.BufferedProtocol):
    """What is still to come of a body on a connection."""

    def __init__(self, connection: Poured, room: memoryview, took: Callable[[int], None]) -> None:
        self._connection, self._room, self._took = connection, room, took
        self._stop = 0
        self.over: asyncio.Future[bool] = connection.loop.create_future()
        """Whether all has come, once it has or nothing more comes."""

    def is_whole(self) -> bool:
        """Whether all has come."""
        return self._stop == len(self._room)

    def told(self, parser: httptools.HttpRequestParser, body: bytearray) -> None:
        """Tell the parser what has come, which nobody wants any more: it knows then how much is left."""
        for start in range(0, self._stop, _PIECE):
            parser.feed_data(self._room[start : min(start + _PIECE, self._stop)])
            body.clear()

    def forget(self) -> None:
        """Let go of the body: the event loop knows this as long as the connection lasts."""
        del self._connection, self._room, self._took, self.over

    def get_buffer(self, _sizehint: int) -> memoryview:
        """Where the next bytes are written."""
        return self._room[self._stop : self._stop + _PIECE]

    def buffer_updated(self, count: int) -> None:
        """They are written."""
        if self.over.done():
            return
        self._stop += count
        try:
            self._took(count)
        except Exception as error:  # noqa: BLE001 - it is for the application
            self._connection.flow.pause_reading()
            self.over.set_exception(error.with_traceback(None))  # which would hold this body until rings are looked for
            return
        self._connection.came(self, count)

    def eof_received(self) -> None:
        """As the connection does."""
        self._connection.eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        """As the connection does."""
        self._connection.connection_lost(exc)

    def pause_writing(self) -> None:
        """As the connection does."""
        self._connection.pause_writing()

    def resume_writing(self) -> None:
        """As the connection does."""
        self._connection.resume_writing()
