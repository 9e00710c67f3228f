"""The slow, obvious answer: who was there and what was known of them on a day, by loops over plain rows.

Nothing here is quick and nothing here is shared with the engine but the names of the columns. `World` reads raw tables
(`tests.companies.Tables`) by the contract: identical rows collapse, the earliest known row of a key stays, strangers
and denied rows go, facts are handed to the employment that holds their day. The functions below it ask one question
each about one employment on one day. The features themselves are in `tests.oracle_person` and `tests.oracle_team`.

Every question is of the form "was this known on that day", so nothing later can have a say.
"""

import datetime as dt
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

from tests.companies import Key, Row, Tables

Value = float | None
"""A feature's value; None is null."""

OFFBOARDING: Final = {"offboarding", "exit", "equipment_return", "final_pay", "knowledge_transfer"}
DENIED_CATEGORIES: Final = {"employee_relations", "grievance", "whistleblowing", "harassment", "medical",
                            "accommodation", "leave_medical", "union", "legal"}  # fmt: skip
DENIED_WORDS: Final = {"sick", "family"}
"""The denied words that generated names hold; the whole list is the door's business."""
KEYS: Final = {
    "employees": ("employee_id", "hire_date"),
    "job_history": ("employee_id", "effective_date", "event"),
    "surveys": ("survey_id", "survey_type", "employee_id", "driver"),
    "tickets": ("ticket_id",),
    "checkins": ("checkin_id",),
}
DAY: Final = {
    "employees": "hire_date", "job_history": "effective_date", "surveys": "sent_at", "tickets": "opened_at",
    "checkins": "scheduled_at", "signals": "occurred_at", "absences": "start_date",
}  # fmt: skip
"""The column that says to which employment a row belongs, and when a row of a keyed table was first known."""
ENUMS: Final = {"event", "termination_type", "survey_type", "attribution", "status", "cancelled_by",
                "conversation_type"}  # fmt: skip
NOTICE: Final = 120


@dataclass(eq=False)
class Employment:
    """One row of `employees` and the facts that belong to it, in file order."""

    employee_id: str
    hire: dt.date
    row: Row
    next_hire: dt.date | None = None
    jobs: list[Row] = field(default_factory=list)
    surveys: list[Row] = field(default_factory=list)
    tickets: list[Row] = field(default_factory=list)
    checkins: list[Row] = field(default_factory=list)
    signals: list[Row] = field(default_factory=list)
    absences: list[Row] = field(default_factory=list)
    traces: list[dt.date] = field(default_factory=list)

    @property
    def key(self) -> Key:
        """What tells it apart."""
        return self.employee_id, self.hire


class World:
    """A company as the contract reads it. A table that is not given is a missing source."""

    def __init__(self, tables: Tables) -> None:
        people = {row["employee_id"] for row in tables["employees"]}
        kept = {name: list(_distinct(name, rows, people)) for name, rows in tables.items()}
        self.sources = set(kept)
        self.employments = [
            Employment(row["employee_id"], row["hire_date"], row)
            for row in sorted(kept["employees"], key=lambda row: (row["employee_id"], row["hire_date"]))
        ]
        for one, other in zip(self.employments, self.employments[1:], strict=False):
            if one.employee_id == other.employee_id:
                one.next_hire = other.hire
        self.nameless: list[Row] = []
        """Survey rows that name a unit and no person."""
        for table, attribute in (("job_history", "jobs"), ("surveys", "surveys"), ("tickets", "tickets"),
                                 ("checkins", "checkins"), ("signals", "signals"), ("absences", "absences")):  # fmt: skip
            for row in kept.get(table, []):
                self._hand_over(table, attribute, row)
        self.team_signals = kept.get("team_signals", [])
        self.objections = kept.get("objections", [])

    def _hand_over(self, table: str, attribute: str, row: Row) -> None:
        if row.get("employee_id") is None:
            self.nameless.append(row)
            return
        owner = self._holder(row["employee_id"], day(row[DAY[table]]))
        if owner is None:
            return
        category = snake(row.get("category") or "") if table == "tickets" else ""
        if (table == "surveys" and row.get("survey_type") == "exit") or category in OFFBOARDING:
            owner.traces.append(day(row[DAY[table]]))
        else:
            getattr(owner, attribute).append(row)

    def _holder(self, employee_id: str, on: dt.date) -> Employment | None:
        for one in self.employments:
            if one.employee_id == employee_id and one.hire <= on and (one.next_hire is None or on < one.next_hire):
                return one
        return None


