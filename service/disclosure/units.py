"""The tree of org units: every path that people have, with all its ancestors, under the company (the empty path).

Example: people in ``Sales/EMEA`` and ``People`` make the nodes ``""``, ``"People"``, ``"Sales"``, ``"Sales/EMEA"``.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

import numpy as np
from numpy.typing import NDArray

COMPANY: Final = ""
"""Path of the root. Whoever has no unit stands there."""

Nodes = NDArray[np.int64]
"""Indices into `Tree.paths`."""
_Number = TypeVar("_Number", np.int64, np.float64)


@dataclass(frozen=True)
class Tree:
    """Org units in an order in which each stands before what is below it."""

    paths: tuple[str, ...]
    """The company first."""
    parent: Nodes
    """Node of the unit right above; -1 for the company."""
    depth: Nodes
    """Steps down from the company."""
    _place: Mapping[str, int] = field(repr=False, compare=False)

    def __len__(self) -> int:
        return len(self.paths)

    def node(self, path: str) -> int | None:
        """The node of a path; None where nobody has it or one below it."""
        return self._place.get(path)

    def nodes(self, paths: Sequence[str | None]) -> Nodes:
        """The node of each path; of one that is not known the lowest above it that is; None is the company's."""
        found = {path: self._lowest(path or COMPANY) for path in set(paths)}
        return np.fromiter(map(found.__getitem__, paths), np.int64, len(paths))

    def _lowest(self, path: str) -> int:
        while path not in self._place:
            path = _above(path)
        return self._place[path]

    def children(self, node: int) -> list[int]:
        """The units right below one."""
        return np.flatnonzero(self.parent == node).tolist()

    def totals(self, here: NDArray[_Number]) -> NDArray[_Number]:
        """For each unit the sum over itself and everything below it.

        Parameters
        ----------
        here
            Of each node alone; shape (nodes,) or (nodes, k).
        """
        sums = here.copy()
        for depth in range(int(self.depth.max()), 0, -1):
            at = np.flatnonzero(self.depth == depth)
            np.add.at(sums, self.parent[at], sums[at])
        return sums


def tree(paths: Iterable[str | None]) -> Tree:
    """The tree that holds these paths; None stands for a unit that is not known."""
    known = {COMPANY}
    for path in {path for path in paths if path}:
        known.update(_ancestors(path))
    ordered = sorted(known, key=_key)
    place: dict[str, int] = {path: node for node, path in enumerate(ordered)}
    parent = [-1] + [place[_above(path)] for path in ordered[1:]]
    depth = np.zeros(len(ordered), np.int64)
    for node, above in enumerate(parent[1:], start=1):
        depth[node] = depth[above] + 1
    return Tree(tuple(ordered), np.asarray(parent, np.int64), depth, place)


def _key(path: str) -> tuple[Any, ...]:
    return tuple(path.split("/")) if path else ()


def _above(path: str) -> str:
    return path.rpartition("/")[0]


def _ancestors(path: str) -> Iterable[str]:
    while path:
        yield path
        path = _above(path)
