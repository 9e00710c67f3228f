"""F04, seen from close by: trees in which any number may be any other are refused, or are trees that can be asked."""

import warnings
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models import trees
from models.additive import additive
from models.errors import BundleError
from models.linear import Linear
from tests import followed, small_models

Generator = np.random.Generator

EXTREME: Final = ("-1", "0", "1", "2147483647", "-2147483648", "4294967295", "99999999999", "1e308", "-1e308", "inf",
                  "-inf", "nan", "", "1e400", "5e-324", "-0", "0x10", "1_0", "8", "9", "11", "12", "87", "88", "1.5")  # fmt: skip
VALUES: Final = (np.nan, np.inf, -np.inf, 0.0, -0.0, 1e38, -1e38, 1e-45, 2.0**31, -(2.0**31), 2.0**32, 40.0, 3.5)


def mutated(body: str, rng: Generator) -> str:
    """The body of a tree with one of its numbers changed, doubled, dropped, moved or set to an extreme."""
    lines = body.strip().split("\n")
    at = int(rng.integers(len(lines)))
    key, _, said = lines[at].partition("=")
    values = said.split(" ")
    one, other = (int(rng.integers(len(values))) for _ in range(2))
    match int(rng.integers(5)):
        case 0:
            values[one] = str(rng.choice(EXTREME))
        case 1:
            values[one], values[other] = values[other], values[one]
        case 2:
            values[one] = values[other]
        case 3:
            values[one : one + 1] = [] if rng.random() < 0.5 else [values[one]] * 2
        case _:
            values[one] = str(int(rng.integers(-20, 100)))
    lines[at] = f"{key}={' '.join(values)}"
    return "\n".join(lines)


def mutants(bodies: Sequence[str], rng: Generator, count: int) -> list[str]:
    """So many texts, each with one to three changes, whose sizes agree with what they hold."""
    found = []
    for _ in range(count):
        changed = list(bodies)
        for _ in range(int(rng.integers(1, 4))):
            at = int(rng.integers(len(changed)))
            changed[at] = mutated(changed[at], rng)
        found.append(trees.assemble(changed, len(small_models.COLUMNS) + 1))
    return found


def people(rng: Generator) -> NDArray[np.float32]:
    """Rows with every value that a float can hold and a person should not."""
    rows = (rng.normal(size=(30, len(small_models.COLUMNS))) * 100).astype(np.float32)
    odd = rng.random(rows.shape) < 0.3
    with warnings.catch_warnings(action="ignore"):
        rows[odd] = rng.choice(np.array(VALUES, dtype=np.float32), int(odd.sum()))
    return rows


def test_f04_mutated_trees_are_refused_or_can_be_asked(
    rng: Generator, trial: bool, figures: Callable[..., Path]
) -> None:
    """Whatever is accepted gives finite numbers for any row, and reasons that add up to them."""
    text = followed.trees_text(1)
    bodies, _ = trees.split(text)
    rows, outcomes = people(rng), Counter[str]()
    for mutant in mutants(bodies, rng, 20_000 if trial else 600):
        try:
            score = additive(mutant, Linear(), small_models.COLUMNS)
        except BundleError as error:
            outcomes["refused" if error.reason == "structure" else error.reason] += 1
            continue
        margins, parts = score.margins(rows), score.contributions(rows, 4)
        assert np.isfinite(margins).all()
        assert np.allclose(parts.sum(axis=2), margins, rtol=1e-9, atol=1e-4)
        outcomes["accepted"] += 1
    figures("f04_mutated_trees", outcomes)
    print(dict(outcomes))
    assert min(outcomes["refused"], outcomes["accepted"]) > 30
    assert outcomes.keys() == {"refused", "accepted"}
