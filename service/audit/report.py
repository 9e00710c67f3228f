"""Everything that is held about a person, in words, for that person.

Reading it is a reading of the person's risk, so the access log has it first.
"""

from collections.abc import Iterator
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, Row, func, select

from models.telling import LOWERS, Reason
from service.access.keys import Caller
from service.audit.blocks import blocked
from service.audit.log import AccessLog
from service.audit.who import View, views
from service.errors import UsageError
from service.scoring import DETAILS
from service.store import audit_tables, outcome_tables, page_tables, tables
from service.store.engine import faults_named

ABOUT: Final = """\
What this is. Every night a program estimates for each employee how likely they are to resign of their own accord within
30, 90, 180 and 365 days. The estimate is made of HR's own records: employment and job history, whether and how surveys
were answered, HR tickets, planned and held conversations with the manager, and other dated records that the company
hands over. It helps to choose whom to talk to and about what; it decides nothing, and it may be wrong. A person may
object to it: nobody scores or lists them from then on."""

_CONVERSATIONS: Final = {
    "what": "what they do",
    "how": "how they do it",
    "want": "what they want to do",
}
_ACTS: Final = {
    "list": "was shown the risk list",
    "csv": "took the risk list as a file",
    "person": "looked at this person",
    "warnings": "was shown the early warnings",
    "outcomes": "was shown what became of those listed",
    "report": "made this report",
    "object": "recorded an objection",
    "withdraw": "withdrew an objection",
    "erase": "erased the person",
}
"""Actions of the access log in words."""


def report(log: AccessLog, caller: Caller, employee_id: str) -> str:
    """The report, as plain text.

    Raises
    ------
    UsageError
        Nothing is held about such a person.
    StoreError
        The access log cannot be written, or the store does not answer.
    """
    with faults_named(), log.store.connect() as connection:
        if not _held(connection, employee_id):
            raise UsageError("Nothing is held about such a person.")
    log.write(caller, "report", None, [employee_id])
    log.flush()
    with faults_named(), log.store.connect() as connection:
        parts = [
            f"What is held about {employee_id}",
            ABOUT,
            _part("Objections", _objections(log, connection, employee_id), "None was recorded here."),
            _part("Risks", _scores(connection, employee_id), "None is kept."),
            _part("What was done", _actions(connection, employee_id), "Nothing was recorded here."),
            _part("Who saw it", (_seen(view) for view in views(log.store, employee_id)), "Nobody."),
            _part("Also held", _also(connection, employee_id), "Nothing else."),
        ]
    return "\n\n".join(parts)


def _part(title: str, lines: Iterator[str], none: str) -> str:
    return "\n".join([title, "-" * len(title), *(list(lines) or [none])])


def _held(connection: Connection, employee_id: str) -> bool:
    named = (
        tables.scores,
        tables.actions,
        tables.rises,
        outcome_tables.exits,
        audit_tables.objections,
        audit_tables.subjects,
    )
    first = (select(table.c.employee_id).where(table.c.employee_id == employee_id).limit(1) for table in named)
    return any(connection.execute(query).first() for query in first) or _as_manager(connection, employee_id) > 0


def _objections(log: AccessLog, connection: Connection, employee_id: str) -> Iterator[str]:
    table = audit_tables.objections.c
    for row in connection.execute(
        select(audit_tables.objections).where(table.employee_id == employee_id).order_by(table.objected_at)
    ):
        until = f"until it was withdrawn on {row.withdrawn_at[:10]}" if row.withdrawn_at else "it holds"
        yield f"Objected on {row.objected_at[:10]}; {until}."
    last = connection.execute(_scores_of(employee_id).limit(1)).first()
    if last is not None and blocked(log.store).code("", last.org_unit) == "unit_switched_off":
        yield "Scoring and lists are switched off for this person's unit."


def _scores(connection: Connection, employee_id: str) -> Iterator[str]:
    for row in connection.execute(_scores_of(employee_id)):
        yield from _score(row)


