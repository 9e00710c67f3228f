"""Tenure and career: role, manager, unit, pay, level and how long each has stood, from `job_history`.

The state on a day is read from the rows both recorded and in force by then, in the order (effective date, recorded,
file): per column the last value that is not null. A change is dated by its effective date and counted only from the
day on which it is both known and in force. A correction (`Jobs.repeat`) replaces values, those of the start too, and
counts as no change. The start is the first day with a value.

Career clocks run on calendar days: leave does not stop a salary from ageing. Where a manager, a unit, a role or a pay is
not on record, its age and its changes are null.
"""

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from features.bare import bare
from features.company import EVENTS, Codes, Company, Floats, Jobs
from features.compiled import compiled
from features.days import Days
from features.feature import Feature
from features.formulas import Formula, state
from features.grid import Block
from features.streams import in_order, row_from, starts

_PROMOTION: Final = EVENTS.index("promotion")
_REHIRE: Final = EVENTS.index("rehire")

STATES: Final = (
    "tenure", "role_age", "manager_age", "unit_age", "pay_age", "promotion_age", "managers_year", "managers_two_years",
    "transfers_two_years", "promotions_two_years", "pay_changes_two_years", "changes_year", "level", "level_gain", "fte",
    "salary", "last_pay_change", "salary_growth", "salary_year", "compa", "compa_year", "compa_gain", "rehired",
    "hired", "paid", "level_start", "pay_start", "compa_start",
)  # fmt: skip
"""The career state of a row. Ages are days on the day, the last five are days themselves; NaN where unknown."""
HIRED: Final = state(STATES.index("hired"))
"""The hire day, for families that count from it."""
Table = tuple[NDArray[np.generic], ...]
"""Columns of `Jobs` as a loop takes them."""


def in_winning_order(jobs: Jobs) -> Jobs:
    """`Jobs` by (person, effective date, recorded, file order): of rows in force, the later one wins."""
    if in_order(jobs.person, jobs.effective, jobs.known):
        return jobs
    order = np.lexsort((jobs.known, jobs.effective, jobs.person))
    return replace(jobs, **{name: column[order] for name, column in vars(jobs).items()})


def states(jobs: Jobs, hire: Days, block: Block) -> Floats:
    """The career state of each row of a block, shape (rows, `STATES`), from jobs in winning order."""
    table = (jobs.person, jobs.effective, jobs.known, jobs.event, jobs.repeat, jobs.manager, jobs.unit, jobs.job_family,
             jobs.job_title, jobs.level, jobs.fte, jobs.base_salary, jobs.compa_ratio)  # fmt: skip
    found = np.empty((len(block.person), len(STATES)))
    loop(block.person, block.day, hire, table, found)
    return found


def own_codes(company: Company) -> Codes:
    """Each employment's own code among the managers, -1 for people who manage nobody. Made once for `team_codes`."""
    code = {manager: index for index, manager in enumerate(company.names.managers)}
    return np.asarray([code.get(employee_id, -1) for employee_id in company.people.employee_id], np.int32)


def team_codes(jobs: Jobs, block: Block, own: Codes) -> tuple[Codes, Codes]:
    """Manager and unit of each row of a block, -1 where unknown; from jobs in winning order.

    Who is on record as their own manager (`own`) has none: a manager is not in the team.
    """
    found = last_codes(jobs, block.person, block.day)
    manager, unit = found[:, 0], found[:, 1]
    return np.where(manager == own[block.person], np.int32(-1), manager), unit


def last_codes(jobs: Jobs, person: Codes, day: Days) -> Codes:
    """Manager and unit of people on days, shape (rows, 2), -1 where unknown; from jobs in winning order.

    Rows of the same person stand together, and persons in order.
    """
    found = np.full((len(person), 2), -1, np.int32)
    last_codes_of(person, day, (jobs.person, jobs.effective, jobs.known, jobs.manager, jobs.unit), found)
    return found


@bare
def last_codes_of(person: Codes, day: Days, table: Table, found: Codes) -> None:
    """Write the manager and unit of each row; rows of persons without either keep what they have."""
    who, effective, known, manager, unit = table
    first = last = 0
    for row in range(len(person)):
        if row == 0 or person[row] != person[row - 1]:
            first = row_from(who, last, len(who), person[row])
            last = row_from(who, first, len(who), person[row] + 1)
        for j in range(first, last):
            if starts(effective[j], known[j]) <= day[row]:
                if manager[j] >= 0:
                    found[row, 0] = manager[j]
                if unit[j] >= 0:
                    found[row, 1] = unit[j]


