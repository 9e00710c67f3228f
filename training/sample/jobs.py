"""The sample's job_history: every change once, a few entered late, a few corrected."""

import datetime as dt
from typing import Final

import numpy as np
import polars as pl

from features.company import EVENTS
from features.days import NEVER, to_date, to_day
from training.sample.columns import Ints, dates, numbers, texts
from training.sample.life import Moves
from training.sample.plan import COUNTRIES, CURRENCIES, FAMILIES
from training.sample.record import Record
from training.sample.state import market

_RANKS: Final = ("Associate", "Specialist", "Senior", "Lead", "Principal")
_SETS: Final = {
    "manager_id": ("hire", "rehire", "transfer", "manager_change"),
    "org_unit": ("hire", "rehire", "transfer"),
    "job_family": ("hire", "rehire", "transfer"),
    "job_title": ("hire", "rehire", "transfer", "promotion"),
    "job_level": ("hire", "rehire", "promotion"),
    "location": ("hire", "rehire", "transfer"),
    "employment_type": ("hire", "rehire"),
    "fte": ("hire", "rehire"),
    "base_salary": ("hire", "rehire", "transfer", "promotion", "pay_change"),
    "currency": ("hire", "rehire", "transfer"),
    "compa_ratio": ("hire", "rehire", "transfer", "promotion", "pay_change"),
}
"""The events that set a column; in other rows it is null: as before."""


def job_history(record: Record, rng: np.random.Generator) -> pl.DataFrame:
    """Everything recorded by the last day, in order of employee and date."""
    moves = _join(_before(record), record.lives.moves)
    frame = _frame(record, moves)
    late = rng.random(len(frame)) < 0.04
    recorded = moves.day + np.where(late, rng.integers(1, 61, len(frame)), 0)
    frame = frame.with_columns(recorded_at=dates(np.where(late, recorded, NEVER)))
    frame = frame.filter(pl.Series(recorded <= record.end))
    return pl.concat([frame, _corrections(record, frame, rng)]).sort(
        "employee_id", "effective_date", "event", "recorded_at", maintain_order=True
    )


def _before(record: Record) -> Moves:
    """The promotion and the pay round that those already there had before the first day."""
    state, plan = record.lives.state, record.lives.plan
    first = int(plan.edges[0])
    own = np.flatnonzero(record.lives.moves.day < first)
    start = Moves(*(getattr(record.lives.moves, name)[own] for name in _FIELDS))
    promoted = np.flatnonzero((state.promoted[start.person] > start.day) & (state.promoted[start.person] < first))
    april = _last_april(first)
    paid = np.flatnonzero(start.day < april - 90)
    return _join(
        _with(start, promoted, state.promoted[start.person[promoted]].astype(np.int64), "promotion"),
        _with(start, paid, np.full(len(paid), april), "pay_change"),
    )


_FIELDS: Final = ("person", "day", "event", "team", "month", "level", "salary")


def _with(start: Moves, rows: Ints, day: Ints, event: str) -> Moves:
    picked = {name: getattr(start, name)[rows] for name in _FIELDS}
    return Moves(**{**picked, "day": day, "event": np.full(len(rows), EVENTS.index(event))})


def _join(*parts: Moves) -> Moves:
    return Moves(*(np.concatenate([getattr(part, name) for part in parts]) for name in _FIELDS))


def _last_april(day: int) -> int:
    date = to_date(day)
    return to_day(dt.date(date.year - (date.month <= 4), 4, 1))


def _frame(record: Record, moves: Moves) -> pl.DataFrame:
    state, plan = record.lives.state, record.lives.plan
    years_before = np.maximum(plan.edges[0] - moves.day, 0) / 365.25
    hired_earlier = (moves.event == EVENTS.index("hire")) & (years_before > 0)
    level = moves.level - (hired_earlier & (state.promoted[moves.person] > moves.day))
    level = np.maximum(level, 1)
    pay_scale = market(plan, moves.team, level, moves.month) / market(plan, moves.team, moves.level, moves.month)
    salary = moves.salary * pay_scale * 1.03**-years_before
    compa = salary / market(plan, moves.team, level, moves.month - years_before * 12)
    family = plan.division[moves.team]
    frame = pl.DataFrame(
        {
            "employee_id": texts(record.ids, moves.person),
            "effective_date": dates(moves.day),
            "event": texts(EVENTS, moves.event),
            "manager_id": texts(plan.managers(), plan.manager[moves.month, moves.team]),
            "org_unit": texts(plan.paths(), moves.team),
            "job_family": texts(FAMILIES, family),
            "job_title": texts(_titles(), family * len(_RANKS) + (level - 1) // 2),
            "job_level": texts([f"L{n}" for n in range(11)], level),
            "location": texts(_sites(), plan.unit[moves.team] * 2 + moves.team % 2),
            "employment_type": texts(("permanent", "fixed_term"), state.fixed_term[moves.person].astype(np.int64)),
            "fte": numbers(np.array([1.0, 1.0, 1.0, 0.8, 1.0, 1.0, 0.5])[moves.person % 7], 2),
            "base_salary": numbers(salary, -2),
            "currency": texts(CURRENCIES, plan.unit[moves.team]),
            "compa_ratio": numbers(compa, 3),
        }
    )
    return frame.with_columns(pl.when(pl.col("event").is_in(events)).then(name) for name, events in _SETS.items())


def _titles() -> list[str]:
    return [f"{family} {rank}" for family in FAMILIES for rank in _RANKS]


def _sites() -> list[str]:
    return [f"{country}-{site}" for country in COUNTRIES for site in (1, 2)]


def _corrections(record: Record, frame: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """One pay change in 200 was entered wrongly and put right up to 60 days later."""
    recent = pl.Series(frame["effective_date"] >= to_date(int(record.lives.plan.edges[0])))
    picked = pl.Series(rng.random(len(frame)) < 0.005) & (frame["event"] == "pay_change") & recent
    wrong = frame.filter(picked & frame["recorded_at"].is_null())
    known = wrong["effective_date"].to_physical().to_numpy() + rng.integers(3, 61, len(wrong))
    factor = pl.Series(rng.choice((0.95, 1.05), len(wrong)))
    right = wrong.with_columns(
        base_salary=(wrong["base_salary"] / 100 * factor).round() * 100,
        compa_ratio=(wrong["compa_ratio"] * factor).round(3),
        recorded_at=dates(known),
    )
    return right.filter(pl.Series(known <= record.end))
