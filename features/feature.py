"""What a feature is: its name, unit, words and formula, declared in one line; and its value said in a sentence."""

import math
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from features.days import NEVER, to_date
from features.formulas import Formula

ABSENT: Final = {
    "surveys": "No survey records here",
    "tickets": "No HR ticket records here",
    "checkins": "No check-in records here",
    "signals": "No signal records here",
    "team_signals": "No team signal records here",
    "team": "Nothing known of the team here",
}
"""What is said of every feature of a source that is missing."""
_MONTH: Final = 30.4375
_YEAR: Final = 365.25
_MINUS_NOTHING: Final = ("-0", "-0.0")
_DATES: Final = 4_096
"""So many days are remembered as dates: eleven years."""


@dataclass(frozen=True)
class Feature:
    """One column of the feature matrix.

    `unit` is a key of `_WORDS`: days and hours as such; a share or a score is 0..1; points are a change of a score and
    share points of a share (0.1 is one point of ten, or ten of a hundred); percent is a relative change (0.05 is +5 %);
    level, number and flag as they are; steps and change are changes of these.

    `phrase` says the value and when it was, and judges nothing: ``{}`` stands for the value, ``{s}`` for the s of a noun
    that 1 does not take, ``{date}`` for the day of `date`; `otherwise` is said instead where it is given and the value is
    not above 0; `null_phrase` says what a missing value means. `formula` says how the column comes out of the family's
    accumulators; `date` the day a value dates from.

    `actionable` features can be changed by somebody; the others are context. `group_only` features speak of answers that
    were promised never to be shown for one person: their value never appears in words. `shift` is added to the value
    before it is said. `source` is the table without which the column is null, the family's own if "". Columns of one
    `topic` look at the same thing in several ways (a signal's last value, its mean, its sum): a reason speaks of all of
    them at once, since they share what the thing contributes by chance. A column without one is its own topic.
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
    otherwise: str = ""
    date: Formula | None = None
    source: str = ""
    topic: str = ""


def sentence(feature: Feature, value: float, day: int = NEVER, typical: float | None = None) -> str:
    """The value of a feature in words; the null phrase for NaN.

    Parameters
    ----------
    day
        The day the value dates from, for phrases that name it.
    typical
        What is usual in the company; said where it reads differently from the value.

    Examples
    --------
    >>> want = Feature("x", "checkins", "days", "No talk for {}", "No talk on record", DAY, shift=182.5)
    >>> sentence(want, 152.0), sentence(want, 152.0, typical=0.0), sentence(want, math.nan)
    ('No talk for 11 months', 'No talk for 11 months (typical here: 6 months)', 'No talk on record')
    """
    return told(feature, value, day, None if typical is None else in_words(feature, typical))


def told(feature: Feature, value: float, day: int, usual: str | None) -> str:
    """`sentence`, with what is usual in words."""
    if math.isnan(value):
        return feature.null_phrase
    if feature.group_only:
        return feature.phrase
    words = in_words(feature, value)
    phrase = feature.otherwise if feature.otherwise and value <= 0 else feature.phrase
    text = phrase.format(words, s="" if words == "1" else "s", date=_date(day))
    return text if usual is None or usual == words else f"{text} (typical here: {usual})"


@lru_cache(_DATES)
def _date(day: int) -> str:
    return "an unknown day" if day == NEVER else str(to_date(day))


def null_sentence(feature: Feature, missing: Collection[str]) -> str:
    """What is said of a null where these sources, or the whole team ("team"), are not known at all."""
    if feature.family in missing:
        return ABSENT[feature.family]
    return ABSENT[feature.source] if feature.source in missing else feature.null_phrase


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


def in_words(feature: Feature, value: float) -> str:
    """A value in the words of its unit."""
    return _WORDS[feature.unit](value + feature.shift)


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


def _signed(value: float, digits: int) -> str:
    """With its sign, and nothing is +0."""
    text = f"{value:+.{digits}f}"
    return f"+{text[1:]}" if text in _MINUS_NOTHING else text


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


_WORDS: Final[dict[str, Callable[[float], str]]] = {
    "days": _duration,
    "hours": _hours,
    "share": lambda value: f"{value * 100:.0f} %",
    "score": lambda value: f"{value * 10:.1f} of 10",
    "points": lambda value: f"{_signed(value * 10, 1)} points of 10",
    "share points": lambda value: f"{_signed(value * 100, 0)} percentage points",
    "percent": lambda value: f"{_signed(value * 100, 1)} %",
    "count": _plain_number,
    "level": _plain_number,
    "steps": lambda value: f"{value:+.4g}",
    "number": _number,
    "change": lambda value: f"{value:+,.0f}" if abs(value) >= 1000 else f"{value:+.4g}",
    "flag": lambda value: "yes" if value else "no",
}
"""How a value of each unit is said."""
