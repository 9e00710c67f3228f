"""What a form says was done: read field by field, so that a form with a fault can be shown again as it was filled in."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from features.days import to_date
from service.page.forms import Fields
from service.store import actions

_DAYS: Final = 366
"""So far back something may have been done, and so far ahead it may be followed up."""
_WHAT: Final = "Choose what was done."
_WHEN: Final = "Choose a day of the last year, today at the latest."
_PAST: Final = "That day is past. Choose today or a later day."
_FAR: Final = "Choose a day within the next year."


@dataclass(frozen=True)
class Days:
    """The days that a form takes (YYYY-MM-DD)."""

    first: str
    today: str
    last: str


@dataclass(frozen=True)
class Entry:
    """A form of something done, as it was typed."""

    action_type: str = actions.TYPES[0]
    day: str = ""
    """Empty: today."""
    follow_up_on: str = ""
    """Empty: nothing is to be followed up."""
    faults: Mapping[str, str] | None = None
    """By field, what is wrong with it, in words."""


def days(today: int) -> Days:
    """What a form takes on a day.

    >>> days(20713)
    Days(first='2025-09-16', today='2026-09-17', last='2027-09-18')
    """
    return Days(str(to_date(today - _DAYS)), str(to_date(today)), str(to_date(today + _DAYS)))


def read(fields: Fields, today: int) -> Entry:
    """The entry of a form, with its faults."""
    kind, day, later = (fields.get(name, "").strip() for name in ("action_type", "day", "follow_up_on"))
    allowed = days(today)
    faults = {}
    if kind not in actions.TYPES:
        faults["action_type"] = _WHAT
    if day and not (is_day(day) and allowed.first <= day <= allowed.today):
        faults["day"] = _WHEN
    if later and (wrong := _later(later, allowed)):
        faults["follow_up_on"] = wrong
    return Entry(kind, day, later, faults)


def _later(day: str, allowed: Days) -> str:
    """What is wrong with a day to come back on; empty where nothing is."""
    if not is_day(day) or day > allowed.last:
        return _FAR
    return _PAST if day < allowed.today else ""


def is_day(text: str) -> bool:
    """Whether a text is a day as YYYY-MM-DD.

    >>> is_day("2026-10-01"), is_day("20261001"), is_day("")
    (True, False, False)
    """
    try:
        return str(dt.date.fromisoformat(text)) == text
    except ValueError:
        return False
