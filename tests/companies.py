"""Small companies out of a seed, as raw tables: every untidiness the contract speaks of, and the door behind it.

A company is a dict of tables; a table is a list of rows; a row is a dict whose dates are `datetime.date` and whose
times are `datetime.datetime` in UTC. Written as a data folder and read by `features.ingest.load` it becomes the arrays
of the engine; read by `tests.oracle` it becomes the expected values.
"""

import datetime as dt
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl

from features.blocks import Snapshots
from features.company import UNIT, Company
from features.days import to_day
from features.grams import BUCKETS
from features.ingest import load
from features.sentiment import Valence, valued
from features.settings import FeatureSettings
from features.spec import FeatureSpec

Row = dict[str, Any]
Tables = dict[str, list[Row]]
Key = tuple[str, dt.date]
"""An employment: employee_id and hire_date."""

FIRST: Final = dt.date(2022, 1, 1)
LAST: Final = dt.date(2025, 6, 30)
"""Facts fall between these days; planned ones may lie up to some months later."""
TODAY: Final = dt.date(2026, 6, 30)
"""The clock of every test here: no fact lies after it."""

_T, _D, _S, _F, _B = pl.Datetime("us", "UTC"), pl.Date(), pl.String(), pl.Float64(), pl.Boolean()
SCHEMAS: Final[dict[str, dict[str, pl.DataType]]] = {
    "employees": {"employee_id": _S, "hire_date": _D, "resignation_date": _D, "termination_date": _D,
                  "termination_type": _S, "exit_recorded_at": _T, "country": _S},
    "job_history": {"employee_id": _S, "effective_date": _D, "event": _S, "manager_id": _S, "org_unit": _S,
                    "job_family": _S, "job_title": _S, "job_level": _S, "fte": _F, "base_salary": _F,
                    "compa_ratio": _F, "recorded_at": _T},
    "surveys": {"survey_id": _S, "employee_id": _S, "org_unit": _S, "survey_type": _S, "sent_at": _T,
                "responded_at": _T, "driver": _S, "score": _F, "scale_min": _F, "scale_max": _F, "comment": _S,
                "language": _S, "attribution": _S},
    "tickets": {"ticket_id": _S, "employee_id": _S, "opened_at": _T, "first_response_at": _T, "resolved_at": _T,
                "category": _S, "priority": _S, "escalated": _B, "reopen_count": pl.Int64(), "csat": _F, "csat_max": _F},
    "checkins": {"checkin_id": _S, "employee_id": _S, "manager_id": _S, "scheduled_at": _T, "held_at": _T,
                 "status": _S, "cancelled_by": _S, "conversation_type": _S},
    "signals": {"employee_id": _S, "occurred_at": _T, "name": _S, "value": _F, "recorded_at": _T},
    "team_signals": {"org_unit": _S, "manager_id": _S, "occurred_at": _T, "name": _S, "value": _F, "recorded_at": _T},
    "absences": {"employee_id": _S, "start_date": _D, "end_date": _D},
    "objections": {"employee_id": _S, "objected_at": _T, "withdrawn_at": _T},
}  # fmt: skip
"""The columns that a generated company uses, so that a table without rows keeps them."""

SPEC: Final = FeatureSpec(
    drivers=("growth", "workload"),
    categories=("benefits", "payroll"),
    signals=("learning", "overtime"),
    team_signals=("nps", "service_level"),
)
"""Columns for generated companies; `pride`, `it` and `never_seen` stay outside or unused on purpose."""

_DRAWN: Final = np.random.default_rng(20_261_121)
VALENCE: Final = Valence(
    (_DRAWN.integers(-(2**20), 2**20, BUCKETS) * (_DRAWN.random(BUCKETS) < 0.6)).astype(np.int32), -12_345, UNIT // 2
)
"""Reads comments at random; of many of them it knows too little."""
WORDS: Final = (
    "OK",
    "pay",
    "Überstunden",
    "u\u0308ber",
    "équipe",
    "Σ",
    "好",
    "好的",
    "😀",
    "never",
    "ever",
    "I",
    "work",
    "?!",
)

MANAGERS: Final = ("M0001", "M0002", "E000000", "E000001")
"""Two managers without a row of their own, and two who are employees (and sometimes their own managers)."""
UNITS: Final = ("Sales", "Sales/North", "Sales/North/A", "Sales/Northern", "sales/North", "Ops/South")
STRANGER: Final = "X999999"


