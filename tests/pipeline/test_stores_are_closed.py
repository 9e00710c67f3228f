"""Whoever opens the score store for a command closes it: a database server counts who is still connected."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import psycopg
import pytest
from sqlalchemy import update

from service.app import create_app
from service.cli import main
from service.errors import StoreError
from service.settings import Settings
from service.store import tables
from service.store.engine import open_store
from tests import stores
from tests.posting import Client
from tests.served import day, shared_toy

TODAY: Final = day("2026-09-16")
COMMANDS: Final = (
    ("score", "--data", "DATA", "--as-of", "2026-09-15"),
    ("score", "--data", "NOWHERE", "--as-of", "2026-09-15"),
    ("keys", "add", "--name", "again", "--role", "admin"),
    ("keys", "list"),
    ("keys", "revoke", "no-such-key"),
    ("link", "--key", "page"),
    ("link", "--key", "nobody"),
    ("unit", "--off", "Sales"),
    ("actions", "--out", "HOME/actions.csv"),
    ("actions", "--out", "HOME/actions.txt"),
    ("audit", "verify"),
    ("backup", "HOME/saved.tar"),
    ("restore", "HOME/saved.tar"),
)
"""Those that end well and those that do not."""


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """A home with a champion, a run and a key, its store on PostgreSQL."""
    home = shared_toy().home(tmp_path_factory.mktemp("closed"))
    with stores.settings("postgresql", home) as given:
        environ = stores.environ(given)
        assert main(["score", "--data", str(shared_toy().data), "--as-of", "2026-09-08"], environ) == 0
        assert main(["keys", "add", "--name", "page", "--role", "hrbp"], environ) == 0
        yield given


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_command_leaves_no_connection_open(settings: Settings, command: tuple[str, ...]) -> None:
    """The server has nobody on this database any more, whether the command was done or refused."""
    places = {"DATA": str(shared_toy().data), "NOWHERE": str(settings.home / "nowhere")}
    asked = [places.get(word, word.replace("HOME", str(settings.home))) for word in command]
    assert main(asked, stores.environ(settings)) in {0, 2}
    assert _connected(settings) == 0


def test_a_server_that_ends_at_once_leaves_no_connection_open(settings: Settings) -> None:
    """Though somebody is just looking at the store, in a thread of its own."""
    for _ in range(5):
        with Client(create_app(settings, {}, today=lambda: TODAY)):
            pass
        assert _connected(settings) == 0


def test_a_store_that_does_not_open_is_not_left_open() -> None:
    """The store of a newer program is refused, and with it goes the connection that found out."""
    with stores.settings("postgresql", Path("unused")) as given:
        with stores.opened(given) as store, store.begin() as connection:
            connection.execute(update(tables.schema).values(version=tables.SCHEMA_VERSION + 1))
        with pytest.raises(StoreError, match="newer"):
            open_store(given.database_url)
        assert _connected(given) == 0


def _connected(settings: Settings) -> int:
    """How many others are connected to the store's database; a connection that was closed may end a moment later."""
    with _server(settings) as server:
        query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        for _ in range(20):
            (found,) = server.execute(query).fetchone() or (0,)
            if not found:
                break
            server.execute("SELECT pg_sleep(0.05)")
    return int(found)


def _server(settings: Settings) -> psycopg.Connection[tuple[int]]:
    """A connection of the test's own to the store's database."""
    return psycopg.connect(settings.store_url.replace("+psycopg", ""), autocommit=True)
