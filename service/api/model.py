"""`GET /v1/model`: what is loaded, by which every answer can be traced."""

import datetime as dt

import msgspec
from fastapi import APIRouter, Request
from starlette.responses import Response

from features.days import to_day
from models.hazard import HORIZONS
from service.api import freshness, openapi
from service.api.answers import ModelAnswer
from service.api.problems import documented
from service.api.state import Service

router = APIRouter(tags=["model"])


@router.get(
    "/v1/model",
    summary="The model that is loaded",
    responses={**openapi.answer("ModelAnswer"), **documented(401, 403, 503)},
)
async def get_model(request: Request) -> Response:
    """Name, version, digest, evidence, card and data sheet of the loaded model; a new champion replaces it in seconds."""
    service: Service = request.app.state.service
    serving = service.ready()
    manifest, champion = serving.model.manifest, serving.champion
    trained_to = manifest.training.trained_to
    answer = ModelAnswer(
        name=champion.name,
        version=champion.version,
        run=champion.run,
        digest=serving.model.digest,
        mode=serving.model.mode,
        trained_to=trained_to,
        age_days=service.today() - to_day(dt.date.fromisoformat(trained_to)),
        freshness=freshness.of(service.models),
        horizons=list(HORIZONS),
        backtest=manifest.evidence,
        sources=manifest.sources,
        data=manifest.data,
        sentiment=manifest.sentiment,
        correction=manifest.correction,
        fairness=manifest.fairness,
        card=serving.model.bundle.card,
        sheet=serving.model.bundle.sheet,
    )
    return Response(msgspec.json.encode(answer), media_type="application/json")
