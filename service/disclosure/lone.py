"""Who would be told apart by two runs together: people whose value follows from what both show of cells of people.

Each run shows sums over disjoint cells. A person stands in one cell of the earlier run and one of the later (or in none: they
came, went, or nothing is shown there). Make every cell a node, one more node of everything that is not shown, and of every
person a line from the one cell to the other. Then a value is determined by the two runs' sums, if values stay as they were,
exactly where the person's line is a bridge: the only line between the two sides it joins. For the values that all sums leave
open are flows without source or sink (those of the earlier cells counted against those of the later), and a line carries
none exactly where it is on no cycle.

Example: four people move from A to B, one moves from B to A, and one joins B. Five came and went in A and six in B; but over A
and B together only the one who joined is new, and is the difference of what both runs show of them.

Source: Gusfield, "A graph theoretic approach to statistical data security", SIAM Journal on Computing 17 (1988).
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

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
    earlier = int(then.max(initial=-1)) + 1
    after = np.where(now < 0, 0, now + 1 + earlier)
    width = int(after.max(initial=0)) + 1
    ends, persons, counts = np.unique((then + 1) * width + after, return_index=True, return_counts=True)
    lines = np.stack([ends // width, ends % width], axis=1)
    joined = _Joined()
    for one, other in lines[counts > 1].tolist():
        joined.join(one, other)
    cells: dict[int, list[int]] = {}
    for node in np.unique(lines[:, 1]).tolist():
        if node:
            cells.setdefault(joined.top(node), []).append(node - 1 - earlier)
    who = persons[counts == 1].tolist()
    return [
        Bridge(who[line], frozenset(cell for node in side for cell in cells.get(node, ())))
        for line, side in _cut(_graph(lines[counts == 1].tolist(), joined), joined.top(0))
    ]


_Graph = dict[int, list[tuple[int, int]]]
"""By node the nodes that lines join it with, and the lines."""


def _graph(lines: list[list[int]], joined: "_Joined") -> _Graph:
    graph: _Graph = {joined.top(0): []}
    for number, (one, other) in enumerate(lines):
        here, there = joined.top(one), joined.top(other)
        if here != there:
            graph.setdefault(here, []).append((there, number))
            graph.setdefault(there, []).append((here, number))
    return graph


class _Joined:
    """Nodes that several lines join, taken as one."""

    def __init__(self) -> None:
        self._above: dict[int, int] = {}

    def top(self, node: int) -> int:
        path = []
        while (above := self._above.get(node, node)) != node:
            path.append(node)
            node = above
        self._above.update(dict.fromkeys(path, node))
        return node

    def join(self, one: int, other: int) -> None:
        self._above[self.top(one)] = self.top(other)


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
