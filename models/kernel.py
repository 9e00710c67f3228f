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

The loops work on rows side by side ("lanes"). No lane sees another, and every lane does the same operations in the same
order however many there are, so that a row's numbers are equal to the last bit alone and among others.

Sources: Lundberg and others, "From local explanations to global understanding with explainable AI for trees", Nature
Machine Intelligence 2 (2020); Owen, "Multilinear extensions of games", Management Science 18 (1972), for the integral;
Yang, "Fast TreeSHAP", NeurIPS workshop on explainable AI (2021), for tables by answers.
"""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from features.compiled import compiled, inlined
from models.layout import Facts, Walk, index
from models.leaves import add_values, rule_out
from models.lookup import add_to_many, add_to_one
from models.shapley import Plan

Floats = NDArray[np.float64]
Matrix = NDArray[np.float32]

LANES: Final = 64
"""Rows that go through the trees side by side."""
ALONE: Final = 6
"""Up to so many rows are faster one by one."""

_TINY: Final = np.float32(1e-35)
"""LightGBM reads smaller values as 0."""
_INTEGERS: Final = 2.0**31
_LEFTMOST, _NULL = np.float32(-np.inf), np.float32(np.nan)


@inlined
def _read(value: Any, fact: Any) -> Any:
    """A value as the splits read it that ask for this fact."""
    known = fact.zero if abs(value) <= _TINY else value
    return fact.null if np.isnan(value) else known


@compiled
def write_row(row: NDArray[np.float32], facts: Facts, written: Matrix, lane: int, lanes: int) -> None:
    """Write down the facts of one row; see `layout`."""
    for place in range(len(facts.values)):
        fact = facts.values[place]
        if fact.column < len(row):
            written[place * lanes + lane] = _read(row[fact.column], fact)
    for place in range(len(facts.sets)):
        one = facts.sets[place]
        value = np.float64(row[one.column])
        known = -1.0 < value < _INTEGERS and int(value) >> 5 < one.word_count
        held = known and (facts.words[one.word + (int(value) >> 5)] >> np.uint32(int(value) & 31)) & 1 == 1
        written[(len(facts.values) + place) * lanes + lane] = _LEFTMOST if held else _NULL


@compiled
def write_interval(k: int, width: int, facts: Facts, written: Matrix, lanes: int) -> None:
    """Write down the interval's number, which stands in the column behind the last of the rows."""
    for place in range(len(facts.values) - 1, -1, -1):
        fact = facts.values[place]
        if fact.column < width:
            break
        for lane in range(lanes):
            written[place * lanes + lane] = _read(np.float32(k), fact)


@compiled
def walk(rows: Matrix, forest: Walk, found: Floats) -> None:
    """Add to (n, intervals) what the trees say of each row in each interval, summed up in the order of the trees."""
    if len(rows) > ALONE and len(forest.leaves.values) == len(forest.roots):
        _walk_together(rows, forest, found)
    else:
        _walk_alone(rows, forest, found)


@compiled
def _walk_together(rows: Matrix, forest: Walk, found: Floats) -> None:
    """Many rows; see `leaves`."""
    width, intervals, step = rows.shape[1], found.shape[1], min(LANES, len(rows))
    facts = np.empty((len(forest.facts.values) + len(forest.facts.sets)) * step, dtype=np.float32)
    left = np.empty(step, dtype=np.uint32)
    for start in range(0, len(rows), step):
        lanes = min(step, len(rows) - start)
        part = found[start : start + lanes]
        for lane in range(lanes):
            write_row(rows[start + lane], forest.facts, facts, lane, lanes)
        for tree in range(len(forest.roots)):
            if not forest.roots[tree].asks:
                rule_out(forest.leaves, tree, facts, lanes, left)
                add_values(forest.leaves, tree, left, part, 0, intervals)
                continue
            for k in range(intervals):
                write_interval(k, width, forest.facts, facts, lanes)
                rule_out(forest.leaves, tree, facts, lanes, left)
                add_values(forest.leaves, tree, left, part, k, k + 1)


@compiled
def _walk_alone(rows: Matrix, forest: Walk, found: Floats) -> None:
    """Few rows, one after the other, split by split."""
    width, intervals = rows.shape[1], found.shape[1]
    facts = np.empty(len(forest.facts.values) + len(forest.facts.sets), dtype=np.float32)
    for row in range(rows.shape[0]):
        write_row(rows[row], forest.facts, facts, 0, 1)
        for root in forest.roots:
            times = intervals if root.asks else 1
            for k in range(times):
                if root.asks:
                    write_interval(k, width, forest.facts, facts, 1)
                place = root.first
                while place >= 0:
                    step = forest.steps[index(place)]
                    place = step.left if facts[index(step.source)] <= step.threshold else step.right
                value = forest.values[index(~place)]
                if root.asks:
                    found[row, k] += value
                else:
                    for every in range(intervals):
                        found[row, every] += value


@compiled
def explain(rows: Matrix, plan: Plan, found: Floats) -> None:
    """Add to (n, intervals, columns + 2) what each column brings to the trees' sum, and, last, what is expected of all."""
    width, intervals = rows.shape[1], found.shape[1]
    read = Facts(plan.values, plan.sets, plan.words)
    step = 1 if rows.shape[0] <= ALONE else min(LANES, rows.shape[0])
    facts = np.empty((len(plan.values) + len(plan.sets)) * step, dtype=np.float32)
    chosen = np.empty(max(step, len(plan.parts) + 1), np.uint32)
    phi = np.empty((intervals + 1, width * step))
    for start in range(0, rows.shape[0], step):
        lanes = min(step, rows.shape[0] - start)
        for lane in range(lanes):
            write_row(rows[start + lane], read, facts, lane, lanes)
        phi[:, : width * lanes] = 0.0
        for owner in range(intervals + 1):
            first, last = plan.owners[owner], plan.owners[owner + 1]
            if lanes == 1:
                add_to_one(plan, first, last, facts, chosen, phi[owner])
            else:
                add_to_many(plan, first, last, facts, lanes, chosen, phi[owner])
        for lane in range(lanes):
            for k in range(intervals):
                for column in range(width):
                    place = column * lanes + lane
                    found[start + lane, k, column] += phi[0, place] + phi[k + 1, place]
                found[start + lane, k, width + 1] += plan.expected[0] + plan.expected[k + 1]
