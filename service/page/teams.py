"""`/teams`: what to expect of units and teams. No single person stands here, but managers, as the names of their teams."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final

from fastapi import Depends, Query, Request
from markupsafe import Markup
from starlette.responses import Response

from features.faults import FaultsError
from models.hazard import HORIZONS
from service.api import cursors
from service.api.grouped import Group, Leavers
from service.api.oversight import Oversight, oversight
from service.api.teams import groups_of
from service.lists.view import View
from service.page import charts_groups, known, place, words
from service.page.rendering import render
from service.page.routing import router as page_router
from service.page.week import OLD_DAYS, run_named
from service.store import runs
from service.teams import shown
from service.teams.words import topic

router = page_router()

HORIZON: Final = 180
"""Unless another is asked for. Unit: days."""
_TEAMS: Final = 50
"""Managers' teams of a page."""


@dataclass(frozen=True)
class Row:
    """A group as the page tells of it."""

    group: Group
    name: str
    leavers: Leavers | None
    """By the horizon that is asked for; None where the group is withheld."""
    hires: float | None
    drawn: Markup

    @property
    def raises(self) -> str:
        """What raises the risk here; empty where nothing does."""
        return self._moves("raises")

    @property
    def lowers(self) -> str:
        """What lowers it."""
        return self._moves("lowers")

    def _moves(self, direction: str) -> str:
        return words.listing([topic(one.topic) for one in self.group.drivers if one.direction == direction])


@router.get("/teams")
def get_teams(
    request: Request,
    watched: Annotated[Oversight, Depends(oversight)],
    org_unit: Annotated[str, Query(max_length=1_000)] = "",
    horizon: Annotated[int, Query()] = HORIZON,
    cursor: Annotated[str, Query(max_length=cursors.MOST)] = "",
) -> Response:
    """A unit, those right below it and the managers' teams within, with the leavers to expect of each."""
    service = watched.service
    if horizon not in HORIZONS:
        raise FaultsError([])
    if runs.latest(service.store) is None or not watched.caller.units:
        return render(request, "nothing.html", {"units": watched.caller.units, "before": None})
    bound = ("teams page", watched.caller.name, watched.caller.role, watched.caller.org_unit, org_unit)
    where = service.cursors.decode(cursor, bound) if cursor else None
    seen = watched.view(org_unit, where)
    if shown.unit(service.store, seen.run, "") is None:
        return render(request, "nothing.html", {"units": watched.caller.units, "before": run_named(service, seen)})
    whole, groups, following = groups_of(service, seen, _TEAMS, where)
    rows = _rows(watched, groups, horizon)
    values: dict[str, Any] = {
        "run": run_named(service, seen),
        "old": OLD_DAYS,
        "way": _way(watched, seen),
        "unit": org_unit.strip("/"),
        "whole": whole and _row(whole, place.name(whole.org_unit), horizon, 1),
        "units": [row for row in rows if row.group.kind == "unit"],
        "teams": [row for row in rows if row.group.kind == "team"],
        "later": where is not None,
        "next": service.cursors.encode(following, bound) if following else None,
        "horizon": horizon,
        "horizons": HORIZONS,
    }
    return render(request, "teams.html", values)


def _way(watched: Oversight, seen: View) -> list[place.Step]:
    return place.way(seen.units[0], watched.caller.units) if len(seen.units) == 1 else []


def _rows(watched: Oversight, groups: Sequence[Group], horizon: int) -> list[Row]:
    """The groups, units on one scale and teams on another, the managers by their names."""
    managers = [one.manager_id for one in groups if one.manager_id]
    names = known.names(watched.service.store, managers)
    most: dict[str, int] = {}
    for one in groups:
        if found := _leavers(one, horizon):
            most[one.kind] = max(most.get(one.kind, 1), found.high)
    called = [names[one.manager_id].name if one.manager_id else place.name(one.org_unit) for one in groups]
    return [_row(one, name, horizon, most.get(one.kind, 1)) for one, name in zip(groups, called, strict=True)]


def _row(group: Group, name: str, horizon: int, most: int) -> Row:
    found = _leavers(group, horizon)
    if found is None or group.hiring is None:
        return Row(group, name, None, None, Markup(""))
    said = f"{words.about(found.value)}, between {found.low} and {found.high}"
    drawn = charts_groups.expected(found.value, found.low, found.high, most, said)
    return Row(group, name, found, getattr(group.hiring, f"by_{horizon}"), drawn)


def _leavers(group: Group, horizon: int) -> Leavers | None:
    return getattr(group.expected, f"by_{horizon}", None)
