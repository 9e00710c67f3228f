"""A store with a clock that is moved by hand, who is told of what happens, and what sends: over real sockets."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Engine, select
from standardwebhooks import Webhook

from service.access.keys import Caller
from service.audit.log import AccessLog
from service.metrics import Metrics
from service.settings import Settings
from service.store.webhook_tables import deliveries, messages
from service.webhooks import endpoints, queue
from service.webhooks.deliverer import Deliverer
from service.webhooks.sending import send
from tests import stores
from tests.receiver import Got

ADMIN: Final = Caller("the test", "admin", "", "command:the test")
START: Final = 1_790_000_000.0
"""2026-09-21T14:13:20Z."""
DATA: Final = {"run": 7, "as_of": "2026-09-01", "people": 12, "model_version": "3"}


class Clock:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> float:
        """Seconds since 1970."""
        return self.now

    def text(self) -> str:
        """The same as RFC 3339."""
        return dt.datetime.fromtimestamp(self.now, dt.UTC).isoformat()


class Sender:
    """A store with a clock, who is told, and what sends."""

    def __init__(self, store: Engine, settings: Settings) -> None:
        self.store, self.settings, self.clock = store, settings, Clock()
        self.log, self.metrics = AccessLog(store, settings, self.clock), Metrics()
        self.deliverer = self.another()

    def another(self) -> Deliverer:
        """One more process that sends; a receiver has half a second for an answer."""
        return Deliverer(self.store, self.settings, self.clock, partial(send, seconds=0.5), self.metrics)

    def tell(self, url: str, *events: str) -> tuple[str, str]:
        """Add a receiver; its id and its secret."""
        return endpoints.add(self.log, ADMIN, url, events, loopback=True)

    def put(self, type_: str = "run.published", **data: Any) -> None:
        """Something happened."""
        with self.store.begin() as connection:
            queue.put(connection, type_, data or DATA, self.clock.text())

    def states(self) -> list[tuple[float | None, int, str]]:
        """Of every delivery: seconds until it is due, attempts and the last outcome; the oldest message first."""
        query = select(deliveries).join(messages, messages.c.id == deliveries.c.message)
        with self.store.connect() as connection:
            rows = connection.execute(query.order_by(messages.c.made_at, deliveries.c.webhook)).all()
        return [(row.due and row.due - self.clock.now, row.attempts, row.outcome) for row in rows]


@contextmanager
def sending(kind: str, home: Path) -> Iterator[Sender]:
    """On an empty store of that kind, where messages may go to this machine."""
    with stores.settings(kind, home) as found:
        local = Settings(home=home, store_url=found.store_url, webhooks_loopback="yes", anchor_seconds=3_600)
        with stores.opened(local) as store:
            yield Sender(store, local)


def signed(got: Got, secret: str) -> bool:
    """Whether the reference library finds the secret's signature of id, time and body; the time is the test's own."""
    seconds = int(got.headers["webhook-timestamp"])
    at = dt.datetime.fromtimestamp(seconds, dt.UTC)
    made = Webhook(secret).sign(got.headers["webhook-id"], at, got.body.decode())
    return made in got.headers["webhook-signature"].split(" ")
