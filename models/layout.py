"""What a split asks, laid out for the compiled loops of `kernel`, and trees laid out to be walked.

A split asks one comparison, ``value <= threshold``, whatever LightGBM's rule for missing values: of each row those facts
are written down that some split reads, a column's value with nulls and zeros standing where the split's rule sends them. A
null that stays null is below no threshold and goes right. A split by category reads a fact of its own, which is below every
threshold where the category is in its set. Values have single precision, and so have the thresholds, rounded down: the
same values are below them.
"""

from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.forest import NAN_MISSING, NULL_LEFT, ZERO_MISSING, Forest
from models.leaves import Leaves, leaves

Floats = NDArray[np.float64]

index: Any = np.uintp
"""A position as an unsigned number, which compiled code need not check for counting from the end."""

_NULL, _LEFTMOST = np.nan, -np.inf
_RULES: Final = np.array(
    [(0.0, 0.0), (_LEFTMOST, 0.0), (_NULL, 0.0), (_LEFTMOST, _LEFTMOST), (_NULL, _NULL)], np.float32
)
"""Rules for missing values: what stands for a null and what for 0."""
_NULL_IS_ZERO, _NULL_LEFTMOST, _NULL_STAYS, _ZERO_LEFTMOST, _ZERO_IS_NULL = range(len(_RULES))

_FACT: Final = np.dtype([
    ("column", np.int32),
    ("null", np.float32),      # what stands for a null
    ("zero", np.float32),      # what stands for 0
])  # fmt: skip
_SET: Final = np.dtype([
    ("column", np.int32),
    ("word", np.int32),        # where its bits begin in `words`
    ("word_count", np.int32),
])  # fmt: skip
_STEP: Final = np.dtype([
    ("source", np.uint32),     # which fact of the row it compares
    ("threshold", np.float32),
    ("left", np.int32),        # a split of the forest, or the complement of a leaf
    ("right", np.int32),
])  # fmt: skip
_ROOT: Final = np.dtype([
    ("first", np.int32),       # a split of the forest, or the complement of a leaf
    ("asks", np.int32),        # whether the tree asks for the interval
])  # fmt: skip


class Facts(NamedTuple):
    """What is written down of a row: values of columns, in their order, then whether categories are in sets."""

    values: NDArray[Any]
    sets: NDArray[Any]
    words: NDArray[np.uint32]


class Walk(NamedTuple):
    """Trees in the order of the text, to ask for their sum."""

    facts: Facts
    roots: NDArray[Any]
    steps: NDArray[Any]
    values: Floats
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
    found, steps["source"] = facts(forest)
    steps["threshold"] = rounded_down(forest.threshold)
    steps["left"], steps["right"] = forest.left, forest.right
    many = leaves(forest, steps["source"], steps["threshold"])
    return Walk(found, roots, steps, forest.value, many)


def facts(forest: Forest) -> tuple[Facts, NDArray[np.uint32]]:
    """What the splits read of a row, and (splits,) which of these facts each of them reads."""
    left, zero, null = (forest.decision & bit > 0 for bit in (NULL_LEFT, ZERO_MISSING, NAN_MISSING))
    rule = np.select(
        [zero & left, zero, null & left, null],
        [_ZERO_LEFTMOST, _ZERO_IS_NULL, _NULL_LEFTMOST, _NULL_STAYS],
        _NULL_IS_ZERO,
    )
    by_set = forest.word_count > 0
    read, place = np.unique((forest.column * len(_RULES) + rule)[~by_set], return_inverse=True)
    sources = np.empty(len(rule), dtype=np.uint32)
    sources[~by_set], sources[by_set] = place, len(read) + np.arange(by_set.sum())
    values = np.zeros(len(read), dtype=_FACT)
    values["column"] = read // len(_RULES)
    values["null"], values["zero"] = _RULES[read % len(_RULES)].T
    return Facts(values, _sets(forest, by_set), forest.words), sources


def rounded_down(thresholds: Floats) -> NDArray[np.float32]:
    """The greatest number of single precision that is no greater."""
    with np.errstate(over="ignore"):
        rounded = thresholds.astype(np.float32)
    return np.where(rounded > thresholds, np.nextafter(rounded, np.float32(-np.inf)), rounded)


def _sets(forest: Forest, by_set: NDArray[np.bool_]) -> NDArray[Any]:
    """The categories of each split that asks for one."""
    sets = np.zeros(by_set.sum(), dtype=_SET)
    sets["column"], sets["word"] = forest.column[by_set], forest.first_word[by_set]
    sets["word_count"] = forest.word_count[by_set]
    return sets
