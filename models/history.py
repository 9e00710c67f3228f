"""How the alias `champion` moved, and on what evidence: one tag a move on the registered model, chained.

Each record holds the SHA-256 of the one before and its own, so that a record that is edited, taken out of the middle
or put elsewhere breaks the chain::

    champion.000001   previous 0000…   digest a31f…
    champion.000002   previous a31f…   digest 77c0…
    champion.000003   previous 77c0…   digest 4be2…    and "3:4be2…" as the tag `history` of the version it names

A chain alone cannot show that its end was cut off: what is left is whole. So the version that a move names carries
the number and digest of the record, and whoever moves the alias is told them. Somebody who may write to the
registry's database can rewrite records and tags alike; the digests told in the logs of earlier moves show that too.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import pairwise
from typing import Any, Final

HEAD: Final = "history"
"""The tag of a version with the number and digest of the move that named it last."""
_PREFIX: Final = "champion."
_NONE: Final = "0" * 64
"""What the first record has in place of the one before."""


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
    verdict: str = ""
    """The digest of the verdict the version was registered with; empty where it has none."""
    evidence: Mapping[str, Any] = field(default_factory=dict)
    """Headline figures of that verdict."""
    previous: str = ""
    """The digest of the record before."""
    digest: str = ""
    """Of this record, `previous` included; 64 hex digits."""


def key(number: int) -> str:
    """The tag of the `number`-th move, from 1.

    >>> key(7)
    'champion.000007'
    """
    return f"{_PREFIX}{number:06d}"


def read(tags: Mapping[str, str]) -> list[Move]:
    """The moves among a model's tags, oldest first; `faults` says whether they are the ones that were written."""
    return list(_numbered(tags).values())


def append(tags: Mapping[str, str], move: Move) -> tuple[int, Move]:
    """The number and the record of the next move, chained to the last one."""
    found = _numbered(tags)
    chained = replace(move, previous=found[max(found)].digest if found else _NONE)
    return max(found, default=0) + 1, replace(chained, digest=digest(chained))


def text(move: Move) -> str:
    """A record as the tag holds it."""
    return json.dumps(asdict(move), sort_keys=True)


def digest(move: Move) -> str:
    """SHA-256 over all a record says, the digest of the one before included; 64 hex digits."""
    said = {name: value for name, value in asdict(move).items() if name != "digest"}
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def head(number: int, move: Move) -> str:
    """What a version is tagged with when a move names it.

    >>> head(3, Move(1, "promote", "", "", "", digest="4be2"))
    '3:4be2'
    """
    return f"{number}:{move.digest}"


def last(tags: Mapping[str, str]) -> str:
    """The `head` of the last record; empty where there is none."""
    found = _numbered(tags)
    return head(max(found), found[max(found)]) if found else ""


def faults(tags: Mapping[str, str], heads: Sequence[str] = ()) -> list[str]:
    """All that shows the history is not the one that was written; empty where the chain holds.

    Parameters
    ----------
    tags
        Of the registered model.
    heads
        The tags `HEAD` of its versions.
    """
    found = _numbered(tags)
    said = [f"Move {number} is missing." for number in range(1, max(found, default=0)) if number not in found]
    said += [f"Move {number} was changed." for number, move in found.items() if move.digest != digest(move)]
    links = [(0, Move(0, "", "", "", "", digest=_NONE)), *found.items()]
    said += [
        f"Move {number} does not follow move {before}." if before else f"Move {number} is not the first."
        for (before, earlier), (number, move) in pairwise(links)
        if move.previous != earlier.digest
    ]
    for one in heads:
        number, _, told = one.partition(":")
        if not number.isdigit() or int(number) not in found or found[int(number)].digest != told:
            said.append(f"Move {number} is not the one a version was named by.")
    return said


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


def _numbered(tags: Mapping[str, str]) -> dict[int, Move]:
    """The records by number, rising; what is no record of ours reads as an empty one, which `faults` tells."""
    names = sorted(name for name in tags if name.startswith(_PREFIX) and name.removeprefix(_PREFIX).isdigit())
    return {int(name.removeprefix(_PREFIX)): _record(tags[name]) for name in names}


def _record(written: str) -> Move:
    try:
        return Move(**json.loads(written))
    except (TypeError, ValueError):
        return Move(0, "", "", "", "")
