"""Large bodies over a socket: read to where they are wanted, wherever they are cut, and whatever comes behind them."""

import asyncio
import gc
import hashlib
import logging
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Final

import pytest
import uvicorn
import uvloop
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send
from uvicorn.server import ServerState

from features.posted_body import Body
from service import wire
from service.access.keys import Caller
from service.api import bodies, problems
from service.limits import Gate
from service.poured import Rest
from service.repeated import Repeated
from service.settings import Settings
from service.wire import Wire

_CALLER: Final = Caller("a", "", "", "a")
_OTHER: Final = Caller("b", "", "", "b")
_CONTENT: Final = random.Random(1).randbytes(700_000)
_SHORT: Final = b"[]"
Lines = tuple[bytes, ...]


@dataclass
class Place:
    """A server in this process that answers with the length and digest of each body."""

    settings: Settings
    gate: Gate = field(init=False)
    state: ServerState = field(default_factory=ServerState)
    port: int = 0
    gone: int = 0
    """Requests whose client went."""

    def __post_init__(self) -> None:
        self.gate = Gate(self.settings)

    async def answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read a body, and say what came."""
        try:
            with self.gate.hold(_CALLER) as hold:
                content = bytes(await bodies.posted(scope, receive, self.settings.body_limit, hold))
        except ClientDisconnect:
            self.gone += 1
            return
        except problems.ERRORS as error:
            await problems.answer_to(error)(scope, receive, send)
            return
        said = told(content)
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(said))]})
        await send({"type": "http.response.body", "body": said})

    async def asked(self, *parts: bytes, pause: float = 0.0) -> bytes:
        """All that comes back until the server closes, or nothing has come for a while after something has."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        sending, found = asyncio.create_task(_send(writer, parts, pause)), b""
        with suppress(TimeoutError, ConnectionError):
            while part := await asyncio.wait_for(reader.read(65_536), 0.4 if found and sending.done() else 3.0):
                found += part
        sending.cancel()
        writer.close()
        return found


async def _send(writer: asyncio.StreamWriter, parts: tuple[bytes, ...], pause: float) -> None:
    with suppress(ConnectionError):
        for part in parts:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(pause)


def told(content: bytes) -> bytes:
    """What is said of a body."""
    return b"<%d %s>" % (len(content), hashlib.sha256(content).hexdigest().encode())


def request(content: bytes, *lines: bytes) -> bytes:
    """A request with a body of declared length."""
    head = [b"POST /v1/scores HTTP/1.1", b"Host: x", b"Content-Length: %d" % len(content), *lines]
    return b"\r\n".join([*head, b"", b""]) + content


@asynccontextmanager
async def _placed(settings: Settings) -> AsyncIterator[Place]:
    place = Place(settings)
    config = uvicorn.Config(
        place.answer,
        interface="asgi3",
        http="service.repeated:Repeated",
        ws="none",
        log_config=None,
        timeout_keep_alive=75,
    )
    config.load()
    shared: dict[str, Any] = {wire.STATE: Wire.of(settings)}
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Repeated(config, place.state, shared), "127.0.0.1", 0)
    place.port = server.sockets[0].getsockname()[1]
    try:
        yield place
    finally:
        server.close()
        for connection in list(place.state.connections):
            connection.open.abort()  # type: ignore[union-attr]


def run(work: Callable[[Place], Awaitable[None]], **settings: Any) -> None:
    """Do something with such a server, on the event loop that serves; nothing is held in the end, nor left in memory."""

    async def whole() -> None:
        async with _placed(Settings(**settings)) as place:
            await work(place)
            await asyncio.sleep(0.05)
            assert (place.gate.bytes.held, place.gate.queue.held, place.state.tasks) == (0, 0, set())

    gc.collect()
    gc.disable()
    try:
        uvloop.run(whole())
        assert not [one for one in gc.get_objects() if isinstance(one, (Body, Rest))]
    finally:
        gc.enable()


