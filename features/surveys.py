"""Surveys: what a person answered under their own name, and whether they still answer at all.

Only identified rows enter here; confidential and anonymous ones reach nobody alone (see `team`). A question counts as
asked once it is answered or `PATIENCE_DAYS` old, so that yesterday's survey is no silence; one sent during a leave and
not answered is never counted. Scores are 0..1 on their own scale. Windows are active days.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from features.company import NO_SHARE, UNIT, Company, Floats, Surveys
from features.days import NEVER, Days
from features.feature import Feature, Formula, of_group, plain, slug
from features.grid import Block, Totals, ratio
from features.spec import FeatureSpec, slots
from features.streams import EVER, Leaves, Stream, on_leave, stream

PATIENCE_DAYS: Final = 14
"""So long a question may lie unanswered before it counts as silence."""


@dataclass(frozen=True)
class Streams:
    """The survey streams of a company: answers, answers by driver (eNPS first), onboarding answers, questions asked."""

    answers: Stream
    drivers: Stream
    onboarding: Stream
    asked: Stream
    asked_answered: Stream


@dataclass(frozen=True)
class Accumulated:
    """What the streams add up to at each row.

    `last` holds the last answer per driver and the one before it, 0..1: shape (drivers, 2, rows). Group 0 of the
    drivers is eNPS. The days on which these were answered are worked out when a reason names them.
    """

    rows: Streams
    block: Block
    answers: Totals
    drivers: Totals
    onboarding: Totals
    asked: Totals
    answered: Totals
    last: Floats
    answer_age: Floats

    @cached_property
    def answered_on(self) -> Days:
        """The day of the last answer, shape (drivers, rows)."""
        return self.block.latest(self.rows.drivers)

    @cached_property
    def onboarded_on(self) -> Days:
        """The day of the last answer to an onboarding survey, shape (rows,)."""
        days: Days = self.block.latest(self.rows.onboarding)[0]
        return days


def streams(company: Company, surveys: Surveys, spec: FeatureSpec, leaves: Leaves) -> Streams:
    """The streams of the identified rows of `surveys`."""
    mine = surveys.identified & (surveys.person >= 0)
    answer = mine & (surveys.score != NO_SHARE)
    slot = slots(company.names.drivers, ("enps", *spec.drivers))[surveys.driver]
    person, answered, score = surveys.person, surveys.answered, surveys.score
    return Streams(
        answers=stream(person, answered, value=score, where=answer),
        drivers=stream(person, answered, value=score, slot=slot, groups=1 + len(spec.drivers), where=answer),
        onboarding=stream(person, answered, value=score, where=answer & surveys.onboarding),
        asked=stream(person, surveys.sent, _due(surveys, leaves), where=mine),
        asked_answered=stream(person, surveys.sent, answered, where=mine),
    )


def accumulate(rows: Streams, block: Block) -> Accumulated:
    """Totals and last answers at each row of a block."""
    return Accumulated(
        rows=rows,
        block=block,
        answers=block.totals(rows.answers, (90, 180, 365)),
        drivers=block.totals(rows.drivers, (180, 365)),
        onboarding=block.totals(rows.onboarding, (EVER,)),
        asked=block.totals(rows.asked, (90, 180, 365)),
        answered=block.totals(rows.asked_answered, (90, 180, 365)),
        last=block.last(rows.drivers, UNIT),
        answer_age=block.active_since(block.latest(rows.answers))[0],
    )


def _due(surveys: Surveys, leaves: Leaves) -> Days:
    """From when each question counts as asked: from the answer, or after the patience unless it fell into a leave."""
    patience = np.where(on_leave(surveys.person, surveys.sent, leaves), NEVER, surveys.sent + PATIENCE_DAYS)
    return np.minimum(surveys.answered, patience).astype(np.int32)


def _trend(recent: Totals, group: int = 0) -> Floats:
    """Mean of the last 180 active days less the mean of the 185 before them."""
    total = recent.sum(365, group) - recent.sum(180, group)
    count = recent.count(365, group) - recent.count(180, group)
    return recent.mean(180, group, UNIT) - ratio(total, count, UNIT)


def _rate(a: Accumulated, window: int) -> Floats:
    return ratio(a.answered.count(window), a.asked.count(window))


def _change(a: Accumulated, group: int) -> Floats:
    change: Floats = a.last[group, 0] - a.last[group, 1]
    return change


_TOPICS: Final = {
    "survey scores": ("score_",),
    "survey response": ("asked_", "response_", "silence_", "unanswered_"),
    "enps": ("enps_",),
}
"""Columns that look at one thing in several ways, by how their names begin."""


def _f(
    name: str,
    unit: str,
    phrase: str,
    null: str,
    formula: Formula,
    *,
    actionable: bool = True,
    date: Formula | None = None,
    topic: str = "",
) -> Feature:
    kind = topic or next((kind for kind, names in _TOPICS.items() if name.startswith(names)), "")
    return Feature(f"survey_{name}", "surveys", unit, phrase, null, formula, actionable, date=date, topic=kind)


_NONE: Final = "No survey answer on record"
_NONE_QUARTER: Final = "No survey answer in the last 3 months"
_NONE_YEAR: Final = "No survey answer in the last 12 months"

FEATURES: Final = (
    _f("score_365", "score", "Survey answers average {} in the last 12 months", _NONE_YEAR,
       lambda a: a.answers.mean(365, unit=UNIT)),
    _f("score_90", "score", "Survey answers average {} in the last 3 months", _NONE_QUARTER,
       lambda a: a.answers.mean(90, unit=UNIT)),
    _f("score_trend", "points", "Survey answers moved by {} in the last 6 months, against the 6 before",
       "Too few survey answers in the last 12 months for a trend", lambda a: _trend(a.answers)),
    _f("asked_365", "count", "{} survey question{s} asked in the last 12 months", "No survey on record",
       lambda a: a.asked.count(365), actionable=False),
    _f("response_365", "share", "Answered {} of the survey questions of the last 12 months",
       "No survey question in the last 12 months", lambda a: _rate(a, 365)),
    _f("response_90", "share", "Answered {} of the survey questions of the last 3 months",
       "No survey question in the last 3 months", lambda a: _rate(a, 90)),
    _f("response_change", "share points", "Share of survey questions answered in the last 3 months against the last 12: {}",
       "No survey question in the last 3 months", lambda a: _rate(a, 90) - _rate(a, 365)),
    _f("silence_days", "days", "Last survey answer {} ago", _NONE, lambda a: a.answer_age),
    _f("unanswered_180", "count", "{} survey question{s} of the last 6 months unanswered", "No survey on record",
       lambda a: a.asked.count(180) - a.answered.count(180)),
    _f("onboarding_score", "score", "Onboarding surveys answered with {} on average, last on {date}",
       "No onboarding survey answered", lambda a: a.onboarding.mean(EVER, unit=UNIT), date=lambda a: a.onboarded_on),
    _f("enps_last", "score", "Would recommend us: {} on {date}", "No eNPS answer on record", lambda a: a.last[0, 0],
       date=lambda a: a.answered_on[0]),
    _f("enps_change", "points", "Willingness to recommend us moved by {} on {date}, against the answer before",
       "Fewer than two eNPS answers on record", lambda a: _change(a, 0), date=lambda a: a.answered_on[0]),
    _f("enps_365", "score", "Would recommend us: {} on average in the last 12 months", "No eNPS answer in the last 12 months",
       lambda a: a.drivers.mean(365, 0, UNIT)),
    _f("enps_trend", "points", "Willingness to recommend us moved by {} in the last 6 months, against the 6 before",
       "Too few eNPS answers in the last 12 months for a trend", lambda a: _trend(a.drivers, 0)),
)  # fmt: skip


def driver_features(drivers: tuple[str, ...]) -> tuple[Feature, ...]:
    """Four columns a driver: last answer, yearly mean, change since the answer before, half-year trend."""
    columns: list[Feature] = []
    for g, name in enumerate(drivers, start=1):
        column, driver = slug(name), plain(name)
        topic, none = f"answers about {driver}", f"No answer about {driver} on record"
        answered_on = of_group(g, lambda a, g: a.answered_on[g])
        columns += [
            _f(f"about_{column}_last", "score", f"Last answer about {driver}, on {{date}}: {{}}", none,
               of_group(g, lambda a, g: a.last[g, 0]), date=answered_on, topic=topic),
            _f(f"about_{column}_365", "score", f"Answers about {driver} average {{}} in the last 12 months",
               f"No answer about {driver} in the last 12 months", of_group(g, lambda a, g: a.drivers.mean(365, g, UNIT)),
               topic=topic),
            _f(f"about_{column}_change", "points", f"Answer about {driver} moved by {{}} on {{date}}, against the one before",
               f"Fewer than two answers about {driver} on record", of_group(g, _change), date=answered_on,
               topic=topic),
            _f(f"about_{column}_trend", "points",
               f"Answers about {driver} moved by {{}} in the last 6 months, against the 6 before",
               f"Too few answers about {driver} in the last 12 months for a trend",
               of_group(g, lambda a, g: _trend(a.drivers, g)), topic=topic),
        ]  # fmt: skip
    return tuple(columns)
