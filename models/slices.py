"""A model text cut by interval: the trees every interval shares, and what is left of the others within each interval.

Whoever explains the log-odds of one interval is not asking what the interval contributes: it is given. So in the trees
that ask for it, each such question is answered and taken out. What remains speaks of people alone, its sum is the same
to the last bit, and its mean is one number for everybody. The trees that never ask are explained once for all intervals.

A branch that is taken out hands its share of the rows to the branch that stays, so that the shares on the two sides of
every remaining question, which TreeSHAP reads as chances, are those of the whole tree.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from models import trees
from models.hazard import INTERVALS

_ROWS: Final = 1 << 30
"""Rows at the top of a cut tree; LightGBM's counts are 32-bit integers."""


@dataclass(frozen=True)
class Slices:
    """Texts over the columns of the feature matrix, the interval's column gone; log-odds are shared plus own."""

    shared: str
    own: tuple[str, ...]
    """One text an interval."""


def cut(text: str) -> Slices:
    """Cut a model text whose last column is the interval's number."""
    bodies, columns = trees.split(text)
    interval = columns - 1
    parsed = [_Tree.read(body) for body in bodies]
    asks = [str(interval) in tree.lines.get("split_feature", ()) for tree in parsed]
    shared = [body for body, asked in zip(bodies, asks, strict=True) if not asked]
    cuts = [tree for tree, asked in zip(parsed, asks, strict=True) if asked]
    own = [[tree.within(interval, k) for tree in cuts] for k in range(len(INTERVALS))]
    return Slices(_assembled(shared, interval), tuple(_assembled(each, interval) for each in own))


def _assembled(bodies: Sequence[str], columns: int) -> str:
    return trees.assemble(bodies or [trees.NOTHING], columns)


@dataclass(frozen=True)
class _Tree:
    """A tree as LightGBM writes it; nodes from 0, a leaf is the complement of its index."""

    lines: Mapping[str, Sequence[str]]
    left: Sequence[int]
    right: Sequence[int]

    @staticmethod
    def read(body: str) -> "_Tree":
        lines = {key: value.split() for key, _, value in (line.partition("=") for line in body.strip().splitlines())}
        left, right = ([int(child) for child in lines.get(f"{side}_child", ())] for side in ("left", "right"))
        return _Tree(lines, left, right)

    def within(self, column: int, value: int) -> str:
        """The body of the tree for rows whose `column` is `value`: no question about it is left."""
        kept = _Kept(self, column, value)
        kept.add(0, _ROWS)
        return kept.body() if kept.nodes else trees.NOTHING.replace("leaf_value=0", f"leaf_value={kept.leaves[0][0]}")

    def rows(self, node: int) -> int:
        return int(self.lines["internal_count"][node] if node >= 0 else self.lines["leaf_count"][~node])


@dataclass
class _Kept:
    """What remains of a tree, in preorder: nodes with their rows, leaves with their values and rows."""

    tree: _Tree
    column: int
    value: int
    nodes: list[tuple[int, int]] = field(default_factory=list)
    children: list[tuple[int, int]] = field(default_factory=list)
    leaves: list[tuple[str, int]] = field(default_factory=list)

    def add(self, node: int, rows: int) -> int:
        """Append what `node` leads to, standing for `rows` rows; its index, for a leaf the complement of it."""
        node = self._answered(node)
        if node < 0:
            self.leaves.append((self.tree.lines["leaf_value"][~node], rows))
            return -len(self.leaves)
        index = len(self.nodes)
        self.nodes.append((node, rows))
        self.children.append((0, 0))
        left, right = self.tree.left[node], self.tree.right[node]
        share = self.tree.rows(left) / (self.tree.rows(left) + self.tree.rows(right))
        on_left = max(1, round(rows * share))
        self.children[index] = (self.add(left, on_left), self.add(right, max(1, rows - on_left)))
        return index

    def body(self) -> str:
        """The body of the tree that remains; lines of categorical splits stay as they are."""
        carried = [key for key in _OF_NODES if key in self.tree.lines]
        of_nodes = {key: [self.tree.lines[key][node] for node, _ in self.nodes] for key in carried}
        counts = [rows for _, rows in self.leaves]
        lines: dict[str, Sequence[object]] = {
            **self.tree.lines,
            **of_nodes,
            "num_leaves": [len(self.leaves)],
            "left_child": [left for left, _ in self.children],
            "right_child": [right for _, right in self.children],
            "leaf_value": [value for value, _ in self.leaves],
            "leaf_weight": counts,
            "leaf_count": counts,
            "internal_count": [rows for _, rows in self.nodes],
        }
        return "\n".join(f"{key}=" + " ".join(map(str, values)) for key, values in lines.items())

    def _answered(self, node: int) -> int:
        """The node that a row reaches from `node` once the questions about the column are answered."""
        lines = self.tree.lines
        while node >= 0 and int(lines["split_feature"][node]) == self.column:
            node = (self.tree.left if self.value <= float(lines["threshold"][node]) else self.tree.right)[node]
        return node


_OF_NODES: Final = (
    "split_feature", "split_gain", "threshold", "decision_type", "internal_value", "internal_weight",
)  # fmt: skip
"""Lines with one value a node that are carried over."""
