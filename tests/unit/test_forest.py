"""Trees read from text: what they are, and every way in which a text is refused."""

import random
import re
import time
import tracemalloc
from collections.abc import Callable

import numpy as np
import pytest

from models import forest, trees
from models.errors import BundleError

TREE = """num_leaves=3
num_cat=1
split_feature=1 0
split_gain=1 1
threshold=0.5 0
decision_type=10 1
left_child=1 -1
right_child=-2 -3
leaf_value=-0.02 0.03 0.01
leaf_weight=30 40 30
leaf_count=30 40 30
internal_value=0 0
internal_weight=100 60
internal_count=100 60
cat_boundaries=0 2
cat_threshold=5 1
is_linear=0
shrinkage=0.1"""
"""Two columns and the interval's; the second split asks for a category."""
TEXT = trees.assemble([TREE, trees.NOTHING, TREE], 3)


def test_a_text_is_read_into_arrays() -> None:
    """Splits and leaves are numbered through all trees; shares are those of the rows that went left."""
    found = forest.parse(TEXT, 2)
    assert found.first_split.tolist() == [0, 2, 2, 4]
    assert found.first_leaf.tolist() == [0, 3, 4, 7]
    assert found.column.tolist() == [1, 0, 1, 0]
    assert found.threshold.tolist() == [0.5, 0.0, 0.5, 0.0]
    assert found.decision.tolist() == [10, 1, 10, 1]
    assert found.left.tolist() == [1, -1, 3, -5]
    assert found.right.tolist() == [-2, -3, -6, -7]
    assert found.share.tolist() == [0.6, 0.5, 0.6, 0.5]
    assert found.value.tolist() == [-0.02, 0.03, 0.01, 0.0, -0.02, 0.03, 0.01]
    assert (found.first_word.tolist(), found.word_count.tolist()) == ([0, 0, 2, 2], [0, 2, 0, 2])
    assert found.words.tolist() == [5, 1, 5, 1]


def test_a_threshold_may_be_infinite() -> None:
    """LightGBM writes it where nulls alone go right."""
    found = forest.parse(trees.assemble([TREE.replace("threshold=0.5 0", "threshold=inf 0")], 3), 2)
    assert found.threshold.tolist() == [np.inf, 0.0]


def _in_tree(old: str, new: str) -> str:
    assert old in TREE
    return trees.assemble([TREE.replace(old, new, 1)], 3)


CHAIN = TREE.replace("left_child=1 -1", "left_child=0 -1")
DAMAGED = {
    "two leaves alike": (_in_tree("right_child=-2 -3", "right_child=-2 -2"), "reached twice or never"),
    "a circle": (_in_tree("left_child=1 -1", "left_child=0 -1"), "reached twice or never"),
    "a child out of range": (_in_tree("left_child=1 -1", "left_child=2 -1"), "out of its range"),
    "a leaf out of range": (_in_tree("right_child=-2 -3", "right_child=-2 -4"), "out of its range"),
    "a huge child": (_in_tree("left_child=1 -1", "left_child=99999999999 -1"), "out of its range"),
    "a column out of range": (_in_tree("split_feature=1 0", "split_feature=3 0"), "a column that is not there"),
    "a negative column": (_in_tree("split_feature=1 0", "split_feature=-1 0"), "out of its range"),
    "too many columns": (_in_tree("split_feature=1 0", "split_feature=1 0 0"), "as many numbers"),
    "too few values": (_in_tree("leaf_value=-0.02 0.03 0.01", "leaf_value=-0.02 0.03"), "as many numbers"),
    "an infinite value": (_in_tree("leaf_value=-0.02", "leaf_value=1e999"), "is not finite"),
    "a value beyond all risks": (_in_tree("leaf_value=-0.02", "leaf_value=-1e7"), "more than a risk can show"),
    "a value in words": (_in_tree("leaf_value=-0.02", "leaf_value=inf"), "a number is none"),
    "no value": (_in_tree("leaf_value=-0.02", "leaf_value=nan"), "a number is none"),
    "an odd value": (_in_tree("leaf_value=-0.02", "leaf_value=-0.0_2"), "a number is none"),
    "half a value": (_in_tree("leaf_value=-0.02", "leaf_value=-0.02e"), "a number is none"),
    "a threshold below all": (_in_tree("threshold=0.5", "threshold=-inf"), "a threshold is not finite"),
    "no threshold": (_in_tree("threshold=0.5", "threshold=nan"), "a number is none"),
    "an unknown kind of split": (_in_tree("decision_type=10", "decision_type=14"), "out of its range"),
    "no row in a leaf": (_in_tree("leaf_count=30", "leaf_count=0"), "out of its range"),
    "rows that do not add up": (_in_tree("internal_count=100", "internal_count=101"), "the rows of a split"),
    "too many leaves": (_in_tree("num_leaves=3", "num_leaves=1025"), "out of its range"),
    "other leaves": (_in_tree("num_leaves=3", "num_leaves=4"), "as many numbers"),
    "no leaf": (_in_tree("num_leaves=3", "num_leaves=0"), "out of its range"),
    "a linear tree": (_in_tree("is_linear=0", "is_linear=1"), "a tree is linear"),
    "coefficients": (_in_tree("shrinkage=0.1", "shrinkage=0.1\nleaf_const=1 2 3"), "one that is not known"),
    "a line twice": (_in_tree("shrinkage=0.1", "shrinkage=0.1\nshrinkage=0.1"), "a line twice"),
    "a line missing": (_in_tree("leaf_count=30 40 30\n", ""), "does not have the line 'leaf_count'"),
    "bounds that fall": (_in_tree("cat_boundaries=0 2", "cat_boundaries=0 0"), "do not rise"),
    "bounds that begin late": (_in_tree("cat_boundaries=0 2", "cat_boundaries=1 2"), "do not rise"),
    "bounds out of range": (_in_tree("cat_boundaries=0 2", "cat_boundaries=0 99999"), "out of its range"),
    "words missing": (_in_tree("cat_threshold=5 1", "cat_threshold=5"), "as many numbers"),
    "a word too large": (_in_tree("cat_threshold=5 1", "cat_threshold=5 4294967296"), "out of its range"),
    "a set out of range": (_in_tree("threshold=0.5 0", "threshold=0.5 1"), "the categories there are"),
    "half a set": (_in_tree("threshold=0.5 0", "threshold=0.5 0.5"), "the categories there are"),
    "no categories": (_in_tree("num_cat=1", "num_cat=0"), "speaks of categories and has none"),
    "categories unsaid": (_in_tree("cat_threshold=5 1\n", ""), "does not say which"),
    "an empty text": ("", "the line 'tree'"),
    "another version": (TEXT.replace("version=v4", "version=v3"), "the line 'version'"),
    "classes": (TEXT.replace("num_class=1", "num_class=3"), "the line 'num_class'"),
    "another objective": (TEXT.replace("objective=binary sigmoid:1", "objective=regression"), "the line 'objective'"),
    "a random forest": (TEXT.replace("label_index=0", "label_index=0\naverage_output"), "the line 'max_feature_idx'"),
    "other columns": (trees.assemble([TREE], 4), "the line 'max_feature_idx'"),
    "columns in another order": (TEXT.replace("Column_0 Column_1", "Column_1 Column_0"), "the line 'feature_names'"),
    "sizes too small": (re.sub(r"tree_sizes=(\d)", r"tree_sizes=1", TEXT), "tree_sizes do not fit"),
    "no sizes": (re.sub(r"tree_sizes=.*", "tree_sizes=", TEXT), "a number is none"),
    "sizes that lead back": (re.sub(r"tree_sizes=", "tree_sizes=-", TEXT), "out of its range"),
    "a tree missing": (TEXT.replace("Tree=1", "Tree=2"), "tree_sizes do not fit"),
    "an end cut off": (TEXT[:-5], "what follows the trees"),
    "more behind the end": (TEXT + "tree\n", "what follows the trees"),
    "letters of another alphabet": (TEXT.replace("0.02", "0.0\u0662"), "not plain"),
}  # fmt: skip


