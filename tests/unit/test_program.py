"""Events into the book, formulas into a program, columns out of both: by hand, on three rows of one person."""

from typing import Any

import numpy as np
import pytest

from features.book import EVENT, Layout, enter, layout, note
from features.days import NEVER, Days
from features.formulas import (
    DAY,
    Cell,
    Formula,
    age,
    at_least,
    at_most,
    change,
    count,
    counts,
    last,
    last_date,
    latest,
    least,
    mean,
    oldest,
    or_else,
    ratio,
    state,
    total,
    trend,
    where,
)
from features.grid import block
from features.program import Output, Program, program
from features.streams import EVER, Leaves, leaves

DAYS = np.asarray([90, 120, 150], np.int32)
NO_LEAVES = leaves(None, 1)
NAN = float("nan")
Event = tuple[int, int, int, int, int, int]
"""Stream, group, event, known, until, value."""


def book_of(kept: Layout, events: list[Event], away: Leaves = NO_LEAVES, days: Days = DAYS) -> Any:
    """The book of a person's rows of these days, not carried forward yet, and its block."""
    rows = block(np.zeros(len(days), np.int32), days, 0, 1, away)
    lines, noted = np.empty((len(events), EVENT), np.int64), 0
    for stream, group, event, known, until, value in events:
        noted = note(lines, noted, stream, group, 0, event, known, until, value)
    book = kept.book(len(days))
    for shapes in kept.shapes.values():
        enter(lines, noted, rows.times, shapes, book)
    return book, rows


def columns(made: Program, events: list[Event], away: Leaves = NO_LEAVES, days: Days = DAYS) -> list[list[float]]:
    """Each column's values on these days."""
    book, rows = book_of(made.layout, events, away, days)
    out = np.zeros((len(days), len(made.columns)))
    made.fill(book, np.zeros((len(days), 0)), rows, np.arange(len(days)), Output(out))
    return out.T.tolist()


def values(formula: Formula, events: list[Event], away: Leaves = NO_LEAVES) -> list[float]:
    """A formula's three values."""
    return columns(program([("x", formula, None)], ["x"]), events, away=away)[0]


def test_an_event_is_entered_where_it_starts_and_taken_away_where_it_ends() -> None:
    """A ticket of day 100, counted over 30 days, adds to the row of day 120 and is taken from that of day 150."""
    kept = layout({("x", Cell(0, "count", 0, 30))})
    book, _ = book_of(kept, [(0, 0, 100, 100, NEVER, 0)])
    assert book.tolist() == [[0], [1], [-1]]
    assert values(count(0, 30), [(0, 0, 100, 100, NEVER, 0)]) == [0, 1, 0]


def test_a_leave_makes_a_window_longer() -> None:
    """With ten days of leave in between, an event counts ten days longer."""
    away = Leaves(np.asarray([0, 1]), np.asarray([110], np.int32), np.asarray([120], np.int32))
    events = [(0, 0, 115, 115, NEVER, 0)]
    assert values(count(0, 30), events) == [0, 1, 0]
    assert values(count(0, 31), events, away) == [0, 1, 1]
    assert values(age(latest(0)), events, away) == pytest.approx([NAN, 1, 31], nan_ok=True)


def test_what_nothing_is_kept_of_is_passed_over() -> None:
    """Events of other streams, of groups beyond the last and of group -1 leave no trace."""
    events = [(1, 0, 80, 80, NEVER, 5), (0, 2, 80, 80, NEVER, 5), (0, -1, 80, 80, NEVER, 5), (0, 1, 80, 80, NEVER, 5)]
    assert values(counts(0, EVER, 2), events) == [1, 1, 1]


