"""Trees cut by interval: those every interval shares, and what is left of the others within each interval.

Whoever explains the log-odds of one interval is not asking what the interval contributes: it is given. So in the trees
that ask for it, each such question is answered and taken out. What remains speaks of people alone, its sum is the same
to the last bit, and its mean is one number for everybody. The trees that never ask are explained once for all intervals.

A question that is taken out leaves the shares on the two sides of every other question as they are, so what TreeSHAP
reads as chances is that of the whole tree.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from models import forest
from models.forest import NULL_LEFT, ZERO_MISSING, Forest, Tree
from models.hazard import INTERVALS


@dataclass(frozen=True)
class Slices:
    """Trees that do not ask for the interval; log-odds are those of the shared ones plus the interval's own."""

    forest: Forest
    owner: tuple[int, ...]
    """Whose each tree is: 0 shared, k + 1 interval k's own."""
    number: tuple[int, ...]
    """Which tree of the whole each of them was."""

    def of(self, owner: int) -> Forest:
        """The trees of one owner."""
        kept = [tree for tree, whose in zip(self.forest.trees(), self.owner, strict=True) if whose == owner]
        return forest.flat(kept, self.forest.columns)


def cut(whole: Forest) -> Slices:
    """Cut trees whose last column is the interval's number."""
    interval = whole.columns - 1
    found = list(enumerate(whole.trees()))
    asking = [(number, tree) for number, tree in found if interval in tree.column]
    parts = [(0, number, tree) for number, tree in found if interval not in tree.column]
    for k in range(len(INTERVALS)):
        parts += [(k + 1, number, _within(tree, interval, k)) for number, tree in asking]
    owner, numbers, slices = zip(*parts, strict=True) if parts else ((), (), ())
    return Slices(forest.flat(slices, whole.columns), owner, numbers)


def _within(tree: Tree, column: int, value: int) -> Tree:
    """The tree for rows whose `column` is `value`: no question about it is left."""
    answered = list(range(len(tree.column)))
    for split in reversed(answered):
        if tree.column[split] == column:
            child = (tree.left if _goes_left(tree, split, value) else tree.right)[split]
            answered[split] = answered[child] if child >= 0 else child
    return _kept(tree, answered)


def _kept(tree: Tree, answered: Sequence[int]) -> Tree:
    """What can still be reached of a tree in which each split stands for the split or leaf that is its answer."""
    reached, splits, leaves = {answered[0]}, [], []
    left, right = ([answered[child] if child >= 0 else child for child in side] for side in (tree.left, tree.right))
    for split in range(len(tree.column)):
        if split in reached:
            splits.append(split)
            reached |= {left[split], right[split]}
    leaves = sorted(~child for child in reached if child < 0)
    place = {split: new for new, split in enumerate(splits)} | {~leaf: ~new for new, leaf in enumerate(leaves)}
    return Tree(
        column=[tree.column[split] for split in splits],
        threshold=[tree.threshold[split] for split in splits],
        decision=[tree.decision[split] for split in splits],
        left=[place[left[split]] for split in splits],
        right=[place[right[split]] for split in splits],
        share=[tree.share[split] for split in splits],
        value=[tree.value[leaf] for leaf in leaves],
        bitsets={place[split]: words for split, words in tree.bitsets.items() if split in place},
    )


def _goes_left(tree: Tree, split: int, value: int) -> bool:
    """How a split answers a whole number from 0 on, by LightGBM's rules."""
    kind = tree.decision[split]
    if value == 0 and kind & ZERO_MISSING:
        return bool(kind & NULL_LEFT)
    return value <= tree.threshold[split]
