"""Recording what was done or begun, closing it, and for how many conversations there is time."""

from secrets import token_urlsafe
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import Depends, Request
from starlette.responses import Response

from features.faults import MalformedError
from service.api.oversight import Oversight, oversight
from service.api.paths import EMPLOYEE
from service.errors import NotFoundError
from service.lists.view import UNKNOWN
from service.page import choices, forms, known
from service.page import entry as entries
from service.page.entry import Entry
from service.page.forms import Fields
from service.page.person import found
from service.page.rendering import render
from service.page.routing import router as page_router
from service.page.routing import see
from service.store import actions
from service.store.actions import DONE, OPEN, STATES, Action, Change
from service.store.replies import Once

router = page_router()


@router.post("/capacity")
def post_capacity(
    watched: Annotated[Oversight, Depends(oversight)], fields: Annotated[Fields, Depends(forms.posted)]
) -> Response:
    """Remember for how many conversations a week there is time."""
    asked = fields.get("capacity", "").strip()
    if not (asked.isdecimal() and len(asked) < 4 and 1 <= int(asked) <= choices.MOST):
        raise MalformedError(f"Give a whole number of conversations from 1 to {choices.MOST}, and send it again.")
    choices.choose(watched.service.store, watched.caller.id, int(asked))
    return see("/")


@router.post(f"/people/{EMPLOYEE}/actions")
def post_action(
    request: Request,
    employee_id: str,
    watched: Annotated[Oversight, Depends(oversight)],
    fields: Annotated[Fields, Depends(forms.posted)],
) -> Response:
    """Record what was done to keep somebody; a form that is sent twice records it once."""
    service, entry = watched.service, entries.read(fields, watched.service.today())
    if entry.faults:
        return _again(request, watched, employee_id, fields, entry)
    found(watched, employee_id)
    when, later = entry.day or entries.days(service.today()).today, entry.follow_up_on or None
    who, state = watched.caller.id, OPEN if later else DONE
    made = actions.new(employee_id, entry.action_type, f"{when}T00:00:00Z", service.log.moment(), who, state, later)
    asked = _once(who, fields, "record", employee_id, entry.action_type, when, entry.follow_up_on)
    return _back(employee_id, fields, actions.record(service.store, made, asked))


@router.post(f"/people/{EMPLOYEE}/actions/{{action_id}}")
def post_change(
    request: Request,
    employee_id: str,
    action_id: str,
    watched: Annotated[Oversight, Depends(oversight)],
    fields: Annotated[Fields, Depends(forms.posted)],
) -> Response:
    """Say that what was begun is done, is cancelled, or is open again, with a day to come back to it.

    What takes a change back names the day that there was before, though it may be past by now.
    """
    service, state = watched.service, fields.get("state", "")
    if state not in STATES:
        raise MalformedError("Say whether it is done, cancelled or open. Nothing was changed.")
    entry = entries.read({**fields, "action_type": actions.TYPES[0], "day": ""}, service.today())
    if entry.faults:
        return _again(request, watched, employee_id, fields, entry, action_id)
    found(watched, employee_id)
    wanted = _wanted(state, entry.follow_up_on, fields.get("again_on"))
    day = wanted.follow_up_on or ""
    asked = _once(watched.caller.id, fields, "change", employee_id, action_id, state, day)
    done = actions.change(service.store, employee_id, action_id, wanted, service.log.moment(), asked)
    if done is None:
        raise NotFoundError(UNKNOWN)
    return _back(employee_id, fields, done)


def _wanted(state: str, typed: str, before: str | None) -> Change:
    """The change that a form asks for.

    Parameters
    ----------
    before
        The day to come back that there was before what is taken back, empty for none; None where nothing is taken back.
    """
    if state != OPEN or before is None or typed:
        return Change(state, typed or None)
    return Change(state, before) if entries.is_day(before) else Change(state, clear=True)


def _again(
    request: Request, watched: Oversight, employee_id: str, fields: Fields, entry: Entry, action_id: str = ""
) -> Response:
    """The form as it was sent, with what is wrong beside each field.

    Parameters
    ----------
    action_id
        The action that is to be changed; empty where a new one is recorded.
    """
    service = watched.service
    seen, _ = found(watched, employee_id)
    watched.write("page record", seen.run, [employee_id])
    mine = actions.of(service.store, [employee_id]).get(employee_id, ()) if action_id else ()
    action = next((one for one in mine if one.id == action_id), None)
    if action_id and action is None:
        raise NotFoundError(UNKNOWN)
    values: dict[str, Any] = {
        "id": employee_id,
        "who": known.names(service.store, [employee_id])[employee_id],
        "entry": entry,
        "action": action,
        "was": fields.get("was", ""),
        "back": "person" if fields.get("back") == "person" else "week",
        "days": entries.days(service.today()),
        "once": token_urlsafe,
    }
    return render(request, "record.html", values, 422)


def _once(who: str, fields: Fields, *asked: str) -> Once | None:
    key = fields.get("once", "")
    return Once(who, key, "\0".join(("page", *asked)).encode()) if 16 <= len(key) <= 64 else None


def _back(employee_id: str, fields: Fields, done: Action) -> Response:
    """To the page it was sent from, which says what was done, and what it was before."""
    page = f"/people/{quote(employee_id, safe='')}" if fields.get("back") == "person" else "/"
    was, was_on = fields.get("was", ""), fields.get("was_on", "")
    before = (f"&was={was}" if was in STATES else "") + (f"&was_on={was_on}" if entries.is_day(was_on) else "")
    return see(f"{page}?changed={done.id}{before}")
