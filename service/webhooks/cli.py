"""`service webhooks`: who is told when a run is there, and sending what waits."""

import argparse
import datetime as dt
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from service.access.printing import printable, table
from service.settings import Settings

if TYPE_CHECKING:
    from service.webhooks.endpoints import Endpoint

_TYPES: Final = ("run.published", "run.held_back", "warnings.ready", "model.promoted")
_HEAD: Final = ("id", "state", "waiting", "given up", "events", "url")


def add_verbs(parent: Any, clock: Callable[[], dt.datetime]) -> None:
    """Add `webhooks` and its verbs to a parser's commands."""
    verbs = parent.add_parser("webhooks", help="who is told of runs, by signed messages").add_subparsers(
        required=True, metavar="VERB"
    )
    add = verbs.add_parser("add", help="add a receiver: its secret is the last word of the output, shown once")
    add.add_argument("--url", required=True, help="an https URL with a public name")
    add.add_argument("--event", action="append", choices=_TYPES, default=[], help="may be repeated; default: all")
    add.set_defaults(command=_add, clock=clock)
    verbs.add_parser("list", help="every receiver, and what waits for it").set_defaults(command=_list, clock=clock)
    for verb, command, said in (
        ("remove", _remove, "remove a receiver"),
        ("rotate", _rotate, "a new secret, shown once; the old one signs too for a day; a disabled receiver is back"),
    ):
        one = verbs.add_parser(verb, help=said)
        one.add_argument("id", metavar="ID", help="as `webhooks list` shows it")
        one.set_defaults(command=command, clock=clock)
    deliver = verbs.add_parser("deliver", help="send what is due now; `serve` does so by itself")
    deliver.set_defaults(command=_deliver, clock=clock)


def _add(asked: argparse.Namespace, settings: Settings, environ: Mapping[str, str]) -> None:
    from service.audit.cli import actor, opened_log
    from service.webhooks import endpoints

    with opened_log(settings, asked.clock().timestamp) as log:
        loopback = settings.webhooks_loopback == "yes"
        id_, secret = endpoints.add(log, actor(environ), asked.url, asked.event, loopback=loopback)
    print(f"The webhook {id_}. Its secret is not shown again: {secret}")


def _list(asked: argparse.Namespace, settings: Settings, _environ: Mapping[str, str]) -> None:
    from service.audit.cli import opened_log
    from service.webhooks import endpoints

    with opened_log(settings, asked.clock().timestamp) as log:
        print(table([_HEAD, *(_row(one) for one in endpoints.listed(log))]))


def _remove(asked: argparse.Namespace, settings: Settings, environ: Mapping[str, str]) -> None:
    from service.audit.cli import actor, opened_log
    from service.webhooks import endpoints

    with opened_log(settings, asked.clock().timestamp) as log:
        endpoints.remove(log, actor(environ), asked.id)
    print("The webhook is removed, and what waited for it.")


def _rotate(asked: argparse.Namespace, settings: Settings, environ: Mapping[str, str]) -> None:
    from service.audit.cli import actor, opened_log
    from service.webhooks import endpoints

    now: dt.datetime = asked.clock()
    with opened_log(settings, now.timestamp) as log:
        secret = endpoints.rotate(log, actor(environ), asked.id, now.timestamp())
    print(f"For a day both secrets sign. The new one is not shown again: {secret}")


def _deliver(asked: argparse.Namespace, settings: Settings, _environ: Mapping[str, str]) -> None:
    from service.audit.cli import opened_log
    from service.webhooks.deliverer import Deliverer

    clock: Callable[[], dt.datetime] = asked.clock
    with opened_log(settings, lambda: clock().timestamp()) as log:
        sender = Deliverer(log.store, settings, lambda: clock().timestamp())
        attempts = sender.once()
        sender.resign()
    print(f"{attempts:,} attempts to deliver. What failed is tried again later.")


def _row(one: "Endpoint") -> tuple[str, ...]:
    state = "disabled" if one.disabled_at else "live"
    shown = one.url.partition("?")[0]
    return one.id, state, str(one.waiting), str(one.given_up), " ".join(one.events), printable(shown)
