"""The life of the sample company, month by month: hires, work, reviews, moves, notices.

Each month first settles who is there and where, then lets the latent drivers move, then fixes everybody's hazard for
the month, and only then draws who leaves. Nothing a table shows is drawn here except what the hazard itself depends
on: held conversations, tickets, leaves and the jobs' history.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from features.company import COMPETING, EVENTS, VOLUNTARY
from features.days import NEVER, Days
from training.sample import hazard
from training.sample.columns import Flags, Floats, Ints, sigmoid
from training.sample.plan import Plan
from training.sample.state import State, beginners, market, recruits

_NOTICE_DAYS = np.array([14, 30, 60, 90])
_SLOW_DAYS = 7.0
MONTH_DAYS = 30.44


@dataclass(frozen=True)
class Moves:
    """Rows of the jobs' history: one change each."""

    person: Ints
    day: Ints
    event: Ints
    team: Ints
    month: Ints
    level: Ints
    salary: Floats


@dataclass(frozen=True)
class Lives:
    """What happened, for every employment (rows) and month (columns); months before the hire hold NaN."""

    plan: Plan
    state: State
    moves: Moves
    leaves: tuple[Ints, Ints, Ints]
    """Employment, first day and last day of each leave, as planned."""
    team: NDArray[np.int32]
    voluntary: Floats
    """The true hazard per day."""
    competing: Floats
    engagement: Floats
    overtime: Floats
    compa: Floats
    want_months: Floats
    promotion_months: Floats
    want_held: Flags
    """Whether a conversation about what the person wants was held, in the months it is due."""
    ticket_days: Floats
    """Days until the month's ticket is resolved; NaN without a ticket."""


@dataclass
class _Diary:
    """What is noted down month by month."""

    months: list[dict[str, Floats]] = field(default_factory=list)
    moves: list[tuple[Ints, Ints, Ints, Ints, Ints, Ints, Floats]] = field(default_factory=list)
    leaves: list[tuple[Ints, Ints, Ints]] = field(default_factory=list)
    leavers: list[Floats] = field(default_factory=list)
    vacancies: list[tuple[Ints, Ints]] = field(default_factory=list)

    def move(self, state: State, rows: Ints, day: int | Days, event: str, month: int) -> None:
        """Note a change of the job of `rows` as the state is now."""
        days = np.broadcast_to(np.asarray(day, dtype=np.int64), rows.shape)
        events, months = np.full(len(rows), EVENTS.index(event)), np.full(len(rows), month)
        self.moves.append((rows, days, events, state.team[rows], months, state.level[rows], state.salary[rows]))


def live(plan: Plan, employees: int, rng: np.random.Generator) -> Lives:
    """Let a company of `employees` heads live through all months of the plan."""
    state, diary = beginners(plan, employees, rng), _Diary()
    diary.move(state, np.arange(employees), state.hire, "hire", 0)
    for month in range(plan.total):
        if month and not plan.shock.freezes_hiring(month):
            _hire(plan, state, diary, month, rng)
        _review(plan, state, diary, month, rng)
        _reorganise(plan, state, diary, month, rng)
        _absent(plan, state, diary, month, rng)
        note = _work(plan, state, diary, month, rng)
        _leave(plan, state, diary, note, month, rng)
        diary.months.append(note)
    return _lives(plan, state, diary)


def _hire(plan: Plan, state: State, diary: _Diary, month: int, rng: np.random.Generator) -> None:
    """Fill the vacancies of this month; one hire in 25 is somebody who left more than four months ago."""
    days = np.concatenate([day for day, _ in diary.vacancies] or [np.zeros(0, dtype=np.int64)])
    teams = np.concatenate([team for _, team in diary.vacancies] or [np.zeros(0, dtype=np.int64)])
    now = days < plan.edges[month + 1]
    diary.vacancies = [(days[~now], teams[~now])]
    count = int(now.sum())
    latest = np.zeros(int(state.employee.max()) + 1, dtype=np.int64)
    latest[state.employee] = np.arange(len(state))
    pool = np.flatnonzero((state.gone[latest] < plan.edges[month] - 120) & (state.kind[latest] == VOLUNTARY))
    again = min(int(rng.binomial(count, 0.04)), len(pool))
    employee = len(latest) + np.arange(count)
    employee[:again] = rng.choice(pool, again, replace=False)
    employee[again:] -= again
    first = len(state)
    state.join(recruits(plan, employee, days[now].astype(np.int32), teams[now], month, rng))
    rows = first + np.arange(count)
    diary.move(state, rows[:again], state.hire[rows[:again]], "rehire", month)
    diary.move(state, rows[again:], state.hire[rows[again:]], "hire", month)


