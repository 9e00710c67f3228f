"""A template in the frame of every page, with the headers that let a browser do nothing else than show it."""

import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from fastapi import Request
from starlette.responses import HTMLResponse

from service.moments import text
from service.page import words
from service.page.navigation import menu
from service.page.sessions import Session

if TYPE_CHECKING:
    from jinja2 import Environment

_HERE: Final = Path(__file__).parent
STATIC: Final = _HERE / "static"

HEADERS: Final[Mapping[str, str]] = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'"
    ),
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
"""Of every page: nothing but our own styles, script and pictures is loaded, forms go to us, no other page frames it, and
nothing is kept in a cache."""


def render(request: Request, template: str, values: Mapping[str, Any], status: int = 200) -> HTMLResponse:
    """A page.

    Parameters
    ----------
    template
        Its file in `templates/`.
    values
        What it draws; escaped wherever it is drawn.
    """
    session: Session | None = request.scope.get("session")
    frame = {
        "session": session,
        "menu": menu(session.caller.role) if session else [],
        "path": request.url.path,
        "ends": text(session.ends) if session else "",
        "idle_ends": text(session.idle_ends) if session else "",
    }
    content = _environment().get_template(template).render({**frame, **values})
    return HTMLResponse(content, status, HEADERS)


def static(name: str) -> str:
    """The path of a static file, which changes with what is in it."""
    return f"/static/{name}?v={version(name)}"


@cache
def version(name: str) -> str:
    """The first letters of a static file's digest."""
    return hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]


@cache
def _environment() -> "Environment":
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    made = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.globals.update(static=static, words=words)
    return made
