"""What a feature is: its name, unit, words and formula, declared in one line; and its value said in a sentence."""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from features.company import Floats

Column = Floats | NDArray[np.int64]
"""One number a row."""
Formula = Callable[[Any], Column]
"""From a family's accumulators to one number a row, NaN for null."""

_MONTH: Final = 30.4375
_YEAR: Final = 365.25


@dataclass(frozen=True)
class Feature:
    """One column of the feature matrix.

    `unit` is a key of `_WORDS`: days and hours as such; a share or a score is 0..1; points are a change of a score
    (0.1 is one point of ten); percent is a relative change (0.05 is +5 %); level, number and flag as they are.
    `phrase` says the value in words, with ``{}`` where it stands; `null_phrase` says what a missing value means.
    `formula` computes the column from the family's accumulators: one number a row, NaN for null. `actionable` features
    can be changed by somebody; the others are context. `group_only` features speak of answers that were promised
    never to be shown for one person: their value never appears in words. `shift` is added to the value before it is said.
    """

    name: str
    family: str
    unit: str
    phrase: str
    null_phrase: str
    formula: Formula
    actionable: bool = True
    group_only: bool = False
    shift: float = 0.0


def sentence(feature: Feature, value: float) -> str:
    """The value of a feature in words; the null phrase for NaN.

    >>> want = Feature("x", "checkins", "days", "No talk for {}", "No talk on record", lambda a: a, shift=182.5)
    >>> sentence(want, 152.0), sentence(want, math.nan)
    ('No talk for 11 months', 'No talk on record')
    """
    if math.isnan(value):
        return feature.null_phrase
    if feature.group_only:
        return feature.phrase
    return feature.phrase.format(_said(feature.unit, value + feature.shift))


def of_group(group: int, formula: Callable[[Any, int], Column]) -> Formula:
    """The formula of one group (a driver, a category, a signal) out of accumulators that hold all groups."""
    return lambda accumulated: formula(accumulated, group)


def slug(name: str) -> str:
    """A name from the data as part of a column name: lower-case letters, digits and underscores.

    >>> slug("Work-life balance")
    'work_life_balance'
    """
    return re.sub(r"\W+", "_", name.lower()).strip("_")


def plain(name: str) -> str:
    """A name from the data as part of a phrase: words apart, nothing a format string would read.

    >>> plain("manager_support")
    'manager support'
    """
    return re.sub(r"[{}_\s]+", " ", name).strip()


def _said(unit: str, value: float) -> str:
    return _WORDS[unit](value)


def _duration(days: float) -> str:
    if abs(days) >= 2 * _YEAR:
        return f"{days / _YEAR:.1f} years"
    if abs(days) >= 60:
        return _counted(round(days / _MONTH), "month")
    return _counted(round(days), "day")


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if abs(number) == 1 else f"{number} {noun}s"


def _hours(hours: float) -> str:
    return _duration(hours / 24) if hours >= 72 else _counted(round(hours), "hour")


def _plain_number(value: float) -> str:
    return f"{value:.0f}" if value == round(value) else f"{value:.1f}"


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


_WORDS: Final[dict[str, Callable[[float], str]]] = {
    "days": _duration,
    "hours": _hours,
    "share": lambda value: f"{value * 100:.0f} %",
    "score": lambda value: f"{value * 10:.1f} of 10",
    "points": lambda value: f"{value * 10:+.1f} points of 10",
    "percent": lambda value: f"{value * 100:+.1f} %",
    "count": _plain_number,
    "level": _plain_number,
    "number": _number,
    "flag": lambda value: "yes" if value else "no",
}
"""How a value of each unit is said."""
