"""One person: the risk with its reasons and its history, and what was done to keep them."""

import datetime as dt
from typing import Annotated, Any, Final

import msgspec
from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from features.faults import Fault, FaultsError, MalformedError
from models.hazard import position
from service.access.scope import WHOLE
from service.api import listed, openapi
from service.api.answers import Refusal, Risk
from service.api.bodies import json_body
from service.api.listed import ActionGiven, PastRisk, PersonAnswer
from service.api.oversight import Oversight, oversight
from service.api.problems import documented
from service.api.risk_list import tagged
from service.api.state import Service
from service.errors import NotFoundError
from service.lists import rows
from service.lists.changes import change
from service.lists.view import UNKNOWN, View, view
from service.store import actions, listing
from service.store.actions import Once
from service.store.held import held_back
from service.store.runs import PublishedScore, Run

router = APIRouter(tags=["people"])

_HISTORY: Final = 60
"""Runs of a person's history at most."""
_BODY: Final = 10_000
"""Bytes of an action at most."""
_KEY: Final = 255
"""Characters of an Idempotency-Key at most."""


class ActionPosted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Something done to keep somebody, as it is recorded."""

    action_type: str
    """One of stay_interview, compensation_review, role_change, workload, recognition, learning, other."""
    occurred_at: str
    """A day, or RFC 3339 (a naive time is UTC); not after tomorrow."""


@router.get(
    "/v1/employees/{employee_id}/risk",
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
    seen, person = _seen(watched, employee_id)
    watched.write("person", seen.run, [employee_id])
    past = listing.history(service.store, employee_id, _HISTORY)
    compared = listing.one(service.store, seen.before, WHOLE, employee_id) if seen.before else None
    moved = change(person, compared, seen.run, seen.before, position(90)) if seen.before else None
    scored = person.scored
    answer = PersonAnswer(
        run=listed.run_named(seen.run, service.today(), held_back(service.store, seen.run)),
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
        actions=listed.actions(actions.of(service.store, [employee_id]).get(employee_id, ())),
        history=[_past(run, then) for run, then in past],
    )
    return tagged(request, msgspec.json.encode(answer))


@router.post(
    "/v1/employees/{employee_id}/actions",
    summary="Record an action",
    operation_id="post_employee_action",
    status_code=201,
    response_class=Response,
    responses={
        **openapi.answer("ActionGiven", status=201),
        **documented(400, 401, 403, 404, 413, 415, 422, 429, 503),
    },
    openapi_extra=openapi.action(),
)
async def post_action(
    request: Request, employee_id: str, watched: Annotated[Oversight, Depends(oversight)]
) -> Response:
    """Record what was done to keep somebody; lists show it from then on, and let the person rest.

    With an `Idempotency-Key` the same request may be sent again: it is recorded once, and the answer is the same.
    """
    service: Service = request.app.state.service
    body = await json_body(request, _BODY)
    posted = _action(body, service.today())
    _seen(watched, employee_id)
    caller = watched.caller
    who = caller.id or caller.name
    made = actions.new(employee_id, posted.action_type, posted.occurred_at, service.log.moment(), who)
    once = _once(request, who, employee_id, body)
    done = actions.record(service.store, made, once)
    answer = ActionGiven(done.id, done.action_type, done.occurred_at, done.recorded_at)
    return Response(msgspec.json.encode(answer), 201, media_type="application/json")


def _seen(watched: Oversight, employee_id: str) -> tuple[View, PublishedScore]:
    """The view of the caller, and the person in it."""
    store = watched.service.store
    blocked = watched.blocked()
    seen = view(store, watched.caller, blocked)
    person = None if employee_id in blocked.people else listing.one(store, seen.run, seen.units, employee_id)
    if person is None or seen.switched_off(person.org_unit):
        raise NotFoundError(UNKNOWN)
    return seen, person


def _action(body: bytes, today: int) -> ActionPosted:
    try:
        posted = msgspec.json.decode(body, type=ActionPosted)
    except msgspec.ValidationError as error:
        field = str(error).rpartition("`$.")[2].rstrip("`") if "`$." in str(error) else ""
        raise FaultsError([Fault(f"/{field}" if field else "", "not an action of this form")]) from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise MalformedError("The body is not JSON that can be read.") from None
    faults = []
    if posted.action_type not in actions.TYPES:
        faults.append(Fault("/action_type", f"none of {', '.join(actions.TYPES)}"))
    moment = _moment(posted.occurred_at)
    if moment is None:
        faults.append(Fault("/occurred_at", "not a day or a time (RFC 3339)"))
    elif moment.timestamp() // 86_400 > today + 1:
        faults.append(Fault("/occurred_at", "after tomorrow"))
    if faults or moment is None:
        raise FaultsError(faults)
    return ActionPosted(posted.action_type, moment.isoformat(timespec="seconds").replace("+00:00", "Z"))


def _moment(text: str) -> dt.datetime | None:
    """A time in UTC."""
    try:
        found = dt.datetime.fromisoformat(text)
        return found.replace(tzinfo=dt.UTC) if found.tzinfo is None else found.astimezone(dt.UTC)
    except (ValueError, OverflowError):
        return None


def _once(request: Request, who: str, employee_id: str, body: bytes) -> Once | None:
    key = request.headers.get("idempotency-key")
    if key is None:
        return None
    if not 1 <= len(key) <= _KEY:
        raise FaultsError([Fault("/header/Idempotency-Key", f"1 to {_KEY} characters")])
    asked: list[Any] = [b"POST", employee_id.encode(), body]
    return Once(who, key, b"\0".join(asked))


def _past(run: Run, then: PublishedScore) -> PastRisk:
    scored = then.scored
    return PastRisk(
        run.identity.as_of,
        Risk(*scored.risks) if scored.risks else None,
        scored.band,  # type: ignore[arg-type]  # models.bands.NAMES
        scored.no_score.code if scored.no_score else None,
        run.model_version,
    )
