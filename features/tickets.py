"""HR tickets: how much a person needs, how well and how fast they are served.

Off-boarding and denied categories never reach this file. A ticket is known when opened; what came of it (first response,
resolution, CSat, escalation, reopening) from the day it did. Windows are active days; durations are hours or days of
the calendar, in seconds inside.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from features.company import NO_SHARE, UNIT, Company, Floats, Tickets
from features.days import NEVER, Days
from features.feature import ABSENT, Feature, Formula, of_group, plain, slug
from features.grid import Block, Totals, ratio
from features.spec import FeatureSpec, slots
from features.streams import EVER, Stream, stream

URGENT: Final = ("urgent", "critical", "high", "1", "p1", "2", "p2")
"""Priorities that count as urgent, written in any case."""


@dataclass(frozen=True)
class Streams:
    """The ticket streams of a company."""

    opened: Stream
    by_category: Stream
    urgent: Stream
    open: Stream
    unanswered: Stream
    response: Stream
    resolution: Stream
    csat: Stream
    escalated: Stream
    reopened: Stream


@dataclass(frozen=True)
class Accumulated:
    """What the streams add up to at each row; the day of the last rating is worked out when a reason names it."""

    rows: Streams
    block: Block
    opened: Totals
    by_category: Totals
    urgent: Totals
    open: Totals
    unanswered: Totals
    response: Totals
    resolution: Totals
    csat: Totals
    escalated: Totals
    reopened: Totals
    csat_last: Floats
    last_age: Floats
    open_age: Floats

    @cached_property
    def rated_on(self) -> Days:
        """The day on which the ticket rated last was resolved, shape (rows,)."""
        days: Days = self.block.latest(self.rows.csat)[0]
        return days


def streams(company: Company, tickets: Tickets, spec: FeatureSpec) -> Streams:
    """The streams of `tickets`; response and resolution times are summed in seconds."""
    t, person = tickets, tickets.person
    urgent = (
        slots(company.names.priorities, [p for p in company.names.priorities if p.lower() in URGENT])[t.priority] >= 0
    )
    responded, resolved = t.responded != NEVER, t.resolved != NEVER
    slot = slots(company.names.categories, spec.categories)[t.category]
    return Streams(
        opened=stream(person, t.opened),
        by_category=stream(person, t.opened, slot=slot, groups=len(spec.categories), where=slot >= 0),
        urgent=stream(person, t.opened, where=urgent),
        open=stream(person, t.opened, until=t.resolved),
        unanswered=stream(person, t.opened, until=np.minimum(t.responded, t.resolved)),
        response=stream(person, t.responded, value=t.responded_seconds - t.opened_seconds, where=responded),
        resolution=stream(person, t.resolved, value=t.resolved_seconds - t.opened_seconds, where=resolved),
        csat=stream(person, t.resolved, value=t.csat, where=resolved & (t.csat != NO_SHARE)),
        escalated=stream(person, t.resolved, where=resolved & (t.escalated == 1)),
        reopened=stream(person, t.resolved, value=t.reopened.astype(np.int64), where=resolved & (t.reopened > 0)),
    )


def accumulate(rows: Streams, block: Block) -> Accumulated:
    """Totals, last events and open tickets at each row of a block."""
    oldest = block.oldest(rows.open)
    return Accumulated(
        rows=rows,
        block=block,
        opened=block.totals(rows.opened, (30, 90, 365)),
        by_category=block.totals(rows.by_category, (365,)),
        urgent=block.totals(rows.urgent, (365,)),
        open=block.totals(rows.open, (EVER,)),
        unanswered=block.totals(rows.unanswered, (EVER,)),
        response=block.totals(rows.response, (90, 365)),
        resolution=block.totals(rows.resolution, (90, 365)),
        csat=block.totals(rows.csat, (365,)),
        escalated=block.totals(rows.escalated, (365,)),
        reopened=block.totals(rows.reopened, (365,)),
        csat_last=block.last(rows.csat, UNIT)[0, 0],
        last_age=block.active_since(block.latest(rows.opened))[0],
        open_age=np.where(oldest == NEVER, np.nan, block.day - oldest),
    )


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
    _f("count_30", "count", "{} HR ticket{s} opened in the last 30 days", _SOURCE, lambda a: a.opened.count(30),
       actionable=False),
    _f("count_90", "count", "{} HR ticket{s} opened in the last 3 months", _SOURCE, lambda a: a.opened.count(90),
       actionable=False),
    _f("count_365", "count", "{} HR ticket{s} opened in the last 12 months", _SOURCE, lambda a: a.opened.count(365),
       actionable=False),
    _f("surge", "number", "HR tickets of the last 3 months opened at {} times the pace of the last 12",
       "No HR ticket in the last 12 months", lambda a: ratio(a.opened.count(90) * 365, a.opened.count(365) * 90),
       actionable=False),
    _f("last_days", "days", "Last HR ticket opened {} ago", "No HR ticket on record", lambda a: a.last_age,
       actionable=False),
    _f("open", "count", "{} HR ticket{s} open now", _SOURCE, lambda a: a.open.count(EVER)),
    _f("open_days", "days", "Oldest open HR ticket waiting for {}", "No HR ticket open now", lambda a: a.open_age),
    _f("unanswered", "count", "{} HR ticket{s} without any response now", _SOURCE, lambda a: a.unanswered.count(EVER)),
    _f("response_hours_365", "hours", "HR tickets were first answered after {} on average in the last 12 months",
       _NO_RESPONSE, lambda a: a.response.mean(365, unit=3600)),
    _f("response_hours_90", "hours", "HR tickets were first answered after {} on average in the last 3 months",
       "No HR ticket answered in the last 3 months", lambda a: a.response.mean(90, unit=3600)),
    _f("resolution_days_365", "days", "HR tickets took {} on average in the last 12 months", _NO_RESOLUTION,
       lambda a: a.resolution.mean(365, unit=86400)),
    _f("resolution_days_90", "days", "HR tickets took {} on average in the last 3 months",
       "No HR ticket resolved in the last 3 months", lambda a: a.resolution.mean(90, unit=86400)),
    _f("csat_last", "score", "HR ticket resolved on {date} rated {}", "No HR ticket rated", lambda a: a.csat_last,
       date=lambda a: a.rated_on),
    _f("csat_365", "score", "HR tickets rated {} on average in the last 12 months", "No HR ticket rated in the last 12 months",
       lambda a: a.csat.mean(365, unit=UNIT)),
    _f("escalated_365", "count", "{} HR ticket{s} escalated in the last 12 months", _SOURCE,
       lambda a: a.escalated.count(365)),
    _f("reopened_365", "count", "HR tickets reopened {} time{s} in the last 12 months", _SOURCE,
       lambda a: a.reopened.sum(365)),
    _f("urgent_365", "count", "{} urgent HR ticket{s} in the last 12 months", _SOURCE, lambda a: a.urgent.count(365)),
)  # fmt: skip


def category_features(categories: tuple[str, ...]) -> tuple[Feature, ...]:
    """One column a category: tickets of a year."""
    return tuple(
        _f(f"about_{slug(name)}_365", "count", f"{{}} HR ticket{{s}} about {plain(name)} in the last 12 months", _SOURCE,
           of_group(g, lambda a, g: a.by_category.count(365, g)))
        for g, name in enumerate(categories)
    )  # fmt: skip
