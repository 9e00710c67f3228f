"""`/teams`: what to expect of units and teams. No single person stands here, but managers, as the names of their teams."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal

from fastapi import Depends, Query, Request
from markupsafe import Markup
from starlette.responses import Response

from features.faults import FaultsError
from models.hazard import HORIZONS
from service.api import cursors
from service.api.cursors import Cursor
from service.api.grouped import Group, Leavers
from service.api.oversight import Oversight, oversight
from service.api.state import Service
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
_ALL: Final = 1_000_000
"""More teams than any company has: so many are read where they are to be put in order."""


@dataclass(frozen=True)
class Asked:
    """What the page is asked for."""

    org_unit: Annotated[str, Query(max_length=1_000)] = ""
    horizon: Annotated[int, Query()] = HORIZON
    order: Annotated[Literal["name", "share"], Query()] = "name"
    """As the company has its units and managers, or the highest share of leavers first."""
    cursor: Annotated[str, Query(max_length=cursors.MOST)] = ""
    """Of the next page of teams, in the order of their managers."""


@dataclass(frozen=True)
class Row:
    """A group as the page tells of it."""

    group: Group
    name: str
    leavers: Leavers | None
    """By the horizon that is asked for; None where the group is withheld."""
    hires: float | None
    share: float | None
    """Leavers to expect, of its people."""
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
    request: Request, watched: Annotated[Oversight, Depends(oversight)], asked: Annotated[Asked, Depends()]
) -> Response:
    """A unit, those right below it and the managers' teams within, with the leavers to expect of each."""
    service, horizon = watched.service, asked.horizon
    if horizon not in HORIZONS:
        raise FaultsError([])
    if runs.latest(service.store) is None or not watched.caller.units:
        return render(request, "nothing.html", {"units": watched.caller.units, "before": None})
    bound = ("teams page", watched.caller.name, watched.caller.role, watched.caller.org_unit, asked.org_unit)
    where = service.cursors.decode(asked.cursor, bound) if asked.cursor else None
    seen = watched.view(asked.org_unit, where)
    if shown.unit(service.store, seen.run, "") is None:
        return render(request, "nothing.html", {"units": watched.caller.units, "before": run_named(service, seen)})
    found = _found(service, seen, asked, where)
    rows = _rows(watched, [*found.units, *found.teams], horizon)
    values: dict[str, Any] = {
        "run": run_named(service, seen),
        "old": OLD_DAYS,
        "way": _way(watched, seen),
        "asked": asked,
        "unit": asked.org_unit.strip("/"),
        "whole": found.whole and _row(found.whole, place.name(found.whole.org_unit), horizon, 1),
        "units": rows[: len(found.units)],
        "teams": rows[len(found.units) :],
        "of": found.of,
        "next": service.cursors.encode(found.following, bound) if found.following else None,
        "horizon": horizon,
        "horizons": HORIZONS,
    }
    return render(request, "teams.html", values)


@dataclass(frozen=True)
class _Found:
    whole: Group | None
    units: Sequence[Group]
    teams: Sequence[Group]
    of: int | None
    """How many teams there are; None where the page does not look at all of them."""
    following: Cursor | None


def _found(service: Service, seen: View, asked: Asked, where: Cursor | None) -> _Found:
    """The groups of the page; in order of their share, the first of all of them, since that order has no next page."""
    by_share = asked.order == "share"
    whole, groups, following = groups_of(service, seen, *((_ALL, None) if by_share else (_TEAMS, where)))
    units = [one for one in groups if one.kind == "unit"]
    teams = [one for one in groups if one.kind == "team"]
    if not by_share:
        return _Found(whole, units, teams, None, following)
    units, teams = _highest_first(units, asked.horizon), _highest_first(teams, asked.horizon)
    return _Found(whole, units, teams[:_TEAMS], len(teams), None)


def _highest_first(groups: Sequence[Group], horizon: int) -> list[Group]:
    """The groups by their share of leavers; those that are withheld last."""
    shares = [_share(one, horizon) for one in groups]
    order = sorted(range(len(groups)), key=lambda place: (shares[place] is None, -(shares[place] or 0.0)))
    return [groups[place] for place in order]


def _share(group: Group, horizon: int) -> float | None:
    """Leavers to expect, of the people; None where they are withheld."""
    found = _leavers(group, horizon)
    return found.value / group.people if found and group.people else None


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
        return Row(group, name, None, None, None, Markup(""))
    said = f"{words.about(found.value)}, between {found.low} and {found.high}"
    drawn = charts_groups.expected(found.value, found.low, found.high, most, said)
    return Row(group, name, found, getattr(group.hiring, f"by_{horizon}"), _share(group, horizon), drawn)


def _leavers(group: Group, horizon: int) -> Leavers | None:
    return getattr(group.expected, f"by_{horizon}", None)
