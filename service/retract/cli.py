"""`service retract month`, `teams` and `list`: what was told of groups from wrong data is taken back, to be told anew.

What a command needs it imports itself, as in `service.cli`.
"""

import argparse
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from service.access.printing import printable, table
from service.errors import UsageError
from service.settings import Settings

if TYPE_CHECKING:
    from service.retract.retracting import Kind, Told

_HEAD: Final = ("at", "by", "what", "of", "why")
_WHAT: Final = {
    "month": (
        "The dashboard tells {count:,} values of {period}, first told by the run of {since}. All of them, of every unit and "
        "every figure, are withdrawn at once and withheld with the code `retracted`. The next run that is published tells "
        "the month anew, from what is on record then."
    ),
    "teams": (
        "{count:,} units and teams show figures that the run of {period} worked out: expected leavers and what moves them. "
        "They are withdrawn at once and withheld with the code `retracted`. The next run that is published works them out "
        "anew."
    ),
}
"""What will happen."""
_COSTS: Final = {
    "month": (
        "What it costs: a month stays as it was first told so that nobody can compare two tellings of it. Whoever has kept "
        "the first can now, and may read from the difference what single people answered, asked or did: those whose records "
        "came, went or were corrected in between, and all of a unit in which everybody answered alike. Do it only where what "
        "was told is plainly wrong, and once, when the data is right."
    ),
    "teams": (
        "What it costs: figures stay until nobody or at least five people came or went, so that nobody can compare two "
        "tellings of nearly the same people. Whoever has kept the first can now, and may read from the difference how high "
        "the risk of the few is who came or went between the two runs, and for which reasons. Do it only where what was told "
        "is plainly wrong, and once, when the data is right."
    ),
}
"""What it takes from the protection of single people."""
_BEFORE: Final = "It was retracted before ({times}): every further telling tells more."
_ASKED: Final = "Nothing was changed. To do it, say why, naming no person: --reason TEXT. It is written to the access log with your name."


def add_verbs(parent: Any, clock: Callable[[], float]) -> None:
    """Add the command and its verbs to a parser's.

    Parameters
    ----------
    clock
        Seconds since 1970.
    """
    retract = parent.add_parser(
        "retract", help="take back what was told of groups from wrong data; the next run tells it anew"
    )
    verbs = retract.add_subparsers(required=True, metavar="VERB")
    month = verbs.add_parser("month", help="a month of the dashboard; without --reason it only says what that would do")
    month.add_argument("period", metavar="MONTH", help="such as 2026-03")
    teams = verbs.add_parser("teams", help="figures of units and teams from a day; without --reason likewise")
    teams.add_argument(
        "period", metavar="DATE", help="the day they are from, YYYY-MM-DD: their `held_since`, or the run's"
    )
    for kind, verb in (("month", month), ("teams", teams)):
        verb.add_argument(
            "--reason", metavar="TEXT", help="why, in words that name nobody; it goes into the access log"
        )
        verb.set_defaults(command=partial(_retract, clock), kind=kind)
    verbs.add_parser("list", help="what was retracted, by whom and why").set_defaults(command=partial(_list, clock))


def _retract(
    clock: Callable[[], float], asked: argparse.Namespace, settings: Settings, environ: Mapping[str, str]
) -> None:
    from service.audit.cli import actor, opened_log
    from service.retract import retracting

    kind: Kind = asked.kind
    with opened_log(settings, clock) as log:
        told = retracting.look(log.store, kind, asked.period)
        if not told.count:
            print("No value of it is shown: there is nothing to retract.")
            return
        print(_said(kind, asked.period, told))
        if asked.reason is None:
            raise UsageError(_ASKED)
        retracting.retract(log, actor(environ), kind, asked.period, asked.reason)
    print("\nIt is done, and written to the access log. Now publish a run over data that is right: a run that was published "
          "before, of the same day and the same data, tells nothing anew.")  # fmt: skip


def _said(kind: "Kind", period: str, told: "Told") -> str:
    """What a retraction does and costs, in words."""
    since = told.since[0] if len(told.since) == 1 else f"{told.since[0]}, and others up to {told.since[-1]}"
    does = _WHAT[kind].format(count=told.count, period=period, since=since)
    times = "once" if told.before == 1 else f"{told.before:,} times"
    again = [_BEFORE.format(times=times)] if told.before else []
    return "\n\n".join([does, _COSTS[kind], *again])


def _list(
    clock: Callable[[], float], _asked: argparse.Namespace, settings: Settings, _environ: Mapping[str, str]
) -> None:
    from service.audit.cli import opened_log
    from service.retract import retracting

    with opened_log(settings, clock) as log:
        found = retracting.listed(log.store)
    rows = [(one.at, printable(one.by), one.kind, one.period, printable(one.reason)) for one in found]
    print(table([_HEAD, *rows]) if rows else "Nothing was retracted, as far back as the access log goes.")
