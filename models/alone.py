"""Contributions to one row: the loops of `kernel` over trees, all points of quadrature at a time.

Points behind the last have no weight and add nothing. A loop that the compiler cannot make parallel is made so by hand
here (see `vectors`); `beside` has the same loops over many rows, which it can, and either gives the same to the last bit.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.compiled import compiled, inlined
from models.layout import index
from models.plan import Plan
from models.vectors import WIDTH, load, minus, plus, spread, store, times

Floats = NDArray[np.float64]
Matrix = NDArray[np.float32]


@inlined
def _answer(
    bunch: Any, splits: Any, again: Any, inverses: Floats, points: Any, facts: Matrix, step: Floats, chance: Floats
) -> None:
    """For every split o - z, or b (o - z), and for every point F, the chance to go left."""
    first, four = index(bunch.first), index(WIDTH)
    for place in range(index(bunch.splits)):
        split = splits[first + place]
        share = split.share
        move = (1.0 if facts[index(split.source)] <= split.threshold else 0.0) - share
        step[place] = move
        store(chance, place * four, plus(spread(share), times(points, spread(move))))
    for number in range(index(bunch.agains)):
        one = again[index(bunch.again) + number]
        place, known, went = index(one.place), one.share, step[index(one.above)]
        share, live = splits[first + place].share, went > 0.0 if one.left == 1 else went < 0.0
        both, goes = spread(known * share), spread(step[place] + share)
        narrowed = times(plus(both, times(points, minus(goes, both))), load(inverses, index(one.inverse)))
        store(chance, place * four, narrowed if live else spread(share))
        step[place] *= known * (1.0 if live else 0.0)


@inlined
def _pass_up(bunch: Any, splits: Any, values: Floats, chance: Floats, mean: Floats, gap: Floats) -> None:
    """What is to be expected below every split, and by how much more on its left than on its right."""
    first, inner, count, four = index(bunch.first), index(bunch.inner), index(bunch.splits), index(WIDTH)
    value = index(bunch.value)
    for place in range(count, count + index(bunch.lone)):
        store(mean, place * four, spread(values[value]))
        value += index(1)
    for place in range(inner, count):
        low, more = spread(values[value]), spread(values[value + index(1)])
        value += index(2)
        store(gap, place * four, more)
        store(mean, place * four, plus(low, times(load(chance, place * four), more)))
    for back in range(inner):
        place = inner - index(1) - back
        split = splits[first + place]
        low = load(mean, index(split.right) * four)
        more = minus(load(mean, index(split.left) * four), low)
        store(gap, place * four, more)
        store(mean, place * four, plus(low, times(load(chance, place * four), more)))


@inlined
def _pass_down(
    bunch: Any, splits: Any, again: Any, inverses: Floats, weights: Any, step: Floats, chance: Floats, gap: Floats,
    reach: Floats, phi: Floats,
) -> None:  # fmt: skip
    """Pass on the chance to come to each split, and add to `phi` what its column brings."""
    first, inner, four = index(bunch.first), index(bunch.inner), index(WIDTH)
    for number in range(index(bunch.agains)):
        one = again[index(bunch.again) + number]
        inverse, at = load(inverses, index(one.inverse)), index(one.place) * four
        store(gap, at, times(load(gap, at), times(inverse, inverse)))
    for place in range(index(bunch.roots)):
        store(reach, place * four, weights)
    for place in range(inner, inner + index(bunch.twin_roots)):
        store(reach, place * four, weights)
    for place in range(index(bunch.splits)):
        split, here = splits[first + place], load(reach, place * four)
        part = times(here, load(gap, place * four))
        phi[index(split.column)] += step[place] * (0.0 + part[0] + part[1] + part[2] + part[3])
        if place < inner:
            on_left = times(here, load(chance, place * four))
            store(reach, index(split.right) * four, minus(here, on_left))
            store(reach, index(split.left) * four, on_left)


@compiled
def explain(bunches: NDArray[Any], plan: Plan, count: int, facts: Matrix, scratch: Floats, phi: Floats) -> None:
    """Add to `phi` (columns,) what the columns bring to these bunches, for at most four points."""
    step, chance, mean, gap, reach = scratch[0], scratch[1], scratch[2], scratch[3], scratch[4]
    points, weights = load(plan.points[count], index(0)), load(plan.weights[count], index(0))
    splits, values, again, inverses = plan.splits, plan.values, plan.again, plan.inverses
    for bunch in bunches:
        _answer(bunch, splits, again, inverses, points, facts, step, chance)
        _pass_up(bunch, splits, values, chance, mean, gap)
        _pass_down(bunch, splits, again, inverses, weights, step, chance, gap, reach, phi)
