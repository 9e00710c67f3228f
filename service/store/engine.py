"""Opening the score store: the engine, SQLite's durability, the schema's version.

SQLite runs in WAL mode with ``synchronous=FULL``: readers never wait for a publishing run, and what was acknowledged
survives a killed process and a power cut.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, create_engine, event, insert, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.schema import CreateIndex, CreateTable

from service.errors import StoreError, UsageError
from service.store import tables

_BUSY_SECONDS: Final = 60
"""How long a writer waits for another to finish before it gives up."""


def open_store(url: str) -> Engine:
    """An engine on the store at `url`, its tables made where they are missing.

    Raises
    ------
    UsageError
        The URL cannot be used, or the home that holds the file cannot be made.
    StoreError
        The database does not open, or it was made by a newer version of this program.
    """
    try:
        engine = _engine(url)
    except (ArgumentError, NoSuchModuleError, ImportError, OSError) as error:
        raise UsageError(
            f"The score store's URL cannot be used ({type(error).__name__}). Check RETENTION_STORE_URL and RETENTION_HOME."
        ) from error
    with faults_named(), engine.begin() as connection:
        _create(connection)
    return engine


@contextmanager
def faults_named() -> Iterator[None]:
    """Turn the database's errors into `StoreError`, without the statement and its values."""
    try:
        yield
    except DBAPIError as error:
        raise StoreError(f"The score store does not answer ({type(error.orig).__name__}). Try again.") from error


def _engine(url: str) -> Engine:
    target = make_url(url)
    if target.get_backend_name() != "sqlite":
        return create_engine(target, hide_parameters=True, pool_pre_ping=True)
    if target.database:
        Path(target.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        target, hide_parameters=True, connect_args={"timeout": _BUSY_SECONDS, "check_same_thread": False}
    )
    event.listen(engine, "connect", _durable)
    return engine


def _durable(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _create(connection: Connection) -> None:
    for table in tables.METADATA.sorted_tables:
        connection.execute(CreateTable(table, if_not_exists=True))
        for index in table.indexes:
            connection.execute(CreateIndex(index, if_not_exists=True))
    found = connection.execute(select(tables.schema.c.version)).scalar()
    if found is None:
        connection.execute(
            insert(tables.schema).values(id=1, version=tables.SCHEMA_VERSION).prefix_with("OR IGNORE", dialect="sqlite")
        )
    elif found > tables.SCHEMA_VERSION:
        raise StoreError(
            f"The score store has schema version {found}, this program knows {tables.SCHEMA_VERSION}: "
            "it was made by a newer version. Update this program."
        )
