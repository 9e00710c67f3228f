"""`GET /v1/monitoring`: whether the model still fits the company, and what to do next."""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from service.access.keys import Caller
from service.api import listed, monitored, openapi
from service.api.auth import authorise
from service.api.problems import documented
from service.api.state import Service
from service.errors import NotFoundError, RoleError
from service.monitoring import watched

router = APIRouter(tags=["model"])


@router.get(
    "/v1/monitoring",
    summary="Drift, expected and realised performance",
    operation_id="get_monitoring",
    response_class=Response,
    responses={**openapi.answer("MonitoringAnswer"), **documented(401, 403, 404, 503)},
)
def get_monitoring(request: Request, caller: Annotated[Caller | None, Depends(authorise)]) -> Response:
    """Whether the latest run's people are like those the model learned from, how well it does, and what to do next.

    A finding is more than chance; its grade says whether it is large, and larger than what single days of the training
    window showed: only `marked` ones ask for anything. Expected figures are estimates from the risks themselves, until the
    windows close and `realised` says what they came to.
    """
    if caller is None or "" not in caller.units:
        raise RoleError("Monitoring speaks of the whole company; this key is for a unit of it.")
    service: Service = request.app.state.service
    seen = watched.watched(service.store, service.today())
    if seen is None:
        raise NotFoundError("No run is published yet. Make one: python -m service score.")
    named = listed.run_named(seen.run, service.today(), seen.held_back)
    answer = monitored.answer(named, seen.since, seen.drift, seen.expected, seen.realised, seen.advice)
    return Response(msgspec.json.encode(answer), media_type="application/json")
