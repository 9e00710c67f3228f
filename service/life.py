"""Whether this process lives: its event loop turns, and the tasks it cannot do without are at work.

Every quarter of a second the loop beats. Whoever listens (the process above, which ends one that stopped beating) is
told, how late the loop was is measured, and once a second the numbers are put where the other processes see them.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, Final

from service.logs import where
from service.metrics import Metrics

_LOG = logging.getLogger("service.life")

BEAT_SECONDS: Final = 0.25
_REMEMBERED: Final = 40
"""Beats over which the worst lateness is told: ten seconds."""
_PUBLISHED: Final = 4
"""Beats from one publication of the numbers to the next."""
_AGAIN_SECONDS: Final = 1.0


class Life:
    """The state of one process between its start and its end."""

    def __init__(self) -> None:
        self.draining = False
        """True from the stop signal on: not ready any more, but still answering."""
        self.asked = False
        """Whether a request came since the last beat."""
        self.on_beat: list[Callable[[], None]] = []
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def faults(self) -> list[str]:
        """Names of the tasks that ended though they never should."""
        return [name for name, task in self._tasks.items() if task.done()]

    def asked_since_beat(self) -> bool:
        """Whether a request came since this was asked last."""
        asked, self.asked = self.asked, False
        return asked

    @contextmanager
    def kept(self, name: str, work: Callable[[], Coroutine[Any, Any, None]], seconds: float) -> Iterator[None]:
        """Do `work` every so many seconds, as long as the block lasts; what fails is logged and done again."""
        task = self._tasks[name] = asyncio.create_task(_again(name, work, seconds))
        try:
            yield
        finally:
            del self._tasks[name]
            task.cancel()

    async def beat(self, metrics: Metrics) -> None:
        """Beat until cancelled."""
        late: deque[float] = deque(maxlen=_REMEMBERED)
        beats = 0
        while True:
            due = time.perf_counter() + BEAT_SECONDS
            await asyncio.sleep(BEAT_SECONDS)
            late.append(time.perf_counter() - due)
            metrics.lag.set(max(late))
            for call in self.on_beat:
                call()
            beats += 1
            if beats % _PUBLISHED == 0:
                metrics.publish()


async def _again(name: str, work: Callable[[], Coroutine[Any, Any, None]], seconds: float) -> None:
    while True:
        try:
            await asyncio.sleep(seconds)
            await work()
        except Exception as error:  # noqa: BLE001 - whatever it was, the next time may go well
            _LOG.error("Task %s failed and is done again: %s at %s", name, type(error).__name__, where(error))
            await asyncio.sleep(_AGAIN_SECONDS)