def _review(plan: Plan, state: State, diary: _Diary, month: int, rng: np.random.Generator) -> None:
    """April: pay. April and October: promotions."""
    first = int(plan.edges[month])
    draws = rng.standard_normal(len(state)), rng.random(len(state))
    if plan.calendar_month(month) == 4 and not plan.shock.freezes_pay(month):
        compa = state.salary / market(plan, state.team, state.level, month)
        rise = 0.03 - 0.1 * (compa - 1) + 0.012 * state.performance + 0.02 * draws[0]
        paid = np.flatnonzero(state.present(first) & (state.hire < first - 90))
        state.salary[paid] *= 1 + np.clip(rise[paid], 0, 0.2)
        diary.move(state, paid, first, "pay_change", month)
    if plan.calendar_month(month) in (4, 10):
        ready = state.present(first) & (first - state.promoted > 400) & (state.level < 10)
        rows = np.flatnonzero(ready & (draws[1] < 0.06 * np.exp(0.4 * state.performance)))
        state.level[rows] += 1
        state.promoted[rows] = first
        state.salary[rows] *= 1.13
        diary.move(state, rows, first, "promotion", month)


def _reorganise(plan: Plan, state: State, diary: _Diary, month: int, rng: np.random.Generator) -> None:
    """One person in 250 moves to another team; teams get new managers as planned."""
    first = int(plan.edges[month])
    target = rng.integers(len(plan.division), size=len(state))
    moved = state.present(first) & (rng.random(len(state)) < 0.004) & (target != state.team)
    before = market(plan, state.team, state.level, month)
    state.team[moved] = target[moved]
    state.salary *= market(plan, state.team, state.level, month) / before
    diary.move(state, np.flatnonzero(moved), first, "transfer", month)
    if month:
        changed = plan.manager[month] != plan.manager[month - 1]
        led = state.present(first) & changed[state.team] & ~moved
        diary.move(state, np.flatnonzero(led), first, "manager_change", month)


def _absent(plan: Plan, state: State, diary: _Diary, month: int, rng: np.random.Generator) -> None:
    """One person in 300 starts a leave of two weeks to seven months."""
    begins = (rng.random(len(state)) < 0.0035) & ((state.leave_end < plan.edges[month]) | (state.leave_end == NEVER))
    start = plan.edges[month] + rng.integers(0, 28, len(state))
    length = np.clip(np.exp(rng.normal(4.0, 0.7, len(state))), 14, 210).astype(np.int64)
    rows = np.flatnonzero(begins & (state.hire < start) & (state.gone > start))
    state.leave_start[rows], state.leave_end[rows] = start[rows], (start + length)[rows]
    diary.leaves.append((rows, start[rows], (start + length)[rows]))


def _work(plan: Plan, state: State, diary: _Diary, month: int, rng: np.random.Generator) -> dict[str, Floats]:
    """Fix the month's hazards from the drivers as they stand, then let the month change them."""
    quality, load = plan.quality[month][state.team], plan.load[month][state.team]
    state.engagement += -0.07 * (state.engagement - 0.3 * quality + 0.2 * load) + 0.32 * rng.standard_normal(len(state))
    state.overtime += -0.2 * (state.overtime - load) + 0.4 * rng.standard_normal(len(state))
    drivers = _drivers(plan, state, diary, month)
    held = _want_held(plan, state, month, rng)
    days = _ticket_days(plan, state, month, rng)
    note = {
        "team": state.team.astype(np.float64),
        "voluntary": hazard.voluntary(drivers),
        "competing": hazard.competing(drivers.tenure_months, state.performance, state.fixed_term),
        "engagement": state.engagement.copy(),
        "overtime": state.overtime.copy(),
        "compa": drivers.compa_ratio,
        "want_months": state.want_months,
        "promotion_months": drivers.promotion_months,
        "want_held": held.astype(np.float64),
        "ticket_days": days,
    }
    state.want_months = np.where(held, 0.0, state.want_months + 1)
    state.slow_tickets = 0.6 * state.slow_tickets + (days > _SLOW_DAYS)
    return note


