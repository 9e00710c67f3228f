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

import numba
import numpy as np
from numpy.typing import NDArray

from features.compiled import compiled
from models.layout import RULES, Plan, Walk

Floats = NDArray[np.float64]
Matrix = NDArray[np.float32]

LANES: Final = 64
"""Rows that go through the trees side by side."""
ALONE: Final = 6
"""Up to so many rows are faster one by one."""

inlined = numba.njit(cache=True, nogil=True, inline="always")
_TINY: Final = np.float32(1e-35)
"""LightGBM reads smaller values as 0."""
_INTEGERS: Final = 2.0**31
_LEFTMOST, _NULL = np.float32(-np.inf), np.float32(np.nan)
_index: Any = np.uintp
"""Positions as unsigned numbers, which compiled code need not check for counting from the end."""

_ROOTS: Final = [np.polynomial.legendre.leggauss(count) for count in (2, 3, 4)]
_T2, _T3, _T4 = (tuple(((points + 1.0) / 2.0).tolist()) for points, _ in _ROOTS)
_W2, _W3, _W4 = (tuple((weights / 2.0).tolist()) for _, weights in _ROOTS)
_SCRATCH: Final = 6
_ONE = (0,)
"""One lane. Where points or lanes come as a tuple, the compiler knows how many there are."""


@compiled
def walk(rows: Matrix, forest: Walk, found: Floats) -> None:
    """Add to (n, intervals) what the trees say of each row in each interval, summed up in the order of the trees."""
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
                    step = forest.steps[_index(place)]
                    place = step.left if facts[_index(step.source)] <= step.threshold else step.right
                value = forest.values[_index(~place)]
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
            if group.owner <= intervals:
                _explain_group(group, plan, facts, lanes, scratch, phi[group.owner])
        for lane in range(lanes):
            for k in range(intervals):
                for column in range(width):
                    at = column * lanes + lane
                    found[start + lane, k, column] += phi[0, at] + phi[k + 1, at]
                found[start + lane, k, width + 1] += plan.expected[0] + plan.expected[k + 1]


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
def _explain_group(group: Any, plan: Plan, facts: Matrix, lanes: int, scratch: Floats, phi: Floats) -> None:
    """Add what the columns bring to the trees of one group, by the loops compiled for its number of points."""
    trees, count = plan.trees[group.first : group.last], group.points
    if lanes == 1 and count == 2:
        _explain_trees(_T2, _W2, _ONE, trees, plan, facts, scratch, phi)
    elif lanes == 1 and count == 3:
        _explain_trees(_T3, _W3, _ONE, trees, plan, facts, scratch, phi)
    elif lanes == 1 and count == 4:
        _explain_trees(_T4, _W4, _ONE, trees, plan, facts, scratch, phi)
    else:
        points, weights = plan.points[count, :count], plan.weights[count, :count]
        _explain_trees(points, weights, np.empty(lanes), trees, plan, facts, scratch, phi)


@compiled
def _explain_trees(
    points: Any, weights: Any, lanes: Any, trees: NDArray[Any], plan: Plan, facts: Matrix, scratch: Floats, phi: Floats
) -> None:
    """Add what the columns bring to these trees; `points`, `weights` and `lanes` are as long as there are of them."""
    chance, mean, gap, reach, step, lane_sum = (
        scratch[0], scratch[1], scratch[2], scratch[3], scratch[4], scratch[5],
    )  # fmt: skip
    splits, values, again, inverses = plan.splits, plan.values, plan.again, plan.inverses
    for tree in trees:
        _answer(points, lanes, tree, splits, facts, step, chance)
        _answer_again(points, lanes, tree, splits, again, inverses, step, chance, lane_sum)
        _pass_up(points, lanes, tree, splits, values, chance, mean, gap)
        _narrow_again(points, lanes, tree, again, inverses, gap)
        _pass_down(weights, lanes, tree, splits, chance, gap, reach, step, lane_sum, phi)


@inlined
def _answer(points: Any, lanes: Any, tree: Any, splits: Any, facts: Matrix, step: Floats, chance: Floats) -> None:
    """For every split o - z, and for every point F, the chance to go left."""
    count, width = _index(len(points)), _index(len(lanes))
    for place in range(_index(tree.splits)):
        split = splits[_index(tree.first) + place]
        own, every, source = place * width, place * count * width, _index(split.source) * width
        threshold, share = split.threshold, split.share
        for lane in range(width):
            step[own + lane] = (1.0 if facts[source + lane] <= threshold else 0.0) - share
        for k in range(count):
            for lane in range(width):
                chance[every + k * width + lane] = share + points[k] * step[own + lane]


