"""Whose risk rose since the run before: into a higher band, or by more than risks usually move.

Between two runs everybody's log-odds move a little. How much is usual is taken from everybody at once: the median change,
and the median distance from it (times 1.4826, which is the standard deviation where changes are normal; Hampel, "The
influence curve and its role in robust estimation", JASA 69, 1974). A jump is more than `BEYOND` of these above the median
and at least a rise of the odds by `LEAST`: where nothing moves, nothing is a jump. Across the limit of a band any rise counts
that is one at all.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.bands import NAMES

BEYOND: Final = 4.0
LEAST: Final = float(np.log(1.4))
STEADY: Final = float(np.log(1.05))
"""A change of the risk's odds by less than a twentieth is none, and no warning, on whichever side of a limit it ends."""
BAND, JUMP = "band", "jump"

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Rise:
    """A person whose risk rose."""

    employee_id: str
    kind: str
    """`band`: into a higher band; `jump`: beyond what is usual, within the band."""
    rise: float
    """Of the log-odds of the 90-day risk."""


def rises(before: Mapping[str, tuple[float, str]], now: Mapping[str, tuple[float, str]]) -> list[Rise]:
    """The people in both runs whose risk rose, in the order of `now`.

    Parameters
    ----------
    before, now
        By employee id: the 90-day risk and its band.
    """
    both = [id_ for id_ in now if id_ in before]
    if not both:
        return []
    moved = _log_odds([now[id_][0] for id_ in both]) - _log_odds([before[id_][0] for id_ in both])
    middle = float(np.median(moved))
    usual = 1.4826 * float(np.median(np.abs(moved - middle)))
    limit = max(LEAST, middle + BEYOND * usual)
    found = []
    for id_, rise in zip(both, moved.tolist(), strict=True):
        higher = NAMES.index(now[id_][1]) > NAMES.index(before[id_][1])
        if (higher and rise > STEADY) or rise > limit:
            found.append(Rise(id_, BAND if higher else JUMP, rise))
    return found


def _log_odds(risks: list[float]) -> Floats:
    given = np.asarray(risks, dtype=np.float64)
    return np.asarray(np.log(given) - np.log1p(-given))
