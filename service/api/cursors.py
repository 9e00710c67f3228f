"""Where a page of a list ends: the run it pages through, how many were shown, and what list it is of.

Opaque to callers and bound to what they asked: a cursor holds no person, and one of another list is refused. A run never
changes, so that a place in it stays what it was, also when a newer run is published between two pages.
"""

import base64
import binascii
import hashlib
import json
from dataclasses import dataclass
from typing import Any, Final

from features.faults import Fault, FaultsError

_MOST: Final = 1 << 31


@dataclass(frozen=True)
class Cursor:
    """A place in a list."""

    run: int
    start: int
    """People before it."""


def encode(cursor: Cursor, asked: tuple[Any, ...]) -> str:
    """The cursor as text.

    Parameters
    ----------
    asked
        Everything that makes the list the one it is: who asks, and the filters.
    """
    return base64.urlsafe_b64encode(f"{cursor.run}.{cursor.start}.{_digest(cursor, asked)}".encode()).decode()


def decode(text: str, asked: tuple[Any, ...]) -> Cursor:
    """The cursor of a text that `encode` made for the same list.

    Raises
    ------
    FaultsError
        It is none, or one of another list.
    """
    try:
        run, start, digest = base64.b64decode(text.encode("ascii"), b"-_", validate=True).decode().split(".")
        cursor = Cursor(int(run), int(start))
    except (ValueError, binascii.Error, UnicodeError):
        raise FaultsError([Fault("/query/cursor", "not a cursor of this list")]) from None
    if digest != _digest(cursor, asked) or not (0 < cursor.run < _MOST and 0 < cursor.start < _MOST):
        raise FaultsError([Fault("/query/cursor", "not a cursor of this list")])
    return cursor


def _digest(cursor: Cursor, asked: tuple[Any, ...]) -> str:
    return hashlib.sha256(json.dumps([cursor.run, cursor.start, *asked]).encode()).hexdigest()[:16]
