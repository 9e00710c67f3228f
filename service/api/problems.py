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
from starlette.types import Receive, Scope, Send

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
    errors.UnderWayError: Kind(409, "under_way", "The same request is still under way", _RETRY),
    errors.BodyTooLargeError: Kind(413, "body_too_large", "The body is too large"),
    errors.MediaTypeError: Kind(415, "media_type", "Not a media type or encoding that is read here"),
    FaultsError: Kind(422, "rule_broken", "The request breaks a rule"),
    errors.BusyError: Kind(429, "busy", "Too many requests are under way", {"Retry-After": "1"}),
    errors.RateError: Kind(429, "rate", "More than this key may ask for in so short a time"),
    errors.StoreError: Kind(503, "store_unavailable", "The score store does not answer", _RETRY),
    errors.NotReadyError: Kind(503, "model_unavailable", "No verified model is loaded", _RETRY),
    errors.DrainingError: Kind(503, "draining", "The server is stopping", _RETRY),
    errors.NotLiveError: Kind(503, "not_live", "A part of this process is dead"),
}
"""Every error a request can meet; anything else is a bug and answered by `INTERNAL`."""

ERRORS: Final = tuple(KINDS)
"""The same errors, as `except` takes them."""

INTERNAL: Final = Kind(500, "internal", "An error of this service, not of the request")

BY_STATUS: Final = {
    404: KINDS[errors.NotFoundError],
    405: Kind(405, "method_not_allowed", "The method is not allowed here"),
}
"""What the router itself refuses."""


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """An error answer; `type` leads to what the code means."""

    title: str
    status: int
    code: str
    detail: str = ""
    faults: list[Fault] = []
    type: str = ""


class ProblemAnswer(Response):
    """A problem on its way; it leaves its code in the scope, where requests are counted."""

    media_type = MEDIA_TYPE

    def __init__(self, told: Problem, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(msgspec.json.encode(told), told.status, headers)
        self._code = told.code

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        scope["problem"] = self._code
        await super().__call__(scope, receive, send)


def problem(kind: Kind, detail: str = "", faults: Sequence[Fault] = ()) -> Problem:
    """The problem document of one kind of error."""
    return Problem(kind.title, kind.status, kind.code, detail, list(faults), f"/docs#{kind.code}")


def answer(kind: Kind, detail: str = "", faults: Sequence[Fault] = ()) -> Response:
    """The response for one kind of error."""
    return ProblemAnswer(problem(kind, detail, faults), kind.headers)


def kind_of(error: Exception) -> Kind:
    """How an error of `KINDS` is answered."""
    return next(kind for type_, kind in KINDS.items() if isinstance(error, type_))


def told(error: Exception) -> Problem:
    """The problem document of an error of `KINDS`; its message is written for the caller and holds nothing sent."""
    return problem(kind_of(error), str(error), error.faults if isinstance(error, FaultsError) else ())


def answer_to(error: Exception) -> Response:
    """The response to an error of `KINDS`."""
    return ProblemAnswer(told(error), error.headers if isinstance(error, errors.RateError) else kind_of(error).headers)


async def on_error(_request: Request, error: Exception) -> Response:
    """Answer an error of `KINDS` that the framework met."""
    return answer_to(error)


async def on_http_error(_request: Request, error: Exception) -> Response:
    """Answer what the router refuses: an unknown path or method."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    headers = error.headers if isinstance(error, HTTPException) else None
    kind = BY_STATUS.get(status, Kind(status, "refused", "The request was refused"))
    return answer(Kind(kind.status, kind.code, kind.title, headers))


async def on_parameter_error(_request: Request, error: Exception) -> Response:
    """Answer a query parameter or path parameter that breaks its rule."""
    found: Sequence[Any] = error.errors() if hasattr(error, "errors") else ()
    faults = [_fault(one["loc"], one["type"], one["msg"]) for one in found]
    return answer(KINDS[FaultsError], "A parameter breaks its rule.", faults)


def _fault(place: Sequence[object], rule: str, message: str) -> Fault:
    """What the framework found; a rule of ours says itself what is wrong."""
    pointer = "/" + "/".join(map(str, place))
    return Fault(pointer, message.removeprefix(_OURS)) if rule == "value_error" else Fault(pointer, rule, message)


_OURS: Final = "Value error, "
"""What the framework writes before the message of a rule of ours."""
_EXAMPLES: Final[Mapping[str, tuple[Any, ...]]] = {
    "malformed": ("An object in the body names the same key twice.",),
    "rule_broken": ("1 rule broken; see faults.", [Fault("/employees/0/hire_date", "not a date")]),
}


_HEADERS: Final[Mapping[str, tuple[str, str]]] = {
    "Retry-After": ("Seconds after which the same request may succeed.", "integer"),
    "WWW-Authenticate": ("How to say who is calling.", "string"),
    "RateLimit": ("What is left of the key's quota.", "string"),
    "RateLimit-Policy": ("The key's quota.", "string"),
}


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route for these error statuses, for the OpenAPI document."""
    found: dict[int | str, dict[str, Any]] = {}
    for kind in KINDS.values():
        if kind.status in statuses:
            entry = found.setdefault(kind.status, {"description": kind.title, "headers": {}, "content": _content()})
            example = msgspec.to_builtins(problem(kind, *_EXAMPLES.get(kind.code, ())))
            entry["content"][MEDIA_TYPE]["examples"][kind.code] = {"summary": kind.title, "value": example}
            names = ("Retry-After", "RateLimit", "RateLimit-Policy") if kind.code == "rate" else kind.headers or ()
            entry["headers"] |= {name: _header(name) for name in names}
    return found


def _content() -> dict[str, Any]:
    return {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}, "examples": {}}}


def _header(name: str) -> dict[str, Any]:
    description, kind = _HEADERS[name]
    return {"description": description, "schema": {"type": kind}}