def company(seed: int, people: int = 20) -> Tables:
    """A company of `people` persons, the same for the same seed."""
    rng = random.Random(seed)
    ids = [f"E{number:06d}" for number in range(people)]
    tables: Tables = {"employees": employees(rng, ids)}
    tables.update(facts(rng, tables["employees"]))
    return tables


def facts(rng: random.Random, staff: Sequence[Row]) -> Tables:
    """All tables but `employees`: facts about the employments of `staff`, and a few about nobody known."""
    makers = {"job_history": job_history, "surveys": surveys, "tickets": tickets, "checkins": checkins,
              "signals": signals, "absences": absences, "objections": objections}  # fmt: skip
    tables = {table: [row for one in staff for row in make(rng, one)] for table, make in makers.items()}
    tables["team_signals"] = [team_signal(rng) for _ in range(4 * len(staff))]
    for table, rows in tables.items():
        _untidy(rng, table, rows)
    return tables


def write(path: Path, tables: Tables) -> Path:
    """Write a data folder of Parquet files."""
    path.mkdir(parents=True)
    for table, rows in tables.items():
        pl.DataFrame(rows, schema=SCHEMAS[table], orient="row").write_parquet(path / f"{table}.parquet")
    return path


def through_the_door(path: Path, tables: Tables) -> Company:
    """Write the tables to `path` and read them as every program does; no share of rejects stops it."""
    return valued(load(write(path, tables), FeatureSettings(rejects_share=1.0), to_day(TODAY)).company, VALENCE)


def keys(arrays: Company) -> list[Key]:
    """Employee id and hire date of each employment, in the order of the arrays."""
    return [
        (employee, dt.date(1970, 1, 1) + dt.timedelta(days=int(hire)))
        for employee, hire in zip(arrays.people.employee_id, arrays.people.hire, strict=True)
    ]


def snapshots(arrays: Company, rows: Sequence[tuple[Key, dt.date]]) -> Snapshots:
    """The engine's rows for (employment, day) pairs."""
    place = {key: index for index, key in enumerate(keys(arrays))}
    return Snapshots(
        np.asarray([place[key] for key, _ in rows], np.int32), np.asarray([to_day(day) for _, day in rows], np.int32)
    )


def hired_by(arrays: Company, days: Sequence[dt.date]) -> list[tuple[Key, dt.date]]:
    """Every (employment, day) whose hire day is on or before the day."""
    return [(key, day) for day in days for key in keys(arrays) if key[1] <= day]


def day_in(rng: random.Random, first: dt.date, last: dt.date) -> dt.date:
    """A day of ``[first, last]``; `first` where that is empty."""
    return first + dt.timedelta(days=rng.randint(0, max(0, (last - first).days)))


def later(rng: random.Random, day: dt.date, most: int) -> dt.date:
    """A day 0 to `most` days after `day`, the near ones more often."""
    return day + dt.timedelta(days=int(most * rng.random() ** 3))


def at(rng: random.Random, day: dt.date) -> dt.datetime:
    """A time on that day; midnight now and then, which is how a bare day arrives."""
    hour = 0 if rng.random() < 0.2 else rng.randint(0, 23)
    return dt.datetime(day.year, day.month, day.day, hour, 0 if hour == 0 else rng.randint(0, 59), tzinfo=dt.UTC)


def employees(rng: random.Random, ids: Sequence[str]) -> list[Row]:
    """Employments: who stays, who leaves in which way and recorded when, who comes back."""
    rows: list[Row] = []
    for employee_id in ids:
        hire = day_in(rng, FIRST - dt.timedelta(days=500), LAST - dt.timedelta(days=60))
        while True:
            row: Row = {"employee_id": employee_id, "hire_date": hire, "country": rng.choice(("AT", "NO"))}
            rows.append(row)
            if rng.random() < 0.5:
                break
            row.update(leaving(rng, hire))
            end = row.get("termination_date") or row["resignation_date"]
            if rng.random() < 0.5 or end > LAST - dt.timedelta(days=90):
                break
            recorded = row.get("exit_recorded_at")
            # A return before the leaving is on record would overlap an employment that has no end yet.
            hire = later(rng, max(end, recorded.date() if recorded else end), 150)
            if hire > LAST:
                break
    return rows


