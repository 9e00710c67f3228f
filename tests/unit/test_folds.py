"""Parts of the rows for cross-validation, dealt by person."""

import numpy as np

from models import folds


def test_no_person_is_in_two_parts(rng: np.random.Generator) -> None:
    """Of a thousand rows of eighty people every person's rows are in one part."""
    person = rng.integers(0, 80, size=1_000)
    fold = folds.by_person(person, seed=3)
    assert all(len(np.unique(fold[person == one])) == 1 for one in np.unique(person))


def test_parts_are_of_equal_size(rng: np.random.Generator) -> None:
    """Eighty-two people are dealt 17, 17, 16, 16 and 16."""
    person = np.repeat(np.arange(82), rng.integers(1, 9, size=82))
    fold = folds.by_person(person, seed=3)
    _, first = np.unique(person, return_index=True)
    assert sorted(np.bincount(fold[first]).tolist()) == [16, 16, 16, 17, 17]


def test_the_order_of_the_rows_changes_nothing(rng: np.random.Generator) -> None:
    """The same rows shuffled are in the same parts; another seed deals anew."""
    person = rng.integers(0, 80, size=1_000)
    order = rng.permutation(1_000)
    assert (folds.by_person(person[order], seed=3) == folds.by_person(person, seed=3)[order]).all()
    assert (folds.by_person(person, seed=4) != folds.by_person(person, seed=3)).any()
