"""Signing in and out: with a key, by a one-time link, or with a company account; and the static files that pages are drawn with."""

import secrets
from typing import Annotated, Final
from urllib.parse import quote

from fastapi import Depends, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import FileResponse, HTMLResponse, RedirectResponse, Response

from service.api.auth import COOKIE, SIGNS_IN
from service.api.state import Service
from service.errors import BadKeyError, NotFoundError, RoleError
from service.page import forms, links
from service.page.account import CALLBACK
from service.page.forms import Fields
from service.page.rendering import HEADERS, STATIC, render, version
from service.page.routing import router as page_router
from service.page.routing import see

router = page_router()

VISITOR: Final = "__Host-visitor"
"""A cookie by which a sign-in form is known to be sent by whoever loaded it."""
BEGUN: Final = "__Host-begun"
"""A cookie with what was begun at the identity provider."""
_BEGUN_SECONDS: Final = 600
_FILES: Final = {"page.css": "text/css", "page.js": "text/javascript", "icon.svg": "image/svg+xml"}
_KEPT: Final = "public, max-age=31536000, immutable"
_NO_PAGE: Final = (
    "This key is for programs or administrators and has no page. Ask for a key of role hrbp or leader: "
    "python -m service keys add --name NAME --role hrbp."
)
_NO_PAGE_OF_ACCOUNT: Final = "Your account's role has no page here. Ask your administrator for the role hrbp or leader."
_BAD_KEY: Final = "This key is not known, or no longer valid. Check that you copied all of it."
_BAD_CODE: Final = "This link was used already, or its time is over. Ask for a new one, or sign in with your key."


@router.get("/sign-in")
def get_sign_in(
    request: Request,
    why: Annotated[str, Query()] = "",
    code: Annotated[str, Query()] = "",
    next_: Annotated[str, Query(alias="next")] = "",
) -> Response:
    """Where somebody signs in, or is told why they have to again."""
    return _form(request, {"why": why, "code": code, "next": _safe(next_), "fault": ""})


@router.get("/sign-in/account")
def get_account(request: Request, next_: Annotated[str, Query(alias="next")] = "") -> Response:
    """Go to the company's identity provider to sign in."""
    service: Service = request.app.state.service
    try:
        address, kept = service.account.begin(_safe(next_))
    except BadKeyError as error:
        return _form(request, {"why": "", "code": "", "next": _safe(next_), "fault": str(error)}, 503)
    going = see(address)
    going.set_cookie(BEGUN, kept, max_age=_BEGUN_SECONDS, secure=True, httponly=True, samesite="lax")
    return going


@router.get(CALLBACK)
def get_account_done(
    request: Request, state: Annotated[str, Query()] = "", code: Annotated[str, Query()] = ""
) -> Response:
    """Come back from it; what else it says in the address is not looked at."""
    service: Service = request.app.state.service
    address = request.client.host if request.client else ""
    service.failures.check(address)
    try:
        caller, ends, going = service.account.finish(request.cookies.get(BEGUN), state, code)
    except (BadKeyError, RoleError) as error:
        service.failures.note(address)
        return _form(request, {"why": "", "code": "", "next": "", "fault": str(error)}, 400)
    if caller.role not in SIGNS_IN:
        return _form(request, {"why": "", "code": "", "next": "", "fault": _NO_PAGE_OF_ACCOUNT}, 400)
    done = _begin(request, service.sessions.open_for(caller, ends), _safe(going))
    done.delete_cookie(BEGUN, secure=True, httponly=True, samesite="lax")
    return done


@router.post("/sign-in")
async def post_sign_in(request: Request) -> Response:
    """Sign in with a key or a code."""
    service: Service = request.app.state.service
    address = request.client.host if request.client else ""
    service.failures.check(address)
    fields = await forms.read(request, forms.visitor(request.cookies.get(VISITOR)))
    return await run_in_threadpool(_signed_in, request, service, address, fields)


@router.get("/signed-in")
def get_signed_in(request: Request, next_: Annotated[str, Query(alias="next")] = "") -> Response:
    """Go on to the page that was asked for, once the browser has shown that it kept the cookie."""
    service: Service = request.app.state.service
    if service.sessions.of(request.cookies.get(COOKIE)) is None:
        return _form(request, {"why": "cookie", "code": "", "next": _safe(next_), "fault": ""})
    return see(_safe(next_) or "/")


@router.post("/sign-out")
def post_sign_out(request: Request, _fields: Annotated[Fields, Depends(forms.posted)]) -> Response:
    """End the session, here and in the store."""
    service: Service = request.app.state.service
    service.sessions.close(request.cookies[COOKIE])
    gone = see("/sign-in?why=out")
    gone.delete_cookie(COOKIE, secure=True, httponly=True, samesite="lax")
    gone.headers["Clear-Site-Data"] = '"cache"'
    return gone


@router.get("/static/{name}")
def get_static(name: str, v: Annotated[str, Query()] = "") -> Response:
    """A style, script or picture of ours; kept for good where it is asked for by what is in it."""
    if name not in _FILES:
        raise NotFoundError
    kept = _KEPT if v == version(name) else "no-cache"
    return FileResponse(STATIC / name, headers={**HEADERS, "Cache-Control": kept}, media_type=_FILES[name])


def _signed_in(request: Request, service: Service, address: str, fields: Fields) -> Response:
    prefix, fault = _key(service, fields)
    if prefix is None:
        service.failures.note(address)
        return _form(request, {"why": "", "code": "", "next": _safe(fields.get("next", "")), "fault": fault}, 400)
    return _begin(request, service.sessions.open(prefix), _safe(fields.get("next", "")))


def _begin(request: Request, name: str, going: str) -> RedirectResponse:
    """Hand out a session's name, and look whether it is kept; the session that the browser had before ends."""
    service: Service = request.app.state.service
    if before := request.cookies.get(COOKIE):
        service.sessions.close(before)
    done = see(f"/signed-in?next={quote(going, safe='')}" if going else "/signed-in")
    done.set_cookie(COOKIE, name, secure=True, httponly=True, samesite="lax")
    done.delete_cookie(VISITOR, secure=True, httponly=True, samesite="lax")
    return done


def _key(service: Service, fields: Fields) -> tuple[str | None, str]:
    """The public part of the key that somebody signs in with, or what is wrong."""
    if code := fields.get("code", ""):
        return links.use(service.store, code, service.wall()), _BAD_CODE
    try:
        caller = service.callers.of(f"Bearer {fields.get('key', '').strip()}")
    except BadKeyError:
        return None, _BAD_KEY
    if caller.role not in SIGNS_IN or len(caller.id) != len(secrets.token_hex(4)):
        return None, _NO_PAGE
    return caller.id, ""


def _form(request: Request, values: dict[str, str], status: int = 200) -> HTMLResponse:
    """The sign-in page, with a cookie that its form is tied to."""
    service: Service = request.app.state.service
    cookie = request.cookies.get(VISITOR) or secrets.token_urlsafe(32)
    request.scope.pop("session", None)
    page = render(
        request, "sign_in.html", {**values, "token": forms.visitor(cookie), "account": service.account.there}, status
    )
    page.set_cookie(VISITOR, cookie, secure=True, httponly=True, samesite="lax")
    return page


def _safe(path: str) -> str:
    """A path of this site, empty where it is none: nobody is sent elsewhere."""
    plain = path.startswith("/") and not path.startswith("//") and path.isprintable() and "\\" not in path
    return path if plain and len(path) < 2_000 else ""
