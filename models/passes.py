# ruff: noqa: PLR0913, PLR0917
"""Rows of features to risks, and to what each column brings to one of them: compiled, from end to end, in one pass.

The steps are those of `kernel`, `linear`, `hazard` and `reasons`, one after the other for a few rows at a time, whose numbers
stay in the processor's cache. Whoever calls hands over plain arrays: to look into a tuple of arrays takes Numba several
times as long as to look at as many arrays, which one row would feel.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from features.bare import bare
from features.compiled import compiled, inlined
from features.packed import Packed, packed, unpacked, unpacked_rows
from models.kernel import Desk, ask, desk_for, sum_up
from models.layout import ALONE, FACT, LANES, SET, Questions
from models.leaves import SPLIT, STEP, TREE, Walk
from models.linear import Terms, add_sums, part_of, scale
from models.lookup import Room, look_up, room_for
from models.reasons import hazard, rates
from models.shapley import CONDITION, FACTOR, LEAF, PART, Plan

Floats = NDArray[np.float64]
Matrix = NDArray[np.float32]
Arrays = tuple[Any, ...]


class Score(NamedTuple):
    """All that is read of a score."""

    walk: Walk
    plan: Plan
    terms: Terms
    intercepts: Floats


class Told(NamedTuple):
    """What is found of each row."""

    risks: Floats
    """(n, 4)"""
    values: Floats
    """(n, columns) contributions to the risk by the end of the last interval that is explained, if any is."""
    baseline: Floats
    """(n,)"""


class Sheet(NamedTuple):
    """What is written down of rows side by side, besides what `kernel` does."""

    scaled: Floats
    """(terms, lanes)"""
    total: Floats
    """(4, lanes)"""
    phi: NDArray[np.int64]
    start: Floats
    chance: Floats
    rate: Floats
    """(intervals, lanes)"""
    brought: Floats
    """(columns, lanes)"""


def laid(score: Score) -> Arrays:
    """What `score` reads of one: all in one memory, in the order in which `_unpacked` takes it, but for the large tables."""
    walk, plan = score.walk, score.plan
    arrays = [*walk.questions, *walk[1:], *plan[1:-2], *score.terms, score.intercepts]
    return (*packed(arrays), plan.tables, plan.most)


@compiled
def score(
    rows: Matrix, intervals: int, risks: Floats, values: Floats, baseline: Floats,
    memory: NDArray[np.uint8], places: NDArray[np.int64], tables: NDArray[np.int64], most: int,
) -> None:  # fmt: skip
    """Write (n, 4) risks by horizon, see `hazard.risks`, and the reasons of the one by the end of so many intervals.

    Where that is none, (n, columns) contributions and the (n,) baseline are left as they are.
    """
    of = _unpacked(Packed(memory, places), tables, most)
    lanes = 1 if len(rows) <= ALONE else LANES
    desk, room = desk_for(of.walk.questions, rows.shape[1], risks.shape[1], lanes), room_for(of.plan, lanes)
    sheet, told = _sheet_for(len(of.terms.column), rows.shape[1], intervals, lanes), Told(risks, values, baseline)
    for start in range(0, len(rows), lanes):
        if lanes == 1:
            _score_one(rows, start, intervals, of, desk, room, sheet, told)
        else:
            _score_many(rows, start, intervals, of, desk, room, sheet, told)


@inlined
def _unpacked(of: Packed, tables: NDArray[np.int64], most: int) -> Score:
    questions = Questions(
        unpacked(of, 0, FACT), unpacked(of, 1, np.float32), unpacked(of, 2, SET), unpacked(of, 3, np.uint32),
    )  # fmt: skip
    walk = Walk(
        questions, unpacked(of, 4, TREE), unpacked(of, 5, SPLIT), unpacked(of, 6, np.float64), unpacked(of, 7, STEP),
        unpacked(of, 8, np.float64),
    )  # fmt: skip
    plan = Plan(
        questions, unpacked(of, 9, np.int64), unpacked(of, 10, np.float64), unpacked(of, 11, np.float64),
        unpacked(of, 12, PART), unpacked(of, 13, np.uint32), unpacked(of, 14, np.uint16), unpacked(of, 15, LEAF),
        unpacked(of, 16, FACTOR), unpacked(of, 17, CONDITION), unpacked_rows(of, 18, np.float64),
        unpacked_rows(of, 19, np.float64), tables, most,
    )  # fmt: skip
    terms = Terms(
        unpacked(of, 20, np.int64), unpacked(of, 21, np.bool_), unpacked(of, 22, np.float64),
        unpacked(of, 23, np.float64), unpacked_rows(of, 24, np.float64), unpacked_rows(of, 25, np.float64),
        unpacked_rows(of, 26, np.float64),
    )  # fmt: skip
    return Score(walk, plan, terms, unpacked(of, 27, np.float64))


@inlined
def _sheet_for(terms: int, width: int, intervals: int, lanes: int) -> Sheet:
    return Sheet(
        np.empty(terms * lanes, np.float64),
        np.empty(4 * lanes, np.float64),
        np.empty((intervals + 1) * (width + 1) * lanes if intervals else 0, np.int64),
        np.empty(intervals, np.float64),
        np.empty(intervals, np.float64),
        np.empty(intervals * lanes, np.float64),
        np.empty(width * lanes if intervals else 0, np.float64),
    )


@bare
def _score_one(
    rows: Matrix, start: int, intervals: int, of: Score, desk: Desk, room: Room, sheet: Sheet, told: Told
) -> None:
    _score(rows, start, intervals, of, 1, desk, room, sheet, told)


@bare
def _score_many(
    rows: Matrix, start: int, intervals: int, of: Score, desk: Desk, room: Room, sheet: Sheet, told: Told
) -> None:
    _score(rows, start, intervals, of, LANES, desk, room, sheet, told)


@inlined
def _score(
    rows: Matrix, start: int, intervals: int, of: Score, lanes: int, desk: Desk, room: Room, sheet: Sheet, told: Told
) -> None:
    ask(rows, start, of.walk.questions, lanes, desk)
    sum_up(of.walk, lanes, desk)
    scale(desk.columns, of.terms, lanes, sheet.scaled)
    add_sums(sheet.scaled, of.terms, of.intercepts, lanes, sheet.total, desk.margins)
    for lane in range(min(lanes, len(rows) - start)):
        stays = 1.0
        for k in range(told.risks.shape[1]):
            stays *= 1.0 - hazard(desk.margins[k * lanes + lane])
            told.risks[start + lane, k] = 1.0 - stays
    if intervals:
        look_up(of.plan, desk.answers, intervals, lanes, rows.shape[1] + 1, room, sheet.phi)
        for k in range(intervals):
            sheet.start[k] = of.intercepts[k] + of.plan.expected[0] + of.plan.expected[k + 1]
        rates(sheet.start, desk.margins, intervals, lanes, sheet.chance, sheet.rate)
        _combine(of, intervals, lanes, rows.shape[1], sheet)
        _tell(rows, start, intervals, lanes, sheet.brought, told)


@inlined
def _combine(of: Score, intervals: int, lanes: int, width: int, sheet: Sheet) -> None:
    """Write what each column brings: what it brings to every interval's log-odds, at the interval's rate."""
    phi, rate, brought, unit, terms = sheet.phi, sheet.rate, sheet.brought, of.plan.unit[0], of.terms
    for column in range(width):
        for lane in range(lanes):
            brought[column * lanes + lane] = 0.0
        for k in range(intervals):
            own = ((k + 1) * (width + 1) + column) * lanes
            for lane in range(lanes):
                both = unit * (phi[column * lanes + lane] + phi[own + lane])
                brought[column * lanes + lane] += rate[k * lanes + lane] * both
    for term in range(len(terms.column)):
        place = terms.column[term] * lanes
        for k in range(intervals):
            slope, offset, null = terms.slopes[term, k], terms.offsets[term, k], terms.nulls[term, k]
            for lane in range(lanes):
                part = part_of(sheet.scaled[term * lanes + lane], slope, offset, null)
                brought[place + lane] += rate[k * lanes + lane] * part


@inlined
def _tell(rows: Matrix, start: int, intervals: int, lanes: int, brought: Floats, told: Told) -> None:
    """Write the contributions of each row, and what the log-odds of its risk are without them."""
    for lane in range(min(lanes, len(rows) - start)):
        row, risk = start + lane, told.risks[start + lane, intervals - 1]
        baseline = np.log(risk) - np.log1p(-risk)
        for column in range(rows.shape[1]):
            value = brought[column * lanes + lane]
            told.values[row, column] = value
            baseline -= value
        told.baseline[row] = baseline
