"""Comments: how what a person wrote in surveys sounds, how it moved, and how much of it there is to go by.

The numbers are `Tones`: each comment against the company's average comment, made by what was learned from the company's
own comments and scores (see `sentiment`); a comment that could not be read has none. Only identified ones enter a
person's columns; the others reach nobody alone (see `team`). Means of few comments are drawn towards the average.
Windows are active days.
"""

from functools import partial
from typing import Any, Final

import numpy as np

from features.book import EVENT, ROOM, STREAMS, Book, Shapes, enter, note
from features.company import UNIT, Company
from features.compiled import compiled
from features.days import NEVER
from features.feature import Feature
from features.formulas import Formula, count, last, last_date, ratio, total, where
from features.grid import Times, rows_of
from features.spec import FeatureSpec

NEGATIVE: Final = -round(0.15 * UNIT)
"""A comment is called negative from here down: one and a half points of ten below the average comment."""
AVERAGE_COMMENTS: Final = 2
"""So many average comments are added to a person's own, so that one alone says little."""


# The streams; a row gives each at most one event.
SAID: Final = 0
BITTER: Final = 1
"""The negative ones."""
PRIVATE: Final = 2
"""Those whose author is never shown: for the means of whole groups alone (see `team`)."""


def walk(company: Company, _spec: FeatureSpec) -> Any:
    """What writes the comments of a block's persons into its book; None where nothing reads comments."""
    if (t := company.tones) is None:
        return None
    return partial(loop, (t.person, t.answered, t.identified, t.valence))


@compiled
def loop(table: Any, times: Times, shapes: Shapes, book: Book) -> None:
    """Write the events of a block's persons into its book."""
    persons, answered_on, identified, valences = table
    first, last = rows_of(persons, times)
    events, n = np.empty((ROOM, EVENT), np.int64), 0
    for row in range(first, last):
        if n > ROOM - STREAMS:
            enter(events, n, times, shapes, book)
            n = 0
        person, answered, valence = persons[row], answered_on[row], valences[row]
        if identified[row]:
            n = note(events, n, SAID, 0, person, answered, answered, NEVER, valence)
            if valence <= NEGATIVE:
                n = note(events, n, BITTER, 0, person, answered, answered, NEVER, 0)
        else:
            n = note(events, n, PRIVATE, 0, person, answered, answered, NEVER, valence)
    enter(events, n, times, shapes, book)


def _drawn(over: Formula, under: Formula) -> Formula:
    """A mean drawn towards the average; null of nothing."""
    return where(over / (under + AVERAGE_COMMENTS) / UNIT, under)


def _level() -> Formula:
    """The year's mean, drawn towards the average."""
    return _drawn(total(SAID, 365), count(SAID, 365))


def _trend() -> Formula:
    """Mean of the last 180 active days less that of the 185 before, both drawn towards the average."""
    before = _drawn(total(SAID, 365) - total(SAID, 180), count(SAID, 365) - count(SAID, 180))
    return _drawn(total(SAID, 180), count(SAID, 180)) - before


def _f(
    name: str,
    unit: str,
    phrase: str,
    null: str,
    formula: Formula,
    *,
    actionable: bool = True,
    date: Formula | None = None,
) -> Feature:
    return Feature(f"comments_{name}", "comments", unit, phrase, null, formula, actionable, date=date, source="surveys",
                   topic="" if name.startswith("count_") else "comments")  # fmt: skip


_NONE_YEAR: Final = "No survey comment in the last 12 months that could be read"

FEATURES: Final = (
    _f("count_365", "count", "{} survey comment{s} of the last 12 months that could be read", "Survey comments are not read",
       count(SAID, 365), actionable=False),
    _f("tone_365", "points", "The tone of survey comments of the last 12 months: {} against the average comment", _NONE_YEAR,
       _level()),
    _f("tone_last", "points", "The tone of the survey comment of {date}: {} against the average comment",
       "No survey comment that could be read", last(SAID, UNIT), date=last_date(SAID)),
    _f("tone_trend", "points", "The tone of survey comments moved by {} in the last 6 months, against the 6 before",
       "Too few survey comments in the last 12 months for a trend", _trend()),
    _f("negative_365", "share", "{} of the survey comments of the last 12 months sound negative", _NONE_YEAR,
       ratio(count(BITTER, 365), count(SAID, 365))),
)  # fmt: skip
