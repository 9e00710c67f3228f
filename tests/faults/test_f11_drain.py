"""F11: stopped while requests come: not ready first, still answering for a while, then the end, and nothing dropped."""

import http.client
import signal
import socket
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path

import pytest

from tests.loads import load
from tests.running import REQUEST, Server, running
from tests.served import shared_toy

NOTICE = 0.8
DRAIN = 6
SETTINGS = {"RETENTION_NOTICE_SECONDS": str(NOTICE), "RETENTION_DRAIN_SECONDS": str(DRAIN)}


def drained(home: Path, workers: int) -> tuple[int, float]:
    """Stop a server under load; how many requests were answered, and the seconds from the signal to the end."""
    with running(home, "--no-sync", "--workers", str(workers), settings=SETTINGS, until="/readyz") as server:
        server.wait_until(lambda: server.log.count("Serving version") == workers)
        with load(server, connections=4, pause=0.002) as sent:
            time.sleep(0.3)
            began = time.monotonic()
            server.send(signal.SIGTERM)
            time.sleep(0.1)
            reply = server.fetch("GET", "/readyz", role="")
            assert (reply.status, reply.json["code"]) == (503, "draining"), server.log
            assert server.status("/livez") == 200
            assert server.wait(20) == 0, server.log
            took = time.monotonic() - began
        lost = [(round(one.at - began, 3), one) for one in sent.failed(before=began + NOTICE - 0.05)]
        assert lost == [], server.log
        assert any(one.status == 200 and one.at > began + 0.3 for one in sent.sent)
        assert NOTICE <= took < DRAIN + 2
        assert "Traceback" not in server.log
        return sum(one.status == 200 for one in sent.sent), took


def test_f11_no_request_is_dropped_by_a_stop(
    tmp_path: Path, trial: bool, figures: Callable[[str, Mapping[str, object]], Path]
) -> None:
    """Stops under load, with one process and with two: every request sent before the end was announced is answered."""
    home = shared_toy().home(tmp_path)
    found = [drained(home, workers=1 + number % 2) for number in range(20 if trial else 2)]
    told = {
        "drains": len(found),
        "answered": sum(answered for answered, _ in found),
        "dropped": 0,
        "slowest_s": round(max(took for _, took in found), 2),
    }
    print(told)
    figures("f11_drains", told)


def half(server: Server) -> socket.socket:
    """A connection on which half a request was sent."""
    connection = server.connect()
    head = f"POST /v1/scores HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {server.key}\r\n"
    more = f"Content-Type: application/json\r\nContent-Length: {len(REQUEST)}\r\n\r\n"
    connection.sendall((head + more).encode() + REQUEST[:20])
    return connection


@pytest.mark.parametrize("notice", [str(NOTICE), "0"], ids=["noticed", "at once"])
def test_f11_what_is_under_way_is_finished(tmp_path: Path, notice: str) -> None:
    """A request that had begun before the signal and is complete shortly after it is answered, and told to close."""
    settings = {**SETTINGS, "RETENTION_NOTICE_SECONDS": notice}
    with running(shared_toy().home(tmp_path), "--no-sync", settings=settings, until="/readyz") as server:
        with half(server) as connection:
            time.sleep(0.2)
            server.send(signal.SIGTERM)
            time.sleep(0.3)
            connection.sendall(REQUEST[20:])
            with closing(http.client.HTTPResponse(connection)) as answer:
                answer.begin()
                assert (answer.status, answer.getheader("connection")) == (200, "close")
                assert b'"scores"' in answer.read()
        assert server.wait(20) == 0


def test_f11_nobody_can_hold_up_the_end(tmp_path: Path) -> None:
    """Connections that stay idle, and a request that never comes whole, do not keep the server from its end."""
    settings = {"RETENTION_NOTICE_SECONDS": "0.2", "RETENTION_DRAIN_SECONDS": "2"}
    home = shared_toy().home(tmp_path)
    with (
        running(home, "--no-sync", settings=settings, until="/readyz") as server,
        half(server),
        server.connect(),
        server.connect(),
    ):
        time.sleep(0.2)
        began = time.monotonic()
        assert server.stop(signal.SIGTERM, 20) == 0, server.log
        assert time.monotonic() - began < 5


@pytest.mark.parametrize("number, workers", [(signal.SIGINT, 2), (signal.SIGTERM, 1)])
def test_f11_an_interrupt_is_meant_at_once(tmp_path: Path, number: int, workers: int) -> None:
    """Ctrl-C does not wait for anybody to notice, and neither does a server that nobody asks anything."""
    home, settings = shared_toy().home(tmp_path), {"RETENTION_NOTICE_SECONDS": "10"}
    with running(home, "--no-sync", "--workers", str(workers), settings=settings, until="") as server:
        server.wait_until(lambda: "Listening" in server.log)
        if number == signal.SIGINT:
            server.ask("GET", "/readyz")
        began = time.monotonic()
        assert server.stop(number, 20) == 0, server.log
        assert time.monotonic() - began < 5


def test_f11_a_second_signal_ends_it(tmp_path: Path) -> None:
    """Whoever asks twice does not wait."""
    settings = {"RETENTION_NOTICE_SECONDS": "10", "RETENTION_DRAIN_SECONDS": "15"}
    with running(shared_toy().home(tmp_path), "--no-sync", settings=settings) as server:
        time.sleep(0.4)
        began = time.monotonic()
        server.send(signal.SIGTERM)
        time.sleep(0.7)
        assert server.status("/livez") == 200
        assert server.stop(signal.SIGTERM) == 0
        assert time.monotonic() - began < 3
