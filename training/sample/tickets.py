"""The sample's HR tickets, off-boarding tickets after notice among them."""

from typing import Final

import numpy as np
import polars as pl

from features.company import VOLUNTARY
from features.days import NEVER
from training.sample.columns import DAY_SECONDS, Floats, Ints, instants, texts
from training.sample.record import Record

_CATEGORIES: Final = (
    *("payroll", "benefits", "equipment", "policy", "career", "facilities", "time_off"),
    *("employee_relations", "grievance", "medical"),
    *("offboarding", "equipment_return", "final_pay", "knowledge_transfer"),
)
_SHARES: Final = (0.27, 0.19, 0.17, 0.12, 0.1, 0.07, 0.055, 0.01, 0.005, 0.01)
_FIRST_OFFBOARDING: Final = 10
_PRIORITIES: Final = ("low", "normal", "high")


def tickets(record: Record, rng: np.random.Generator) -> pl.DataFrame:
    """All tickets opened by the last day; what happened to them later is not yet there."""
    person, day, days, category = (
        np.concatenate(p) for p in zip(_ordinary(record, rng), _last(record, rng), strict=True)
    )
    opened = day * DAY_SECONDS + rng.integers(8 * 3600, 18 * 3600, len(day))
    resolved = opened + (days * DAY_SECONDS).astype(np.int64)
    responded = opened + ((resolved - opened) * rng.beta(1.2, 6, len(day))).astype(np.int64)
    after = (record.end + 1) * DAY_SECONDS
    solved = resolved < after
    open_still = pl.Series(~solved)
    slow = np.log(np.maximum(days, 0.05))
    csat = np.clip(np.round(4.3 - 0.7 * (slow - 1) + rng.normal(0, 0.8, len(day))), 1, 5)
    rated = solved & (rng.random(len(day)) < 0.45)
    frame = pl.DataFrame(
        {
            "employee_id": texts(record.ids, person),
            "opened_at": instants(opened),
            "first_response_at": instants(np.where(responded < after, responded, -1)),
            "resolved_at": instants(np.where(solved, resolved, -1)),
            "category": texts(_CATEGORIES, category),
            "priority": texts(_PRIORITIES, rng.choice(3, len(day), p=(0.3, 0.55, 0.15))),
            "escalated": pl.Series(rng.random(len(day)) < 0.02 * np.clip(days / 3, 0.2, 8)).set(open_still, None),
            "reopen_count": pl.Series(rng.poisson(0.06 + 0.01 * np.minimum(days, 20))).set(open_still, None),
            "csat": pl.Series(np.where(rated, csat, np.nan)).fill_nan(None),
            "csat_max": pl.Series(np.full(len(day), 5)),
        }
    ).sort("opened_at", "employee_id", "category", maintain_order=True)
    return frame.with_row_index("ticket_id", offset=1).with_columns(pl.format("T{}", pl.col("ticket_id")))


def _ordinary(record: Record, rng: np.random.Generator) -> tuple[Ints, Ints, Floats, Ints]:
    """(employment, day, days until resolved, category) of the tickets the company's life made."""
    person, month = record.cells()
    days = record.lives.ticket_days[person, month]
    day = record.lives.plan.edges[month] + rng.integers(0, 28, len(person))
    kept = ~np.isnan(days) & record.present(person, day) & (day <= record.end)
    category = rng.choice(len(_SHARES), int(kept.sum()), p=_SHARES)
    return person[kept], day[kept].astype(np.int64), days[kept], category


def _last(record: Record, rng: np.random.Generator) -> tuple[Ints, Ints, Floats, Ints]:
    """Off-boarding tickets: from notice on, and on the very day of it where no resignation date is on record.

    Somebody who must leave may have one up to three weeks before the last day. A late record opens none before it.
    """
    state = record.lives.state
    chosen = state.kind == VOLUNTARY
    silent = chosen & ~record.resigned & (state.exit <= record.end)
    other = (state.exit < NEVER) & (rng.random(len(state)) < np.where(chosen, 0.8, 0.5))
    span = np.maximum(state.gone - state.exit, 1)
    day = np.where(chosen, state.exit + rng.integers(0, span), state.exit - rng.integers(0, 21, len(state)))
    late = record.recorded < NEVER
    other &= (day <= record.end) & (day >= np.maximum(state.hire, record.lives.plan.edges[0]))
    other &= ~late | ((day >= record.recorded) & record.shown)
    person = np.concatenate([np.flatnonzero(silent), np.flatnonzero(other)])
    when = np.concatenate([state.exit[silent], day[other]]).astype(np.int64)
    category = rng.integers(_FIRST_OFFBOARDING, len(_CATEGORIES), len(person))
    return person, when, np.exp(rng.normal(0.8, 0.8, len(person))), category
