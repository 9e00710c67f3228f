"""Groups that are no part of the tree of units, such as managers' teams, and which of them may be shown beside it.

What is shown of the tree cuts the company into cells. A group that lies in one cell is one more cut of it; a group that
crosses cells is taken apart: of every cell it must take nobody or at least `FEWEST` people, as if each piece were told by
itself. What the shown groups leave of a cell must be nobody or at least `FEWEST` too; where it is not, the group with the
smallest piece there is withheld (of those alike, the first).

So all that is shown together tells no more than sums over disjoint pieces of at least `FEWEST` people each.
"""

import numpy as np
from numpy.typing import NDArray

from service.disclosure.tree import FEWEST

Places = NDArray[np.int64]
NOWHERE = -1
"""The cell, or the group, of whoever is in none."""


def admitted(cells: Places, groups: Places, size: int) -> NDArray[np.bool_]:
    """Which groups may be shown.

    Parameters
    ----------
    cells, groups
        For each person the cell and the group; `NOWHERE` for none. Of those in no cell nothing is shown otherwise, so any
        number of them may be left.
    size
        How many groups there are.
    """
    found = np.zeros(size, np.bool_)
    if not size:
        return found
    pieces, counts = np.unique((cells + 1) * (size + 1) + groups + 1, return_counts=True)
    cell, group = pieces // (size + 1) - 1, pieces % (size + 1) - 1
    found[group[group >= 0]] = True
    found[group[(group >= 0) & (counts < FEWEST)]] = False
    starts = np.flatnonzero(np.diff(cell, prepend=cell[0] - 1)) if len(cell) else np.zeros(0, np.int64)
    shown = (group >= 0) & found[group]
    left = np.add.reduceat(np.where(shown, 0, counts), starts) if len(starts) else starts
    ends = np.append(starts[1:], len(cell))
    short = (cell[starts] >= 0) & (left > 0) & (left < FEWEST)
    for start, end in zip(starts[short], ends[short], strict=True):
        _withdraw(found, group[start:end], counts[start:end])
    return found


def _withdraw(found: NDArray[np.bool_], group: Places, counts: Places) -> None:
    """Withhold the group with the smallest piece of a cell, unless another cell's sake has left enough people by now."""
    shown = (group >= 0) & found[group]
    if shown.any() and 0 < counts[~shown].sum() < FEWEST:
        found[group[shown][counts[shown].argmin()]] = False
