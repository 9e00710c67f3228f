"""LightGBM's text form of trees: many models merged into one, and a table of hazards written as a tree.

A boosted model's log-odds are a sum over its trees, so the mean of several models is one model with all their trees
and every leaf value divided by how many there were. Whatever a model is (bags of boosted trees, a small table), it is
served, explained and checked as one text.

What could tell of a person or of the machine is left out of the text: the range of each feature in the training rows
and the fit's parameters (threads among them).
"""

from collections.abc import Sequence

_TREES = "Tree=0\n"
_END = "end of trees"
FOOT = f"{_END}\n\nfeature_importances:\n\npandas_categorical:null\n"
"""What follows the trees."""
NOTHING = "num_leaves=1\nnum_cat=0\nleaf_value=0\nis_linear=0\nshrinkage=1"
"""The body of a tree that adds nothing."""


def merge(base: str, texts: Sequence[str]) -> str:
    """One model whose log-odds are those of `base` plus the mean of the log-odds of the models in `texts`.

    Parameters
    ----------
    base
        A text made by `table.text`.
    texts
        At least one text of `lightgbm.Booster.model_to_string`, all over the same columns with objective binary.
    """
    share = 1.0 / len(texts)
    scaled = [_scaled(tree, share) for text in texts for tree in split(text)[0]]
    start, columns = split(base)
    return assemble(start + scaled, columns)


def scaled(text: str, share: float) -> str:
    """The same model with its log-odds times `share`."""
    bodies, columns = split(text)
    return assemble([_scaled(tree, share) for tree in bodies], columns)


def summed(texts: Sequence[str], share: float) -> str:
    """One model whose log-odds are `share` times the sum of those of the models in `texts`, at least one."""
    parts = [split(text) for text in texts]
    return assemble([_scaled(tree, share) for bodies, _ in parts for tree in bodies], parts[0][1])


def nothing(columns: int) -> str:
    """The model whose log-odds are 0 for every row of so many columns."""
    return assemble([NOTHING], columns)


def assemble(trees: Sequence[str], columns: int) -> str:
    """A whole model text from the bodies of its trees (without their "Tree=" lines).

    Parameters
    ----------
    columns
        How many columns a row has.
    """
    blocks = [f"Tree={number}\n{tree.strip()}\n\n\n" for number, tree in enumerate(trees)]
    sizes = " ".join(str(len(block)) for block in blocks)
    return "\n".join([*head(columns), f"tree_sizes={sizes}", "", ""]) + "".join(blocks) + FOOT


def head(columns: int) -> list[str]:
    """The lines before the sizes of the trees."""
    return [
        "tree",
        "version=v4",
        "num_class=1",
        "num_tree_per_iteration=1",
        "label_index=0",
        f"max_feature_idx={columns - 1}",
        "objective=binary sigmoid:1",
        "feature_names=" + " ".join(f"Column_{column}" for column in range(columns)),
        "feature_infos=" + " ".join(["[-inf:inf]"] * columns),
    ]


def split(text: str) -> tuple[list[str], int]:
    """The bodies of a text's trees, in order, and how many columns its model reads."""
    line = next(line for line in text.splitlines() if line.startswith("max_feature_idx="))
    body = text[text.index(_TREES) : text.index(_END)]
    return [part.partition("\n")[2] for part in body.split("Tree=")[1:]], int(line.partition("=")[2]) + 1


def _scaled(tree: str, share: float) -> str:
    """The same tree with its values times `share`; counts and splits stay, so contributions scale alike."""
    return "\n".join(_scaled_line(line, share) for line in tree.strip().splitlines())


def _scaled_line(line: str, share: float) -> str:
    key, _, values = line.partition("=")
    if key not in {"leaf_value", "internal_value", "shrinkage"}:
        return line
    return f"{key}=" + " ".join(repr(float(value) * share) for value in values.split())
