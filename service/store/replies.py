"""Requests that change something may be sent again: the change is made once, and the answer is the one given then.

Two transactions. The first *claims* the key: a row without an answer, which tells everybody else that the request is under
way. The second makes the change and writes the answer into that row; if somebody else has taken the claim over, nothing of
it stays. A process that dies between the two leaves a claim that nobody fulfils: after `LEASE_SECONDS` the next one to
ask takes it over. So whenever it dies, and however often the request is sent, the change is there once or not at all.
"""

import datetime as dt
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, Connection, Engine, and_, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from features.faults import Fault, FaultsError
from service.errors import UnderWayError
from service.store import tables
from service.store.engine import faults_named

LEASE_SECONDS: Final = 5.0
"""So long a claim is left alone: no change takes as long, unless its process is dead or waits for the store."""
_UNDER_WAY: Final = ""
"""The answer of a claim."""
_COLUMNS: Final = tables.replies.c


@dataclass(frozen=True)
class Once:
    """By what a request that is sent again is known: who sends it, the key they gave it, and what it asks."""

    caller: str
    key: str
    request: bytes
    """Method, path and body."""


class _LostError(Exception):
    """Somebody else took the claim over: what was begun is undone."""


def once(store: Engine, asked: Once | None, now: str, make: Callable[[Connection], str]) -> str:
    """Make a change and give its answer; of a request that was answered before, the answer it got then.

    Parameters
    ----------
    asked
        None: the request may not be sent again, and is always made.
    now
        The present moment, RFC 3339 in UTC.
    make
        Makes the change in a transaction; its answer as JSON, which names its person by `employee_id`.

    Raises
    ------
    FaultsError
        The same key came with another request.
    UnderWayError
        The first request with this key is not answered yet.
    StoreError
        The store does not answer; nothing was changed.
    """
    if asked is None:
        with faults_named(), store.begin() as connection:
            return make(connection)
    found = _claimed(store, asked, now)
    if found is not None:
        return found
    try:
        with faults_named(), store.begin() as connection:
            answer = make(connection)
            _fulfil(connection, asked, now, answer)
    except _LostError:
        return _given(store, asked)
    except BaseException:
        with faults_named(), store.begin() as connection:
            connection.execute(delete(tables.replies).where(_mine(asked), _claim(now)))
        raise
    return answer


def _claimed(store: Engine, asked: Once, now: str) -> str | None:
    """Claim the key; the answer where there is one already."""
    row = {"caller": asked.caller, "idempotency_key": _digest(asked.key.encode()), "request": _digest(asked.request)}
    with faults_named():
        try:
            with store.begin() as connection:
                connection.execute(insert(tables.replies).values(**row, answer=_UNDER_WAY, at=now))
        except IntegrityError:
            return _taken_over(store, asked, now)
    return None


def _taken_over(store: Engine, asked: Once, now: str) -> str | None:
    """The answer of a key that is known; None where its claim was left behind and is ours now."""
    with faults_named(), store.connect() as connection:
        row = connection.execute(select(tables.replies).where(_mine(asked))).one_or_none()
    if row is None:  # given up or purged this very moment
        raise UnderWayError
    if row.request != _digest(asked.request):
        told = "Take a new one for every change."
        raise FaultsError([Fault("/header/Idempotency-Key", "used for another request", told)])
    if row.answer != _UNDER_WAY:
        return str(row.answer)
    if _seconds(row.at, now) < LEASE_SECONDS:
        raise UnderWayError
    with faults_named(), store.begin() as connection:
        taken = connection.execute(update(tables.replies).where(_mine(asked), _claim(row.at)).values(at=now))
    if taken.rowcount != 1:
        raise UnderWayError
    return None


def _fulfil(connection: Connection, asked: Once, now: str, answer: str) -> None:
    done = connection.execute(update(tables.replies).where(_mine(asked), _claim(now)).values(answer=answer))
    if done.rowcount != 1:
        raise _LostError


def _given(store: Engine, asked: Once) -> str:
    """What whoever took the claim over has answered."""
    with faults_named(), store.connect() as connection:
        answer = connection.execute(select(_COLUMNS.answer).where(_mine(asked))).scalar()
    if not answer:
        raise UnderWayError
    return str(answer)


def _mine(asked: Once) -> ColumnElement[bool]:
    return and_(_COLUMNS.caller == asked.caller, _COLUMNS.idempotency_key == _digest(asked.key.encode()))


def _claim(at: str) -> ColumnElement[bool]:
    return and_(_COLUMNS.answer == _UNDER_WAY, _COLUMNS.at == at)


def _seconds(earlier: str, later: str) -> float:
    return (dt.datetime.fromisoformat(later) - dt.datetime.fromisoformat(earlier)).total_seconds()


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
