"""Routes whose errors are answered as pages, in words that help; which status an error has stands in `problems`."""

import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from fastapi import APIRouter
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import RedirectResponse, Response

from features.faults import FaultsError, MalformedError
from service.api import problems
from service.api.auth import COOKIE
from service.errors import (
    BadKeyError,
    BodyTooLargeError,
    BusyError,
    ChainError,
    MediaTypeError,
    NotFoundError,
    NotReadyError,
    RateError,
    RoleError,
    StoreError,
)
from service.logs import where
from service.page.rendering import HEADERS, render

_LOG = logging.getLogger("service.page")
_NOT_PAGES: Final = ("/v1/", "/v2/", "/openapi.json")


@dataclass(frozen=True)
class Told:
    """An error in words: what is the matter, and what can be done."""

    title: str
    text: str
    own: bool = False
    """Whether the error's own sentence, written for people, is said too."""


WORDS: Final[dict[type[Exception], Told]] = {
    RoleError: Told(
        "This page is not for your role",
        "You are signed in, but your role does not include this page. If you need it, ask the administrator who gave you "
        "your key.",
    ),
    NotFoundError: Told(
        "Nothing to show here",
        "There is no such page or person, or it is outside the units you look after. We show the same page in all these "
        "cases, so that nobody can find out by trying.",
    ),
    RateError: Told("Too many tries", "To keep keys safe, sign-in pauses after several failed tries.", own=True),
    BusyError: Told("A lot is going on just now", "The server is busy. Wait a moment, then load the page again."),
    ChainError: Told(
        "Nothing can be shown now",
        "The log of who saw what does not add up, and without it nobody is shown. Please tell your administrator; they "
        "will find the next step with: python -m service audit verify.",
    ),
    StoreError: Told(
        "Nothing can be shown now",
        "The place where results are kept does not answer. Nothing is lost, and nothing you sent was half recorded. Try "
        "again in a minute; if it stays so, tell your administrator.",
    ),
    NotReadyError: Told("Not ready yet", "No model is loaded yet. Try again in a minute."),
    MalformedError: Told("That did not arrive as it should", "", own=True),
    FaultsError: Told("Something in the address or the form is not right", "Go back, and try it from the page itself."),
    BodyTooLargeError: Told("That is too large", "The form holds more than it may. Go back and shorten it."),
    MediaTypeError: Told("That is no form of this page", "Open the page and use its own form."),
}
"""By type of error; the first that fits is said, so those that are kinds of others stand before them."""

_BROKEN: Final = Told(
    "This should not have happened",
    "The page broke while it was made. It is our fault, not yours, and it was written down. Try again; if it happens "
    "again, tell your administrator the number below.",
)


def router() -> APIRouter:
    """A router for pages: not part of the API's document, and its errors are pages."""
    return APIRouter(include_in_schema=False, route_class=_PageRoute)


class _PageRoute(APIRoute):
    """A route of the page."""

    def get_route_handler(self) -> Callable[[Request], Awaitable[Response]]:  # type: ignore[override]
        """What handles a request."""
        handle = super().get_route_handler()

        async def handled(request: Request) -> Response:
            try:
                return await handle(request)
            except BadKeyError:
                return _to_sign_in(request)
            except RequestValidationError:
                return await _answer(request, FaultsError([]))
            except problems.ERRORS as error:
                return await _answer(request, error)
            except (HTTPException, ClientDisconnect):
                raise
            except Exception as error:  # noqa: BLE001 - a bug is told as a page, and logged without its values
                number = request.scope.get("request_id", "")
                _LOG.error("unexpected %s at %s, request %s", type(error).__name__, where(error), number)
                return _error(request, _BROKEN, 500, "", number)

        return handled


def answer(request: Request, error: Exception) -> Response:
    """An error of the table as a page."""
    kind = problems.kind_of(error)
    request.scope["problem"] = kind.code
    told = next(words for type_, words in WORDS.items() if isinstance(error, type_))
    found = _error(request, told, kind.status, str(error) if told.own else "")
    found.headers.update(error.headers if isinstance(error, RateError) else kind.headers or {})
    return found


async def on_http_error(request: Request, error: Exception) -> Response:
    """Answer what the router refuses: as a page to whoever asks for one, else as a problem."""
    wanted = "text/html" in request.headers.get("accept", "") and not request.url.path.startswith(_NOT_PAGES)
    if wanted and isinstance(error, HTTPException) and error.status_code == 404:
        return await _answer(request, NotFoundError())
    return await problems.on_http_error(request, error)


def see(path: str) -> RedirectResponse:
    """Go on to another page of ours, by reading it."""
    return RedirectResponse(path, 303, HEADERS)


async def _answer(request: Request, error: Exception) -> Response:
    """An error as a page, with the menu of who is signed in also where the route did not come to ask who that is."""
    name = request.cookies.get(COOKIE)
    if name and "session" not in request.scope and not isinstance(error, StoreError):
        with suppress(*problems.ERRORS):
            request.scope["session"] = await run_in_threadpool(request.app.state.service.sessions.of, name)
    return answer(request, error)


def _error(request: Request, told: Told, status: int, own: str, number: str = "") -> Response:
    values: dict[str, Any] = {"told": told, "own": own, "number": number}
    return render(request, "error.html", values, status)


def _to_sign_in(request: Request) -> Response:
    """Who is not signed in, or no more, goes to sign in, and comes back to what they read."""
    ended = bool(request.cookies.get(COOKIE))
    if request.method != "GET":
        return see("/sign-in?why=lost")
    here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    asked = f"next={quote(here, safe='')}" if here != "/" else ""
    query = "&".join(filter(None, ("why=ended" if ended else "", asked)))
    return see(f"/sign-in?{query}" if query else "/sign-in")
