"""The sample's planned conversations: twelve about what, four about how and two about want a year."""

from typing import Final

import numpy as np
import polars as pl

from features.company import CANCELLED_BY, CONVERSATIONS
from training.sample.columns import DAY_SECONDS, Ints, instants, sigmoid, texts
from training.sample.record import Record

_STATUS: Final = ("scheduled", "held", "missed", "cancelled")
_SCHEDULED, _HELD, _MISSED, _CANCELLED = range(4)
_AHEAD_DAYS: Final = 21
"""Conversations planned after the last day that stand in the calendar."""


def checkins(record: Record, rng: np.random.Generator) -> pl.DataFrame:
    """All conversations planned up to three weeks after the last day; those are still scheduled."""
    person, month, kind = _due(record)
    plan, lives = record.lives.plan, record.lives
    day = plan.edges[month] + (person * 7 + kind * 9) % 20 + rng.integers(0, 8, len(person))
    there = record.present(person, np.minimum(day, record.end)) & (day >= lives.state.hire[person])
    there &= day <= np.minimum(record.end + _AHEAD_DAYS, record.known_gone[person])
    person, month, kind, day = person[there], month[there], kind[there], day[there]
    status = _outcome(record, person, month, kind, day, rng)
    delay = np.minimum(rng.geometric(0.7, len(day)) - 1, 5)
    held_day = np.minimum(day + delay, lives.state.gone[person])
    status[(held_day > record.end) & (status == _HELD) | (day > record.end)] = _SCHEDULED
    hour = (8 + rng.integers(0, 9, len(day))) * 3600
    month = np.minimum(month, plan.months - 1)
    team = lives.team[person, month]
    low = lives.engagement[person, month] < -0.3
    by = np.where(rng.random(len(day)) < np.where(low, 0.5, 0.25), 0, rng.choice((1, 2), len(day), p=(0.85, 0.15)))
    frame = pl.DataFrame(
        {
            "employee_id": texts(record.ids, person),
            "manager_id": texts(plan.managers(), plan.manager[month, team]),
            "scheduled_at": instants(day.astype(np.int64) * DAY_SECONDS + hour),
            "held_at": instants(np.where(status == _HELD, held_day.astype(np.int64) * DAY_SECONDS + hour, -1)),
            "status": texts(_STATUS, status),
            "cancelled_by": texts(CANCELLED_BY, np.where(status == _CANCELLED, by, -1)),
            "conversation_type": texts(CONVERSATIONS, kind),
        }
    ).sort("scheduled_at", "employee_id", "conversation_type", maintain_order=True)
    return frame.with_row_index("checkin_id", offset=1).with_columns(pl.format("C{}", pl.col("checkin_id")))


def _due(record: Record) -> tuple[Ints, Ints, Ints]:
    """(employment, month, conversation) of all that are due; `want` as the life of the company had it."""
    person, month = record.cells(ahead=1)
    parts = [(person, month, np.zeros_like(person))]
    for kind, every in ((1, 3), (2, 6)):
        due = (person + month) % every == 0
        parts.append((person[due], month[due], np.full(int(due.sum()), kind)))
    joined = tuple(np.concatenate(part) for part in zip(*parts, strict=True))
    return joined[0], joined[1], joined[2]


def _outcome(record: Record, person: Ints, month: Ints, kind: Ints, day: Ints, rng: np.random.Generator) -> Ints:
    """Held more by good managers; seldom during a leave; mostly cancelled after notice."""
    lives = record.lives
    quality = lives.plan.quality[month, lives.team[person, month]]
    held = rng.random(len(person)) < sigmoid(1.7 + 0.8 * quality + 0.2 * lives.engagement[person, month])
    held = np.where(kind == CONVERSATIONS.index("want"), lives.want_held[person, month], held)
    held &= ~record.on_leave(person, day)
    noticed = lives.state.exit[person] <= day
    held &= ~noticed | (rng.random(len(person)) < 0.3)
    missed = rng.random(len(person)) < np.where(noticed, 0.15, 0.55)
    return np.where(held, _HELD, np.where(missed, _MISSED, _CANCELLED))