@pytest.mark.parametrize("lines", [(), (b"Connection: Upgrade", b"Upgrade: h2c")], ids=["plain", "asks for HTTP/2"])
@pytest.mark.parametrize("size", [1, 1_000, 65_600, 300_000, 10_000_000])
def test_however_it_is_cut(size: int, lines: Lines) -> None:
    """Body and what comes behind it are the same, cut into pieces of any length."""

    async def work(place: Place) -> None:
        contents = [_CONTENT, _SHORT, _CONTENT[1:], _CONTENT[2:] + b"x"]
        sent = b"".join(request(content, *lines) for content in contents)
        sizes = [sent[at : at + size] for at in range(0, len(sent), size)]
        if size == 1:
            sizes = [sent[:200], *(sent[at : at + 1] for at in range(200, 700)), sent[700:]]
        found = await place.asked(*sizes)
        answers = [told(content) for content in contents]
        assert [found.find(answer) > 0 for answer in answers] == [True] * 4
        assert sorted(answers, key=found.find) == answers
        assert place.state.total_requests == 4

    run(work)


@pytest.mark.parametrize("zeros", [1, 14, 15, 20, 5_000])
def test_zeros_before_the_length(zeros: int) -> None:
    """The length is the number, however many zeros lead: nothing of a body is taken for the next request."""

    async def work(place: Place) -> None:
        content = _CONTENT[:70_000] + request(b"not asked") + _CONTENT[70_000:]
        plain = b"Content-Length: %d" % len(content)
        lines = [b"Content-Length: " + b"0" * zeros + b"%d" % len(content) + more for more in (b"", b" \t ")]
        sent = b"".join(request(content).replace(plain, line, 1) for line in lines)
        found = await place.asked(sent[:66_000], sent[66_000:] + request(_SHORT, b"Connection: close"), pause=0.05)
        assert found.count(b"HTTP/1.1 ") == 3
        assert found.count(told(content)) == 2
        assert found.endswith(told(_SHORT))

    run(work)


@pytest.mark.parametrize("status", [b"200", b"429"])
def test_nothing_stays_with_a_connection(status: bytes) -> None:
    """Once it is answered, nobody remembers a body, though its connection stays."""

    async def work(place: Place) -> None:
        with place.gate.hold(_OTHER) as other:
            other.grow(500_000 if status == b"429" else 1)
            reader, writer = await asyncio.open_connection("127.0.0.1", place.port)
            for part in (request(_CONTENT)[:300_000], request(_CONTENT)[300_000:]):
                writer.write(part)
                await asyncio.sleep(0.05)
            assert (await reader.read(65_536)).startswith(b"HTTP/1.1 " + status)
            assert len(place.state.connections) == 1
            gc.collect(0)
            assert not [one for one in gc.get_objects() if isinstance(one, Body)]
            writer.close()

    run(work, held_limit=1_000_000)


@pytest.mark.parametrize("head, answers", [(20, 2), (50_000, 2), (70_000, 1), (300_000, 1)])
def test_a_head_behind_a_body(head: int, answers: int) -> None:
    """What is counted of a head is the head, though a body came together with its beginning."""

    async def work(place: Place) -> None:
        content = _CONTENT[:65_000]
        more = request(_SHORT, b"X-More: " + b"x" * head, b"Connection: close")
        for cut in (65_100, 65_200, 66_000, 1_000_000):
            sent = request(content) + more
            found = await place.asked(sent[:cut], sent[cut:], pause=0.05)
            assert found.count(b"HTTP/1.1 200 ") == answers
            assert told(content) in found
            assert found.endswith(told(_SHORT)) is (answers == 2)

    run(work)


def test_a_last_request() -> None:
    """A connection that is to end with this request ends, with its answer; nobody reads what comes behind."""

    async def work(place: Place) -> None:
        found = await place.asked(request(_CONTENT, b"Connection: close"))
        assert found.endswith(told(_CONTENT))
        assert b"connection: close" in found

    run(work)


