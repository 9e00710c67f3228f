"""What a caller may see just now: the latest run, the units of the caller, and nobody who may not be listed."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Engine

from models.hazard import HORIZONS
from service.access.keys import Caller
from service.access.scope import inside
from service.audit.blocks import Blocked
from service.errors import NotFoundError
from service.store import actions, listing, runs
from service.store.listing import Population
from service.store.runs import Run

UNKNOWN: Final = "There is no such thing, or it lies outside what this key may see."


@dataclass(frozen=True)
class View:
    """What one caller may see at one moment."""

    run: Run
    before: Run | None
    """The run that changes are told against; None: there was none."""
    units: tuple[str, ...]
    """The unit asked for, else the caller's; the empty one is the whole company."""
    blocked: Blocked

    def population(self, horizon: int = HORIZONS[1], bands: Collection[str] = ()) -> Population:
        """The people of the view."""
        return Population(self.run, self.units, horizon, bands, self.blocked.people, self.blocked.units)

    def switched_off(self, unit: str | None) -> bool:
        """Whether a unit may not be listed."""
        return inside(unit, self.blocked.units)

    def resting(self, store: Engine, days: int) -> set[str]:
        """Who was talked to in so many days before the run's day."""
        since = dt.date.fromisoformat(self.run.identity.as_of) - dt.timedelta(days=days)
        return actions.since(store, str(since))


def view(store: Engine, caller: Caller, blocked: Blocked, unit: str = "", run: int | None = None) -> View:
    """What the caller may see.

    Parameters
    ----------
    unit
        The unit asked for; empty: all that the caller may see.
    run
        A run that an earlier answer spoke of; None: the latest.

    Raises
    ------
    NotFoundError
        Nothing was published yet; or nobody stands in the unit; or it is not the caller's, or nothing is: alike.
    """
    wanted = unit.strip("/")
    found = runs.latest(store) if run is None else runs.numbered(store, run)
    if found is None:
        raise NotFoundError("No run is published yet. Make one: python -m service score.")
    units = (wanted,) if wanted else caller.units
    outside = not units or (wanted and not inside(wanted, caller.units))
    if outside or (wanted and not listing.units(store, found, wanted)):
        raise NotFoundError(UNKNOWN)
    return View(found, runs.before(store, found.identity.as_of), units, blocked)
