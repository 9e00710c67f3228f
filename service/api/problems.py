"""The one table from error type to HTTP status, and the problem document every error becomes (RFC 9457).

A problem names a stable code, and for each fault a JSON pointer (RFC 6901) into the body and the rule that it breaks.
It never repeats what was sent.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from features.faults import Fault, FaultsError, MalformedError
from service import errors

MEDIA_TYPE: Final = "application/problem+json"


@dataclass(frozen=True)
class Kind:
    """How one type of error is answered."""

    status: int
    code: str
    title: str
    headers: Mapping[str, str] | None = None


_RETRY: Final = {"Retry-After": "5"}

KINDS: Final[dict[type[Exception], Kind]] = {
    MalformedError: Kind(400, "malformed", "The body is not the JSON that is read here"),
    errors.BadKeyError: Kind(401, "bad_key", "No key, or one that is not known", {"WWW-Authenticate": "Bearer"}),
    errors.RoleError: Kind(403, "role", "The key's role may not do this"),
    errors.NotFoundError: Kind(404, "not_found", "Unknown, or out of scope"),
    errors.BodyTooLargeError: Kind(413, "body_too_large", "The body is too large"),
    errors.MediaTypeError: Kind(415, "media_type", "Not a media type or encoding that is read here"),
    FaultsError: Kind(422, "rule_broken", "The request breaks a rule"),
    errors.BusyError: Kind(429, "busy", "Too many requests are under way", {"Retry-After": "1"}),
    errors.StoreError: Kind(503, "store_unavailable", "The score store does not answer", _RETRY),
    errors.NotReadyError: Kind(503, "model_unavailable", "No verified model is loaded", _RETRY),
    errors.DrainingError: Kind(503, "draining", "The server is stopping", _RETRY),
    errors.NotLiveError: Kind(503, "not_live", "A part of this process is dead"),
}
"""Every error a request can meet; anything else is a bug and answered by `INTERNAL`."""

ERRORS: Final = tuple(KINDS)
"""The same errors, as `except` takes them."""

INTERNAL: Final = Kind(500, "internal", "An error of this service, not of the request")

_BY_STATUS: Final = {
    404: KINDS[errors.NotFoundError],
    405: Kind(405, "method_not_allowed", "The method is not allowed here"),
}


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """An error answer."""

    title: str
    status: int
    code: str
    detail: str = ""
    faults: list[Fault] = []


def answer(kind: Kind, detail: str = "", faults: Sequence[Fault] = ()) -> Response:
    """The response for one kind of error."""
    problem = Problem(kind.title, kind.status, kind.code, detail, list(faults))
    return Response(msgspec.json.encode(problem), kind.status, dict(kind.headers or {}), MEDIA_TYPE)


def answer_to(error: Exception) -> Response:
    """The response to an error of `KINDS`; its message is written for the caller and holds nothing that was sent."""
    kind = next(kind for type_, kind in KINDS.items() if isinstance(error, type_))
    return answer(kind, str(error), error.faults if isinstance(error, FaultsError) else ())


async def on_error(_request: Request, error: Exception) -> Response:
    """Answer an error of `KINDS` that the framework met."""
    return answer_to(error)


async def on_http_error(_request: Request, error: Exception) -> Response:
    """Answer what the router refuses: an unknown path or method."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    headers = error.headers if isinstance(error, HTTPException) else None
    kind = _BY_STATUS.get(status, Kind(status, "refused", "The request was refused"))
    return answer(Kind(kind.status, kind.code, kind.title, headers))


async def on_parameter_error(_request: Request, error: Exception) -> Response:
    """Answer a query parameter or path parameter that breaks its rule."""
    found: Sequence[Any] = error.errors() if hasattr(error, "errors") else ()
    faults = [Fault("/" + "/".join(str(part) for part in fault["loc"]), fault["type"], fault["msg"]) for fault in found]
    return answer(KINDS[FaultsError], "A parameter breaks its rule.", faults)


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route for these error statuses, for the OpenAPI document."""
    schema = {"schema": {"$ref": "#/components/schemas/Problem"}}
    kinds = [kind for kind in KINDS.values() if kind.status in statuses]
    found: dict[int | str, dict[str, Any]] = {}
    for kind in kinds:
        example = {"title": kind.title, "status": kind.status, "code": kind.code}
        content = found.setdefault(
            kind.status, {"description": kind.title, "content": {MEDIA_TYPE: {**schema, "examples": {}}}}
        )
        content["content"][MEDIA_TYPE]["examples"][kind.code] = {"value": example}
    return found
