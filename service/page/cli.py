"""`service link`: a link that opens the page once, for whoever holds a key and has no wish to type it.

What opens the store is imported late: the parser is also that of `serve`, which must start fast.
"""

import argparse
import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

from service.settings import Settings


def add_verbs(parent: Any, clock: Callable[[], dt.datetime]) -> None:
    """Add `link` to a parser's commands.

    Parameters
    ----------
    clock
        The present moment, in UTC.
    """
    link = parent.add_parser("link", help="a one-time link to the page: the last word of the output")
    link.add_argument("--key", required=True, metavar="NAME", help="name or prefix of the key that it signs in as")
    link.add_argument("--address", metavar="URL", help="where the page is; default: RETENTION_PUBLIC_URL, or this host")
    link.set_defaults(command=_link, clock=clock)


def _link(asked: argparse.Namespace, settings: Settings, _environ: Mapping[str, str]) -> None:
    from service.page import links
    from service.store.engine import opened

    with opened(settings.database_url) as store:
        code = links.make(store, asked.key, asked.clock(), settings.link_minutes)
    base = asked.address or links.base(settings.host, settings.port, settings.public_url)
    print(f"Opens the page once, within {settings.link_minutes} minutes: {links.address(base, code)}")
