"""`/docs`: the OpenAPI document as one plain page. No script and nothing fetched from elsewhere."""

import json
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any, Final

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse

from service.api import problems

router = APIRouter(include_in_schema=False)

_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
_STYLE: Final = (
    "body{font:1rem/1.5 system-ui;max-width:50rem;margin:2rem auto;padding:0 1rem;color-scheme:light dark}"
    "pre{overflow:auto;border:1px solid;padding:.5rem}dt{font-weight:bold}"
)


@router.get("/docs")
async def docs(request: Request) -> HTMLResponse:
    """Every operation: what it does, an example of its body, and what it may answer."""
    return HTMLResponse(page(request.app.openapi()), headers={"Content-Security-Policy": _POLICY})


def page(document: Mapping[str, Any]) -> str:
    """An OpenAPI document in HTML."""
    title = escape(document["info"]["title"])
    operations = [
        part
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        for part in _operation(method.upper(), path, operation)
    ]
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title><style>{_STYLE}</style>'
        f"<h1>{title}</h1><p>Send your key as <code>Authorization: Bearer KEY</code>. Programs read "
        f'<a href="openapi.json">openapi.json</a>, which holds every schema.</p>{"".join(operations)}{_problems()}</html>'
    )


def _operation(method: str, path: str, operation: Mapping[str, Any]) -> Iterator[str]:
    yield f"<h2><code>{method} {escape(path)}</code></h2><p>{escape(operation['summary'])}. "
    yield f"{escape(operation['description'])}</p>"
    yield from _examples("Send", operation.get("requestBody", {}))
    answers = operation["responses"].items()
    yield from _examples("Receive", next(one for code, one in answers if code.startswith("2")))
    yield "<dl>" + "".join(f"<dt>{code}</dt><dd>{escape(one['description'])}</dd>" for code, one in answers) + "</dl>"


def _examples(verb: str, part: Mapping[str, Any]) -> Iterator[str]:
    for media_type, content in part.get("content", {}).items():
        for example in content.get("examples", {}).values():
            value = example["value"]
            text = value if isinstance(value, str) else json.dumps(value, indent=2)
            yield f"<p>{verb} <code>{escape(media_type)}</code>:</p><pre>{escape(text)}</pre>"


def _problems() -> str:
    """What each code of an error means; a problem's `type` leads here."""
    kinds = [*problems.KINDS.values(), *problems.BY_STATUS.values(), problems.INTERNAL]
    told = {
        kind.code: f"<dt id={kind.code}>{kind.code}, {kind.status}</dt><dd>{escape(kind.title)}</dd>" for kind in kinds
    }
    return f"<h2>Errors</h2><dl>{''.join(told.values())}</dl>"
