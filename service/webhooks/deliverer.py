"""The sender: takes on what is due and sends it, apart from everything else. Of all processes, one does so at a time.

Every worker of `serve` has one, in a thread of its own; which of them sends, the store says (`queue.lead`). No request
and no run ever waits for it, and one receiver never for another.
"""

import logging
import secrets
import threading
from collections.abc import Callable
from typing import Final

from sqlalchemy import Engine

from service import moments
from service.errors import StoreError
from service.metrics import Metrics
from service.settings import Settings
from service.webhooks import promotion, queue, signing
from service.webhooks.queue import DELIVERED
from service.webhooks.sending import send

_LOG: Final = logging.getLogger("service.webhooks")

LOOK_SECONDS: Final = 1.0
_AT_ONCE: Final = 8
"""Receivers that are sent to at once."""


class Deliverer:
    """Sends what waits in one store.

    Parameters
    ----------
    wall
        Seconds since 1970.
    post
        Sends one message, as `sending.send` does.
    metrics
        Where it is counted; default: nowhere.
    """

    def __init__(
        self,
        store: Engine,
        settings: Settings,
        wall: Callable[[], float],
        post: Callable[..., str] = send,
        metrics: Metrics | None = None,
    ) -> None:
        self._store, self._settings, self._wall, self._post = store, settings, wall, post
        self._counts = (metrics or Metrics()).webhooks
        self._me = secrets.token_hex(16)
        self._stopped, self._guard = threading.Event(), threading.Lock()
        self._busy: set[str] = set()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Look for what is due, every second from now on."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._follow, name="webhooks", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """End it; what is being sent is not waited for, and is sent again where its end was not seen."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join(1)

    def once(self) -> int:
        """Send what is due now, one receiver after the other; how many attempts that took."""
        if not self._lead():
            return 0
        attempts = sum(self._serve(webhook) for webhook in queue.due(self._store, self._wall()))
        self._counts.waiting.set(queue.waiting(self._store))
        return attempts

    def resign(self) -> None:
        """Let another process send."""
        queue.resign(self._store, self._me)

    def _follow(self) -> None:
        said = ""
        while not self._stopped.wait(LOOK_SECONDS):
            try:
                self._round()
                said = ""
            except StoreError as error:
                if str(error) != said:
                    said = str(error)
                    _LOG.warning("Webhooks wait: %s", said)

    def _round(self) -> None:
        leading = self._lead()
        self._counts.waiting.set(queue.waiting(self._store) if leading else 0)
        if not leading:
            return
        for webhook in queue.due(self._store, self._wall()):
            with self._guard:
                if webhook in self._busy or len(self._busy) >= _AT_ONCE:
                    continue
                self._busy.add(webhook)
            threading.Thread(target=self._apart, args=(webhook,), name="webhook", daemon=True).start()

    def _lead(self) -> bool:
        """Whether there is anybody to tell, and it is for this process to do."""
        now = self._wall()
        if not queue.wanted(self._store) or not queue.lead(self._store, self._me, now):
            return False
        promotion.promoted(self._store, self._settings.bundles, moments.text(now))
        return True

    def _apart(self, webhook: str) -> None:
        try:
            self._serve(webhook)
        except StoreError as error:
            _LOG.warning("Webhook %s waits: %s", webhook, error)
        finally:
            with self._guard:
                self._busy.discard(webhook)

    def _serve(self, webhook: str) -> int:
        """Send all that is due for a receiver; how many attempts that took."""
        attempts = 0
        while not self._stopped.is_set() and (taken := queue.take(self._store, webhook, self._wall())):
            body, now = taken.payload.encode(), int(self._wall())
            headers = signing.headers(taken.message, now, body, taken.secrets)
            answered = self._post(taken.url, headers, body, loopback=self._settings.webhooks_loopback == "yes")
            outcome = DELIVERED if answered.startswith("2") else answered
            became = queue.note(self._store, taken, outcome, self._wall())
            with self._guard:
                self._counts.attempts.labels(became).inc()
            attempts += 1
            if outcome != DELIVERED:
                _LOG.warning("Webhook %s, attempt %d of %s: %s", webhook, taken.attempts, taken.message, outcome)
        return attempts
