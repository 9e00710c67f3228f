"""`service keys`: make, list and end API keys.

What opens the store is imported late: the parser is also that of `serve`, which must start fast.
"""

import argparse
import datetime as dt
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from service.access.roles import ROLES
from service.errors import UsageError
from service.settings import Settings

if TYPE_CHECKING:
    from service.access.keys import HeldKey

_MOST_DAYS: Final = 3_650
_HEAD: Final = ("prefix", "state", "role", "made", "expires", "last used", "unit", "name")


def add_verbs(parent: Any, whole: Callable[[int, int], Callable[[str], int]], clock: Callable[[], dt.datetime]) -> None:
    """Add `keys` and its verbs to a parser's commands.

    Parameters
    ----------
    whole
        Makes the reader of an argument that is a whole number from the first to the second.
    clock
        The present moment, in UTC.
    """
    verbs = parent.add_parser("keys", help="API keys").add_subparsers(required=True, metavar="VERB")
    add = verbs.add_parser("add", help="make a key: the last word of the output, shown once")
    add.add_argument("--name", required=True, help="whose key it is")
    add.add_argument("--role", required=True, choices=ROLES)
    add.add_argument("--org-unit", metavar="PATH", help="limit to this unit and below; default: everything")
    add.add_argument(
        "--expires-days", type=whole(1, _MOST_DAYS), metavar="N", help="days it lives; default: RETENTION_KEY_DAYS, 365"
    )
    add.set_defaults(command=_add, clock=clock)
    every = verbs.add_parser("list", help="every key, by its public part")
    every.set_defaults(command=_list, clock=clock)
    revoke = verbs.add_parser("revoke", help="end a key: within 2 s it opens nothing")
    revoke.add_argument("prefix", metavar="PREFIX", help="its public part, as `keys list` shows it")
    revoke.set_defaults(command=_revoke, clock=clock)


def _add(asked: argparse.Namespace, settings: Settings, _environ: Mapping[str, str]) -> None:
    from service.access.keys import Caller, add_key
    from service.store.engine import open_store

    now: dt.datetime = asked.clock()
    ends = now + dt.timedelta(days=asked.expires_days or settings.key_days)
    if asked.org_unit is not None and not asked.org_unit.strip("/ "):
        raise UsageError("--org-unit names no unit. Leave it out for a key for the whole company, or name one.")
    caller = Caller(asked.name, asked.role, asked.org_unit or "")
    key = add_key(open_store(settings.database_url), caller, _text(now), _text(ends))
    what = _printable(caller.org_unit.strip("/")) or "the whole company"
    print(f"A key for role {caller.role} and {what}, until {ends.date()}. It is not shown again: {key}")


def _list(asked: argparse.Namespace, settings: Settings, _environ: Mapping[str, str]) -> None:
    from service.access.keys import listed
    from service.store.engine import open_store

    now = _text(asked.clock())
    rows = [_HEAD, *(_row(held, now) for held in listed(open_store(settings.database_url)))]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _revoke(asked: argparse.Namespace, settings: Settings, _environ: Mapping[str, str]) -> None:
    from service.access.keys import revoke
    from service.store.engine import open_store

    held = revoke(open_store(settings.database_url), asked.prefix, _text(asked.clock()))
    print(f"The key {held.prefix} is revoked; within 2 s it opens nothing.")


def _row(held: "HeldKey", now: str) -> tuple[str, ...]:
    caller, days = held.caller, (held.created_at, held.expires_at, held.last_used_on)
    return (
        held.prefix,
        held.state(now),
        caller.role,
        *((day or "never")[:10] for day in days),
        _printable(caller.org_unit) or "all",
        _printable(caller.name),
    )


def _printable(text: str) -> str:
    """Text without anything that moves a terminal's cursor."""
    return "".join(sign if sign.isprintable() else "?" for sign in text)


def _text(moment: dt.datetime) -> str:
    return moment.isoformat(timespec="seconds")
