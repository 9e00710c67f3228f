"""What holds a run back: data that is stale, half empty or of another kind than the last run's.

A list made of broken data looks like any other list. So a run is compared with the last one of an earlier day before it
is published, and where something does not hold, the last list stays, with its day and with the reason. Nothing is held back
of a first run, which there is nothing to compare with, and nothing of a retrospective one, which no list shows.

Every reason names tables, columns (in the words of the catalogue) and counts, never a person.
"""

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from features.days import to_day
from features.feature import Feature

SHRUNK: Final = 0.6
"""So large a share of the last head count must still be there: a company does not lose more between two runs."""
VANISHED: Final = 0.05
"""At most so large a share of the people of the last run may be unknown to the data: who leaves has a row that says so."""
_FEW: Final = 5
"""So many people are not a share of anything."""
STALE_DAYS: Final = 7
"""Data that knows nothing newer than the last run's is stale after so many days."""
SILENT_DAYS: Final = 31
"""A source that was heard from daily or weekly is silent after so many days."""
GONE: Final = 0.95
"""A column is gone where so large a share of it is null, that was not for half of the people before."""
SCALED: Final = 20.0
"""A column has other units where its usual size is so many times what it was, or a part."""
_ENOUGH: Final = 100
"""People whose columns can be compared at all."""
_STEADY: Final = ("_365", "_last")
_SHORT: Final = re.compile(r"_\d{1,2}$|_180$")
"""Ends the name of a column that looks back over less than a year: who reviews once a year has it null most of the time."""
_PLAIN: Final = "number"
_NAMED: Final = 5
"""So many columns are named."""


@dataclass(frozen=True)
class Column:
    """How a column of features looked in a run."""

    nulls: float
    """Share of nulls."""
    size: float | None
    """Median of the absolute values that are not 0; None where there are none."""


@dataclass(frozen=True)
class Facts:
    """What is compared of a run's data."""

    as_of: str
    data_digest: str
    people: int
    """At risk on the day."""
    newest: Mapping[str, str]
    """By source, the day of the newest fact that was known."""
    columns: Mapping[str, Column]
    """By name, of up to 2,000 people."""


def columns(features: Sequence[Feature], matrix: NDArray[np.float32]) -> dict[str, Column]:
    """How those columns of a matrix of features look that look alike week after week.

    What a year or all time says is there or not, whenever the last survey was; and only plain numbers have the size that
    the data gave them (a salary, a signal): a count or a time since grows and shrinks by itself.
    """
    found = {}
    for feature, values in zip(features, matrix.T, strict=True):
        if feature.name.endswith(_STEADY) or (feature.unit == _PLAIN and not _SHORT.search(feature.name)):
            there = np.abs(values[~np.isnan(values) & (values != 0)])
            sized = feature.unit == _PLAIN and len(there) >= _ENOUGH
            nulls = float(np.isnan(values).mean()) if len(values) else 1.0
            found[feature.name] = Column(nulls, float(np.median(there)) if sized else None)
    return found


def reasons(now: Facts, before: Facts, unknown: int, features: Sequence[Feature]) -> list[str]:
    """Why a run is held back; empty where it is not.

    Parameters
    ----------
    before
        The last run of an earlier day.
    unknown
        How many people of that run the data does not know at all.
    features
        The columns that are compared.
    """
    found = [*_sources(now, before), *_columns(now, before, {feature.name: feature for feature in features})]
    if now.people < SHRUNK * before.people and before.people - now.people >= _FEW:
        was = f"{before.people:,} were on {before.as_of}"
        found.append(f"Head count: {now.people:,} people are at risk, {was}. Is the export whole?")
    if unknown > VANISHED * before.people and unknown >= _FEW:
        told = f"{unknown:,} of the {before.people:,} people of {before.as_of} have no row in employees now"
        found.append(
            f"Leavers vanished: {told}. Keep the rows of people who left: their leaving is what is learned from."
        )
    return found


def _sources(now: Facts, before: Facts) -> list[str]:
    same = now.data_digest == before.data_digest or now.newest == before.newest
    if same and now.newest and _age(now, max(now.newest.values())) > STALE_DAYS:
        newest = f"nothing newer than {max(now.newest.values())}, as it did on {before.as_of}"
        return [f"Stale export: the data knows {newest}. Is it yesterday's file?"]
    found = []
    if missing := sorted(set(before.newest) - set(now.newest)):
        found.append(f"Sources gone: {', '.join(missing)} had facts on {before.as_of}, and there are none now.")
    for source in sorted(set(now.newest) & set(before.newest)):
        age, was = _age(now, now.newest[source]), _age(before, before.newest[source])
        if age > SILENT_DAYS and was <= STALE_DAYS:
            found.append(f"Silent source: the newest fact of {source} is of {now.newest[source]}, {age} days old.")
    return found


def _columns(now: Facts, before: Facts, features: Mapping[str, Feature]) -> list[str]:
    if min(now.people, before.people) < _ENOUGH:
        return []
    both = [name for name in now.columns if name in before.columns and name in features]
    gone = [name for name in both if now.columns[name].nulls >= GONE and before.columns[name].nulls < 0.5]
    scaled = [name for name in both if _scaled(now.columns[name].size, before.columns[name].size)]
    found = []
    if gone:
        told = _listed([features[name].null_phrase for name in gone])
        found.append(f"Values gone: of nearly everybody it is said now {told}, and was not on {before.as_of}.")
    if scaled:
        told = _listed([features[name].phrase.format("…", s="s", date="…") for name in scaled])
        found.append(f"Other units: {SCALED:g} or more times as large as on {before.as_of}, or as small: {told}.")
    return found


def _scaled(now: float | None, before: float | None) -> bool:
    return now is not None and before is not None and not 1 / SCALED < now / before < SCALED


def _listed(phrases: list[str]) -> str:
    more = len(phrases) - _NAMED
    return ", ".join(f'"{one}"' for one in phrases[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def _age(of: Facts, day: str) -> int:
    return _day(of.as_of) - _day(day)


def _day(text: str) -> int:
    return to_day(dt.date.fromisoformat(text))
