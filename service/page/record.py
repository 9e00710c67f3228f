"""Recording what was done or begun, closing it, and for how many conversations there is time."""

import datetime as dt
from typing import Annotated, Final
from urllib.parse import quote

from fastapi import Depends
from starlette.responses import Response

from features.faults import MalformedError
from service.api.oversight import Oversight, oversight
from service.api.state import Service
from service.errors import NotFoundError
from service.lists.view import UNKNOWN
from service.page import choices, forms
from service.page.forms import Fields
from service.page.person import found
from service.page.routing import router as page_router
from service.page.routing import see
from service.store import actions
from service.store.actions import DONE, DROPPED, OPEN, Change
from service.store.replies import Once

router = page_router()

_DAYS: Final = 366
"""So far back something may have been done, and so far ahead it may be followed up."""
_WHAT: Final = "Choose what was done, and a day of the last year that is not in the future. Nothing was recorded."


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


@router.post("/people/{employee_id}/actions")
def post_action(
    employee_id: str,
    watched: Annotated[Oversight, Depends(oversight)],
    fields: Annotated[Fields, Depends(forms.posted)],
) -> Response:
    """Record what was done to keep somebody; a form that is sent twice records it once."""
    service = watched.service
    kind = fields.get("action_type", "")
    when = _day(service, fields.get("day", ""), -_DAYS, 0)
    later = fields.get("follow_up_on", "")
    follow_up = _day(service, later, 0, _DAYS) if later else None
    if kind not in actions.TYPES or when is None:
        raise MalformedError(_WHAT)
    if later and follow_up is None:
        raise MalformedError("Choose a day within the next year to come back to it. Nothing was recorded.")
    found(watched, employee_id)
    who, state = watched.caller.id, OPEN if follow_up else DONE
    made = actions.new(employee_id, kind, f"{when}T00:00:00Z", service.log.moment(), who, state, follow_up)
    actions.record(service.store, made, _once(who, fields, "record", employee_id, kind, when, later))
    return _back(employee_id, fields)


@router.post("/people/{employee_id}/actions/{action_id}")
def post_change(
    employee_id: str,
    action_id: str,
    watched: Annotated[Oversight, Depends(oversight)],
    fields: Annotated[Fields, Depends(forms.posted)],
) -> Response:
    """Say that what was begun is done, or is cancelled."""
    state = fields.get("state", "")
    if state not in {DONE, DROPPED}:
        raise MalformedError("Say whether it is done or cancelled. Nothing was changed.")
    found(watched, employee_id)
    service, now = watched.service, watched.service.log.moment()
    asked = _once(watched.caller.id, fields, "change", employee_id, action_id, state)
    if actions.change(service.store, employee_id, action_id, Change(state=state), now, asked) is None:
        raise NotFoundError(UNKNOWN)
    return _back(employee_id, fields, cancelled=state == DROPPED)


def _once(who: str, fields: Fields, *asked: str) -> Once | None:
    key = fields.get("once", "")
    return Once(who, key, "\0".join(("page", *asked)).encode()) if 16 <= len(key) <= 64 else None


def _back(employee_id: str, fields: Fields, *, cancelled: bool = False) -> Response:
    named = quote(employee_id, safe="")
    if fields.get("back") == "person":
        return see(f"/people/{named}?{'cancelled' if cancelled else 'recorded'}=1")
    return see("/?cancelled=1" if cancelled else f"/?recorded={named}")


def _day(service: Service, text: str, low: int, high: int) -> str | None:
    """A day so many days from today; today where none is given, None where it cannot be."""
    today = dt.date(1970, 1, 1) + dt.timedelta(days=service.today())
    try:
        day = dt.date.fromisoformat(text) if text else today
    except ValueError:
        return None
    return str(day) if low <= (day - today).days <= high else None
