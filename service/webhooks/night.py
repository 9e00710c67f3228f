"""What is told with a run: that it is there, and how many are warned of. In the transaction that publishes it.

Payloads are thin: whoever wants more asks the API, as a caller with a scope. They hold numbers and days of a run and the
version of a model, no person and no unit. That a run is held back, `service.store.held` tells.
"""

from typing import TYPE_CHECKING

from sqlalchemy import Connection, func, select

from service.store import tables
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
