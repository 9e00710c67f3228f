"""Figures of the HR service: how much is asked for, about what, how fast it is answered, and how well."""

from typing import Final

import numpy as np

from features.company import NO_SHARE, UNIT, Tickets
from service.dashboard.ground import Ground, Present
from service.dashboard.measured import Family, Measured, some
from service.dashboard.tally import Facts, quantiles
from service.dashboard.voices import frequent, slots
from service.dashboard.workforce import mean, volume

MOST: Final = 12
"""Categories that are shown, the most frequent."""
HOUR: Final = 3_600
DAY: Final = 86_400
SHARES: Final = (0.5, 0.9)


def tickets(ground: Ground, there: Present) -> list[Measured | Family]:
    """Everything that tickets say."""
    if (table := ground.company.tickets) is None:
        return []
    return [
        _opened(ground, table, there),
        *_times(ground, "ticket_response", responses(ground, table), HOUR, there),
        *_times(ground, "ticket_resolution", resolutions(ground, table), DAY, there),
        *_outcomes(ground, table, there),
    ]


def responses(ground: Ground, table: Tickets) -> Facts:
    """First answers, in the month they were given, with the seconds they took."""
    month = ground.months_of(table.responded, table.responded <= ground.day)
    return Facts(table.person, month, table.responded_seconds - table.opened_seconds)


def resolutions(ground: Ground, table: Tickets) -> Facts:
    """Resolutions, likewise."""
    month = ground.months_of(table.resolved, table.resolved <= ground.day)
    return Facts(table.person, month, table.resolved_seconds - table.opened_seconds)


def _opened(ground: Ground, table: Tickets, there: Present) -> Family:
    month = ground.months_of(table.opened, table.opened <= ground.day)
    lengths, names = ground.months.lengths, ground.company.names.categories
    used = frequent(table.category[month >= 0], len(names), MOST)
    every = ground.tally(Facts(table.person, month))
    kind = slots(used, len(names))[table.category]
    rest = np.int32(len(used))
    themes = ground.tally(Facts(table.person, month, None, np.where(kind < 0, rest, kind)), len(used) + 1)
    return Family(
        volume("tickets", every, 0, there, lengths),
        [volume(f"theme.{names[code]}", themes, at, there, lengths) for at, code in enumerate(used)],
        themes.people[-1],
    )


def _times(ground: Ground, name: str, facts: Facts, unit: int, there: Present) -> list[Measured]:
    """How long the service took: of the people only that they asked is personal."""
    found, people = quantiles(facts, ground.places, SHARES) / unit, ground.tally(facts).people[0]
    return [
        Measured(called, values, people, sides=(some(people, there.people),))
        for called, values in zip((name, f"{name}_p90"), found, strict=True)
    ]


def _outcomes(ground: Ground, table: Tickets, there: Present) -> list[Measured]:
    month = ground.months_of(table.resolved, table.resolved <= ground.day)
    rated = Facts(table.person, month, table.csat).where(table.csat != NO_SHARE)
    told = Facts(table.person, month, table.escalated.astype(np.int64)).where(table.escalated >= 0)
    csat, escalated = ground.tally(rated), ground.tally(told)
    worst = int(table.csat.min(initial=UNIT, where=table.csat != NO_SHARE))
    return [
        mean("csat", csat, 0, UNIT, there.people, worst),
        mean("escalation", escalated, 0, 1, there.people),
    ]
