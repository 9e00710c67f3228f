"""`GET /v1/teams`: heads, leavers to expect and what moves them, by org unit and by manager's team."""

from dataclasses import dataclass
from typing import Annotated, Final

import msgspec
from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from service.api import cursors, grouped, listed, openapi
from service.api.cursors import Cursor
from service.api.grouped import Group, TeamsAnswer
from service.api.oversight import Oversight, oversight
from service.api.problems import documented
from service.api.query import Plain
from service.api.risk_list import tagged
from service.api.state import Service
from service.errors import NotFoundError
from service.lists.view import UNKNOWN, View
from service.store.held import held_back
from service.teams import shown

router = APIRouter(tags=["groups"])

_MOST: Final = 500
"""Teams of a page."""


@dataclass(frozen=True)
class Asked:
    """What the query asks for."""

    org_unit: Annotated[
        str, Query(max_length=1_000, description="The units right below this one. Without it: the top of your own.")
    ] = ""
    limit: Annotated[int, Query(ge=1, le=_MOST, description="Managers' teams of a page."), Plain] = 100
    cursor: Annotated[str, Query(max_length=cursors.MOST, description="`next_cursor` of the page before.")] = ""


@router.get(
    "/v1/teams",
    summary="What to expect of units and teams",
    operation_id="get_teams",
    response_class=Response,
    responses={**openapi.tagged("TeamsAnswer"), **documented(401, 403, 404, 422, 429, 503)},
)
def get_teams(
    request: Request, asked: Annotated[Asked, Depends()], watched: Annotated[Oversight, Depends(oversight)]
) -> Response:
    """The units right below one, each with all below it, and the managers' teams within it, as of the latest run.

    Groups of fewer than five people have no figures, nor has a group that would tell of a few people by subtraction from the
    others, in any view. A group's figures change when nobody or at least five people came or went since, and no sooner:
    until then they keep the day they are from. No person is named but managers, as the names of their teams.
    """
    service: Service = request.app.state.service
    caller = watched.caller
    bound = ("teams", caller.name, caller.role, caller.org_unit, asked.org_unit)
    place = service.cursors.decode(asked.cursor, bound) if asked.cursor else None
    seen = watched.view(asked.org_unit, place)
    whole, groups, following = groups_of(service, seen, asked.limit, place)
    answer = TeamsAnswer(
        run=listed.run_named(seen.run, service.today(), held_back(service.store, seen.run)),
        org_unit=seen.units[0] if len(seen.units) == 1 else None,
        whole=whole,
        groups=groups,
        next_cursor=service.cursors.encode(following, bound) if following else None,
        definitions=grouped.DEFINITIONS,
    )
    return tagged(request, msgspec.json.encode(answer))


def groups_of(
    service: Service, seen: View, limit: int, place: Cursor | None
) -> tuple[Group | None, list[Group], Cursor | None]:
    """The group asked for, those within it, and where the next page begins.

    Who may see several units has no unit above them, and is shown them instead.
    """
    store, run = service.store, seen.run
    if len(seen.units) != 1:
        return None, [_told(seen, one) for one in shown.units(store, run, seen.units)], None
    (path,) = seen.units
    whole = shown.unit(store, run, path)
    if whole is None and shown.unit(store, run, "") is not None:
        raise NotFoundError(UNKNOWN)
    if whole is None:
        raise NotFoundError("The latest run says nothing of groups. Make one that does: python -m service score.")
    units = [] if place else shown.below_unit(store, run, path)
    teams = shown.teams(store, run, path, limit + 1, int(place.risk) if place else -1)
    following = None
    if len(teams) > limit:
        teams = teams[:limit]
        following = Cursor(run.id, seen.units, float(teams[-1].number), "")
    return _told(seen, whole), [_told(seen, one) for one in (*units, *teams)], following


def _told(seen: View, one: shown.Shown) -> Group:
    return grouped.group(one, seen.run.identity.as_of)
