"""What makes each array of a posted `Company`: the steps that `posted_place` carries out, and the tables made of them.

The declarations say of every array which column of `contracts` it comes from, as `posted_tables` does in words.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from features import posted_place as do
from features.company import (
    Absences,
    Checkins,
    Jobs,
    Names,
    People,
    Signals,
    Surveys,
    Tickets,
)
from features.posted_plan import NUMBER_OF, code, slot
from features.posted_text import Longs

_Table = TypeVar("_Table")
Buffers = Sequence[NDArray[Any]]

LISTS: Final = (
    "managers",
    "units",
    "job_families",
    "job_titles",
    "locations",
    "employment_types",
    "drivers",
    "categories",
    "priorities",
    "signals",
)
"""The lists of `Names` that rows are coded by; languages come with the comments."""


@dataclass(frozen=True)
class _Step:
    """How one array is made: what to do with up to three columns, and a value of the first or a list of names."""

    field: str
    op: int
    cell: str = ""
    other: str = ""
    third: str = ""
    value: str = ""


_STEPS: Final[dict[str, tuple[type[Any], tuple[_Step, ...]]]] = {
    "employees": (
        People,
        (
            _Step("employee", do.PERSON),
            _Step("hire", do.DATE_OF, "hire_date"),
            _Step("next_hire", do.NO_DAY),
            _Step("resignation", do.DATE_OF, "resignation_date"),
            _Step("termination", do.DATE_OF, "termination_date"),
            _Step("exit_recorded", do.DAY_OF, "exit_recorded_at"),
            _Step("exit_kind", do.EXIT_KIND, "resignation_date", "termination_date", "termination_type", "voluntary"),
        ),
    ),
    "job_history": (
        Jobs,
        (
            _Step("person", do.PERSON),
            _Step("effective", do.DATE_OF, "effective_date"),
            _Step("known", do.RECORDED_DAY, "effective_date", "recorded_at"),
            _Step("manager", do.NAME_OF, "manager_id", value="managers"),
            _Step("unit", do.NAME_OF, "org_unit", value="units"),
            _Step("job_family", do.NAME_OF, "job_family", value="job_families"),
            _Step("job_title", do.NAME_OF, "job_title", value="job_titles"),
            _Step("location", do.NAME_OF, "location", value="locations"),
            _Step("employment_type", do.NAME_OF, "employment_type", value="employment_types"),
            _Step("level", do.LEVEL_OF, "job_level"),
            _Step("fte", do.NUMBER_OF, "fte"),
            _Step("base_salary", do.NUMBER_OF, "base_salary"),
            _Step("compa_ratio", do.NUMBER_OF, "compa_ratio"),
            _Step("event", do.SMALL_CODE, "event"),
            _Step("repeat", do.CORRECTS),
        ),
    ),
    "surveys": (
        Surveys,
        (
            _Step("person", do.PERSON),
            _Step("unit", do.NAME_OF, "org_unit", value="units"),
            _Step("sent", do.DAY_OF, "sent_at"),
            _Step("answered", do.DAY_OF, "responded_at"),
            _Step("driver", do.NAME_OF, "driver", value="drivers"),
            _Step("score", do.SHARE_OF, "score", "scale_min", "scale_max", "responded_at"),
            _Step("onboarding", do.EQUALS, "survey_type", value="onboarding"),
            _Step("identified", do.EQUALS, "attribution", value="identified"),
        ),
    ),
    "tickets": (
        Tickets,
        (
            _Step("person", do.PERSON),
            _Step("opened", do.DAY_OF, "opened_at"),
            _Step("responded", do.DAY_OF, "first_response_at"),
            _Step("resolved", do.DAY_OF, "resolved_at"),
            _Step("category", do.NAME_OF, "category", value="categories"),
            _Step("priority", do.NAME_OF, "priority", value="priorities"),
            _Step("reopened", do.CODE_OF, "reopen_count"),
            _Step("opened_seconds", do.SECOND_OF, "opened_at"),
            _Step("responded_seconds", do.SECOND_FROM, "first_response_at", "opened_at"),
            _Step("resolved_seconds", do.SECOND_FROM, "resolved_at", "opened_at"),
            _Step("csat", do.SHARE_OF, "csat", "", "csat_max"),
            _Step("escalated", do.SMALL_CODE, "escalated"),
        ),
    ),
    "checkins": (
        Checkins,
        (
            _Step("person", do.PERSON),
            _Step("scheduled", do.DAY_OF, "scheduled_at"),
            _Step("held", do.DAY_OF, "held_at"),
            _Step("missed", do.DAY_IF, "scheduled_at", "status", value="missed"),
            _Step("cancelled", do.DAY_IF, "scheduled_at", "status", value="cancelled"),
            _Step("cancelled_by", do.CODE_OF, "cancelled_by"),
            _Step("conversation", do.CODE_OF, "conversation_type"),
        ),
    ),
    "signals": (
        Signals,
        (
            _Step("person", do.PERSON),
            _Step("occurred", do.DAY_OF, "occurred_at"),
            _Step("known", do.LATER_DAY, "occurred_at", "recorded_at"),
            _Step("name", do.NAME_OF, "name", value="signals"),
            _Step("value", do.NUMBER_OF, "value"),
        ),
    ),
    "absences": (
        Absences,
        (
            _Step("person", do.PERSON),
            _Step("start", do.DATE_OF, "start_date"),
            _Step("end", do.DATE_OF, "end_date"),
        ),
    ),
}


def _numbered(table: str, step: _Step) -> tuple[int, ...]:
    """A step as `posted_place` reads it."""
    cells = [slot(table, column) if column else -1 for column in (step.cell, step.other, step.third)]
    return (step.op, max(cells[0], 0), *cells[1:], _coded(table, step))


def _coded(table: str, step: _Step) -> int:
    """The code of a step: of a list of names, of an enum's value, or the cell a share hangs on."""
    if step.op == do.NAME_OF:
        return LISTS.index(step.value)
    if step.op == do.SHARE_OF:
        return slot(table, step.value) if step.value else -1
    columns = {do.EQUALS: step.cell, do.DAY_IF: step.other, do.EXIT_KIND: step.third}
    return code(table, columns[step.op], step.value) if step.op in columns else -1


