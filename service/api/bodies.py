"""Reading a request's body: the right type, no more than the limit, and never left half read.

A client that sends more than it may gets its answer only if somebody reads on: closing a connection with unread bytes
resets it, and the client would see a broken pipe instead of the problem. `Drain` reads on, up to a bound.
"""

from typing import Final

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.errors import BodyTooLargeError, MediaTypeError

JSON: Final = "application/json"


async def json_body(request: Request, limit: int) -> bytes:
    """The body of a request that says it is plain JSON.

    Raises
    ------
    MediaTypeError
        Another content type, another charset than UTF-8, or a compressed body.
    BodyTooLargeError
        More than `limit` bytes, by what the request declares or by what it sends.
    """
    _refuse_other_types(request)
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared[:20]) > limit:
        raise BodyTooLargeError(f"A body may have at most {limit:,} bytes. Post fewer people at a time.")
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > limit:
            raise BodyTooLargeError(f"A body may have at most {limit:,} bytes. Post fewer people at a time.")
        parts.append(part)
    return b"".join(parts)


def _refuse_other_types(request: Request) -> None:
    if request.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise MediaTypeError("Compressed bodies are not read here. Send the JSON as it is, without Content-Encoding.")
    kind, *parameters = request.headers.get("content-type", "").lower().split(";")
    charsets = [text.split("=", 1)[1].strip().strip('"') for text in parameters if text.strip().startswith("charset=")]
    if kind.strip() != JSON or any(charset not in {"utf-8", "utf8"} for charset in charsets):
        raise MediaTypeError("Send Content-Type: application/json, in UTF-8.")


class Drain:
    """ASGI middleware: before an early answer goes out, the rest of the body is read and dropped, up to `most` bytes."""

    def __init__(self, app: ASGIApp, most: int) -> None:
        self._app, self._most = app, most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on."""
        headers = dict(scope.get("headers", ()))
        announced = b"content-length" in headers or b"transfer-encoding" in headers
        if scope["type"] != "http" or not announced or b"expect" in headers:
            await self._app(scope, receive, send)
            return
        more = True

        async def noting() -> Message:
            nonlocal more
            message = await receive()
            more = message["type"] == "http.request" and message.get("more_body", False)
            return message

        async def draining(message: Message) -> None:
            dropped = 0
            while message["type"] == "http.response.start" and more and dropped < self._most:
                dropped += len((await noting()).get("body", b""))
            await send(message)

        await self._app(scope, noting, draining)