def leaving(rng: random.Random, hire: dt.date, first: dt.date | None = None) -> Row:
    """The exit columns of one employment: any kind, recorded on the day, late or ahead."""
    row: Row = {}
    end = day_in(rng, max(first or FIRST, hire + dt.timedelta(days=5)), LAST + dt.timedelta(days=150))
    way = rng.choice(("resigned", "both", "traced", "traced", "untyped", "other", "mutual"))
    if way in {"resigned", "both", "mutual"}:
        row["resignation_date"] = max(hire, end - dt.timedelta(days=rng.choice((0, 14, 60, 90))))
    if way != "resigned":
        row["termination_date"] = end
    if way in {"traced", "both"}:
        row["termination_type"] = "voluntary"
    elif way in {"other", "mutual"}:
        row["termination_type"] = rng.choice(("involuntary", "redundancy", "Mutual", "retirement"))
    left = min(day for day in (row.get("resignation_date"), row.get("termination_date")) if day)
    when = rng.random()
    if when < 0.3:
        row["exit_recorded_at"] = at(rng, left + dt.timedelta(days=rng.randint(1, 100)))
    elif when < 0.55:
        row["exit_recorded_at"] = at(rng, max(hire, left - dt.timedelta(days=rng.randint(1, 100))))
    return row


def recorded(rng: random.Random, day: dt.date) -> dt.datetime | None:
    """When a fact of `day` was recorded: mostly not given, else the same day, late, or ahead."""
    chance = rng.random()
    if chance < 0.5:
        return None
    return at(rng, later(rng, day, 120) if chance < 0.9 else day - dt.timedelta(days=rng.randint(1, 40)))


def job_state(rng: random.Random) -> Row:
    """What a job row may set; each column is null half the time."""
    values: Row = {
        "manager_id": rng.choice(MANAGERS),
        "org_unit": rng.choice(UNITS),
        "job_family": rng.choice(("Selling", "Making")),
        "job_title": rng.choice(("Clerk", "Lead", "Head")),
        "job_level": rng.choice(("L3", "Grade 4", "5", "6.5", "Senior")),
        "fte": rng.choice((0.5, 0.8, 1.0)),
        "base_salary": float(rng.choice((0, 40_000, 45_000, 52_500, 61_000))),
        "compa_ratio": rng.choice((0.8, 0.95, 1.1)),
    }
    return {name: value for name, value in values.items() if rng.random() < 0.5}


def job_history(rng: random.Random, one: Row) -> list[Row]:
    """A hire row (now and then none, or only later), changes, and corrections of any of them."""
    employee_id, hire = one["employee_id"], one["hire_date"]
    rows: list[Row] = []
    if rng.random() < 0.95:
        day = hire if rng.random() < 0.9 else later(rng, hire, 90)
        start = {**job_state(rng), "manager_id": rng.choice(MANAGERS), "org_unit": rng.choice(UNITS)}
        rows.append({"effective_date": day, "event": rng.choice(("hire", "hire", "Rehire")), **start})
    kinds = ("promotion", "demotion", "transfer", "manager_change", "pay_change", "data_change")
    for _ in range(rng.randint(0, 6)):
        day = day_in(rng, hire - dt.timedelta(days=5), LAST + dt.timedelta(days=90))
        rows.append({"effective_date": day, "event": rng.choice(kinds), **job_state(rng)})
    for row in rows:
        row.update(employee_id=employee_id, recorded_at=recorded(rng, row["effective_date"]))
    for row in [row for row in rows if rng.random() < 0.3]:
        known = row["recorded_at"] or row["effective_date"]
        day = known if type(known) is dt.date else known.date()
        again = {**row, **job_state(rng), "recorded_at": at(rng, later(rng, day, 200))}
        rows.append(again if rng.random() < 0.8 else {**again, "recorded_at": row["recorded_at"]})
    return rows


def _moment(rng: random.Random, one: Row) -> dt.date:
    """A day in or around an employment, after its end too."""
    return day_in(rng, max(FIRST, one["hire_date"] - dt.timedelta(days=5)), LAST + dt.timedelta(days=30))


