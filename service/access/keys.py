"""API keys: made once, shown once, kept as a digest, named by their public part.

A key is ``rk_``, eight public letters, ``_`` and 43 letters of URL-safe base64: 256 random bits, so its SHA-256 can be
stored without salt and stretching, and guessing is no attack. The public part names a key in lists and logs; of a key
made before there was one, the first eight letters of its digest do.

A caller has at most two live keys: the one in use, and the one that is to replace it.
"""

import datetime as dt
import hashlib
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from hmac import compare_digest
from typing import Any, Final, Literal, NamedTuple

from sqlalchemy import Engine, Row, insert, or_, select, update

from service.access import assignments, roles
from service.access.assignments import KEY
from service.access.scope import narrowed
from service.errors import UsageError
from service.store import tables
from service.store.engine import faults_named
from service.store.migrations import lock

ROLES: Final = roles.ROLES
MOST_LIVE: Final = 2
"""Live keys that one caller may have."""

START: Final = "rk_"
"""How every key begins."""
_LENGTH: Final = 55
"""Letters of a key with a public part."""
_COLUMNS: Final = tables.keys.c
_NEVER: Final = float("inf")
_NOBODY: Final = "0" * 64

State = Literal["live", "expired", "revoked"]


@dataclass(frozen=True)
class Caller:
    """Who holds a key or a token."""

    name: str
    role: str
    org_unit: str
    """Path of the unit the caller is limited to; empty: the whole company."""
    id: str = field(default="", compare=False)
    """What limits count by: a key's public part, or a token's holder under a pseudonym."""
    assigned: tuple[str, ...] | None = None
    """Units assigned to the holder that are valid now; None: none ever were (`service.access.assignments`)."""

    @cached_property
    def units(self) -> tuple[str, ...]:
        """The units that the caller may see now, none within another; empty path: the whole company; none: nobody."""
        return narrowed(self.org_unit, self.assigned)


@dataclass(frozen=True)
class HeldKey:
    """What the store knows of a key: all but the key."""

    prefix: str
    digest: str
    caller: Caller
    created_at: str
    expires_at: str | None
    last_used_on: str | None
    revoked_at: str | None

    @cached_property
    def expires(self) -> float:
        """Seconds since 1970 from which the key is dead."""
        return dt.datetime.fromisoformat(self.expires_at).timestamp() if self.expires_at else _NEVER

    def state(self, now: str) -> State:
        """Whether the key works at that moment, and if not, why."""
        if self.revoked_at:
            return "revoked"
        return "live" if dt.datetime.fromisoformat(now).timestamp() < self.expires else "expired"


def add_key(store: Engine, caller: Caller, now: str, expires_at: str | None = None) -> str:
    """Make a key for `caller` and return it; it cannot be had again.

    Parameters
    ----------
    now, expires_at
        The present moment, and when the key ends, RFC 3339 in UTC; None: never.

    Raises
    ------
    UsageError
        When the role is unknown, the name empty, or the caller has two live keys.
    """
    if caller.role not in ROLES:
        raise UsageError(f"There is no such role. Roles are: {', '.join(ROLES)}.")
    if not caller.name.strip():
        raise UsageError("A key needs a name, so that it can be told from others. Give --name.")
    prefix = secrets.token_hex(4)
    key = f"{START}{prefix}_{secrets.token_urlsafe(32)}"
    who = {"name": caller.name, "role": caller.role, "org_unit": caller.org_unit.strip("/")}
    row = {**who, "digest": digest(key), "prefix": prefix, "created_at": now, "expires_at": expires_at}
    with faults_named(), store.begin() as connection:
        lock(connection)
        found = map(_held, connection.execute(select(tables.keys).filter_by(**who)))
        live = [one.prefix for one in found if one.state(now) == "live"]
        if len(live) >= MOST_LIVE:
            raise UsageError(
                f"This name, role and unit have {len(live)} live keys, {' and '.join(live)}: as many as a change from "
                "one to the next needs. Revoke one first: python -m service keys revoke PREFIX."
            )
        connection.execute(insert(tables.keys).values(row))
    return key


def listed(store: Engine) -> list[HeldKey]:
    """Every key that was ever made, oldest first."""
    with faults_named(), store.connect() as connection:
        return [_held(row) for row in connection.execute(select(tables.keys).order_by(_COLUMNS.created_at))]


def live(store: Engine, now: str) -> Mapping[str, HeldKey]:
    """The keys that work at that moment, by their public part; their callers with the units that are theirs now."""
    query = select(tables.keys).where(_COLUMNS.revoked_at.is_(None))
    ends = or_(_COLUMNS.expires_at.is_(None), _COLUMNS.expires_at > now[:10])
    with faults_named(), store.connect() as connection:
        found = [_held(row) for row in connection.execute(query.where(ends))]
        assigned = assignments.valid(connection, now[:10])
    working = [one for one in found if one.state(now) == "live"]
    return {
        one.prefix: replace(one, caller=replace(one.caller, assigned=assigned.get((KEY, one.caller.name))))
        for one in working
    }


def revoke(store: Engine, prefix: str, now: str) -> HeldKey:
    """End a key; ending it again changes nothing.

    Raises
    ------
    UsageError
        When there is no key with that public part.
    """
    asked = prefix.removeprefix(START)[:8]
    mine = _COLUMNS.prefix == asked
    with faults_named(), store.begin() as connection:
        connection.execute(update(tables.keys).where(mine, _COLUMNS.revoked_at.is_(None)).values(revoked_at=now))
        row = connection.execute(select(tables.keys).where(mine)).one_or_none()
    if row is None:
        raise UsageError("There is no key with that prefix. See: python -m service keys list.")
    return _held(row)


def note_used(store: Engine, prefixes: Iterable[str], day: str) -> None:
    """Note that these keys were used on a day (ISO date)."""
    mine = _COLUMNS.prefix.in_(list(prefixes))
    with faults_named(), store.begin() as connection:
        connection.execute(update(tables.keys).where(mine).values(last_used_on=day))


class Shown(NamedTuple):
    """A key that somebody shows: all that it takes to know it, which does not open anything itself."""

    public: str
    digest: str


def shown(key: str) -> Shown:
    """What is known by, of a key as it was sent."""
    sent = digest(key)
    public = len(key) == _LENGTH and key[11] == "_"
    return Shown(key[3:11] if public else sent[:8], sent)


def holder(known: Mapping[str, HeldKey], key: Shown) -> HeldKey | None:
    """Which of the known keys this is, None if none; how long it takes tells nothing of any key's secret."""
    found = known.get(key.public)
    return found if compare_digest(found.digest if found else _NOBODY, key.digest) else None


def digest(key: str) -> str:
    """What is stored of a key."""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def _held(row: Row[Any]) -> HeldKey:
    caller = Caller(row.name, row.role, row.org_unit, row.prefix)
    return HeldKey(row.prefix, row.digest, caller, row.created_at, row.expires_at, row.last_used_on, row.revoked_at)
