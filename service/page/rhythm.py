"""The conversations of a person's last year, packed to two bytes each, and held against the 12 : 4 : 2 rhythm.

A conversation is ``days before the run's day * 16 + about * 4 + what became of it``: a day of the year before, an index
into `CONVERSATIONS`, an index into `STATES`. What is packed was known on the day, as the features have it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from features.company import CONVERSATIONS, Checkins, Codes
from features.days import NEVER

DAYS: Final = 365
"""So far back conversations are kept."""
STATES: Final = ("held", "missed", "cancelled", "open")
"""What became of one; of an open one no outcome is known."""
_TYPE: Final = np.dtype("<u2")


@dataclass(frozen=True)
class Talk:
    """One planned conversation."""

    days_ago: int
    """Before the run's day: of one held, when it was; else for when it was planned."""
    about: str
    """One of `CONVERSATIONS`."""
    state: str
    """One of `STATES`."""


def packed(checkins: Checkins, persons: Codes, day: int) -> list[bytes]:
    """The conversations of these employments in the year up to a day, in the order of the persons.

    Parameters
    ----------
    persons
        In rising order.
    """
    held = (checkins.held != NEVER) & (np.maximum(checkins.held, checkins.scheduled) <= day)
    on = np.where(held, checkins.held, checkins.scheduled)
    chosen = np.flatnonzero((on <= day) & (on > day - DAYS) & (checkins.scheduled <= day))
    missed, cancelled = checkins.missed[chosen] <= day, checkins.cancelled[chosen] <= day
    states = np.select([held[chosen], missed, cancelled], [0, 1, 2], 3)
    person, ago = checkins.person[chosen], day - on[chosen]
    order = np.argsort(person.astype(np.int64) * DAYS + ago, kind="stable")
    codes = ago * 16 + checkins.conversation[chosen] * 4 + states
    data = codes[order].astype(_TYPE)
    ends = np.searchsorted(person[order], np.asarray([persons, persons + 1]))
    first, last = ends.tolist()
    return [data[start:stop].tobytes() for start, stop in zip(first, last, strict=True)]


def unpacked(data: bytes) -> list[Talk]:
    """The conversations that were packed, the newest first."""
    codes: NDArray[np.uint16] = np.frombuffer(data, _TYPE)
    return [Talk(code >> 4, CONVERSATIONS[code >> 2 & 3], STATES[code & 3]) for code in codes.tolist()]


@dataclass(frozen=True)
class Lane:
    """One kind of conversation against its norm."""

    about: str
    norm: int
    """Conversations a year."""
    held: int
    planned: int
    """All that were planned for a day up to today, held or not."""
    talks: Sequence[Talk]

    @property
    def expected(self) -> list[int]:
        """Days before the run's day by which the norm asks for each one: the middles of equal parts of the year."""
        return [round(DAYS * (number + 0.5) / self.norm) for number in range(self.norm)]


def lanes(talks: Iterable[Talk], norms: Sequence[int]) -> list[Lane]:
    """The conversations by what they are about; those about other things are in no lane."""
    found = list(talks)
    return [_lane(about, norm, found) for about, norm in zip(CONVERSATIONS[:3], norms, strict=True)]


def _lane(about: str, norm: int, talks: Iterable[Talk]) -> Lane:
    mine = [talk for talk in talks if talk.about == about]
    return Lane(about, norm, sum(talk.state == "held" for talk in mine), len(mine), mine)
