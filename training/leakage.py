"""A column that knows everything: one that by itself tells who left is not a feature but the outcome.

Such columns come from exports, not from programs: a field filled in for leavers only, a form sent out once notice was
given, a status overwritten in hindsight. They look like the best feature there is, until the model is asked about
people who have not left yet. Three signs, each over the training rows and asked of every column:

* ordered by it, those who left within the headline horizon stand above nearly all others, or below them;
* so do those who have left by the training day, however far ahead of it the row is;
* whoever is above (or below) some value of it, or has none, left within the horizon, nearly without exception.

Real features do not do that: the best of many public sets stay well below the limits.

Source: Kaufman, Rosset, Perlich and Stitelman, "Leakage in data mining", ACM TKDD 6 (2012).
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from training.fit import Known
from training.splits import HEADLINE
from training.verdict import Finding

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

KNOWS_ALL: Final = "no column that knows everything"
MOST_AUC: Final = 0.98
MOST_PURITY: Final = 0.98
LEAST_LEAVERS: Final = 20
"""People who left; with fewer, chance orders some column so."""
CHANCE: Final = 1e-9
"""So unlikely must it be that chance alone picked nothing but leavers."""
_NAMED: Final = 3
_WITHIN: Final = 2
"""Intervals within the headline horizon."""


@dataclass(frozen=True)
class Outcomes:
    """What became of the rows a column is held against."""

    person: NDArray[np.int32]
    weight: Floats
    soon: Flags
    """Left voluntarily within the headline horizon."""
    ever: Flags
    """Left voluntarily, as far as is known on the training day."""


def knows_all(known: Known) -> Finding:
    """Whether some column of the training rows tells by itself who left."""
    rows, cells = known.rows, known.rows.cells
    soon = np.isin(np.arange(len(rows.day)), cells.row[cells.event & (cells.interval < _WITHIN)])
    reached = np.isin(np.arange(len(rows.day)), cells.row[cells.interval == _WITHIN - 1])
    # Of the latest rows only those of leavers are settled by then: whatever grows with the date would pick them.
    asked = np.flatnonzero((soon | reached) & (rows.day + HEADLINE <= rows.closed_by))
    ever = np.isin(rows.person, rows.person[cells.row[cells.event]])
    outcomes = Outcomes(rows.person[asked], rows.weight[asked], soon[asked], ever[asked])
    found = {name: sign(known.matrix[asked, at], outcomes) for at, name in enumerate(known.columns)}
    return told({name: why for name, why in found.items() if why is not None})


def told(found: dict[str, str]) -> Finding:
    """Judge the columns that give themselves away, by name with the sign of each."""
    if not found:
        return Finding(KNOWS_ALL, True, "No single column tells who left.")
    named = "; ".join(f"{name} ({why})" for name, why in list(found.items())[:_NAMED])
    more = f" and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
    return Finding(
        KNOWS_ALL,
        False,
        f"Leakage: {named}{more}. What is recorded for leavers only is no feature. Leave it out of the export, give the "
        "day on which it was really known (recorded_at), or name it a trace of leaving "
        "(RETENTION_OFFBOARDING_CATEGORIES, surveys of type exit).",
        {"columns": float(len(found))},
    )


def sign(values: NDArray[np.float32], outcomes: Outcomes) -> str | None:
    """How a column gives itself away; None where it does not.

    Parameters
    ----------
    values
        (rows,), NaN for null.
    """
    filled = np.where(np.isnan(values), -np.inf, values)
    levels, place = np.unique(filled, return_inverse=True)
    nulls = bool(len(levels)) and bool(np.isneginf(levels[0]))
    for left, words in ((outcomes.soon, "within 90 days"), (outcomes.ever, "by the training day")):
        if len(np.unique(outcomes.person[left])) >= LEAST_LEAVERS:
            auc = _auc(place, left, outcomes.weight, nulls=nulls)
            if auc >= MOST_AUC:
                return f"alone it orders those who left {words} with AUC {auc:.3f}"
    return _pure(place, outcomes, nulls=nulls)


def _auc(place: NDArray[np.int64], left: Flags, weight: Floats, *, nulls: bool) -> float:
    """The better AUC of the column or its reverse, nulls taken as the lowest or as the highest value."""
    leaving = np.bincount(place, weights=weight * left)
    staying = np.bincount(place, weights=weight * ~left)
    pairs = leaving.sum() * staying.sum()
    if pairs <= 0:
        return 0.0
    aucs = []
    for turn in range(1 + nulls):
        out, on = np.roll(leaving, -turn), np.roll(staying, -turn)
        aucs.append(float((out * (np.cumsum(on) - on / 2)).sum() / pairs))
    return max(max(auc, 1.0 - auc) for auc in aucs)


def _pure(place: NDArray[np.int64], outcomes: Outcomes, *, nulls: bool) -> str | None:
    """Whether all with the highest values, or the lowest, or none, left within the horizon."""
    base = float(outcomes.soon.mean()) if len(place) else 0.0
    size = int(place.max(initial=-1)) + 1
    rising = [np.arange(int(nulls), size), np.arange(int(nulls), size)[::-1], np.arange(int(nulls))]
    for levels in rising:
        chosen = _purest(place, outcomes, levels, size)
        people = len(np.unique(outcomes.person[chosen & outcomes.soon]))
        if people >= LEAST_LEAVERS and base**people < CHANCE:
            return f"alone it picks {people} people of whom at least {MOST_PURITY:.0%} left within 90 days"
    return None


def _purest(place: NDArray[np.int64], outcomes: Outcomes, levels: NDArray[np.int64], size: int) -> Flags:
    """The rows of the longest run of levels, from the first on, nearly all of which left."""
    leaving = np.bincount(place, weights=outcomes.weight * outcomes.soon, minlength=size)[levels]
    all_rows = np.bincount(place, weights=outcomes.weight, minlength=size)[levels]
    pure = np.flatnonzero(np.cumsum(leaving) >= MOST_PURITY * np.cumsum(all_rows))
    return np.isin(place, levels[: pure[-1] + 1]) if len(pure) else np.zeros(len(place), dtype=np.bool_)
