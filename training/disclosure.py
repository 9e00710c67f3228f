"""Which counts of a table must be kept back so that no small one is told, and none can be worked out from the total.

Example: 60, 3 and 40 leavers in three groups, and 103 in all is known. The 3 is kept back, and with it the next
smallest, 40: else 103 - 60 - 40 would tell it.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

LEAST: Final = 5
"""The smallest count that is told; nought is not told either, since it says of everybody that they did not."""


def kept_back(counts: Sequence[int] | NDArray[np.int64]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Counts to keep back when their total is known.

    Returns
    -------
    Those too small to be told; and those kept back for their sake, the smallest first, until at least two are kept
    back that are `LEAST` together.

    Source: Hundepool and others, "Statistical Disclosure Control" (2012), chapter 4: primary and secondary suppression.

    Examples
    --------
    >>> small, shield = kept_back([60, 3, 40])
    >>> small.tolist(), shield.tolist()
    ([False, True, False], [False, False, True])
    """
    values = np.asarray(counts, dtype=np.int64)
    small = values < LEAST
    hidden = small.copy()
    for at in np.argsort(values, kind="stable"):
        if not hidden.any() or (hidden.sum() >= 2 and values[hidden].sum() >= LEAST):
            break
        hidden[at] = True
    return small, hidden & ~small
