"""Surveys: what a person answered under their own name, and whether they still answer at all.

Only identified rows enter a person's columns; confidential and anonymous ones reach nobody alone (see `team`). A
question counts as asked once it is answered or `PATIENCE_DAYS` old, so that yesterday's survey is no silence; one sent
during a leave and not answered is never counted. Scores are 0..1 on their own scale. Windows are active days.
"""

from functools import partial
from typing import Any, Final

import numpy as np

from features.book import EVENT, ROOM, STREAMS, Book, Shapes, enter, note
from features.company import NO_SHARE, UNIT, Codes, Company
from features.compiled import compiled
from features.days import NEVER
from features.feature import Feature, plain, slug
from features.formulas import Formula, age, change, count, last, last_date, latest, mean, ratio, trend
from features.grid import Times, rows_of
from features.spec import FeatureSpec, slots
from features.streams import EVER, on_leave

PATIENCE_DAYS: Final = 14
"""So long a question may lie unanswered before it counts as silence."""


# The streams; a row gives each at most one event.
ANSWERS: Final = 0
DRIVERS: Final = 1
"""Answers by driver, eNPS first."""
ONBOARDING: Final = 2
ASKED: Final = 3
ANSWERED: Final = 4
"""Questions that were answered, dated as they were asked."""
PRIVATE: Final = 5
"""Answers whose author is never shown: for the means of whole groups alone (see `team`)."""


def walk(company: Company, spec: FeatureSpec) -> Any:
    """What writes the answers and questions of a block's persons into its book; None without surveys."""
    if (s := company.surveys) is None:
        return None
    table = (s.person, s.sent, s.answered, s.onboarding, s.driver, s.score, s.identified)
    return partial(loop, table, slots(company.names.drivers, ("enps", *spec.drivers)))


@compiled
def loop(table: Any, slot: Codes, times: Times, shapes: Shapes, book: Book) -> None:
    """Write the events of a block's persons into its book."""
    persons, sent_on, answered_on, onboarding, drivers, scores, identified = table
    _, _, _, away, begin, stop = times
    first, last = rows_of(persons, times)
    events, n = np.empty((ROOM, EVENT), np.int64), 0
    for row in range(first, last):
        if n > ROOM - STREAMS:
            enter(events, n, times, shapes, book)
            n = 0
        person, sent, answered, score = persons[row], sent_on[row], answered_on[row], scores[row]
        if not identified[row]:
            if score != NO_SHARE:
                n = note(events, n, PRIVATE, 0, person, answered, answered, NEVER, score)
            continue
        silent = on_leave(sent, begin, stop, away[person], away[person + 1])
        due = min(answered, NEVER if silent else sent + PATIENCE_DAYS)
        n = note(events, n, ASKED, 0, person, sent, due, NEVER, 0)
        n = note(events, n, ANSWERED, 0, person, sent, answered, NEVER, 0)
        if score != NO_SHARE:
            n = note(events, n, ANSWERS, 0, person, answered, answered, NEVER, score)
            n = note(events, n, DRIVERS, slot[drivers[row]], person, answered, answered, NEVER, score)
            if onboarding[row]:
                n = note(events, n, ONBOARDING, 0, person, answered, answered, NEVER, score)
    enter(events, n, times, shapes, book)


def _rate(window: int) -> Formula:
    return ratio(count(ANSWERED, window), count(ASKED, window))


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
       mean(ANSWERS, 365, UNIT)),
    _f("score_90", "score", "Survey answers average {} in the last 3 months", _NONE_QUARTER,
       mean(ANSWERS, 90, UNIT)),
    _f("score_trend", "points", "Survey answers moved by {} in the last 6 months, against the 6 before",
       "Too few survey answers in the last 12 months for a trend", trend(ANSWERS, 180, 365, UNIT)),
    _f("asked_365", "count", "{} survey question{s} asked in the last 12 months", "No survey on record",
       count(ASKED, 365), actionable=False),
    _f("response_365", "share", "Answered {} of the survey questions of the last 12 months",
       "No survey question in the last 12 months", _rate(365)),
    _f("response_90", "share", "Answered {} of the survey questions of the last 3 months",
       "No survey question in the last 3 months", _rate(90)),
    _f("response_change", "share points", "Share of survey questions answered in the last 3 months against the last 12: {}",
       "No survey question in the last 3 months", _rate(90) - _rate(365)),
    _f("silence_days", "days", "Last survey answer {} ago", _NONE, age(latest(ANSWERS))),
    _f("unanswered_180", "count", "{} survey question{s} of the last 6 months unanswered", "No survey on record",
       count(ASKED, 180) - count(ANSWERED, 180)),
    _f("onboarding_score", "score", "Onboarding surveys answered with {} on average, last on {date}",
       "No onboarding survey answered", mean(ONBOARDING, EVER, UNIT), date=latest(ONBOARDING)),
    _f("enps_last", "score", "Would recommend us: {} on {date}", "No eNPS answer on record", last(DRIVERS, UNIT),
       date=last_date(DRIVERS)),
    _f("enps_change", "points", "Willingness to recommend us moved by {} on {date}, against the answer before",
       "Fewer than two eNPS answers on record", change(DRIVERS, UNIT), date=last_date(DRIVERS)),
    _f("enps_365", "score", "Would recommend us: {} on average in the last 12 months", "No eNPS answer in the last 12 months",
       mean(DRIVERS, 365, UNIT)),
    _f("enps_trend", "points", "Willingness to recommend us moved by {} in the last 6 months, against the 6 before",
       "Too few eNPS answers in the last 12 months for a trend", trend(DRIVERS, 180, 365, UNIT)),
)  # fmt: skip


def driver_features(drivers: tuple[str, ...]) -> tuple[Feature, ...]:
    """Four columns a driver: last answer, yearly mean, change since the answer before, half-year trend."""
    columns: list[Feature] = []
    for g, name in enumerate(drivers, start=1):
        column, driver = slug(name), plain(name)
        topic, none = f"answers about {driver}", f"No answer about {driver} on record"
        answered_on = last_date(DRIVERS, g)
        columns += [
            _f(f"about_{column}_last", "score", f"Last answer about {driver}, on {{date}}: {{}}", none,
               last(DRIVERS, UNIT, g), date=answered_on, topic=topic),
            _f(f"about_{column}_365", "score", f"Answers about {driver} average {{}} in the last 12 months",
               f"No answer about {driver} in the last 12 months", mean(DRIVERS, 365, UNIT, g),
               topic=topic),
            _f(f"about_{column}_change", "points", f"Answer about {driver} moved by {{}} on {{date}}, against the one before",
               f"Fewer than two answers about {driver} on record", change(DRIVERS, UNIT, g), date=answered_on,
               topic=topic),
            _f(f"about_{column}_trend", "points",
               f"Answers about {driver} moved by {{}} in the last 6 months, against the 6 before",
               f"Too few answers about {driver} in the last 12 months for a trend",
               trend(DRIVERS, 180, 365, UNIT, g), topic=topic),
        ]  # fmt: skip
    return tuple(columns)
