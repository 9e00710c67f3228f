"""The Open Inference Protocol's health and metadata routes, so that its tools see what is served.

They are other names for what `/livez`, `/readyz` and `/v1/model` say. Inference goes by `POST /v1/scores`: a person
comes as records here, not as a row of numbers.

Source: https://github.com/kserve/open-inference-protocol, specification/protocol/inference_rest.md.
"""

from collections.abc import Sequence
from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from models.hazard import HORIZONS
from service.api import health, openapi
from service.api.answers import ENCODER, ModelMetadata, ModelReady, ServerLive, ServerMetadata, ServerReady, Tensor
from service.api.problems import documented
from service.api.state import Service
from service.errors import NotFoundError
from service.serving import Serving

router = APIRouter(tags=["open inference protocol"], prefix="/v2")

NAME: Final = "retention-risk"
"""The model's, as it is registered."""
PLATFORM: Final = "lightgbm_text"
"""Project and format of the model, as the protocol words it."""
_MODEL: Final = f"/models/{NAME}"


def _json(value: object) -> Response:
    return Response(ENCODER.encode(value), media_type="application/json")


@router.get("", summary="The server, by the Open Inference Protocol", responses=openapi.answer("ServerMetadata"))
async def get_v2() -> Response:
    """Name and version of this service; no extension of the protocol is spoken."""
    return _json(ServerMetadata(NAME, "1", []))


@router.get(
    "/health/live", summary="Server live", responses={**openapi.answer("ServerLive"), **documented(503)}
)  # fmt: skip
async def get_v2_health_live(request: Request) -> Response:
    """Answer as `/livez` does."""
    await health.livez(request)
    return _json(ServerLive(live=True))


@router.get("/health/ready", summary="Server ready", responses={**openapi.answer("ServerReady"), **documented(503)})
async def get_v2_health_ready(request: Request) -> Response:
    """Answer as `/readyz` does."""
    await health.readyz(request)
    return _json(ServerReady(ready=True))


@router.get(_MODEL, summary="Model metadata", responses={**openapi.answer("ModelMetadata"), **documented(503)})
async def get_v2_model(request: Request) -> Response:
    """Columns and risks of the loaded model, as tensors."""
    return _json(_metadata(_ready(request)))


@router.get(
    f"{_MODEL}/versions/{{version}}",
    summary="Model metadata, of the version that is loaded",
    responses={**openapi.answer("ModelMetadata"), **documented(404, 503)},
)
async def get_v2_model_version(request: Request, version: str) -> Response:
    """Answer as without a version; 404 for any but the loaded one."""
    return _json(_metadata(_ready(request, version)))


@router.get(f"{_MODEL}/ready", summary="Model ready", responses={**openapi.answer("ModelReady"), **documented(503)})
async def get_v2_model_ready(request: Request) -> Response:
    """Answer 200 once a verified model is loaded."""
    _ready(request)
    return _json(ModelReady(NAME, ready=True))


@router.get(
    f"{_MODEL}/versions/{{version}}/ready",
    summary="Model ready, by version",
    responses={**openapi.answer("ModelReady"), **documented(404, 503)},
)
async def get_v2_model_version_ready(request: Request, version: str) -> Response:
    """Answer 200 for the loaded version and 404 for any other."""
    _ready(request, version)
    return _json(ModelReady(NAME, ready=True))


def _ready(request: Request, version: str | None = None) -> Serving:
    service: Service = request.app.state.service
    serving = service.ready()
    if version not in {None, serving.champion.version}:
        raise NotFoundError("This version is not loaded; only the champion is served.")
    return serving


def _metadata(serving: Serving) -> ModelMetadata:
    inputs = _tensors(serving.model.manifest.columns, "FP32")
    outputs = _tensors([f"risk_{horizon}" for horizon in HORIZONS], "FP64")
    return ModelMetadata(NAME, [serving.champion.version], PLATFORM, inputs, outputs)


def _tensors(names: Sequence[str], datatype: str) -> list[Tensor]:
    """A tensor a name; the first and only dimension counts people, -1 being any number."""
    return [Tensor(name, datatype, [-1]) for name in names]
