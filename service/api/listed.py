"""What lists, one person's risk and warnings answer with."""

import datetime as dt
from collections.abc import Sequence
from typing import Any, Literal

from msgspec import Struct, structs

from features.days import to_date, to_day
from models.telling import Reason
from service.api.answers import Conversation, Refusal, Risk
from service.lists.changes import Change
from service.lists.expected import Expected
from service.lists.rows import Coverage, Listed
from service.store.actions import Action
from service.store.runs import PublishedScore, Run

Band = Literal["low", "elevated", "high", "critical"]


class RunNamed(Struct, frozen=True):
    """The published run that an answer speaks of."""

    as_of: str
    published_at: str
    age_days: int
    """From the run's day to today."""
    model_version: str
    model_digest: str
    newest_facts: dict[str, str]
    """By source, the day of the newest fact that was known."""
    held_back: list[str]
    """Why newer runs were not published; empty where none was refused."""


class ActionGiven(Struct, frozen=True):
    """Something done to keep somebody."""

    id: str
    action_type: str
    occurred_at: str
    recorded_at: str
    state: Literal["open", "done", "dropped"]
    follow_up_on: str | None
    """The day to come back to it; only an open action has any."""


class ActionListed(ActionGiven, frozen=True):
    """An action as lists show it today."""

    overdue: bool
    """It is open, and its follow-up should have been before today."""


class ListedPerson(Struct, frozen=True):
    """One person of a list."""

    employee_id: str
    org_unit: str | None
    manager_id: str | None
    risk: Risk
    band: Band
    change: Change | None
    """Since the run before; null where there is none."""
    reasons: Sequence[Reason]
    next_conversation: Conversation | None
    data_age_days: int | None
    """From the newest fact known of the person to the run's day."""
    newest_facts: dict[str, str]
    coverage: Coverage
    """Sources that said something of the person within a year, of those the run had."""
    actions: list[ActionListed]
    """What was done, the newest first."""


class ListAnswer(Struct, frozen=True):
    """The answer of `GET /v1/risk-list`, the highest risk first."""

    run: RunNamed
    horizon: int
    """Days of the risk that ranks."""
    population: int
    """People who were scored, within the caller's units and the filters."""
    capacity: int | None
    expected_leavers: Expected | None
    """Of a list with a capacity: how many of its people leave by the horizon, with a 95 % interval."""
    people: list[ListedPerson]
    next_cursor: str | None
    """Where the next page begins; null on the last."""


class PastRisk(Struct, frozen=True):
    """A person's risk in an earlier run."""

    as_of: str
    risk: Risk | None
    band: Band | None
    no_score: str | None
    model_version: str


class PersonAnswer(Struct, frozen=True):
    """The answer of `GET /v1/employees/{employee_id}/risk`: a risk or a refusal, never both, never neither."""

    run: RunNamed
    employee_id: str
    org_unit: str | None
    manager_id: str | None
    risk: Risk | None
    band: Band | None
    no_score: Refusal | None
    change: Change | None
    reasons: Sequence[Reason]
    next_conversation: Conversation | None
    data_age_days: int | None
    newest_facts: dict[str, str]
    coverage: Coverage
    actions: list[ActionListed]
    history: list[PastRisk]
    """One a day, the newest first."""


class Warned(Struct, frozen=True):
    """Somebody whose risk rose."""

    as_of: str
    """Day of the run in which it did."""
    kind: Literal["band", "jump"]
    """Into a higher band, or by more than risks usually move between two runs."""
    person: ListedPerson


class WarningsAnswer(Struct, frozen=True):
    """The answer of `GET /v1/warnings`."""

    run: RunNamed
    budget: int
    """At most so many people in seven days."""
    left_out: int
    """How many more rose than the budget holds."""
    warnings: list[Warned]


def run_named(run: Run, today: int, held_back: Sequence[str]) -> RunNamed:
    """The short form of a run."""
    published = run.identity
    age = today - to_day(dt.date.fromisoformat(published.as_of))
    return RunNamed(
        published.as_of,
        run.published_at,
        age,
        run.model_version,
        published.bundle_digest,
        dict(run.newest),
        list(held_back),
    )


def person(row: Listed, today: int) -> ListedPerson:
    """A scored person's row."""
    published, scored = row.person, row.person.scored
    if scored.risks is None or scored.band is None:
        raise ValueError("only people with a score are listed")
    return ListedPerson(
        employee_id=scored.employee_id,
        org_unit=published.org_unit,
        manager_id=published.manager_id,
        risk=Risk(*scored.risks),
        band=scored.band,  # type: ignore[arg-type]  # models.bands.NAMES
        change=row.change,
        reasons=scored.reasons,
        next_conversation=conversation(published),
        data_age_days=row.data_age_days,
        newest_facts=dict(published.newest),
        coverage=row.coverage,
        actions=actions(row.actions, today),
    )


def conversation(published: PublishedScore) -> Conversation | None:
    """The conversation that is due."""
    following = published.scored.next_conversation
    return Conversation(following.type, following.overdue_days) if following else None  # type: ignore[arg-type]


def actions(done: Sequence[Action], today: int) -> list[ActionListed]:
    """What was done, without who recorded it."""
    day = str(to_date(today))
    return [ActionListed(**structs.asdict(given(one)), overdue=one.overdue(day)) for one in done]


def given(done: Action) -> ActionGiven:
    """An action, without who recorded it."""
    state: Any = done.state  # one of actions.STATES
    return ActionGiven(done.id, done.action_type, done.occurred_at, done.recorded_at, state, done.follow_up_on)
