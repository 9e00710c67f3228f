"""Telling that another model is served."""

from pathlib import Path

from sqlalchemy import Engine, select, update

from models.errors import BundleError
from service import bundles
from service.store.engine import faults_named
from service.store.webhook_tables import leader
from service.webhooks import queue


def promoted(store: Engine, served: Path, now: str) -> None:
    """Tell that another model is served than when this was asked last.

    `sync` sees a new champion in the registry, fetches and proves it, and lets the local pointer name it: that is what is
    looked at. The first look tells nothing.

    Parameters
    ----------
    served
        The bundle store.
    now
        The present moment, RFC 3339 in UTC.
    """
    try:
        champion = bundles.champion(served)
    except BundleError:
        return
    version = champion.version if champion else ""
    with faults_named(), store.connect() as connection:
        if connection.execute(select(leader.c.champion)).scalar() == version:
            return
    with faults_named(), store.begin() as connection:
        known = connection.execute(update(leader).values(holder=leader.c.holder).returning(leader.c.champion)).scalar()
        connection.execute(update(leader).values(champion=version))
        if known is not None and version and known != version:
            queue.put(connection, "model.promoted", {"model_version": version}, now)
