"""Tombstones: who was erased, without saying who, so that later imports and restored backups leave them out.

A tombstone is an HMAC of the employee id under a key that the tombstones of one home share. Whoever has the key can
test a guess, and nothing else; without a guess a tombstone names nobody. Each also stands outside the store
(`service.audit.kept`), so that a restored older store learns whom it must not hold.
"""

import hmac
import secrets
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Engine, insert, select

from service.store.audit_tables import tombstones
from service.store.engine import faults_named


class Tombstone(NamedTuple):
    """One erased person."""

    key: str
    digest: str
    erased_at: str
    """RFC 3339, UTC."""


def digest(key: str, employee_id: str) -> str:
    """The digest by which an erased person is known again.

    >>> digest("00" * 32, "E1")[:16]
    'be7860a21bc7ac27'
    """
    return hmac.digest(bytes.fromhex(key), employee_id.encode("utf-8", "surrogatepass"), "sha256").hex()


def among(stones: Sequence[Tombstone], employee_ids: Iterable[str]) -> set[str]:
    """Those among these people for whom there is a tombstone."""
    known = {stone.digest for stone in stones}
    keys = sorted({stone.key for stone in stones})
    return {one for one in employee_ids for key in keys if digest(key, one) in known}


def stored(connection: Connection) -> list[Tombstone]:
    """Every tombstone of the store."""
    rows = connection.execute(select(tombstones.c.key, tombstones.c.digest, tombstones.c.erased_at))
    return [Tombstone(*row) for row in rows]


def erased(store: Engine, employee_ids: Sequence[str]) -> NDArray[np.bool_]:
    """Which of these people were erased: an export may still have them, and they count nowhere."""
    with faults_named(), store.connect() as connection:
        gone = among(stored(connection), employee_ids)
    return np.fromiter((one in gone for one in employee_ids), np.bool_, len(employee_ids))


def new(known: Sequence[Tombstone], employee_id: str, at: str) -> Tombstone:
    """The person's tombstone: the one that is known, else one under the key that the known ones have."""
    for stone in known:
        if digest(stone.key, employee_id) == stone.digest:
            return stone
    key = known[0].key if known else secrets.token_hex(32)
    return Tombstone(key, digest(key, employee_id), at)


def add(connection: Connection, stones: Iterable[Tombstone]) -> int:
    """Put these into the store, but for those it has; how many it had not. The caller holds the store's lock."""
    known = {stone[:2] for stone in stored(connection)}
    missing = [stone._asdict() for stone in stones if stone[:2] not in known]
    if missing:
        connection.execute(insert(tombstones), missing)
    return len(missing)
