"""The trees of a bundle, read from LightGBM's text into flat arrays, refused where they are not well formed.

LightGBM itself trusts its text: a child that is not there ends the process that loads it, and two that lead in a circle
never end. Here nothing is trusted. The text has the form that `trees.assemble` writes, to the letter where it can have
but one; sizes are compared before memory is taken; and a tree is a tree: every split and every leaf hangs below exactly
one earlier split. What is refused is named by its kind, never by what was read.

    Tree=0                                     split 0: column 3 <= 0.5 ?
    num_leaves=3                                 yes: split 1: column 7 <= 2.5 ?
    split_feature=3 7                                   yes: leaf 0     -.02
    threshold=0.5 2.5                                   no:  leaf 2      .01
    left_child=1 -1                              no:  leaf 1     .03
    right_child=-2 -3
    leaf_value=-0.02 0.03 0.01                 a leaf is written as the complement of its number

A threshold of `inf` is well formed: LightGBM writes it where every value goes left and nulls alone go right.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, NoReturn, TypeVar

import numpy as np
from numpy.typing import NDArray

from models import trees
from models.errors import BundleError

MAX_CHARACTERS: Final = 16 * 1024 * 1024
MAX_COLUMNS: Final = 10_000
MAX_TREES: Final = 10_000
MAX_LEAVES: Final = 1_024
"""Leaves of one tree; the larger ones that are served have 15."""
MAX_WORDS: Final = 65_536
"""32-bit words that the categories of one tree may fill."""
MAX_VALUE: Final = 1e6
"""Log-odds that one leaf may add: far beyond what any risk can show, and sums of it stay exact enough to explain."""
CATEGORICAL: Final = 1
"""`decision_type`: the column holds a category; those in the split's bitset go left."""
NULL_LEFT: Final = 2
"""`decision_type`: a missing value goes left."""
ZERO_MISSING: Final = 4
"""`decision_type`: nulls and zeros are missing."""
NAN_MISSING: Final = 8
"""`decision_type`: nulls are missing. Where neither bit is set, a null counts as 0."""

_MOST: Final = 2**31 - 1
_OF_SPLITS: Final = frozenset({
    "split_feature", "split_gain", "threshold", "decision_type", "left_child", "right_child",
    "internal_value", "internal_weight", "internal_count",
})  # fmt: skip
_OF_LEAVES: Final = frozenset({"leaf_value", "leaf_weight", "leaf_count"})
_OF_CATEGORIES: Final = frozenset({"cat_boundaries", "cat_threshold"})
_OF_TREES: Final = frozenset({"num_leaves", "num_cat", "is_linear", "shrinkage"})
_KNOWN: Final = _OF_SPLITS | _OF_LEAVES | _OF_CATEGORIES | _OF_TREES
_ALONE: Final = frozenset({"leaf_value", *_OF_TREES})
"""What a tree of one leaf must say; the rest may be empty or missing."""
_Number = TypeVar("_Number", int, float)

