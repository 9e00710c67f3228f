"""Everybody who ever worked at the sample company, as columns that grow with each month's hires."""

import dataclasses
from dataclasses import dataclass

import numpy as np

from features.days import NEVER, Days
from training.sample.columns import Flags, Floats, Ints
from training.sample.plan import Plan

_FAMILY_PAY = np.array([1.0, 0.85, 0.8, 1.35, 1.1])
_COUNTRY_PAY = np.array([1.05, 1.1, 0.95, 0.8, 0.8, 1.1])
_MARKET_GROWTH = 0.03
"""A year; a salary that stands still falls behind by as much."""


@dataclass
class State:
    """One row an employment, in order of entry. Rows stay when the person leaves: the hazard's path goes on."""

    employee: Ints
    """The same number for all employments of one person."""
    hire: Days
    exit: Days
    """The day a voluntary leaver gives notice; the last day of everybody else who leaves; else `NEVER`."""
    kind: Ints
    """0 still there, `VOLUNTARY` or `COMPETING`."""
    gone: Days
    """The last day at work, or `NEVER`."""
    team: Ints
    fixed_term: Floats
    performance: Floats
    frailty: Floats
    engagement: Floats
    overtime: Floats
    level: Ints
    salary: Floats
    promoted: Days
    want_months: Floats
    slow_tickets: Floats
    leave_start: Days
    """The latest leave; `NEVER` before the first."""
    leave_end: Days

    def __len__(self) -> int:
        return len(self.hire)

    def present(self, day: int) -> Flags:
        """Who was hired before `day` and has not left or given notice by then."""
        return np.asarray((self.hire < day) & (self.exit > day), dtype=np.bool_)

    def join(self, new: "State") -> None:
        """Add the rows of `new` below."""
        for field in dataclasses.fields(self):
            joined = np.concatenate([getattr(self, field.name), getattr(new, field.name)])
            setattr(self, field.name, joined)


def market(plan: Plan, team: Ints, level: Ints, month: int | Ints | Floats) -> Floats:
    """What the market pays per year for that team's work at that level, in that month of the plan."""
    place = _FAMILY_PAY[plan.division[team]] * _COUNTRY_PAY[plan.unit[team]]
    index = (1 + _MARKET_GROWTH) ** (month / 12) * plan.shock.market(month)
    return np.asarray(28_000 * place * 1.2 ** (level - 1) * index, dtype=np.float64)


def beginners(plan: Plan, count: int, rng: np.random.Generator) -> State:
    """The people already there on the first day, with tenures of five years on average."""
    tenure_days = np.minimum(rng.exponential(1700, count), 9000).astype(np.int64) + 1
    hire = (plan.edges[0] - tenure_days).astype(np.int32)
    team = np.arange(count) % len(plan.division)
    state = recruits(plan, np.arange(count), hire, team, 0, rng)
    advanced = (rng.random(count) < 0.55) & (tenure_days > 500)
    back = (rng.uniform(0.02, 0.9, count) * np.minimum(tenure_days, 1800)).astype(np.int64)
    state.promoted = np.where(advanced, plan.edges[0] - back, hire).astype(np.int32)
    state.level = np.minimum(state.level + (tenure_days > 1200) + advanced, 9)
    state.salary = market(plan, team, state.level, 0) * rng.normal(0.98, 0.09, count)
    state.want_months = rng.uniform(0, 11, count)
    return state


def recruits(plan: Plan, employee: Ints, hire: Days, team: Ints, month: int, rng: np.random.Generator) -> State:
    """New employments in their first month."""
    count = len(employee)
    level = 1 + rng.binomial(5, 0.3, count)
    nobody = np.full(count, NEVER, dtype=np.int32)
    return State(
        employee=employee,
        hire=hire,
        exit=nobody,
        kind=np.zeros(count, dtype=np.int64),
        gone=nobody,
        team=team,
        fixed_term=(rng.random(count) < 0.05).astype(np.float64),
        performance=rng.standard_normal(count),
        frailty=rng.normal(0, 0.3, count),
        engagement=rng.normal(0.25, 0.8, count),
        overtime=rng.normal(0, 0.8, count),
        level=level,
        salary=market(plan, team, level, month) * rng.normal(1.0, 0.09, count),
        promoted=hire,
        want_months=np.zeros(count),
        slow_tickets=np.zeros(count),
        leave_start=nobody,
        leave_end=nobody,
    )
