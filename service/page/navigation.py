"""What stands in the menu, in order. Who sees which is the business of the table of routes."""

from dataclasses import dataclass
from typing import Final

from service.api.auth import PAGES


@dataclass(frozen=True)
class Place:
    """A page of the menu."""

    path: str
    name: str


PLACES: Final = (
    Place("/", "This week"),
    Place("/teams", "Teams"),
    Place("/dashboard", "Dashboard"),
    Place("/model", "Model"),
    Place("/guide", "Help"),
)
"""Every page of the menu; a role's own start page comes first by standing here first."""
NAMED: Final = {("/", "leader"): "Start"}
"""What a page is called for a role for whom it is another one."""


def menu(role: str) -> list[Place]:
    """The pages that a role may open."""
    return [
        Place(one.path, NAMED.get((one.path, role), one.name))
        for one in PLACES
        if role in PAGES.get(("GET", one.path), ())
    ]
