"""What of a figure is shown, by unit and month; the rest is withheld, with a code that says why.

A figure is shown for five people or more, and only where it cannot be worked out from others for fewer. Where everybody
gives the same answer it is withheld, and so is what would tell it by subtraction. That somebody answered, asked or wrote at
all is personal as well, but that everybody or nobody of five people or more did sets none of them apart: what would tell it
of fewer is withheld.

A month's personal values stand as they were first shown, whatever came on record since: else the difference of two runs would
be a figure about the few people whose records came between, or about many who all say the same. The whole month stays, also
where nothing has changed: that nothing did would tell of whoever came or went.

Example: a unit of 30 has three parts of 10, and all of one part have answered "10". That part is withheld; since the other
two would give it away, one of them, drawn, is withheld as well. Both bear the same code: of which of them it is that all
answered alike nothing must tell, neither a code nor a rule by which the other is chosen.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.company import Fixed
from features.compiled import compiled
from service.dashboard.codes import IS_COMPLEMENT, IS_TOO_FEW, MIXED, NO_DATA, NOT_CLOSED, SHOWN
from service.dashboard.measured import Measured, Side
from service.disclosure.tree import FEWEST, withheld

Cells = NDArray[np.uint8]
_Sides = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_], NDArray[np.int64]]


@dataclass(frozen=True)
class Line:
    """One figure as it may be shown, by unit and month; shape (units, months)."""

    codes: Cells
    """Index into `CODES`."""
    values: NDArray[np.float32]
    people: NDArray[np.uint32]

    @property
    def visible(self) -> NDArray[np.bool_]:
        """Where there is a value."""
        return is_visible(self.codes)

    def columns(self, chosen: NDArray[np.int64]) -> "Line":
        """Some months."""
        return Line(*(part[:, chosen] for part in vars(self).values()))


def is_visible(codes: Cells) -> NDArray[np.bool_]:
    """Which codes stand beside a value."""
    return np.asarray(codes == SHOWN)


def line(found: Measured, parent: NDArray[np.int64], drawn: NDArray[np.float64]) -> Line:
    """What may be shown of a figure, with no earlier run in mind.

    Parameters
    ----------
    drawn
        Numbers that nobody who is told can know, shape (units, months): of the parts of which one has to be withheld beside
        another it is the one with the least.
    """
    codes = _codes(found, parent, drawn)
    shown = codes == SHOWN
    return Line(
        codes,
        np.where(shown, found.value, np.nan).astype(np.float32),
        np.where(shown, found.people, 0).astype(np.uint32),
    )


def beside(found: Line, value: NDArray[np.float64]) -> Line:
    """Another number of the same people: shown where the figure is."""
    return Line(found.codes, np.where(found.visible, value, np.nan).astype(np.float32), found.people)


def _codes(found: Measured, parent: NDArray[np.int64], drawn: NDArray[np.float64]) -> Cells:
    hidden = withheld(parent, found.people)
    codes = np.where(hidden, np.where(found.people < FEWEST, IS_TOO_FEW, IS_COMPLEMENT), SHOWN).astype(np.uint8)
    if found.sides:
        _speak(codes, drawn, found.sides, parent)
    codes[(codes == SHOWN) & np.isnan(found.value)] = NO_DATA
    if found.single is not None:
        codes[~found.single] = np.where(codes[~found.single] == SHOWN, MIXED, codes[~found.single])
    if found.closed is not None:
        codes[:, ~found.closed] = NOT_CLOSED
    return codes


def _speak(codes: Cells, drawn: NDArray[np.float64], sides: Sequence[Side], parent: NDArray[np.int64]) -> None:
    """Withhold what would speak of everybody, and what would by subtraction, in place."""
    child, sibling = np.full(len(parent), -1, np.int64), np.full(len(parent), -1, np.int64)
    for node in range(len(parent) - 1, 0, -1):
        child[parent[node]], sibling[node] = node, child[parent[node]]
    amounts, of = (np.stack([getattr(side, name) for side in sides]) for name in ("amount", "of"))
    few = np.array([side.few for side in sides])
    least = np.stack([np.broadcast_to(np.asarray(side.least, np.int64), codes.shape[1]) for side in sides])
    _withhold(codes, drawn, (amounts, of, few, least), parent, child, sibling)


@compiled
def _withhold(
    codes: Cells,
    drawn: NDArray[np.float64],
    sides: _Sides,
    parent: NDArray[np.int64],
    child: NDArray[np.int64],
    sibling: NDArray[np.int64],
) -> None:
    amounts, _, _, limits = sides
    for c in range(codes.shape[1]):
        for node in range(codes.shape[0]):
            above = parent[node]
            if above >= 0 and codes[node, c] == SHOWN and codes[above, c] != SHOWN:
                codes[node, c] = IS_COMPLEMENT
            if codes[node, c] == SHOWN and (amounts[:, node, c] <= limits[:, c]).any():
                codes[node, c] = IS_COMPLEMENT
            least = -1
            below = child[node]
            while below >= 0 and codes[node, c] == SHOWN:
                if codes[below, c] == SHOWN and (amounts[:, below, c] <= limits[:, c]).any():
                    codes[below, c] = IS_COMPLEMENT
                if codes[below, c] == SHOWN and (least < 0 or drawn[below, c] < drawn[least, c]):
                    least = below
                below = sibling[below]
            if least >= 0 and _rest_speaks(codes, sides, node, c, child, sibling):
                codes[least, c] = IS_COMPLEMENT


@compiled
def _rest_speaks(
    codes: Cells,
    sides: _Sides,
    node: int,
    c: int,
    child: NDArray[np.int64],
    sibling: NDArray[np.int64],
) -> bool:
    """Whether the unit less what is shown right below it would."""
    amounts, of, few, limits = sides
    for side in range(len(few)):
        amount, rest = amounts[side, node, c], of[side, node, c]
        below = child[node]
        while below >= 0:
            if codes[below, c] == SHOWN:
                amount, rest = amount - amounts[side, below, c], rest - of[side, below, c]
            below = sibling[below]
        if rest > 0 and amount <= limits[side, c] and (rest < FEWEST or not few[side]):
            return True
    return False


def apart(parts: Sequence[Line], people: Sequence[Fixed], rest: Fixed, parent: NDArray[np.int64]) -> list[Line]:
    """Parts of a total, without those that would tell another, of fewer than five people, by subtraction.

    Where a unit's parts that are not shown have people, and none of them five, the smallest that is shown is withheld with
    them; and a part that is withheld of a unit is so of everything below it.

    Parameters
    ----------
    people
        Of each part.
    rest
        Of what belongs to no part.
    """
    if not parts:
        return []
    codes = np.stack([part.codes for part in parts])
    _part(codes, np.stack([*people, rest]), parent)
    return [_covered(part, mine) for part, mine in zip(parts, codes, strict=True)]


def _covered(found: Line, codes: Cells) -> Line:
    """The line with more of it withheld."""
    shown = codes == SHOWN
    return Line(
        codes,
        np.where(shown, found.values, np.nan).astype(np.float32),
        np.where(shown, found.people, 0).astype(np.uint32),
    )


@compiled
def _part(codes: NDArray[np.uint8], people: Fixed, parent: NDArray[np.int64]) -> None:
    parts = codes.shape[0]
    for node in range(codes.shape[1]):
        above = parent[node]
        for c in range(codes.shape[2]):
            most, least = people[parts, node, c], -1
            for part in range(parts):
                if above >= 0 and codes[part, node, c] == SHOWN and codes[part, above, c] != SHOWN:
                    codes[part, node, c] = IS_COMPLEMENT
                if codes[part, node, c] != SHOWN:
                    most = max(most, people[part, node, c])
                elif least < 0 or people[part, node, c] < people[least, node, c]:
                    least = part
            if 0 < most < FEWEST and least >= 0:
                codes[least, node, c] = IS_COMPLEMENT


def held(now: Line, before: Line, months: NDArray[np.bool_]) -> Line:
    """The line with some months as they were."""
    parts = zip(vars(now).values(), vars(before).values(), strict=True)
    return Line(*(np.where(months, then, fresh) for fresh, then in parts))
