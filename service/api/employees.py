"""One person: the risk with its reasons and its history, and what was done to keep them."""

from typing import Annotated, Final

import msgspec
from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from models.hazard import position
from service.access.scope import WHOLE
from service.api import listed, openapi
from service.api.answers import Refusal, Risk
from service.api.listed import PastRisk, PersonAnswer
from service.api.oversight import Oversight, oversight
from service.api.paths import EMPLOYEE
from service.api.problems import documented
from service.api.risk_list import tagged
from service.api.state import Service
from service.errors import NotFoundError
from service.lists import rows
from service.lists.changes import change
from service.lists.view import UNKNOWN, View
from service.store import actions, listing
from service.store.held import held_back
from service.store.runs import PublishedScore, Run

router = APIRouter(tags=["people"])

_HISTORY: Final = 60
"""Runs of a person's history at most."""


@router.get(
    f"/v1/employees/{EMPLOYEE}/risk",
    summary="One person's risk",
    operation_id="get_employee_risk",
    response_class=Response,
    responses={**openapi.tagged("PersonAnswer"), **documented(401, 403, 404, 422, 429, 503)},
)
def get_risk(request: Request, employee_id: str, watched: Annotated[Oversight, Depends(oversight)]) -> Response:
    """The latest published risk of one person, its reasons, and what earlier runs said.

    A person of another unit, one who is not there, one who objects and one whose unit is switched off answer alike. Being
    shown a person is written to the access log first.
    """
    service: Service = request.app.state.service
    today = service.today()
    seen, person = looked_up(watched, employee_id)
    watched.write("person", seen.run, [employee_id])
    past = listing.history(service.store, employee_id, _HISTORY)
    compared = listing.one(service.store, seen.before, WHOLE, employee_id) if seen.before else None
    moved = change(person, compared, seen.run, seen.before, position(90)) if seen.before else None
    scored = person.scored
    answer = PersonAnswer(
        run=listed.run_named(seen.run, today, held_back(service.store, seen.run)),
        employee_id=employee_id,
        org_unit=person.org_unit,
        manager_id=person.manager_id,
        risk=Risk(*scored.risks) if scored.risks else None,
        band=scored.band,  # type: ignore[arg-type]  # models.bands.NAMES
        no_score=Refusal(scored.no_score.code, scored.no_score.detail) if scored.no_score else None,
        change=moved if scored.risks else None,
        reasons=scored.reasons,
        next_conversation=listed.conversation(person),
        data_age_days=rows.age(seen.run, person),
        newest_facts=dict(person.newest),
        coverage=rows.coverage(seen.run, person),
        actions=listed.actions(actions.of(service.store, [employee_id]).get(employee_id, ()), today),
        history=[_past(run, then) for run, then in past],
    )
    return tagged(request, msgspec.json.encode(answer))


def looked_up(watched: Oversight, employee_id: str) -> tuple[View, PublishedScore]:
    """The view of the caller, and the person in it.

    Raises
    ------
    NotFoundError
        There is no such person, or one whom the caller may not see: alike.
    """
    seen, store = watched.view(), watched.service.store
    hidden = employee_id in seen.blocked.people
    person = None if hidden else listing.one(store, seen.run, seen.units, employee_id)
    if person is None or seen.switched_off(person.org_unit):
        raise NotFoundError(UNKNOWN)
    return seen, person


def _past(run: Run, then: PublishedScore) -> PastRisk:
    scored = then.scored
    return PastRisk(
        run.identity.as_of,
        Risk(*scored.risks) if scored.risks else None,
        scored.band,  # type: ignore[arg-type]  # models.bands.NAMES
        scored.no_score.code if scored.no_score else None,
        run.model_version,
    )
