"""A head like the one before it on its connection is not read again; nothing that is answered depends on that."""

import asyncio
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any, Final

import pytest
import uvicorn
from uvicorn.server import ServerState

from service import wire
from service.heads import head as known_head
from service.repeated import Repeated
from service.settings import Settings
from service.wire import Wire
from tests.raw import exchange, head, statuses
from tests.running import PERSON, REQUEST, Server, make_key, running
from tests.served import shared_toy

_OF_A_REQUEST: Final = re.compile(rb"(?:x-request-id|date): [^\r]+\r\n")
LONGER: Final = REQUEST.replace(b'"E1"', b'"E1234567"') + b" " * 900


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of one process."""
    with running(shared_toy().home(tmp_path_factory.mktemp("home")), "--no-sync", until="/readyz") as found:
        yield found


def request(server: Server, content: bytes = REQUEST, *lines: bytes, length: bytes = b"", key: str = "") -> bytes:
    """A scoring request as it is sent."""
    size = length or b"%d" % len(content)
    return head(server, b"Content-Length: " + size, *lines, path=b"/v1/scores?reasons=1", key=key) + content


def answers(content: bytes) -> list[bytes]:
    """All answers, without what differs between any two."""
    return [one for one in _OF_A_REQUEST.sub(b"", content).split(b"HTTP/1.1 ") if one]


def after(server: Server, *parts: bytes, count: int = 1) -> list[bytes]:
    """What is answered to bytes that follow two requests with one head, on their connection."""
    good = request(server)
    found = answers(exchange(server, good, good, b"".join(parts), answers=2 + count, pause=0.05, seconds=2.0))
    assert [one[:3] for one in found[:2]] == [b"200", b"200"]
    return found[2:]


def fresh(server: Server, *parts: bytes, count: int = 1) -> list[bytes]:
    """What is answered to the same on a connection of its own."""
    return answers(exchange(server, b"".join(parts), answers=count, seconds=2.0))


def test_bodies_of_any_length(server: Server) -> None:
    """Longer, shorter, empty, too many people, one that is refused, none at all: answered as on a new connection."""
    many = json.dumps({"as_of": "2026-09-15", "employees": [{**PERSON, "employee_id": f"E{n}"} for n in range(40)]})
    bodies = [
        LONGER,
        REQUEST.replace(b" ", b""),
        b"{}",
        b"",
        many.encode(),
        b"\xff" * 30,
        REQUEST.replace(b"2026", b"1026"),
    ]
    for content in bodies:
        asked = request(server, content)
        assert after(server, asked) == fresh(server, asked)


def test_several_at_once(server: Server) -> None:
    """Requests that are sent ahead get their answers in order, whichever of them have the known head."""
    long = request(server, LONGER)
    other = head(server, b"Content-Length: 2", b"X-Other: 1") + b"{}"
    for parts in ([long, long], [long, other], [other, long], [long, request(server), other, long]):
        assert after(server, *parts, count=len(parts)) == fresh(server, *parts, count=len(parts))
    assert statuses(b"HTTP/1.1 ".join([b"", *after(server, long, long, count=2)])) == [200, 200]


ODD: Final[dict[str, Any]] = {
    "a sign": {"length": b"+%d" % len(REQUEST)},
    "a leading zero": {"length": b"0%d" % len(REQUEST)},
    "hexadecimal": {"length": b"0x10"},
    "blanks": {"length": b" %d " % len(REQUEST)},
    "two numbers": {"length": b"%d, %d" % (len(REQUEST), len(REQUEST))},
    "too short": {"length": b"%d" % (len(REQUEST) - 3)},
}
LINES: Final = {
    "chunked as well": b"Transfer-Encoding: chunked",
    "a second length": b"Content-Length: 5",
    "a question first": b"Expect: 100-continue",
    "compressed": b"Content-Encoding: gzip",
    "another protocol": b"Connection: Upgrade\r\nUpgrade: h2c",
    "the end": b"Connection: close",
    "a line folded": b"X-A: 1\r\n  Transfer-Encoding: chunked",
    "a bare line end": b"X-A: 1\n\nGET /livez HTTP/1.1",
}


@pytest.mark.parametrize("name", ODD)
def test_odd_lengths(server: Server, name: str) -> None:
    """What is no plain length, or not the body's, is told as on a new connection."""
    asked = request(server, **ODD[name])
    assert after(server, asked) == fresh(server, asked)


@pytest.mark.parametrize("name", LINES)
def test_odd_heads(server: Server, name: str) -> None:
    """A head with one line more is another head."""
    asked = request(server, REQUEST, LINES[name])
    assert after(server, asked) == fresh(server, asked)


@pytest.mark.parametrize("path", [b"/v1/scores?reasons=3", b"/v1/scores?reasons=11", b"/v1/scores", b"/v1/model"])
def test_another_question(server: Server, path: bytes) -> None:
    """What is asked for is what this head says, and then again what the next one does."""
    asked = head(server, b"Content-Length: %d" % len(REQUEST), path=path) + REQUEST
    again = request(server)
    assert after(server, asked, again, again, count=3) == [*fresh(server, asked), *fresh(server, again, again, count=2)]