def _scores_of(employee_id: str) -> Any:
    """The person's scores, the newest first."""
    runs, scores = tables.runs.c, tables.scores.c
    query = select(runs.as_of, runs.model_version, runs.retrospective, tables.scores)
    query = query.join(tables.runs, runs.id == scores.run).where(scores.employee_id == employee_id)
    return query.order_by(runs.as_of.desc(), runs.id.desc())


def _score(row: Row[Any]) -> Iterator[str]:
    model = f"model version {row.model_version}" + (", looking back" if row.retrospective else "")
    unit = "no known unit" if row.org_unit is None else f"unit {row.org_unit}"
    manager = "no known manager" if row.manager_id is None else f"manager {row.manager_id}"
    if row.no_score:
        yield f"{row.as_of} ({model}; {unit}, {manager}): not scored. {DETAILS.get(row.no_score, row.no_score)}"
        return
    days = ", ".join(f"{risk:.1%} within {days} days" for days, risk in _risks(row))
    yield f"{row.as_of} ({model}; {unit}, {manager}): {days}. Band: {row.band}."
    for reason in msgspec.json.decode(row.reasons, type=tuple[Reason, ...]):
        yield f"    {reason.direction}: {reason.text.removeprefix(LOWERS)}"
    if row.next_conversation:
        about = _CONVERSATIONS.get(row.next_conversation, row.next_conversation)
        yield f"    due: a conversation about {about}, overdue by {row.overdue_days} days"


def _risks(row: Row[Any]) -> list[tuple[int, float]]:
    return [(30, row.risk_30), (90, row.risk_90), (180, row.risk_180), (365, row.risk_365)]


def _actions(connection: Connection, employee_id: str) -> Iterator[str]:
    table = tables.actions.c
    query = select(tables.actions).where(table.employee_id == employee_id).order_by(table.occurred_at)
    for row in connection.execute(query):
        due = f"; to come back to on {row.follow_up_on}" if row.follow_up_on else ""
        kind = row.action_type.replace("_", " ")
        yield f"{row.occurred_at[:10]}: {kind}, recorded {row.recorded_at[:10]}; it is {row.state}{due}."


def _seen(view: View) -> str:
    run = f", of {view.run_of}" if view.run_of else ""
    return f"{view.at[:16].replace('T', ' ')} UTC: {view.by} ({view.role}) {_ACTS.get(view.action, view.action)}{run}"


def _also(connection: Connection, employee_id: str) -> Iterator[str]:
    """What else is there: the first hire, rises, what only the page shows, mentions as a manager, the pseudonym's key."""
    if hired := connection.execute(_scores_of(employee_id).with_only_columns(tables.scores.c.hired_on)).scalar():
        yield f"First hired on {hired}."
    page = page_tables.page_people
    for row in connection.execute(select(page).where(page.c.employee_id == employee_id)):
        name, address = row.display_name or "no name", row.work_email or "no address"
        yield f"For the page: {name}, {address}, {len(row.conversations or b'') // 2} conversations of the last year."
    rises, runs = tables.rises.c, tables.runs.c
    query = select(runs.as_of, rises.kind).join(tables.runs, runs.id == rises.run)
    for row in connection.execute(query.where(rises.employee_id == employee_id).order_by(runs.as_of)):
        said = "into a higher band" if row.kind == "band" else "by more than risks usually move"
        yield f"Early warning of {row.as_of}: the risk rose {said}."
    table = outcome_tables.exits
    for row in connection.execute(select(table).where(table.c.employee_id == employee_id).order_by(table.c.exit_day)):
        yield f"An exit on {row.exit_day} ({row.kind}), by the data of {row.last_told}."
    if count := _as_manager(connection, employee_id):
        yield f"Named as the manager in {count:,} people's rows."
    if means := _count(connection, tables.team_values.c.manager_id, employee_id):
        yield f"Mean values of the team this person manages, of {means:,} runs."
    if _count(connection, audit_tables.subjects.c.employee_id, employee_id):
        yield "A key from which the pseudonym in the access log is made."


def _as_manager(connection: Connection, employee_id: str) -> int:
    return _count(connection, tables.scores.c.manager_id, employee_id)


def _count(connection: Connection, column: Any, employee_id: str) -> int:
    return int(connection.execute(select(func.count()).where(column == employee_id)).scalar_one())
