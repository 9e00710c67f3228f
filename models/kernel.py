"""What trees say of a row, and what each column brings to it: compiled loops over the trees of `layout`.

Answers are LightGBM's own to the last bit (`walk`); contributions are those of its `pred_contrib`, "path-dependent
TreeSHAP" (`explain`), worked out in another way:

A column of which nothing is known answers a question as the training rows did: a share z of them went the way that leads
to some leaf. If it is known, it goes that way (o = 1) or does not (o = 0). Let every column be known with chance t,
independently of each other: the leaf is reached with chance ``product of (z + t (o - z))`` over the columns met on the
way, and the Shapley value of one column is by how much its being known raises that, averaged over t from 0 to 1::

    phi_j = sum over the leaves of value * integral from 0 to 1 of (o_j - z_j) product over i != j of (z_i + t (o_i - z_i)) dt

The integrand is a polynomial in t whose degree is one less than there are columns on the way, so that half as many points
of Gauss and Legendre give the integral exactly. At one such point t, with ``F = z + t (o - z)`` for the chance to go left at a
split, one pass up a tree and one down give what all its columns bring (w is the weight of the point)::

    up      mean(split) = F mean(left) + (1 - F) mean(right)                 what is to be expected below
    down    reach(root) = w, reach(left) = F reach, reach(right) = (1 - F) reach
    part of the split's column  += reach (o - z) (mean(left) - mean(right))

Where a column is asked again, z and o are those of all its answers on the way together. Let b be the share that went this
way at those further up. If the row did not, the answer changes nothing any more: F = z, and the part is 0. If it did, the
column has brought ``f = b + t (1 - b)`` to the way so far, and the split makes that ``b z + t (o - b z)``::

    F = (b z + t (o - b z)) / f          part += reach b (o - z) / f^2 (mean(left) - mean(right))

The loops work on rows side by side ("lanes"). No lane sees another, and every lane does the same operations in the same
order however many there are, so that a row's numbers are equal to the last bit alone and among others.

Sources: Lundberg and others, "From local explanations to global understanding with explainable AI for trees", Nature
Machine Intelligence 2 (2020); Owen, "Multilinear extensions of games", Management Science 18 (1972), for the integral; Yu
and others, "Linear TreeShap", NeurIPS (2022), for polynomials that pass up and down a tree once.
"""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from features.compiled import compiled, inlined
from models.alone import explain as explain_alone
from models.beside import explain as explain_beside
from models.layout import RULES, Walk, index
from models.leaves import add_values, rule_out
from models.plan import Plan
from models.vectors import WIDTH

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

_SCRATCH: Final = 6


@inlined
def _write(value: Any, facts: Matrix, at: int, stride: int) -> None:
    """Write a value down as each of the five rules reads it."""
    read = np.float32(0.0) if abs(value) <= _TINY else value
    null = np.isnan(read)
    nothing = null or read == 0.0
    facts[at] = np.float32(0.0) if null else read
    facts[at + stride] = _LEFTMOST if null else read
    facts[at + 2 * stride] = read
    facts[at + 3 * stride] = _LEFTMOST if nothing else read
    facts[at + 4 * stride] = _NULL if nothing else read


@compiled
def _write_row(
    row: NDArray[np.float32], sets: NDArray[Any], words: NDArray[np.uint32], facts: Matrix, lane: int, lanes: int
) -> None:
    """Write down one row as the splits read it; see `layout`."""
    width = len(row)
    for column in range(width):
        _write(row[column], facts, column * lanes + lane, (width + 1) * lanes)
    for place in range(len(sets)):
        one = sets[place]
        value = np.float64(row[one.column])
        known = -1.0 < value < _INTEGERS and int(value) >> 5 < one.word_count
        held = known and (words[one.word + (int(value) >> 5)] >> np.uint32(int(value) & 31)) & 1 == 1
        facts[(RULES * (width + 1) + place) * lanes + lane] = _LEFTMOST if held else _NULL


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
    facts = np.empty((RULES * (width + 1) + len(forest.sets)) * step, dtype=np.float32)
    left = np.empty(step, dtype=np.uint32)
    for start in range(0, len(rows), step):
        lanes = min(step, len(rows) - start)
        part = found[start : start + lanes]
        for lane in range(lanes):
            _write_row(rows[start + lane], forest.sets, forest.words, facts, lane, lanes)
        for tree in range(len(forest.roots)):
            if not forest.roots[tree].asks:
                rule_out(forest.leaves, tree, facts, lanes, left)
                add_values(forest.leaves, tree, left, part, 0, intervals)
                continue
            for k in range(intervals):
                for lane in range(lanes):
                    _write(np.float32(k), facts, width * lanes + lane, (width + 1) * lanes)
                rule_out(forest.leaves, tree, facts, lanes, left)
                add_values(forest.leaves, tree, left, part, k, k + 1)


@compiled
def _walk_alone(rows: Matrix, forest: Walk, found: Floats) -> None:
    """Few rows, one after the other, split by split."""
    width, intervals = rows.shape[1], found.shape[1]
    facts = np.empty(RULES * (width + 1) + len(forest.sets), dtype=np.float32)
    for row in range(rows.shape[0]):
        _write_row(rows[row], forest.sets, forest.words, facts, 0, 1)
        for root in forest.roots:
            times = intervals if root.asks else 1
            for k in range(times):
                if root.asks:
                    _write(np.float32(k), facts, width, width + 1)
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
    step = 1 if rows.shape[0] <= ALONE else min(LANES, rows.shape[0])
    scratch = np.empty((_SCRATCH, plan.room * step))
    facts = np.empty((RULES * (width + 1) + len(plan.sets)) * step, dtype=np.float32)
    phi = np.empty((intervals + 1, width * step))
    for start in range(0, rows.shape[0], step):
        lanes = min(step, rows.shape[0] - start)
        for lane in range(lanes):
            _write_row(rows[start + lane], plan.sets, plan.words, facts, lane, lanes)
        phi[:, : width * lanes] = 0.0
        for group in plan.groups:
            if group.owner > intervals:
                continue
            bunches, count = plan.bunches[group.first : group.last], group.points
            if lanes == 1 and count <= WIDTH:
                explain_alone(bunches, plan, count, facts, scratch, phi[group.owner])
            else:
                explain_beside(bunches, plan, count, facts, lanes, scratch, phi[group.owner])
        for lane in range(lanes):
            for k in range(intervals):
                for column in range(width):
                    at = column * lanes + lane
                    found[start + lane, k, column] += phi[0, at] + phi[k + 1, at]
                found[start + lane, k, width + 1] += plan.expected[0] + plan.expected[k + 1]
