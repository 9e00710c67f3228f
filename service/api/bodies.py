"""Reading a request's body: of the right type, uncompressed, and no more of it than the limit.

A client that sends more than it may is answered as soon as that is known, from what it declares or from what has come;
`service.protocol` sees to it that the answer arrives though the client may still be sending.
"""

from collections.abc import Iterable
from typing import Final

from starlette.requests import ClientDisconnect, Request
from starlette.types import Receive, Scope

from features.posted import Body
from service import heads
from service.access.keys import Caller
from service.errors import BodyTooLargeError, MediaTypeError
from service.limits import Hold

JSON: Final = "application/json"
LINES: Final = "application/x-ndjson"
REST: Final = "rest"
"""Where in its scope a request may have a way to read the rest of its body into memory (`service.poured`)."""

_PLAIN: Final = {JSON.encode(): JSON, LINES.encode(): LINES}
"""How most requests name their type."""
_PLAINLY: Final = {b"content-encoding": b"identity", b"transfer-encoding": b"chunked"}
"""The one value of these headers that means: uncompressed."""
_SHORT: Final = Caller("short bodies", "", "", "short bodies")
"""Who holds the bytes of bodies that are too short to matter, all together."""


def media_type(headers: Iterable[tuple[bytes, bytes]], limit: int, *known: str) -> str:
    """Which of the `known` media types the body of a request is, by its raw headers.

    Raises
    ------
    MediaTypeError
        Another content type, another charset than UTF-8, or a compressed body.
    BodyTooLargeError
        The request declares more than `limit` bytes; a stream of lines may have any number.
    """
    kind, size = b"", 0
    for name, value in headers:
        if name == b"content-type":
            kind = value
        elif name in _PLAINLY and value.strip().lower() != _PLAINLY[name]:
            raise MediaTypeError("Compressed bodies are not read here. Send the text as it is.")
        elif name == b"content-length":
            size = heads.length(value)
    found = _PLAIN.get(kind) or _named(kind.decode("latin-1"))
    if found not in known:
        raise MediaTypeError(f"Send Content-Type: {' or '.join(known)}, in UTF-8.")
    if found == JSON and size > limit:
        raise _too_large(limit)
    return found


async def posted(scope: Scope, receive: Receive, limit: int, hold: Hold) -> Body:
    """The whole body of a request that posts people, once it may be worked on; what it has is held meanwhile.

    Raises
    ------
    BodyTooLargeError, BusyError, ClientDisconnect
        As of `body`.
    """
    sizes = [heads.length(value) for name, value in scope["headers"] if name == b"content-length"]
    size, rest = next(iter(sizes), 0), scope.get(REST)
    found, more = Body(min(size, limit), limit), True

    def took(count: int) -> None:
        hold.grow(count)
        found.wrote(count)

    while more:
        part, more = await _part(receive, limit, hold)
        found.pour(part)
        if more and rest is not None and len(found) < size <= limit:
            if not await rest(found.room(size - len(found)), took):
                raise ClientDisconnect
            more = False
    await hold.turn()
    return found


async def body(receive: Receive, limit: int, hold: Hold) -> bytes:
    """The whole body, once it may be worked on; what it has is held meanwhile.

    Raises
    ------
    BodyTooLargeError
        It has more than `limit` bytes.
    BusyError
        Too much is held already, or too many large bodies wait.
    ClientDisconnect
        The client has gone.
    """
    parts, more = [], True
    while more:
        part, more = await _part(receive, limit, hold)
        parts.append(part)
    await hold.turn()
    return b"".join(parts)


async def _part(receive: Receive, limit: int, hold: Hold) -> tuple[bytes, bool]:
    """What has come since the last, held, and whether there is more."""
    message = await receive()
    if message["type"] != "http.request":
        raise ClientDisconnect
    part = message.get("body", b"")
    if part:
        if hold.size + len(part) > limit:
            raise _too_large(limit)
        hold.grow(len(part))
    return part, message.get("more_body", False)


async def json_body(request: Request, limit: int) -> bytes:
    """The body of a request that says it is plain JSON, for routes whose bodies are short."""
    media_type(request.headers.raw, limit, JSON)
    with request.app.state.service.gate.hold(_SHORT) as hold:
        return await body(request.receive, limit, hold)


def _named(kind: str) -> str:
    """The media type of a header, empty where its charset is none that is read here."""
    name, *parameters = kind.lower().split(";")
    charsets = [text.split("=", 1)[1].strip().strip('"') for text in parameters if text.strip().startswith("charset=")]
    return "" if any(charset not in {"utf-8", "utf8"} for charset in charsets) else name.strip()


def _too_large(limit: int) -> BodyTooLargeError:
    return BodyTooLargeError(f"A body may have at most {limit:,} bytes here. Send less at a time.")