def surveys(rng: random.Random, one: Row) -> list[Row]:
    """Questions with and without an answer, on three scales, under every attribution."""
    rows: list[Row] = []
    for number in range(rng.randint(0, 16)):
        sent = _moment(rng, one)
        row: Row = {"survey_id": f"W{sent:%Y%m%d}-{number % 3}", "employee_id": one["employee_id"],
                    "org_unit": rng.choice((None, *UNITS)), "sent_at": at(rng, sent),
                    "survey_type": rng.choice(("onboarding", "Pulse", "engagement", None)),
                    "driver": rng.choice(("enps", "ENPS", "growth", "Workload", "pride", "work_life_family")),
                    "attribution": rng.choice(("identified", None, "identified", "confidential", "anonymous"))}  # fmt: skip
        row.update(answer(rng, row["driver"], sent) if rng.random() < 0.7 else {})
        if row["attribution"] == "anonymous" and rng.random() < 0.6:
            row.update(employee_id=None, org_unit=rng.choice(UNITS))
        rows.append(row)
    return rows


def answer(rng: random.Random, driver: str, sent: dt.date) -> Row:
    """An answer's columns; the score may be missing, and the scale left out or given."""
    day = later(rng, sent, 40)
    row: Row = {"responded_at": dt.datetime(day.year, day.month, day.day, 23, 30, tzinfo=dt.UTC)}
    low, high = (0, 10) if driver.lower() == "enps" else (1, 5)
    if rng.random() < 0.3:
        low, high = 1, 7
        row.update(scale_min=float(low), scale_max=float(high))
    if rng.random() < 0.93:
        row["score"] = float(rng.randint(low, high))
    if rng.random() < 0.5:
        row.update(
            comment=" ".join(rng.choices(WORDS, k=rng.randint(0, 8))), language=rng.choice((None, "de-AT", "EN"))
        )
    return row


def tickets(rng: random.Random, one: Row) -> list[Row]:
    """Tickets in every state, and off-boarding ones: before an exit, long before, and for no reason."""
    rows = [ticket(rng, one, _moment(rng, one)) for _ in range(rng.randint(0, 9))]
    end = one.get("termination_date")
    if end is not None and rng.random() < 0.6:
        for _ in range(rng.randint(1, 2)):
            day = max(one["hire_date"], end - dt.timedelta(days=rng.choice((0, 1, 20, 60, 119, 120, 121, 150))))
            rows.append(ticket(rng, one, day, rng.choice(("Offboarding", "equipment return", "final_pay"))))
    if rng.random() < 0.1:
        rows.append(ticket(rng, one, _moment(rng, one), "knowledge_transfer"))
    return rows


def ticket(rng: random.Random, one: Row, day: dt.date, category: str | None = None) -> Row:
    """One ticket opened on `day`."""
    kinds = ("payroll", "Benefits", "benefits", "it", None, "grievance")
    row: Row = {"ticket_id": f"T{rng.getrandbits(40):012x}", "employee_id": one["employee_id"],
                "opened_at": at(rng, day), "category": category or rng.choice(kinds),
                "priority": rng.choice(("P1", "low", "Urgent", None))}  # fmt: skip
    row.update(handling(rng, day))
    return row


def handling(rng: random.Random, opened: dt.date) -> Row:
    """What came of a ticket: a response, a resolution, and what is said with it."""
    row: Row = {}
    if rng.random() < 0.8:
        row["first_response_at"] = _end_of(later(rng, opened, 20), rng)
    if rng.random() < 0.75:
        row.update(resolved_at=_end_of(later(rng, opened, 60), rng), csat=rng.choice((None, 1.0, 4.0, 5.0)))
        row.update(escalated=rng.choice((None, True, False)), reopen_count=rng.choice((None, 0, 1, 3)))
    elif rng.random() < 0.3:
        row.update(csat=3.0, escalated=True, reopen_count=2)
    row["csat_max"] = rng.choice((None, None, 10.0))
    return row


def _end_of(day: dt.date, rng: random.Random) -> dt.datetime:
    return dt.datetime(day.year, day.month, day.day, 23, rng.randint(0, 59), tzinfo=dt.UTC)


def checkins(rng: random.Random, one: Row) -> list[Row]:
    """Planned conversations with every outcome; some are held before or long after their day."""
    rows: list[Row] = []
    for _ in range(rng.randint(0, 14)):
        day = day_in(rng, max(FIRST, one["hire_date"]), LAST + dt.timedelta(days=100))
        rows.append(
            {"checkin_id": f"C{rng.getrandbits(40):012x}", "employee_id": one["employee_id"],
             "scheduled_at": at(rng, day), "conversation_type": rng.choice(("what", "How", "want", "other", None)),
             **outcome(rng, day)}
        )  # fmt: skip
    return rows


