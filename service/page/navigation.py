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
"""Every page of the menu."""
LEADS_ON: Final = {("/", "leader")}
"""Pages that only lead a role on to another."""


def menu(role: str) -> list[Place]:
    """The pages that a role may open."""
    return [one for one in PLACES if role in PAGES.get(("GET", one.path), ()) and (one.path, role) not in LEADS_ON]
