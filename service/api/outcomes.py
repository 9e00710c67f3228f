"""`GET /v1/outcomes`: what became of those listed, person by person for who may see them, else as counts."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, Final

import msgspec
from fastapi import APIRouter, Depends, Query, Request
from pydantic import AfterValidator
from starlette.responses import Response

from service.api import cursors, listed, openapi
from service.api.cursors import Cursor
from service.api.outcome_answers import (
    CompanyOutcome,
    GroupOutcome,
    ListOutcome,
    OutcomesAnswer,
    PersonOutcome,
    RunOutcome,
    Withheld,
)
from service.api.oversight import Oversight, oversight
from service.api.problems import documented
from service.api.query import Horizon, Plain
from service.api.risk_list import tagged
from service.api.state import Service
from service.disclosure.tree import FEWEST, REASONS
from service.errors import NotFoundError
from service.lists.expected import UNKNOWN_SPREAD, spread
from service.lists.view import UNKNOWN, View
from service.outcomes import figures, groups, realised
from service.outcomes import listed as judged
from service.outcomes.became import Window
from service.outcomes.listed import Summary, Told
from service.outcomes.realised import Realised
from service.store import actions
from service.store.actions import Action
from service.store.held import held_back
from service.store.runs import Run

router = APIRouter(tags=["lists"])

_MOST: Final = 200
"""People, or windows, of a page."""
_WHY: Final = {
    **REASONS,
    "complement": "Shown, it would tell of a few people: by subtraction, or since so few or so many of them were listed.",
    "held": f"Since the window before, fewer than {FEWEST} people came or went: the difference would tell of them.",
    groups.SWITCHED_OFF: "The unit is switched off, or would tell of one that is by subtraction.",
    groups.OVERLAP: f"Lists are judged {groups.JUDGED} days on: of two horizons the few who left between could be told.",
}


def _day(text: str) -> str:
    try:
        known = str(dt.date.fromisoformat(text)) == text or not text
    except ValueError:
        known = not text
    if not known:
        raise ValueError("not a day (YYYY-MM-DD)")
    return text


@dataclass(frozen=True)
class Asked:
    """What the query asks for."""

    horizon: Annotated[Horizon, Query(description="Days after the run by which people left.")] = 90
    org_unit: Annotated[str, Query(max_length=1_000, description="This unit and all below it.")] = ""
    as_of: Annotated[str, AfterValidator(_day), Query(max_length=10, description="Only the run of this day.")] = ""
    limit: Annotated[int, Query(ge=1, le=_MOST, description="People, or windows, of a page."), Plain] = 50
    cursor: Annotated[str, Query(max_length=cursors.MOST, description="`next_cursor` of the page before.")] = ""


@router.get(
    "/v1/outcomes",
    summary="What became of those listed",
    operation_id="get_outcomes",
    response_class=Response,
    responses={**openapi.tagged("OutcomesAnswer"), **documented(401, 403, 404, 422, 429, 503)},
)
def get_outcomes(
    request: Request, asked: Annotated[Asked, Depends()], watched: Annotated[Oversight, Depends(oversight)]
) -> Response:
    """Who stood above the lowest band in a run, and what became of them once the window of the horizon had closed.

    HR business partners see the people of their units, run by run, with what was expected and what came of it; every person
    shown is written to the access log first. Leaders and scientists see counts by unit, of windows that do not overlap, and
    nothing from which one person's listing could be worked out: what is withheld says why.
    """
    service: Service = request.app.state.service
    seen = watched.view(asked.org_unit)
    people = watched.caller.role == "hrbp"
    answer = OutcomesAnswer(
        run=listed.run_named(seen.run, service.today(), held_back(service.store, seen.run)),
        horizon=asked.horizon,
        delay_days=service.settings.reporting_delay_days,
        runs=None,
        people=None,
        groups=None if people else _groups(service, seen, asked),
        next_cursor=None,
    )
    if people:
        answer = _with_people(watched, seen, asked, answer)
    return tagged(request, msgspec.json.encode(answer))


def _groups(service: Service, seen: View, asked: Asked) -> list[GroupOutcome]:
    rows = groups.stored(service.store, seen.units, asked.horizon, asked.limit)
    return [_group(row) for row in rows if asked.as_of in {"", row["as_of"]}]


def _group(row: Mapping[str, Any]) -> GroupOutcome:
    told = {name: row[name] for name in ("as_of", "org_unit", "people", "left", "listed", "listed_left", "expected")}
    share = None if row["listed_left"] is None else row["listed_left"] / row["listed"]
    code = row["withheld"]
    return GroupOutcome(
        **told,
        precision=None if share is None else round(share, 4),
        lift=None if share is None else round(share * row["people"] / row["left"], 4),
        withheld=Withheld(code, _WHY[code]) if code else None,
        worked_out_on=row["worked_out_on"],
    )


def _with_people(watched: Oversight, seen: View, asked: Asked, answer: OutcomesAnswer) -> OutcomesAnswer:
    """The answer with a page of people and their runs; the access log first."""
    service, store = watched.service, watched.service.store
    caller = watched.caller
    bound = (caller.name, caller.role, caller.org_unit, "outcomes", asked.horizon, asked.org_unit, asked.as_of)
    place = service.cursors.decode(asked.cursor, bound) if asked.cursor else None
    runs = [run for run in judged.days(store) if asked.as_of in {"", run.identity.as_of}]
    if place is not None and (place.units != seen.units or place.run not in {run.id for run in runs}):
        raise NotFoundError(UNKNOWN)
    after = None if place is None else (place.run, place.risk, place.employee_id)
    found = judged.page(store, seen.population(asked.horizon), runs, after, asked.limit + 1)
    page, more = found[: asked.limit], len(found) > asked.limit
    known_to, delay = seen.run.identity.as_of, service.settings.reporting_delay_days
    windows = {run.id: Window(run.identity.as_of, asked.horizon, delay, known_to) for run, _ in page}
    told = judged.told(store, page, windows)
    for run in {run.id: run for run, _ in page}.values():
        watched.write("outcomes", run, [one.person.scored.employee_id for one in told if one.run.id == run.id])
    done = actions.of(store, sorted({one.person.scored.employee_id for one in told}))
    last = page[-1] if more else None
    cursor = last and Cursor(last[0].id, seen.units, judged.risk_of(last[1], asked.horizon), last[1].scored.employee_id)
    return msgspec.structs.replace(
        answer,
        runs=_runs(service, seen, windows, {run.id: run for run, _ in page}, asked.horizon),
        people=[_person(one, asked.horizon, done, service.today()) for one in told],
        next_cursor=service.cursors.encode(cursor, bound) if cursor else None,
    )


def _runs(
    service: Service, seen: View, windows: Mapping[int, Window], runs: Mapping[int, Run], horizon: int
) -> list[RunOutcome]:
    """The runs of a page, within the caller's units."""
    company = {}
    if "" in seen.units:
        company = {one.as_of: one for one in realised.stored(service.store, horizon)}
    found = []
    for number, run in runs.items():
        population = replace(seen.population(horizon), run=run)
        summed = judged.summary(service.store, population, windows[number], _spread(service, run, horizon))
        found.append(_run(summed, company.get(run.identity.as_of)))
    return found


