"""What was done to keep somebody: recording it, and telling later what came of it."""

from typing import Annotated, Final

import msgspec
from fastapi import APIRouter, Depends, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from features.faults import Fault, FaultsError
from service.api import openapi
from service.api.action_form import Form
from service.api.bodies import json_body
from service.api.employees import looked_up
from service.api.listed import given
from service.api.oversight import Oversight, oversight
from service.api.paths import EMPLOYEE
from service.api.problems import documented
from service.api.state import Service
from service.errors import NotFoundError
from service.lists.view import UNKNOWN
from service.store import actions
from service.store.actions import Action, Change, Once

router = APIRouter(tags=["people"])

_BODY: Final = 10_000
"""Bytes of an action at most."""
_KEY: Final = 255
"""Characters of an Idempotency-Key at most."""


@router.post(
    f"/v1/employees/{EMPLOYEE}/actions",
    summary="Record an action",
    operation_id="post_employee_action",
    status_code=201,
    response_class=Response,
    responses={
        **openapi.answer("ActionGiven", status=201),
        **documented(400, 401, 403, 404, 409, 413, 415, 422, 429, 503),
    },
    openapi_extra=openapi.action(),
)
async def post_action(
    request: Request, employee_id: str, watched: Annotated[Oversight, Depends(oversight)]
) -> Response:
    """Record what was done to keep somebody; lists show it from then on, and let the person rest.

    With a `follow_up_on` it is open until it is said to be done or dropped. With an `Idempotency-Key` the same request may
    be sent again: it is recorded once, and the answer is the same.
    """
    service: Service = request.app.state.service
    body = await json_body(request, _BODY)
    made = _posted(body, service, employee_id, _who(watched))
    once = _once(request, _who(watched), b"\0".join([b"POST", employee_id.encode(), body]))

    def record() -> Action:
        looked_up(watched, employee_id)
        return actions.record(service.store, made, once)

    return _answer(await run_in_threadpool(record), 201)


@router.patch(
    f"/v1/employees/{EMPLOYEE}/actions/{{action_id}}",
    summary="Change an action",
    operation_id="patch_employee_action",
    response_class=Response,
    responses={
        **openapi.answer("ActionGiven"),
        **documented(400, 401, 403, 404, 409, 413, 415, 422, 429, 503),
    },
    openapi_extra=openapi.action_change(),
)
async def patch_action(
    request: Request, employee_id: str, action_id: str, watched: Annotated[Oversight, Depends(oversight)]
) -> Response:
    """Say that an action is done, dropped or open again, or when to come back to it.

    What is not named stays as it is; `"follow_up_on": null` takes the day away, and so does any state but `open`. A dropped
    action lets nobody rest and counts for nothing. An action of another person, and one that is not there, answer alike.
    """
    service: Service = request.app.state.service
    body = await json_body(request, _BODY)
    wanted = _change(body, service.today())
    once = _once(request, _who(watched), b"\0".join([b"PATCH", employee_id.encode(), action_id.encode(), body]))

    def change() -> Action:
        looked_up(watched, employee_id)
        done = actions.change(service.store, employee_id, action_id, wanted, service.log.moment(), once)
        if done is None:
            raise NotFoundError(UNKNOWN)
        return done

    return _answer(await run_in_threadpool(change), 200)


def _posted(body: bytes, service: Service, employee_id: str, who: str) -> Action:
    """The action of a body; open where there is a follow-up, else done, unless it says otherwise."""
    form = Form.of(body, service.today(), ("action_type", "occurred_at", "state", "follow_up_on"))
    for name in ("action_type", "occurred_at"):
        if name not in form.fields:
            form.wrong(name, "missing")
    kind = form.one_of("action_type", actions.TYPES, None)
    occurred = form.moment("occurred_at") if "occurred_at" in form.fields else ""
    follow_up = form.day("follow_up_on")
    state = form.one_of("state", actions.STATES, actions.OPEN if follow_up else actions.DONE)
    if follow_up and state in {actions.DONE, actions.DROPPED}:
        form.wrong("follow_up_on", "only an open action has a follow-up")
    if follow_up and follow_up < occurred[:10]:
        form.wrong("follow_up_on", "before the action")
    form.done()
    assert kind is not None and state is not None  # noqa: PT018, S101 - else there were faults
    return actions.new(employee_id, kind, occurred, service.log.moment(), who, state, follow_up)


def _change(body: bytes, today: int) -> Change:
    form = Form.of(body, today, ("state", "follow_up_on"))
    state, follow_up = form.one_of("state", actions.STATES, None), form.day("follow_up_on")
    if not form.fields:
        form.faults.append(Fault("", "nothing to change", "Known are: state, follow_up_on."))
    form.done()
    return Change(state, follow_up, clear="follow_up_on" in form.fields and follow_up is None)


def _answer(done: Action, status: int) -> Response:
    return Response(msgspec.json.encode(given(done)), status, media_type="application/json")


def _who(watched: Oversight) -> str:
    return watched.caller.id or watched.caller.name


def _once(request: Request, who: str, asked: bytes) -> Once | None:
    key = request.headers.get("idempotency-key")
    if key is None:
        return None
    if not 1 <= len(key) <= _KEY:
        raise FaultsError([Fault("/header/Idempotency-Key", f"1 to {_KEY} characters")])
    return Once(who, key, asked)
