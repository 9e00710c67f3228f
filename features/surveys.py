"""Surveys: what a person answered under their own name, and whether they still answer at all.

Only identified rows enter here; confidential and anonymous ones reach nobody alone (see `team`). A question counts as
asked once it is answered or `PATIENCE_DAYS` old, so that yesterday's survey is no silence; one sent during a leave and
not answered is never counted. Scores are 0..1 on their own scale. Windows are active days.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from features.company import NO_SHARE, UNIT, Company, Floats, Surveys
from features.days import NEVER, Days
from features.feature import Feature, Formula, of_group, plain, slug
from features.grid import Block, Totals, days_at, ratio, values_at
from features.spec import FeatureSpec, slots
from features.streams import EVER, Leaves, Stream, on_leave, stream

PATIENCE_DAYS: Final = 14
"""So long a question may lie unanswered before it counts as silence."""
WINDOWS: Final = (90, 180, 365, EVER)
_90, _180, _365, _EVER = range(4)


@dataclass(frozen=True)
class Streams:
    """The survey streams of a company: answers, eNPS answers, answers by driver, onboarding answers, questions asked."""

    answers: Stream
    enps: Stream
    drivers: Stream
    onboarding: Stream
    asked: Stream
    asked_answered: Stream


@dataclass(frozen=True)
class Accumulated:
    """What the streams add up to at each row; `last` and `before` are the last two answers per driver, 0..1."""

    answers: Totals
    drivers: Totals
    onboarding: Totals
    asked: Totals
    answered: Totals
    enps: Totals
    last: Floats
    before: Floats
    enps_last: Floats
    enps_before: Floats
    answer_age: Floats


def streams(company: Company, surveys: Surveys, spec: FeatureSpec, leaves: Leaves) -> Streams:
    """The streams of the identified rows of `surveys`."""
    mine = surveys.identified & (surveys.person >= 0)
    answer = mine & (surveys.score != NO_SHARE)
    slot = slots(company.names.drivers, spec.drivers)[surveys.driver]
    enps = slots(company.names.drivers, ("enps",))[surveys.driver] == 0
    due = _due(surveys, leaves)
    person, answered, score = surveys.person, surveys.answered, surveys.score
    return Streams(
        answers=stream(person, answered, value=score, where=answer),
        enps=stream(person, answered, value=score, where=answer & enps),
        drivers=stream(person, answered, value=score, slot=slot, groups=len(spec.drivers), where=answer & (slot >= 0)),
        onboarding=stream(person, answered, value=score, where=answer & surveys.onboarding),
        asked=stream(person, surveys.sent, due, where=mine),
        asked_answered=stream(person, surveys.sent, answered, where=mine),
    )


def accumulate(rows: Streams, block: Block) -> Accumulated:
    """Totals and last answers at each row of a block."""
    answer, drivers, enps = block.last(rows.answers), block.last(rows.drivers), block.last(rows.enps)
    return Accumulated(
        answers=block.totals(rows.answers, WINDOWS),
        drivers=block.totals(rows.drivers, WINDOWS),
        onboarding=block.totals(rows.onboarding, (EVER,)),
        asked=block.totals(rows.asked, WINDOWS),
        answered=block.totals(rows.asked_answered, WINDOWS),
        enps=block.totals(rows.enps, WINDOWS),
        last=values_at(rows.drivers, drivers[..., 0], UNIT),
        before=values_at(rows.drivers, drivers[..., 1], UNIT),
        enps_last=values_at(rows.enps, enps[:, 0, 0], UNIT),
        enps_before=values_at(rows.enps, enps[:, 0, 1], UNIT),
        answer_age=block.active_since(days_at(rows.answers, answer[:, 0, 0])),
    )


def _due(surveys: Surveys, leaves: Leaves) -> Days:
    """From when each question counts as asked: from the answer, or after the patience unless it fell into a leave."""
    patience = np.where(on_leave(surveys.person, surveys.sent, leaves), NEVER, surveys.sent + PATIENCE_DAYS)
    return np.minimum(surveys.answered, patience).astype(np.int32)


def _trend(recent: Totals, group: int) -> Floats:
    """Mean of the last 180 active days less the mean of the 185 before them."""
    earlier = ratio(
        (recent.sum[:, group, _365] - recent.sum[:, group, _180]),
        (recent.count[:, group, _365] - recent.count[:, group, _180]),
    )
    return (recent.mean(group, _180) - earlier) / UNIT


def _rate(a: Accumulated, window: int) -> Floats:
    return ratio(a.answered.count[:, 0, window], a.asked.count[:, 0, window])


def _f(name: str, unit: str, phrase: str, null: str, formula: Formula) -> Feature:
    return Feature(f"survey_{name}", "surveys", unit, phrase, null, formula)


_NONE: Final = "No survey answer on record"
_NONE_YEAR: Final = "No survey answer within a year"

FEATURES: Final = (
    _f("score_365", "score", "Survey answers average {} over a year", _NONE_YEAR, lambda a: a.answers.mean(0, _365) / UNIT),
    _f("score_90", "score", "Survey answers average {} over three months", "No survey answer within three months",
       lambda a: a.answers.mean(0, _90) / UNIT),
    _f("score_trend", "points", "Survey answers moved by {} in half a year", "Too few survey answers for a trend",
       lambda a: _trend(a.answers, 0)),
    _f("asked_365", "count", "{} survey questions asked in a year", "No survey on record",
       lambda a: a.asked.count[:, 0, _365].astype(float)),
    _f("response_365", "share", "Answered {} of the survey questions of a year", "No survey question within a year",
       lambda a: _rate(a, _365)),
    _f("response_90", "share", "Answered {} of the survey questions of three months", "No survey question within three months",
       lambda a: _rate(a, _90)),
    _f("response_change", "share", "Share of survey questions answered moved by {}", "Too few survey questions for a trend",
       lambda a: _rate(a, _90) - _rate(a, _365)),
    _f("silence_days", "days", "Last survey answer {} ago", _NONE, lambda a: a.answer_age),
    _f("unanswered_180", "count", "{} survey questions of half a year unanswered", "No survey on record",
       lambda a: (a.asked.count - a.answered.count)[:, 0, _180].astype(float)),
    _f("onboarding_score", "score", "Onboarding survey answered with {}", "No onboarding survey answered",
       lambda a: a.onboarding.mean(0, 0) / UNIT),
    _f("enps_last", "score", "Would recommend us: {} at the last survey", "No eNPS answer on record", lambda a: a.enps_last),
    _f("enps_change", "points", "Willingness to recommend us moved by {} since the survey before",
       "Fewer than two eNPS answers", lambda a: a.enps_last - a.enps_before),
    _f("enps_365", "score", "Would recommend us: {} on average over a year", "No eNPS answer within a year",
       lambda a: a.enps.mean(0, _365) / UNIT),
    _f("enps_trend", "points", "Willingness to recommend us moved by {} in half a year", "Too few eNPS answers for a trend",
       lambda a: _trend(a.enps, 0)),
)  # fmt: skip


def driver_features(drivers: tuple[str, ...]) -> tuple[Feature, ...]:
    """Four columns a driver: last answer, yearly mean, change since the answer before, half-year trend."""
    columns: list[Feature] = []
    for g, name in enumerate(drivers):
        column, driver = slug(name), plain(name)
        none = f"No answer about {driver} on record"
        columns += [
            _f(f"about_{column}_last", "score", f"Last answer about {driver}: {{}}", none, of_group(g, lambda a, g: a.last[:, g])),
            _f(f"about_{column}_365", "score", f"Answers about {driver} average {{}} over a year", none,
               of_group(g, lambda a, g: a.drivers.mean(g, _365) / UNIT)),
            _f(f"about_{column}_change", "points", f"Answer about {driver} moved by {{}} since the one before",
               f"Fewer than two answers about {driver}", of_group(g, lambda a, g: a.last[:, g] - a.before[:, g])),
            _f(f"about_{column}_trend", "points", f"Answers about {driver} moved by {{}} in half a year",
               f"Too few answers about {driver} for a trend", of_group(g, lambda a, g: _trend(a.drivers, g))),
        ]  # fmt: skip
    return tuple(columns)
