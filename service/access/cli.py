"""`service keys`, and with it `assign` and `assignments`: make, list and end API keys, and say what is whose.

What opens the store is imported late: the parser is also that of `serve`, which must start fast.
"""

import argparse
import datetime as dt
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from service import moments
from service.access.printing import printable, table
from service.access.roles import ROLES
from service.errors import UsageError
from service.settings import Settings

if TYPE_CHECKING:
    from service.access.assignments import Assignment, Holder
    from service.access.keys import HeldKey

_MOST_DAYS: Final = 3_650
_HEAD: Final = ("prefix", "state", "role", "made", "expires", "last used", "unit", "name")
_OF_ASSIGNMENTS: Final = ("id", "state", "first day", "last day", "unit", "holder")
_WHOLE: Final = "all"


def add_verbs(parent: Any, whole: Callable[[int, int], Callable[[str], int]], clock: Callable[[], dt.datetime]) -> None:
    """Add `keys` and its verbs, and what else says who may see what, to a parser's commands.

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
    _add_assignments(parent, clock)


def _add_assignments(parent: Any, clock: Callable[[], dt.datetime]) -> None:
    assign = parent.add_parser("assign", help="give a caller an org unit for a time; within 2 s it holds")
    _holder(assign, required=True)
    assign.add_argument("--org-unit", required=True, metavar="PATH", help="this unit and below; / is the whole company")
    assign.add_argument("--from", dest="first", metavar="DATE", help="first day, UTC; default: today")
    assign.add_argument("--to", dest="last", metavar="DATE", help="last day, UTC, included; default: until it is ended")
    assign.set_defaults(command=_assign, clock=clock)
    every = parent.add_parser("assignments", help="every assignment, or one holder's; or end one")
    _holder(every, required=False)
    every.add_argument("--end", metavar="ID", help="end this one: within 2 s it opens nothing")
    every.set_defaults(command=_assignments, clock=clock)


def _add(asked: argparse.Namespace, settings: Settings, _environ: Mapping[str, str]) -> None:
    from service.access.keys import Caller, add_key
    from service.store.engine import opened

    now: dt.datetime = asked.clock()
    ends = now + dt.timedelta(days=asked.expires_days or settings.key_days)
    if asked.org_unit is not None and not asked.org_unit.strip("/ "):
        raise UsageError("--org-unit names no unit. Leave it out for a key for the whole company, or name one.")
    caller = Caller(asked.name, asked.role, asked.org_unit or "")
    with opened(settings.database_url) as store:
        key = add_key(store, caller, moments.text(now), moments.text(ends))
    what = printable(caller.org_unit.strip("/")) or "the whole company"
    print(f"A key for role {caller.role} and {what}, until {ends.date()}. It is not shown again: {key}")


def _list(asked: argparse.Namespace, settings: Settings, _environ: Mapping[str, str]) -> None:
    from service.access.keys import listed
    from service.store.engine import opened

    now = moments.text(asked.clock())
    with opened(settings.database_url) as store:
        print(table([_HEAD, *(_row(held, now) for held in listed(store))]))


def _revoke(asked: argparse.Namespace, settings: Settings, _environ: Mapping[str, str]) -> None:
    from service.access.keys import revoke
    from service.store.engine import opened

    with opened(settings.database_url) as store:
        held = revoke(store, asked.prefix, moments.text(asked.clock()))
    print(f"The key {held.prefix} is revoked; within 2 s it opens nothing.")


def _row(held: "HeldKey", now: str) -> tuple[str, ...]:
    caller, days = held.caller, (held.created_at, held.expires_at, held.last_used_on)
    return (
        held.prefix,
        held.state(now),
        caller.role,
        *((day or "never")[:10] for day in days),
        printable(caller.org_unit) or _WHOLE,
        printable(caller.name),
    )


def _holder(parser: argparse.ArgumentParser, *, required: bool) -> None:
    whose = parser.add_mutually_exclusive_group(required=required)
    whose.add_argument("--key", metavar="NAME_OR_PREFIX", help="the holder of the keys of that name")
    whose.add_argument("--subject", metavar="SUB", help="the person with that `sub` at the identity provider")


def _assign(asked: argparse.Namespace, settings: Settings, environ: Mapping[str, str]) -> None:
    from service.access import assigning
    from service.audit.cli import actor, opened_log

    now: dt.datetime = asked.clock()
    days = _day(asked.first, "--from") or now.date(), _day(asked.last, "--to")
    with opened_log(settings, now.timestamp) as log:
        who = _asked(asked, settings, log.store)
        caller = actor(environ)
        made = assigning.new(who, asked.org_unit, days, log.moment(), caller.id)
        assigning.assign(log, caller, made)
    until = f"to {made.valid_to}, that day included" if made.valid_to else "until it is ended"
    print(f"Assignment {made.id}: {printable(made.org_unit) or 'the whole company'} from {made.valid_from} {until}.")


def _assignments(asked: argparse.Namespace, settings: Settings, environ: Mapping[str, str]) -> None:
    from service.access import assigning, assignments
    from service.audit.cli import actor, opened_log

    now: dt.datetime = asked.clock()
    with opened_log(settings, now.timestamp) as log:
        if asked.end:
            ended = assigning.end(log, actor(environ), asked.end)
            print(f"The assignment {ended.id} is ended; within 2 s it opens nothing.")
            return
        who = _asked(asked, settings, log.store) if asked.key or asked.subject else None
        found = assignments.listed(log.store, who)
    print(table([_OF_ASSIGNMENTS, *(_told(one, str(now.date())) for one in found)]))


def _asked(asked: argparse.Namespace, settings: Settings, store: Any) -> "Holder":
    """The holder that the arguments name."""
    from service.access.assigning import named
    from service.access.assignments import PERSON, pseudonym

    if asked.key:
        return named(store, asked.key)
    if not settings.oidc_issuer:
        raise UsageError("--subject needs an identity provider. Set RETENTION_OIDC_ISSUER, or name a key with --key.")
    return PERSON, pseudonym(settings.oidc_issuer, asked.subject)


def _told(one: "Assignment", day: str) -> tuple[str, ...]:
    holder = f"{one.kind} {printable(one.holder)}"
    return one.id, one.state(day), one.valid_from, one.valid_to or "-", printable(one.org_unit) or _WHOLE, holder


def _day(text: str | None, name: str) -> dt.date | None:
    try:
        date = dt.date.fromisoformat(text) if text else None
    except ValueError:
        date = None
    if text is not None and str(date) != text:
        raise UsageError(f"{name} takes a day as YYYY-MM-DD.")
    return date