def test_asking_before_sending() -> None:
    """A client that asks first is told to go on, and its body is read."""

    async def work(place: Place) -> None:
        sent = request(_CONTENT, b"Expect: 100-continue")
        start = len(sent) - len(_CONTENT)
        found = await place.asked(sent[:start], sent[start:], request(_SHORT), pause=0.05)
        assert found.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK")
        assert 0 < found.find(told(_CONTENT)) < found.find(told(_SHORT))

    run(work)


def test_a_client_goes_in_its_midst() -> None:
    """Nothing is left of a request whose client went, at whatever byte."""

    async def work(place: Place) -> None:
        sent = request(_CONTENT)
        for part in (sent[:300], sent[:100_000], sent[:400_000], sent[:-1]):
            _, writer = await asyncio.open_connection("127.0.0.1", place.port)
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(0.05)
            assert place.gate.bytes.held in {len(part) - len(sent) + len(_CONTENT), 0}
            writer.transport.abort()
            await asyncio.sleep(0.05)
        assert place.gone == 4
        assert not place.state.connections

    run(work)


def test_a_slow_body_is_told_so() -> None:
    """The deadline of a request holds to its last byte; then the client is told, and the connection closed."""

    async def work(place: Place) -> None:
        sent = request(_CONTENT)
        pieces = [sent[:650_000], *(sent[at : at + 1] for at in range(650_000, 650_030))]
        began = asyncio.get_running_loop().time()
        found = await place.asked(*pieces, pause=0.05)
        assert found.startswith(b"HTTP/1.1 408 ")
        assert b"connection: close" in found
        assert asyncio.get_running_loop().time() - began < 4
        assert place.gone == 1

    run(work, receipt_seconds=0.5)


def test_a_steady_body_may_take_longer() -> None:
    """A body of 10 kB and more a second is read for longer than one deadline."""

    async def work(place: Place) -> None:
        sent = request(_CONTENT)
        found = await place.asked(*(sent[at : at + 70_000] for at in range(0, len(sent), 70_000)), pause=0.1)
        assert found.endswith(told(_CONTENT))

    run(work, receipt_seconds=0.3)


def test_too_much_is_held() -> None:
    """One who may not be held any further is told before all has come; the connection goes on behind the body."""

    async def work(place: Place) -> None:
        with place.gate.hold(_OTHER) as other:
            other.grow(500_000)
            sent = request(_CONTENT) + request(_SHORT)
            found = await place.asked(sent[:400_000], sent[400_000:600_000], sent[600_000:], pause=0.05)
            assert found.startswith(b"HTTP/1.1 429 ")
            assert found.endswith(told(_SHORT))
            assert other.size == place.gate.bytes.held == 500_000
        found = await place.asked(request(_CONTENT))
        assert found.endswith(told(_CONTENT))

    run(work, held_limit=1_000_000)


def test_the_end_of_the_server_in_its_midst() -> None:
    """A request that is half here when the server is to stop is read to its end and answered, and is the last."""

    async def work(place: Place) -> None:
        sent = request(_CONTENT)
        asked = asyncio.create_task(place.asked(sent[:400_000], sent[400_000:], pause=0.3))
        await asyncio.sleep(0.1)
        for connection in list(place.state.connections):
            connection.shutdown()
        found = await asked
        assert found.endswith(told(_CONTENT))
        assert b"connection: close" in found

    run(work)


def test_a_task_that_is_cancelled_in_its_midst() -> None:
    """Where the work is called off, the connection is as any other: what still comes is read and belongs to nobody."""

    async def work(place: Place) -> None:
        sent = request(_CONTENT)
        asked = asyncio.create_task(place.asked(sent[:400_000], sent[400_000:], pause=0.3))
        await asyncio.sleep(0.1)
        for task in place.state.tasks:
            task.cancel()
        assert (await asked).startswith(b"HTTP/1.1 500 ")

    logging.disable()  # a record of what was raised would hold the body
    try:
        run(work)
    finally:
        logging.disable(logging.NOTSET)
