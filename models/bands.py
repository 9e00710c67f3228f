"""From a 90-day risk to a band. The limits are risks, never ranks: where nobody leaves, nobody stands in `high`."""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from models.errors import BandsError

NAMES: Final = ("low", "elevated", "high", "critical")


@dataclass(frozen=True)
class Bands:
    """The 90-day risks from which each band begins, as shares (0.05 is 5 %).

    Examples
    --------
    >>> Bands().of(0.0999), Bands().of(0.10)
    ('elevated', 'high')
    """

    elevated: float = 0.05
    high: float = 0.10
    critical: float = 0.20

    def of(self, risk_90: float) -> str:
        """The band of one 90-day risk; a limit belongs to the band it begins."""
        return NAMES[bisect_right(self.limits, risk_90)]

    def of_all(self, risks_90: Iterable[float]) -> list[str]:
        """The band of each 90-day risk, in order."""
        limits = self.limits
        return [NAMES[bisect_right(limits, risk)] for risk in risks_90]

    @property
    def limits(self) -> tuple[float, float, float]:
        """Where `elevated`, `high` and `critical` begin."""
        return self.elevated, self.high, self.critical


def parse(text: str) -> Bands:
    """Three shares separated by commas, as `RETENTION_BANDS` gives them.

    Examples
    --------
    >>> parse("0.05, 0.10, 0.20") == Bands()
    True

    Raises
    ------
    BandsError
        Not three numbers, not rising, or not between 0 and 1.
    """
    try:
        limits = [float(part) for part in text.split(",")]
    except ValueError:
        limits = []
    if (
        len(limits) != 3
        or not all(0.0 < limit < 1.0 for limit in limits)
        or not all(a < b for a, b in pairwise(limits))
    ):
        raise BandsError(
            f"RETENTION_BANDS is {text!r}: it takes three rising shares between 0 and 1, where elevated, high and "
            "critical begin, for example 0.05,0.10,0.20."
        )
    return Bands(*limits)
