"""What a unit that is switched off takes with it, so that no figure about it is left to be worked out.

Nobody in it is scored from then on, so figures worked out later are not about it. Of those from before, its own and all below
it go at once. What is told of the unit right above, less the units told beside it, must be nobody or at least `FEWEST` people
besides it: where it is not, the smallest of those goes as well, and where none is left the unit above, of which the same holds
then.

Example: a unit of 30 has parts of 10, 12 and 8, and the first is switched off. 30 less 12 and 8 would be its figure, so the part
of 8 goes too.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence

from service.access.scope import inside
from service.disclosure.tree import FEWEST


def gone(told: Mapping[str, int], off: Sequence[str]) -> set[str]:
    """The units of which nothing may be told.

    Parameters
    ----------
    told
        By path the people of each unit that has a figure from before.
    off
        Paths of the units that are switched off.
    """
    found = {path for path in told if inside(path, set(off))}
    lost = _highest(found)
    while aboves := [above for path in lost if (above := _right_above(told, found, path)) is not None]:
        above = aboves[0]
        beside = _highest(one for one in told if one not in found and _below(one, above))
        while (short := _others(told, above, lost, beside) < FEWEST) and beside:
            least = min(beside, key=lambda one: (told[one], one))
            found |= {one for one in told if inside(one, {least})}
            beside.discard(least)
        lost = {one for one in lost if not _below(one, above) or inside(one, beside)} | ({above} if short else set())
        found |= lost
    return found


def _others(told: Mapping[str, int], above: str, lost: Iterable[str], beside: set[str]) -> int:
    """People of a unit who are in no unit told within it, nor in one that is lost."""
    hidden = [one for one in lost if _below(one, above) and not inside(one, beside)]
    return told[above] - sum(told[one] for one in (*beside, *hidden))


def _right_above(told: Mapping[str, int], found: Collection[str], path: str) -> str | None:
    return max((one for one in told if one not in found and _below(path, one)), key=len, default=None)


def _highest(paths: Iterable[str]) -> set[str]:
    """Those that are in no other."""
    every = set(paths)
    return {one for one in every if not any(_below(one, other) for other in every)}


def _below(one: str, other: str) -> bool:
    return one != other and inside(one, {other})
