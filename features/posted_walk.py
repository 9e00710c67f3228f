# ruff: noqa: PLR0913, PLR0917
"""Settled rows of posted people to rows of features: compiled, in one go.

What `posted_place` writes behind each other is handed, table by table, to the same loops that read the tables of a
company: `posted_columns` says in which order. No company is made, which for one person would take longer than all else.
Whoever calls hands over plain arrays: to look into a tuple of arrays takes Numba several times as long.
"""

from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from features import posted_plan as plan
from features.blocks import ROWS
from features.book import Book, Shapes
from features.career import STATES, last_codes_of
from features.career import loop as career_states
from features.checkins import loop as enter_checkins
from features.company import Codes, Fixed, Floats
from features.compiled import compiled
from features.days import Days
from features.grid import Places, Times
from features.posted_columns import LISTS
from features.posted_place import gather
from features.posted_place import place as place_all
from features.posted_plain import Reals
from features.posted_text import Longs
from features.presence import refuse
from features.program import Steps, run
from features.signals import loop as enter_signals
from features.streams import join
from features.surveys import loop as enter_surveys
from features.tickets import loop as enter_tickets

_JOBS: Final = plan.NUMBER_OF["job_history"]
_SURVEYS: Final = plan.NUMBER_OF["surveys"]
_TICKETS: Final = plan.NUMBER_OF["tickets"]
_CHECKINS: Final = plan.NUMBER_OF["checkins"]
_SIGNALS: Final = plan.NUMBER_OF["signals"]
_ABSENCES: Final = plan.NUMBER_OF["absences"]
_TABLES: Final = len(plan.TABLES) - 1
"""The last one, objections, never has rows here."""
_LISTS: Final = len(LISTS)
_INTS, _LONGS, _REALS, _SMALL = range(4)
_STATES: Final = len(STATES)
_GROUPS: Final = 255
"""What a text means holds 8 bits for each kind of name: its place among the names that have columns, from 1; 0 for none."""


class Reading(NamedTuple):
    """How rows of the sheet become columns; see `posted_place`."""

    steps: Longs
    sizes: Longs
    jobs: tuple[int, int, int]
    traces: tuple[int, int, int, int]


class Kept(NamedTuple):
    """What is kept of the events of each family; see `book.Layout`."""

    surveys: Shapes
    tickets: Shapes
    checkins: Shapes
    signals: Shapes
    blank: Fixed
    """A line of the book of which nothing is known."""


@compiled
def find(
    order: Longs, day: int, size: int, entries: Longs, cells: Longs, numbers: Reals, scales: Reals, meant: Longs,
    refused: NDArray[np.int8], places: Codes, matrix: NDArray[np.float32], days: Days,
    steps: Longs, sizes: Longs, by_day: Longs,
    surveys: Shapes, tickets: Shapes, checkins: Shapes, signals: Shapes, blank: Fixed,
    runs: Steps, of_program: Steps, constants: Floats, columns: Places, dates: Places,
) -> None:  # fmt: skip
    """Find out of people, who are entries of a settled sheet of `size` rows, what scoring them on a day needs.

    Parameters
    ----------
    meant
        By text, its places among the drivers, categories and signals that have columns, from 1, and whether it is urgent.
    refused
        Written: for each person an index into `presence.REFUSALS`.
    places
        Written: manager and unit, as texts of the sheet; -1 for none. Shape (people, 2).
    matrix
        Written: features; what stands behind the person's own is null.
    days
        Written: of dated columns, shape (dated columns, people).
    steps, sizes, by_day
        How rows of the sheet become columns; see `Reading`.
    surveys, tickets, checkins, signals, blank
        What is kept of events; see `Kept`.
    runs, of_program, constants, columns, dates
        The steps of a program; see `program.Program`.
    """
    reading = Reading(steps, sizes, (by_day[0], by_day[1], by_day[2]), (by_day[3], by_day[4], by_day[5], by_day[6]))
    kept = Kept(surveys, tickets, checkins, signals, blank)
    first, _, traced, trace, ints, longs, reals, small = _placed(order, size, entries, cells, numbers, scales, reading)
    flags = small.view(np.bool_)
    people, jobs = _columns(ints, first, sizes, _INTS, 0), _columns(ints, first, sizes, _INTS, _JOBS)
    kind, hire = _columns(small, first, sizes, _SMALL, 0)[0], people[1]
    who = np.arange(len(order)).astype(np.int32)
    refused[:], places[:] = 0, -1
    refuse(
        who, day, hire, people[2], people[3], people[4], kind, people[5], traced, trace, jobs[0], jobs[1], jobs[2],
        np.zeros(0, np.bool_), refused,
    )  # fmt: skip
    last_codes_of(who, np.full(len(who), day, np.int32), (jobs[0], jobs[1], jobs[2], jobs[3], jobs[4]), places)
    away, begin, stop = _leaves(_columns(ints, first, sizes, _INTS, _ABSENCES), len(order))
    words = _words(meant)
    for low in range(0, len(order), ROWS):
        high = min(len(order), low + ROWS)
        date = np.full(high - low, day, np.int32)
        times = low, np.arange(high - low + 1), date, away, begin, stop
        book = np.empty((high - low, len(blank)), np.int64)
        book[:] = blank
        _enter(first, sizes, ints, longs, reals, small, flags, words, times, kept, book)
        states = np.empty((high - low, _STATES))
        career_states(who[low:high], date, hire, _job_table(jobs, first, sizes, reals, small, flags), states)
        run(runs, of_program, constants, book, states, who[low:high], times, np.arange(low, high), columns, matrix, 0,
            dates, days)  # fmt: skip
    matrix[:, len(columns) :] = np.nan


