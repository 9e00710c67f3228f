"""Counting facts by place and month, with the distinct people they come from; and quantiles of what they measure.

A place is a node of a tree (units) or stands alone (teams). What is counted at a place also counts at every place above
it. Facts stand in order of person, so that people are told apart with a small memory.

Example: two tickets of one person and one of another, in one unit and month: 3 facts, 2 people.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from features.company import Codes, Fixed, Floats
from features.compiled import compiled


@dataclass(frozen=True)
class Places:
    """Where everybody counts, month by month."""

    at: Codes
    """Place of each employment in each month, shape (employments, months); -1: nowhere."""
    parent: NDArray[np.int64]
    """The place right above each, which stands before it; -1: none."""
    column: Codes
    """Column in which each month is counted; -1: left out."""
    columns: int


@dataclass(frozen=True)
class People:
    """Who is behind employments."""

    employee: Codes
    """The same number for all employments of one person, which stand together."""


@dataclass(frozen=True)
class Facts:
    """One row a fact, in order of person."""

    person: Codes
    """-1 where only the place is known."""
    month: Codes
    """-1: not counted."""
    value: Fixed | None = None
    group: Codes | None = None
    """Facts of several kinds are counted apart; -1: not counted. None: all of kind 0."""
    elsewhere: Codes | None = None
    """Place of a fact without a person."""

    def where(self, kept: NDArray[np.bool_]) -> "Facts":
        """The same facts, of which only some are counted."""
        return replace(self, month=np.where(kept, self.month, np.int32(-1)))

    def only(self, kept: NDArray[np.bool_]) -> "Facts":
        """Those of the facts, and no others: where they are few, they are counted faster."""
        rows = np.flatnonzero(kept)
        given = {name: part for name, part in vars(self).items() if part is not None}
        return replace(self, **{name: part[rows] for name, part in given.items()})


@dataclass(frozen=True)
class Tally:
    """By kind, place and column, shape (kinds, places, columns)."""

    counts: Fixed
    sums: Fixed
    people: Fixed
    """Distinct people."""


def tally(facts: Facts, places: Places, people: People, groups: int = 1) -> Tally:
    """Count facts, sum their values and tell their people apart; places above others with those below."""
    nothing = np.zeros(1, np.int64)
    found = np.zeros((groups, len(places.parent), places.columns, 3), np.int64)
    _tally(
        (facts.person, facts.month, np.zeros(1, np.int32) if facts.group is None else facts.group),
        nothing if facts.value is None else facts.value,
        np.full(1, -1, np.int32) if facts.elsewhere is None else facts.elsewhere,
        (facts.group is not None, facts.value is not None, facts.elsewhere is not None),
        (places.at, places.column),
        people.employee,
        np.zeros((groups, places.columns), np.int64),
        found,
    )
    raised(found.reshape(groups, len(places.parent), -1), places.parent)
    return Tally(found[..., 0], found[..., 1], found[..., 2])


def raised(values: NDArray[np.int64], parent: NDArray[np.int64]) -> NDArray[np.int64]:
    """Add to every place what is below it, in place; shape (kinds, places, columns)."""
    _raise(values, parent)
    return values


def quantiles(facts: Facts, places: Places, shares: Sequence[float]) -> Floats:
    """Quantiles of the values, shape (shares, places, columns); NaN where there is no fact.

    Between two values it goes in a straight line.

    Source: Hyndman and Fan, "Sample quantiles in statistical packages", American Statistician 50 (1996): definition 7.
    """
    kept = facts.month >= 0
    value = facts.value if facts.value is not None else np.zeros(len(kept), np.int64)
    order = np.flatnonzero(kept)[np.argsort(value[kept], kind="stable")]
    size = np.zeros((len(places.parent), places.columns), np.int64)
    where = (places.at, places.column, places.parent)
    _sizes(order, facts.person, facts.month, where, size)
    start = np.concatenate(([0], np.cumsum(size.ravel())))
    held = np.empty(int(start[-1]), np.int64)
    _fill(order, facts.person, facts.month, value, where, start[:-1].reshape(size.shape).copy(), held)
    found = np.full((len(shares), *size.shape), np.nan)
    _read(held, start[:-1].reshape(size.shape), size, np.asarray(shares), found)
    return found


@compiled
def _tally(
    rows: tuple[Codes, Codes, Codes],
    value: Fixed,
    elsewhere: Codes,
    given: tuple[bool, bool, bool],
    where: tuple[Codes, Codes],
    employee: Codes,
    seen: Fixed,
    found: Fixed,
) -> None:
    person, month, group = rows
    at, column = where
    for row in range(len(person)):
        kind = group[row] if given[0] else 0
        if month[row] < 0 or kind < 0 or column[month[row]] < 0:
            continue
        p, c = person[row], column[month[row]]
        place = -1
        if p >= 0:
            place = at[p, month[row]]
        elif given[2]:
            place = elsewhere[row]
        if place < 0:
            continue
        cell = found[kind, place, c]
        cell[0] += 1
        if given[1]:
            cell[1] += value[row]
        if p < 0:
            cell[2] += 1
        elif seen[kind, c] != employee[p] + 1:
            seen[kind, c] = employee[p] + 1
            cell[2] += 1


@compiled
def _raise(values: NDArray[np.int64], parent: NDArray[np.int64]) -> None:
    for kind in range(values.shape[0]):
        for place in range(len(parent) - 1, -1, -1):
            if parent[place] >= 0:
                values[kind, parent[place]] += values[kind, place]


@compiled
def _sizes(
    order: Fixed, person: Codes, month: Codes, where: tuple[Codes, Codes, NDArray[np.int64]], size: Fixed
) -> None:
    at, column, parent = where
    for row in order:
        place, c = at[person[row], month[row]], column[month[row]]
        while place >= 0 and c >= 0:
            size[place, c] += 1
            place = parent[place]


@compiled
def _fill(
    order: Fixed,
    person: Codes,
    month: Codes,
    value: Fixed,
    where: tuple[Codes, Codes, NDArray[np.int64]],
    free: Fixed,
    held: Fixed,
) -> None:
    at, column, parent = where
    for row in order:
        place, c = at[person[row], month[row]], column[month[row]]
        while place >= 0 and c >= 0:
            held[free[place, c]] = value[row]
            free[place, c] += 1
            place = parent[place]


@compiled
def _read(held: Fixed, start: Fixed, size: Fixed, shares: Floats, found: Floats) -> None:
    for place in range(size.shape[0]):
        for c in range(size.shape[1]):
            if size[place, c] == 0:
                continue
            for s in range(len(shares)):
                rank = shares[s] * (size[place, c] - 1)
                low = int(np.floor(rank))
                first = held[start[place, c] + low]
                then = held[start[place, c] + min(low + 1, size[place, c] - 1)]
                found[s, place, c] = first + (rank - low) * (then - first)