@pytest.mark.parametrize("name", DAMAGED)
def test_a_damaged_text_is_refused(name: str) -> None:
    """With what is wrong in its structure, and no value of it."""
    text, reason = DAMAGED[name]
    with pytest.raises(BundleError, match=reason) as refused:
        forest.parse(text, 2)
    assert not re.search(r"\d", str(refused.value))


HOSTILE: dict[str, Callable[[], str]] = {
    "many lines": lambda: trees.assemble(["\n".join(["num_leaves=1"] * 1_000_000)], 3),
    "many trees": lambda: trees.assemble([trees.NOTHING] * 50_000, 3),
    "many numbers": lambda: trees.assemble([TREE.replace("leaf_value=", "leaf_value=" + "0 " * 5_000_000)], 3),
    "a long number": lambda: trees.assemble([TREE.replace("leaf_count=", "leaf_count=" + "9" * 5_000_000)], 3),
    "many words": lambda: trees.assemble([TREE.replace("0 2", "0 65536").replace("5 1", "5 " * 5_000_000)], 3),
    "a long text": lambda: "tree\n" * 5_000_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_text_is_refused_at_once(name: str) -> None:
    """In little time and with no more memory than a few times its own size."""
    text = HOSTILE[name]()
    tracemalloc.start()
    begun = time.process_time()
    with pytest.raises(BundleError):
        forest.parse(text, 2)
    taken, (_, peak) = time.process_time() - begun, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert taken < 2.0
    assert peak < 5 * len(text)


def test_a_deep_tree_is_read_in_time() -> None:
    """As many leaves as a tree may have, each split below the one before it."""
    leaves = forest.MAX_LEAVES
    counts = list(range(leaves, 1, -1))
    lines = {
        "num_leaves": [leaves], "num_cat": [0], "split_feature": [0] * (leaves - 1), "split_gain": [0] * (leaves - 1),
        "threshold": counts, "decision_type": [2] * (leaves - 1),
        "left_child": [*range(1, leaves - 1), -1], "right_child": range(-2, -leaves - 1, -1),
        "leaf_value": [0] * leaves, "leaf_weight": [1] * leaves, "leaf_count": [1] * leaves,
        "internal_value": [0] * (leaves - 1), "internal_weight": [0] * (leaves - 1), "internal_count": counts,
        "is_linear": [0], "shrinkage": [1],
    }  # fmt: skip
    body = "\n".join(f"{key}=" + " ".join(map(str, values)) for key, values in lines.items())
    assert len(forest.parse(trees.assemble([body] * 20, 2), 1).column) == 20 * (leaves - 1)


def test_a_text_damaged_anywhere_is_refused_or_read(rng: np.random.Generator) -> None:
    """Hundreds of random damages: nothing but `BundleError` comes out, and what is read is a forest."""
    seed = random.Random(int(rng.integers(1 << 30)))
    read = 0
    for _ in range(600):
        place, length = seed.randrange(len(TEXT)), seed.choice([0, 1, 1, 3, 40])
        filler = seed.choice(["", "0", "-", " ", "\n", "9", "\0", "=", "1e", "Tree="])
        try:
            found = forest.parse(TEXT[:place] + filler + TEXT[place + length :], 2)
        except BundleError:
            continue
        read += 1
        assert len(found.left) == len(found.value) - 3
        assert np.isfinite(found.value).all()
    assert read < 300
