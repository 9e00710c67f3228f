"""Score stores of both kinds for tests: SQLite in a home, and a database of a real PostgreSQL."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from sqlalchemy import Engine

from service.settings import Settings
from service.store import engine
from tests import postgres

KINDS: Final = ("sqlite", "postgresql")


@contextlib.contextmanager
def settings(kind: str, home: Path) -> Iterator[Settings]:
    """Settings of a home whose store is empty and of that kind."""
    if kind == "sqlite":
        yield Settings(home=home)
        return
    with postgres.held_database() as url:
        yield Settings(home=home, store_url=url)


def environ(given: Settings) -> dict[str, str]:
    """The home and the store as a command gets them."""
    return {"RETENTION_HOME": str(given.home), "RETENTION_STORE_URL": given.store_url}


@contextlib.contextmanager
def opened(given: Settings) -> Iterator[Engine]:
    """The store of those settings, its connections closed afterwards."""
    with engine.opened(given.database_url) as store:
        yield store
