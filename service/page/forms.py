"""A posted form: sent by a page of ours, to us, with the token of the session it was made for.

Four things must hold, each of them alone against forgery: the cookie is only sent on to us from our own pages
(`SameSite=Lax`); `Origin` names this host; the form carries a token that only the session's own pages hold; and the body
is a form. Fields are read by the standard library: known names, each once.
"""

import hmac
from collections.abc import Mapping
from typing import Annotated, Final
from urllib.parse import parse_qsl, urlsplit

from fastapi import Depends, Request
from starlette.datastructures import Headers

from features.faults import MalformedError
from service.access.keys import Caller
from service.api import bodies
from service.api.auth import authorise
from service.api.state import Service
from service.errors import BadKeyError, BodyTooLargeError, MediaTypeError
from service.page.sessions import token

FORM: Final = "application/x-www-form-urlencoded"
_BYTES: Final = 10_000
_FIELDS: Final = 20
_VISITOR: Final = Caller("sign-in", "", "", "sign-in")
STALE: Final = "This form is too old, or was not sent by this page. Nothing was changed. Open the page again and send it once more."

Fields = Mapping[str, str]


async def posted(request: Request, _caller: Annotated[Caller | None, Depends(authorise)]) -> Fields:
    """The fields of a form of somebody who is signed in.

    Raises
    ------
    MalformedError
        It was not sent by a page of this session.
    """
    session = request.scope.get("session")
    if session is None:
        raise BadKeyError("You are not signed in.")
    return await read(request, session.token)


async def read(request: Request, expected: str) -> Fields:
    """The fields of a form that carries the expected token.

    Raises
    ------
    MalformedError
        It is not of this site, not of this page, or no form.
    BodyTooLargeError, MediaTypeError
        It is larger than any form of ours, or something else.
    """
    service: Service = request.app.state.service
    if not same_origin(request.headers, service.settings.public_url):
        raise MalformedError(STALE)
    fields = _parsed(await _body(request, service))
    if not hmac.compare_digest(fields.get("token", "").encode(), expected.encode()):
        raise MalformedError(STALE)
    return fields


def same_origin(headers: Headers, public_url: str) -> bool:
    """Whether a request says that it comes from a page of this host. One that does not say is none of ours.

    Which scheme the browser used a server behind a proxy cannot see, so hosts are compared; where the public address is
    set, it is that one alone.
    """
    origin = headers.get("origin", "")
    if public_url:
        return origin == "{0.scheme}://{0.netloc}".format(urlsplit(public_url))
    return bool(origin) and urlsplit(origin).netloc.lower() == headers.get("host", "").lower()


def visitor(cookie: str | None) -> str:
    """The token of the sign-in form of a visitor with this cookie; without one, none that can be sent."""
    return token(cookie) if cookie else "no cookie"


def _parsed(body: bytes) -> Fields:
    try:
        pairs = parse_qsl(
            body.decode("ascii"), keep_blank_values=True, strict_parsing=True, errors="strict", max_num_fields=_FIELDS
        )
    except ValueError:
        raise MalformedError("This is not a form that can be read. Open the page again.") from None
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise MalformedError("A field of the form was sent twice. Open the page again.")
    return fields


async def _body(request: Request, service: Service) -> bytes:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != FORM or request.headers.get("content-encoding"):
        raise MediaTypeError("Only a form of this page can be sent here.")
    size = request.headers.get("content-length", "0")
    if not (size.isdecimal() and int(size[:20]) <= _BYTES):
        raise BodyTooLargeError("The form is too large.")
    with service.gate.hold(_VISITOR) as hold:
        return await bodies.body(request.receive, _BYTES, hold)
