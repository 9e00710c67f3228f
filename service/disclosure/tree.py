"""Which units' figures are withheld, so that no difference of what is shown is a figure about a few people.

Two rules, from the top down:

1. A unit with fewer than `FEWEST` people is withheld, and everything below a unit that is withheld.
2. What a shown unit is more than the units shown right below it must be nobody or at least `FEWEST` people. Where it is
   not, the smallest of those is withheld too (of two alike, the first).

So the shown units cut the company into disjoint remainders of at least `FEWEST` people each, and every sum or difference of
shown totals is a sum of whole remainders. This holds where a person stands in one unit only, and each total is one
over a unit and everything below it.

Example: of a unit of 20 people its parts have 12, 6 and 2. The part of 2 is too small, and would be known from the other
three, so the part of 6 is withheld as well.

Source: Hundepool et al., "Statistical Disclosure Control" (Wiley, 2012), chapter 4, on secondary suppression.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

FEWEST: Final = 5
"""Fewer people than this have no figure."""
TOO_FEW: Final = "too_few"
COMPLEMENT: Final = "complement"
HELD: Final = "held"
RETRACTED: Final = "retracted"

REASONS: Final = {
    TOO_FEW: f"Fewer than {FEWEST} people: a figure would speak of each of them.",
    COMPLEMENT: "Beside the other figures it would tell of single people: of a few by subtraction, or of many who are alike.",
    HELD: f"Since this was worked out, fewer than {FEWEST} people came or went: the earlier figure stays, with its date.",
    RETRACTED: "It was worked out from wrong data and taken back; the next run tells it anew.",
}
"""Why a figure is withheld, or an earlier one shown, by its code."""

Counts = NDArray[np.int64]
Flags = NDArray[np.bool_]


def withheld(parent: NDArray[np.int64], counts: Counts) -> Flags:
    """Which figures are not shown.

    Parameters
    ----------
    parent
        For each node the one right above, which stands before it; -1 at a root.
    counts
        People whom a figure is made of, those below a node with its own; shape (nodes, k): k figures that are judged apart.

    Returns
    -------
    NDArray
        Shape (nodes, k).
    """
    shown = counts >= FEWEST
    for nodes in _levels(parent):
        above = parent[nodes]
        shown[nodes] &= shown[above]
        _complement(shown, counts, nodes, above)
    return ~shown


def reason(count: int) -> str:
    """Why a figure over so many people that `withheld` names is not shown."""
    return TOO_FEW if count < FEWEST else COMPLEMENT


def _complement(shown: Flags, counts: Counts, nodes: NDArray[np.int64], above: NDArray[np.int64]) -> None:
    """Withhold the smallest shown node below each whose remainder is too small; `nodes` in order of `above`."""
    starts = np.flatnonzero(np.diff(above, prepend=-1))
    parents = above[starts]
    left = counts[parents] - np.add.reduceat(np.where(shown[nodes], counts[nodes], 0), starts, axis=0)
    short = shown[parents] & (left > 0) & (left < FEWEST)
    for group in np.flatnonzero(short.any(axis=1)):
        mine = nodes[above == parents[group]]
        sizes = np.where(shown[mine], counts[mine], np.iinfo(np.int64).max)
        columns = np.flatnonzero(short[group])
        shown[mine[sizes.argmin(axis=0)[columns]], columns] = False


def _levels(parent: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """The nodes of each level below the roots, from the top, in order of their parents."""
    found = []
    nodes = np.flatnonzero(parent < 0)
    while len(nodes := np.flatnonzero(np.isin(parent, nodes))):
        found.append(nodes[np.argsort(parent[nodes], kind="stable")])
    return found