def outcome(rng: random.Random, day: dt.date) -> Row:
    """What became of a check-in planned for `day`."""
    status = rng.choice(("held", "held", "held at", "held at", "missed", "cancelled", "scheduled", None))
    if status == "held at":
        held = later(rng, day, 25) if rng.random() < 0.85 else day - dt.timedelta(days=rng.randint(1, 20))
        return {"status": rng.choice(("held", "scheduled", None)), "held_at": at(rng, held)}
    by = rng.choice(("employee", "Manager", "other", None)) if status == "cancelled" else None
    return {"status": status, "cancelled_by": by}


def signals(rng: random.Random, one: Row) -> list[Row]:
    """Dated facts, recorded on the day, late, ahead or at a time not given; some without a value."""
    rows: list[Row] = []
    for _ in range(rng.randint(0, 12)):
        day = _moment(rng, one)
        value = rng.choice((None, 0.0, -2.5, 3.25, 7.0, 1_250.125))
        rows.append({"employee_id": one["employee_id"], "occurred_at": at(rng, day), "value": value,
                     "name": rng.choice(("learning", "Overtime", "overtime", "sick_days", "never_a_column")),
                     "recorded_at": recorded(rng, day)})  # fmt: skip
    return rows


def team_signal(rng: random.Random) -> Row:
    """A fact about a unit and all below it, or about a manager's team, or (rarely) naming both."""
    day = day_in(rng, FIRST, LAST + dt.timedelta(days=30))
    row: Row = {"occurred_at": at(rng, day), "name": rng.choice(("nps", "NPS", "service_level", "revenue")),
                "value": rng.choice((None, -10.0, 0.5, 42.0, 61.5)), "recorded_at": recorded(rng, day)}  # fmt: skip
    if rng.random() < 0.6:
        row["org_unit"] = rng.choice((*UNITS, "Ops", "Ops/South/Far"))
    if rng.random() < 0.2 or "org_unit" not in row:
        row["manager_id"] = rng.choice((*MANAGERS, "M0009"))
    return row


def absences(rng: random.Random, one: Row) -> list[Row]:
    """Leaves that overlap, touch, last a day, or have no end yet."""
    rows: list[Row] = []
    for _ in range(rng.choice((0, 0, 1, 2, 3))):
        start = _moment(rng, one)
        end = None if rng.random() < 0.1 else later(rng, start, 160)
        rows.append({"employee_id": one["employee_id"], "start_date": start, "end_date": end})
        if end is not None and rng.random() < 0.3:
            start = day_in(rng, start, end + dt.timedelta(days=1))
            rows.append({"employee_id": one["employee_id"], "start_date": start, "end_date": later(rng, start, 90)})
    return rows


def objections(rng: random.Random, one: Row) -> list[Row]:
    """Now and then an objection, withdrawn or standing."""
    if rng.random() > 0.15:
        return []
    day = _moment(rng, one)
    end = at(rng, later(rng, day + dt.timedelta(days=1), 300)) if rng.random() < 0.5 else None
    return [{"employee_id": one["employee_id"], "objected_at": at(rng, day), "withdrawn_at": end}]


def _untidy(rng: random.Random, table: str, rows: list[Row]) -> None:
    """Identical rows, second rows of a key (in any place), rows about strangers; in place."""
    changed = {"surveys": "survey_type", "tickets": "priority", "checkins": "conversation_type"}
    extra: list[Row] = []
    for row in rows:
        chance = rng.random()
        if chance < 0.03:
            extra.append(dict(row))
        elif chance < 0.05 and "employee_id" in row:
            extra.append({**row, "employee_id": STRANGER})
        elif chance < 0.08 and table in changed:
            day = {"surveys": "sent_at", "tickets": "opened_at", "checkins": "scheduled_at"}[table]
            fresh: Row = {
                name: row[name] for name in ("survey_id", "ticket_id", "checkin_id", "employee_id") if name in row
            }
            if table == "surveys":
                fresh |= {name: row[name] for name in ("survey_type", "driver", "org_unit", "attribution")}
            moved = row[day] + dt.timedelta(days=rng.choice((-9, 0, 9)))
            extra.append({**fresh, day: moved})
    for row in extra:
        rows.insert(rng.randint(0, len(rows)), row)