Ints = NDArray[np.int32]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Forest:
    """Trees laid end to end. Splits and leaves are numbered through all trees, a split after the one it hangs below."""

    columns: int
    """How many columns a row has, the interval's included."""
    first_split: Ints
    """(trees + 1,) where each tree's splits begin; the first is its root. A tree of one leaf has none."""
    first_leaf: Ints
    """(trees + 1,) where each tree's leaves begin."""
    column: Ints
    """(splits,) the column that is asked."""
    threshold: Floats
    """(splits,) values up to it go left; nothing where the column is categorical."""
    decision: NDArray[np.uint8]
    """(splits,) LightGBM's `decision_type`."""
    left: Ints
    """(splits,) where those who go left come to: a split, or the complement of a leaf."""
    right: Ints
    """(splits,)"""
    share: Floats
    """(splits,) how many of a hundred training rows that reach the split went left, as a share between 0 and 1."""
    first_word: Ints
    """(splits,) where a categorical split's bitset begins in `words`."""
    word_count: Ints
    """(splits,) how many words it has; 0 where the column is numeric."""
    words: NDArray[np.uint32]
    value: Floats
    """(leaves,) what each adds to the log-odds."""

    def trees(self) -> "list[Tree]":
        """The trees one by one."""
        splits, leaves = self.first_split.tolist(), self.first_leaf.tolist()
        return [self._tree(*place) for place in zip(splits, splits[1:], leaves, leaves[1:], strict=False)]

    def _tree(self, start: int, end: int, leaf: int, last: int) -> "Tree":
        """The tree of the splits from `start` to `end` and the leaves from `leaf` to `last`, ends not included."""

        def children(side: Ints) -> list[int]:
            return [child - start if child >= 0 else child + leaf for child in side[start:end].tolist()]

        bounds = zip(self.first_word[start:end].tolist(), self.word_count[start:end].tolist(), strict=True)
        return Tree(
            column=self.column[start:end].tolist(),
            threshold=self.threshold[start:end].tolist(),
            decision=self.decision[start:end].tolist(),
            left=children(self.left),
            right=children(self.right),
            share=self.share[start:end].tolist(),
            value=self.value[leaf:last].tolist(),
            bitsets={split: self.words[at : at + n].tolist() for split, (at, n) in enumerate(bounds) if n},
        )


@dataclass(frozen=True)
class Tree:
    """One tree, its splits and leaves numbered from 0; fields as in `Forest`."""

    column: Sequence[int]
    threshold: Sequence[float]
    decision: Sequence[int]
    left: Sequence[int]
    right: Sequence[int]
    share: Sequence[float]
    value: Sequence[float]
    bitsets: Mapping[int, Sequence[int]]
    """The words of each categorical split."""


def parse(text: str, columns: int) -> Forest:
    """Read and check the trees of a bundle.

    Parameters
    ----------
    text
        A text that `trees.assemble` wrote.
    columns
        How many columns the feature matrix has; the trees read one more, the interval's number.

    Raises
    ------
    BundleError
        The text is not well formed; the message says in what respect.
    """
    if len(text) > MAX_CHARACTERS or not text.isascii():
        _refuse("the text is too long or not plain")
    if columns > MAX_COLUMNS:
        _refuse("there are too many columns")
    found = [_tree(block) for block in _blocks(text, columns + 1)]
    if any(column > columns for tree in found for column in tree.column):
        _refuse("a split asks for a column that is not there")
    if any(tree.column[split] == columns for tree in found for split in tree.bitsets):
        _refuse("a split takes the interval for a category")
    return flat(found, columns + 1)


def flat(parts: Sequence[Tree], columns: int) -> Forest:
    """Trees laid end to end; `columns` counts the interval's."""
    first_split = np.cumsum([0, *(len(tree.column) for tree in parts)], dtype=np.int32)
    first_leaf = np.cumsum([0, *(len(tree.value) for tree in parts)], dtype=np.int32)
    starts = list(zip(parts, first_split.tolist(), first_leaf.tolist(), strict=False))

    def child(side: str) -> Ints:
        return np.array([c + s if c >= 0 else c - v for t, s, v in starts for c in getattr(t, side)], dtype=np.int32)

    bitsets = {start + split: words for tree, start, _ in starts for split, words in tree.bitsets.items()}
    word_count = np.zeros(first_split[-1], dtype=np.int32)
    word_count[list(bitsets)] = [len(words) for words in bitsets.values()]
    return Forest(
        columns=columns,
        first_split=first_split,
        first_leaf=first_leaf,
        column=np.array([c for tree in parts for c in tree.column], dtype=np.int32),
        threshold=np.array([t for tree in parts for t in tree.threshold], dtype=np.float64),
        decision=np.array([d for tree in parts for d in tree.decision], dtype=np.uint8),
        left=child("left"),
        right=child("right"),
        share=np.array([s for tree in parts for s in tree.share], dtype=np.float64),
        first_word=np.asarray(np.cumsum(word_count) - word_count, dtype=np.int32),
        word_count=word_count,
        words=np.array([word for split in sorted(bitsets) for word in bitsets[split]], dtype=np.uint32),
        value=np.array([v for tree in parts for v in tree.value], dtype=np.float64),
    )


