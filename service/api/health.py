"""Is the process alive, can it answer, and how is it doing."""

from typing import Any

import msgspec
from fastapi import APIRouter, Request
from prometheus_client import generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from starlette.responses import Response

from service.api.problems import documented
from service.errors import NotReadyError

router = APIRouter(tags=["health"])


def _json(value: Any) -> Response:
    return Response(msgspec.json.encode(value), media_type="application/json")


@router.get("/livez", summary="The process answers")
async def livez() -> Response:
    """Answer 200 as long as the process runs."""
    return _json({"status": "live"})


@router.get("/readyz", summary="A verified model is loaded", responses=documented(503))
async def readyz(request: Request) -> Response:
    """Answer 200 once a verified model is loaded, 503 with the reason until then and while draining."""
    holder = request.app.state.service.models
    if holder.loaded is None:
        raise NotReadyError(f"Not ready: {holder.reason}.")
    return _json({"status": "ready", "model": {"version": holder.loaded.version, "digest": holder.loaded.model.digest}})


@router.get("/metrics", summary="Prometheus", response_class=Response)
async def metrics(request: Request) -> Response:
    """Counters of this process, without any person, unit or key."""
    return Response(generate_latest(request.app.state.service.metrics.registry), media_type=CONTENT_TYPE_LATEST)
