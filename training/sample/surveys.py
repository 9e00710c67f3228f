"""The sample's surveys: a monthly pulse, eNPS each quarter, onboarding and exit surveys, with comments.

The unhappy answer less. Some answers are confidential, some anonymous: those have no employee_id and a survey_id each.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import polars as pl

from features.company import VOLUNTARY
from features.days import NEVER, to_date
from training.sample.columns import DAY_SECONDS, Flags, Floats, Ints, instants, sigmoid, texts
from training.sample.comments import comments
from training.sample.plan import LANGUAGES
from training.sample.record import Record

DRIVERS: Final = ("manager", "workload", "growth", "pay", "recognition", "belonging", "enps", "onboarding", "leaving")
_PULSE: Final = 6
"""How many drivers the pulse asks in turn, two a month."""
_ENPS, _ONBOARDING, _LEAVING = 6, 7, 8
_TYPES: Final = ("pulse", "engagement", "onboarding", "exit")
_ATTRIBUTIONS: Final = ("identified", "confidential", "anonymous")
_CLOSES_DAYS: Final = 14
_SENT_SECONDS: Final = 9 * 3600


@dataclass(frozen=True)
class _Asked:
    """Questions of one kind of survey: one row a person asked and driver."""

    person: Ints
    day: Ints
    month: Ints
    kind: int
    driver: Ints
    answers: Flags
    """Whether the person answers, before leave and closing are looked at; the same for all drivers of a wave."""


def surveys(record: Record, rng: np.random.Generator) -> pl.DataFrame:
    """Every question sent by the last day; answers that came later are not yet there."""
    parts = list(_asked(record, rng))
    person, day, month, driver, wish = (
        np.concatenate([getattr(part, name) for part in parts])
        for name in ("person", "day", "month", "driver", "answers")
    )
    kind = np.concatenate([np.full(len(part.person), part.kind) for part in parts])
    answered = _answered(record, person, day, wish, rng)
    answers = answered >= 0
    score, top = _scores(driver, _valence(record, person, month, driver), rng)
    hidden = _attribution(driver, rng)
    language = record.lives.plan.unit[record.lives.team[person, month]]
    said = answers & (rng.random(len(day)) < np.where(driver >= _ENPS, 0.35, 0.06))
    frame = pl.DataFrame(
        {
            "survey_id": _waves(record, kind, month, day, person),
            "employee_id": texts(record.ids, np.where(hidden == 2, -1, person)),
            "org_unit": texts(record.lives.plan.paths(), np.where(hidden == 2, record.lives.team[person, month], -1)),
            "survey_type": texts(_TYPES, kind),
            "sent_at": instants(day * DAY_SECONDS + _SENT_SECONDS),
            "responded_at": instants(answered),
            "driver": texts(DRIVERS, driver),
            "score": pl.Series(np.where(answers, score, np.nan)).fill_nan(None),
            "scale_min": pl.Series(np.where(top == 10, 0, 1)),
            "scale_max": pl.Series(top),
            "comment": comments(said, language, driver, score / top, rng),
            "language": texts(LANGUAGES, np.where(said, language, -1)),
            "attribution": texts(_ATTRIBUTIONS, hidden),
        }
    )
    return _anonymise(frame.filter(pl.Series(answers | (hidden < 2)))).sort(
        "sent_at", "survey_type", "driver", "employee_id", "survey_id", maintain_order=True
    )


def _asked(record: Record, rng: np.random.Generator) -> Iterator[_Asked]:
    """Who is asked what, when. Both questions of a month's pulse are answered together or not at all."""
    plan, state = record.lives.plan, record.lives.state
    eager = rng.normal(0, 0.7, len(state))
    person, month = record.cells()
    pulse = _sent(record, person, plan.edges[month].astype(np.int64) + 19, 0, 2 * month % _PULSE, eager, rng)
    yield pulse
    yield replace(pulse, driver=pulse.driver + 1)
    quarterly = np.array([plan.calendar_month(m) % 3 == 0 for m in range(plan.months)])[month]
    person, month = person[quarterly], month[quarterly]
    yield _sent(record, person, plan.edges[month].astype(np.int64) + 9, 1, np.full(len(person), _ENPS), eager, rng)
    everyone = np.arange(len(state))
    for days in (30, 90):
        yield _sent(
            record, everyone, state.hire.astype(np.int64) + days, 2, np.full(len(state), _ONBOARDING), eager, rng
        )
    left = np.flatnonzero((state.kind == VOLUNTARY) & (rng.random(len(state)) < 0.55))
    day = state.exit[left] + rng.integers(0, np.maximum(state.gone[left] - state.exit[left], 1))
    yield _sent(record, left, day, 3, np.full(len(left), _LEAVING), eager, rng)


