"""One-time links: a code that stands for a key, for a few minutes, once. `service link` and the start-up print them."""

import datetime as dt
import secrets
from typing import Final

from sqlalchemy import Engine, delete, insert, select

from service.access import keys
from service.access.keys import HeldKey
from service.api.auth import SIGNS_IN
from service.errors import UsageError
from service.moments import text
from service.page.sessions import digest, moment
from service.store import page_tables
from service.store.engine import faults_named

_LETTERS: Final = 64


def make(store: Engine, name: str, now: dt.datetime, minutes: int) -> str:
    """A code that signs in once as the key of that name, or of that public part.

    Raises
    ------
    UsageError
        No live key of a role that has a page is called so, or several are.
    """
    held = _held(store, name, now)
    ends = text((now + dt.timedelta(minutes=minutes)).timestamp())
    code = secrets.token_urlsafe(32)
    row = {"digest": digest(code), "key_prefix": held.prefix, "ends_at": ends}
    old = page_tables.sign_in_codes.c.ends_at < text(now.timestamp())
    with faults_named(), store.begin() as connection:
        connection.execute(delete(page_tables.sign_in_codes).where(old))
        connection.execute(insert(page_tables.sign_in_codes).values(row))
    return code


def use(store: Engine, code: str, now: float) -> str | None:
    """The public part of the key that a code stands for; None where it stands for none any more. It is gone then."""
    if not code or len(code) > _LETTERS:
        return None
    codes = page_tables.sign_in_codes
    mine = codes.c.digest == digest(code)
    with faults_named(), store.begin() as connection:
        row = connection.execute(select(codes).where(mine)).one_or_none()
        taken = connection.execute(delete(codes).where(mine)).rowcount
    if row is None or not taken or moment(row.ends_at) <= now:
        return None
    return str(row.key_prefix)


def newest(store: Engine, now: dt.datetime) -> HeldKey | None:
    """The key made last among those that have a page; None where there is none."""
    found = [one for one in keys.live(store, text(now.timestamp())).values() if one.caller.role in SIGNS_IN]
    return max(found, key=lambda one: one.created_at, default=None)


def address(base: str, code: str) -> str:
    """The link that carries a code."""
    return f"{base.rstrip('/')}/sign-in?code={code}"


def base(host: str, port: int, public_url: str) -> str:
    """Under which address people open the page: the one that was set, else where the server listens.

    >>> base("0.0.0.0", 8000, ""), base("::1", 8000, ""), base("127.0.0.1", 80, "https://retention.example/")
    ('http://127.0.0.1:8000', 'http://[::1]:8000', 'https://retention.example/')
    """
    if public_url:
        return public_url
    known = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104
    return f"http://{known}:{port}"


def _held(store: Engine, name: str, now: dt.datetime) -> HeldKey:
    live = keys.live(store, text(now.timestamp())).values()
    named = [one for one in live if name in {one.caller.name, one.prefix}]
    found = [one for one in named if one.caller.role in SIGNS_IN]
    if not found:
        why = "its role has no page" if named else "no live key is called so"
        raise UsageError(
            f"There is no link: {why}. Make a key for a person first: "
            "python -m service keys add --name NAME --role hrbp; see all keys: python -m service keys list."
        )
    if len({(one.caller.name, one.caller.role, one.caller.org_unit) for one in found}) > 1:
        raise UsageError("Several keys are called so. Name one by its prefix: python -m service keys list.")
    return max(found, key=lambda one: one.created_at)
