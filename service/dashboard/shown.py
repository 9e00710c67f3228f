"""What of a figure is shown, by unit and month; the rest is withheld, with a code that says why.

A figure is shown for five people or more, and only where it cannot be worked out from others for fewer. Where everybody
gives the same answer it is withheld, and so is what would tell it by subtraction. A month's personal values stand as they
were first shown wherever anybody came or went since: else a difference of two runs would be a figure about a few people, or
about many who all say the same. Then the whole month stays, with its date.

Example: a unit of 30 has three parts of 10, and all of one part have answered "10". That part is withheld; since the other
two would give it away, the smallest of them is withheld as well.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from features.company import Fixed
from features.compiled import compiled
from service.dashboard.measured import Ends, Measured
from service.disclosure.tree import COMPLEMENT, FEWEST, HELD, REASONS, TOO_FEW, UNANIMOUS, withheld

CODES: Final = (
    "",
    TOO_FEW,
    COMPLEMENT,
    HELD,
    UNANIMOUS,
    "not_closed",
    "mixed_currency",
    "no_data",
    "unit_switched_off",
)
"""Why a value is not shown, by its number; `held`: an earlier one is."""
SHOWN, IS_TOO_FEW, IS_COMPLEMENT, IS_HELD, IS_UNANIMOUS, NOT_CLOSED, MIXED, NO_DATA, SWITCHED_OFF = range(len(CODES))
WHY: Final = {
    **REASONS,
    HELD: "Since this was shown somebody came or went: the earlier figure stays, with its date.",
    "not_closed": "The time that the figure takes is not over for this month.",
    "mixed_currency": "The amounts are in several currencies.",
    "no_data": "There is nothing to work it out from.",
    "unit_switched_off": "The unit is switched off: nobody in it is scored, so no risk of it is shown.",
}
"""Each code in words."""
_MARKS: Final = 0xFFFF_FFFF

Cells = NDArray[np.uint8]


@dataclass(frozen=True)
class Line:
    """One figure as it may be shown, by unit and month; shape (units, months)."""

    codes: Cells
    """Index into `CODES`."""
    values: NDArray[np.float32]
    people: NDArray[np.uint32]
    marks: NDArray[np.uint32]
    """Sums of the people's marks; 0 where nothing is shown or nothing is personal."""

    @property
    def visible(self) -> NDArray[np.bool_]:
        """Where there is a value."""
        return is_visible(self.codes)

    def columns(self, chosen: NDArray[np.int64]) -> "Line":
        """Some months."""
        return Line(*(part[:, chosen] for part in vars(self).values()))


def is_visible(codes: Cells) -> NDArray[np.bool_]:
    """Which codes stand beside a value."""
    return np.asarray((codes == SHOWN) | (codes == IS_HELD))


def line(found: Measured, parent: NDArray[np.int64]) -> Line:
    """What may be shown of a figure, with no earlier run in mind."""
    codes = _codes(found, parent)
    shown = codes == SHOWN
    marks = np.zeros_like(found.people) if found.marks is None else found.marks & _MARKS
    return Line(
        codes,
        np.where(shown, found.value, np.nan).astype(np.float32),
        np.where(shown, found.people, 0).astype(np.uint32),
        np.where(shown, marks, 0).astype(np.uint32),
    )


def beside(found: Line, value: NDArray[np.float64]) -> Line:
    """Another number of the same people: shown where the figure is."""
    return Line(found.codes, np.where(found.visible, value, np.nan).astype(np.float32), found.people, found.marks)


def _codes(found: Measured, parent: NDArray[np.int64]) -> Cells:
    hidden = withheld(parent, found.people)
    codes = np.where(hidden, np.where(found.people < FEWEST, IS_TOO_FEW, IS_COMPLEMENT), SHOWN).astype(np.uint8)
    if found.ends is not None:
        _agree(codes, found.people, found.ends, parent)
    codes[(codes == SHOWN) & np.isnan(found.value)] = NO_DATA
    if found.single is not None:
        codes[~found.single] = np.where(codes[~found.single] == SHOWN, MIXED, codes[~found.single])
    if found.closed is not None:
        codes[:, ~found.closed] = NOT_CLOSED
    return codes


def _agree(codes: Cells, people: Fixed, ends: Ends, parent: NDArray[np.int64]) -> None:
    """Withhold where everybody is at one end of the scale, and where a remainder would tell it, in place."""
    child, sibling = np.full(len(parent), -1, np.int64), np.full(len(parent), -1, np.int64)
    for node in range(len(parent) - 1, 0, -1):
        child[parent[node]], sibling[node] = node, child[parent[node]]
    top = ends.bottom if ends.top is None else ends.top
    _withhold(codes, people, ends.bottom, top, parent, child, sibling)


@compiled
def _withhold(
    codes: Cells,
    people: Fixed,
    bottom: Fixed,
    top: Fixed,
    parent: NDArray[np.int64],
    child: NDArray[np.int64],
    sibling: NDArray[np.int64],
) -> None:
    for c in range(codes.shape[1]):
        for node in range(codes.shape[0]):
            above = parent[node]
            if above >= 0 and codes[node, c] == SHOWN and codes[above, c] != SHOWN:
                codes[node, c] = IS_UNANIMOUS if codes[above, c] == IS_UNANIMOUS else IS_COMPLEMENT
            if codes[node, c] != SHOWN:
                continue
            if bottom[node, c] == 0 or top[node, c] == 0:
                codes[node, c] = IS_UNANIMOUS
                continue
            rest, low, high, least = people[node, c], bottom[node, c], top[node, c], -1
            below = child[node]
            while below >= 0:
                if codes[below, c] == SHOWN and bottom[below, c] and top[below, c]:
                    rest, low, high = rest - people[below, c], low - bottom[below, c], high - top[below, c]
                    if least < 0 or people[below, c] < people[least, c]:
                        least = below
                below = sibling[below]
            if rest > 0 and least >= 0 and (low == 0 or high == 0):
                codes[least, c] = IS_COMPLEMENT


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
        np.where(shown, found.marks, 0).astype(np.uint32),
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


def settled(now: Line, before: Line) -> tuple[Line, NDArray[np.bool_]]:
    """A figure in the light of what was shown before, and the months that stay as they were.

    A month follows where whatever was shown is shown again and of the same people. Where anybody came or went it stays: also
    differences over many people tell too much where most of them answer alike.

    Parameters
    ----------
    before
        The same units and months, as last shown.
    """
    other = (now.people != before.people) | (now.marks != before.marks) | ~now.visible
    stays = np.asarray((before.visible & other).any(axis=0))
    return held(now, before, stays), stays


def held(now: Line, before: Line, months: NDArray[np.bool_], code: int = IS_HELD) -> Line:
    """The line with some months as they were; what they show has that code."""
    stays = replace(before, codes=np.where(before.codes == SHOWN, code, before.codes).astype(np.uint8))
    parts = zip(vars(now).values(), vars(stays).values(), strict=True)
    return Line(*(np.where(months, then, fresh) for fresh, then in parts))
