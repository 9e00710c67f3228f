"""`service audit`, `object`, `unit`, `report`, `erase`, `backup`, `restore`: the commands of oversight.

What a command needs it imports itself, as in `service.cli`.
"""

import argparse
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from service.settings import Settings

if TYPE_CHECKING:
    from service.audit.log import AccessLog

Clock = Callable[[], float]
"""Seconds since 1970."""


def add_verbs(parent: Any, clock: Clock) -> None:
    """Add these commands to a parser's."""
    audit = parent.add_parser("audit", help="the log of who saw whose risk")
    verbs = audit.add_subparsers(required=True, metavar="VERB")
    verify = verbs.add_parser("verify", help="whether the log is whole; exit code 2 and the first bad row where not")
    verify.set_defaults(command=partial(_verify, clock))


def _verify(clock: Clock, _asked: argparse.Namespace, settings: Settings, _environ: Mapping[str, str]) -> None:
    from service.audit.verify import verify
    from service.errors import ChainError

    with _log(settings, clock) as log:
        found = verify(log.store, log.anchor)
        if found.bad_row is None:
            log.flush()
    if found.bad_row is not None:
        raise ChainError(
            f"The access log is broken. Row {found.bad_row:,} is the first bad one: {found.fault}. "
            f"{found.rows:,} rows before it fit. Keep the store and the anchor as they are, find out who changed them, "
            "then restore a backup: python -m service restore FILE."
        )
    print(f"The access log is whole: {found.rows:,} rows, {found.anchored:,} of them anchored outside the store.")


@contextmanager
def _log(settings: Settings, clock: Clock) -> Iterator["AccessLog"]:
    """The access log of the home's store, which is closed afterwards."""
    from service.audit.log import AccessLog
    from service.store.engine import open_store

    store = open_store(settings.database_url)
    try:
        yield AccessLog(store, settings, clock)
    finally:
        store.dispose()