def day(value: Any) -> dt.date:
    """The UTC day of a date or a time."""
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).date()
    assert isinstance(value, dt.date)
    return value


def moment(value: Any) -> dt.datetime:
    """A time as it is, a date as its midnight."""
    return value if isinstance(value, dt.datetime) else dt.datetime(value.year, value.month, value.day, tzinfo=dt.UTC)


def snake(name: str) -> str:
    """A category as the lists write it."""
    return re.sub(r"[\s_\-]+", "_", name.strip().lower())


def _denied(table: str, row: Row) -> bool:
    if table == "tickets":
        return snake(row.get("category") or "") in DENIED_CATEGORIES
    name = {"surveys": "driver", "signals": "name", "team_signals": "name"}.get(table)
    return name is not None and bool(DENIED_WORDS & set(snake(row[name]).split("_")))


def _distinct(table: str, rows: Iterable[Row], people: set[str]) -> Iterator[Row]:
    """Rows without denied ones, repetitions and second rows of a key; corrections are marked."""
    seen: set[frozenset[tuple[str, Any]]] = set()
    by_key: dict[object, list[Row]] = {}
    for place, raw in enumerate(rows):
        row = {k: v.lower() if k in ENUMS else v for k, v in raw.items() if v is not None}
        if not _denied(table, row) and frozenset(row.items()) not in seen:
            seen.add(frozenset(row.items()))
            by_key.setdefault(_key(table, row, place), []).append({**row, "_place": place})
    for same in by_key.values():
        first = same[0] if len(same) == 1 else min(same, key=lambda row: _precedence(table, row, people))
        for row in same:
            corrects = table == "job_history" and "recorded_at" in row
            if row is first or (corrects and _first_known(table, row) > _first_known(table, first)):
                yield {**row, "_correction": row is not first}


def _precedence(table: str, row: Row, people: set[str]) -> tuple[bool, dt.datetime, int]:
    """Which row of a key stays: the one known first, the one that stands first; nobody's row never."""
    stranger = "employee_id" in row and row["employee_id"] not in people
    return stranger, _first_known(table, row), row["_place"]


def _key(table: str, row: Row, place: int) -> object:
    """What rows of one key have in common; a place of its own for a row without one."""
    if table not in KEYS or (table == "surveys" and "employee_id" not in row):
        return place
    return tuple(row.get(name) for name in KEYS[table])


def _first_known(table: str, row: Row) -> dt.datetime:
    if table == "job_history":
        return moment(row.get("recorded_at") or row["effective_date"])
    return moment(day(row[DAY[table]]))


# --- exits and presence ---------------------------------------------------------------------------------------------


def exit_as_known(one: Employment, t: dt.date) -> tuple[dt.date, str, dt.date] | None:
    """Exit day, kind (voluntary, competing) and the day it became known, by what was known on `t`; None for no exit."""
    resigned, ended, kind = (one.row.get(name) for name in ("resignation_date", "termination_date", "termination_type"))
    if resigned is None and ended is None:
        return None
    voluntary = kind == "voluntary" or (kind is None and resigned is not None)
    days = [found for found in (resigned, ended) if found is not None]
    if voluntary and resigned is None and ended is not None:
        first = ended - dt.timedelta(days=NOTICE)
        days += [trace for trace in one.traces if first <= trace <= ended and trace <= t]
    left = min(days)
    known = day(one.row["exit_recorded_at"]) if "exit_recorded_at" in one.row else left
    return (left, "voluntary" if voluntary else "competing", known) if known <= t else None