def _spread(service: Service, run: Run, horizon: int) -> float:
    serving = service.models.serving
    if serving is None or serving.model.digest != run.identity.bundle_digest:
        return UNKNOWN_SPREAD
    return spread(serving.model.manifest.evidence, serving.model.mode, horizon)


def _run(one: Summary, company: Realised | None) -> RunOutcome:
    mine, everybody, closed = one.listed, one.everybody, one.window.closed
    known = mine.people if closed else 0
    found = ListOutcome(
        people=mine.people,
        left=mine.left,
        other=mine.other,
        stayed=known - mine.left - mine.other,
        pending=mine.people - known,
        gone=one.gone,
        unknown=one.unknown,
        expected=mine.expected,
        expected_precision=round(mine.expected.value / mine.people, 6) if mine.people else None,
        precision=mine.precision if closed else figures.NONE,
        lift=figures.lift(mine, everybody) if everybody else None,
    )
    return RunOutcome(
        as_of=one.window.as_of,
        model_version=one.run.model_version,
        closes_on=one.window.closes,
        closed=closed,
        listed=found,
        everybody=everybody.people if everybody else None,
        everybody_left=everybody.left if everybody else None,
        company=_company(company) if company and closed else None,
    )


def _company(found: Realised) -> CompanyOutcome:
    everybody = found.everybody
    return CompanyOutcome(
        people=everybody.people,
        left=everybody.left,
        other=everybody.other,
        expected=everybody.expected,
        observed_expected=found.observed_expected,
        auc=found.auc,
        brier=found.brier,
        calibration=list(found.bins),
        worked_out_first=found.first_on,
        worked_out_last=found.last_on,
        stale_since=found.stale_on,
    )


def _person(one: Told, horizon: int, done: Mapping[str, Sequence[Action]], today: int) -> PersonOutcome:
    scored = one.person.scored
    kind: Any = one.kind
    band: Any = scored.band
    return PersonOutcome(
        as_of=one.run.identity.as_of,
        employee_id=scored.employee_id,
        org_unit=one.person.org_unit,
        manager_id=one.person.manager_id,
        risk=judged.risk_of(one.person, horizon),
        band=band,
        outcome=one.became,
        exit_day=one.exit_day,
        exit_kind=kind,
        told_first=one.first_told,
        told_last=one.last_told,
        actions=listed.actions(done.get(scored.employee_id, ()), today),
    )
