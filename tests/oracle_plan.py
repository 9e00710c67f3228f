"""Trees laid out for contributions in plain Python, leaf by leaf: what `models.plan` has to come to, to the last bit."""

import math
from collections.abc import Iterator
from typing import Any

from models.forest import Forest, Tree
from models.layout import questions
from models.plan import QUESTIONS
from models.shapley import BESIDE

Way = tuple[int, list[tuple[int, bool]]]
"""A leaf, and the splits on the way to it, each with whether the way leads left there."""


def ways(tree: Tree, node: int = 0) -> Iterator[Way]:
    """The leaves below a split from left to right."""
    if node < 0 or not tree.left:
        yield ~node, []
        return
    for child, left in ((tree.left[node], True), (tree.right[node], False)):
        yield from ((leaf, [(node, left), *way]) for leaf, way in ways(tree, child))


def mean(tree: Tree) -> float:
    """The mean of a tree over the training rows."""
    below: dict[int, float] = {~leaf: value for leaf, value in enumerate(tree.value)}
    for split in reversed(range(len(tree.left))):
        share = tree.share[split]
        below[split] = share * below[tree.left[split]] + (1.0 - share) * below[tree.right[split]]
    return below[0 if tree.left else ~0]


def dealt(tree: Tree) -> list[list[Way]]:
    """The leaves of each part of a tree; none where it asks nothing."""
    parts: list[list[Way]] = []
    for way in ways(tree) if tree.left else ():
        together = {split for _, steps in [*(parts[-1] if parts else []), way] for split, _ in steps}
        if not parts or len(together) > QUESTIONS:
            parts.append([])
        parts[-1].append(way)
    return parts


def laid(forest: Forest, owner: list[int]) -> dict[str, list[Any]]:
    """What is laid out of some trees, by the names of `Parts`; of a part its firsts, its counts and its scale's bound."""
    asked, of_splits = questions(forest)
    found: dict[str, list[Any]] = {
        name: [] for name in ("parts", "asked", "columns", "leaves", "factors", "conditions")
    }
    for number in sorted(range(len(owner)), key=owner.__getitem__):
        tree, first = forest.trees()[number], int(forest.first_split[number])
        for part in dealt(tree):
            splits = sorted({split for _, way in part for split, _ in way})
            columns = sorted({tree.column[split] for split in splits})
            values = [0.0, *(tree.value[leaf] for leaf, _ in part)]
            starts = (len(found["asked"]), len(found["columns"]), len(found["leaves"]))
            counts = (len(splits), len(columns), len(part))
            found["parts"].append((*starts, *counts, max(values) - min(values)))
            found["asked"] += [int(of_splits[first + split]) for split in splits]
            found["asked"] += [len(asked.thresholds) - 1] * (-len(splits) % BESIDE)
            found["columns"] += [*columns, *[forest.columns - 1] * (-len(columns) % BESIDE)]
            for leaf, way in part:
                _lay(tree, leaf, [(split, splits.index(split), left) for split, left in way], columns, found)
    return found


def _lay(
    tree: Tree, leaf: int, way: list[tuple[int, int, bool]], columns: list[int], found: dict[str, list[Any]]
) -> None:
    met = sorted({tree.column[split] for split, _, _ in way})
    found["leaves"].append((tree.value[leaf], len(found["factors"]), len(met)))
    for column in met:
        own = [step for step in way if tree.column[step[0]] == column]
        share = math.prod(tree.share[split] if left else 1.0 - tree.share[split] for split, _, left in own)
        found["factors"].append((share, columns.index(column), len(found["conditions"]), len(own)))
        found["conditions"] += [(question, int(left)) for _, question, left in own]