def _blocks(text: str, columns: int) -> list[str]:
    """The lines of each tree, once head, sizes and foot are what they must be."""
    head = "\n".join([*trees.head(columns), "tree_sizes="])
    if not text.startswith(head):
        _refuse_head(text[: len(head)].split("\n"), head.split("\n"))
    end = text.find("\n\n", len(head))
    said = text[len(head) : max(end, 0)]
    if said.count(" ") >= MAX_TREES:
        _refuse("there are too many trees")
    sizes = _integers(said, said.count(" ") + 1, 1, len(text))
    blocks, start = [], end + 2
    for number, size in enumerate(sizes):
        block = text[start : start + size]
        opening = f"Tree={number}\n"
        if len(block) < size or not (block.startswith(opening) and block.endswith("\n\n\n")):
            _refuse("the tree_sizes do not fit the trees")
        blocks.append(block[len(opening) : -3])
        start += size
    if text[start:] != trees.FOOT:
        _refuse("what follows the trees is not their end")
    return blocks


def _refuse_head(found: Sequence[str], expected: Sequence[str]) -> NoReturn:
    """Name the first line that is not the one it has to be."""
    wrong = next((line for line, is_ in zip(expected, found, strict=False) if line != is_), expected[-1])
    _refuse(f"the line {wrong.partition('=')[0]!r} is not that of a binary model over the bundle's columns")


def _tree(block: str) -> Tree:
    """One tree, checked."""
    lines = _lines(block)
    leaves = _integer(lines["num_leaves"], 1, MAX_LEAVES)
    categories = _integer(lines["num_cat"], 0, leaves - 1)
    if lines["is_linear"] != "0":
        _refuse("a tree is linear")
    _reals(lines["shrinkage"], 1)
    value = _reals(lines["leaf_value"], leaves)
    if max(map(abs, value)) > MAX_VALUE:
        _refuse("a leaf adds more than a risk can show")
    if leaves == 1:
        return Tree((), (), (), (), (), (), value, {})
    if missing := (_OF_SPLITS | _OF_LEAVES) - set(lines):
        _refuse(f"a tree does not have the line {min(missing)!r}")
    for name in ("split_gain", "internal_value", "internal_weight"):
        _reals(lines[name], leaves - 1)
    _reals(lines["leaf_weight"], leaves)
    splits = leaves - 1
    left, right = (_integers(lines[f"{side}_child"], splits, -leaves, splits - 1) for side in ("left", "right"))
    _check_tree(left, right)
    decision = _integers(lines["decision_type"], splits, 0, NULL_LEFT + NAN_MISSING + CATEGORICAL)
    threshold = _thresholds(lines["threshold"], splits)
    return Tree(
        column=_integers(lines["split_feature"], splits, 0, _MOST),
        threshold=threshold,
        decision=decision,
        left=left,
        right=right,
        share=_shares(lines, left, right),
        value=value,
        bitsets=_bitsets(lines, categories, decision, threshold),
    )


def _lines(block: str) -> dict[str, str]:
    """What a tree says, by key."""
    if block.count("\n") > len(_KNOWN):
        _refuse("a tree says more than it can")
    pairs = [line.partition("=") for line in block.split("\n")]
    lines = {key: said for key, _, said in pairs}
    if len(lines) < len(pairs) or not _ALONE <= lines.keys() <= _KNOWN:
        _refuse("a tree has a line twice, one that is not known, or not all it needs")
    return lines


