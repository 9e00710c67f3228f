"""`GET /v1/warnings`: who rose, no more a week than can be looked after."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from service.access.scope import WHOLE
from service.api import listed, openapi
from service.api.listed import Warned, WarningsAnswer
from service.api.oversight import Oversight, oversight
from service.api.problems import documented
from service.api.risk_list import tagged
from service.api.state import Service
from service.lists import rows
from service.lists.view import View
from service.store import listing, runs
from service.store.held import held_back

router = APIRouter(tags=["lists"])

_WEEK = 7


@router.get(
    "/v1/warnings",
    summary="Whose risk rose",
    operation_id="get_warnings",
    response_class=Response,
    responses={**openapi.tagged("WarningsAnswer"), **documented(401, 403, 404, 422, 429, 503)},
)
def get_warnings(request: Request, watched: Annotated[Oversight, Depends(oversight)]) -> Response:
    """People whose 90-day risk rose into a higher band, or by more than risks usually move, in the last seven days' runs.

    Each person once, in the first run that warned. The earlier runs go first, so that who was warned of stays; within a
    run the strongest rise. Of more people than the budget (`RETENTION_WARNINGS_A_WEEK`) the rest is left out and counted.
    """
    service: Service = request.app.state.service
    seen = watched.view()
    found = list(_warned(service, seen))
    budget = service.settings.warnings_a_week
    told = found[:budget]
    watched.write("warnings", seen.run, [one.person.employee_id for one in told])
    answer = WarningsAnswer(
        run=listed.run_named(seen.run, service.today(), held_back(service.store, seen.run)),
        budget=budget,
        left_out=len(found) - len(told),
        warnings=told,
    )
    return tagged(request, msgspec.json.encode(answer))


def _warned(service: Service, seen: View) -> Iterator[Warned]:
    """Everybody whose risk rose within the week, with the row of the latest run; those not in it any more are left out."""
    store, population = service.store, seen.population()
    kinds: dict[str, tuple[str, str]] = {}
    for run in runs.week(store, seen.run, _WEEK):
        for person, kind, _ in listing.rose(store, replace(population, run=run, units=WHOLE)):
            kinds.setdefault(person.scored.employee_id, (run.identity.as_of, kind))
    now = listing.some(store, population, list(kinds))
    people = [now[id_] for id_ in kinds if id_ in now]
    for row in rows.listed(store, population, seen.before, people):
        as_of, kind = kinds[row.person.scored.employee_id]
        yield Warned(as_of, kind, listed.person(row, service.today()))  # type: ignore[arg-type]  # lists.rises
