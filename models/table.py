"""A small table of hazards, by bins of one column and interval, written as a LightGBM tree.

So a model that knows only tenure, or only the base rate, is served, explained and checked like any other.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from models import trees

_NULL_GOES_LEFT = 10
"""LightGBM's `decision_type`: missing is NaN (8), and goes left (2)."""


@dataclass(frozen=True)
class _Leaf:
    value: float
    count: int


@dataclass(frozen=True)
class _Split:
    """Values up to `threshold` of `column` go left."""

    column: int
    threshold: float
    left: "_Split | _Leaf"
    right: "_Split | _Leaf"

    @property
    def count(self) -> int:
        return self.left.count + self.right.count


def text(
    margins: Sequence[Sequence[float]],
    counts: Sequence[Sequence[int]],
    edges: Sequence[float],
    column: int,
    columns: int,
) -> str:
    """The table as a model text.

    Parameters
    ----------
    margins
        (bins, intervals) log-odds of the hazards; at least two intervals.
    counts
        (bins, intervals) rows behind each cell, at least 1: contributions are relative to the mean over them.
    edges
        The ``bins - 1`` values of the column from which the next bin begins, rising. Null falls into the first bin.
    column
        The column that is binned; the last of `columns` holds the interval's number.
    columns
        How many columns a row has, the interval's included.
    """
    steps = [interval - 0.5 for interval in range(1, len(margins[0]))]
    rows = [
        _grow(columns - 1, steps, [_Leaf(float(m), int(n)) for m, n in zip(values, numbers, strict=True)])
        for values, numbers in zip(margins, counts, strict=True)
    ]
    written = _Arrays()
    written.add(_grow(column, [_below(edge) for edge in edges], rows))
    return trees.assemble([written.text()], columns)


def _below(edge: float) -> float:
    """A threshold that sends `edge` right and every smaller value of single precision left."""
    return edge - abs(edge) * 2.0**-30


def _grow(column: int, thresholds: Sequence[float], parts: Sequence[_Split | _Leaf]) -> _Split | _Leaf:
    """A balanced tree over `parts`, which `thresholds` of one column tell apart."""
    if len(parts) == 1:
        return parts[0]
    middle = len(parts) // 2
    left = _grow(column, thresholds[: middle - 1], parts[:middle])
    return _Split(column, thresholds[middle - 1], left, _grow(column, thresholds[middle:], parts[middle:]))


@dataclass
class _Arrays:
    """The arrays LightGBM writes a tree as: splits in preorder, leaves from left to right."""

    splits: list[_Split] = field(default_factory=list)
    children: list[tuple[int, int]] = field(default_factory=list)
    leaves: list[_Leaf] = field(default_factory=list)

    def add(self, node: _Split | _Leaf) -> int:
        """Append a node with all below it; its index, for a leaf the complement of it."""
        if isinstance(node, _Leaf):
            self.leaves.append(node)
            return -len(self.leaves)
        index = len(self.splits)
        self.splits.append(node)
        self.children.append((0, 0))
        self.children[index] = (self.add(node.left), self.add(node.right))
        return index

    def text(self) -> str:
        """The body of a tree."""
        zeros = [0] * len(self.splits)
        lines: dict[str, Sequence[float]] = {
            "num_leaves": [len(self.leaves)],
            "num_cat": [0],
            "split_feature": [split.column for split in self.splits],
            "split_gain": zeros,
            "threshold": [split.threshold for split in self.splits],
            "decision_type": [_NULL_GOES_LEFT] * len(self.splits),
            "left_child": [left for left, _ in self.children],
            "right_child": [right for _, right in self.children],
            "leaf_value": [leaf.value for leaf in self.leaves],
            "leaf_weight": [leaf.count for leaf in self.leaves],
            "leaf_count": [leaf.count for leaf in self.leaves],
            "internal_value": zeros,
            "internal_weight": zeros,
            "internal_count": [split.count for split in self.splits],
            "is_linear": [0],
            "shrinkage": [1],
        }
        return "\n".join(f"{key}=" + " ".join(repr(value) for value in values) for key, values in lines.items())
