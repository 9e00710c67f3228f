"""Who may call which route. What is not in the table below is refused: a new route is closed until it is listed."""

from typing import Any, Final

from starlette.requests import Request

from service.access.keys import ROLES, Caller, caller_of
from service.errors import BadKeyError, RoleError

ANY: Final = frozenset(ROLES)
NONE: Final = frozenset[str]()

ROUTES: Final[dict[tuple[str, str], frozenset[str]]] = {
    ("POST", "/v1/scores"): frozenset({"system"}),
    ("GET", "/v1/model"): ANY,
}
"""Roles by method and path template."""

OPEN: Final = frozenset({("GET", "/livez"), ("GET", "/readyz"), ("GET", "/metrics"), ("GET", "/docs")})
"""Routes that ask for no key; `/docs` (and `/openapi.json`, which is no route of ours) describe, and hold no data."""


async def authorise(request: Request) -> Caller | None:
    """The caller of a route, None where the route is open.

    Raises
    ------
    BadKeyError
        No `Authorization: Bearer` header, or a key that is not known.
    RoleError
        The key's role is not among the route's.
    """
    route: Any = request.scope["route"]
    asked = (request.method, route.path)
    if asked in OPEN:
        return None
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not key.strip():
        raise BadKeyError("The request carries no key. Send the header: Authorization: Bearer KEY.")
    caller = caller_of(request.app.state.service.store, key.strip())
    if caller.role not in ROUTES.get(asked, NONE):
        raise RoleError("This route is for other roles. Ask an administrator for a key that may call it.")
    return caller