def traced(one: Employment, t: dt.date) -> bool:
    """An off-boarding trace in the 120 days up to `t`."""
    return any(0 <= (t - trace).days <= NOTICE for trace in one.traces)


def at_risk(one: Employment, t: dt.date) -> bool:
    """Hired, not gone and without notice, as known on `t`."""
    if t < one.hire or (one.next_hire is not None and one.next_hire <= t) or traced(one, t):
        return False
    left = exit_as_known(one, t)
    return left is None or t < left[0]


def no_score(world: World, one: Employment, t: dt.date) -> str | None:
    """The first refusal that applies on `t`, None for nobody's refusal."""
    if t < one.hire:
        return "not_hired_yet"
    left = exit_as_known(one, t)
    ended = one.row.get("termination_date")
    if (left is not None and ended is not None and ended <= t) or (one.next_hire is not None and one.next_hire <= t):
        return "left"
    if left is not None or traced(one, t):
        return "notice_given"
    if any(row["employee_id"] == one.employee_id and _objects(row, t) for row in world.objections):
        return "objection"
    return None if jobs_known(one, t) else "no_job_history"


def _objects(row: Row, t: dt.date) -> bool:
    withdrawn = row.get("withdrawn_at")
    return day(row["objected_at"]) <= t and (withdrawn is None or t < day(withdrawn))


def trainable(one: Employment, known_on: dt.date, t: dt.date) -> bool:
    """At risk on `t` by everything known on `known_on`, no notice known on `t`, and a job known on `t`."""
    if t < one.hire or (one.next_hire is not None and one.next_hire <= t):
        return False
    left = exit_as_known(one, known_on)
    if left is not None and (left[0] <= t or left[2] <= t):
        return False
    return not traced(one, t) and bool(jobs_known(one, t))


# --- job state ------------------------------------------------------------------------------------------------------


def jobs_known(one: Employment, t: dt.date) -> list[Row]:
    """The job rows recorded and in force by `t`, in the order in which they win."""
    rows = [r for r in one.jobs if r["effective_date"] <= t and day(r.get("recorded_at") or r["effective_date"]) <= t]
    return sorted(
        rows, key=lambda r: (r["effective_date"], moment(r.get("recorded_at") or r["effective_date"]), r["_place"])
    )


def last_of(rows: Iterable[Row], column: str) -> Any:
    """The last value of a column that is not null."""
    found = None
    for row in rows:
        if row.get(column) is not None:
            found = row[column]
    return found


def manager(one: Employment, t: dt.date) -> str | None:
    """The manager on `t`; None where unknown, and for those who are their own (a manager is not in the team)."""
    found = last_of(jobs_known(one, t), "manager_id")
    return None if found == one.employee_id else found


def unit(one: Employment, t: dt.date) -> str | None:
    """The org unit on `t`."""
    found: str | None = last_of(jobs_known(one, t), "org_unit")
    return found


# --- time -----------------------------------------------------------------------------------------------------------


def on_leave(one: Employment, when: dt.date, t: dt.date) -> bool:
    """Whether `when` is a day of leave, of the leaves that had begun by `t`."""
    return any(
        row["start_date"] <= when and ("end_date" not in row or when <= row["end_date"])
        for row in one.absences
        if row["start_date"] <= t
    )


@lru_cache(maxsize=300_000)
def active_days(one: Employment, first: dt.date, t: dt.date) -> int:
    """The days of ``[first, t]`` that are no days of leave."""
    days = [first + dt.timedelta(days=n) for n in range((t - first).days + 1)]
    if not one.absences:
        return len(days)
    return sum(not on_leave(one, when, t) for when in days)


def active_since(one: Employment, when: dt.date, t: dt.date) -> int:
    """The days of leave do not age anything: the active days of ``(when, t]``."""
    return active_days(one, when + dt.timedelta(days=1), t)


def within(one: Employment, event: dt.date, known: dt.date, t: dt.date, window: int) -> bool:
    """Known and happened, and fewer than `window` active days have passed before `t`, the event's own day included."""
    return event <= t and known <= t and active_days(one, event, t - dt.timedelta(days=1)) < window
