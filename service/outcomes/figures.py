"""How good a run's risks turned out to be, of one horizon: pure figures of who left, the risks and who was listed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from models import metrics
from models.evidence import Figure
from service.lists.expected import Expected, expected

SHARE: Final = 0.8
"""The interval of the leavers expected holds their number in so large a share of cases."""
FEWEST: Final = 5
"""A bin of the calibration has at least so many who left, and so many who did not: it then tells of nobody."""
NONE: Final = Figure(None)
_MOST_BINS: Final = 10
_SIDES: Final = 1.96
"""Standard deviations to either side of a normal law that hold 95 %."""

Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]


class Bin(msgspec.Struct, frozen=True):
    """People of like risk: how many were expected to leave, and how many did."""

    people: int
    left: int
    expected: float


@dataclass(frozen=True)
class Scored:
    """Everybody whom a run scored and of whom it is known what became of them."""

    risk: Floats
    """(n,) the risk by the horizon."""
    left: Flags
    """(n,) voluntarily, by the horizon."""
    other: Flags
    """(n,) of a competing exit, before."""
    listed: Flags
    """(n,) above the lowest band."""


@dataclass(frozen=True)
class Counted:
    """Of some people, how many left and how many were expected to."""

    people: int
    left: int
    other: int
    expected: Expected

    @property
    def rate(self) -> float | None:
        """Share who left; None of nobody."""
        return self.left / self.people if self.people else None

    @property
    def precision(self) -> Figure:
        """The same with a 95 % interval.

        Source: Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22 (1927).
        """
        if not self.people:
            return Figure(None)
        share, n, z = self.left / self.people, self.people, _SIDES
        middle, half = share + z * z / (2 * n), z * (share * (1 - share) / n + z * z / (4 * n * n)) ** 0.5
        low, high = ((middle + side) / (1 + z * z / n) for side in (-half, half))
        return Figure(round(share, 6), round(max(low, 0.0), 6), round(min(high, 1.0), 6))

    @property
    def observed_expected(self) -> Figure:
        """Leavers for each leaver expected, with a 95 % interval: above 1 the risks were too low.

        Source: Breslow and Day, "Statistical methods in cancer research II", IARC (1987), formula 2.13 (Byar).
        """
        if not self.expected.value:
            return Figure(None)
        low, high = _byar(self.left), _byar(self.left + 1)
        ends = (0.0 if not self.left else low[0]), high[1]
        return Figure(*(round(one / self.expected.value, 6) for one in (self.left, *ends)))


def counted(scored: Scored, among: Flags, spread: float) -> Counted:
    """The counts of those among the scored.

    Parameters
    ----------
    spread
        Of the log-odds' common level, as `lists.expected.spread` gives it.
    """
    chosen = Scored(scored.risk[among], scored.left[among], scored.other[among], scored.listed[among])
    return Counted(
        len(chosen.risk), int(chosen.left.sum()), int(chosen.other.sum()), expected(chosen.risk, spread, SHARE)
    )


def lift(listed: Counted, everybody: Counted) -> float | None:
    """How many times as many left of the listed as of as many drawn at random; None where nobody was listed, or left."""
    if not listed.people or not everybody.left:
        return None
    return round(listed.left / listed.people / (everybody.left / everybody.people), 6)


def auc(scored: Scored) -> float | None:
    """Chance that one who left had a higher risk than one who did not; None unless there are both."""
    return _number(metrics.auc(scored.left, scored.risk))


def brier(scored: Scored) -> float | None:
    """Mean squared distance of the risk from what happened; None of nobody."""
    return _number(metrics.brier(scored.left, scored.risk))


def bins(scored: Scored) -> tuple[Bin, ...]:
    """Calibration by risk, the lowest first: at most ten bins, none where there cannot be two.

    Tenths of the people, equal risks together, joined upwards until each has `FEWEST` who left and as many who did not.
    """
    order = np.argsort(scored.risk, kind="stable")
    risk, left = scored.risk[order], scored.left[order].astype(np.int64)
    cuts = np.unique(
        np.searchsorted(risk, risk[np.arange(1, _MOST_BINS) * len(risk) // _MOST_BINS]) if len(risk) else []
    )
    joined = _joined(left, [int(cut) for cut in cuts if cut] + [len(risk)])
    if len(joined) < 2:
        return ()
    starts = [0, *joined[:-1]]
    return tuple(
        Bin(end - start, int(left[start:end].sum()), round(float(risk[start:end].sum()), 4))
        for start, end in zip(starts, joined, strict=True)
    )


def _joined(left: NDArray[np.int64], ends: Sequence[int]) -> list[int]:
    """Where the bins end that have enough of both; what is left over goes to the last."""
    found: list[int] = []
    start = 0
    for end in ends:
        leavers = int(left[start:end].sum())
        if min(leavers, end - start - leavers) >= FEWEST:
            found.append(end)
            start = end
    return [*found[:-1], ends[-1]] if found else []


def _byar(count: int) -> tuple[float, float]:
    """The lower end for a count, and the upper end for one less."""
    if not count:
        return 0.0, 0.0
    spread = _SIDES / (3 * count**0.5)
    low, high = (count * (1 - 1 / (9 * count) + side) ** 3 for side in (-spread, spread))
    return low, high


def _number(value: float) -> float | None:
    return value if np.isfinite(value) else None
