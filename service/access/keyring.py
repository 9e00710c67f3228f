"""The live keys and what is assigned to whom, held in memory: a request is checked without a look at the store, and a wrong key costs it none.

What is held is at most a second old, so a key that is revoked, and a unit that is no longer somebody's, stop working
within two everywhere. A key that is not
held may have been made just now: then the store is asked again, but only so often that guessing costs nothing.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from sqlalchemy import Engine

from service import moments
from service.access import assignments, keys
from service.access.assignments import PERSON
from service.access.keys import Caller, HeldKey, Shown
from service.errors import BadKeyError, StoreError
from service.store.engine import faults_named

_LOG = logging.getLogger("service.access")

FRESH_SECONDS: Final = 1.0
"""So old may be what is held."""
_AGAIN_SECONDS: Final = 0.25
"""After so long the store is asked again where it did not answer."""
_LOOKS: Final = 20.0
"""For so many unknown keys in a row the store is asked at once."""
_LOOKS_A_SECOND: Final = 10.0
"""And beyond these for so many a second."""


class Keyring:
    """The live keys of one process.

    Parameters
    ----------
    wall
        Seconds since 1970: when keys expire.
    ticks
        Seconds, never falling: how old a look at the store is.
    """

    def __init__(self, store: Engine, wall: Callable[[], float], ticks: Callable[[], float]) -> None:
        self._store, self._wall, self._ticks = store, wall, ticks
        self._known: Mapping[str, HeldKey] = {}
        self._assigned: assignments.Valid = {}
        self._looked = -FRESH_SECONDS
        self._failed = False
        self._looks = _LOOKS
        self._used: set[str] = set()

    def of(self, key: Shown) -> Caller:
        """The holder of a key.

        Raises
        ------
        BadKeyError
            The key was never made, or is expired or revoked: which of them, is not said.
        StoreError
            The keys cannot be read.
        """
        self._be_fresh()
        found = keys.holder(self._known, key)
        if found is None and self._may_look():
            self._look()
            found = keys.holder(self._known, key)
        if found is None or found.expires <= self._wall():
            raise BadKeyError("The key is not known, or no longer valid. Make one with: python -m service keys add.")
        self._used.add(found.prefix)
        return found.caller

    def placed(self, person: Caller) -> Caller:
        """A person with a token, and the units that are theirs now.

        Raises
        ------
        StoreError
            The assignments cannot be read.
        """
        self._be_fresh()
        return replace(person, assigned=self._assigned.get((PERSON, person.id)))

    def note_used(self) -> None:
        """Write down which keys were used since the last time; may wait for the store."""
        used, self._used = self._used, set()
        day = moments.text(self._wall())[:10]
        new = [prefix for prefix in used if prefix in self._known and self._known[prefix].last_used_on != day]
        if not new:
            return
        try:
            keys.note_used(self._store, new, day)
        except StoreError:
            _LOG.warning("The day of last use of %d keys could not be written", len(new))

    def _be_fresh(self) -> None:
        if self._ticks() - self._looked >= FRESH_SECONDS:
            self._look()
        elif self._failed:
            raise StoreError("The keys cannot be read. Try again.")

    def _look(self) -> None:
        """Read the live keys and the assignments; while that fails nobody is let in."""
        now = self._ticks()
        self._looks = min(_LOOKS, self._looks + (now - self._looked) * _LOOKS_A_SECOND)
        self._looked, self._failed = now - FRESH_SECONDS + _AGAIN_SECONDS, True
        moment = moments.text(self._wall())
        with faults_named(), self._store.connect() as connection:
            self._assigned = assignments.valid(connection, moment[:10])
        self._known = keys.live(self._store, moment)
        self._looked, self._failed = now, False

    def _may_look(self) -> bool:
        """Whether an unknown key is worth a look at the store."""
        earned = (self._ticks() - self._looked) * _LOOKS_A_SECOND
        if self._looks + earned < 1:
            return False
        self._looks -= 1
        return True