@inlined
def _answer_again(
    points: Any, lanes: Any, tree: Any, splits: Any, again: Any, inverses: Floats, step: Floats, chance: Floats,
    live: Floats,
) -> None:  # fmt: skip
    """The same, times b, for the splits that ask for a column again; see the module's text."""
    count, width = _index(len(points)), _index(len(lanes))
    for number in range(_index(tree.agains)):
        one = again[_index(tree.again) + number]
        own, every, above = _index(one.place) * width, _index(one.place) * count * width, _index(one.above) * width
        share, known, on_left = splits[_index(tree.first) + _index(one.place)].share, one.share, one.left == 1
        first, both = _index(one.inverse), known * share
        for lane in range(width):
            went = step[above + lane]
            live[lane] = 1.0 if (went > 0.0 if on_left else went < 0.0) else 0.0
        for k in range(count):
            inverse = inverses[first + k]
            for lane in range(width):
                goes = step[own + lane] + share
                narrowed = (both + points[k] * (goes - both)) * inverse
                chance[every + k * width + lane] = narrowed if live[lane] > 0.0 else share
        for lane in range(width):
            step[own + lane] *= known * live[lane]


@inlined
def _pass_up(
    points: Any, lanes: Any, tree: Any, splits: Any, values: Floats, chance: Floats, mean: Floats, gap: Floats
) -> None:
    """What is to be expected below every split, and by how much more on its left than on its right."""
    size, inner, count = _index(len(points)) * _index(len(lanes)), _index(tree.inner), _index(tree.splits)
    first, value = _index(tree.first), _index(tree.value)
    for place in range(count, count + _index(tree.lone)):
        for at in range(size):
            mean[place * size + at] = values[value]
        value += _index(1)
    for place in range(inner, count):
        low, more = values[value], values[value + _index(1)]
        value += _index(2)
        for at in range(place * size, place * size + size):
            gap[at] = more
            mean[at] = low + chance[at] * more
    for back in range(inner):
        place = inner - _index(1) - back
        split = splits[first + place]
        own, left, right = place * size, _index(split.left) * size, _index(split.right) * size
        for at in range(size):
            low = mean[right + at]
            more = mean[left + at] - low
            gap[own + at] = more
            mean[own + at] = low + chance[own + at] * more


@inlined
def _narrow_again(points: Any, lanes: Any, tree: Any, again: Any, inverses: Floats, gap: Floats) -> None:
    """Divide the differences below splits that ask again by f squared."""
    count, width = _index(len(points)), _index(len(lanes))
    for number in range(_index(tree.agains)):
        one = again[_index(tree.again) + number]
        own, first = _index(one.place) * count * width, _index(one.inverse)
        for k in range(count):
            inverse = inverses[first + k]
            for lane in range(width):
                gap[own + k * width + lane] *= inverse * inverse


@inlined
def _pass_down(
    weights: Any, lanes: Any, tree: Any, splits: Any, chance: Floats, gap: Floats, reach: Floats, step: Floats,
    part: Floats, phi: Floats,
) -> None:  # fmt: skip
    """Pass on the chance to come to each split, and add to `phi` what its column brings."""
    count, width, inner = _index(len(weights)), _index(len(lanes)), _index(tree.inner)
    size = count * width
    for k in range(count):
        for lane in range(width):
            reach[k * width + lane] = weights[k]
    for place in range(inner):
        split = splits[_index(tree.first) + place]
        own, left, right = place * size, _index(split.left) * size, _index(split.right) * size
        for at in range(size):
            on_left = reach[own + at] * chance[own + at]
            reach[right + at] = reach[own + at] - on_left
            reach[left + at] = on_left
    for place in range(_index(tree.splits)):
        split = splits[_index(tree.first) + place]
        own, column = place * size, _index(split.column) * width
        for lane in range(width):
            part[lane] = 0.0
        for k in range(count):
            for lane in range(width):
                at = own + k * width + lane
                part[lane] += reach[at] * gap[at]
        for lane in range(width):
            phi[column + lane] += step[place * width + lane] * part[lane]
