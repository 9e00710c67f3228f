"""The table of exits, brought up to date by the data of each night: what is known on the run's day, and nothing later.

Of every employment that some kept run may have scored. A correction takes the place of what was told before; an exit that
the data takes back goes. Whoever the data does not hold any more keeps the exit that was told; whoever it lost without one
is noted as `unknown`, since a data folder that drops its leavers would make them look as if they had stayed.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
from sqlalchemy import ColumnElement, Connection, and_, bindparam, delete, func, insert, or_, select, update

from features import presence
from features.company import VOLUNTARY as BY_CHOICE
from features.company import Company
from features.days import NEVER, Days, to_date, to_day
from service.outcomes.became import OTHER, UNKNOWN, VOLUNTARY
from service.store import tables, tombstones
from service.store.outcome_tables import exits

_BEFORE_ALL: Final = "0001-01-01"
_NEVER: Final = str(to_date(NEVER))
_FACTS: Final = ("next_hire", "exit_day", "kind", "known_on")
Key = tuple[str, str]
"""Employee id and hire day."""


@dataclass(frozen=True)
class Exit:
    """How one employment ended. Days are YYYY-MM-DD."""

    employee_id: str
    hire_day: str
    next_hire: str | None
    exit_day: str
    kind: str
    known_on: str

    @property
    def key(self) -> Key:
        """Which employment."""
        return self.employee_id, self.hire_day


@dataclass(frozen=True)
class Change:
    """An exit that the newest data tells otherwise than the store did; None: there is none."""

    before: Exit | None
    now: Exit | None


def told(company: Company, day: int, first: str) -> list[Exit]:
    """The exits known on a day that matter to a run of the day `first` or later."""
    ended, people = presence.exits(company, day), company.people
    since = to_day(dt.date.fromisoformat(first))
    chosen = np.flatnonzero((ended.kind > 0) & ((ended.day > since) | (ended.known > since)))
    columns = (
        [people.employee_id[person] for person in chosen.tolist()],
        _texts(people.hire[chosen]),
        [None if day == _NEVER else day for day in _texts(people.next_hire[chosen])],
        _texts(ended.day[chosen]),
        np.where(ended.kind[chosen] == BY_CHOICE, VOLUNTARY, OTHER).tolist(),
        _texts(ended.known[chosen]),
    )
    return [Exit(*row) for row in zip(*columns, strict=True)]


def refresh(connection: Connection, company: Company, day: int, as_of: str) -> list[Change]:
    """Bring the table to what the data tells on the day; what changed.

    Parameters
    ----------
    as_of
        The same day as text; of the run that is being published.
    """
    runs = tables.runs.c
    first = connection.execute(select(func.min(runs.as_of)).where(runs.retrospective.is_(False))).scalar() or as_of
    stored = {one.key: one for one in map(_exit, connection.execute(select(exits)).all())}
    present = set(company.people.employee_id)
    now = {one.key: one for one in told(company, day, first)}
    now |= {one.key: one for one in _lost(connection, stored.values(), present, as_of)}
    now |= {key: one for key, one in stored.items() if one.employee_id not in present and _needed(one, first)}
    gone = tombstones.among(tombstones.stored(connection), {key[0] for key in now.keys() - stored.keys()})
    changes = [
        Change(stored.get(key), now.get(key))
        for key in sorted(stored.keys() | now.keys())
        if key[0] not in gone and stored.get(key) != now.get(key)
    ]
    _write(connection, changes, as_of)
    return changes


def employed(as_of: str) -> ColumnElement[bool]:
    """The exits of the employments that were scored on a day."""
    return and_(exits.c.hire_day <= as_of, or_(exits.c.next_hire.is_(None), exits.c.next_hire > as_of))


def purge(connection: Connection) -> int:
    """Take out the exits that no kept run may have scored; how many they were."""
    first = connection.execute(select(func.min(tables.runs.c.as_of))).scalar() or "9999-12-31"
    old = and_(exits.c.exit_day <= first, exits.c.known_on <= first)
    return connection.execute(delete(exits).where(old)).rowcount


def _needed(one: Exit, first: str) -> bool:
    return one.exit_day > first or one.known_on > first


def _lost(connection: Connection, stored: Iterable[Exit], present: set[str], as_of: str) -> list[Exit]:
    """People of the run before whom the data does not hold any more, and of whom no exit was told."""
    runs, scores = tables.runs.c, tables.scores.c
    before = select(runs.id).where(runs.retrospective.is_(False), runs.as_of < as_of)
    number = connection.execute(before.order_by(runs.as_of.desc(), runs.id.desc()).limit(1)).scalar()
    query = select(scores.employee_id).where(scores.run == number)
    absent = set(connection.execute(query).scalars().all()) - present
    absent -= {one.employee_id for one in stored if one.next_hire is None}
    return [Exit(one, _BEFORE_ALL, None, as_of, UNKNOWN, as_of) for one in sorted(absent)]


def _write(connection: Connection, changes: Sequence[Change], as_of: str) -> None:
    new = [
        {**asdict(one.now), "first_told": as_of, "last_told": as_of} for one in changes if one.now and not one.before
    ]
    other = [_values(one.now, as_of) for one in changes if one.now and one.before]
    taken_back = [_place(one.before) for one in changes if one.before and not one.now]
    mine = exits.c.employee_id == bindparam("of_employee"), exits.c.hire_day == bindparam("of_hire")
    if taken_back:
        connection.execute(delete(exits).where(*mine), taken_back)
    if other:
        connection.execute(update(exits).where(*mine), other)
    if new:
        connection.execute(insert(exits), new)


def _place(one: Exit) -> dict[str, Any]:
    return {"of_employee": one.employee_id, "of_hire": one.hire_day}


def _values(one: Exit, as_of: str) -> dict[str, Any]:
    return {**_place(one), **{name: getattr(one, name) for name in _FACTS}, "last_told": as_of}


def _exit(row: Any) -> Exit:
    return Exit(row.employee_id, row.hire_day, row.next_hire, row.exit_day, row.kind, row.known_on)


def _texts(days: Days) -> list[str]:
    """Days as YYYY-MM-DD."""
    return [str(day) for day in days.astype("datetime64[D]").tolist()]
