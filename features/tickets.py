"""HR tickets: how much a person needs, how well and how fast they are served.

Off-boarding and denied categories never reach this file. A ticket is known when opened; what came of it (first response,
resolution, CSat, escalation, reopening) from the day it did. Windows are active days; durations are hours or days of
the calendar, in seconds inside.
"""

from functools import partial
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from features.bare import bare
from features.book import EVENT, ROOM, STREAMS, Book, Events, Shapes, enter, note
from features.company import NO_SHARE, UNIT, Codes, Company
from features.compiled import compiled
from features.days import NEVER
from features.feature import ABSENT, Feature, plain, slug
from features.formulas import DAY, Formula, age, count, last, last_date, latest, mean, oldest, ratio, total
from features.grid import Times, rows_of
from features.spec import FeatureSpec, slots
from features.streams import EVER

URGENT: Final = ("urgent", "critical", "high", "1", "p1", "2", "p2")
"""Priorities that count as urgent, written in any case."""


# The streams; a row gives each at most one event.
OPENED: Final = 0
CATEGORIES: Final = 1
"""Opened, by category."""
IN_URGENCY: Final = 2
"""Opened, the urgent ones."""
OPEN: Final = 3
"""Opened, until resolved."""
UNANSWERED: Final = 4
"""Opened, until answered or resolved."""
RESPONSE: Final = 5
"""First answers, with the seconds they took; likewise:"""
RESOLUTION: Final = 6
RATED: Final = 7
"""Resolved, with the rating."""
ESCALATED: Final = 8
REOPENED: Final = 9
"""Resolved, with how often it was reopened."""


def walk(company: Company, spec: FeatureSpec) -> Any:
    """What writes the tickets of a block's persons into its book; None without tickets."""
    if (t := company.tickets) is None:
        return None
    names = company.names
    table = (t.person, t.opened, t.responded, t.resolved, t.opened_seconds, t.responded_seconds, t.resolved_seconds,
             t.category, t.priority, t.escalated, t.reopened, t.csat)  # fmt: skip
    urgent = np.asarray([name.lower() in URGENT for name in names.priorities] + [False])
    return partial(loop, table, slots(names.categories, spec.categories), urgent)


@compiled
def loop(table: Any, category: Codes, urgent: NDArray[np.bool_], times: Times, shapes: Shapes, book: Book) -> None:
    """Write the events of a block's persons into its book."""
    (
        persons,
        opened_on,
        responded_on,
        resolved_on,
        asked,
        answered,
        done,
        categories,
        priorities,
        escalated,
        reopened,
        rating,
    ) = table
    first, last = rows_of(persons, times)
    events, n = np.empty((ROOM, EVENT), np.int64), 0
    for row in range(first, last):
        if n > ROOM - STREAMS:
            enter(events, n, times, shapes, book)
            n = 0
        person, opened, responded, resolved = persons[row], opened_on[row], responded_on[row], resolved_on[row]
        n = note(events, n, OPENED, 0, person, opened, opened, NEVER, 0)
        n = note(events, n, CATEGORIES, category[categories[row]], person, opened, opened, NEVER, 0)
        if urgent[priorities[row]]:
            n = note(events, n, IN_URGENCY, 0, person, opened, opened, NEVER, 0)
        n = note(events, n, OPEN, 0, person, opened, opened, resolved, 0)
        n = note(events, n, UNANSWERED, 0, person, opened, opened, min(responded, resolved), 0)
        if responded != NEVER:
            n = note(events, n, RESPONSE, 0, person, responded, responded, NEVER, answered[row] - asked[row])
        if resolved != NEVER:
            n = note(events, n, RESOLUTION, 0, person, resolved, resolved, NEVER, done[row] - asked[row])
            n = _outcome(events, n, person, resolved, rating[row], escalated[row], reopened[row])
    enter(events, n, times, shapes, book)