def _buffer(op: int) -> int:
    return (op >= do.SECOND_OF) + (op >= do.NUMBER_OF) + (op >= do.SMALL_CODE) + (op in {do.EQUALS, do.CORRECTS})


SIZES: Final = np.zeros((4, len(_STEPS)), np.int64)
"""How many columns each table has in each buffer: whole numbers, long ones, fractions, small ones."""


def _steps() -> Longs:
    """All steps as `posted_place` reads them; their columns are counted in `SIZES`."""
    found: list[tuple[int, ...]] = []
    for table, (_, steps) in _STEPS.items():
        for step in steps:
            buffer = min(_buffer(step.op), 3), NUMBER_OF[table]
            found.append((*_numbered(table, step), SIZES[buffer]))
            SIZES[buffer] += 1
    return np.array(found, np.int64)


STEPS: Final = _steps()
_MADE: Final = [
    (
        made,
        NUMBER_OF[table],
        [
            (kind, min(kind, 3), tuple(step.field for step in steps if _buffer(step.op) == kind))
            for kind in sorted({_buffer(step.op) for step in steps})
        ],
    )
    for table, (made, steps) in _STEPS.items()
]


def tables(buffers: Buffers, first: Sequence[int], people: tuple[str, ...], wanted: Sequence[bool]) -> list[Any]:
    """The tables of a company, in the order of `posted_plan.TABLES`; None where one is not wanted.

    Parameters
    ----------
    buffers
        Whole numbers, long ones, fractions, and small ones, by table and column; last the small ones as yes or no.
    first
        ``first[t + 1] - first[t]`` rows of table t.
    """
    ends = [0, 0, 0, 0]
    found: list[Any] = []
    for made, number, blocks in _MADE:
        if not wanted[number]:
            found.append(None)
            continue
        size = first[number + 1] - first[number]
        if size == 0 and number:
            found.append(_EMPTY[number])
            continue
        record = object.__new__(made)
        columns = record.__dict__
        for kind, place, fields in blocks:
            buffer, at = buffers[kind], ends[place]
            for field in fields:
                columns[field] = buffer[at : (at := at + size)]
            ends[place] = at
        found.append(record)
    found[0].__dict__["employee_id"] = people
    return found


def _empty(made: type[_Table], blocks: Sequence[tuple[int, int, tuple[str, ...]]]) -> _Table:
    """A table without rows."""
    kinds = (np.int32, np.int64, np.float64, np.int8, np.bool_)
    return filled(made, {field: np.zeros(0, kinds[kind]) for kind, _, fields in blocks for field in fields})


def filled(made: type[_Table], columns: dict[str, Any]) -> _Table:
    """A frozen record of a table whose fields are `columns`: as its constructor makes it, in a tenth of the time."""
    record = object.__new__(made)
    record.__dict__.update(columns)
    return record


def names(texts: Sequence[str], listed: Sequence[int], languages: tuple[str, ...]) -> Names:
    """The texts behind the codes, from how many each of the lists has and the numbers of all of them."""
    found = [texts[text] for text in listed[len(LISTS) :]]
    lists: dict[str, Any] = {"languages": languages, "team_signals": ()}
    start = 0
    for kind, count in zip(LISTS, listed, strict=False):
        lists[kind] = tuple(found[start : start + count])
        start += count
    return filled(Names, lists)


_EMPTY: Final[list[Any]] = [_empty(made, blocks) for made, _, blocks in _MADE]
"""One table without rows of each kind: there is nothing in it that could be changed."""
