"""`GET /v1/dashboard`: one unit's figures by month, each with its definition, its source and what is withheld."""

from dataclasses import dataclass
from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from features.faults import Fault, FaultsError
from service.api import openapi
from service.api.dashboard_answer import DashboardAnswer
from service.api.listed import run_named
from service.api.oversight import Oversight, oversight
from service.api.problems import documented
from service.api.query import Plain
from service.api.risk_list import tagged
from service.api.state import Service
from service.dashboard.months import MOST
from service.dashboard.view import dashboard
from service.store.held import held_back

router = APIRouter(tags=["groups"])


@dataclass(frozen=True)
class Asked:
    """What the query asks for."""

    org_unit: Annotated[str, Query(max_length=1_000, description="This unit and all below it; empty: yours.")] = ""
    months: Annotated[int, Query(ge=1, le=MOST, description="The last so many months that have ended."), Plain] = 12
    replacement_share: Annotated[
        float | None,
        Query(ge=0, le=10, description="What replacing somebody costs, as a share of the yearly base salary."),
    ] = None


@router.get(
    "/v1/dashboard",
    summary="The talent dashboard by month",
    operation_id="get_dashboard",
    response_class=Response,
    responses={**openapi.tagged("DashboardAnswer"), **documented(401, 403, 404, 422, 429, 503)},
)
def get_dashboard(
    request: Request, asked: Annotated[Asked, Depends()], watched: Annotated[Oversight, Depends(oversight)]
) -> Response:
    """Figures of a unit with everything below it, as the latest published run worked them out.

    Every figure says what it means, where the definition is from and how many people it is made of. A value that would
    speak of fewer than five people, alone or by subtraction, is null and says why in `withheld`; it is never 0. A figure
    whose source is not there says so in `missing`.
    """
    service: Service = request.app.state.service
    seen = watched.view(asked.org_unit)
    share = service.settings.replacement_share if asked.replacement_share is None else asked.replacement_share
    unit = _one(seen.units)
    found = dashboard(service.store, seen.run, unit, asked.months, share, switched_off=seen.switched_off(unit))
    answer = DashboardAnswer(
        run=run_named(seen.run, service.today(), held_back(service.store, seen.run)),
        org_unit=found.org_unit,
        months=found.months,
        figures=found.figures,
        associations=found.associations,
        assumptions=found.assumptions,
        codes=found.codes,
    )
    return tagged(request, msgspec.json.encode(answer))


def _one(units: tuple[str, ...]) -> str:
    """The unit to show, where the caller has named none."""
    if len(units) > 1:
        raise FaultsError([Fault("/query/org_unit", "needed", f"Name one of your units: {', '.join(units)}.")])
    return units[0]
