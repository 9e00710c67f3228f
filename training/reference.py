"""The training window as later data is compared with it: who was there, what their columns and scores looked like.

Each person counts once. A month end of the window is drawn for them, recent ones as much more often as they weigh more in
the fit; whoever could not be scored on it does not count. So every (person, month end) of the window is as likely as it
weighs, whoever stays long counts no more than once, and people are independent of each other, as the tests need them.

Beside it stands how far single days of the window lay from that: a survey's week, the days since a month's last report and
the time of the year move a column without anything being amiss. Some people are looked at on days all over the window.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from features import presence
from features.blocks import Snapshots
from features.build import build
from models.additive import Additive
from models.boosted import age_weight
from models.reference import LEAST, Counts, Distribution, Reference, tally
from training.fit import Known

MOST: Final = 10_000
"""People that are counted, at most."""
_BINS: Final = 20
_DIGITS: Final = 3
"""Significant digits of an edge."""
_OUTSIDE: Final = 1e-3
"""So far beyond the outermost quantiles lie the outermost edges, by their size: what never was shows."""
_MOST_ROWS: Final = 40_000
"""Training rows from which edges are found."""
_DAYS, _PANEL = 40, 600
"""Days, evenly over the window, on which so many people are looked at."""
_LEAST_ROWS, _LEAST_DAYS, _USUAL = 30, 6, 0.9
"""People without whom a day is left out, days without which nothing is usual, and the share of days that is."""

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
    company, spec = known.learned.scoring, known.spec
    drawn, panel = _drawn(known, seed), _panel(known, seed)
    people, looks = build(company, spec, drawn), build(company, spec, panel)
    rows = known.matrix[:: -(-len(known.matrix) // _MOST_ROWS)]
    columns = counted(people, rows, looks, panel.day)
    margins = [score.margins(some) for some in (people, rows, looks)]
    return Reference(len(drawn), columns, counted(margins[0], margins[1], margins[2], panel.day))


def counted(people: Matrix, rows: Matrix, looks: Matrix, days: NDArray[np.int32]) -> tuple[Distribution, ...]:
    """Of each column the counts, and how far single days lay from them.

    Parameters
    ----------
    people
        (people, columns) of those that are counted, each once.
    rows
        (rows, columns) from which bins are found.
    looks, days
        (looks, columns) of people on days all over the window, and these days.
    """
    day = np.unique(days, return_inverse=True)[1]
    found = []
    for own, every, look in zip(people.T, rows.T, looks.T, strict=True):
        ends = edges(every[np.isfinite(every)].astype(np.float64))
        ends = _wide(ends, tally(ends, own)[1])
        nulls, counts = tally(ends, own)
        swings = _swings(ends, np.append(counts, nulls), look, day)
        found.append(Distribution(tuple(ends.tolist()), tuple(counts.tolist()), nulls, *swings))
    return tuple(found)


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


def _panel(known: Known, seed: int) -> Snapshots:
    """Some employments on days from the first month end to the training day, as far as they were there."""
    company = known.learned.scoring
    everyone = np.random.default_rng([seed, 1]).permutation(len(company.people)).astype(np.int32)[:_PANEL]
    days = np.unique(np.linspace(known.rows.day.min(), known.known_on, _DAYS).astype(np.int32))
    person, day = np.tile(everyone, len(days)), np.repeat(days, len(everyone))
    there = presence.trainable(company, known.known_on, person, day)
    return Snapshots(person[there], day[there])


def _wide(ends: Floats, counts: Counts) -> Floats:
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


def _swings(ends: Floats, whole: Counts, looks: Matrix, day: NDArray[np.int64]) -> tuple[float, float]:
    """How far nine in ten days lie from everybody, in values and in nulls; nothing where days or people are few.

    Parameters
    ----------
    whole
        People of the reference in each bin, then those without a value.
    """
    size = len(whole)
    places = np.searchsorted(ends, looks.astype(np.float64), side="left")
    places[np.isnan(looks)] = size - 1
    days = np.bincount(day * size + places, minlength=size * (int(day.max(initial=-1)) + 1)).reshape(-1, size)
    days = days[days.sum(axis=1) >= _LEAST_ROWS]
    if len(days) < _LEAST_DAYS:
        return 0.0, 0.0
    nulls = np.abs(days[:, -1] / days.sum(axis=1) - whole[-1] / whole.sum())
    if not whole[:-1].sum():
        return 0.0, _usual(nulls)
    given = days[:, :-1].sum(axis=1)
    below = np.cumsum(days[:, :-1], axis=1) / np.maximum(given, 1)[:, None]
    apart = np.abs(below - np.cumsum(whole[:-1]) / whole[:-1].sum()).max(axis=1)
    return _usual(apart * given / days.sum(axis=1)), _usual(nulls)


def _usual(distances: Floats) -> float:
    return round(float(np.quantile(distances, _USUAL)), _DIGITS)