def _drivers(plan: Plan, state: State, diary: _Diary, month: int) -> hazard.Drivers:
    middle = _middle(plan, month)
    return hazard.Drivers(
        tenure_months=np.maximum(middle - state.hire, 0) / MONTH_DAYS,
        engagement=state.engagement,
        manager_quality=plan.quality[month][state.team],
        compa_ratio=state.salary / market(plan, state.team, state.level, month),
        want_months=state.want_months,
        slow_tickets=state.slow_tickets,
        promotion_months=np.asarray((middle - state.promoted) / MONTH_DAYS, dtype=np.float64),
        leavers_share=_leavers_share(plan, state, diary, float(plan.edges[month])),
        overtime=state.overtime,
        frailty=state.frailty,
        climate=plan.shock.log_hazard(month),
    )


def _want_held(plan: Plan, state: State, month: int, rng: np.random.Generator) -> Flags:
    """Whether this month's conversation about what one wants was held: due twice a year, better managers hold it."""
    middle = _middle(plan, month)
    away = (state.leave_start <= middle) & (state.leave_end >= middle)
    due = (np.arange(len(state)) + month) % 6 == 0
    quality = plan.quality[month][state.team]
    return np.asarray(due & ~away & (rng.random(len(state)) < sigmoid(0.9 + 1.1 * quality)), dtype=np.bool_)


def _ticket_days(plan: Plan, state: State, month: int, rng: np.random.Generator) -> Floats:
    """Days until this month's ticket is resolved, NaN without one; about two tickets a year."""
    slowness = plan.slowness[month][plan.division[state.team]]
    days = np.exp(1.1 + slowness + 0.9 * rng.standard_normal(len(state)))
    days[rng.random(len(state)) > 0.15 * np.exp(-0.15 * state.engagement)] = np.nan
    return np.asarray(days, dtype=np.float64)


def _middle(plan: Plan, month: int) -> float:
    return float(plan.edges[month]) + 15


def _leavers_share(plan: Plan, state: State, diary: _Diary, first: float) -> Floats:
    teams = len(plan.division)
    heads = np.bincount(state.team[state.present(int(first))], minlength=teams)
    recent = np.sum(diary.leavers[-3:], axis=0) if diary.leavers else np.zeros(teams)
    return np.asarray((recent / np.maximum(heads, 3))[state.team], dtype=np.float64)


def _leave(
    plan: Plan, state: State, diary: _Diary, note: dict[str, Floats], month: int, rng: np.random.Generator
) -> None:
    """Draw this month's exits from the month's hazards: the waiting time in whole days from the first day at risk."""
    since = np.maximum(plan.edges[month], state.hire + 1)
    rate = note["voluntary"] + note["competing"]
    wait = np.ceil(rng.exponential(size=len(state)) / rate)
    chosen = rng.random(len(state)) * rate < note["voluntary"]
    notice = rng.choice(_NOTICE_DAYS, len(state), p=(0.1, 0.5, 0.25, 0.15))
    gap = rng.integers(1, 20, len(state))
    rows = np.flatnonzero((state.exit == NEVER) & (since + wait - 1 < plan.edges[month + 1]))
    state.exit[rows] = since[rows] + wait[rows].astype(np.int64) - 1
    state.kind[rows] = np.where(chosen[rows], VOLUNTARY, COMPETING)
    state.gone[rows] = state.exit[rows] + np.where(chosen, notice, 0)[rows]
    opening = np.maximum((state.gone + gap)[rows], plan.edges[month + 1]).astype(np.int64)
    diary.vacancies.append((opening, state.team[rows]))
    diary.leavers.append(np.bincount(state.team[rows[chosen[rows]]], minlength=len(plan.division)).astype(np.float64))


def _lives(plan: Plan, state: State, diary: _Diary) -> Lives:
    matrices = {name: _matrix([note[name] for note in diary.months], len(state)) for name in diary.months[0]}
    person, start, end = (np.concatenate(part) for part in zip(*diary.leaves, strict=True))
    return Lives(
        plan=plan,
        state=state,
        moves=Moves(*(np.concatenate(part) for part in zip(*diary.moves, strict=True))),
        leaves=(person, start, end),
        team=np.nan_to_num(matrices.pop("team"), nan=-1).astype(np.int32),
        want_held=matrices.pop("want_held") == 1.0,
        **matrices,
    )


def _matrix(columns: list[Floats], rows: int) -> Floats:
    """Monthly columns of growing length side by side, NaN where a row did not exist yet."""
    matrix = np.full((len(columns), rows), np.nan)
    for month, column in enumerate(columns):
        matrix[month, : len(column)] = column
    return np.ascontiguousarray(matrix.T)
