"""Dashboard figures worked out slowly from a data folder's rows, person by person and day by day, in plain Python."""

import calendar
import datetime as dt
import statistics
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from service.access.scope import within

Row = dict[str, Any]
Answer = tuple[float, int]
"""A value, and the distinct people it is made of."""


def rows(folder: Path, table: str) -> list[Row]:
    """A table's rows."""
    return pl.read_parquet(folder / f"{table}.parquet").to_dicts()


def on(moment: Any) -> dt.date | None:
    """The day (UTC) of a time or a day."""
    return moment.date() if isinstance(moment, dt.datetime) else moment


@dataclass
class Oracle:
    """One unit in one month, as known on a day."""

    folder: Path
    day: dt.date

    def __post_init__(self) -> None:
        names = ("employees", "job_history", "surveys", "tickets", "checkins", "signals", "absences")
        self.rows = {name: rows(self.folder, name) for name in names}
        self.employments = {row["employee_id"]: row for row in self.rows["employees"]}
        self.jobs: dict[str, list[Row]] = {}
        for row in self.rows["job_history"]:
            self.jobs.setdefault(row["employee_id"], []).append(row)

    def gone(self, id_: str) -> dt.date:
        """The exit day known on the day; the last of days without one."""
        row = self.employments[id_]
        days = [one for one in (row["resignation_date"], row["termination_date"]) if one]
        if row["termination_type"] == "voluntary" and not row["resignation_date"] and row["termination_date"]:
            end = row["termination_date"]
            traces = [on(one["opened_at"]) for one in self.rows["tickets"] if self._leaving(one, id_)]
            traces += [on(one["sent_at"]) for one in self.rows["surveys"] if self._asked_leaving(one, id_)]
            days += [one for one in traces if one and end - dt.timedelta(days=120) <= one <= end and one <= self.day]
        end = min(days, default=dt.date.max)
        known = on(row["exit_recorded_at"]) or end
        return end if known <= self.day else dt.date.max

    @staticmethod
    def _leaving(one: Row, id_: str) -> bool:
        off = {"offboarding", "exit", "equipment_return", "final_pay", "knowledge_transfer"}
        return bool(one["employee_id"] == id_ and one["category"] in off)

    @staticmethod
    def _asked_leaving(one: Row, id_: str) -> bool:
        return bool(one["employee_id"] == id_ and one["survey_type"] == "exit")

    def unit(self, id_: str, end: dt.date) -> str:
        """Where somebody stood at the end of a month."""
        found = [
            (row["effective_date"], on(row["recorded_at"]) or row["effective_date"], row["org_unit"])
            for row in self.jobs.get(id_, [])
            if row["org_unit"] and max(row["effective_date"], on(row["recorded_at"]) or row["effective_date"]) <= end
        ]
        return str(max(found, key=lambda one: one[:2])[2]) if found else ""

    def figures(self, unit: str, year: int, month: int) -> dict[str, Answer]:
        """Of one unit in one month."""
        last = dt.date(year, month, calendar.monthrange(year, month)[1])
        first = last.replace(day=1)
        self.first, self.last = first, last
        self.mine = {id_ for id_ in self.employments if within(self.unit(id_, last), unit)}
        days = [first + dt.timedelta(days=number) for number in range((last - first).days + 1)]
        ends = {id_: self.gone(id_) for id_ in self.mine}
        there = {
            id_: [day for day in days if self.employments[id_]["hire_date"] <= day < ends[id_]] for id_ in self.mine
        }
        present = {id_ for id_, one in there.items() if one}
        total = sum(map(len, there.values()))
        left = [id_ for id_, end in ends.items() if first <= end <= last]
        resigned = [id_ for id_ in left if self._voluntary(id_)]
        found = {
            "head_count": (total / len(days), len(present)),
            "attrition_all": (len(left) * 365 / total, len(present)),
            "attrition_voluntary": (len(resigned) * 365 / total, len(present)),
        }
        held = self._in("checkins", "held_at", lambda one: one["conversation_type"] == "what" and one["held_at"])
        found["cadence_what"] = (len(held) * 365 / (total * 12), len(present))
        opened = self._in("tickets", "opened_at", self._told)
        found["tickets"] = (len(opened) * 100 * len(days) / total, self._people(opened))
        first_answers = self._in("tickets", "first_response_at", self._told)
        if first_answers:
            hours = [(one["first_response_at"] - one["opened_at"]).total_seconds() / 3600 for one in first_answers]
            found["ticket_response"] = (statistics.median(hours), self._people(first_answers))
        praise = self._in("signals", "occurred_at", lambda one: one["name"] == "recognition")
        found["signal.recognition"] = (len(praise) * 100 * len(days) / total, self._people(praise))
        found |= self._said()
        return found

    def _told(self, one: Row) -> bool:
        denied = {"employee_relations", "grievance", "whistleblowing", "harassment", "medical", "accommodation"}
        denied |= {"leave_medical", "union", "legal"}
        return one["category"] not in denied and not self._leaving(one, one["employee_id"])

    def _voluntary(self, id_: str) -> bool:
        row = self.employments[id_]
        return row["termination_type"] == "voluntary" or (not row["termination_type"] and bool(row["resignation_date"]))

    def _away(self, id_: str, day: dt.date) -> bool:
        return any(
            one["employee_id"] == id_ and one["start_date"] <= day <= (one["end_date"] or dt.date.max)
            for one in self.rows["absences"]
        )

    def _in(self, table: str, column: str, kept: Callable[[Row], Any]) -> list[Row]:
        """Rows of the unit's people dated in the month."""
        return [
            one for one in self.rows[table]
            if one[column] and one["employee_id"] in self.mine and self.first <= (on(one[column]) or dt.date.max) <= self.last
            and kept(one)
        ]  # fmt: skip

    @staticmethod
    def _people(found: Iterable[Row]) -> int:
        return len({one["employee_id"] for one in found})

    def _said(self) -> dict[str, Answer]:
        asked, found = self._due(), {}
        if asked:
            heard = [one for one in asked if self._in_time(one)]
            found["survey_response"] = (len(heard) / len(asked), self._people(asked))
            found["survey_silence"] = (1 - self._people(heard) / self._people(asked), self._people(asked))
        return found

    def _due(self) -> list[Row]:
        """Questions whose fourteen days ended in the month, less those that count not."""
        found = []
        for one in self.rows["surveys"]:
            due = (on(one["sent_at"]) or dt.date.max) + dt.timedelta(days=14)
            id_ = one["employee_id"]
            if one["survey_type"] == "exit" or id_ not in self.mine or not self.first <= due <= self.last:
                continue
            if self._in_time(one) or not (self._away(id_, due - dt.timedelta(days=14)) or due >= self.gone(id_)):
                found.append(one)
        return found

    @staticmethod
    def _in_time(one: Row) -> bool:
        answered = on(one["responded_at"])
        return answered is not None and answered <= (on(one["sent_at"]) or dt.date.max) + dt.timedelta(days=14)
