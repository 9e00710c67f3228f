"""The sample's other dated facts: about people (`signals`) and about teams and units (`team_signals`)."""

from collections.abc import Iterator
from typing import Final

import numpy as np
import polars as pl

from features.days import NEVER
from training.sample.columns import Floats, Ints, dates, numbers, texts
from training.sample.plan import DIVISIONS, UNITS
from training.sample.record import Record

_NAMES: Final = ("recognition", "learning_hours", "overtime_hours", "goal_progress", "review_rating", "referral")
_LATE_SHARE: Final = 0.04
_TEAM_NAMES: Final = ("customer_nps", "service_level", "customer_satisfaction")

_Rows = tuple[Ints, Ints, Ints, Floats]


def signals(record: Record, rng: np.random.Generator) -> pl.DataFrame:
    """Facts recorded by the last day; one in 25 was recorded late."""
    person, day, name, value = (np.concatenate(part) for part in zip(*_personal(record, rng), strict=True))
    late = rng.random(len(day)) < _LATE_SHARE
    known = day + np.where(late, rng.integers(1, 61, len(day)), 0)
    kept = record.present(person, day) & (known <= record.end)
    frame = pl.DataFrame(
        {
            "employee_id": texts(record.ids, person),
            "occurred_at": dates(day),
            "name": texts(_NAMES, name),
            "value": numbers(value, 2),
            "recorded_at": dates(np.where(late, known, NEVER)),
        }
    )
    return frame.filter(pl.Series(kept)).sort("occurred_at", "employee_id", "name", "value", maintain_order=True)


def _personal(record: Record, rng: np.random.Generator) -> Iterator[_Rows]:
    """One part a signal: the months in which it happens, and its value from the latent state."""
    lives, plan = record.lives, record.lives.plan
    person, month = record.cells()
    calendar = np.array([plan.calendar_month(m) for m in range(plan.months)])[month]
    engagement, performance = lives.engagement[person, month], lives.state.performance[person]
    quality = plan.quality[month, lives.team[person, month]]
    noise, draw = rng.standard_normal(len(person)), rng.random((len(_NAMES), len(person)))
    hours = np.clip(np.round(2 * (9 + 6 * lives.overtime[person, month] + 3 * noise)) / 2, 0, 60)
    happens = (
        (draw[0] < 0.18 * np.exp(0.3 * quality + 0.25 * performance), np.ones(len(person))),
        (draw[1] < 0.22 * np.exp(0.3 * engagement), np.ceil(8 * draw[1] / 0.22)),
        ((person % 5 < 3) & (hours > 0), hours),
        (calendar % 3 == 0, np.clip(0.68 + 0.1 * performance + 0.06 * engagement + 0.12 * noise, 0, 1)),
        (calendar == 2, np.clip(np.round(3.2 + 0.7 * performance + 0.2 * engagement + 0.5 * noise), 1, 5)),
        (draw[5] < 0.008 * np.exp(0.8 * engagement), np.full(len(person), np.nan)),
    )
    for name, (rows, value) in enumerate(happens):
        month_end = name in (2, 3)
        offset = np.full(int(rows.sum()), 27) if month_end else rng.integers(0, 28, int(rows.sum()))
        day = plan.edges[month[rows]].astype(np.int64) + offset
        yield person[rows], day, np.full(len(day), name), np.asarray(value[rows], dtype=np.float64)


def team_signals(record: Record, rng: np.random.Generator) -> pl.DataFrame:
    """Customer NPS per manager, service level and customer satisfaction per unit, monthly on the 27th."""
    plan = record.lives.plan
    months = np.flatnonzero(plan.edges[: plan.months] + 26 <= record.end)
    month, team = (part.ravel() for part in np.meshgrid(months, np.arange(len(plan.division)), indexing="ij"))
    mood = _mood(record)[month, team]
    nps = 32 + 8 * plan.quality[month, team] + 14 * mood + rng.normal(0, 9, len(month))
    by_manager = _team_frame(record, month, None, texts(plan.managers(), plan.manager[month, team]), 0, nps)
    unit_month, unit = (
        part.ravel() for part in np.meshgrid(months, np.arange(len(DIVISIONS) * len(UNITS)), indexing="ij")
    )
    slowness = plan.slowness[unit_month, unit // len(UNITS)]
    paths = texts([f"{d}/{u}" for d in DIVISIONS for u in UNITS], unit)
    level = 0.93 - 0.04 * slowness + rng.normal(0, 0.02, len(unit))
    happy = 4.1 - 0.2 * slowness + rng.normal(0, 0.15, len(unit))
    frames = [by_manager]
    frames += [_team_frame(record, unit_month, paths, None, n, v) for n, v in ((1, level), (2, happy))]
    return pl.concat(frames).sort("occurred_at", "name", "org_unit", "manager_id", maintain_order=True)


def _mood(record: Record) -> Floats:
    """Mean engagement of each team in each month, 0 where it is empty; shape (months, teams)."""
    plan, (person, month) = record.lives.plan, record.cells()
    width = len(plan.division)
    cell = month * width + record.lives.team[person, month]
    size = plan.months * width
    total = np.bincount(cell, weights=record.lives.engagement[person, month], minlength=size)
    return np.asarray((total / np.maximum(np.bincount(cell, minlength=size), 1)).reshape(-1, width), dtype=np.float64)


def _team_frame(
    record: Record, month: Ints, unit: pl.Series | None, manager: pl.Series | None, name: int, value: Floats
) -> pl.DataFrame:
    nobody = pl.Series([None] * len(month), dtype=pl.String)
    return pl.DataFrame(
        {
            "org_unit": nobody if unit is None else unit,
            "manager_id": nobody if manager is None else manager,
            "occurred_at": dates(record.lives.plan.edges[month] + 26),
            "name": texts(_TEAM_NAMES, np.full(len(month), name)),
            "value": numbers(value, 3),
        }
    )
