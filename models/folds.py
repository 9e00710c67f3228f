"""Parts of the rows for cross-validation, drawn by person: nobody's rows are ever on both sides of a split."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Folds = NDArray[np.int8]
"""Which part each row is in."""

COUNT: Final = 5


def by_person(person: NDArray[np.integer[Any]], seed: int, count: int = COUNT) -> Folds:
    """Deal the people to `count` parts of equal size, give or take one; all rows of a person go to theirs.

    Parameters
    ----------
    person
        (n,) whose row it is. Who is in which part depends on which people there are, not on the order of the rows.
    seed, count
        How to deal, and to how many parts, at most 127.

    Returns
    -------
    (n,) from 0 to ``count - 1``.
    """
    people, place = np.unique(person, return_inverse=True)
    dealt = np.empty(len(people), dtype=np.int8)
    dealt[np.random.default_rng(seed).permutation(len(people))] = np.arange(len(people)) % count
    return dealt[place]