def test_another_sender_or_type(server: Server) -> None:
    """A key of another role, one that is none, another type: each is refused on a connection that was let in."""
    length = b"Content-Length: %d" % len(REQUEST)
    for more in ({"key": make_key(server.home, "leader")}, {"key": "rk_wrong"}, {"kind": b"text/plain"}):
        asked = head(server, length, path=b"/v1/scores?reasons=1", **more) + REQUEST
        assert after(server, asked) == fresh(server, asked)
        assert statuses(b"HTTP/1.1 " + fresh(server, asked)[0])[0] in {401, 403, 415}


def test_in_pieces(server: Server) -> None:
    """A request that comes in two parts, wherever it is cut, is answered once."""
    good, long = request(server), request(server, LONGER)
    expected = fresh(server, long)
    for cut in (1, 10, len(long) - len(LONGER) - 2, len(long) - len(LONGER), len(long) - 1):
        found = answers(exchange(server, good, good, long[:cut], long[cut:], answers=3, pause=0.05))
        assert found[2:] == expected


def test_what_differs_is_heard(server: Server) -> None:
    """The request's id is this request's, wherever it stands; one of a form that names somebody is replaced."""
    ids = [b"0123456789abcdef", b"fedcba9876543210", b"not an id", b"0a" * 32]
    parts = [request(server, REQUEST + b" " * size, b"X-Request-Id: " + id_) for size, id_ in enumerate(ids)]
    told = re.findall(rb"x-request-id: ([^\r]+)", exchange(server, *parts, answers=4, pause=0.05))
    assert (told[0], told[1], told[3]) == (ids[0], ids[1], ids[3])
    assert told[2] not in ids


def test_a_revoked_key_ends_in_the_midst_of_a_connection(server: Server) -> None:
    """A connection whose head is known learns within two seconds that the key is dead."""
    key = make_key(server.home, "system")
    good = request(server, key=key)
    with server.connect() as connection:
        found = {}
        for moment in ("first", "again", "before", "after"):
            connection.sendall(good)
            found[moment] = statuses(connection.recv(65_536))
            if moment == "before":
                revoke(server, key)
                time.sleep(2)
    assert found == {"first": [200], "again": [200], "before": [200], "after": [401]}


def revoke(server: Server, key: str) -> None:
    """End a key by command."""
    command = [sys.executable, "-m", "service", "keys", "revoke", key[3:11]]
    environ = {**os.environ, "RETENTION_HOME": str(server.home)}
    subprocess.run(command, env=environ, capture_output=True, timeout=60, check=True)


def test_an_idle_connection_is_closed() -> None:
    """As long after its last answer as it may be idle, however its head was read; not before."""
    assert 0.9 < asyncio.run(_idle(requests=1)) < 2.5
    assert 0.9 < asyncio.run(_idle(requests=4)) < 2.5


async def _idle(requests: int) -> float:
    """Seconds from the last of some answers, .6 s apart, to the end of the connection; one of 1 s may be idle."""
    answers = Wire.of(Settings(), at_once=lambda _scope, body: ([(b"content-length", b"%d" % len(body))], body))
    config = uvicorn.Config(lambda: None, http="service.repeated:Repeated", ws="none", timeout_keep_alive=1)
    config.load()
    state = ServerState()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Repeated(config, state, {wire.STATE: answers}), "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    for number in range(requests):
        if number:
            await asyncio.sleep(0.6)
        writer.write(b"POST /v1/scores HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}")
        assert (await reader.readuntil(b"{}")).startswith(b"HTTP/1.1 200 ")
    began = loop.time()
    assert await reader.read() == b""
    writer.close()
    server.close()
    assert state.total_requests == requests
    return loop.time() - began


def test_only_a_whole_request_is_remembered() -> None:
    """Nothing is kept of a head that came with something else, is too long, or has no length of its own."""
    plain = b"POST /v1/scores HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}"
    scope: dict[str, Any] = {"method": "POST", "headers": [(b"host", b"x"), (b"content-length", b"2")]}
    kept = known_head(plain, scope, 2)
    assert kept is not None
    assert kept.read(plain.replace(b"2\r\n\r\n{}", b"4\r\n\r\n{  }")) == b"{  }"
    assert kept.scope == {"method": "POST", "headers": [(b"host", b"x"), (b"content-length", b"4")]}
    assert scope["headers"][1] == (b"content-length", b"2")
    for other in (plain + plain, b"\r\n" + plain, plain[1:], plain[:-1], b"x: " + plain):
        assert known_head(other, scope, 2) is None
        assert kept.read(other) is None
    assert known_head(plain.replace(b"Host: x", b"Host: " + b"x" * 9_000), scope, 2) is None
    twice = {**scope, "headers": [*scope["headers"], (b"content-length", b"2")]}
    assert known_head(plain, twice, 2) is None
    assert known_head(plain, {**scope, "headers": [*scope["headers"], (b"transfer-encoding", b"x")]}, 2) is None
