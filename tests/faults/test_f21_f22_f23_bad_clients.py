"""Clients that are slow, malformed or gone: closed at a deadline, refused in milliseconds, and nobody else notices.

One real server, whose deadlines are short; every test leaves it as it found it.
"""

import json
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.loads import load
from tests.posting import body
from tests.raw import closed, codes, exchange, head, reset, statuses
from tests.running import PERSON, REQUEST, Server, running
from tests.served import shared_toy

DEADLINE: Final = 1.5
"""Seconds a request may take to arrive, and an answer to be read."""
CANARY: Final = "Kanarienvogel-4711"
MB: Final = 1_000_000
Figures = Callable[[str, dict[str, object]], Path]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with short deadlines."""
    settings = {"RETENTION_RECEIPT_SECONDS": str(DEADLINE), "RETENTION_ANSWER_SECONDS": str(DEADLINE)}
    home = shared_toy().home(tmp_path_factory.mktemp("home"))
    with running(home, "--no-sync", settings=settings, until="/readyz") as found:
        for _ in range(20):
            assert found.ask("POST", "/v1/scores", REQUEST)[0] == 200
        yield found


def settled(server: Server, descriptors: int, seconds: float = 10.0) -> bool:
    """Whether the server comes back to at most so many open descriptors."""
    until = time.monotonic() + seconds
    while server.descriptors() > descriptors and time.monotonic() < until:
        time.sleep(0.05)
    return server.descriptors() <= descriptors


def peak(server: Server) -> int:
    """The most memory that any process of the server ever had. Unit: bytes."""
    status = [Path(f"/proc/{pid}/status").read_text() for pid in server.tree()]
    return max(int(found[1]) * 1_024 for text in status if (found := re.search(r"VmHWM:\s+(\d+) kB", text)))


# F21: slow clients


def test_f21_slow_clients_are_closed_and_hold_nobody_up(server: Server, trial: bool, figures: Figures) -> None:
    """Heads that trickle, bodies that trickle, clients that say nothing: all closed at the deadline; others go on."""
    many, before = 200 if trial else 40, server.descriptors()
    begin = [
        head(server)[:30],
        head(server, b"Content-Length: 500") + b"{",
        head(server, b"Content-Length: 90000"),
        b"",
    ]
    with load(server, connections=2) as alone:
        time.sleep(1)
    with ExitStack() as stack:
        slow = [stack.enter_context(closing(server.connect())) for _ in range(many)]
        for number, connection in enumerate(slow):
            connection.sendall(begin[number % len(begin)])
        stop = threading.Event()
        dripping = threading.Thread(target=drip, args=(slow, stop), daemon=True)
        dripping.start()
        began = time.monotonic()
        with load(server, connections=2) as sent:
            found = closed(slow, DEADLINE + 10)
            took = time.monotonic() - began
            time.sleep(max(0.0, 1.7 - took))
        stop.set()
        dripping.join(10)
    quiet, held = alone.percentile(0.99) * 1e3, sent.percentile(0.99) * 1e3
    print(f"F21: {found} of {many} slow clients closed in {took:.1f} s; others' p99 {quiet:.1f} -> {held:.1f} ms")
    figures("f21", {"slow": many, "closed": found, "seconds": took, "p99_alone_ms": quiet, "p99_beside_ms": held})
    assert found == many
    assert DEADLINE - 0.2 <= took < DEADLINE + 8
    assert sent.failed() == []
    assert held < max(20 * quiet, 500)
    assert settled(server, before + 2)


def drip(connections: list[socket.socket], stop: threading.Event) -> None:
    """Send a byte on each every quarter of a second, as long as it takes them."""
    while not stop.is_set():
        for connection in connections[::2]:
            with suppress(OSError):
                connection.send(b"a", socket.MSG_DONTWAIT)
        stop.wait(0.25)


def test_f21_late_request_is_told_so(server: Server) -> None:
    """408 before the connection closes, as a problem, where a head or a body did not come in time."""
    for part in (head(server)[:-4], head(server, b"Content-Length: 500") + b"{"):
        found = exchange(server, part, answers=9)
        assert (statuses(found), codes(found)) == ([408], ["too_slow"])


@pytest.mark.parametrize("lines", [False, True], ids=["JSON", "NDJSON"])
def test_f21_unread_answers_are_dropped(server: Server, trial: bool, lines: bool) -> None:
    """Clients that ask for megabytes and read nothing are closed at the deadline, and no sooner; others go on."""
    path = b"/v1/scores?reasons=10"
    people = [{**PERSON, "employee_id": f"E{number}"} for number in range(300 if lines else 1_000)]
    parts = [{"as_of": "2026-09-15"}, *people]
    content = "\n".join(map(json.dumps, parts)).encode() if lines else body("2026-09-15", people)
    kind = "application/x-ndjson" if lines else "application/json"
    asked = head(server, b"Content-Length: %d" % len(content), path=path, kind=kind.encode()) + content
    answer = len(server.fetch("POST", path.decode(), content, {"Content-Type": kind}).content)
    for _ in range(5 if trial else 1):
        nothing_is_read(server, asked * (1 + 6 * MB // answer))


def nothing_is_read(server: Server, asked: bytes) -> None:
    """Four clients ask so, as many as one key may have streams, and read nothing; they are closed in time."""
    with ExitStack() as stack:
        unread = [stack.enter_context(closing(socket.socket())) for _ in range(4)]
        for connection in unread:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
            connection.connect(("127.0.0.1", server.port))
            threading.Thread(target=send, args=(connection, asked), daemon=True).start()
        time.sleep(DEADLINE * 0.7)
        assert sum(map(established, unread)) == len(unread)
        assert server.ask("POST", "/v1/scores", REQUEST)[0] == 200
        until = time.monotonic() + DEADLINE + 15
        while any(map(established, unread)) and time.monotonic() < until:
            time.sleep(0.05)
        assert not any(map(established, unread))
        assert server.ask("POST", "/v1/scores", REQUEST)[0] == 200


def established(connection: socket.socket) -> bool:
    """Whether the other side has not ended it; nothing is read."""
    return connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] == 1


def send(connection: socket.socket, content: bytes) -> None:
    """Send as long as it is taken."""
    with suppress(OSError):
        connection.sendall(content)


def test_f21_body_that_comes_steadily_may_take_longer(server: Server) -> None:
    """Two deadlines' worth of a body at 40 kB a second is no slow client."""
    content = body("2026-09-15", [PERSON]) + b" " * 120_000
    parts = [content[start : start + 4_000] for start in range(0, len(content), 4_000)]
    assert len(parts) * 0.1 > 2 * DEADLINE - 0.2
    found = exchange(server, head(server, b"Content-Length: %d" % len(content)), *parts, pause=0.1)
    assert statuses(found) == [200]


