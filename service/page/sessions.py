"""Who is signed in: a random name in the browser's cookie, its digest in the store, and the key that it stands for.

A session ends by sign-out, after a time without use, after a time altogether, and with its key: what the key may see is
looked up at every request. The token that forms carry against forgery is made from the name, so it needs no place.
"""

import datetime as dt
import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Engine, delete, insert, or_, select, update

from service.access import keys
from service.access.keys import Caller
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
        name, now = secrets.token_urlsafe(32), self._wall()
        row = {"digest": digest(name), "key_prefix": key_prefix, "opened_at": text(now), "seen_at": text(now)}
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
        ends, seen = moment(row.opened_at) + self._longest, moment(row.seen_at)
        key = keys.live(self._store, text(now)).get(row.key_prefix)
        if key is None or now >= min(ends, seen + self._idle):
            self.close(name)
            return None
        if now - seen >= _NOTED_SECONDS:
            with faults_named(), self._store.begin() as connection:
                connection.execute(update(page_tables.sessions).where(mine).values(seen_at=text(now)))
        return Session(key.caller, token(name), min(ends, now + self._idle), min(ends, key.expires))

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


def text(seconds: float) -> str:
    """A moment as the store has it, RFC 3339 in UTC; such texts sort as the moments do."""
    return dt.datetime.fromtimestamp(seconds, dt.UTC).isoformat(timespec="seconds")


def moment(told: str) -> float:
    """Seconds since 1970 of a moment in the store."""
    return dt.datetime.fromisoformat(told).timestamp()
