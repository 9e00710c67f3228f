"""Who is signed in: a random name in the browser's cookie, its digest in the store, and the key or account it stands for.

A session ends by sign-out, after a time without use, after a time altogether, and with its key or the account's token.
Which units its holder may see is looked up at every request; of an account, role and unit are those of its token. The token that forms carry against forgery is made from the name, so it needs no place.
"""

import datetime as dt
import hashlib
import hmac
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy import Engine, Row, delete, insert, or_, select, update

from service.access import assignments, keys
from service.access.keys import Caller
from service.moments import text
from service.settings import Settings
from service.store import page_tables
from service.store.engine import faults_named

_NOTED_SECONDS: Final = 30.0
"""A use is written down only so long after the last one: reading should not write."""
_LETTERS: Final = 64


@dataclass(frozen=True)
class Session:
    """Somebody who is signed in, at one request."""

    caller: Caller
    token: str
    """What a form of this session carries."""
    idle_ends: float
    """Without another request it ends then. Unit: seconds since 1970."""
    ends: float
    """It ends then at the latest. Unit: seconds since 1970."""


class Sessions:
    """The sessions of one store.

    Parameters
    ----------
    wall
        Seconds since 1970.
    """

    def __init__(self, store: Engine, settings: Settings, wall: Callable[[], float]) -> None:
        self._store, self._wall = store, wall
        self._idle = 60.0 * settings.session_idle_minutes
        self._longest = 3_600.0 * settings.session_hours

    def open(self, key_prefix: str) -> str:
        """Begin a session of a key; what the browser must hold. Sessions that are over go."""
        return self._open({"key_prefix": key_prefix})

    def open_for(self, person: Caller, ends: float) -> str:
        """Begin a session of an account, until its token ends (seconds since 1970); what the browser must hold."""
        told = {"name": person.name, "role": person.role, "org_unit": person.org_unit, "id": person.id}
        return self._open({"person": json.dumps(told), "ends_at": text(ends)})

    def _open(self, holder: dict[str, str]) -> str:
        name, now = secrets.token_urlsafe(32), self._wall()
        row = {**holder, "digest": digest(name), "opened_at": text(now), "seen_at": text(now)}
        found = page_tables.sessions.c
        over = or_(found.seen_at < text(now - self._idle), found.opened_at < text(now - self._longest))
        with faults_named(), self._store.begin() as connection:
            connection.execute(delete(page_tables.sessions).where(over))
            connection.execute(insert(page_tables.sessions).values(row))
        return name

    def of(self, name: str | None) -> Session | None:
        """The session with that name, if it is still one; being used is noted.

        Raises
        ------
        StoreError
            It cannot be read.
        """
        if not name or len(name) > _LETTERS:
            return None
        now, mine = self._wall(), page_tables.sessions.c.digest == digest(name)
        with faults_named(), self._store.connect() as connection:
            row = connection.execute(select(page_tables.sessions).where(mine)).one_or_none()
        if row is None:
            return None
        caller, ends = self._holder(row, now)
        ends, seen = min(ends, moment(row.opened_at) + self._longest), moment(row.seen_at)
        if caller is None or now >= min(ends, seen + self._idle):
            self.close(name)
            return None
        if now - seen >= _NOTED_SECONDS:
            with faults_named(), self._store.begin() as connection:
                connection.execute(update(page_tables.sessions).where(mine).values(seen_at=text(now)))
        return Session(caller, token(name), min(ends, now + self._idle), ends)

    def _holder(self, row: Row[Any], now: float) -> tuple[Caller | None, float]:
        """Whose session it is, with the units that are theirs now, and when their key or token ends."""
        if row.person is None:
            key = keys.live(self._store, text(now)).get(row.key_prefix)
            return (key.caller, key.expires) if key else (None, 0.0)
        person = Caller(**json.loads(row.person))
        with faults_named(), self._store.connect() as connection:
            assigned = assignments.valid(connection, text(now)[:10])
        return replace(person, assigned=assigned.get((assignments.PERSON, person.id))), moment(row.ends_at)

    def close(self, name: str) -> None:
        """End a session; ending none changes nothing."""
        with faults_named(), self._store.begin() as connection:
            connection.execute(
                delete(page_tables.sessions).where(page_tables.sessions.c.digest == digest(name[:_LETTERS]))
            )


def digest(name: str) -> str:
    """What the store knows of a secret: 256 random bits need no salt."""
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()


def token(name: str) -> str:
    """What a form must carry where the browser's cookie is `name`; it does not lead back to it."""
    return hmac.digest(name.encode("utf-8", "surrogatepass"), b"form", "sha256").hex()


def moment(told: str) -> float:
    """Seconds since 1970 of a moment in the store."""
    return dt.datetime.fromisoformat(told).timestamp()
