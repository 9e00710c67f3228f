"""How the alias `champion` moved: one tag a move on the registered model, never rewritten."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

_PREFIX: Final = "champion."


@dataclass(frozen=True)
class Move:
    """One move of the alias."""

    version: int
    """The version it names since."""
    kind: str
    """`promote` or `rollback`."""
    by: str
    why: str
    at: str
    """RFC 3339."""


def key(number: int) -> str:
    """The tag of the `number`-th move, from 1.

    >>> key(7)
    'champion.000007'
    """
    return f"{_PREFIX}{number:06d}"


def read(tags: Mapping[str, str]) -> list[Move]:
    """The moves among a model's tags, oldest first."""
    return [Move(**json.loads(tags[name])) for name in sorted(tags) if name.startswith(_PREFIX)]


def before(moves: Sequence[Move], current: int) -> int | None:
    """The champion before the current one; None if there was none.

    A rollback undoes a promotion: after promoting 1, 2 and 3 and rolling back twice the champion is 1, and before it
    there was none. A move that was recorded but never made (the process died between) is passed over.

    >>> moves = [Move(1, "promote", "", "", ""), Move(2, "promote", "", "", ""), Move(1, "rollback", "", "", "")]
    >>> before(moves[:2], current=2), before(moves, current=1)
    (1, None)
    """
    stack: list[int] = []
    for move in moves:
        if move.kind == "rollback":
            while len(stack) > 1 and stack[-1] != move.version:
                stack.pop()
        elif not stack or stack[-1] != move.version:
            stack.append(move.version)
    while stack and stack[-1] != current:
        stack.pop()
    return stack[-2] if len(stack) > 1 else None
