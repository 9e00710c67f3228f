"""What was done to keep somebody: recorded once, shown beside the person from then on, open until it is done or dropped."""

import hashlib
import secrets
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, Engine, Row, insert, select, update

from features.faults import Fault, FaultsError
from service.store import replies, tables, tombstones
from service.store.engine import faults_named
from service.store.migrations import lock

Once = replies.Once

TYPES: Final = (
    "stay_interview", "compensation_review", "role_change", "workload", "recognition", "learning", "other",
)  # fmt: skip
OPEN: Final = "open"
DONE: Final = "done"
DROPPED: Final = "dropped"
STATES: Final = (OPEN, DONE, DROPPED)
"""Something is still to be done; nothing is; it was given up, and was no action after all."""
DATA: Final = "data folder"
"""Who recorded what came with a run's data."""
_IDS_AT_ONCE: Final = 500
_COLUMNS: Final = tables.actions.c


@dataclass(frozen=True)
class Action:
    """Something done to keep somebody."""

    id: str
    employee_id: str
    action_type: str
    """One of `TYPES`."""
    occurred_at: str
    """RFC 3339, UTC."""
    recorded_at: str
    recorded_by: str
    """Public part of the key, or pseudonym of the person, that recorded it."""
    state: str = DONE
    """One of `STATES`."""
    follow_up_on: str | None = None
    """The day (YYYY-MM-DD) to come back to it; only an open one has any."""
    changed_at: str | None = None
    """When its state or follow-up was last changed."""

    def overdue(self, today: str) -> bool:
        """Whether its follow-up should have been by that day (YYYY-MM-DD)."""
        return self.follow_up_on is not None and self.follow_up_on < today


@dataclass(frozen=True)
class Brought:
    """An action as a data folder has it."""

    employee_id: str
    action_type: str
    day: str


@dataclass(frozen=True)
class Change:
    """What is to be different about an action; None stays as it is."""

    state: str | None = None
    follow_up_on: str | None = None
    clear: bool = False
    """Take the follow-up away."""


class _AbsentError(Exception):
    """The person has no such action."""


def new(
    employee_id: str,
    action_type: str,
    occurred_at: str,
    recorded_at: str,
    recorded_by: str,
    state: str = DONE,
    follow_up_on: str | None = None,
) -> Action:
    """An action with an id of its own."""
    id_ = secrets.token_hex(16)
    return Action(id_, employee_id, action_type, occurred_at, recorded_at, recorded_by, state, follow_up_on)


def record(store: Engine, action: Action, once: Once | None) -> Action:
    """Write an action; of a request that was sent before, the action it wrote then.

    Raises
    ------
    FaultsError
        It is dated before the person was hired, as the newest run has it; or as `replies.once`.
    UnderWayError, StoreError
        As `replies.once`.
    """

    def make(connection: Connection) -> str:
        hired = _hired_on(connection, action.employee_id)
        if hired is not None and action.occurred_at[:10] < hired:
            raise FaultsError([Fault("/occurred_at", "before the person was hired")])
        connection.execute(insert(tables.actions).values(asdict(action)))
        return _text(action)

    return msgspec.json.decode(replies.once(store, once, action.recorded_at, make), type=Action)


def change(store: Engine, employee_id: str, id_: str, wanted: Change, now: str, once: Once | None) -> Action | None:
    """Change the state or the follow-up of a person's action; None where the person has no such action.

    An action that is done or dropped has no follow-up any more. Of a request that was sent before, the action as it was
    then.

    Raises
    ------
    FaultsError
        A follow-up of an action that is not open, or before its day; or as `replies.once`.
    UnderWayError, StoreError
        As `replies.once`.
    """

    def make(connection: Connection) -> str:
        mine = _COLUMNS.id == id_, _COLUMNS.employee_id == employee_id
        if not connection.execute(update(tables.actions).where(*mine).values(changed_at=now)).rowcount:
            raise _AbsentError
        found = _action(connection.execute(select(tables.actions).where(*mine)).one())
        values = _changed(found, wanted)
        connection.execute(update(tables.actions).where(*mine).values(values))
        return _text(replace(found, **values))

    try:
        return msgspec.json.decode(replies.once(store, once, now, make), type=Action)
    except _AbsentError:
        return None


