"""Who is told: added with a secret that is shown once, listed without it, given a new one, removed."""

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import delete, func, insert, select, update

from service.access.keys import Caller
from service.audit.log import AccessLog
from service.errors import UsageError
from service.store.engine import faults_named
from service.store.webhook_tables import deliveries, webhooks
from service.webhooks import addresses, signing
from service.webhooks.queue import TYPES

MOST: Final = 20
"""Receivers there may be."""
OVERLAP_SECONDS: Final = 86_400.0
"""For so long the secret before signs beside a new one."""
_UNKNOWN: Final = "There is no webhook of that id. See: python -m service webhooks list."


@dataclass(frozen=True)
class Endpoint:
    """A receiver, without the secret."""

    id: str
    url: str
    events: tuple[str, ...]
    made_at: str
    disabled_at: str | None
    waiting: int
    """Messages that are yet to be delivered."""
    given_up: int
    """Messages of the last weeks that never were."""


def add(log: AccessLog, caller: Caller, url: str, events: Sequence[str], *, loopback: bool) -> tuple[str, str]:
    """Add a receiver; its id, and the secret, which cannot be had again.

    Parameters
    ----------
    events
        Some of `TYPES`; none: all.

    Raises
    ------
    AddressError
        The URL is none that messages may go to.
    UsageError
        There are as many receivers as there may be.
    """
    addresses.target(url, loopback=loopback)
    wanted = [type_ for type_ in TYPES if not events or type_ in events]
    id_, secret = f"wh_{secrets.token_hex(4)}", signing.new_secret()
    row = {"id": id_, "url": url, "events": json.dumps(wanted), "secret": secret, "made_at": log.moment()}
    with faults_named(), log.store.begin() as connection:
        log.note(connection, caller, "webhook_add", id_)
        if connection.execute(select(func.count()).select_from(webhooks)).scalar_one() >= MOST:
            raise UsageError(f"There are {MOST} webhooks, as many as there may be. Remove one first.")
        connection.execute(insert(webhooks).values(row))
    log.flush()
    return id_, secret


def listed(log: AccessLog) -> list[Endpoint]:
    """Every receiver, the oldest first."""
    waiting = func.count().filter(deliveries.c.due.is_not(None))
    over = func.count().filter(deliveries.c.due.is_(None), deliveries.c.outcome != "delivered")
    counts = select(deliveries.c.webhook, waiting.label("waiting"), over.label("over")).group_by(deliveries.c.webhook)
    with faults_named(), log.store.connect() as connection:
        known = {row.webhook: (row.waiting, row.over) for row in connection.execute(counts)}
        rows = connection.execute(select(webhooks).order_by(webhooks.c.made_at, webhooks.c.id)).all()
    return [
        Endpoint(
            row.id, row.url, tuple(json.loads(row.events)), row.made_at, row.disabled_at, *known.get(row.id, (0, 0))
        )
        for row in rows
    ]


def remove(log: AccessLog, caller: Caller, id_: str) -> None:
    """Remove a receiver with all that waits for it.

    Raises
    ------
    UsageError
        There is none of that id.
    """
    with faults_named(), log.store.begin() as connection:
        log.note(connection, caller, "webhook_remove", id_[:16])
        if not connection.execute(delete(webhooks).where(webhooks.c.id == id_)).rowcount:
            raise UsageError(_UNKNOWN)
    log.flush()


def rotate(log: AccessLog, caller: Caller, id_: str, now: float) -> str:
    """Give a receiver a new secret, and send to it again where it was disabled; the old one signs beside it for a day.

    Parameters
    ----------
    now
        Seconds since 1970.

    Raises
    ------
    UsageError
        There is none of that id.
    """
    secret = signing.new_secret()
    values = {
        "old_secret": webhooks.c.secret,
        "secret": secret,
        "old_until": now + OVERLAP_SECONDS,
        "disabled_at": None,
    }
    with faults_named(), log.store.begin() as connection:
        log.note(connection, caller, "webhook_rotate", id_[:16])
        if not connection.execute(update(webhooks).where(webhooks.c.id == id_).values(values)).rowcount:
            raise UsageError(_UNKNOWN)
    log.flush()
    return secret
