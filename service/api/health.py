"""Is the process alive, can it answer, and how is it doing."""

from typing import Any

import msgspec
from fastapi import APIRouter, Request
from starlette.responses import Response

from service.api import answers, freshness, openapi
from service.api.freshness import Ready
from service.api.problems import documented
from service.api.state import Service
from service.errors import DrainingError, NotLiveError
from service.metrics import MEDIA_TYPE

router = APIRouter(tags=["health"])


def _json(value: Any) -> Response:
    return Response(msgspec.json.encode(value), media_type="application/json")


@router.get("/livez", summary="The process lives", responses={**openapi.answer("Live"), **documented(503)})
async def livez(request: Request) -> Response:
    """Answer 200 as long as the process turns and does all it has to do, and 503 once a part of it is dead.

    A process that does not turn cannot answer at all; the one above it ends it after a while and starts another.
    """
    service: Service = request.app.state.service
    if faults := service.life.faults():
        raise NotLiveError(f"A task of this process has ended: {', '.join(faults)}.")
    return _json(answers.Live())


@router.get("/readyz", summary="A verified model is loaded", responses={**openapi.answer("Ready"), **documented(503)})
async def readyz(request: Request) -> Response:
    """Answer 200 once a verified model is loaded, and 503 with the reason until then and while the server stops.

    A model that may be out of date is ready all the same: its status is `degraded`, and the answer says why since when.
    """
    service: Service = request.app.state.service
    if service.life.draining:
        raise DrainingError("This server is stopping; it finishes what is under way. Send new requests to another.")
    serving, fresh = service.ready(), freshness.of(service.models)
    return _json(Ready("degraded" if fresh.degraded else "ready", answers.named(serving), fresh))


@router.get("/metrics", summary="Prometheus", response_class=Response, responses=openapi.text(MEDIA_TYPE))
async def metrics(request: Request) -> Response:
    """Counters of this process, without any person, unit or key."""
    service: Service = request.app.state.service
    return Response(service.metrics.text(), media_type=MEDIA_TYPE)
