"""API keys: made once, shown once, kept as a digest.

A key is ``rk_`` and 43 letters of URL-safe base64: 256 random bits, so its SHA-256 can be stored without salt and
stretching, and guessing is no attack.
"""

import hashlib
import secrets
from dataclasses import dataclass
from hmac import compare_digest
from typing import Final

from sqlalchemy import Engine, insert, select

from service.errors import BadKeyError, UsageError
from service.store import tables
from service.store.engine import faults_named

ROLES: Final = ("system", "hrbp", "leader", "scientist", "admin")

_PREFIX: Final = "rk_"
_KEY = select(tables.keys)


@dataclass(frozen=True)
class Caller:
    """Who holds a key."""

    name: str
    role: str
    org_unit: str
    """Path of the unit the caller is limited to; empty: the whole company."""


def add_key(store: Engine, caller: Caller, now: str) -> str:
    """Make a key for `caller` and return it; it cannot be had again.

    Parameters
    ----------
    now
        The present moment, RFC 3339 in UTC.

    Raises
    ------
    UsageError
        When the role is unknown or the name empty.
    """
    if caller.role not in ROLES:
        raise UsageError(f"There is no such role. Roles are: {', '.join(ROLES)}.")
    if not caller.name.strip():
        raise UsageError("A key needs a name, so that it can be told from others. Give --name.")
    key = _PREFIX + secrets.token_urlsafe(32)
    row = {"digest": _digest(key), "name": caller.name, "role": caller.role, "org_unit": caller.org_unit.strip("/")}
    with faults_named(), store.begin() as connection:
        connection.execute(insert(tables.keys).values(**row, created_at=now))
    return key


def caller_of(store: Engine, key: str) -> Caller:
    """The holder of `key`.

    Raises
    ------
    BadKeyError
        When no such key was ever made.
    """
    digest = _digest(key)
    with faults_named(), store.connect() as connection:
        row = connection.execute(_KEY.where(tables.keys.c.digest == digest)).one_or_none()
    if row is None or not compare_digest(row.digest, digest):
        raise BadKeyError("The key is not known. Make one with: python -m service keys add.")
    return Caller(name=row.name, role=row.role, org_unit=row.org_unit)


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
