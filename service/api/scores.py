"""`POST /v1/scores`: posted people in, risks and reasons out. Stateless; computed inline in the event loop.

Work of a millisecond is faster done at once than handed to a thread; a long batch is cut into blocks, so that other
requests get their turn between two of them.
"""

import asyncio
import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Annotated, Final

import msgspec
import numpy as np
from fastapi import APIRouter, Query, Request
from pydantic import WithJsonSchema
from starlette.responses import Response

from features import build, posted, posted_json
from features.days import to_date, to_day
from features.posted import Limits, Part, Posted
from features.sentiment import valued
from models.hazard import HORIZONS
from service import published, scoring
from service.api import answers, openapi
from service.api.answers import PersonScore, ScoresAnswer
from service.api.bodies import json_body
from service.api.problems import documented
from service.api.state import Service
from service.errors import BusyError
from service.serving import Serving

router = APIRouter(tags=["scores"])

_EXAMPLE_DAY: Final = to_day(dt.date.fromisoformat(str(openapi.EXAMPLE["as_of"])))
_AT_ONCE: Final = 32
"""People scored between two turns of the event loop."""


class Horizon(IntEnum):
    """Which of the four risks the reasons speak of, by its days."""

    BY_30 = 30
    BY_90 = 90
    BY_180 = 180
    BY_365 = 365


_HORIZON: Final = WithJsonSchema({"type": "integer", "enum": list(HORIZONS)})
_ASKED: Final = Query(description="Days of the risk that the reasons speak of.")


@router.post(
    "/v1/scores",
    summary="Score posted people",
    responses={**openapi.answer("ScoresAnswer"), **documented(400, 401, 403, 413, 415, 422, 429, 503)},
    openapi_extra=openapi.scores_body(),
)
async def post_scores(
    request: Request,
    reasons: Annotated[int, Query(ge=0, le=10, description="At most so many reasons a person.")] = 5,
    horizon: Annotated[Horizon, _HORIZON, _ASKED] = Horizon.BY_90,
) -> Response:
    """Score 1 to 1,000 people from the records in the body; nothing is kept.

    Every person gets the risks of all horizons; `horizon` chooses the one that `reasons` explain. The strongest
    contributions are given: first what can be acted on, then context; in either part first what raises the risk, then
    what lowers it, and the stronger before the weaker. A person who cannot be scored has `risk` null and a typed
    `no_score`; there is no default score.
    """
    service: Service = request.app.state.service
    serving = service.ready()
    with _turn(service):
        body = await json_body(request, service.settings.body_limit)
        asked = posted.read(body, service.today(), service.features.offboarding_categories, service.limits)
        scores = await _all_scored(service, serving, asked, Wanted(reasons, int(horizon)))
    for score in scores:
        outcome = score.no_score.code if score.no_score else "scored"
        service.metrics.people.labels(outcome, serving.champion.version).inc()
    left_out = answers.left_out(asked.left_out)
    answer = ScoresAnswer(str(to_date(asked.as_of)), answers.named(serving), scores, int(horizon), left_out)
    return Response(msgspec.json.encode(answer), media_type="application/json")


@dataclass(frozen=True)
class Wanted:
    """Which reasons a caller wants."""

    reasons: int
    horizon: int


async def _all_scored(service: Service, serving: Serving, asked: Posted, wanted: Wanted) -> list[PersonScore]:
    """Everybody's answer, in the order asked; other requests get their turn between blocks of people."""
    found: dict[int, PersonScore] = {}
    for entry, detail in asked.invalid.items():
        refused = scoring.refusal(asked.employee_ids[entry], "invalid_input", detail)
        found[entry] = answers.person_score(refused, published.NONE, ())
    for posted_part in asked.parts:
        part = replace(posted_part, company=valued(posted_part.company, serving.model.valence))
        for start in range(0, len(part.entries), _AT_ONCE):
            if start:
                await asyncio.sleep(0)
            found.update(_scored(service, serving, asked, part, slice(start, start + _AT_ONCE), wanted))
    return [found[entry] for entry in range(len(asked.employee_ids))]


@contextmanager
def _turn(service: Service) -> Iterator[None]:
    """One of the places for requests under way.

    Raises
    ------
    BusyError
        All are taken.
    """
    if service.under_way >= service.settings.inflight_limit:
        raise BusyError("Too many scoring requests are under way here. Send it again shortly.")
    service.under_way += 1
    try:
        yield
    finally:
        service.under_way -= 1


def _scored(
    service: Service, serving: Serving, asked: Posted, part: Part, block: slice, wanted: Wanted
) -> Iterator[tuple[int, PersonScore]]:
    """Some people of a part: their places in the request and their answers."""
    persons = np.asarray(part.persons[block], dtype=np.int32)
    columns = build.team_columns(serving.model.spec)
    team = published.team_values(service.store, part.company, persons, asked.as_of, columns)
    request = scoring.Request(
        part.company,
        persons,
        asked.as_of,
        team.values,
        service.bands or serving.model.bands,
        wanted.reasons,
        wanted.horizon,
    )
    scored = scoring.score(request, serving.model)
    missing = [name for name in scoring.missing_sources(part.company) if name in posted_json.TABLES]
    for entry, one, source in zip(part.entries[block], scored, team.source, strict=True):
        yield entry, answers.person_score(one, published.NONE if one.no_score else source, missing)


def warm_up(serving: Serving) -> None:
    """Score the documentation's example once, so that no caller waits for compiled loops to be read from disk."""
    asked = posted.read(msgspec.json.encode(openapi.EXAMPLE), _EXAMPLE_DAY, (), Limits())
    columns = build.team_columns(serving.model.spec)
    for part in asked.parts:
        persons = np.asarray(part.persons, dtype=np.int32)
        scoring.places(part.company, persons, asked.as_of)
        nothing = np.full((len(persons), len(columns)), np.nan, dtype=np.float32)
        company = valued(part.company, serving.model.valence)
        scoring.score(scoring.Request(company, persons, asked.as_of, nothing, serving.model.bands), serving.model)
