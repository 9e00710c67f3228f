"""What a split asks, laid out for the compiled loops of `kernel`, and trees laid out to be walked.

A split asks one comparison, ``value <= threshold``, whatever LightGBM's rule for missing values: the row is written down
five times (`RULES`), each time with nulls and zeros standing where one rule sends them, and a split's `source` says
which of them it reads. A null that stays null is below no threshold and goes right. A split by category reads a number
of its own, written behind the five, that is below every threshold where the category is in its set. Values have single
precision, and so have the thresholds, rounded down: the same values are below them.
"""

from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.forest import NAN_MISSING, NULL_LEFT, ZERO_MISSING, Forest
from models.leaves import Leaves, leaves

Floats = NDArray[np.float64]

index: Any = np.uintp
"""A position as an unsigned number, which compiled code need not check for counting from the end."""
RULES: Final = 5
NULL_IS_ZERO, NULL_LEFTMOST, NULL_STAYS, ZERO_LEFTMOST, ZERO_IS_NULL = range(RULES)
"""What each writing of a row does with nulls; the last two do it with zeros too."""
_SET: Final = np.dtype([
    ("column", np.int32),
    ("word", np.int32),        # where its bits begin in `words`
    ("word_count", np.int32),
])  # fmt: skip
_STEP: Final = np.dtype([
    ("source", np.uint32),     # where its value stands in what is written down of the row
    ("threshold", np.float32),
    ("left", np.int32),        # a split of the forest, or the complement of a leaf
    ("right", np.int32),
])  # fmt: skip
_ROOT: Final = np.dtype([
    ("first", np.int32),       # a split of the forest, or the complement of a leaf
    ("asks", np.int32),        # whether the tree asks for the interval
])  # fmt: skip


class Walk(NamedTuple):
    """Trees in the order of the text, to ask for their sum."""

    roots: NDArray[Any]
    steps: NDArray[Any]
    values: Floats
    sets: NDArray[Any]
    words: NDArray[np.uint32]
    leaves: Leaves
    """The same trees for many rows at once."""


def walk(forest: Forest) -> Walk:
    """Lay out the trees of a text, which read the interval's number from their last column."""
    roots = np.zeros(len(forest.first_split) - 1, dtype=_ROOT)
    alone = np.diff(forest.first_split) == 0
    roots["first"] = np.where(alone, ~forest.first_leaf[:-1], forest.first_split[:-1])
    asking = np.flatnonzero(forest.column == forest.columns - 1)
    roots["asks"][np.searchsorted(forest.first_split, asking, side="right") - 1] = 1
    steps = np.zeros(len(forest.column), dtype=_STEP)
    steps["source"], steps["threshold"] = sources(forest), rounded_down(forest.threshold)
    steps["left"], steps["right"] = forest.left, forest.right
    many = leaves(forest, steps["source"], steps["threshold"])
    return Walk(roots, steps, forest.value, sets(forest), forest.words, many)


def sources(forest: Forest) -> NDArray[np.uint32]:
    """(splits,) where each split's value stands in what is written down of a row."""
    left, zero, null = (forest.decision & bit > 0 for bit in (NULL_LEFT, ZERO_MISSING, NAN_MISSING))
    rule = np.select(
        [zero & left, zero, null & left, null],
        [ZERO_LEFTMOST, ZERO_IS_NULL, NULL_LEFTMOST, NULL_STAYS],
        NULL_IS_ZERO,
    )
    sources = rule * forest.columns + forest.column
    by_set = forest.word_count > 0
    sources[by_set] = RULES * forest.columns + np.arange(by_set.sum())
    return sources.astype(np.uint32)


def rounded_down(thresholds: Floats) -> NDArray[np.float32]:
    """The greatest number of single precision that is no greater."""
    with np.errstate(over="ignore"):
        rounded = thresholds.astype(np.float32)
    return np.where(rounded > thresholds, np.nextafter(rounded, np.float32(-np.inf)), rounded)


def sets(forest: Forest) -> NDArray[Any]:
    """The categories of each split that asks for one."""
    by_set = np.flatnonzero(forest.word_count)
    sets = np.zeros(len(by_set), dtype=_SET)
    sets["column"], sets["word"] = forest.column[by_set], forest.first_word[by_set]
    sets["word_count"] = forest.word_count[by_set]
    return sets
