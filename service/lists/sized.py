"""A list as long as there is time to talk: at most `capacity` people, fewer where fewer are worth it.

Worth a conversation is who stands above the lowest band: a company where nobody is likely to leave has an empty list.

A list that changes its mind every night is not trusted. So who was on the last list keeps the place unless somebody else's
risk is a tenth higher, and until the own risk is a tenth below where the bands begin. And who was talked to rests: for
`rest` days after an action, others come first.
"""

from collections.abc import Collection
from dataclasses import replace
from typing import Final

from sqlalchemy import Engine

from models.bands import NAMES
from models.hazard import position
from service.store import listing
from service.store.listing import Population
from service.store.runs import PublishedScore, Run

WORTH: Final = NAMES[1:]
KEPT: Final = 1.1
"""So many times one's own risk somebody else's must be to take a place that was held before."""
MOST: Final = 1_000


def sized(
    store: Engine, population: Population, capacity: int, before: Run | None, resting: Collection[str]
) -> list[PublishedScore]:
    """At most `capacity` people of the population, the highest risk first.

    Parameters
    ----------
    before
        The run before, whose list of the same size is the last one; None: there was none.
    resting
        People who were talked to a short while ago.
    """
    wanted = replace(population, bands=[band for band in WORTH if not population.bands or band in population.bands])
    if not wanted.bands:
        return []
    chosen = {
        person.scored.employee_id: person
        for person in listing.ranked(store, wanted, capacity + len(resting))
        if person.scored.employee_id not in resting
    }
    kept = _kept(store, population, wanted, capacity, before) if before else {}
    for id_, person in kept.items():
        if id_ not in resting:
            chosen.setdefault(id_, person)
    column = position(population.horizon)
    places = sorted(
        chosen.items(), key=lambda one: (-_risk(one[1], column) * (KEPT if one[0] in kept else 1.0), one[0])
    )
    listed = [person for _, person in places[:capacity]]
    return sorted(listed, key=lambda one: (-_risk(one, column), one.scored.employee_id))


def _kept(
    store: Engine, population: Population, wanted: Population, capacity: int, before: Run
) -> dict[str, PublishedScore]:
    """Who was on the last list and is still near enough to the bands to stay."""
    last = [person.scored.employee_id for person in listing.ranked(store, replace(wanted, run=before), capacity)]
    least = population.run.bands.elevated / KEPT
    return {
        id_: person
        for id_, person in listing.some(store, population, last).items()
        if _risk(person, position(90)) >= least
    }


def _risk(person: PublishedScore, column: int) -> float:
    return person.scored.risks[column] if person.scored.risks else 0.0
