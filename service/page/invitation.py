"""What a server says on a terminal when it has started: where the page is, and a link that opens it once.

The link stands for the key made last of those that have a page: whoever may start a server in a home may make keys in it.
It is printed on a terminal only, never into a log that is kept.
"""

import datetime as dt

from sqlalchemy import Engine

from service.page import links
from service.settings import Settings


def invitation(store: Engine, settings: Settings, port: int, now: dt.datetime) -> str:
    """The lines to print.

    Parameters
    ----------
    port
        Where the server listens.
    """
    base = links.base(settings.host, port, settings.public_url)
    held = links.newest(store, now)
    if held is None:
        return (
            f"The page: {base}\nNobody can open it yet. Make a key for a person: "
            "python -m service keys add --name NAME --role hrbp"
        )
    code = links.make(store, held.prefix, now, settings.link_minutes)
    what = f"{held.caller.role} {held.prefix}"
    return f"The page, once and within {settings.link_minutes} minutes, as {what}: {links.address(base, code)}"
