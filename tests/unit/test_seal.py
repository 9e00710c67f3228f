"""The seal changes with everything an answer can depend on, and with nothing else."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from models import bundle, seal
from models.bands import Bands
from models.errors import BundleError
from models.linear import Linear, Term, four
from models.manifest import Manifest
from models.risk import RiskModel
from tests import small_models

LINEAR = Linear(
    four([-3.0, -3.0, -3.0, -2.0]),
    (Term("career_tenure_days", True, 0.0, 8.0, four([0.1] * 4), four([0.2] * 4), four([0.0] * 4)),),
)

MEANT: dict[str, Callable[[Manifest], Manifest]] = {
    "an intercept": lambda made: replace(made, linear=replace(made.linear, intercepts=four([-3.0, -3.0, -3.0, -2.1]))),
    "a term": lambda made: replace(made, linear=replace(made.linear, terms=(replace(LINEAR.terms[0], low=1e-9),))),
    "a band": lambda made: replace(made, bands=Bands(0.05, 0.1, 0.21)),
    "what is usual": lambda made: replace(made, typical=(None, *made.typical[1:])),
    "the mode": lambda made: replace(made, mode="tenure"),
}
NOT_MEANT: dict[str, Callable[[Manifest], Manifest]] = {
    "evidence": lambda made: replace(made, evidence=()),
    "a version of a library": lambda made: replace(made, versions={"numpy": "0"}),
    "the seed": lambda made: replace(made, params={"seed": 3}),
}


@pytest.fixture
def text(rng: np.random.Generator) -> str:
    """A small boosted model."""
    return small_models.boosted_text(small_models.matrix(200, rng), rng, rounds=3)


@pytest.fixture
def made(text: str) -> Manifest:
    """Its manifest, sealed."""
    typical = (1.5,) * len(small_models.COLUMNS)
    return seal.sealed(small_models.manifest(text, linear=LINEAR, typical=typical), text)


@pytest.mark.parametrize("what", sorted(MEANT))
def test_what_decides_an_answer_is_sealed(made: Manifest, text: str, what: str) -> None:
    """Each part, changed a little, gives another seal."""
    assert seal.sealed(MEANT[what](made), text).seal != made.seal


@pytest.mark.parametrize("what", sorted(NOT_MEANT))
def test_what_decides_no_answer_is_not_sealed(made: Manifest, text: str, what: str) -> None:
    """What is only told may be corrected."""
    assert seal.sealed(NOT_MEANT[what](made), text).seal == made.seal


def test_every_number_of_the_trees_is_sealed(made: Manifest, text: str) -> None:
    """The last digit of a threshold or of a leaf counts; the gain of a split, which nothing reads, does not."""
    for key, told in (("threshold", True), ("leaf_value", True), ("split_gain", False)):
        at = text.index(f"\n{key}=") + len(key) + 2
        first = text[at:].split(" ", 1)[0].split("\n", 1)[0]
        other = f"{float(first) * 1.001:.17g}"
        changed = text[:at] + other + text[at + len(first) :]
        changed = changed.replace(_size(text), _size(text, len(other) - len(first)), 1)
        assert (seal.sealed(made, changed).seal != made.seal) is told, key


def test_weights_of_comments_are_sealed(made: Manifest, text: str) -> None:
    """Other weights, another seal; and none at all is another again."""
    seals = {seal.sealed(made, text, weights).seal for weights in (None, b"one", b"two")}
    assert len(seals) == 3


def test_a_bundle_that_means_something_else_is_not_loaded(tmp_path: Path, text: str) -> None:
    """Digests mended, golden rows untouched, one band moved: refused by the seal."""
    sound = small_models.sound(tmp_path / "sound", text)
    moved = replace(sound.manifest, bands=Bands(0.05, 0.1, 0.21))
    held = bundle.write(moved, text, sound.card, sound.sheet, tmp_path / "moved")
    with pytest.raises(BundleError, match="do not mean what they did") as refused:
        RiskModel.load(held.path)
    assert refused.value.reason == "seal"
    assert RiskModel.load(sound.path).manifest.seal == sound.manifest.seal


def _size(text: str, more: int = 0) -> str:
    """The head's line of sizes up to the first tree's, made larger by so many bytes."""
    line = next(line for line in text.splitlines() if line.startswith("tree_sizes="))
    return f"tree_sizes={int(line.removeprefix('tree_sizes=').split(' ')[0]) + more} "
