"""A row of a list: a published person with what changed, how old the data is, and what was done."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Engine

from features.days import to_day
from models.hazard import position
from service.lists.changes import Change, change
from service.store import actions, listing
from service.store.actions import Action
from service.store.listing import Population
from service.store.runs import PublishedScore, Run

RECENT_DAYS: Final = 365
"""A source that said nothing of a person for so long covers them no more."""


@dataclass(frozen=True)
class Coverage:
    """How many of the sources of a run said something of a person within a year."""

    known: int
    of: int


@dataclass(frozen=True)
class Listed:
    """One person of a list."""

    person: PublishedScore
    change: Change | None
    """None where there is no run before."""
    data_age_days: int | None
    """Days from the newest fact known of the person to the run's day; None where nothing is known."""
    coverage: Coverage
    actions: Sequence[Action]


def listed(store: Engine, population: Population, before: Run | None, people: Sequence[PublishedScore]) -> list[Listed]:
    """The rows of these people, in their order.

    Parameters
    ----------
    before
        The run they are compared with; a person's own unit in it does not matter.
    """
    ids = [person.scored.employee_id for person in people]
    known = listing.some(store, Population(before), ids) if before else {}
    done = actions.of(store, ids)
    return [_row(population, before, person, known, done) for person in people]


def _row(
    population: Population,
    before: Run | None,
    person: PublishedScore,
    known: Mapping[str, PublishedScore],
    done: Mapping[str, Sequence[Action]],
) -> Listed:
    id_, run = person.scored.employee_id, population.run
    moved = change(person, known.get(id_), run, before, position(population.horizon)) if before else None
    return Listed(person, moved, age(run, person), coverage(run, person), done.get(id_, ()))


def age(run: Run, person: PublishedScore) -> int | None:
    """Days from the newest fact known of a person to the run's day."""
    newest = max(person.newest.values(), default=None)
    return None if newest is None else _day(run.identity.as_of) - _day(newest)


def coverage(run: Run, person: PublishedScore) -> Coverage:
    """The sources that said something of a person within a year, of those that said anything of anybody."""
    since = _day(run.identity.as_of) - RECENT_DAYS
    known = [source for source, day in person.newest.items() if source in run.newest and _day(day) > since]
    return Coverage(len(known), len(run.newest))


def _day(text: str) -> int:
    return to_day(dt.date.fromisoformat(text))