def _check_tree(left: Sequence[int], right: Sequence[int]) -> None:
    """Each split but the root and each leaf hangs below exactly one split, a split below an earlier one."""
    splits = len(left)
    below = sorted([*left, *right])
    if below != [*range(-splits - 1, 0), *range(1, splits)]:
        _refuse("a split or a leaf of a tree is reached twice or never")
    if any(0 <= child <= split for side in (left, right) for split, child in enumerate(side)):
        _refuse("a tree leads back to a split it came from")


def _shares(lines: Mapping[str, str], left: Sequence[int], right: Sequence[int]) -> list[float]:
    """For each split the share of its rows that went left."""
    of_leaves = _integers(lines["leaf_count"], len(left) + 1, 1, _MOST)
    of_splits = _integers(lines["internal_count"], len(left), 1, _MOST)

    def rows(child: int) -> int:
        return of_splits[child] if child >= 0 else of_leaves[~child]

    if any(count != rows(a) + rows(b) for count, a, b in zip(of_splits, left, right, strict=True)):
        _refuse("the rows of a split are not those of its two sides")
    return [rows(child) / count for child, count in zip(left, of_splits, strict=True)]


def _bitsets(
    lines: Mapping[str, str], categories: int, decision: Sequence[int], threshold: Sequence[float]
) -> dict[int, list[int]]:
    """The categories that go left, for each split that asks for one; its "threshold" is its number among them."""
    asked = {split: threshold[split] for split, kind in enumerate(decision) if kind & CATEGORICAL}
    if not categories:
        if asked or _OF_CATEGORIES & set(lines):
            _refuse("a tree speaks of categories and has none")
        return {}
    if not lines.keys() >= _OF_CATEGORIES:
        _refuse("a tree has categories and does not say which")
    bounds = _integers(lines["cat_boundaries"], categories + 1, 0, MAX_WORDS)
    if bounds[0] != 0 or any(end <= start for start, end in pairwise(bounds)):
        _refuse("the boundaries of the categories do not rise")
    words = _integers(lines["cat_threshold"], bounds[-1], 0, 2**32 - 1)
    if sorted(asked.values()) != list(range(categories)):
        _refuse("the splits by category do not ask for the categories there are")
    return {split: words[bounds[int(which)] : bounds[int(which) + 1]] for split, which in asked.items()}


def _integer(said: str, least: int, most: int) -> int:
    return _integers(said, 1, least, most)[0]


def _integers(said: str, count: int, least: int, most: int) -> list[int]:
    """Exactly `count` whole numbers from `least` to `most`, last included."""
    numbers = _numbers(said, count, "0123456789- ", int)
    if min(numbers) < least or max(numbers) > most:
        _refuse("a whole number is out of its range")
    return numbers


def _reals(said: str, count: int) -> list[float]:
    """Exactly `count` finite numbers."""
    numbers = _numbers(said, count, "0123456789-+.e ", float)
    if not all(map(math.isfinite, numbers)):
        _refuse("a number is not finite")
    return numbers


def _thresholds(said: str, count: int) -> list[float]:
    """Exactly `count` numbers; infinity is one of them, less than nothing is not."""
    numbers = _numbers(said, count, "0123456789-+.einf ", float)
    if not all(number > -math.inf for number in numbers):
        _refuse("a threshold is not finite")
    return numbers


def _numbers(said: str, count: int, alphabet: str, read: Callable[[str], _Number]) -> list[_Number]:
    """Numbers with a space between; counted before they are split."""
    if said.count(" ") != count - 1:
        _refuse("a line does not hold as many numbers as the tree says")
    if said.strip(alphabet):
        _refuse("a number is none")
    try:
        return [read(word) for word in said.split(" ")]
    except ValueError:
        _refuse("a number is none")


def _refuse(reason: str) -> NoReturn:
    raise BundleError(f"The trees of the bundle are not well formed: {reason}.") from None
