"""What was done to keep somebody: recorded once, shown beside the person from then on."""

import hashlib
import secrets
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Final

import msgspec
from sqlalchemy import Engine, insert, select
from sqlalchemy.exc import IntegrityError

from features.faults import Fault, FaultsError
from service.store import tables, tombstones
from service.store.engine import faults_named
from service.store.migrations import lock

TYPES: Final = (
    "stay_interview", "compensation_review", "role_change", "workload", "recognition", "learning", "other",
)  # fmt: skip
DATA: Final = "data folder"
"""Who recorded what came with a run's data."""
_IDS_AT_ONCE: Final = 500


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


@dataclass(frozen=True)
class Brought:
    """An action as a data folder has it."""

    employee_id: str
    action_type: str
    day: str


@dataclass(frozen=True)
class Once:
    """By what a request that is sent again is known: who sends it, the key they gave it, and what it asks."""

    caller: str
    key: str
    request: bytes
    """Method, path and body."""


def new(employee_id: str, action_type: str, occurred_at: str, recorded_at: str, recorded_by: str) -> Action:
    """An action with an id of its own."""
    return Action(secrets.token_hex(16), employee_id, action_type, occurred_at, recorded_at, recorded_by)


def record(store: Engine, action: Action, once: Once | None) -> Action:
    """Write an action; of a request that was sent before, the action it wrote then.

    Raises
    ------
    FaultsError
        The same key came with another request.
    StoreError
        The store does not answer; nothing was written.
    """
    with faults_named():
        try:
            with store.begin() as connection:
                connection.execute(insert(tables.actions).values(asdict(action)))
                if once is not None:
                    connection.execute(insert(tables.replies).values(_reply(once, action)))
        except IntegrityError:
            found = None if once is None else _answered(store, once)
            if found is None:
                raise
            return found
    return action


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
        known = set(
            connection.execute(select(tables.actions.c.id).where(tables.actions.c.recorded_by == DATA)).scalars()
        )
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
    columns = tables.actions.c
    with faults_named(), store.connect() as connection:
        for start in range(0, len(employees), _IDS_AT_ONCE):
            query = select(tables.actions).where(columns.employee_id.in_(employees[start : start + _IDS_AT_ONCE]))
            for row in connection.execute(query.order_by(columns.occurred_at.desc(), columns.id)):
                found[row.employee_id].append(Action(*row))
    return found


def since(store: Engine, moment: str) -> set[str]:
    """Who had an action from that moment (RFC 3339, UTC) on."""
    query = select(tables.actions.c.employee_id).where(tables.actions.c.occurred_at >= moment).distinct()
    with faults_named(), store.connect() as connection:
        return set(connection.execute(query).scalars())


def _reply(once: Once, action: Action) -> dict[str, str]:
    return {
        "caller": once.caller,
        "idempotency_key": _digest(once.key.encode()),
        "request": _digest(once.request),
        "answer": msgspec.json.encode(action).decode(),
        "at": action.recorded_at,
    }


def _answered(store: Engine, once: Once) -> Action | None:
    replies = tables.replies.c
    query = select(replies.request, replies.answer).where(
        replies.caller == once.caller, replies.idempotency_key == _digest(once.key.encode())
    )
    with store.connect() as connection:
        row = connection.execute(query).one_or_none()
    if row is None:
        return None
    if row.request != _digest(once.request):
        raise FaultsError(
            [Fault("/header/Idempotency-Key", "used for another request", "Take a new one for every change.")]
        )
    return msgspec.json.decode(row.answer, type=Action)


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