def test_f21_connections_have_a_limit(tmp_path: Path) -> None:
    """Beyond the limit a connection is closed with 503; once others are gone there is room."""
    home = shared_toy().home(tmp_path)
    with running(home, "--no-sync", settings={"RETENTION_CONNECTIONS_LIMIT": "5"}) as server, ExitStack() as stack:
        time.sleep(0.2)
        kept = [stack.enter_context(closing(server.connect())) for _ in range(5)]
        found = exchange(server, b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n")
        assert (statuses(found), codes(found)) == ([503], ["connections"])
        assert b"retry-after: 1" in found
        kept[0].close()
        server.wait_for("/livez", seconds=5)


# F22: what cannot be read


def shapes(server: Server) -> Iterator[tuple[str, bytes, list[tuple[int, str]]]]:
    """Requests that servers in front of this one may read otherwise, and what each must be answered with."""
    length = b"Content-Length: %d" % len(REQUEST)
    chunked = b"Transfer-Encoding: chunked"
    chunks = b"%x\r\n%b\r\n0\r\n\r\n" % (len(REQUEST), REQUEST)
    broken = [(400, "bad_http")]
    for name, lines, content in (
        ("length and chunks", (length, chunked), chunks),
        ("chunks and length", (chunked, length), chunks),
        ("length twice", (length, length), REQUEST),
        ("two lengths", (length, b"Content-Length: 3"), REQUEST),
        ("a list of lengths", (b"Content-Length: 3, 3",), REQUEST),
        ("a signed length", (b"Content-Length: +9",), REQUEST),
        ("a negative length", (b"Content-Length: -1",), REQUEST),
        ("a huge length", (b"Content-Length: 99999999999999999999999999",), REQUEST),
        ("chunks by another name", (b"Transfer-Encoding: xchunked",), chunks),
        ("chunks, then more", (b"Transfer-Encoding: chunked, identity",), chunks),
        ("chunks twice", (chunked, chunked), chunks),
        ("a space before the colon", (b"Transfer-Encoding : chunked",), chunks),
        ("a folded header", (b"Transfer-Encoding:\r\n chunked",), chunks),
        ("a bare carriage return", (b"X: a\rTransfer-Encoding: chunked", length), REQUEST),
        ("NUL in a header", (b"X: a\0b", length), REQUEST),
        ("a bad chunk size", (chunked,), b"zz\r\n"),
        ("a huge chunk size", (chunked,), b"ffffffffffffffffff\r\n"),
        ("a bare line feed in chunks", (chunked,), chunks.replace(b"\r\n", b"\n")),
    ):
        yield name, head(server, *lines) + content, broken
    yield "bare line feeds", head(server, length).replace(b"\r\n", b"\n") + REQUEST, broken
    yield "HTTP/0.9", b"GET /livez\r\n\r\n", broken
    yield "HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", broken
    yield "TLS", b"\x16\x03\x01\x02\x00\x01\x00", broken
    yield "a tunnel", b"CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n", broken
    yield "a path that is no text", b"GET /\xff\xfe HTTP/1.1\r\nHost: a\r\n\r\n", broken
    yield "a long path", b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", [(431, "head_too_large")]
    yield "a long header", b"GET / HTTP/1.1\r\nA: " + b"a" * 70_000 + b"\r\n\r\n", [(431, "head_too_large")]
    yield "an endless header", b"GET / HTTP/1.1\r\nA: " + b"a" * 3 * MB, [(431, "head_too_large")]
    yield "many headers", b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 101 + b"\r\n", [(431, "head_too_large")]
    yield "two keys", head(server, b"Authorization: Bearer x", length) + REQUEST, [(401, "bad_key")]
    yield (
        "a key after the body",
        (head(server, chunked, key="rk_x") + chunks.replace(b"0\r\n\r\n", b"0\r\nAuthorization: Bearer x\r\n\r\n")),
        [(401, "bad_key")],
    )
    yield "compressed chunks", head(server, b"Transfer-Encoding: gzip, chunked") + chunks, [(415, "media_type")]
    yield "a compressed body", head(server, b"Content-Encoding: gzip", length) + REQUEST, [(415, "media_type")]
    yield "declared too large", head(server, b"Content-Length: 16000001") + b"{", [(413, "body_too_large")]
    yield "a length too short", head(server, b"Content-Length: 5") + REQUEST, [(400, "malformed")]


def test_f22_requests_that_could_be_read_in_two_ways(server: Server) -> None:
    """Smuggling shapes, foreign protocols and oversized heads: one problem each, at once, and never a second answer."""
    slowest = 0.0
    for name, content, wanted in shapes(server):
        began = time.monotonic()
        found = exchange(server, content)
        slowest = max(slowest, time.monotonic() - began)
        assert list(zip(statuses(found), codes(found), strict=True)) == wanted, name
        assert b"application/problem+json" in found, name
    print(f"F22: the slowest of {len(list(shapes(server)))} refusals took {slowest * 1e3:.1f} ms")
    assert slowest < 2


def test_f22_what_looks_odd_and_is_right(server: Server) -> None:
    """Pipelining, trailers, chunk extensions, a wish for HTTP/2, an asked-for 100: answered as the request they are."""
    length, livez = b"Content-Length: %d" % len(REQUEST), b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"
    chunked = head(server, b"Transfer-Encoding: chunked") + b"%x;a=b\r\n%b\r\n0\r\nX: y\r\n\r\n" % (
        len(REQUEST),
        REQUEST,
    )
    upgrade = head(server, b"Connection: Upgrade, HTTP2-Settings", b"Upgrade: h2c", b"HTTP2-Settings: AAA", length)
    assert statuses(exchange(server, livez * 3 + chunked + livez, answers=5)) == [200] * 5
    assert statuses(exchange(server, upgrade + REQUEST + livez, answers=2)) == [200, 200]
    asked = head(server, length, b"Expect: 100-continue")
    assert statuses(exchange(server, asked, REQUEST, answers=9, seconds=1)) == [100, 200]
    refused = exchange(server, head(server, length, b"Expect: 100-continue", key="rk_x"), answers=2)
    assert statuses(refused) == [401]


ROWS: Final = [{"occurred_at": "2024-01-01", "name": "a", "value": 1}]


def bodies() -> Iterator[tuple[str, bytes, int]]:
    """Bodies that are no request, or too much of one, and the status of each."""
    deep = 60_000
    yield "nothing", b"", 400
    yield "bad UTF-8", b'{"as_of":"\xff\xfe"}', 400
    yield "another encoding", '{"as_of":"2026-09-15"}'.encode("utf-16"), 400
    yield "NaN", b'{"as_of":NaN}', 400
    yield "a number beyond a double", b'{"as_of":1e999}', 400
    yield "a huge integer", b'{"as_of":' + b"9" * 100_000 + b"}", 400
    yield "a key twice", b'{"as_of":"2026-09-15","as_of":"2026-09-15"}', 400
    yield "a lone surrogate", b'{"as_of":"\\ud800"}', 400
    yield "deep lists", b"[" * deep, 400
    yield "deep objects", b'{"a":' * deep + b"1" + b"}" * deep, 400
    yield "NUL in an id", body("2026-09-15", [{**PERSON, "employee_id": "a\0b"}]), 422
    yield "another type", body("2026-09-15", [{**PERSON, "hire_date": [CANARY]}]), 422
    yield "too many people", body("2026-09-15", [{**PERSON, "employee_id": f"E{i}"} for i in range(1_001)]), 422
    yield "too many rows", body("2026-09-15", [{**PERSON, "signals": ROWS * 5_001}]), 422
    yield "a canary", json.dumps({CANARY: CANARY, "as_of": CANARY, "employees": [{CANARY: 1}]}).encode(), 422


@pytest.mark.parametrize("name, content, status", [pytest.param(*one, id=one[0]) for one in bodies()])
def test_f22_bodies_that_cannot_be_read(server: Server, name: str, content: bytes, status: int) -> None:
    """A problem in milliseconds, with nothing in it of what was sent."""
    began = time.monotonic()
    reply = server.fetch("POST", "/v1/scores", content)
    took = time.monotonic() - began
    print(f"F22 {name}: {reply.status} in {took * 1e3:.1f} ms")
    assert reply.status == status
    assert reply.headers["content-type"] == "application/problem+json"
    assert CANARY not in reply.content.decode()
    assert took < 2


@pytest.mark.parametrize("chunked", [False, True], ids=["declared", "chunked"])
def test_f22_a_body_of_fifty_megabytes_costs_no_memory(server: Server, chunked: bool) -> None:
    """413 arrives, though all of it is sent before the answer is read, and the server grows by little more than one body may have."""
    before = peak(server)
    content: Any = (b" " * MB for _ in range(50)) if chunked else b" " * 50 * MB
    reply = server.fetch("POST", "/v1/scores", content, {"Transfer-Encoding": "chunked"} if chunked else None)
    grown = (peak(server) - before) / MB
    print(f"F22: 50 MB: {reply.status}, {grown:.1f} MB more")
    assert (reply.status, reply.json["code"]) == (413, "body_too_large")
    assert grown < 24


JSON: Final = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.just(CANARY),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8) | st.sampled_from(list(PERSON)), inner, max_size=4),
    max_leaves=20,
)  # fmt: skip
WHOLE: Final = st.builds(
    lambda as_of, people, more: {"as_of": as_of, "employees": people, **more},
    JSON | st.just("2026-09-15"),
    JSON | st.lists(st.builds(lambda more: {**PERSON, **more}, st.dictionaries(st.sampled_from([*PERSON, "surveys", "x"]), JSON, max_size=3)), max_size=3),
    st.dictionaries(st.text(max_size=5), JSON, max_size=1),
)  # fmt: skip


