"""A figure as it was worked out, before it is decided what of it may be shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from features.company import Fixed, Floats


@dataclass(frozen=True)
class Side:
    """What keeps a figure from speaking of everybody alike: where there is no more of it than `least`, it does."""

    amount: Fixed
    """Whole numbers, which add up from unit to unit as people do."""
    of: Fixed
    """The people of whom it would speak."""
    few: bool = False
    """Whether it matters only where these are fewer than five, as subtraction leaves them."""
    least: Fixed | int = 0
    """The same for all months, or one a month."""


@dataclass(frozen=True)
class Measured:
    """One figure by unit and month, shape (units, months)."""

    name: str
    value: Floats
    """NaN: there is nothing to work it out from."""
    people: Fixed
    """Distinct people it is made of."""
    personal: bool = True
    """Whether it tells more than what a leader knows: then a month stays as it was first shown."""
    sides: tuple[Side, ...] = ()
    closed: NDArray[np.bool_] | None = None
    """Months that may be shown already; None: all."""
    single: NDArray[np.bool_] | None = None
    """Units whose amounts are all in one currency; None: it is no amount."""
    kin: str = ""
    """Figures of one kin speak of the same records: what is drawn for one is drawn for all of them. Empty: it has none."""
    beside: Mapping[str, Floats] = field(default_factory=dict)
    """Numbers that are shown with it, by name."""


@dataclass(frozen=True)
class Family:
    """A total and its parts, which are shown so that none is the total less the others; all of one month or none stays."""

    total: Measured
    parts: Sequence[Measured]
    rest: Fixed
    """Distinct people of what belongs to no part."""


def ends(bottom: Fixed, top: Fixed, people: Fixed, least: Fixed | int = 0) -> tuple[Side, Side]:
    """How far a sum of these people's values lies from both ends of its scale, in whole numbers."""
    return Side(bottom, people, least=least), Side(top, people, least=least)


def some(people: Fixed, among: Fixed) -> Side:
    """Who is in a figure of those who could be: that none of a few is would be told of each."""
    return Side(people, among, few=True)


def ratio(over: Fixed, under: Fixed, unit: float = 1.0) -> Floats:
    """Element by element, in units; NaN where the divisor is 0."""
    found = np.full(over.shape, np.nan)
    np.divide(over, under * unit, out=found, where=under > 0)
    return found
