"""Team features of posted people, who come without their team: what the nightly runs published of it.

The run used is the newest one of a day on or before the as-of date, so that nothing later is known. A person who was
scored there under the same manager has that run's values; else the plain means of the manager's team stand in; else
they are null.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Engine

from features.company import Codes, Company
from features.days import to_date
from service import scoring
from service.store import runs
from service.store.runs import Run

NONE: Final = "none"


@dataclass(frozen=True)
class TeamValues:
    """Values and where they come from, one row a person."""

    values: NDArray[np.float32]
    """Shape (persons, columns), NaN for null."""
    source: tuple[str, ...]
    """``published_run:DAY``, ``team_means:DAY`` or ``none``."""


def team_values(store: Engine, company: Company, persons: Codes, day: int, columns: tuple[str, ...]) -> TeamValues:
    """The team features of posted people on `day`, in the order of `columns`."""
    values = np.full((len(persons), len(columns)), np.nan, dtype=np.float32)
    run = runs.on_or_before(store, str(to_date(day)))
    if run is None:
        return TeamValues(values, (NONE,) * len(persons))
    ids = [company.people.employee_id[person] for person in persons]
    managers, _ = scoring.places(company, persons, day)
    found = runs.team_values(store, run, ids, [manager for manager in managers if manager is not None])
    sources = []
    for row, (id_, manager) in enumerate(zip(ids, managers, strict=True)):
        packed, source = _found(found, id_, manager)
        if packed is not None:
            values[row] = unpack(packed, run, columns)
        sources.append(source if source == NONE else f"{source}:{run.identity.as_of}")
    return TeamValues(values, tuple(sources))


def pack(values: NDArray[np.float32]) -> bytes:
    """One row of team values as the store keeps it."""
    return values.astype("<f4").tobytes()


def unpack(packed: bytes, run: Run, columns: tuple[str, ...]) -> NDArray[np.float32]:
    """A packed row in the order of `columns`; NaN for a column the run did not have."""
    values = np.append(np.frombuffer(packed, dtype="<f4"), np.float32(np.nan)).astype(np.float32)
    if columns == run.team_columns:
        return values[:-1]
    place = {name: index for index, name in enumerate(run.team_columns)}
    return values[[place.get(name, -1) for name in columns]]


def _found(found: runs.TeamValues, employee_id: str, manager: str | None) -> tuple[bytes | None, str]:
    if manager is None:
        return None, NONE
    before, values = found.person.get(employee_id, (None, b""))
    if before == manager:
        return values, "published_run"
    means = found.team.get(manager)
    return means, NONE if means is None else "team_means"