CASES: list[tuple[Formula, list[float]]] = [
    (total(0, 60), [30, 40, 50]),
    (mean(0, 60, 10.0), [3, 2, 2.5]),
    (trend(0, 30, 60, 1.0), [NAN, -20, 30]),
    (last(0, 10.0), [3, 1, 4]),
    (change(0, 10.0), [NAN, -2, 3]),
    (last_date(0), [80, 100, 130]),
    (latest(0), [80, 100, 130]),
    (DAY - oldest(0), [10, 40, 50]),
    (age(latest(0)) * 2.0, [20, 40, 40]),
    (ratio(count(0, 20), count(0, 60)), [1, 0, 0]),
    (where(DAY, count(0, 20)), [90, NAN, NAN]),
    (DAY / count(0, 20), [90, float("inf"), float("inf")]),
    (at_least(last(0, 10.0), 3.0), [3, NAN, 4]),
    (at_most(DAY, 120.0), [90, 120, 120]),
    (or_else(latest(2), DAY), [90, 120, 150]),
    (least(latest(2), DAY, DAY / 2.0), [45, 60, 75]),
]


@pytest.mark.parametrize("formula,expected", CASES, ids=range(len(CASES)))
def test_formulas(formula: Formula, expected: list[float]) -> None:
    """Values 30 of day 80 (its state until 125), 10 of day 100 and 40 of day 130, known at once; nothing of stream 2."""
    events = [(0, 0, 130, 130, NEVER, 40), (0, 0, 80, 80, 125, 30), (0, 0, 100, 100, NEVER, 10)]
    assert values(formula, events) == pytest.approx(expected, nan_ok=True)


KEPT = [
    *(kept(0, window) for kept in (count, total) for window in (10, 40, 90, EVER)),
    *(latest(0), last(0, 1.0), change(0, 1.0), oldest(0)),
]


@pytest.mark.parametrize("seed", range(20))
def test_a_day_asked_for_alone_equals_the_same_day_among_others(seed: int) -> None:
    """Of random events and leaves, the columns of three days are those of each of the days asked for alone."""
    draw = np.random.default_rng(seed)
    dated = draw.integers(40, 160, 30)
    known, until = dated + draw.integers(-5, 60, 30), dated + draw.choice([30, 60, NEVER], 30)
    events = [(0, 0, *one) for one in np.stack([dated, known, until, draw.integers(0, 9, 30)], axis=1).tolist()]
    start = np.sort(draw.choice(np.arange(50, 150, 20), 3, replace=False)).astype(np.int32)
    stop = start + draw.integers(1, 15, 3).astype(np.int32)
    away = Leaves(np.asarray([0, 3]), start, np.minimum(stop, NEVER))
    made = program([("x", formula, None) for formula in KEPT], ["x"])
    alone = [columns(made, events, away=away, days=DAYS[day : day + 1]) for day in range(3)]
    assert columns(made, events, away=away) == pytest.approx(np.concatenate(alone, axis=1), nan_ok=True, abs=0, rel=0)


def test_equal_formulas_are_computed_once() -> None:
    """Two columns of one mean, and a third that takes it further, need five steps and one more each."""
    made = program([("x", mean(0, 60, 10.0), None), ("x", mean(0, 60, 10.0) * 10.0, None)], ["x"])
    assert len(made.steps) == len(["sum", "count", "ratio", "10", "by", "times"])


def test_families_and_states() -> None:
    """A family that is not there is null, its dates too; states are read by place."""
    asked = [("y", count(0, 30), latest(0)), ("x", state(1), state(0)), ("x", state(0), None)]
    made = program(asked, ["x"])
    book, rows = made.layout.book(3), block(np.zeros(3, np.int32), DAYS, 0, 1, NO_LEAVES)
    states = np.asarray([[50.0, 1.5], [51.0, 2.5], [NAN, 3.5]])
    out, days = np.zeros((5, 4), np.float32), np.zeros((2, 5), np.int32)
    made.fill(book, states, rows, np.asarray([4, 0, 2]), Output(out, first=1, days=days))
    assert made.dated == (0, 1)
    assert out[[4, 0, 2], 1:].tolist() == pytest.approx(
        np.asarray([[NAN, 1.5, 50], [NAN, 2.5, 51], [NAN, 3.5, NAN]]), nan_ok=True
    )
    assert days[:, [4, 0, 2]].tolist() == [[NEVER] * 3, [50, 51, NEVER]]
