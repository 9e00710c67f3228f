"""Who would be told apart by two runs together: people whose value follows from what both show of cells of people.

Each run shows sums over disjoint cells. A person stands in one cell of the earlier run and one of the later (or in none: they
came, went, or nothing is shown there). Make every cell a node, one more node of everything that is not shown, and of every
person a line from the one cell to the other. Then a value is determined by the two runs' sums, if values stay as they were,
exactly where the person's line is a bridge: the only line between the two sides it joins. For the values that all sums leave
open are flows without source or sink (those of the earlier cells counted against those of the later), and a line carries
none exactly where it is on no cycle.

Example: four people move from A to B, one moves from B to A, and one joins B. Five came and went in A and six in B; but over A
and B together only the one who joined is new, and is the difference of what both runs show of them.

Of three runs and more this says nothing: who could count on nobody's value changing for so long might still find one person
among some hundreds, where a tenth of a company moves every night.

Source: Gusfield, "A graph theoretic approach to statistical data security", SIAM Journal on Computing 17 (1988).
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.compiled import compiled

Places = NDArray[np.int64]


@dataclass(frozen=True)
class Bridge:
    """A person who would be told apart."""

    person: int
    cells: frozenset[int]
    """Later cells of the side that the line cuts off from all that is not shown."""


def bridges(then: Places, now: Places) -> list[Bridge]:
    """The people whose value follows from two runs.

    Parameters
    ----------
    then, now
        For each person the cell in either run; -1 where the run shows none.
    """
    (_, then), (cells, now) = _numbered(then), _numbered(now)
    earlier, width = int(then.max(initial=-1)) + 1, int(then.max(initial=-1)) + len(cells) + 2
    after = np.where(now < 0, 0, now + 1 + earlier)
    ends, persons, counts = np.unique((then + 1) * width + after, return_index=True, return_counts=True)
    lines = np.stack([ends // width, ends % width], axis=1)
    top = _tops(width, lines[counts > 1]).tolist()
    within: dict[int, list[int]] = {}
    for node, cell in enumerate(cells.tolist(), start=1 + earlier):
        within.setdefault(top[node], []).append(cell)
    who = persons[counts == 1].tolist()
    return [
        Bridge(who[line], frozenset(cell for node in side for cell in within.get(node, ())))
        for line, side in _cut(_graph(lines[counts == 1].tolist(), top), top[0])
    ]


def _numbered(cells: Places) -> tuple[Places, Places]:
    """The cells there are, and for each person the place among them, -1 as it was."""
    found, place = np.unique(cells, return_inverse=True)
    outside = int((found < 0).sum())
    return found[outside:], place - outside


_Graph = dict[int, list[tuple[int, int]]]
"""By node the nodes that lines join it with, and the lines."""


def _graph(lines: list[list[int]], top: list[int]) -> _Graph:
    graph: _Graph = {top[0]: []}
    for number, (one, other) in enumerate(lines):
        here, there = top[one], top[other]
        if here != there:
            graph.setdefault(here, []).append((there, number))
            graph.setdefault(there, []).append((here, number))
    return graph


@compiled
def _tops(nodes: int, lines: Places) -> Places:
    """For each node the one that stands for all that these lines join."""
    above = np.arange(nodes)
    for line in range(len(lines)):
        one, other = _top(above, lines[line, 0]), _top(above, lines[line, 1])
        above[one] = other
    for node in range(nodes):
        above[node] = _top(above, node)
    return above


@compiled
def _top(above: Places, node: int) -> int:
    while above[node] != node:
        above[node] = above[above[node]]
        node = above[node]
    return node


def _cut(graph: _Graph, ground: int) -> Iterable[tuple[int, list[int]]]:
    """Every bridge, by its line, with the nodes on its side away from the ground (Tarjan's search, without recursion)."""
    number: dict[int, int] = {}
    low: dict[int, int] = {}
    for root in [ground, *graph]:
        if root in number:
            continue
        number[root] = low[root] = len(number)
        order = [root]
        path = [(root, -1, iter(graph[root]))]
        while path:
            node, by, rest = path[-1]
            for there, line in rest:
                if line == by:
                    continue
                if there in number:
                    low[node] = min(low[node], number[there])
                else:
                    number[there] = low[there] = len(number)
                    order.append(there)
                    path.append((there, line, iter(graph[there])))
                    break
            else:
                path.pop()
                if path:
                    low[path[-1][0]] = min(low[path[-1][0]], low[node])
                    if low[node] == number[node]:
                        yield by, order[number[node] - number[root] :]
