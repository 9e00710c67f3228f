"""The program that answers: `create_app` wires everything, and nothing else does. The clock is read here."""

import asyncio
import datetime as dt
import os
import threading
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any, Final

from fastapi import Depends, FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from features.settings import FeatureSettings
from models import bands
from service import wire
from service.access.callers import Callers
from service.api import (
    actions,
    dashboard,
    docs,
    employees,
    health,
    inference,
    model,
    monitoring,
    openapi,
    outcomes,
    problems,
    risk_list,
    scores,
    teams,
    warnings,
)
from service.api.auth import authorise
from service.api.head import Head
from service.api.query import only_known
from service.api.state import Service
from service.audit.blocks import Blocks
from service.audit.log import AccessLog
from service.errors import StoreError
from service.limits import Gate, Rates
from service.logs import Lines
from service.metrics import Metrics
from service.monitoring import watched
from service.observe import Observe, RequestLog
from service.page import router as page
from service.page import routing
from service.page.account import Account
from service.page.sessions import Sessions
from service.published import Published
from service.serving import Models
from service.settings import Settings
from service.store.engine import open_store
from service.webhooks.deliverer import Deliverer

TITLE: Final = "Retention risk"


def utc_today() -> int:
    """The clock's day in UTC, as days since 1970."""
    return int(time.time() // 86_400)


def create_app(
    settings: Settings,
    environ: Mapping[str, str] | None = None,
    today: Callable[[], int] = utc_today,
    metrics: Metrics | None = None,
    lines: Lines | None = None,
    patience: float | None = None,
) -> FastAPI:
    """The application.

    Parameters
    ----------
    environ
        Where the settings of reading and of bands come from; the process's own environment when None.
    today
        The clock.
    metrics
        Where it counts; numbers of its own when None.
    lines
        Where it writes a line a request; nowhere when None.
    patience
        How long the first model is waited for before anything is answered (seconds); until it is there when None.
    """
    service = _service(settings, os.environ if environ is None else environ, today, metrics or Metrics())
    app = FastAPI(
        title=TITLE,
        version="1",
        lifespan=_lifespan,
        dependencies=[Depends(authorise), Depends(only_known)],
        redirect_slashes=False,
        generate_unique_id_function=lambda route: route.name,
        docs_url=None,
        redoc_url=None,
    )
    app.state.service, app.state.patience = service, patience
    for part in (
        scores,
        risk_list,
        employees,
        actions,
        warnings,
        teams,
        dashboard,
        outcomes,
        model,
        monitoring,
        health,
        inference,
        docs,
        page,
    ):
        app.include_router(part.router)
    for error in problems.KINDS:
        app.add_exception_handler(error, problems.on_error)
    app.add_exception_handler(HTTPException, routing.on_http_error)
    app.add_exception_handler(RequestValidationError, problems.on_parameter_error)
    _put_in_front(app, service, RequestLog(lines, settings.form, settings.log_requests, time.time) if lines else None)
    app.openapi = lambda: _document(app)  # type: ignore[method-assign]  # FastAPI's own way to add schemas
    return app


def _put_in_front(app: FastAPI, service: Service, log: RequestLog | None) -> None:
    """What a request goes through before the framework looks for its route; one that needs no route goes through as much."""
    app.add_middleware(Head)
    app.add_middleware(scores.Hot, service=service)
    app.add_middleware(Observe, metrics=service.metrics, life=service.life, log=log)
    observe = Observe(app, service.metrics, service.life, log)
    app.state.at_once = partial(observe.noted, partial(scores.at_once, service))


def _service(settings: Settings, environ: Mapping[str, str], today: Callable[[], int], metrics: Metrics) -> Service:
    """What the routes share."""
    limits = environ.get("RETENTION_BANDS", "").strip()
    store = open_store(settings.database_url, _PATIENCE_SECONDS)
    callers = Callers(store, settings, time.time)
    return Service(
        settings=settings,
        features=FeatureSettings.from_env(environ),
        bands=bands.parse(limits) if limits else None,
        store=store,
        models=Models(settings.bundles, time.time, scores.warm_up),
        metrics=metrics,
        published=Published(store),
        callers=callers,
        log=AccessLog(store, settings, time.time),
        blocks=Blocks(store, time.monotonic),
        rates=Rates(settings),
        gate=Gate(settings),
        sessions=Sessions(store, settings, time.time),
        account=Account(settings, callers),
        today=today,
        wall=time.time,
    )


_PATIENCE_SECONDS: Final = 5.0
"""How long a request that writes waits for another writer."""
_LOOK_SECONDS: Final = 1.0
"""How long the end waits for somebody who looks at the store."""


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[dict[str, Any]]:
    """Load the model before the first request, then follow the champion until the end."""
    service: Service = app.state.service
    service.callers.start()
    sender = Deliverer(service.store, service.settings, time.time, metrics=service.metrics)
    sender.start()
    service.metrics.before.append(lambda: _tell_model(service))
    beat = asyncio.create_task(service.life.beat(service.metrics))
    looked, looking = asyncio.Event(), threading.Lock()
    try:
        with (
            service.life.kept("watch", lambda: _refresh(service, looked), service.settings.watch_seconds),
            service.life.kept("monitoring", lambda: _monitor(service, looking), watched.READ_SECONDS),
        ):
            with suppress(TimeoutError):
                await asyncio.wait_for(looked.wait(), app.state.patience)
            yield {wire.STATE: wire.Wire.of(service.settings, service.metrics.refused_early, app.state.at_once)}
    finally:
        beat.cancel()
        service.metrics.publish()
        service.callers.stop()
        sender.stop()
        with suppress(StoreError):  # the next process sees by the anchor what this one could not tell it
            service.log.flush()
        alone = looking.acquire(timeout=_LOOK_SECONDS)  # who looks at the store has a thread that goes on
        service.store.dispose()
        if alone:
            looking.release()


async def _refresh(service: Service, looked: asyncio.Event) -> None:
    """Load a new champion beside the old one, off the event loop, and tell once that was tried."""
    try:
        await asyncio.to_thread(service.models.refresh)
    finally:
        looked.set()


async def _monitor(service: Service, looking: threading.Lock) -> None:
    """Look for a newer run, off the event loop; while the store is away the numbers stay as they are."""

    def look() -> watched.Watched | None:
        with looking:
            return watched.watched(service.store, service.today())

    with suppress(StoreError):
        watched.tell(service.metrics, await asyncio.to_thread(look))


def _tell_model(service: Service) -> None:
    """Set what the metrics say of the model: which it is, how old, and what of its following went wrong."""
    models, metrics = service.models, service.metrics
    metrics.model.clear()
    if (serving := models.serving) is not None:
        metrics.model.labels(serving.model.digest, serving.champion.version).set(1)
        day = dt.datetime.fromisoformat(f"{serving.model.manifest.training.trained_to}T00:00:00+00:00")
        metrics.age.set(time.time() - day.timestamp() - 86_400)
    for reason, times in models.refused.items():
        metrics.refused.labels(reason).set(times)
    metrics.degraded.set(bool(models.degraded))
    metrics.reached.set(models.reached)
    metrics.swaps.set(models.loads)


def _document(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document, made once."""
    if app.openapi_schema is None:
        app.openapi_schema = openapi.document(app)
    return app.openapi_schema
