"""The queue in the store: what is told to whom, and when it is tried next. Bounded, and shared by all processes.

A message is put there in the transaction of what it tells of, so there is one exactly where that happened.
"""

import datetime as dt
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from random import SystemRandom
from typing import Any, Final, Literal

from sqlalchemy import Connection, Engine, delete, func, insert, select, update

from service import moments
from service.store.engine import faults_named
from service.store.upsert import insertion
from service.store.webhook_tables import deliveries, leader, messages, webhooks

TYPES: Final = ("run.published", "run.held_back", "warnings.ready", "model.promoted")
"""The events there are."""
DELAYS: Final = (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
"""Seconds from one attempt to the next; after the last it is given up, some three days after the first."""
MOST: Final = 100
"""Messages that wait for one receiver; of more the oldest are dropped."""
KEPT_DAYS: Final = 30
LEASE_SECONDS: Final = 15.0
"""For so long a process is the one that sends."""
_CLAIM_SECONDS: Final = 120.0
"""Who takes a delivery on and dies over it leaves it to be tried again after so long."""
_JITTER: Final = 0.1
_CHANCE: Final = SystemRandom()

DELIVERED, DROPPED, GONE = "delivered", "dropped", "410"
Became = Literal["delivered", "failed", "given_up"]
"""What became of an attempt; one that failed is made again."""


@dataclass(frozen=True)
class Attempt:
    """A delivery that was taken on."""

    webhook: str
    message: str
    payload: str
    attempts: int
    """With this one."""
    url: str
    secrets: tuple[str, ...]
    """Which sign it, the newest first."""


def put(connection: Connection, type_: str, data: Mapping[str, Any], now: str) -> None:
    """Let everybody know who wants to; in the transaction of what happened.

    Parameters
    ----------
    type_
        One of `TYPES`.
    data
        Numbers and days of a run, the version of a model: never a person, never a unit.
    now
        The present moment, RFC 3339 in UTC.
    """
    told = connection.execute(select(webhooks.c.id, webhooks.c.events).where(webhooks.c.disabled_at.is_(None)))
    wanted = [row.id for row in told if type_ in json.loads(row.events)]
    if not wanted:
        return
    moment = dt.datetime.fromisoformat(now).astimezone(dt.UTC)
    said = {"type": type_, "timestamp": moments.text(moment), "data": dict(data)}
    id_ = f"msg_{secrets.token_hex(12)}"
    row = {"id": id_, "type": type_, "payload": json.dumps(said), "made_at": moments.text(moment)}
    connection.execute(delete(messages).where(messages.c.made_at < moments.text(moment - dt.timedelta(days=KEPT_DAYS))))
    connection.execute(insert(messages).values(row))
    fresh = {"message": id_, "due": moment.timestamp(), "attempts": 0, "outcome": ""}
    connection.execute(insert(deliveries), [{"webhook": webhook, **fresh} for webhook in wanted])
    for webhook in wanted:
        _drop(connection, webhook)


def _drop(connection: Connection, webhook: str) -> None:
    """Drop the oldest of more messages than may wait for one receiver."""
    mine = deliveries.c.webhook == webhook, deliveries.c.due.is_not(None)
    query = select(messages.c.id).join(deliveries, deliveries.c.message == messages.c.id).where(*mine)
    waiting = connection.execute(query.order_by(messages.c.made_at.desc(), messages.c.id)).scalars().all()
    over = deliveries.c.message.in_(waiting[MOST:])
    connection.execute(update(deliveries).where(*mine, over).values(due=None, outcome=DROPPED))


def due(store: Engine, now: float) -> list[str]:
    """The receivers for whom something is due."""
    query = select(deliveries.c.webhook).where(deliveries.c.due <= now).distinct()
    with faults_named(), store.connect() as connection:
        return sorted(connection.execute(query).scalars())


def take(store: Engine, webhook: str, now: float) -> Attempt | None:
    """Take on the oldest delivery that is due for a receiver; None where none is, or somebody else was first."""
    mine = deliveries.c.webhook == webhook
    query = (
        select(deliveries, messages.c.payload, webhooks)
        .join(messages, messages.c.id == deliveries.c.message)
        .join(webhooks, webhooks.c.id == deliveries.c.webhook)
        .where(mine, deliveries.c.due <= now, webhooks.c.disabled_at.is_(None))
        .order_by(messages.c.made_at, messages.c.id)
    )
    with faults_named(), store.begin() as connection:
        row = connection.execute(query.limit(1)).first()
        if row is None:
            return None
        this = mine, deliveries.c.message == row.message, deliveries.c.due == row.due
        claim = update(deliveries).where(*this).values(due=now + _CLAIM_SECONDS, attempts=row.attempts + 1)
        if not connection.execute(claim).rowcount:
            return None
    old = [row.old_secret] if row.old_secret and row.old_until > now else []
    return Attempt(webhook, row.message, row.payload, row.attempts + 1, row.url, (row.secret, *old))


def note(store: Engine, attempt: Attempt, outcome: str, now: float) -> Became:
    """Write down what became of an attempt: done, to be tried again, given up, or the receiver is gone for good."""
    mine = deliveries.c.webhook == attempt.webhook
    this = mine, deliveries.c.message == attempt.message, deliveries.c.due.is_not(None)
    with faults_named(), store.begin() as connection:
        if outcome == GONE:
            moment = moments.text(now)
            connection.execute(update(webhooks).where(webhooks.c.id == attempt.webhook).values(disabled_at=moment))
            connection.execute(
                update(deliveries).where(mine, deliveries.c.due.is_not(None)).values(due=None, outcome=GONE)
            )
        else:
            done = outcome == DELIVERED or attempt.attempts > len(DELAYS)
            values = {"due": None if done else now + _pause(attempt.attempts), "outcome": outcome}
            connection.execute(update(deliveries).where(*this).values(values))
    if outcome == DELIVERED:
        return "delivered"
    return "given_up" if outcome == GONE or attempt.attempts > len(DELAYS) else "failed"


def waiting(store: Engine) -> int:
    """How many deliveries are not over."""
    query = select(func.count()).select_from(deliveries).where(deliveries.c.due.is_not(None))
    with faults_named(), store.connect() as connection:
        return int(connection.execute(query).scalar_one())


def _pause(attempts: int) -> float:
    """Seconds until the next attempt, a little more or less so that not all come at once."""
    return DELAYS[attempts - 1] * (1 + _CHANCE.uniform(0, _JITTER))


def wanted(store: Engine) -> bool:
    """Whether anybody is told anything."""
    query = select(webhooks.c.id).where(webhooks.c.disabled_at.is_(None)).limit(1)
    with faults_named(), store.connect() as connection:
        return connection.execute(query).first() is not None


def lead(store: Engine, me: str, now: float) -> bool:
    """Whether this process is the one that sends: it has been, or whoever was has not said so for a while."""
    with faults_named(), store.connect() as connection:
        row = connection.execute(select(leader)).one_or_none()
    if row is not None and row.until >= now and (row.holder != me or row.until - now > LEASE_SECONDS / 2):
        return bool(row.holder == me)
    with faults_named(), store.begin() as connection:
        first = insertion(store.dialect.name, leader).values(id=1, holder="", until=0.0, champion=None)
        connection.execute(first.on_conflict_do_nothing())
        free = (leader.c.holder == me) | (leader.c.until < now)
        return bool(
            connection.execute(update(leader).where(free).values(holder=me, until=now + LEASE_SECONDS)).rowcount
        )


def resign(store: Engine, me: str) -> None:
    """Let another process send from now on."""
    with faults_named(), store.begin() as connection:
        connection.execute(update(leader).where(leader.c.holder == me).values(holder="", until=0.0))
