"""People of a settled sheet with the same sources, made into a company."""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from features import grams, posted_columns, posted_place
from features import posted_plan as plan
from features.company import Comments, Company, Surveys, Traces
from features.days import NEVER, Days
from features.posted_columns import LISTS, SIZES, STEPS, filled
from features.posted_fast import Settled
from features.posted_tables import tag
from features.posted_text import NULL, Longs

_TABLES: Final = len(plan.TABLES) - 1
"""The last one, objections, never has rows here."""
_SURVEYS: Final = plan.NUMBER_OF["surveys"]
JOBS: Final = (
    plan.NUMBER_OF["job_history"],
    plan.slot("job_history", "effective_date"),
    plan.slot("job_history", "recorded_at"),
)
TRACES: Final = (
    plan.NUMBER_OF["tickets"],
    plan.slot("tickets", "opened_at"),
    _SURVEYS,
    plan.slot("surveys", "sent_at"),
)
_COMMENT: Final = plan.slot("surveys", "comment")
_LANGUAGE: Final = plan.slot("surveys", "language")
_NO_COMMENTS: Final[dict[str, Any]] = {
    "row": np.zeros(0, np.int64),
    "person": np.zeros(0, np.int32),
    "unit": np.zeros(0, np.int32),
    "answered": np.zeros(0, np.int32),
    "identified": np.zeros(0, np.bool_),
    "score": np.zeros(0, np.int64),
    "language": np.zeros(0, np.int32),
    "first": np.zeros(1, np.int64),
    "gram": np.zeros(0, np.uint32),
}
"""What there is of comments where there are none."""
_NO_COMMENTS["first"].flags.writeable = False


def company(settled: Settled, order: Sequence[int], ids: tuple[str, ...], wanted: Sequence[bool]) -> Company:
    """The company of the entries `order`, which are sorted by id and plainly good.

    Parameters
    ----------
    ids
        Their employee ids.
    wanted
        For each table whether it is a source here.
    """
    done = _placed(settled, order)
    starts = done.starts
    people, jobs, surveys, tickets, checkins, signals, absences = posted_columns.tables(
        (*done.buffers, done.buffers[3].view(np.bool_)), starts, ids, wanted
    )
    comments, languages = _commented(settled, done.rows[starts[_SURVEYS] : starts[_SURVEYS + 1]], surveys)
    tables: dict[str, Any] = {
        "names": posted_columns.names(settled.texts, done.listed, languages),
        "people": people,
        "jobs": jobs,
        "traces": filled(Traces, {"person": done.trace[0], "day": done.trace[1]}),
        "surveys": surveys,
        "tickets": tickets,
        "checkins": checkins,
        "signals": signals,
        "team_signals": None,
        "absences": absences,
        "objections": None,
        "comments": comments,
        "tones": None,
    }
    return filled(Company, tables)


class _Placed(NamedTuple):
    """The arrays that the compiled steps have filled."""

    starts: list[int]
    """Of each table's rows among `rows`."""
    rows: Longs
    """The rows of the sheet that are kept."""
    trace: tuple[Days, Days]
    buffers: tuple[NDArray[Any], ...]
    listed: list[int]
    """How many names each list has, and the numbers of all of them."""


def _placed(settled: Settled, order: Sequence[int]) -> _Placed:
    sheet, size, texts = settled.sheet, settled.rows, len(settled.texts)
    rows, person, trace = np.empty(size, np.int64), np.empty(size, np.int32), np.empty((2, size), np.int32)
    first = np.empty(_TABLES + 5, np.int64)
    traces = posted_place.gather(
        np.array(order, np.int64),
        _TABLES,
        JOBS,
        sheet.entries,
        sheet.cells,
        rows,
        person,
        first,
        SIZES,
        TRACES,
        trace,
    )
    starts: list[int] = first.tolist()
    ints, longs, reals, small = starts[_TABLES + 1 :]
    buffers = np.empty(ints, np.int32), np.empty(longs, np.int64), np.empty(reals), np.empty(small, np.int8)
    named, coded = np.zeros((len(LISTS), texts + 1), np.int64), np.zeros((len(LISTS), texts), np.int64)
    listed = np.empty(len(LISTS) * (texts + 1), np.int64)
    count = posted_place.place(
        STEPS, SIZES, rows, person, first, sheet.cells, sheet.numbers, settled.scales, coded, named, listed, *buffers
    )
    return _Placed(starts, rows, (trace[0, :traces], trace[1, :traces]), buffers, listed[:count].tolist())


def _commented(settled: Settled, rows: Longs, surveys: Surveys | None) -> tuple[Comments | None, tuple[str, ...]]:
    """The comments of a company, and the languages they name; None where there are no surveys."""
    if surveys is None:
        return None, ()
    if not settled.comments:
        return filled(Comments, _NO_COMMENTS), ()
    cells = settled.sheet.cells
    said = np.flatnonzero((cells[rows, _COMMENT] != NULL) & (surveys.answered != NEVER))
    spans = [(cell >> 32, cell & 0xFFFFFFFF) for cell in cells[rows[said], _COMMENT].tolist()]
    parts = grams.packed([settled.sheet.cut(start, stop).decode() for start, stop in spans])
    said = said[np.array([bool(part) for part in parts], np.bool_)]
    return _comments(settled, rows[said], said, [part for part in parts if part], surveys)


def _comments(
    settled: Settled, rows: Longs, said: Longs, parts: list[bytes], surveys: Surveys
) -> tuple[Comments, tuple[str, ...]]:
    """The comments in the rows `said` of `surveys`, which are `rows` of the sheet; and the languages they name."""
    texts = settled.sheet.cells[rows, _LANGUAGE].tolist()
    tags = [tag(settled.texts[text]) if text != NULL else "" for text in texts]
    codes = {found: code for code, found in enumerate(dict.fromkeys(found for found in tags if found))}
    first, gram = grams.unpacked(parts)
    columns: dict[str, Any] = {
        "row": said + 1,
        **{name: getattr(surveys, name)[said] for name in ("person", "unit", "answered", "identified", "score")},
        "language": np.array([codes.get(found, -1) for found in tags], np.int32),
        "first": first,
        "gram": gram,
    }
    return filled(Comments, columns), tuple(codes)
