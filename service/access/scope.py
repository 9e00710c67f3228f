"""Population scope: which org units a caller who is limited to one may see or score.

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

from collections.abc import Sequence
from typing import Final

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


def outside(paths: Sequence[str | None], unit: str) -> list[int]:
    """Places of the paths that do not lie within `unit`."""
    return [] if not unit else [place for place, path in enumerate(paths) if not within(path, unit)]


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
