"""Sending one message to one address: a POST with a deadline for all of it, of whose answer only the status is read.

No redirect is followed and no proxy asked. What stands behind the head of the answer is not read, so it can neither fill
the memory nor take time; nothing of it is kept.
"""

import re
import socket
import ssl
import time
from collections.abc import Mapping
from functools import cache
from typing import Final

from service.errors import AddressError
from service.webhooks import addresses
from service.webhooks.addresses import Resolve, Target

SECONDS: Final = 15.0
"""For one attempt, from the connection to the status."""
_MOST_HEAD: Final = 32_000
_STATUS: Final = re.compile(rb"HTTP/1\.[01] ([1-9][0-9]{2})[ \r]")
_LAST_INFORMATIVE: Final = 199


def send(
    url: str,
    headers: Mapping[str, str],
    body: bytes,
    *,
    loopback: bool = False,
    resolve: Resolve = socket.getaddrinfo,
    seconds: float = SECONDS,
) -> str:
    """What became of an attempt: the status that was answered, or a word.

    The words are ``address`` (not one that messages may go to), ``timeout``, ``tls``, ``unreachable`` and ``no_http``.
    """
    until = time.monotonic() + seconds
    try:
        to = addresses.target(url, loopback=loopback)
        address = addresses.vetted(to, loopback=loopback, resolve=resolve)
        with _connected(to, address, until) as connection:
            connection.sendall(_request(to, headers, body))
            return str(_status(connection, until))
    except AddressError:
        return "address"
    except TimeoutError:
        return "timeout"
    except ssl.SSLError:
        return "tls"
    except OSError:
        return "unreachable"
    except ValueError:
        return "no_http"


def _connected(to: Target, address: str, until: float) -> socket.socket:
    """A connection to the address that was judged; a certificate must be for the name."""
    connection = socket.create_connection((address, to.port), timeout=_left(until))
    if to.scheme == "http":
        return connection
    try:
        connection.settimeout(_left(until))
        return _tls().wrap_socket(connection, server_hostname=to.host)
    except BaseException:
        connection.close()
        raise


@cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()


def _request(to: Target, headers: Mapping[str, str], body: bytes) -> bytes:
    fixed = {
        "Host": to.authority,
        "User-Agent": "retention-risk-webhooks/1",
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
        "Connection": "close",
    }
    lines = [f"POST {to.path} HTTP/1.1", *(f"{name}: {value}" for name, value in {**fixed, **headers}.items())]
    return "\r\n".join([*lines, "", ""]).encode("ascii") + body


def _status(connection: socket.socket, until: float) -> int:
    """The status of the first answer that is not merely informative.

    Raises
    ------
    ValueError
        What comes is not HTTP.
    """
    came = b""
    while True:
        connection.settimeout(_left(until))
        more = connection.recv(4_096)
        came += more
        found = _STATUS.match(came)
        if found is not None and int(found[1]) > _LAST_INFORMATIVE:
            return int(found[1])
        head, end, rest = came.partition(b"\r\n\r\n")
        if found is not None and end:
            came = rest
        elif not more or len(head) > _MOST_HEAD or (found is None and len(came) > len("HTTP/1.1 200 ")):
            raise ValueError("not an answer of HTTP")


def _left(until: float) -> float:
    """Seconds that are left.

    Raises
    ------
    TimeoutError
        None are.
    """
    seconds = until - time.monotonic()
    if seconds <= 0:
        raise TimeoutError
    return seconds
