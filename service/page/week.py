"""`/`: this week. Whom to talk to, as many as there is time for, and what is under way."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from secrets import token_urlsafe
from typing import Annotated, Any, Final

import numpy as np
from fastapi import Depends, Query, Request
from starlette.responses import Response

from models.hazard import position
from models.telling import Reason
from service.api import listed
from service.api.listed import RunNamed
from service.api.oversight import Oversight, oversight
from service.api.state import Service
from service.lists import expected, rows, sized
from service.lists.expected import Expected
from service.lists.rows import Listed
from service.lists.view import View
from service.page import choices, entry, known, ranges, words
from service.page import just as just_now
from service.page.just import Changed, Just
from service.page.known import Named
from service.page.rendering import render
from service.page.routing import router as page_router
from service.page.routing import see
from service.store import listing, runs
from service.store.actions import DROPPED, OPEN, Action
from service.store.held import held_back

router = page_router()

HORIZON: Final = 180
"""The risk that is put into words: long enough that something can be done, short enough to matter now. Unit: days."""
OLD_DAYS: Final = 7
"""From this age on a run is said to be old."""
_REASONS: Final = 3
UNDER_WAY: Final = 30
"""People with something under way that are shown at most."""


@dataclass(frozen=True)
class Row:
    """A person of the week, as the page tells of them."""

    id: str
    who: Named
    manager: str
    """Their manager's name; empty where none is known."""
    of: Listed
    risk: float
    low: float
    high: float
    reasons: Sequence[Reason]

    @property
    def unit(self) -> str:
        """The org unit, empty where none is known."""
        return self.of.person.org_unit or ""

    @property
    def band(self) -> str:
        """The band."""
        return self.of.person.scored.band or ""

    @property
    def due(self) -> str:
        """The conversation that is due, in words; empty where none is."""
        following = self.of.person.scored.next_conversation
        return words.conversation(following.type, following.overdue_days) if following else ""

    @property
    def open(self) -> Sequence[Action]:
        """What was begun with them and is not done."""
        return [one for one in self.of.actions if one.state == OPEN]

    @property
    def last(self) -> Action | None:
        """What was done last, and not taken back."""
        return next((one for one in self.of.actions if one.state != DROPPED), None)


@router.get("/")
def get_week(
    request: Request,
    watched: Annotated[Oversight, Depends(oversight)],
    told: Annotated[Changed, Depends()],
    org_unit: Annotated[str, Query(max_length=1_000)] = "",
) -> Response:
    """Whom to talk to this week; a leader, who sees no person, starts with the teams."""
    service = watched.service
    if watched.caller.role != "hrbp":
        return see("/teams")
    if runs.latest(service.store) is None or not watched.caller.units:
        return render(request, "nothing.html", {"units": watched.caller.units, "before": None})
    seen = watched.view(org_unit)
    chosen = choices.capacity(service.store, watched.caller.id)
    people, begun = _people(service, seen, chosen or choices.CAPACITY)
    under_way = begun[:UNDER_WAY]
    just = _just(service, seen, told)
    shown = dict.fromkeys([one.id for one in (*people, *under_way)] + ([just.action.employee_id] if just else []))
    watched.write("page", seen.run, list(shown))
    values: dict[str, Any] = {
        "run": run_named(service, seen),
        "old": OLD_DAYS,
        "unit": org_unit.strip("/"),
        "capacity": chosen or choices.CAPACITY,
        "chosen": chosen is not None,
        "most": choices.MOST,
        "people": people,
        "under_way": under_way,
        "more": len(begun) - len(under_way),
        "expected": _expected(service, people),
        "population": listing.size(service.store, seen.population()),
        "just": just,
        "days": entry.days(service.today()),
        "horizon": HORIZON,
        "rest_days": service.settings.rest_days,
        "once": token_urlsafe,
    }
    return render(request, "week.html", values)


def run_named(service: Service, seen: View) -> RunNamed:
    """The run that a page shows, its age, and why there is no newer one."""
    return listed.run_named(seen.run, service.today(), held_back(service.store, seen.run))


def top(reasons: Sequence[Reason]) -> list[Reason]:
    """The few reasons that are told first: those that raise the risk, what can be acted on before context."""
    raising = [one for one in reasons if one.direction == "raises"]
    return (raising or list(reasons))[:_REASONS]


def _just(service: Service, seen: View, told: Changed) -> Just | None:
    """What was recorded or changed a moment ago, of somebody whom the caller may see."""
    found = known.action(service.store, told.changed) if told.changed else None
    if found is None or not listing.some(service.store, seen.population(), [found.employee_id]):
        return None
    return just_now.just(told, known.names(service.store, [found.employee_id])[found.employee_id].name, [found])


def _people(service: Service, seen: View, capacity: int) -> tuple[list[Row], list[Row]]:
    """Whom to talk to, and with whom something is under way."""
    store, population = service.store, seen.population()
    resting = seen.resting(store, service.settings.rest_days)
    chosen = sized.sized(store, population, capacity, seen.before, resting)
    ids = {one.scored.employee_id for one in chosen}
    begun = sorted((known.begun(store) | resting) - ids)
    busy = list(listing.some(store, population, begun).values())
    found = rows.listed(store, population, seen.before, [*chosen, *busy])
    led = [one.person.manager_id for one in found if one.person.manager_id]
    names = known.names(store, [*(one.person.scored.employee_id for one in found), *led])
    spread = ranges.spread(service.models.serving, HORIZON)
    told = [_row(one, names, spread) for one in found]
    return told[: len(chosen)], sorted(told[len(chosen) :], key=_begun)


def _row(found: Listed, names: Mapping[str, Named], spread: float) -> Row:
    scored = found.person.scored
    if scored.risks is None:
        raise ValueError("only people with a score are listed")
    risk = scored.risks[position(HORIZON)]
    id_, manager = scored.employee_id, found.person.manager_id
    return Row(
        id_,
        names[id_],
        names[manager].name if manager else "",
        found,
        risk,
        *ranges.around(risk, spread),
        top(scored.reasons),
    )


def _begun(row: Row) -> tuple[bool, str, str]:
    """What is open before what is done; what is to be followed up first before the rest."""
    follow_up = min((one.follow_up_on or "9" for one in row.open), default="9")
    return not row.open, follow_up, row.id


def _expected(service: Service, people: Sequence[Row]) -> Expected:
    risks = np.array([one.risk for one in people])
    return expected.expected(risks, ranges.spread(service.models.serving, HORIZON))
