"""What is told: that a run was published or held back, that there are warnings, that another model is served.

Payloads are thin: whoever wants more asks the API, as a caller with a scope. They hold numbers and days of a run and the
version of a model, no person and no unit.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, func, select, update

from models.errors import BundleError
from service import bundles
from service.store import tables
from service.store.engine import faults_named
from service.store.webhook_tables import leader
from service.webhooks import queue

if TYPE_CHECKING:  # the other way round it is needed to run
    from service.alongside import Seen
    from service.store.runs import Write


def published(seen: "Seen") -> "Write":
    """What is told with a run that is not retrospective: that it is there, and if anybody is warned of, how many are."""
    head = seen.head

    def write(connection: Connection, number: int) -> None:
        if head.retrospective:
            return
        run = {"run": number, "as_of": head.identity.as_of, "model_version": head.model_version}
        queue.put(connection, "run.published", {**run, "people": head.people}, seen.now)
        rises = select(func.count()).select_from(tables.rises).where(tables.rises.c.run == number)
        if count := connection.execute(rises).scalar_one():
            queue.put(connection, "warnings.ready", {**run, "warnings": count}, seen.now)

    return write


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
