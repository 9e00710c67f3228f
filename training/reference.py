"""The training window as later data is compared with it: who was there, what their columns and scores looked like.

Each person counts once. A month end of the window is drawn for them, recent ones as much more often as they weigh more in
the fit; whoever could not be scored on it does not count. So every (person, month end) of the window is as likely as it
weighs, whoever stays long counts no more than once, and people are independent of each other, as the tests need them.
"""

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from features import presence
from features.blocks import Snapshots
from features.build import build
from models.additive import Additive
from models.boosted import age_weight
from models.reference import LEAST, Distribution, Reference, tally
from training.fit import Known

MOST: Final = 10_000
"""People that are counted, at most."""
_BINS: Final = 20
_DIGITS: Final = 3
"""Significant digits of an edge."""
_OUTSIDE: Final = 1e-3
"""So far beyond the outermost quantiles lie the outermost edges, by their size: what never was shows."""
_MOST_ROWS: Final = 40_000
_LEAST_ROWS, _LEAST_MONTHS, _USUAL = 30, 6, 0.9

Floats = NDArray[np.float64]
Matrix = NDArray[np.floating]


def reference(known: Known, score: Additive, seed: int) -> Reference:
    """Count the people of the training window.

    Parameters
    ----------
    score
        The model that was fitted.
    seed
        For the draw of month ends.
    """
    drawn = _drawn(known, seed)
    people = build(known.learned.scoring, known.spec, drawn)
    stride = -(-len(known.matrix) // _MOST_ROWS)
    rows, day, weight = known.matrix[::stride], known.rows.day[::stride], known.rows.weight[::stride]
    month = np.unique(day, return_inverse=True)[1]
    return Reference(
        len(drawn),
        tuple(_counted(people, rows, month, weight)),
        tuple(_counted(score.margins(people), score.margins(rows), month, weight)),
    )


def edges(values: Floats) -> Floats:
    """Where the bins of a column end: halfway between its twentieths, where these differ, and just outside them.

    Examples
    --------
    >>> edges(np.array([0.0] * 90 + [1.0] * 10))
    array([-0.001,  0.5  ,  1.001])
    """
    if not len(values):
        return np.empty(0)
    shares = (np.arange(_BINS) + 0.5) / _BINS
    found = np.unique(np.quantile(values, shares, method="inverted_cdf"))
    beyond = _OUTSIDE * max(1.0, float(np.abs(found).max()))
    ends = [found[0] - beyond, *(found[1:] + found[:-1]) / 2, found[-1] + beyond]
    return np.unique([float(f"{end:.{_DIGITS}g}") for end in ends])


def _drawn(known: Known, seed: int) -> Snapshots:
    """Each person once, on the month end drawn for them."""
    company, generator = known.learned.scoring, np.random.default_rng(seed)
    days = np.unique(known.rows.day)
    chance = age_weight(known.known_on - days)
    of = company.people.employee
    drawn = generator.choice(days, size=int(of.max()) + 1, p=chance / chance.sum())[of].astype(np.int32)
    everyone = np.arange(len(of), dtype=np.int32)
    there = np.flatnonzero(presence.trainable(company, known.known_on, everyone, drawn)).astype(np.int32)
    if len(there) > MOST:
        there = np.sort(generator.choice(there, size=MOST, replace=False))
    return Snapshots(there, drawn[there])


def _counted(people: Matrix, rows: Matrix, month: NDArray[np.int64], weight: Floats) -> Iterator[Distribution]:
    """Of each column of `people` the counts, with the swing of the training rows; bins come from these."""
    for own, every in zip(people.T, rows.T, strict=True):
        given = every[np.isfinite(every)].astype(np.float64)
        ends = edges(given)
        ends = _wide(ends, tally(ends, own)[1])
        nulls, counts = tally(ends, own)
        swing, null_swing = _swings(ends, every, month, weight)
        yield Distribution(tuple(ends.tolist()), tuple(counts.tolist()), nulls, swing, null_swing)


def _wide(ends: Floats, counts: NDArray[np.int64]) -> Floats:
    """The edges, without those that would leave a bin with somebody and fewer than `LEAST` people."""
    kept: list[float] = []
    sizes: list[int] = []
    held = 0
    for end, count in zip(ends.tolist(), counts[:-1].tolist(), strict=True):
        held += count
        if held == 0 or held >= LEAST:
            kept.append(end)
            sizes.append(held)
            held = 0
    held += int(counts[-1])
    while kept and 0 < held < LEAST:
        kept.pop()
        held += sizes.pop()
    return np.asarray(kept)


def _swings(ends: Floats, values: Matrix, month: NDArray[np.int64], weight: Floats) -> tuple[float, float]:
    """How far nine in ten months lie from all together, in values and in nulls; nothing where months are few."""
    null = np.isnan(values)
    places = np.where(null, len(ends) + 1, np.searchsorted(ends, values.astype(np.float64), side="left"))
    size = len(ends) + 2
    cells = np.bincount(month * size + places, weights=weight, minlength=size * (int(month.max()) + 1))
    by_month = cells.reshape(-1, size)[np.bincount(month) >= _LEAST_ROWS]
    if len(by_month) < _LEAST_MONTHS:
        return 0.0, 0.0
    nulls = by_month[:, -1] / by_month.sum(axis=1)
    whole = float(by_month[:, -1].sum() / by_month.sum())
    given = by_month[:, :-1]
    given = given[given.sum(axis=1) > 0]
    below = np.cumsum(given, axis=1) / given.sum(axis=1, keepdims=True)
    together = np.cumsum(given.sum(axis=0)) / max(given.sum(), 1e-300)
    apart = np.abs(below - together).max(axis=1)
    return _usual(apart), _usual(np.abs(nulls - whole))


def _usual(distances: Floats) -> float:
    return round(float(np.quantile(distances, _USUAL)), _DIGITS) if len(distances) else 0.0