@compiled
def loop(person: Codes, day: Days, hire: Days, table: Table, out: Floats) -> None:
    """Write the career state of each row."""
    who, effective, known, event, repeat = table[:5]
    since = np.empty(5, np.int64)  # start of: role, manager, unit, pay, level or promotion
    count = np.empty(6)  # managers 1 y, managers 2 y, units 2 y, promotions 2 y, pay 2 y, any change 1 y
    now = np.empty(4, np.int64)  # manager, unit, job family, job title
    state = np.empty((4, 4))  # level, full-time share, salary, compa-ratio: now, at the start, a year ago; start's day
    first = last = 0
    codes, values = np.empty((0, 4), np.int64), np.empty((0, 4))
    for row in range(len(person)):
        t, p = day[row], person[row]
        if row == 0 or p != person[row - 1]:
            first = row_from(who, last, len(who), p)
            last = row_from(who, first, len(who), p + 1)
            codes, values = _unpacked(table, first, last)
        since[:], count[:], now[:], state[:] = hire[p], 0, -1, np.nan
        last_pay, rehired = np.nan, 0.0
        for j in range(first, last):
            if starts(effective[j], known[j]) <= t:
                code, value = codes[j - first], values[j - first]
                if not repeat[j]:
                    pay = _count_changes(
                        t - effective[j], effective[j], event[j], code, value, now, state[0], since, count
                    )
                    last_pay = last_pay if np.isnan(pay) else pay
                if event[j] == _REHIRE:
                    rehired = 1.0
                _replace(code, value, effective[j], t - effective[j] < 365, now, state)
        out[row, 0] = t - hire[p]
        for column in range(5):
            out[row, 1 + column] = t - since[column]
        for column in range(6):
            out[row, 6 + column] = count[column]
        _write_values(state, last_pay, out[row])
        out[row, 22], out[row, 23], out[row, 24] = rehired, hire[p], since[3]
        out[row, 25], out[row, 26], out[row, 27] = state[3, 0], state[3, 2], state[3, 3]
        _blank_unknown(now, state[0], since[4] == hire[p], out[row])


@compiled
def _unpacked(table: Table, first: int, last: int) -> tuple[NDArray[np.int64], Floats]:
    """One person's manager, unit, job family and title; level, full-time share, salary and compa-ratio: one line a row."""
    _, _, _, _, _, manager, unit, family, title, level, fte, salary, compa = table
    codes, values = np.empty((last - first, 4), np.int64), np.empty((last - first, 4))
    for i in range(last - first):
        j = first + i
        codes[i, 0], codes[i, 1], codes[i, 2], codes[i, 3] = manager[j], unit[j], family[j], title[j]
        values[i, 0], values[i, 1], values[i, 2], values[i, 3] = level[j], fte[j], salary[j], compa[j]
    return codes, values


@bare
def _count_changes(
    age: int,
    date: int,
    event: int,
    codes: Codes,
    values: Floats,
    now: NDArray[np.int64],
    value: Floats,
    since: NDArray[np.int64],
    count: Floats,
) -> float:
    """Dates and counts what a row changes against the state before it; returns the change of pay, NaN for none."""
    year, two_years, pay = int(age < 365), int(age < 730), np.nan
    manager = codes[0] >= 0 and now[0] >= 0 and codes[0] != now[0]
    unit = codes[1] >= 0 and now[1] >= 0 and codes[1] != now[1]
    level = values[0] == values[0] and value[0] == value[0] and values[0] != value[0]
    role = (
        level
        or (codes[2] >= 0 and now[2] >= 0 and codes[2] != now[2])
        or (codes[3] >= 0 and now[3] >= 0 and codes[3] != now[3])
    )
    rise = event == _PROMOTION or values[0] > value[0]
    paid = value[2] > 0 and values[2] == values[2] and values[2] != value[2]
    for column, changed in enumerate((role, manager, unit, paid, rise)):
        if changed:
            since[column] = date
    if paid:
        pay = values[2] / value[2] - 1
    count[0] += manager * year
    count[1] += manager * two_years
    count[2] += unit * two_years
    count[3] += rise * two_years
    count[4] += paid * two_years
    count[5] += (role or manager or unit or paid or rise) * year
    return pay


@bare
def _replace(codes: Codes, values: Floats, date: int, within_year: bool, now: NDArray[np.int64], state: Floats) -> None:
    """Takes over every column of a row that is not null."""
    for column in range(4):
        if codes[column] >= 0:
            now[column] = codes[column]
        if values[column] == values[column]:
            state[0, column] = values[column]
            if state[1, column] != state[1, column] or date == state[3, column]:
                state[1, column], state[3, column] = values[column], date
            if not within_year:
                state[2, column] = values[column]


@bare
def _write_values(state: Floats, last_pay: float, out: Floats) -> None:
    now, start, before = state[0], state[1], state[2]
    out[12], out[13] = now[0], now[0] - start[0]
    out[14], out[15], out[16] = now[1], now[2], last_pay
    out[17] = now[2] / start[2] - 1 if start[2] > 0 else np.nan
    out[18] = now[2] / before[2] - 1 if before[2] > 0 else np.nan
    out[19], out[20], out[21] = now[3], now[3] - before[3], now[3] - start[3]


