"""How much may be under way at once, and how much one key may ask for: refused in microseconds, before any work.

`Crowd` counts whole requests that wait for their answer, `Gate` the bytes of their bodies and the large ones among them,
and `Rates` the people a key posts over time. In the first two one key may take half, so that one noisy caller leaves room
for the others.
"""

import asyncio
import math
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from service.access.keys import Caller
from service.errors import BusyError, RateError
from service.settings import Settings

_BUSY: Final = "Too much is under way here just now. Send it again shortly."
_REMEMBERED: Final = 10_000
LARGE: Final = 65_536
"""Bytes from which a body is large: work of many milliseconds, done in turns with other requests."""
_TURNS: Final = 2
"""Large requests that are worked on at once: each keeps the others waiting for some milliseconds at a time."""
_QUEUE: Final = 32
"""Large requests that are worked on or wait for it."""
_AT_ONCE: Final = 65_536
"""Bytes of small bodies, a millisecond or two of work, between two looks at what else has come, or one request. Each look
takes in one new connection only; with fewer bytes a look, more of a processor's time goes into looking."""
_LEAST: Final = 4_096
"""Bytes that any request counts as: the shortest takes about as long as these."""
_STREAMS: Final = 8
"""Streams at once: each lasts as long as its client likes."""


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


class Share:
    """Counts what callers hold of something that has an end, half of it at most for one; the last bit may overflow."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.held = 0
        self.by: dict[str, int] = {}

    def room(self, who: str, more: int, own: int = 0) -> None:
        """Find out whether one who holds `own` already for the same purpose may have so much more.

        Raises
        ------
        BusyError
            Others hold too much, or this caller does for other purposes.
        """
        mine = self.by.get(who, 0)
        crowded = self.held > own and self.held + more > self.limit
        if crowded or (mine > own and mine + more > self.limit // 2):
            raise BusyError(_BUSY)

    def take(self, who: str, more: int, own: int = 0) -> None:
        """Let them have it, where there is `room`."""
        self.room(who, more, own)
        self.held += more
        self.by[who] = self.by.get(who, 0) + more

    def give_back(self, who: str, size: int) -> None:
        """Take back what one had."""
        self.held -= size
        left = self.by.pop(who, 0) - size
        if left > 0:
            self.by[who] = left


class Hold:
    """What one request holds: the bytes of its body and, if that is large, a turn."""

    def __init__(self, gate: "Gate", who: str) -> None:
        self._gate, self._who = gate, who
        self._queued = self._working = False
        self.size = 0
        """Bytes."""

    def grow(self, size: int) -> None:
        """Hold so many bytes more.

        Raises
        ------
        BusyError
            Too much is held already.
        """
        self._gate.bytes.take(self._who, size, self.size)
        self.size += size

    async def turn(self) -> None:
        """Wait until a large body may be worked on; a small one need not wait.

        Raises
        ------
        BusyError
            Too many wait already.
        """
        if self.size <= LARGE:
            return
        self._gate.queue.take(self._who, 1)
        self._queued = True
        await self._gate.turns.acquire()
        self._working = True

    def release(self) -> None:
        """Hold nothing."""
        self._gate.bytes.give_back(self._who, self.size)
        self.size = 0
        if self._queued:
            self._gate.queue.give_back(self._who, 1)
        if self._working:
            self._gate.turns.release()


class Gate:
    """What bodies one process holds, from their arrival to their answer, and how many large ones it works on."""

    def __init__(self, settings: Settings) -> None:
        self.bytes = Share(settings.held_limit)
        self.queue = Share(_QUEUE)
        self.streams = Share(_STREAMS)
        self.turns = asyncio.Semaphore(_TURNS)

    @contextmanager
    def hold(self, caller: Caller) -> Iterator[Hold]:
        """A request's share, given back at the end of the block."""
        hold = Hold(self, caller.id)
        try:
            yield hold
        finally:
            hold.release()

    @contextmanager
    def stream(self, caller: Caller) -> Iterator[None]:
        """One of the places for streams.

        Raises
        ------
        BusyError
            All are taken, or half of them by this caller.
        """
        self.streams.take(caller.id, 1)
        try:
            yield
        finally:
            self.streams.give_back(caller.id, 1)


class Crowd:
    """The requests that have wholly arrived and wait for their answer, in one process.

    Those that are worked on without a pause come in turns: a few at a time, and of those that wait the senders one after
    the other, so that neither a health check nor another sender waits for one who sends much.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self.here = 0
        """How many they are."""
        self._by: dict[bytes, int] = {}
        self._working = 0
        self._lines: dict[bytes, deque[tuple[int, Callable[[], object]]]] = {}

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

    def start(self, who: bytes, size: int, work: Callable[[], object]) -> None:
        """Begin work of a body of `size` bytes, now or when its turn comes; `done` must follow its end."""
        size = max(size, _LEAST)
        if not self._working or (not self._lines and self._working + size <= _AT_ONCE):
            self._working += size
            work()
        else:
            self._lines.setdefault(who, deque()).append((size, work))

    def done(self, size: int) -> None:
        """Work of so many bytes is over: the next senders in line have their turns."""
        self._working -= max(size, _LEAST)
        while self._lines:
            who, line = next(iter(self._lines.items()))
            following, work = line[0]
            if self._working and self._working + following > _AT_ONCE:
                return
            line.popleft()
            del self._lines[who]
            if line:
                self._lines[who] = line
            self._working += following
            work()