def _hired_on(connection: Connection, employee_id: str) -> str | None:
    """The day of a person's first hire (YYYY-MM-DD); None where no run told it."""
    scores = tables.scores.c
    query = select(scores.hired_on).where(scores.employee_id == employee_id, scores.hired_on.is_not(None))
    found: str | None = connection.execute(query.order_by(scores.run.desc()).limit(1)).scalar()
    return found


def _changed(action: Action, wanted: Change) -> dict[str, Any]:
    state = wanted.state or action.state
    day = None if wanted.clear else wanted.follow_up_on
    if day and state != OPEN:
        raise FaultsError([Fault("/follow_up_on", "only an open action has a follow-up")])
    if day and day < action.occurred_at[:10]:
        raise FaultsError([Fault("/follow_up_on", "before the action")])
    kept = state == OPEN and not wanted.clear
    return {"state": state, "follow_up_on": day or (action.follow_up_on if kept else None)}


def bring(store: Engine, brought: Iterable[Brought], now: str) -> int:
    """Write down the actions that a data folder brings, once each; how many were new.

    Erased people stay erased.

    Parameters
    ----------
    now
        The present moment, RFC 3339 in UTC.
    """
    found = {_id(one): one for one in brought}
    with faults_named(), store.begin() as connection:
        lock(connection)
        gone = tombstones.among(tombstones.stored(connection), {one.employee_id for one in found.values()})
        known = set(connection.execute(select(_COLUMNS.id).where(_COLUMNS.recorded_by == DATA)).scalars())
        new = [
            asdict(Action(id_, one.employee_id, one.action_type, f"{one.day}T00:00:00Z", now, DATA))
            for id_, one in found.items()
            if id_ not in known and one.employee_id not in gone
        ]
        if new:
            connection.execute(insert(tables.actions), new)
    return len(new)


def _id(one: Brought) -> str:
    """The same action of a data folder has the same id in every export."""
    named = f"{DATA}\0{one.employee_id}\0{one.action_type}\0{one.day}"
    return hashlib.sha256(named.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def of(store: Engine, employees: Sequence[str]) -> Mapping[str, Sequence[Action]]:
    """The actions recorded for these people, the newest first."""
    found: dict[str, list[Action]] = defaultdict(list)
    with faults_named(), store.connect() as connection:
        for start in range(0, len(employees), _IDS_AT_ONCE):
            query = select(tables.actions).where(_COLUMNS.employee_id.in_(employees[start : start + _IDS_AT_ONCE]))
            for row in connection.execute(query.order_by(_COLUMNS.occurred_at.desc(), _COLUMNS.id)):
                found[row.employee_id].append(_action(row))
    return found


def since(store: Engine, moment: str) -> set[str]:
    """Who had an action, not dropped since, from that moment (RFC 3339, UTC) on."""
    query = select(_COLUMNS.employee_id).where(_COLUMNS.occurred_at >= moment, _COLUMNS.state != DROPPED).distinct()
    with faults_named(), store.connect() as connection:
        return set(connection.execute(query).scalars())


def recorded(store: Engine) -> Iterator[Action]:
    """Everything that was recorded here and not dropped, without what a data folder brought; the earliest first."""
    query = select(tables.actions).where(_COLUMNS.recorded_by != DATA, _COLUMNS.state != DROPPED)
    with faults_named(), store.connect() as connection:
        for row in connection.execute(query.order_by(_COLUMNS.occurred_at, _COLUMNS.id)):
            yield _action(row)


def _action(row: Row[Any]) -> Action:
    return Action(*tuple(row))


def _text(action: Action) -> str:
    return msgspec.json.encode(action).decode()
