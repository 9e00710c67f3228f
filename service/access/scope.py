"""Population scope: which org units a caller may see or score.

A caller is limited to the unit of the key or token and, where units were ever assigned to the holder, to those of them
that are valid now (`service.access.assignments`), each as far as it lies within that unit.

A unit is a path, and a scope holds the unit it names and everything below it, by whole path segments and case. Nothing
is known of a person without a unit, so only a caller with the whole company may see them.

**What a limited `system` key may score.** `POST /v1/scores` is stateless: what it computes from is what the caller sent,
except for the team values of published runs. So two rules hold, both on the as-of date:

- A posted person is scored where the unit their job history gives lies in the scope. Any other is answered one by one, as
  a record that breaks a rule is (`invalid_input`, `OUTSIDE`), whether or not such a person or unit is known: nothing can
  be learned from it.
- A published run's values are used where that run itself, not the caller, puts the person in the scope, and a manager's
  team only where the run puts every member of it there. Else they are null, as without a run.
"""

from collections.abc import Iterable, Sequence
from typing import Final

WHOLE: Final = ("",)
"""The units of a caller who is limited to none."""
OUTSIDE: Final = "The org unit on the as-of date is unknown, or not one that this key may score."
"""The detail of a posted person's refusal."""


def within(path: str | None, unit: str) -> bool:
    """Whether the org unit `path` is `unit` or lies below it; everything lies within the empty unit.

    >>> (
    ...     within("Sales/EMEA", "Sales"),
    ...     within("Salesforce", "Sales"),
    ...     within("sales/EMEA", "Sales"),
    ...     within(None, "Sales"),
    ... )
    (True, False, False, False)
    """
    if not unit:
        return True
    return path is not None and (path == unit or path.startswith(f"{unit}/"))


def inside(path: str | None, units: tuple[str, ...] | set[str]) -> bool:
    """Whether the org unit `path` lies within any of the units; within none of none."""
    return "" in units or any(within(path, unit) for unit in units)


def outside(paths: Sequence[str | None], units: tuple[str, ...]) -> list[int]:
    """Places of the paths that lie within none of the units."""
    return [] if "" in units else [place for place, path in enumerate(paths) if not inside(path, units)]


def narrowed(unit: str, assigned: Iterable[str] | None) -> tuple[str, ...]:
    """The units of a caller whose key is for `unit`, each once and none within another.

    Parameters
    ----------
    assigned
        Units assigned to the holder that are valid now; None: none ever were, and the key's unit alone counts.

    >>> narrowed("Sales", None), narrowed("Sales", ["Sales/North", "Finance"]), narrowed("Sales", ["", "Sales/North"])
    (('Sales',), ('Sales/North',), ('Sales',))
    """
    if assigned is None:
        return (unit,)
    found = {one if within(one, unit) else unit for one in assigned if within(one, unit) or within(unit, one)}
    return tuple(sorted(one for one in found if not inside(one, found - {one})))


def common(one: str | None, other: str | None) -> str | None:
    """The lowest unit that holds both; None where none does, or one is not known.

    >>> common("Sales/EMEA/A", "Sales/EMEA/B"), common("Sales", "Sales/EMEA"), common("Sales", "Salesforce")
    ('Sales/EMEA', 'Sales', None)
    """
    if not one or not other:
        return None
    if one == other:
        return one
    shared = []
    for mine, theirs in zip(one.split("/"), other.split("/"), strict=False):
        if mine != theirs:
            break
        shared.append(mine)
    return "/".join(shared) or None
