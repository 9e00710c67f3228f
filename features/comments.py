"""Comments: how what a person wrote in surveys sounds, how it moved, and how much of it there is to go by.

The numbers are `Tones`: each comment against the company's average comment, made by what was learned from the company's
own comments and scores (see `sentiment`); a comment that could not be read has none. Only identified ones enter here;
the others reach nobody alone (see `team`). Means of few comments are drawn towards the average. Windows are active days.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from features.company import UNIT, Fixed, Floats, Tones
from features.days import Days
from features.feature import Feature, Formula
from features.grid import Block, Totals, ratio
from features.streams import Stream, stream

NEGATIVE: Final = -round(0.15 * UNIT)
"""A comment is called negative from here down: one and a half points of ten below the average comment."""
AVERAGE_COMMENTS: Final = 2
"""So many average comments are added to a person's own, so that one alone says little."""


@dataclass(frozen=True)
class Streams:
    """The identified comments, and the negative ones among them."""

    said: Stream
    negative: Stream


@dataclass(frozen=True)
class Accumulated:
    """What the streams add up to at each row; `last` is the last comment's valence, shape (rows,).

    The day of the last comment is worked out when a reason names it.
    """

    rows: Streams
    block: Block
    said: Totals
    negative: Totals
    last: Floats

    @cached_property
    def said_on(self) -> Days:
        """The day of the last comment, shape (rows,)."""
        days: Days = self.block.latest(self.rows.said)[0]
        return days


def streams(tones: Tones) -> Streams:
    """The streams of the identified rows of `tones`."""
    mine = tones.identified & (tones.person >= 0)
    return Streams(
        said=stream(tones.person, tones.answered, value=tones.valence, where=mine),
        negative=stream(tones.person, tones.answered, where=mine & (tones.valence <= NEGATIVE)),
    )


def accumulate(rows: Streams, block: Block) -> Accumulated:
    """Totals and the last comment at each row of a block."""
    return Accumulated(
        rows=rows,
        block=block,
        said=block.totals(rows.said, (180, 365)),
        negative=block.totals(rows.negative, (365,)),
        last=block.last(rows.said, UNIT)[0, 0],
    )


def _level(a: Accumulated) -> Floats:
    """The year's mean, drawn towards the average."""
    return _drawn(a.said.sum(365), a.said.count(365))


def _trend(a: Accumulated) -> Floats:
    """Mean of the last 180 active days less that of the 185 before, both drawn towards the average."""
    total, count = a.said.sum(180), a.said.count(180)
    before = _drawn(a.said.sum(365) - total, a.said.count(365) - count)
    change: Floats = _drawn(total, count) - before
    return change


def _drawn(total: Fixed, count: Fixed) -> Floats:
    return np.where(count > 0, total / (count + AVERAGE_COMMENTS) / UNIT, np.nan)


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
       lambda a: a.said.count(365), actionable=False),
    _f("tone_365", "points", "The tone of survey comments of the last 12 months: {} against the average comment", _NONE_YEAR,
       _level),
    _f("tone_last", "points", "The tone of the survey comment of {date}: {} against the average comment",
       "No survey comment that could be read", lambda a: a.last, date=lambda a: a.said_on),
    _f("tone_trend", "points", "The tone of survey comments moved by {} in the last 6 months, against the 6 before",
       "Too few survey comments in the last 12 months for a trend", _trend),
    _f("negative_365", "share", "{} of the survey comments of the last 12 months sound negative", _NONE_YEAR,
       lambda a: ratio(a.negative.count(365), a.said.count(365))),
)  # fmt: skip
