"""How often an interval holds a number of leavers, worked out from everybody's true risk instead of drawn."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from service.lists import expected, law

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Kept:
    """Of one group: shares of cases, between 0 and 1."""

    inside: float
    """The randomised probability transform lies within the interval's share: what the law says of a number that counts."""
    between: float
    """The number lies from `low` to `high`, both of which belong to the interval."""


def kept(said: Floats, true: Floats, spread: float, share: float) -> Kept:
    """How often a group's interval holds, where everybody leaves by their true risk.

    Parameters
    ----------
    said, true
        Risks of the group's people.
    spread
        The doubt about the level that the interval allows for.
    """
    lawful, chances, people = np.ones(1), law.moved(said, spread), len(said)
    for risk in true.tolist():
        lawful = np.convolve(lawful, [1 - risk, risk])
    reached = np.array([law.reached(chances, count) for count in range(-1, people + 1)])
    below, above, tail = reached[:-1], reached[1:], (1 - share) / 2
    overlap = np.minimum(above, 1 - tail) - np.maximum(below, tail)
    inside = np.clip(overlap / np.maximum(above - below, 1e-300), 0, 1)
    told = expected.expected(said, spread, share)
    return Kept(float(lawful @ inside), float(lawful[told.low : told.high + 1].sum()))