def _sent(
    record: Record, person: Ints, day: Ints, kind: int, driver: Ints, eager: Floats, rng: np.random.Generator
) -> _Asked:
    """Those of the questions that reach somebody at work on a day the tables cover."""
    lives = record.lives
    late = (kind == 3) & (record.recorded[person] < NEVER)
    kept = record.present(person, day) & (day >= lives.plan.edges[0]) & (day <= record.end) & ~late
    person, day, driver = person[kept], day[kept], driver[kept]
    month = np.searchsorted(lives.plan.edges, day, side="right") - 1
    wish = 0.8 + 0.6 * lives.engagement[person, month] + eager[person] - 0.8 * (lives.state.exit[person] <= day)
    return _Asked(person, day, month, kind, driver, rng.random(len(person)) < sigmoid(wish))


def _answered(record: Record, person: Ints, day: Ints, wish: Flags, rng: np.random.Generator) -> Ints:
    """When each question was answered, in seconds since 1970; -1 where it never was, or not by the last day."""
    answered = day * DAY_SECONDS + _SENT_SECONDS + np.exp(rng.normal(10.8, 1.2, len(day))).astype(np.int64)
    closed = np.minimum(day + _CLOSES_DAYS, np.minimum(record.end, record.lives.state.gone[person]))
    given = wish & ~record.on_leave(person, day) & (answered // DAY_SECONDS <= closed)
    return np.where(given, answered, -1)


def _valence(record: Record, person: Ints, month: Ints, driver: Ints) -> Floats:
    """How happy each person is about each driver, about standard normal."""
    lives = record.lives
    engagement = lives.engagement[person, month]
    quality = lives.plan.quality[month, lives.team[person, month]]
    return np.choose(
        driver,
        (
            0.8 * quality + 0.4 * engagement,
            -0.8 * lives.overtime[person, month] + 0.4 * engagement,
            0.5 * engagement
            - 0.06 * (np.minimum(lives.want_months[person, month], 24) - 5)
            - 0.015 * (np.minimum(lives.promotion_months[person, month], 60) - 24),
            7.0 * (lives.compa[person, month] - 1) + 0.3 * engagement,
            0.5 * quality + 0.6 * engagement,
            1.0 * engagement,
            1.0 * engagement + 0.3 * quality,
            0.7 * engagement + 0.6 * quality,
            0.8 * engagement - 0.8,
        ),
    )


def _scores(driver: Ints, valence: Floats, rng: np.random.Generator) -> tuple[Floats, Ints]:
    """The score on its scale, and the scale's upper end: 10 for eNPS (from 0), else 5 (from 1)."""
    enps = driver == _ENPS
    raw = np.where(enps, 6.9 + 1.8 * valence, 3.6 + 0.75 * valence)
    raw += np.where(enps, 1.3, 0.6) * rng.standard_normal(len(raw))
    top = np.where(enps, 10, 5)
    return np.clip(np.round(raw), np.where(enps, 0, 1), top), top


def _attribution(driver: Ints, rng: np.random.Generator) -> Ints:
    """Index into `_ATTRIBUTIONS`: of eNPS questions a fifth is confidential and one in 20 anonymous."""
    draw = rng.random(len(driver))
    hidden = np.where(draw < 0.05, 2, np.where(draw < 0.25, 1, 0))
    return np.where(driver == _ENPS, hidden, 0)


def _waves(record: Record, kind: Ints, month: Ints, day: Ints, person: Ints) -> pl.Series:
    """The survey_id: the kind of survey and its month."""
    plan = record.lives.plan
    months = [f"{to_date(int(edge)):%Y-%m}" for edge in plan.edges]
    names = [f"{kind_name}-{text}" for kind_name in ("pulse", "enps", "welcome", "settled", "exit") for text in months]
    settled = (kind == 2) & (day - record.lives.state.hire[person] > 60)
    return texts(names, (kind + (settled | (kind == 3))) * len(months) + month)


def _anonymise(frame: pl.DataFrame) -> pl.DataFrame:
    """Give every anonymous answer a survey_id of its own, in an order that names nobody."""
    order = pl.int_range(pl.len()).over("survey_id", "attribution")
    own = pl.when(pl.col("attribution") == "anonymous").then(pl.format("{}-{}", "survey_id", order + 1))
    return frame.sort("responded_at", "survey_id", "score", maintain_order=True).with_columns(
        survey_id=own.otherwise("survey_id")
    )
