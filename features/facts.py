"""What a day knows of people, as scoring asks it: the same whether they stand in a company or were just posted."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, Protocol

import numpy as np

from features import build, presence
from features.blocks import Snapshots
from features.build import Dates, Matrix
from features.catalogue import catalogue
from features.company import Codes, Company
from features.places import places
from features.sentiment import Valence, valued
from features.spec import FeatureSpec

SOURCES: Final = ("surveys", "tickets", "checkins", "signals", "team_signals", "absences")
"""Tables that may be missing: without one the features that rest on it are null, or do not know of a leave."""


class Asked(NamedTuple):
    """What is asked of people."""

    day: int
    """The as-of date: what was known on or before it counts."""
    spec: FeatureSpec
    valence: Valence | None
    """What reads comments."""


class Facts(NamedTuple):
    """What a day knows of some people, a row each."""

    ids: Sequence[str]
    refused: Sequence[str | None]
    """Why each may not be scored, as `presence.no_score` has it; None where nothing stands against it."""
    managers: Sequence[str | None]
    """None where not known."""
    units: Sequence[str | None]
    matrix: Matrix
    """All features of the spec, of which the team's are null: they need everybody's records."""
    dates: Dates
    missing: tuple[str, ...]
    """Those of `SOURCES` that these people do not have."""


def some(facts: Facts, places: Sequence[int]) -> Facts:
    """The facts of those at these places."""
    return facts._replace(
        ids=[facts.ids[place] for place in places],
        refused=[facts.refused[place] for place in places],
        managers=[facts.managers[place] for place in places],
        units=[facts.units[place] for place in places],
        matrix=facts.matrix[places],
        dates={column: days[places] for column, days in facts.dates.items()},
    )


class People(Protocol):
    """People with the same sources."""

    def company(self) -> Company:
        """A company of them."""

    def facts(self, asked: Asked, block: slice) -> Facts:
        """The facts of some of them, in order."""


def missing_sources(company: Company) -> tuple[str, ...]:
    """The names of the `SOURCES` that a company does not have."""
    return tuple(name for name in SOURCES if getattr(company, name) is None)


@dataclass(frozen=True)
class Employed:
    """All people of a company, by its numbering."""

    records: Company

    def company(self) -> Company:
        """The company."""
        return self.records

    def facts(self, asked: Asked, block: slice) -> Facts:
        """The facts of some people."""
        company = valued(self.records, asked.valence)
        persons: Codes = np.arange(len(company.people), dtype=np.int32)[block]
        snapshots = Snapshots(persons, np.full(len(persons), asked.day, np.int32))
        own, dates = build.dated_features(company, asked.spec, snapshots)
        matrix = np.full((len(persons), len(catalogue(asked.spec))), np.nan, np.float32)
        matrix[:, : own.shape[1]] = own
        managers, units = named_places(company, snapshots)
        ids = [company.people.employee_id[person] for person in persons.tolist()]
        refused = presence.no_score(company, persons, asked.day)
        return Facts(ids, refused, managers, units, matrix, dates, missing_sources(company))


def named_places(company: Company, snapshots: Snapshots) -> tuple[list[str | None], list[str | None]]:
    """Manager id and org unit of each snapshot, None where not known."""
    managers, units = places(company, snapshots)
    names = company.names
    return (
        [names.managers[code] if code >= 0 else None for code in managers.tolist()],
        [names.units[code] if code >= 0 else None for code in units.tolist()],
    )
