"""What was recorded or changed a moment ago: said on the page that comes next, where it can be taken back."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Query

from service.store.actions import DROPPED, STATES, Action


@dataclass(frozen=True)
class Changed:
    """What a page is told in its address: no person, only which action, and in what state it was before."""

    changed: Annotated[str, Query(max_length=64)] = ""
    """The action's id."""
    was: Annotated[str, Query(max_length=16)] = ""
    """Empty: it was not there."""


@dataclass(frozen=True)
class Just:
    """An action that was recorded or changed a moment ago."""

    name: str
    """Of the person."""
    action: Action
    was: str
    """One of `STATES`, empty where it was not there."""

    @property
    def undo(self) -> str:
        """The state that takes the change back."""
        return self.was or DROPPED


def just(told: Changed, name: str, found: Iterable[Action]) -> Just | None:
    """The action that was changed, if it is among these of a person."""
    was = told.was if told.was in STATES else ""
    return next((Just(name, one, was) for one in found if one.id == told.changed), None)