@compiled
def _placed(order: Longs, size: int, entries: Longs, cells: Longs, numbers: Reals, scales: Reals,
            reading: Reading) -> Any:  # fmt: skip
    """The rows of all tables as columns; names are the numbers of their texts."""
    rows, person, trace = np.empty(size, np.int64), np.empty(size, np.int32), np.empty((2, size), np.int32)
    sizes, first = reading.sizes, np.empty(_TABLES + 5, np.int64)
    traces = gather(order, _TABLES, reading.jobs, entries, cells, rows, person, first, sizes, reading.traces, trace)
    lengths = first[_TABLES + 1 :]
    ints, longs = np.empty(lengths[_INTS], np.int32), np.empty(lengths[_LONGS], np.int64)
    reals, small = np.empty(lengths[_REALS]), np.empty(lengths[_SMALL], np.int8)
    uncoded, nothing = np.empty((_LISTS, 0), np.int64), np.zeros((_LISTS, 1), np.int64)
    place_all(reading.steps, sizes, rows, person, first, cells, numbers, scales, uncoded, nothing, np.empty(_LISTS, np.int64),
              ints, longs, reals, small)  # fmt: skip
    return first, person, trace[0][:traces], trace[1][:traces], ints, longs, reals, small


@compiled
def _columns(buffer: Any, first: Longs, sizes: Longs, kind: int, table: int) -> Any:
    """A table's columns of one kind, one below the other."""
    at = 0
    for before in range(table):
        at += sizes[kind, before] * (first[before + 1] - first[before])
    count, rows = sizes[kind, table], first[table + 1] - first[table]
    return buffer[at : at + count * rows].reshape(count, rows)


@compiled
def _words(meant: Longs) -> Any:
    """By text, and last for none: its place among the drivers, the categories and the signals, and whether it is urgent."""
    places = np.full((3, len(meant) + 1), -1, np.int32)
    drivers, categories, signs = places[0], places[1], places[2]
    urgent = np.zeros(len(meant) + 1, np.bool_)
    for text in range(len(meant)):
        drivers[text] = (meant[text] & _GROUPS) - 1
        categories[text] = (meant[text] >> 8 & _GROUPS) - 1
        signs[text] = (meant[text] >> 16 & _GROUPS) - 1
        urgent[text] = meant[text] >> 24 != 0
    return drivers, categories, signs, urgent


@compiled
def _leaves(absences: Any, people: int) -> Any:
    """The leaves of all people; see `streams.Leaves`."""
    person, start, end = absences[0], absences[1], absences[2]
    for row in range(1, len(person)):
        at, begins, ends = row, start[row], end[row]
        while at > 0 and person[at - 1] == person[row] and (start[at - 1], end[at - 1]) > (begins, ends):
            start[at], end[at] = start[at - 1], end[at - 1]
            at -= 1
        start[at], end[at] = begins, ends
    first, stop = np.zeros(people + 1, np.int64), np.empty_like(end)
    joined = join(person, end, first, start, stop)
    return first, start[:joined], stop[:joined]


@compiled
def _job_table(jobs: Any, first: Longs, sizes: Longs, reals: Floats, small: Any, flags: Any) -> Any:
    """The job history as `career` reads it."""
    values = _columns(reals, first, sizes, _REALS, _JOBS)
    event, repeat = _columns(small, first, sizes, _SMALL, _JOBS)[0], _columns(flags, first, sizes, _SMALL, _JOBS)[1]
    return (jobs[0], jobs[1], jobs[2], event, repeat, jobs[3], jobs[4], jobs[5], jobs[6], values[0], values[1], values[2],
            values[3])  # fmt: skip


@compiled
def _enter(first: Longs, sizes: Longs, ints: Codes, longs: Fixed, reals: Floats, small: Any, flags: Any, words: Any,
           times: Times, kept: Kept, book: Book) -> None:  # fmt: skip
    """Enter the events of all families into the book."""
    drivers, categories, signs, urgent = words
    s, score = _columns(ints, first, sizes, _INTS, _SURVEYS), _columns(longs, first, sizes, _LONGS, _SURVEYS)
    kind = _columns(flags, first, sizes, _SMALL, _SURVEYS)
    enter_surveys((s[0], s[2], s[3], kind[0], s[4], score[0], kind[1]), drivers, times, kept.surveys, book)
    t, took = _columns(ints, first, sizes, _INTS, _TICKETS), _columns(longs, first, sizes, _LONGS, _TICKETS)
    escalated = _columns(small, first, sizes, _SMALL, _TICKETS)[0]
    enter_tickets((t[0], t[1], t[2], t[3], took[0], took[1], took[2], t[4], t[5], escalated, t[6], took[3]), categories,
                 urgent, times, kept.tickets, book)  # fmt: skip
    c = _columns(ints, first, sizes, _INTS, _CHECKINS)
    enter_checkins((c[0], c[1], c[2], c[3], c[4], c[5], c[6]), times, kept.checkins, book)
    g, value = _columns(ints, first, sizes, _INTS, _SIGNALS), _columns(reals, first, sizes, _REALS, _SIGNALS)
    enter_signals((g[0], g[1], g[2], g[3], value[0]), signs, times, kept.signals, book)
