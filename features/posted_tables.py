"""The fact tables of posted people as arrays: one function a table, from judged rows to the records of `company`."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from features.company import (
    CANCELLED_BY,
    CONVERSATIONS,
    EVENTS,
    NO_SHARE,
    UNIT,
    Absences,
    Checkins,
    Codes,
    Comments,
    Fixed,
    Floats,
    Jobs,
    Names,
    Signals,
    Surveys,
    Tickets,
)
from features.days import NEVER, Days
from features.grams import unpacked
from features.posted_cells import DAY_SECONDS
from features.posted_rows import Row

_LEVEL: Final = re.compile(r"(\d+(?:\.\d+)?)\s*$", re.ASCII)
_TAG: Final = re.compile(r"([a-z]{2,3})(?:[-_]|$)", re.ASCII)


@dataclass(frozen=True)
class Rows:
    """Rows of one table with their employments, in the order of people."""

    person: Codes
    rows: Sequence[Row]

    def days(self, column: str) -> Days:
        """A time column as days."""
        return np.asarray([_or(row[column], NEVER, _day) for row in self.rows], dtype=np.int32)

    def dates(self, column: str) -> Days:
        """A date column as days."""
        return np.asarray([_or(row[column], NEVER, int) for row in self.rows], dtype=np.int32)

    def seconds(self, column: str, missing: int = -1) -> NDArray[np.int64]:
        """A time column as seconds since 1970, `missing` where not given."""
        return np.asarray([_or(row[column], missing, int) for row in self.rows], dtype=np.int64)

    def numbers(self, column: str) -> Floats:
        """A number column, NaN where not given."""
        return np.asarray([_or(row[column], np.nan, float) for row in self.rows], dtype=np.float64)

    def integers(self, column: str) -> NDArray[np.int64]:
        """An integer or Boolean column, -1 where not given."""
        return np.asarray([_or(row[column], -1, int) for row in self.rows], dtype=np.int64)

    def codes(self, column: str, code: Callable[[str], int]) -> Codes:
        """A text column as codes, -1 where not given."""
        return np.asarray([_or(row[column], -1, code) for row in self.rows], dtype=np.int32)

    def share(self, column: str, low: Floats, high: Floats) -> Fixed:
        """A number as its share of the way from `low` to `high`, in fixed point."""
        share = np.rint((self.numbers(column) - low) / (high - low) * UNIT)
        return np.where(np.isnan(share), NO_SHARE, share).astype(np.int64)

    def where(self, mask: NDArray[np.bool_]) -> "Rows":
        """The rows that `mask` holds."""
        return Rows(self.person[mask], [row for row, kept in zip(self.rows, mask, strict=True) if kept])


@dataclass(frozen=True)
class NameCodes:
    """Gives texts codes in order of first use."""

    known: dict[str, dict[str, int]] = field(default_factory=dict)

    def coder(self, kind: str) -> Callable[[str], int]:
        """From text to code for one list of `Names`."""
        known = self.known.setdefault(kind, {})

        def code(text: str) -> int:
            return known.setdefault(text, len(known))

        return code

    def names(self) -> Names:
        """The texts behind the codes given so far."""
        return Names(**{kind: tuple(texts) for kind, texts in self.known.items()})


def jobs(table: Rows, names: NameCodes) -> Jobs:
    """`job_history`, by (person, effective date, second of recording, order posted)."""
    second = table.seconds("recorded_at", missing=np.iinfo(np.int64).min)
    midnight = table.dates("effective_date").astype(np.int64) * DAY_SECONDS
    known = np.where(second == np.iinfo(np.int64).min, midnight, second)
    order = np.lexsort((known, midnight, table.person))
    table = Rows(table.person[order], [table.rows[place] for place in order])
    return Jobs(
        person=table.person,
        effective=table.dates("effective_date"),
        known=(known[order] // DAY_SECONDS).astype(np.int32),
        event=table.codes("event", EVENTS.index).astype(np.int8),
        repeat=np.asarray([bool(row.get("repeat")) for row in table.rows], dtype=np.bool_),
        manager=table.codes("manager_id", names.coder("managers")),
        unit=table.codes("org_unit", names.coder("units")),
        job_family=table.codes("job_family", names.coder("job_families")),
        job_title=table.codes("job_title", names.coder("job_titles")),
        location=table.codes("location", names.coder("locations")),
        employment_type=table.codes("employment_type", names.coder("employment_types")),
        level=np.asarray([level(row["job_level"]) for row in table.rows], dtype=np.float64),
        fte=table.numbers("fte"),
        base_salary=table.numbers("base_salary"),
        compa_ratio=table.numbers("compa_ratio"),
    )


def surveys(table: Rows, names: NameCodes) -> Surveys:
    """`surveys`, exit surveys not among them."""
    answered = table.days("responded_at")
    score = table.share("score", table.numbers("scale_min"), table.numbers("scale_max"))
    return Surveys(
        person=table.person,
        unit=table.codes("org_unit", names.coder("units")),
        sent=table.days("sent_at"),
        answered=answered,
        onboarding=_equals(table, "survey_type", "onboarding"),
        driver=table.codes("driver", names.coder("drivers")),
        score=np.where(answered == NEVER, NO_SHARE, score),
        identified=_equals(table, "attribution", "identified"),
    )


def comments(table: Rows, names: NameCodes) -> Comments:
    """The comments of the answered rows of `surveys`; rows are counted from 1."""
    said = np.asarray([row["comment"] is not None and row["responded_at"] is not None for row in table.rows], np.bool_)
    kept = table.where(said)
    rows, (first, gram) = surveys(kept, names), unpacked([_bytes(row["comment"]) for row in kept.rows])
    tags, code = [tag(row["language"]) for row in kept.rows], names.coder("languages")
    return Comments(
        row=np.flatnonzero(said) + 1,
        person=rows.person,
        unit=rows.unit,
        answered=rows.answered,
        identified=rows.identified,
        score=rows.score,
        language=np.asarray([code(found) if found else -1 for found in tags], dtype=np.int32),
        first=first,
        gram=gram,
    )


def tickets(table: Rows, names: NameCodes) -> Tickets:
    """`tickets`, denied and off-boarding categories not among them."""
    opened = table.seconds("opened_at")
    return Tickets(
        person=table.person,
        opened=table.days("opened_at"),
        responded=table.days("first_response_at"),
        resolved=table.days("resolved_at"),
        opened_seconds=opened,
        responded_seconds=_not_before(opened, table.seconds("first_response_at")),
        resolved_seconds=_not_before(opened, table.seconds("resolved_at")),
        category=table.codes("category", names.coder("categories")),
        priority=table.codes("priority", names.coder("priorities")),
        escalated=table.integers("escalated").astype(np.int8),
        reopened=table.integers("reopen_count").astype(np.int32),
        csat=table.share("csat", np.zeros(len(table.rows)), table.numbers("csat_max")),
    )


def checkins(table: Rows) -> Checkins:
    """`checkins`."""
    scheduled = table.days("scheduled_at")
    return Checkins(
        person=table.person,
        scheduled=scheduled,
        held=table.days("held_at"),
        missed=_from(scheduled, _equals(table, "status", "missed")),
        cancelled=_from(scheduled, _equals(table, "status", "cancelled")),
        cancelled_by=table.codes("cancelled_by", CANCELLED_BY.index),
        conversation=table.codes("conversation_type", CONVERSATIONS.index),
    )


def signals(table: Rows, names: NameCodes) -> Signals:
    """`signals`."""
    occurred, recorded = table.days("occurred_at"), table.days("recorded_at")
    return Signals(
        person=table.person,
        occurred=occurred,
        known=np.where(recorded == NEVER, occurred, np.maximum(occurred, recorded)).astype(np.int32),
        name=table.codes("name", names.coder("signals")),
        value=table.numbers("value"),
    )


def absences(table: Rows) -> Absences:
    """`absences`."""
    return Absences(table.person, table.dates("start_date"), table.dates("end_date"))


def _equals(table: Rows, column: str, value: str) -> NDArray[np.bool_]:
    return np.asarray([row[column] == value for row in table.rows], dtype=np.bool_)


def _from(days: Days, holds: NDArray[np.bool_]) -> Days:
    return np.where(holds, days, NEVER).astype(np.int32)


def _not_before(opened: NDArray[np.int64], at: NDArray[np.int64]) -> NDArray[np.int64]:
    """A day without an hour (its midnight) counts as the ticket's own opening hour; -1 stays."""
    return np.where(at == -1, -1, np.maximum(at, opened))


def level(text: Any) -> float:
    """The number that ends a job level, NaN where there is none."""
    found = _LEVEL.search(text) if isinstance(text, str) else None
    return float(found[1]) if found else float("nan")


def tag(text: Any) -> str:
    """The primary tag that begins a language tag, empty where there is none."""
    found = _TAG.match(text.lower()) if isinstance(text, str) else None
    return found[1] if found else ""


def _bytes(cell: Any) -> bytes:
    return cell if isinstance(cell, bytes) else b""


def _day(second: int) -> int:
    return second // DAY_SECONDS


def _or(value: Any, missing: Any, read: Callable[[Any], Any]) -> Any:
    return missing if value is None else read(value)
