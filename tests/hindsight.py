"""What a company's records said on an earlier day, and other futures that could have followed from it.

`as_known_on` takes away every fact and every cell that the contract says was not known yet ("When a fact is known").
`another_future` then lets things go on differently: other exits, answers, corrections, late records, newcomers. Nothing
that is computed for that day, or for a day before it, may tell the three apart.
"""

import datetime as dt
import random
from collections.abc import Callable
from typing import Any, Final

from tests import companies
from tests.companies import Row, Tables
from tests.oracle import Employment, World, day, exit_as_known

EXIT: Final = ("resignation_date", "termination_date", "termination_type", "exit_recorded_at")
OUTCOME: Final = ("resolved_at", "csat", "escalated", "reopen_count")


def as_known_on(tables: Tables, t: dt.date) -> Tables:
    """The tables without all that became known after `t`."""
    left = {one.key for one in World(_of_exits(tables)).employments if exit_as_known(one, t) is not None}
    staff = [
        row if (row["employee_id"], row["hire_date"]) in left else _without(row, *EXIT)
        for row in tables["employees"]
        if row["hire_date"] <= t
    ]
    facts = {
        name: [r for raw in tables[name] if (r := HIDE[name](raw, t)) is not None] for name in HIDE if name in tables
    }
    return {"employees": staff, **facts}


def _of_exits(tables: Tables) -> Tables:
    return {name: tables[name] for name in ("employees", "tickets", "surveys") if name in tables}


def _without(row: Row, *columns: str) -> Row:
    return {name: value for name, value in row.items() if name not in columns}


def _by(value: Any, t: dt.date) -> bool:
    return value is not None and day(value) <= t


def _job(row: Row, t: dt.date) -> Row | None:
    return row if row["effective_date"] <= t and _by(row.get("recorded_at") or row["effective_date"], t) else None


def _survey(row: Row, t: dt.date) -> Row | None:
    if not _by(row["sent_at"], t):
        return None
    return row if _by(row.get("responded_at"), t) else _without(row, "responded_at", "score", "comment")


def _ticket(row: Row, t: dt.date) -> Row | None:
    if not _by(row["opened_at"], t):
        return None
    answered = row if _by(row.get("first_response_at"), t) else _without(row, "first_response_at")
    return answered if _by(row.get("resolved_at"), t) else _without(answered, *OUTCOME)


def _checkin(row: Row, t: dt.date) -> Row | None:
    if not _by(row["scheduled_at"], t):
        return None
    later = row.get("held_at") is not None and not _by(row["held_at"], t)
    return {**_without(row, "held_at"), "status": "scheduled"} if later else row


def _signal(row: Row, t: dt.date) -> Row | None:
    return row if _by(row["occurred_at"], t) and _by(row.get("recorded_at") or row["occurred_at"], t) else None


def _absence(row: Row, t: dt.date) -> Row | None:
    return row if row["start_date"] <= t else None


def _objection(row: Row, t: dt.date) -> Row | None:
    if not _by(row["objected_at"], t):
        return None
    return row if _by(row.get("withdrawn_at"), t) else _without(row, "withdrawn_at")


HIDE: Final[dict[str, Callable[[Row, dt.date], Row | None]]] = {
    "job_history": _job, "surveys": _survey, "tickets": _ticket, "checkins": _checkin, "signals": _signal,
    "team_signals": _signal, "absences": _absence, "objections": _objection,
}  # fmt: skip
"""Per table, what a row said on a day: less than it says today, or None where it was not known at all."""


# --- another future -------------------------------------------------------------------------------------------------


def another_future(tables: Tables, t: dt.date, seed: int) -> Tables:
    """The tables as known on `t`, and after that day everything different."""
    rng = random.Random(seed)
    known = as_known_on(tables, t)
    traces = {one.key: one.traces for one in World(_of_exits(known)).employments}
    staff = [_leaves_otherwise(rng, row, traces[row["employee_id"], row["hire_date"]], t) for row in known["employees"]]
    newcomers = [{"employee_id": name, "hire_date": _after(rng, t)} for name in ("A000001", "E000000", "E000003", "E9")]
    future: Tables = {"employees": staff + newcomers}
    finish = {"surveys": _answer, "tickets": _handle, "checkins": _hold, "absences": _return, "objections": _withdraw}
    drawn = companies.facts(rng, future["employees"])
    for table, rows in known.items():
        if table != "employees":
            went_on = [finish[table](rng, row, t) for row in rows] if table in finish else list(rows)
            for row in (_renamed(rng, row) for row in drawn[table] if HIDE[table](row, t) is None):
                went_on.insert(rng.randint(0, len(went_on)), row)
            future[table] = went_on
    return future


def _after(rng: random.Random, t: dt.date, most: int = 200) -> dt.date:
    return t + dt.timedelta(days=rng.randint(1, most))


def _late(rng: random.Random, t: dt.date) -> dt.datetime:
    """A time after the day `t`, late on its day so that it never seems earlier than what it ends."""
    when = _after(rng, t)
    return dt.datetime(when.year, when.month, when.day, 23, 45, tzinfo=dt.UTC)


def _leaves_otherwise(rng: random.Random, row: Row, traces: list[dt.date], t: dt.date) -> Row:
    if any(row.get(name) is not None for name in EXIT):
        return row
    if rng.random() < 0.4:
        return {**row, "country": "SE"}
    leaving = {**row, **companies.leaving(rng, row["hire_date"])}
    one = Employment(row["employee_id"], row["hire_date"], leaving, traces=traces)
    return leaving if exit_as_known(one, t) is None else {**leaving, "exit_recorded_at": _late(rng, t)}


def _renamed(rng: random.Random, row: Row) -> Row:
    """Now and then a name nobody has used, before or after all others in the alphabet."""
    texts = {"manager_id", "org_unit", "driver", "category", "name"} & {k for k, v in row.items() if v is not None}
    return {**row, rng.choice(sorted(texts)): rng.choice(("aaa", "zzz"))} if texts and rng.random() < 0.2 else row


def _answer(rng: random.Random, row: Row, t: dt.date) -> Row:
    if row.get("responded_at") is not None or rng.random() < 0.4:
        return row
    return {**row, "responded_at": _late(rng, t), "score": 2.0, "comment": " ".join(rng.choices(companies.WORDS, k=9))}


def _handle(rng: random.Random, row: Row, t: dt.date) -> Row:
    if row.get("first_response_at") is None and rng.random() < 0.6:
        row = {**row, "first_response_at": _late(rng, t)}
    if row.get("resolved_at") is None and rng.random() < 0.6:
        row = {**row, "resolved_at": _late(rng, t), "csat": 1.0, "escalated": True, "reopen_count": 9}
    return row


def _hold(rng: random.Random, row: Row, t: dt.date) -> Row:
    settled = row.get("held_at") is not None or row.get("status") in {"held", "missed", "cancelled"}
    return row if settled or rng.random() < 0.4 else {**row, "status": "held", "held_at": _late(rng, t)}


def _return(rng: random.Random, row: Row, t: dt.date) -> Row:
    if row.get("end_date") is not None and row["end_date"] <= t:
        return row
    return {**row, "end_date": rng.choice((None, _after(rng, t)))}


def _withdraw(rng: random.Random, row: Row, t: dt.date) -> Row:
    return row if row.get("withdrawn_at") is not None else {**row, "withdrawn_at": _late(rng, t)}
