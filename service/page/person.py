"""`/people/{employee_id}`: one person. The risk over time, the reasons, the rhythm of conversations, what was done."""

from collections.abc import Sequence
from dataclasses import dataclass
from secrets import token_urlsafe
from typing import Annotated, Any, Final

from fastapi import Depends, Request
from starlette.responses import Response

from models.hazard import HORIZONS, position
from service.api.oversight import Oversight, oversight
from service.api.paths import EMPLOYEE
from service.api.state import Service
from service.errors import NotFoundError
from service.lists import rows
from service.lists.changes import Change, change
from service.lists.view import UNKNOWN, View
from service.page import charts_person, entry, known, ranges, rhythm
from service.page.charts_person import Past
from service.page.just import Changed, just
from service.page.rendering import render
from service.page.rhythm import Lane
from service.page.routing import router as page_router
from service.page.week import HORIZON, run_named
from service.store import actions, listing
from service.store.runs import PublishedScore

router = page_router()

_HISTORY: Final = 60
"""Runs of the past that are drawn at most."""


@dataclass(frozen=True)
class Chance:
    """One horizon's risk and its range."""

    days: int
    risk: float
    low: float
    high: float


@router.get(f"/people/{EMPLOYEE}")
def get_person(
    request: Request,
    employee_id: str,
    watched: Annotated[Oversight, Depends(oversight)],
    told: Annotated[Changed, Depends()],
) -> Response:
    """What is known of one person's risk; whoever is out of scope and whoever does not exist are answered alike."""
    service = watched.service
    seen, person = found(watched, employee_id)
    watched.write("page person", seen.run, [employee_id])
    manager = [person.manager_id] if person.manager_id else []
    names = known.names(service.store, [employee_id, *manager])
    past = _past(service, employee_id)
    lanes = _lanes(service, seen, employee_id)
    done = actions.of(service.store, [employee_id]).get(employee_id, ())
    values: dict[str, Any] = {
        "id": employee_id,
        "who": names[employee_id],
        "manager": names[manager[0]].name if manager else "",
        "person": person,
        "run": run_named(service, seen),
        "chances": _chances(service, person),
        "horizon": HORIZON,
        "change": _change(service, seen, person),
        "past": past,
        "history": charts_person.risk_over_time(past),
        "bars": charts_person.bars(person.scored.reasons),
        "lanes": lanes,
        "rhythm": charts_person.rhythm(lanes, seen.run.identity.as_of) if lanes else "",
        "age": rows.age(seen.run, person),
        "coverage": rows.coverage(seen.run, person),
        "actions": done,
        "just": just(told, names[employee_id].name, done),
        "days": entry.days(service.today()),
        "once": token_urlsafe,
    }
    return render(request, "person.html", values)


def found(watched: Oversight, employee_id: str) -> tuple[View, PublishedScore]:
    """The view of the caller and the person in it, scored or not.

    Raises
    ------
    NotFoundError
        There is nobody of that id whom the caller may see.
    """
    seen, store = watched.view(), watched.service.store
    person = None if employee_id in seen.blocked.people else listing.one(store, seen.run, seen.units, employee_id)
    if person is None or seen.switched_off(person.org_unit):
        raise NotFoundError(UNKNOWN)
    return seen, person


def _chances(service: Service, person: PublishedScore) -> list[Chance]:
    if person.scored.risks is None:
        return []
    serving = service.models.serving
    return [
        Chance(days, risk, *ranges.around(risk, ranges.spread(serving, days)))
        for days, risk in zip(HORIZONS, person.scored.risks, strict=True)
    ]


def _change(service: Service, seen: View, person: PublishedScore) -> Change | None:
    if seen.before is None or person.scored.risks is None:
        return None
    compared = listing.some(service.store, listing.Population(seen.before), [person.scored.employee_id])
    return change(person, compared.get(person.scored.employee_id), seen.run, seen.before, position(90))


def _past(service: Service, employee_id: str) -> Sequence[Past]:
    """The risk of the page's horizon in earlier runs, the earliest first; those without a score are gaps."""
    spread, column = ranges.spread(service.models.serving, HORIZON), position(HORIZON)
    told = []
    for run, then in reversed(listing.history(service.store, employee_id, _HISTORY)):
        risks = then.scored.risks
        if risks is None:
            told.append(Past(run.identity.as_of, None, None, None, None, run.model_version))
        else:
            around = ranges.around(risks[column], spread)
            told.append(Past(run.identity.as_of, risks[column], *around, then.scored.band, run.model_version))
    return told


def _lanes(service: Service, seen: View, employee_id: str) -> list[Lane]:
    """The year's conversations against the norm; none where no records of conversations are kept."""
    data = known.conversations(service.store, seen.run, employee_id)
    return [] if data is None else rhythm.lanes(rhythm.unpacked(data), service.features.cadence)