@given(st.binary(max_size=300) | JSON.map(lambda value: json.dumps(value).encode()) | WHOLE.map(lambda value: json.dumps(value).encode()))  # fmt: skip
def test_f22_whatever_is_sent(server: Server, content: bytes) -> None:
    """Any bytes and any JSON are scored or refused: never a 5xx, never an echo."""
    reply = server.fetch("POST", "/v1/scores", content)
    assert reply.status in {200, 400, 422}
    if reply.status != 200:
        assert reply.headers["content-type"] == "application/problem+json"
        assert CANARY not in reply.content.decode()


# F23: clients that go away


def test_f23_clients_that_go_away_leave_nothing(server: Server, trial: bool) -> None:
    """Gone within the head, within the body, before the answer: nothing stays open or held, and no error is logged."""
    before, logged = server.descriptors(), len(server.lines)
    length = b"Content-Length: %d" % len(REQUEST)
    many = body("2026-09-15", [{**PERSON, "employee_id": f"E{number}"} for number in range(300)])
    large = head(server, b"Content-Length: %d" % len(many)) + many
    cut = [head(server)[:40], head(server, length) + REQUEST[:50], head(server, length) + REQUEST, large[:9_000], large]
    for number in range(400 if trial else 60):
        connection = server.connect()
        connection.sendall(cut[number % len(cut)])
        if number % 2:
            time.sleep(0.005)
        reset(connection)
    assert settled(server, before + 2)
    assert server.ask("POST", "/v1/scores", REQUEST)[0] == 200
    assert [
        line for line in server.lines[logged:] if re.search(r'error|Traceback|"level": ?"(error|critical)"', line)
    ] == []
