"""A figure as it was worked out, before it is decided what of it may be shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from features.company import Fixed, Floats


@dataclass(frozen=True)
class Ends:
    """How far a sum of personal values lies from both ends of its scale, in whole numbers; 0: everybody is at that end."""

    bottom: Fixed
    top: Fixed | None = None
    """None: the scale has no upper end."""


@dataclass(frozen=True)
class Measured:
    """One figure by unit and month, shape (units, months)."""

    name: str
    value: Floats
    """NaN: there is nothing to work it out from."""
    people: Fixed
    """Distinct people it is made of."""
    marks: Fixed | None = None
    """Sums of their marks, by which a changed group is known; None: it holds no personal values, only what a leader knows."""
    ends: Ends | None = None
    closed: NDArray[np.bool_] | None = None
    """Months that may be shown already; None: all."""
    single: NDArray[np.bool_] | None = None
    """Units whose amounts are all in one currency; None: it is no amount."""
    beside: Mapping[str, Floats] = field(default_factory=dict)
    """Numbers that are shown with it, by name."""


@dataclass(frozen=True)
class Family:
    """A total and its parts, which are shown so that none is the total less the others; all of one month or none stays."""

    total: Measured
    parts: Sequence[Measured]
    rest: Fixed
    """Distinct people of what belongs to no part."""


def ratio(over: Fixed, under: Fixed, unit: float = 1.0) -> Floats:
    """Element by element, in units; NaN where the divisor is 0."""
    found = np.full(over.shape, np.nan)
    np.divide(over, under * unit, out=found, where=under > 0)
    return found
