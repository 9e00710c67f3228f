"""`GET /v1/risk-list`: whom to talk to first, within the caller's units, as JSON or CSV."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Final
from urllib.parse import urlencode

import msgspec
import numpy as np
from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from models.hazard import HORIZONS, position
from service.api import csv_text, cursors, listed, openapi
from service.api.accepted import prefers
from service.api.cursors import Cursor
from service.api.listed import Band, ListAnswer, ListedPerson
from service.api.oversight import Oversight, oversight
from service.api.problems import documented
from service.api.query import Horizon, Plain
from service.api.state import Service
from service.lists import expected, rows, sized
from service.lists.view import View
from service.store import listing
from service.store.held import held_back
from service.store.runs import PublishedScore

router = APIRouter(tags=["lists"])

CSV: Final = "text/csv"
_HEADER: Final = (
    "employee_id", "org_unit", "manager_id", "as_of_date", *(f"risk_{horizon}" for horizon in HORIZONS), "band",
    "change", "because", *(f"reason_{number}" for number in range(1, 6)), "next_conversation", "data_age_days",
)  # fmt: skip
_MOST: Final = 200
"""People of a page."""


@dataclass(frozen=True)
class Asked:
    """What the query asks for."""

    horizon: Annotated[Horizon, Query(description="Days of the risk that ranks.")] = 90
    org_unit: Annotated[str, Query(max_length=1_000, description="This unit and all below it.")] = ""
    band: Annotated[Band | None, Query(description="Only people of this band.")] = None
    capacity: Annotated[
        int | None,
        Query(
            ge=1, le=sized.MOST, description="For how many people there is time: one page, no more than are worth it."
        ),
        Plain,
    ] = None
    limit: Annotated[
        int, Query(ge=1, le=_MOST, description="People of a page; with a capacity it says nothing."), Plain
    ] = 50
    cursor: Annotated[str, Query(max_length=cursors.MOST, description="`next_cursor` of the page before.")] = ""


@router.get(
    "/v1/risk-list",
    summary="Whom to talk to first",
    operation_id="get_risk_list",
    response_class=Response,
    responses={**openapi.tagged("ListAnswer"), **documented(401, 403, 404, 422, 429, 503)},
)
def get_risk_list(
    request: Request, asked: Annotated[Asked, Depends()], watched: Annotated[Oversight, Depends(oversight)]
) -> Response:
    """People by calibrated risk, the highest first, as of the latest published run.

    With `capacity` the list is as long as there is time to talk, and shorter where fewer stand above the lowest band; it
    says how many of its people will leave. Who was on the last list keeps the place unless somebody else's risk is a tenth
    higher; who was talked to in the last weeks rests. Every person shown is written to the access log first.
    """
    service: Service = request.app.state.service
    caller = watched.caller
    bound = (caller.name, caller.role, caller.org_unit, asked.horizon, asked.org_unit, asked.band)
    place = service.cursors.decode(asked.cursor, bound) if asked.cursor else None
    seen = watched.view(asked.org_unit, place)
    population = seen.population(asked.horizon, [asked.band] if asked.band else [])
    people, last = _people(service, seen, asked, place)
    csv = prefers(request.headers.get("accept", ""), CSV, "application/json")
    watched.write("csv" if csv else "list", seen.run, [person.scored.employee_id for person in people])
    today = service.today()
    found = [listed.person(row, today) for row in rows.listed(service.store, population, seen.before, people)]
    following = service.cursors.encode(last, bound) if last else None
    if csv:
        following_page = following and urlencode({**request.query_params, "cursor": following})
        return _csv(seen, found, following_page)
    answer = ListAnswer(
        run=listed.run_named(seen.run, today, held_back(service.store, seen.run)),
        horizon=asked.horizon,
        population=listing.size(service.store, population),
        capacity=asked.capacity,
        expected_leavers=None if asked.capacity is None else _expected(service, people, asked.horizon),
        people=found,
        next_cursor=following,
    )
    return tagged(request, msgspec.json.encode(answer))


def tagged(request: Request, content: bytes) -> Response:
    """The answer with its tag, or 304 where the caller has the same one already; kept by no cache between."""
    tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache", "Vary": "Authorization, Accept"}
    if tag in [one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")]:
        return Response(status_code=304, headers=headers)
    return Response(content, headers=headers, media_type="application/json")


def _people(
    service: Service, seen: View, asked: Asked, place: Cursor | None
) -> tuple[list[PublishedScore], Cursor | None]:
    """The people of the page, and where it ends if there are more."""
    population = seen.population(asked.horizon, [asked.band] if asked.band else [])
    if asked.capacity is not None:
        resting = seen.resting(service.store, service.settings.rest_days)
        return sized.sized(service.store, population, asked.capacity, seen.before, resting), None
    after = (place.risk, place.employee_id) if place else None
    found = listing.ranked(service.store, population, asked.limit + 1, after)
    page = found[: asked.limit]
    if len(found) <= asked.limit:
        return page, None
    last = page[-1].scored
    risk = last.risks[position(asked.horizon)] if last.risks else 0.0
    return page, Cursor(seen.run.id, seen.units, risk, last.employee_id)


def _expected(service: Service, people: Sequence[PublishedScore], horizon: int) -> expected.Expected:
    column = position(horizon)
    risks = np.array([person.scored.risks[column] for person in people if person.scored.risks])
    serving = service.models.serving
    known = serving and (serving.model.manifest.evidence, serving.model.mode)
    return expected.expected(risks, expected.spread(*known, horizon) if known else expected.UNKNOWN_SPREAD)


def _csv(seen: View, found: Sequence[ListedPerson], query: str | None) -> Response:
    day = seen.run.identity.as_of
    text = csv_text.text(_HEADER, [_row(person, day) for person in found])
    headers = {"Cache-Control": "private, no-store", "Vary": "Authorization, Accept"}
    if query:
        headers["Link"] = f'<?{query}>; rel="next"'
    return Response(text, headers=headers, media_type=f"{CSV}; charset=utf-8")


def _row(person: ListedPerson, day: str) -> list[csv_text.Cell]:
    reasons = [reason.text for reason in person.reasons[:5]]
    risk, moved, following = person.risk, person.change, person.next_conversation
    return [
        person.employee_id, person.org_unit, person.manager_id, day, risk.by_30, risk.by_90, risk.by_180, risk.by_365,
        person.band, moved.direction if moved else None, moved.because if moved else None, *reasons,
        *[None] * (5 - len(reasons)), following.type if following else None, person.data_age_days,
    ]  # fmt: skip
