"""Where in the company a page of groups is: the way up to the top of what a caller may see, and the units below."""

from collections.abc import Sequence
from dataclasses import dataclass

from service.access.scope import within


@dataclass(frozen=True)
class Step:
    """A unit on the way from the top."""

    path: str
    name: str


def way(path: str, units: Sequence[str]) -> list[Step]:
    """The units from the top that a caller may see down to one, itself the last.

    Examples
    --------
    >>> [step.name for step in way("Sales/EMEA/Inside", ["Sales"])]
    ['Sales', 'EMEA', 'Inside']
    >>> [(step.path, step.name) for step in way("Sales", [""])]
    [('', 'The company'), ('Sales', 'Sales')]
    """
    parts = path.split("/") if path else []
    paths = ["/".join(parts[:count]) for count in range(len(parts) + 1)]
    return [Step(one, name(one)) for one in paths if any(within(one, unit) for unit in units)]


def name(path: str) -> str:
    """What a unit is called: the last part of its path."""
    return path.rpartition("/")[2] if path else "The company"
