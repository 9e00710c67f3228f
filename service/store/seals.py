"""Keys that all processes of a store share, each for one purpose: made when first asked for, and never changed."""

import secrets
from typing import Any

from sqlalchemy import Engine, select

from service.store.access_tables import seals
from service.store.engine import faults_named
from service.store.upsert import insertion


def key(store: Engine, purpose: str, now: str) -> bytes:
    """The 32 bytes of a purpose.

    Parameters
    ----------
    now
        The present moment, RFC 3339 in UTC.

    Raises
    ------
    StoreError
        The store does not answer.
    """
    mine = select(seals.c.key).where(seals.c.purpose == purpose)
    with faults_named(), store.connect() as connection:
        found = connection.execute(mine).scalar()
    if found is None:
        with faults_named(), store.begin() as connection:
            connection.execute(
                _first(store.dialect.name).values(purpose=purpose, key=secrets.token_hex(32), made_at=now)
            )
            found = connection.execute(mine).scalar_one()
    return bytes.fromhex(found)


def _first(dialect: str) -> Any:
    """Make it, unless another process has just done so."""
    return insertion(dialect, seals).on_conflict_do_nothing()
