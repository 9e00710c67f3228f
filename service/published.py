"""Team features of posted people, who come without their team: what the nightly runs published of it.

The run used is the newest one of a day on or before the as-of date, so that nothing later is known. A person who was
scored there under the same manager has that run's values; else the plain means of the manager's team stand in; else
they are null.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Engine

from features.days import to_date
from service.access.scope import WHOLE, inside
from service.store import runs
from service.store.runs import Run

NONE: Final = "none"

_FRESH_SECONDS: Final = 1.0
"""So long the store is not asked again which run is the newest."""
_REMEMBERED: Final = 50_000
"""So many people's and teams' values of a run are kept in memory; then all are asked for anew."""
_NULL: Final = np.float32(np.nan).tobytes()
_Float32 = NDArray[np.float32]


@dataclass(frozen=True)
class Teams:
    """What one published run says of teams; nothing where `run` is None. A request uses one from beginning to end."""

    store: Engine
    run: Run | None
    _people: dict[str, tuple[str | None, str | None, _Float32] | None] = field(default_factory=dict)
    _means: dict[str | None, tuple[str | None, _Float32] | None] = field(default_factory=dict)
    """Rows in the order of the run's columns, with a null at their end."""

    def fill(
        self,
        values: _Float32,
        columns: tuple[str, ...],
        ids: Sequence[str],
        managers: Sequence[str | None],
        units: tuple[str, ...] = WHOLE,
    ) -> list[str]:
        """Write the team features of people under these managers where there are any; where each one's come from.

        Parameters
        ----------
        values
            Shape (people, columns), all null.
        units
            The org units the caller is limited to (`service.access.scope`).

        Returns
        -------
        list[str]
            ``published_run:DAY``, ``team_means:DAY`` or ``none``.
        """
        if self.run is None or not ids:
            return [NONE] * len(ids)
        self._ask(ids, managers)
        (of_own, of_team), order, sources = self._told, _order(self.run.team_columns, columns), [NONE] * len(ids)
        for row, (id_, manager) in enumerate(zip(ids, managers, strict=True)):
            if manager is None:
                continue
            own, team = self._people[id_], self._means[manager]
            if own is not None and own[0] == manager and inside(own[1], units):
                values[row], sources[row] = own[2][order], of_own
            elif team is not None and inside(team[0], units):
                values[row], sources[row] = team[1][order], of_team
        return sources

    @cached_property
    def _told(self) -> tuple[str, str]:
        """What is said of a person's own values, and of the team's means."""
        day = self.run.identity.as_of if self.run else ""
        return f"published_run:{day}", f"team_means:{day}"

    def _ask(self, employees: Sequence[str], known: Sequence[str | None]) -> None:
        """Ask the store for those not asked for before."""
        people = [id_ for id_ in employees if id_ not in self._people]
        teams = [manager for manager in known if manager is not None and manager not in self._means]
        if self.run is None or not (people or teams):
            return
        if len(self._people) + len(self._means) > _REMEMBERED:
            self._people.clear()
            self._means.clear()
            people, teams = list(employees), [manager for manager in known if manager is not None]
        found = runs.team_values(self.store, self.run, people, teams)
        for id_ in people:
            own = found.person.get(id_)
            self._people[id_] = own and (own[0], own[1], _unpacked(own[2]))
        for manager in teams:
            team = found.team.get(manager)
            self._means[manager] = team and (team[0], _unpacked(team[1]))


@dataclass
class Published:
    """The published runs, as posted people's team features are taken from them; one a process."""

    store: Engine
    clock: Callable[[], float] = time.monotonic
    """Seconds, never falling."""
    _known: dict[int, tuple[float, Teams]] = field(default_factory=dict)

    def on(self, day: int) -> Teams:
        """The teams of the newest run of a day on or before `day`; at most a second out of date.

        Raises
        ------
        StoreError
            The store does not answer.
        """
        now = self.clock()
        asked, teams = self._known.get(day, (-np.inf, None))
        if teams is not None and now - asked < _FRESH_SECONDS:
            return teams
        run = runs.on_or_before(self.store, str(to_date(day)))
        if teams is None or teams.run != run:
            teams = next((held for _, held in self._known.values() if held.run == run), Teams(self.store, run))
        self._known = {other: held for other, held in self._known.items() if now - held[0] < _FRESH_SECONDS}
        self._known[day] = now, teams
        return teams


def pack(values: _Float32) -> bytes:
    """One row of team values as the store keeps it."""
    return values.astype("<f4").tobytes()


def _unpacked(packed: bytes) -> _Float32:
    return np.frombuffer(packed + _NULL, dtype="<f4")


def _order(known: tuple[str, ...], wanted: tuple[str, ...]) -> slice | list[int]:
    """Where the wanted columns stand in a row of those that are known with a null at its end."""
    if known == wanted:
        return slice(0, -1)
    place = {name: index for index, name in enumerate(known)}
    return [place.get(name, -1) for name in wanted]
