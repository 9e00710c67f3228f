"""What was recorded or changed a moment ago: said on the page that comes next, where it can be taken back."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Query

from service.page.entry import is_day
from service.store.actions import DROPPED, STATES, Action


@dataclass(frozen=True)
class Changed:
    """What a page is told in its address: no person, only which action, and what it was before."""

    changed: Annotated[str, Query(max_length=64)] = ""
    """The action's id."""
    was: Annotated[str, Query(max_length=16)] = ""
    """In what state. Empty: it was not there."""
    was_on: Annotated[str, Query(max_length=10)] = ""
    """The day (YYYY-MM-DD) to come back to it. Empty: it had none."""


@dataclass(frozen=True)
class Just:
    """An action that was recorded or changed a moment ago."""

    name: str
    """Of the person."""
    action: Action
    was: str
    """One of `STATES`, empty where it was not there."""
    was_on: str
    """The day to come back to it that it had; empty for none."""

    @property
    def undo(self) -> str:
        """The state that takes the change back."""
        return self.was or DROPPED


def just(told: Changed, name: str, found: Iterable[Action]) -> Just | None:
    """The action that was changed, if it is among these of a person."""
    was = told.was if told.was in STATES else ""
    was_on = told.was_on if is_day(told.was_on) else ""
    return next((Just(name, one, was, was_on) for one in found if one.id == told.changed), None)
