"""Do ten of a hundred people at 10 % leave? Risks in groups of equal size, against what became of them."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.evidence import RiskGroup
from models.resampling import Draws, figure
from training.backtest import Backtest
from training.figures import over

Floats = NDArray[np.float64]

GROUPS: Final = 10
LEAST_PEOPLE: Final = 20
"""A group holds at least so many rows; fewer groups are made where there are fewer people."""


def groups(found: Backtest, method: str, place: int, drawn: Draws) -> tuple[RiskGroup, ...]:
    """The people of all origins at which a method has an answer, in groups of like risk; none without such an origin.

    Parameters
    ----------
    place
        Of the horizon.
    drawn
        Draws of the people of all origins.
    """
    chosen = [one for one in found.judged if one.has_answer(method, place)]
    if not chosen:
        return ()
    risk = np.concatenate([one.risks[method][:, place] for one in chosen])
    left = np.concatenate([one.left[:, place] for one in chosen])
    weight = drawn.of(np.concatenate([one.employee for one in chosen]))
    parts = parted(risk)
    shares = shared(left, weight, parts)
    each = zip(parts, shares, strict=True)
    return tuple(RiskGroup(len(part), round(float(risk[part].mean()), 6), figure(share)) for part, share in each)


def parted(risk: Floats) -> list[NDArray[np.intp]]:
    """Rows of up to `GROUPS` groups of equal size by rising risk; equal risks may fall into two, alike but for chance."""
    count = max(1, min(GROUPS, len(risk) // LEAST_PEOPLE))
    return np.array_split(np.argsort(risk, kind="stable"), count)


def shared(left: NDArray[np.bool_], weight: NDArray[np.float32], parts: list[NDArray[np.intp]]) -> Floats:
    """(groups, draws) the share of each group who left, NaN where a draw holds none of it."""
    gone = np.stack([weight[part].T @ left[part].astype(np.float32) for part in parts]).astype(np.float64)
    rows = np.stack([weight[part].sum(axis=0) for part in parts]).astype(np.float64)
    return over(gone, rows)
