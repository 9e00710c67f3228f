"""Is the process alive, can it answer, and how is it doing."""

from typing import Any

import msgspec
from fastapi import APIRouter, Request
from prometheus_client import generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from starlette.responses import Response

from service.api import answers
from service.api.problems import documented
from service.api.state import Service

router = APIRouter(tags=["health"])


def _json(value: Any) -> Response:
    return Response(msgspec.json.encode(value), media_type="application/json")


@router.get("/livez", summary="The process answers")
async def livez() -> Response:
    """Answer 200 as long as the process runs."""
    return _json({"status": "live"})


@router.get("/readyz", summary="A verified model is loaded", responses=documented(503))
async def readyz(request: Request) -> Response:
    """Answer 200 once a verified model is loaded and 503 with the reason until then."""
    service: Service = request.app.state.service
    return _json({"status": "ready", "model": answers.named(service.ready())})


@router.get("/metrics", summary="Prometheus", response_class=Response)
async def metrics(request: Request) -> Response:
    """Counters of this process, without any person, unit or key."""
    service: Service = request.app.state.service
    return Response(generate_latest(service.metrics.registry), media_type=CONTENT_TYPE_LATEST)
