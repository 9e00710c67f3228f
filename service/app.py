"""The program that answers: `create_app` wires everything, and nothing else does. The clock is read here."""

import asyncio
import datetime as dt
import logging
import os
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any, Final

from fastapi import Depends, FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from starlette.exceptions import HTTPException

from features.days import to_day
from features.settings import FeatureSettings
from models import bands
from service import protocol
from service.access.callers import Callers
from service.api import docs, health, model, openapi, problems, scores
from service.api.auth import authorise
from service.api.bodies import Drain
from service.api.query import only_known
from service.api.state import Service
from service.limits import Gate, Rates
from service.observe import Metrics, Observe
from service.published import Published
from service.serving import Models
from service.settings import Settings, from_environment
from service.store.engine import open_store

TITLE: Final = "Retention risk"
_DRAINED: Final = 4
"""So many times the body limit is read and dropped for a client that sends too much."""


def utc_today() -> int:
    """The clock's day in UTC, as days since 1970."""
    return to_day(dt.datetime.now(dt.UTC).date())


def create_app(
    settings: Settings, environ: Mapping[str, str] | None = None, today: Callable[[], int] = utc_today
) -> FastAPI:
    """The application.

    Parameters
    ----------
    environ
        Where the settings of reading and of bands come from; the process's own environment when None.
    today
        The clock.
    """
    given = os.environ if environ is None else environ
    limits = given.get("RETENTION_BANDS", "").strip()
    store = open_store(settings.database_url)
    service = Service(
        settings=settings,
        features=FeatureSettings.from_env(given),
        bands=bands.parse(limits) if limits else None,
        store=store,
        models=Models(settings.bundles),
        metrics=Metrics(),
        published=Published(store),
        callers=Callers(store, settings),
        rates=Rates(settings),
        gate=Gate(settings),
        today=today,
    )
    app = FastAPI(
        title=TITLE,
        version="1",
        lifespan=_lifespan,
        dependencies=[Depends(authorise), Depends(only_known)],
        redirect_slashes=False,
        docs_url=None,
        redoc_url=None,
    )
    app.state.service = service
    for part in (scores, model, health, docs):
        app.include_router(part.router)
    for error in problems.KINDS:
        app.add_exception_handler(error, problems.on_error)
    app.add_exception_handler(HTTPException, problems.on_http_error)
    app.add_exception_handler(RequestValidationError, problems.on_parameter_error)
    app.add_middleware(scores.Hot, service=service)
    app.add_middleware(Drain, most=settings.body_limit * _DRAINED)
    app.add_middleware(Observe, metrics=service.metrics)
    app.openapi = lambda: _document(app)  # type: ignore[method-assign]  # FastAPI's own way to add schemas
    return app


def from_process() -> FastAPI:
    """The application of this process's environment, for a server that starts workers by name."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    return create_app(from_environment(os.environ))


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[dict[str, Any]]:
    """Load the model before the first request, then follow the champion until the end."""
    service: Service = app.state.service
    service.callers.start()
    await _refresh(service)
    if service.models.serving is not None:
        await asyncio.to_thread(scores.warm_up, service.models.serving)
    watch = asyncio.create_task(_watch(service))
    try:
        yield {protocol.STATE: protocol.Wire.of(service.settings)}
    finally:
        watch.cancel()
        with suppress(asyncio.CancelledError):
            await watch
        service.callers.stop()
        service.store.dispose()


async def _watch(service: Service) -> None:
    while True:
        await asyncio.sleep(service.settings.watch_seconds)
        await _refresh(service)


async def _refresh(service: Service) -> None:
    """Load a new champion beside the old one, off the event loop, and note what is served."""
    before = service.models.serving
    await asyncio.to_thread(service.models.refresh)
    service.metrics.refused.set(service.models.failures)
    if (after := service.models.serving) is not None and after is not before:
        service.metrics.model.clear()
        service.metrics.model.labels(after.champion.version, after.model.digest).set(1)


def _document(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document, with the schemas that msgspec reads and writes."""
    if app.openapi_schema is None:
        document = get_openapi(title=app.title, version=app.version, routes=app.routes)
        parts = document.setdefault("components", {})
        parts["schemas"] = openapi.components()
        parts["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
        document["security"] = [{"key": []}]
        app.openapi_schema = document
    return app.openapi_schema
