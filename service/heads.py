"""Heads of requests that were read and judged, so that one of the same words need not be read again.

A client sends the same head with each of its requests, but for a few numbers: the length of the body, the request's id,
the trace. What differs from a head before it on the same connection in nothing else, and there in plain letters and
digits of a bounded number, says the same to every reader of HTTP; so who answers it knows what it says.
"""

import re
from collections.abc import Callable, Iterable
from typing import Any, Final, NamedTuple

from service.limits import LARGE

_END: Final = b"\r\n\r\n"
_MOST: Final = 8_000
"""Bytes; a longer head is read each time."""
_LENGTH: Final = b"content-length"
_NUMBERS: Final = {
    _LENGTH: rb"(?:0|[1-9][0-9]{0,7})(?=\r\n)",
    b"x-request-id": rb"[0-9A-Za-z-]{16,64}(?=\r\n)",
    b"traceparent": rb"[0-9a-f-]{55}(?=\r\n)",
}
"""What may differ, by the name of its header: such a value before the end of the line."""
_DIFFERS: Final = re.compile(
    b"|".join(rb"(?<=(?i:\r\n" + name + rb": ))(" + number + rb")" for name, number in _NUMBERS.items())
)
_READ: Final = [(name, re.compile(number).match) for name, number in _NUMBERS.items()]

Match = Callable[[bytes, int], "re.Match[bytes] | None"]
Scope = dict[str, Any]
"""What a head says, in ASGI's form."""


class Head(NamedTuple):
    """A head that was judged, cut where another may differ."""

    scope: Scope
    """What it says; what differs is written into it with each reading, and who answers may keep there what follows from
    the rest."""
    who: bytes
    """Its `Authorization`."""
    pieces: tuple[tuple[bytes, Match, bytes, int], ...]
    """What stands before each number, what reads the number, and the name and place of its header."""
    rest: bytes
    """What stands behind the last one."""

    def read(self, data: bytes) -> bytes | None:
        """The body of a request, whose `scope` says what its head does; None where it must be read by other means.

        Parameters
        ----------
        data
            All that has come, from a request's first byte on.
        """
        at, length, headers = 0, b"", self.scope["headers"]
        for piece, match, name, place in self.pieces:
            if not data.startswith(piece, at) or (found := match(data, at + len(piece))) is None:
                return None
            at, value = found.end(), found[0]
            headers[place] = name, value
            if name == _LENGTH:
                length = value
        if not data.startswith(self.rest, at):
            return None
        body = data[at + len(self.rest) :]
        return body if len(body) <= LARGE and len(body) == int(length) else None


def head(data: bytes, scope: Scope, size: int) -> Head | None:
    """The head of a request that was read and answered; None where it is none to be known again.

    Parameters
    ----------
    data
        The request and nothing else.
    scope
        What was read.
    size
        Bytes of its body.
    """
    stop = data.find(_END, 0, _MOST) + len(_END)
    names = [name for name, _ in scope["headers"]]
    if stop + size != len(data) or not data.startswith(scope["method"].encode()):
        return None
    if names.count(_LENGTH) != 1 or b"transfer-encoding" in names or b"expect" in names or b"upgrade" in names:
        return None
    pieces: list[tuple[bytes, Match, bytes, int]] = []
    at = 0
    for found in _DIFFERS.finditer(data, 0, stop):
        name, match = _READ[(found.lastindex or 0) - 1]
        if names.count(name) == 1:
            pieces.append((data[at : found.start()], match, name, names.index(name)))
            at = found.end()
    if _LENGTH not in [name for _, _, name, _ in pieces]:
        return None
    return Head({**scope, "headers": list(scope["headers"])}, sender(scope["headers"]), tuple(pieces), data[at:stop])


def length(value: bytes) -> int:
    """The number of a `Content-Length`, 0 where it is none. Zeros may lead, as many as fit into a head."""
    digits = value.strip(b" \t")
    return int(digits.lstrip(b"0") or b"0") if digits.isdigit() else 0


def sender(headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """What tells the senders of requests apart: the `Authorization`, empty where there is none."""
    return next((value for name, value in headers if name == b"authorization"), b"")
