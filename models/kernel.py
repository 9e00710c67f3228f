"""What trees say of a row, and what each column brings to it: compiled loops.

Answers are LightGBM's own to the last bit (`walk`); contributions are those of its `pred_contrib`, "path-dependent
TreeSHAP" (`explain`), worked out in another way:

A column of which nothing is known answers a question as the training rows did: a share z of them went the way that leads
to some leaf. If it is known, it goes that way (o = 1) or does not (o = 0). Let every column be known with chance t,
independently of each other: the leaf is reached with chance ``product of (z + t (o - z))`` over the columns met on the
way, and the Shapley value of one column is by how much its being known raises that, averaged over t from 0 to 1::

    phi_j = sum over the leaves of value * integral from 0 to 1 of (o_j - z_j) product over i != j of (z_i + t (o_i - z_i)) dt

The integrand is a polynomial in t whose degree is one less than there are columns on the way, so that half as many points
of Gauss and Legendre give the integral exactly (`shapley`). Of the row it depends by its answers alone, and there are few
different ones to the questions of a small part of a tree: so what they bring is kept in tables (`plan`), and looked up.

The loops work on rows side by side ("lanes"): one, or `LANES` of them, where behind the last row stands the last once more.
No lane sees another, and every lane does the same operations in the same order however many there are, so that a row's
numbers are equal to the last bit alone and among others. A loop that is inlined is compiled for either number of lanes.

Sources: Lundberg and others, "From local explanations to global understanding with explainable AI for trees", Nature
Machine Intelligence 2 (2020); Owen, "Multilinear extensions of games", Management Science 18 (1972), for the integral;
Yang, "Fast TreeSHAP", NeurIPS workshop on explainable AI (2021), for tables by answers.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from features.bare import bare
from features.compiled import compiled, inlined
from models.layout import ALONE, LANES, Answers, Questions, answer
from models.leaves import Walk, add_trees
from models.lookup import Room, look_up, room_for
from models.shapley import Plan

Floats = NDArray[np.float64]
Matrix = NDArray[np.float32]


class Desk(NamedTuple):
    """What is written down of rows side by side."""

    columns: Matrix
    """(columns, lanes)"""
    answers: Answers
    """(questions, lanes)"""
    fact: Matrix
    """(lanes,), and so `left` and `value`."""
    left: NDArray[np.uint32]
    value: Floats
    margins: Floats
    """(intervals, lanes)"""


@inlined
def desk_for(asked: Questions, width: int, intervals: int, lanes: int) -> Desk:
    """Room to write down so many rows."""
    return Desk(
        np.empty(width * lanes, np.float32),
        np.empty(len(asked.thresholds) * lanes, np.int8),
        np.empty(lanes, np.float32),
        np.empty(lanes, np.uint32),
        np.empty(lanes, np.float64),
        np.empty(intervals * lanes, np.float64),
    )


@inlined
def ask(rows: Matrix, start: int, asked: Questions, lanes: int, desk: Desk) -> None:
    """Write down the columns of the rows from `start` on, and what they answer."""
    columns, last = desk.columns, len(rows) - 1
    for lane in range(lanes):
        row = min(start + lane, last)
        for column in range(rows.shape[1]):
            columns[column * lanes + lane] = rows[row, column]
    answer(columns, asked, lanes, desk.fact, desk.answers)


@inlined
def sum_up(forest: Walk, lanes: int, desk: Desk) -> None:
    """Write down what the trees say in each interval, summed up in their order."""
    for place in range(len(desk.margins)):
        desk.margins[place] = 0.0
    add_trees(desk.answers, forest, lanes, desk.left, desk.value, desk.margins)


@compiled
def walk(rows: Matrix, forest: Walk, found: Floats) -> None:
    """Add to (n, intervals) what the trees say of each row in each interval, summed up in the order of the trees."""
    lanes = 1 if len(rows) <= ALONE else LANES
    desk = desk_for(forest.questions, rows.shape[1], found.shape[1], lanes)
    for start in range(0, len(rows), lanes):
        if lanes == 1:
            _walk_one(rows, start, forest, desk, found)
        else:
            _walk_many(rows, start, forest, desk, found)


@bare
def _walk_one(rows: Matrix, start: int, forest: Walk, desk: Desk, found: Floats) -> None:
    _walk(rows, start, forest, 1, desk, found)


@bare
def _walk_many(rows: Matrix, start: int, forest: Walk, desk: Desk, found: Floats) -> None:
    _walk(rows, start, forest, LANES, desk, found)


@inlined
def _walk(rows: Matrix, start: int, forest: Walk, lanes: int, desk: Desk, found: Floats) -> None:
    ask(rows, start, forest.questions, lanes, desk)
    sum_up(forest, lanes, desk)
    for lane in range(min(lanes, len(rows) - start)):
        for k in range(found.shape[1]):
            found[start + lane, k] += desk.margins[k * lanes + lane]


@compiled
def explain(rows: Matrix, plan: Plan, found: Floats) -> None:
    """Add to (n, intervals, columns + 2) what each column brings to the trees' sum, and, last, what is expected of all."""
    lanes = 1 if len(rows) <= ALONE else LANES
    desk, room = desk_for(plan.questions, rows.shape[1], found.shape[1], lanes), room_for(plan, lanes)
    phi = np.empty((found.shape[1] + 1) * (rows.shape[1] + 1) * lanes, np.int64)
    for start in range(0, len(rows), lanes):
        if lanes == 1:
            _explain_one(rows, start, plan, desk, room, phi, found)
        else:
            _explain_many(rows, start, plan, desk, room, phi, found)


@bare
def _explain_one(
    rows: Matrix, start: int, plan: Plan, desk: Desk, room: Room, phi: NDArray[np.int64], found: Floats
) -> None:
    _explain(rows, start, plan, 1, desk, room, phi, found)


@bare
def _explain_many(
    rows: Matrix, start: int, plan: Plan, desk: Desk, room: Room, phi: NDArray[np.int64], found: Floats
) -> None:
    _explain(rows, start, plan, LANES, desk, room, phi, found)


@inlined
def _explain(
    rows: Matrix, start: int, plan: Plan, lanes: int, desk: Desk, room: Room, phi: NDArray[np.int64], found: Floats
) -> None:
    width, intervals, unit = rows.shape[1], found.shape[1], plan.unit[0]
    ask(rows, start, plan.questions, lanes, desk)
    look_up(plan, desk.answers, intervals, lanes, width + 1, room, phi)
    for lane in range(min(lanes, len(rows) - start)):
        for k in range(intervals):
            for column in range(width):
                shared, own = column * lanes + lane, ((k + 1) * (width + 1) + column) * lanes + lane
                found[start + lane, k, column] += unit * (phi[shared] + phi[own])
            found[start + lane, k, width + 1] += plan.expected[0] + plan.expected[k + 1]
