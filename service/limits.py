"""How much may be under way at once, and how much one key may ask for: refused in microseconds, before any work.

`Crowd` counts whole requests that wait for their answer, `Gate` the bytes of their bodies, and `Rates` the people a key
posts over time. In the first two one key may take half, so that one noisy caller leaves room for the others.
"""

import math
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from service.access.keys import Caller
from service.errors import BusyError, RateError
from service.settings import Settings

_BUSY: Final = "Too much is under way here just now. Send it again shortly."
_REMEMBERED: Final = 10_000


class Rates:
    """A bucket of people for every key: full after a pause, filled at a steady rate, and emptied by what is posted.

    A request is let in while anything is left, and may take more than that: the key then waits until the debt is paid.
    So a large request is never refused for its size, and the rate holds in the long run.
    """

    def __init__(self, settings: Settings, ticks: Callable[[], float] = time.monotonic) -> None:
        self._rate, self._burst, self._ticks = settings.rate_people, float(settings.rate_burst), ticks
        self._left: dict[str, tuple[float, float]] = {}

    def take(self, caller: Caller, cost: int = 1) -> None:
        """Take `cost` people out of the caller's bucket.

        Raises
        ------
        RateError
            It is empty; its `headers` say when it will not be.
        """
        if not self._rate:
            return
        now = self._ticks()
        left, at = self._left.get(caller.id, (self._burst, now))
        left = min(self._burst, left + (now - at) * self._rate)
        if left < 1:
            raise RateError("This key has asked for more than it may. Wait as the headers say.", self._headers(left))
        if len(self._left) >= _REMEMBERED:
            self._forget(now)
        self._left[caller.id] = left - cost, now

    def _headers(self, left: float) -> Mapping[str, str]:
        """What a refused key is told, with the header fields of draft-ietf-httpapi-ratelimit-headers-10."""
        wait = max(1, math.ceil((1 - left) / self._rate))
        window = max(1, math.ceil(self._burst / self._rate))
        return {
            "Retry-After": str(wait),
            "RateLimit": f'"people";r=0;t={wait}',
            "RateLimit-Policy": f'"people";q={self._burst:.0f};w={window}',
        }

    def _forget(self, now: float) -> None:
        """Forget the full buckets: they are as new ones."""
        self._left = {
            id_: (left, at) for id_, (left, at) in self._left.items() if left + (now - at) * self._rate < self._burst
        }


class Hold:
    """What one request holds of the bytes that all bodies may have together."""

    def __init__(self, gate: "Gate", who: str) -> None:
        self._gate, self._who = gate, who
        self.size = 0

    def grow(self, size: int) -> None:
        """Hold so many bytes more.

        Raises
        ------
        BusyError
            Others hold too much, or this caller's other requests do.
        """
        gate = self._gate
        mine = gate.by.get(self._who, 0)
        crowded = gate.held > self.size and gate.held + size > gate.limit
        if crowded or (mine > self.size and mine + size > gate.limit // 2):
            raise BusyError(_BUSY)
        self.size += size
        gate.held += size
        gate.by[self._who] = mine + size

    def release(self) -> None:
        """Hold nothing."""
        gate = self._gate
        gate.held -= self.size
        left = gate.by.pop(self._who, 0) - self.size
        if left > 0:
            gate.by[self._who] = left
        self.size = 0


class Gate:
    """The bytes of the bodies that one process holds, from their arrival to their answer."""

    def __init__(self, settings: Settings) -> None:
        self.limit = settings.held_limit
        self.held = 0
        """Bytes now."""
        self.by: dict[str, int] = {}
        """Bytes now, by caller."""

    @contextmanager
    def hold(self, caller: Caller) -> Iterator[Hold]:
        """A request's share, given back at the end of the block."""
        hold = Hold(self, caller.id)
        try:
            yield hold
        finally:
            hold.release()


class Crowd:
    """The requests that have wholly arrived and wait for their answer, in one process."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self.here = 0
        """How many they are."""
        self._by: dict[bytes, int] = {}

    def enter(self, who: bytes) -> bool:
        """Let one in; False where there are too many, or half of them are of the same sender."""
        mine = self._by.get(who, 0)
        if self.here >= self._limit or mine >= self._limit // 2:
            return False
        self.here += 1
        self._by[who] = mine + 1
        return True

    def leave(self, who: bytes) -> None:
        """One has its answer."""
        self.here -= 1
        left = self._by.pop(who, 0) - 1
        if left > 0:
            self._by[who] = left
