"""Who may call which route. What is not in the table below is refused: a new route is closed until it is listed."""

from collections.abc import Iterable
from typing import Any, Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from service.access.callers import Callers, authorization
from service.access.keys import ROLES, Caller
from service.errors import BadKeyError, RoleError
from service.page.sessions import Session

COOKIE: Final = "__Host-session"
"""What a browser holds of a session: only ever sent back over https or to this machine, to this host, and not to scripts."""

ANY: Final = frozenset(ROLES)
NONE: Final = frozenset[str]()

ROUTES: Final[dict[tuple[str, str], frozenset[str]]] = {
    ("POST", "/v1/scores"): frozenset({"system"}),
    ("GET", "/v1/model"): ANY,
    ("GET", "/v1/risk-list"): frozenset({"hrbp", "system"}),
    ("GET", "/v1/employees/{employee_id}/risk"): frozenset({"hrbp", "system"}),
    ("POST", "/v1/employees/{employee_id}/actions"): frozenset({"hrbp"}),
    ("PATCH", "/v1/employees/{employee_id}/actions/{action_id}"): frozenset({"hrbp"}),
    ("GET", "/v1/outcomes"): frozenset({"hrbp", "leader", "scientist"}),
    ("GET", "/v1/warnings"): frozenset({"hrbp", "system"}),
    ("GET", "/v1/teams"): frozenset({"leader", "hrbp", "system"}),
    ("GET", "/v1/dashboard"): frozenset({"leader", "hrbp", "scientist"}),
    ("GET", "/v1/monitoring"): frozenset({"scientist"}),
    ("GET", "/v2"): ANY,
    ("GET", "/v2/models/retention-risk"): ANY,
    ("GET", "/v2/models/retention-risk/ready"): ANY,
    ("GET", "/v2/models/retention-risk/versions/{version}"): ANY,
    ("GET", "/v2/models/retention-risk/versions/{version}/ready"): ANY,
}
"""Roles by method and path template."""

PAGES: Final[dict[tuple[str, str], frozenset[str]]] = {
    ("GET", "/"): frozenset({"hrbp", "leader"}),
    ("POST", "/capacity"): frozenset({"hrbp"}),
    ("GET", "/people/{employee_id}"): frozenset({"hrbp"}),
    ("GET", "/seen/{employee_id}"): frozenset({"hrbp"}),
    ("POST", "/people/{employee_id}/actions"): frozenset({"hrbp"}),
    ("POST", "/people/{employee_id}/actions/{action_id}"): frozenset({"hrbp"}),
    ("GET", "/teams"): frozenset({"hrbp", "leader"}),
    ("GET", "/dashboard"): frozenset({"hrbp", "leader"}),
    ("GET", "/dashboard/{name}"): frozenset({"hrbp", "leader"}),
    ("GET", "/model"): frozenset({"hrbp", "leader"}),
    ("GET", "/guide"): frozenset({"hrbp", "leader"}),
    ("POST", "/sign-out"): frozenset({"hrbp", "leader"}),
}
"""The routes of the page, by method and path template: their caller is who is signed in, and a key opens none of them."""
SIGNS_IN: Final = frozenset().union(*PAGES.values())
"""Roles that have a page."""

OPEN_PAGES: Final = frozenset(
    {("POST", "/sign-in")}
    | {
        ("GET", path)
        for path in ("/sign-in", "/sign-in/account", "/sign-in/account/done", "/signed-in", "/static/{name}")
    }
)
"""Routes of the page that ask for nothing: those of signing in, and what pages are drawn with."""
OPEN: Final = OPEN_PAGES | frozenset(
    ("GET", path) for path in ("/livez", "/readyz", "/metrics", "/docs", "/v2/health/live", "/v2/health/ready")
)
"""Routes that ask for no key; `/docs` (and `/openapi.json`, which is no route of ours) describe, and hold no data."""


def holder(callers: Callers, method: str, path: str, headers: Iterable[tuple[bytes, bytes]]) -> Caller:
    """The caller of a route that is not open.

    Parameters
    ----------
    path
        The route's template.
    headers
        As they came, names in lower case.

    Raises
    ------
    BadKeyError
        There is no `Authorization: Bearer` header, several, or one whose key or token is not valid.
    RoleError
        The caller's role is not among the route's.
    """
    return allowed(callers.of(authorization(headers)), ROUTES.get((method, path), NONE))


def allowed(caller: Caller, roles: frozenset[str]) -> Caller:
    """The caller, who must have one of the roles.

    Raises
    ------
    RoleError
        They have another.
    """
    if caller.role not in roles:
        raise RoleError("This route is for other roles. Ask an administrator for a key that may call it.")
    return caller


async def authorise(request: Request) -> Caller | None:
    """The caller of any route, None where the route is open."""
    route: Any = request.scope["route"]
    if (request.method, route.path_format) in OPEN:
        return None
    if (request.method, route.path_format) in PAGES:
        return await run_in_threadpool(_signed_in, request, PAGES[request.method, route.path_format])
    caller = holder(request.app.state.service.callers, request.method, route.path_format, request.headers.raw)
    request.scope["key_prefix"] = caller.id
    return caller


def _signed_in(request: Request, roles: frozenset[str]) -> Caller:
    """Who is signed in, by the cookie; the session is left in the scope."""
    session: Session | None = request.app.state.service.sessions.of(request.cookies.get(COOKIE))
    if session is None:
        raise BadKeyError("You are not signed in.")
    if session.caller.role not in roles:
        raise RoleError("This page is for other roles.")
    request.scope["session"] = session
    request.scope["key_prefix"] = session.caller.id
    return session.caller