@bare
def _outcome(events: Events, n: int, person: int, resolved: int, rating: int, escalated: int, reopened: int) -> int:
    """Notes what is known of a ticket from the day it was resolved."""
    if rating != NO_SHARE:
        n = note(events, n, RATED, 0, person, resolved, resolved, NEVER, rating)
    if escalated == 1:
        n = note(events, n, ESCALATED, 0, person, resolved, resolved, NEVER, 0)
    if reopened > 0:
        n = note(events, n, REOPENED, 0, person, resolved, resolved, NEVER, reopened)
    return n


_TOPICS: Final = {
    "tickets": ("count_", "surge", "last_"),
    "open tickets": ("open", "unanswered"),
    "response time": ("response_",),
    "resolution time": ("resolution_",),
    "ticket ratings": ("csat_",),
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
) -> Feature:
    topic = next((topic for topic, names in _TOPICS.items() if name.startswith(names)), "")
    return Feature(f"tickets_{name}", "tickets", unit, phrase, null, formula, actionable, date=date, topic=topic)


_SOURCE: Final = ABSENT["tickets"]
_NO_RESPONSE: Final = "No HR ticket answered in the last 12 months"
_NO_RESOLUTION: Final = "No HR ticket resolved in the last 12 months"

FEATURES: Final = (
    _f("count_30", "count", "{} HR ticket{s} opened in the last 30 days", _SOURCE, count(OPENED, 30),
       actionable=False),
    _f("count_90", "count", "{} HR ticket{s} opened in the last 3 months", _SOURCE, count(OPENED, 90),
       actionable=False),
    _f("count_365", "count", "{} HR ticket{s} opened in the last 12 months", _SOURCE, count(OPENED, 365),
       actionable=False),
    _f("surge", "number", "HR tickets of the last 3 months opened at {} times the pace of the last 12",
       "No HR ticket in the last 12 months", ratio(count(OPENED, 90) * 365, count(OPENED, 365) * 90),
       actionable=False),
    _f("last_days", "days", "Last HR ticket opened {} ago", "No HR ticket on record", age(latest(OPENED)),
       actionable=False),
    _f("open", "count", "{} HR ticket{s} open now", _SOURCE, count(OPEN, EVER)),
    _f("open_days", "days", "Oldest open HR ticket waiting for {}", "No HR ticket open now", DAY - oldest(OPEN)),
    _f("unanswered", "count", "{} HR ticket{s} without any response now", _SOURCE, count(UNANSWERED, EVER)),
    _f("response_hours_365", "hours", "HR tickets were first answered after {} on average in the last 12 months",
       _NO_RESPONSE, mean(RESPONSE, 365, 3600)),
    _f("response_hours_90", "hours", "HR tickets were first answered after {} on average in the last 3 months",
       "No HR ticket answered in the last 3 months", mean(RESPONSE, 90, 3600)),
    _f("resolution_days_365", "days", "HR tickets took {} on average in the last 12 months", _NO_RESOLUTION,
       mean(RESOLUTION, 365, 86400)),
    _f("resolution_days_90", "days", "HR tickets took {} on average in the last 3 months",
       "No HR ticket resolved in the last 3 months", mean(RESOLUTION, 90, 86400)),
    _f("csat_last", "score", "HR ticket resolved on {date} rated {}", "No HR ticket rated", last(RATED, UNIT),
       date=last_date(RATED)),
    _f("csat_365", "score", "HR tickets rated {} on average in the last 12 months", "No HR ticket rated in the last 12 months",
       mean(RATED, 365, UNIT)),
    _f("escalated_365", "count", "{} HR ticket{s} escalated in the last 12 months", _SOURCE,
       count(ESCALATED, 365)),
    _f("reopened_365", "count", "HR tickets reopened {} time{s} in the last 12 months", _SOURCE,
       total(REOPENED, 365)),
    _f("urgent_365", "count", "{} urgent HR ticket{s} in the last 12 months", _SOURCE, count(IN_URGENCY, 365)),
)  # fmt: skip


def category_features(categories: tuple[str, ...]) -> tuple[Feature, ...]:
    """One column a category: tickets of a year."""
    return tuple(
        _f(f"about_{slug(name)}_365", "count", f"{{}} HR ticket{{s}} about {plain(name)} in the last 12 months", _SOURCE,
           count(CATEGORIES, 365, g))
        for g, name in enumerate(categories)
    )  # fmt: skip
