"""NDJSON over a real socket: first lines at once, no more held than a block, work ended with its client."""

import json
import socket
import time
from collections.abc import Iterator
from typing import Final

import pytest

from tests.running import Server, running
from tests.served import shared_toy

PERSON: Final = {"hire_date": "2023-04-01", "job_history": [{"effective_date": "2023-04-01", "event": "hire"}]}
HEAD: Final = b'{"as_of":"2026-09-15"}\n'


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of one process, with a model and time: how long a client may take is tested elsewhere."""
    home, settings = (
        tmp_path_factory.mktemp("home"),
        {"RETENTION_ANSWER_SECONDS": "300", "RETENTION_RECEIPT_SECONDS": "300"},
    )
    with running(shared_toy().home(home), "--no-sync", settings=settings, until="/readyz") as server:
        yield server


def line(number: int, filler: int = 0) -> bytes:
    """A person's line, with so many bytes of what is read and not used."""
    return json.dumps({"employee_id": f"E{number:07}", **PERSON, "country": "x" * filler}).encode() + b"\n"


def begin(server: Server, reasons: int = 0) -> socket.socket:
    """A connection on which a stream's head was sent, its body in chunks."""
    connection = server.connect()
    head = (
        f"POST /v1/scores?reasons={reasons} HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-ndjson\r\n"
        f"Authorization: Bearer {server.key}\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    connection.sendall(head.encode() + chunk(HEAD))
    return connection


def chunk(data: bytes) -> bytes:
    """Bytes as a chunk of a body."""
    return b"%x\r\n%b\r\n" % (len(data), data)


def until(connection: socket.socket, wanted: bytes, found: bytes = b"") -> bytes:
    """Read until that was received."""
    while wanted not in found:
        data = connection.recv(65_536)
        assert data, found[-500:]
        found += data
    return found


def test_the_first_answers_come_before_the_last_line_is_sent(server: Server) -> None:
    """The head is answered at once, a person as soon as the next is known to be another, the end after the end."""
    with begin(server) as connection:
        found = until(connection, b'"reasons_horizon":90}\n')
        connection.sendall(chunk(line(1) + line(2)))
        found = until(connection, b'"employee_id":"E0000001"', found)
        assert b"E0000002" not in found
        connection.sendall(chunk(line(3)) + b"0\r\n\r\n")
        found = until(connection, b"0\r\n\r\n", found)
    assert found.index(b"E0000002") < found.index(b"E0000003") < found.index(b'{"left_out":')


def test_a_client_that_does_not_read_is_not_read_from(server: Server, trial: bool) -> None:
    """Memory stays where it was while a long stream waits for its reader; then every line is answered."""
    people = 100_000 if trial else 6_000
    with begin(server, reasons=10) as connection:
        until(connection, b"\n\r\n")
        before = server.rss()
        connection.settimeout(1.0)
        block, sent, stalled, most, found = b"", 0, False, 0, b""
        while sent < people or block:
            if not block:
                block = chunk(b"".join(line(number, 2_000) for number in range(sent, sent + 200)))
                sent += 200
                block += b"0\r\n\r\n" if sent >= people else b""
            try:
                block = block[connection.send(block) :]
            except TimeoutError:
                stalled = True
                most = max(most, server.rss() - before)
                found += connection.recv(4_000_000)
        connection.settimeout(60)
        found = until(connection, b"\r\n0\r\n\r\n", found)
    print(f"{people} people, {people * 2.1 / 1000:.0f} MB in, {len(found) / 1e6:.1f} MB out, {most / 1e6:.1f} MB held")
    assert stalled
    assert most < 30_000_000
    assert found.count(b'"employee_id":"E') == people
    assert b'{"left_out":' in found


def scored(server: Server) -> float:
    """People scored so far, by the metrics."""
    text = server.fetch("GET", "/metrics", role="").content.decode()
    return sum(float(row.rsplit(" ", 1)[1]) for row in text.splitlines() if row.startswith("retention_people_total"))


def test_work_ends_with_its_client(server: Server) -> None:
    """Who hangs up in the middle costs no more than a block, and leaves the server as it was."""
    time.sleep(1.2)
    before, errors = scored(server), server.log.count('"level":"error"')
    connection = begin(server)
    until(connection, b"\n\r\n")
    connection.sendall(chunk(b"".join(map(line, range(600)))))
    connection.close()
    time.sleep(2.5)
    first = scored(server)
    time.sleep(1.2)
    assert scored(server) == first
    assert first - before <= 600
    assert server.fetch("GET", "/readyz", role="").status == 200
    assert server.log.count('"level":"error"') == errors
