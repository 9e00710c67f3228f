"""Contributions to rows side by side ("lanes"): the loops of `kernel` over trees.

Arrays of a bunch are laid out by split, point and lane; no lane sees another. `alone` has the same loops for one row.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.compiled import compiled, inlined
from models.layout import index
from models.plan import Plan

Floats = NDArray[np.float64]
Matrix = NDArray[np.float32]


@inlined
def _answer(bunch: Any, splits: Any, points: Floats, width: int, facts: Matrix, step: Floats, chance: Floats) -> None:
    """For every split o - z, and for every point F, the chance to go left."""
    count = index(len(points))
    for place in range(index(bunch.splits)):
        split = splits[index(bunch.first) + place]
        own, every, source = place * width, place * count * width, index(split.source) * width
        threshold, share = split.threshold, split.share
        for lane in range(width):
            step[own + lane] = (1.0 if facts[source + lane] <= threshold else 0.0) - share
        for k in range(count):
            for lane in range(width):
                chance[every + k * width + lane] = share + points[k] * step[own + lane]


@inlined
def _answer_again(
    bunch: Any, splits: Any, again: Any, inverses: Floats, points: Floats, width: int, step: Floats, chance: Floats,
    live: Floats,
) -> None:  # fmt: skip
    """The same, times b, for the splits that ask for a column again; see the module's text."""
    count = index(len(points))
    for number in range(index(bunch.agains)):
        one = again[index(bunch.again) + number]
        own, every, above = index(one.place) * width, index(one.place) * count * width, index(one.above) * width
        share, known, on_left = splits[index(bunch.first) + index(one.place)].share, one.share, one.left == 1
        first, both = index(one.inverse), known * share
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
def _pass_up(bunch: Any, splits: Any, values: Floats, size: int, chance: Floats, mean: Floats, gap: Floats) -> None:
    """What is to be expected below every split, and by how much more on its left than on its right."""
    first, inner, count, value = index(bunch.first), index(bunch.inner), index(bunch.splits), index(bunch.value)
    for place in range(count, count + index(bunch.lone)):
        for at in range(size):
            mean[place * size + at] = values[value]
        value += index(1)
    for place in range(inner, count):
        low, more = values[value], values[value + index(1)]
        value += index(2)
        for at in range(place * size, place * size + size):
            gap[at] = more
            mean[at] = low + chance[at] * more
    for back in range(inner):
        place = inner - index(1) - back
        split = splits[first + place]
        own, left, right = place * size, index(split.left) * size, index(split.right) * size
        for at in range(size):
            low = mean[right + at]
            more = mean[left + at] - low
            gap[own + at] = more
            mean[own + at] = low + chance[own + at] * more


@inlined
def _narrow_again(bunch: Any, again: Any, inverses: Floats, count: int, width: int, gap: Floats) -> None:
    """Divide the differences below splits that ask again by f squared."""
    for number in range(index(bunch.agains)):
        one = again[index(bunch.again) + number]
        own, first = index(one.place) * count * width, index(one.inverse)
        for k in range(count):
            inverse = inverses[first + k]
            for lane in range(width):
                gap[own + k * width + lane] *= inverse * inverse


@inlined
def _pass_down(
    bunch: Any, splits: Any, weights: Floats, width: int, step: Floats, chance: Floats, gap: Floats, reach: Floats,
    part: Floats, phi: Floats,
) -> None:  # fmt: skip
    """Pass on the chance to come to each split, and add to `phi` what its column brings."""
    first, inner, count, roots = index(bunch.first), index(bunch.inner), index(len(weights)), index(bunch.roots)
    size = count * width
    for root in range(roots + index(bunch.twin_roots)):
        place = root if root < roots else inner + root - roots
        for k in range(count):
            for lane in range(width):
                reach[place * size + k * width + lane] = weights[k]
    for place in range(inner):
        split = splits[first + place]
        own, left, right = place * size, index(split.left) * size, index(split.right) * size
        for at in range(size):
            on_left = reach[own + at] * chance[own + at]
            reach[right + at] = reach[own + at] - on_left
            reach[left + at] = on_left
    for place in range(index(bunch.splits)):
        own, column = place * size, index(splits[first + place].column) * width
        for lane in range(width):
            part[lane] = 0.0
        for k in range(count):
            for lane in range(width):
                part[lane] += reach[own + k * width + lane] * gap[own + k * width + lane]
        for lane in range(width):
            phi[column + lane] += step[place * width + lane] * part[lane]


@compiled
def explain(
    bunches: NDArray[Any], plan: Plan, count: int, facts: Matrix, lanes: int, scratch: Floats, phi: Floats
) -> None:
    """Add to `phi` (columns, lanes) what the columns bring to these bunches, in every lane."""
    step, chance, mean, gap, reach, lane_sum = (
        scratch[0], scratch[1], scratch[2], scratch[3], scratch[4], scratch[5],
    )  # fmt: skip
    points, weights, width = plan.points[count, :count], plan.weights[count, :count], index(lanes)
    splits, values, again, inverses = plan.splits, plan.values, plan.again, plan.inverses
    for bunch in bunches:
        _answer(bunch, splits, points, width, facts, step, chance)
        _answer_again(bunch, splits, again, inverses, points, width, step, chance, lane_sum)
        _pass_up(bunch, splits, values, index(count) * width, chance, mean, gap)
        _narrow_again(bunch, again, inverses, index(count), width, gap)
        _pass_down(bunch, splits, weights, width, step, chance, gap, reach, lane_sum, phi)
