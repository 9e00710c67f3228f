"""Failed sign-ins: after a few from one address, no more for a while.

Keys cannot be guessed; but what tries should cost nothing, and be seen to be refused.
"""

import time
from collections.abc import Callable
from typing import Final

from service.errors import RateError

MOST: Final = 10
"""Failures in a row that an address may have."""
_MINUTES: Final = 5
"""After so long all of them are forgiven, and one after the other before."""
_EACH: Final = _MINUTES * 60 / MOST
_REMEMBERED: Final = 10_000


class Failures:
    """Failed sign-ins of one process, by the address they came from.

    Parameters
    ----------
    ticks
        Seconds that never fall.
    """

    def __init__(self, ticks: Callable[[], float] = time.monotonic) -> None:
        self._ticks = ticks
        self._until: dict[str, float] = {}
        """When the last failure of an address will be forgiven."""

    def check(self, address: str) -> None:
        """Let an address try.

        Raises
        ------
        RateError
            It failed too often; its headers say how long to wait.
        """
        wait = self._until.get(address, 0.0) - self._ticks() - (MOST - 1) * _EACH
        if wait > 0:
            seconds = str(max(1, round(wait)))
            raise RateError(f"Too many sign-ins failed. Try again in {seconds} seconds.", {"Retry-After": seconds})

    def note(self, address: str) -> None:
        """An address failed."""
        now = self._ticks()
        if len(self._until) >= _REMEMBERED:
            self._until = {one: until for one, until in self._until.items() if until > now}
        self._until[address] = max(now, self._until.get(address, 0.0)) + _EACH
