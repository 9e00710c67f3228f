"""Bytes to a server and back, below HTTP: for requests that no client library would send."""

import re
import socket
import struct
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from tests.running import Server

_STATUS: Final = re.compile(rb"HTTP/1\.1 (\d{3}) ")
_CODE: Final = re.compile(rb'"code":"(\w+)"')


def head(
    server: Server,
    *lines: bytes,
    path: bytes = b"/v1/scores",
    key: str = "",
    kind: bytes = b"application/json",
) -> bytes:
    """A request's line and headers, with a key and the type of its body."""
    bearer = b"Authorization: Bearer " + (key or server.key).encode()
    first = [b"POST " + path + b" HTTP/1.1", b"Host: x", bearer, b"Content-Type: " + kind]
    return b"\r\n".join([*first, *lines]) + b"\r\n\r\n"


def exchange(server: Server, *parts: bytes, seconds: float = 10.0, answers: int = 1, pause: float = 0.0) -> bytes:
    """What comes back until so many answers are there, or the server closes, or the time is over."""
    found, until = b"", time.monotonic() + seconds
    with server.connect(timeout=seconds) as connection:
        with suppress(OSError):
            for part in parts:
                connection.sendall(part)
                if pause:
                    time.sleep(pause)
        connection.settimeout(0.2)
        while time.monotonic() < until and not _whole(found, answers):
            try:
                received = connection.recv(65_536)
            except TimeoutError:
                continue
            except OSError:
                break
            if not received:
                break
            found += received
    return found


def statuses(content: bytes) -> list[int]:
    """The status of every answer."""
    return [int(status) for status in _STATUS.findall(content)]


def codes(content: bytes) -> list[str]:
    """The code of every problem."""
    return [code.decode() for code in _CODE.findall(content)]


def reset(connection: socket.socket) -> None:
    """Close without a goodbye."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def closed(connections: Sequence[socket.socket], seconds: float) -> int:
    """How many of these connections the server has closed, once it has closed all or the time is over."""
    open_, until = set(connections), time.monotonic() + seconds
    while open_ and time.monotonic() < until:
        for connection in list(open_):
            connection.settimeout(0.001)
            try:
                if not connection.recv(65_536):
                    open_.discard(connection)
            except TimeoutError:
                continue
            except OSError:
                open_.discard(connection)
        time.sleep(0.02)
    return len(connections) - len(open_)


def _whole(content: bytes, answers: int) -> bool:
    """Whether so many answers with a declared length are there to their ends."""
    for _ in range(answers):
        top, found, rest = content.partition(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", top, re.IGNORECASE)
        if not found or length is None or len(rest) < int(length[1]):
            return False
        content = rest[int(length[1]) :]
    return True