@bare
def _blank_unknown(now: NDArray[np.int64], value: Floats, never_rose: bool, out: Floats) -> None:
    """Ages and counts of what is not on record at all say nothing: they would only repeat the tenure."""
    if now[2] < 0 and now[3] < 0 and value[0] != value[0]:
        out[1] = np.nan
    if now[0] < 0:
        out[2], out[6], out[7] = np.nan, np.nan, np.nan
    if now[1] < 0:
        out[3], out[8] = np.nan, np.nan
    if value[2] != value[2]:
        out[4], out[10] = np.nan, np.nan
    if value[0] != value[0] and never_rose:
        out[5], out[9] = np.nan, np.nan


_TOPICS: Final = {
    "manager": {"manager_days", "managers_365", "managers_730"},
    "unit": {"unit_days", "transfers_730"},
    "pay": {"pay_days", "pay_changes_730", "pay_change_last", "pay_growth", "pay_change_365"},
    "pay range": {"compa_ratio", "compa_change_365", "compa_drift"},
    "promotion": {"promotion_days", "promotions_730", "level_gain"},
}
"""Columns that look at one thing in several ways."""


def _f(
    name: str,
    unit: str,
    phrase: str,
    column: str,
    null: str,
    *,
    actionable: bool = False,
    otherwise: str = "",
    dated: str = "",
) -> Feature:
    date = _state(dated) if dated else None
    topic = next((topic for topic, names in _TOPICS.items() if name in names), "")
    return Feature(f"career_{name}", "career", unit, phrase, null, _state(column), actionable,
                   otherwise=otherwise, date=date, topic=topic)  # fmt: skip


def _state(name: str) -> Formula:
    return state(STATES.index(name))


_NO_ROLE: Final = "No role on record"
_NO_MANAGER: Final = "No manager on record"
_NO_UNIT: Final = "No unit on record"
_NO_PAY: Final = "No pay on record"
_NO_COMPA: Final = "No compa-ratio on record"
_NO_LEVEL: Final = "No job level on record"

FEATURES: Final = (
    _f("tenure_days", "days", "With the company for {}", "tenure", "No hire date on record"),
    _f("role_days", "days", "In the same role for {}", "role_age", _NO_ROLE, actionable=True),
    _f("manager_days", "days", "With the same manager for {}", "manager_age", _NO_MANAGER),
    _f("unit_days", "days", "In the same unit for {}", "unit_age", _NO_UNIT),
    _f("pay_days", "days", "Pay unchanged for {}", "pay_age", _NO_PAY, actionable=True),
    _f("promotion_days", "days", "{} since the last promotion or, without one, since joining", "promotion_age", _NO_LEVEL,
       actionable=True),
    _f("managers_365", "count", "{} change{s} of manager in the last 12 months", "managers_year", _NO_MANAGER),
    _f("managers_730", "count", "{} change{s} of manager in the last 2 years", "managers_two_years", _NO_MANAGER),
    _f("transfers_730", "count", "{} change{s} of unit in the last 2 years", "transfers_two_years", _NO_UNIT),
    _f("promotions_730", "count", "{} promotion{s} in the last 2 years", "promotions_two_years", _NO_LEVEL, actionable=True),
    _f("pay_changes_730", "count", "{} change{s} of pay in the last 2 years", "pay_changes_two_years", _NO_PAY,
       actionable=True),
    _f("changes_365", "count", "{} job change{s} of any kind in the last 12 months", "changes_year", "No job history"),
    _f("level", "level", "Job level {} now", "level", _NO_LEVEL),
    _f("level_gain", "steps", "Job level {} since {date}", "level_gain", _NO_LEVEL, dated="level_start"),
    _f("fte", "share", "Works {} of full time now", "fte", "No working time on record"),
    _f("base_salary", "number", "Base salary of {} now", "salary", _NO_PAY),
    _f("pay_change_last", "percent", "Last change of pay, on {date}: {}", "last_pay_change", "No change of pay on record",
       actionable=True, dated="paid"),
    _f("pay_growth", "percent", "Pay {} since {date}", "salary_growth", _NO_PAY, actionable=True, dated="pay_start"),
    _f("pay_change_365", "percent", "Pay {} in the last 12 months", "salary_year", "No pay on record a year ago",
       actionable=True),
    _f("compa_ratio", "share", "Paid at {} of the range's midpoint now", "compa", _NO_COMPA, actionable=True),
    _f("compa_change_365", "share points", "Pay against the range's midpoint moved by {} in the last 12 months", "compa_year",
       "No compa-ratio on record a year ago", actionable=True),
    _f("compa_drift", "share points", "Pay against the range's midpoint moved by {} since {date}", "compa_gain", _NO_COMPA,
       actionable=True, dated="compa_start"),
    _f("rehired", "flag", "Came back as a rehire on {date}", "rehired", "No job history",
       otherwise="Hired for the first time on {date}", dated="hired"),
)  # fmt: skip
