"""Opening the score store: the engine, SQLite's durability, who may read the file, the schema's version.

SQLite runs in WAL mode with ``synchronous=FULL``: readers never wait for a publishing run, and what was acknowledged
survives a killed process and a power cut. What is deleted is overwritten (``secure_delete``).

The file holds people's scores, so it is nobody else's: a folder made for it is its owner's alone (0700), a new file is
too (0600), and from a file that everybody may read that right is taken away, or the store is refused where it is not
ours to change. What a group may read was somebody's decision and stays.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, create_engine, event, func, insert, inspect, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.exc import TimeoutError as SQLAlchemyTimeout
from sqlalchemy.schema import CreateIndex, CreateTable

from service.errors import StoreError, UsageError
from service.store import access_tables as _access_tables  # noqa: F401 - so that they are made with the others
from service.store import audit_tables as _audit_tables  # noqa: F401 - so that they are made with the others
from service.store import dashboard_tables as _dashboard_tables  # noqa: F401 - likewise
from service.store import migrations, tables
from service.store import monitoring_tables as _monitoring_tables  # noqa: F401 - likewise
from service.store import night_tables as _night_tables  # noqa: F401 - likewise
from service.store import outcome_tables as _outcome_tables  # noqa: F401 - likewise
from service.store import page_tables as _page_tables  # noqa: F401 - likewise
from service.store import team_tables as _team_tables  # noqa: F401 - likewise
from service.store import webhook_tables as _webhook_tables  # noqa: F401 - likewise

_NOT_OURS: Final = (
    "The score store's file can be read by everybody, or cannot be opened, and is not this user's to change. "
    "Check the owner of RETENTION_HOME, or take the rights of others away: chmod o= retention.db."
)
PATIENCE_SECONDS: Final = 60.0
"""How long a command that writes waits for another writer to finish before it gives up."""
_CONNECT_SECONDS: Final = 4
"""How long a database server may take to take a connection; another time may stand in the URL, as `connect_timeout`."""
_DAMAGED: Final = (
    "The score store's file is damaged. Stop the server, keep the file, and put a backup in its place: "
    "python -m service restore FILE --replace."
)
_FULL: Final = "There is no room left for the score store; nothing was written. Make room: nothing need be restarted."
_READ_ONLY: Final = "The score store can only be read, so nothing was written. Check who owns it, and its disk."
_HELD: Final = "Another writer holds the score store; nothing was written. Try again."
_SQLITE: Final = {
    sqlite3.SQLITE_CORRUPT: _DAMAGED,
    sqlite3.SQLITE_NOTADB: _DAMAGED,
    sqlite3.SQLITE_FULL: _FULL,
    sqlite3.SQLITE_READONLY: _READ_ONLY,
    sqlite3.SQLITE_BUSY: _HELD,
    sqlite3.SQLITE_LOCKED: _HELD,
}
"""What is said of an error of SQLite, by its code."""
_POSTGRESQL: Final = {"53100": _FULL, "25006": _READ_ONLY, "55P03": _HELD}
"""What is said of an error of PostgreSQL, by its code (SQLSTATE)."""
_SCHEMA_LOCK: Final = 7_203_411_905
"""The number under which processes that open a new store on PostgreSQL wait for each other; any would do."""


def open_store(url: str, patience: float = PATIENCE_SECONDS) -> Engine:
    """An engine on the store at `url`, its tables made where they are missing.

    Parameters
    ----------
    patience
        How long a writer waits for another to finish before it gives up. Unit: seconds.

    Raises
    ------
    UsageError
        The URL cannot be used, or the home that holds the file cannot be made.
    StoreError
        The database does not open, or it was made by a newer version of this program.
    """
    try:
        engine = _engine(url, patience)
    except (ArgumentError, NoSuchModuleError, ImportError, OSError) as error:
        raise UsageError(
            f"The score store's URL cannot be used ({type(error).__name__}). Check RETENTION_STORE_URL and RETENTION_HOME."
        ) from error
    try:
        with faults_named(), engine.begin() as connection:
            _create(connection)
    except BaseException:
        engine.dispose()
        raise
    return engine


@contextmanager
def opened(url: str) -> Iterator[Engine]:
    """The store at `url` for the length of a block: its connections are closed afterwards. Raises as `open_store` does."""
    store = open_store(url)
    try:
        yield store
    finally:
        store.dispose()


def refuse_absent(url: str) -> None:
    """Refuse a store that is not there, for whoever only asks: a slip must not make an empty one that looks whole.

    Raises
    ------
    UsageError
        The URL names a file of SQLite that does not exist.
    """
    target = make_url(url)
    file = target.database if target.get_backend_name() == "sqlite" else None
    if file and file != ":memory:" and not Path(file).exists():
        raise UsageError("There is no score store here yet. Check RETENTION_HOME and RETENTION_STORE_URL.")


@contextmanager
def faults_named() -> Iterator[None]:
    """Turn the database's errors into `StoreError`, without the statement and its values."""
    try:
        yield
    except DBAPIError as error:
        known = _SQLITE.get(getattr(error.orig, "sqlite_errorcode", 0) & 0xFF)
        known = known or _POSTGRESQL.get(getattr(error.orig, "sqlstate", None) or "")
        said = known or f"The score store does not answer ({type(error.orig).__name__}). Try again."
        raise StoreError(said) from error
    except SQLAlchemyTimeout as error:
        raise StoreError("The score store does not answer (no connection is free). Try again.") from error


def _engine(url: str, patience: float) -> Engine:
    target = make_url(url)
    if target.get_backend_name() != "sqlite":
        ours = {"connect_timeout": _CONNECT_SECONDS, "options": f"-c lock_timeout={patience * 1_000:.0f}"}
        given = target.query if target.get_driver_name().startswith("psycopg") else ours
        timeouts = {name: value for name, value in ours.items() if name not in given}
        return create_engine(target, hide_parameters=True, pool_pre_ping=True, connect_args=timeouts)
    if target.database and target.database != ":memory:":
        _keep_private(Path(target.database))
    engine = create_engine(target, hide_parameters=True, connect_args={"timeout": patience, "check_same_thread": False})
    event.listen(engine, "connect", _durable)
    return engine


def _durable(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _keep_private(file: Path) -> None:
    """Make the file's folder and the file for their owner alone, or take everybody else's rights on the file away.

    A file that is there is not opened: closing it again would drop the locks that SQLite's connections of this process
    hold on it, and another process would then take the write-ahead log from under them.
    """
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        with suppress(FileExistsError):
            os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_RDONLY, 0o600))
        mode = file.stat().st_mode
        if mode & 0o007:
            file.chmod(mode & 0o770)
    except PermissionError as error:
        raise UsageError(_NOT_OURS) from error
    if not os.access(file, os.R_OK):
        raise UsageError(_NOT_OURS)


def _create(connection: Connection) -> None:
    """Make the tables, or bring those of an older program up to date; one process at a time."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_SCHEMA_LOCK)))
    if not inspect(connection).has_table(tables.schema.name):
        _make(connection)
    found = connection.execute(select(tables.schema.c.version)).scalar()
    if found is None:
        _make(connection)
    elif found > tables.SCHEMA_VERSION:
        raise StoreError(
            f"The score store has schema version {found}, this program knows {tables.SCHEMA_VERSION}: "
            "it was made by a newer version. Update this program."
        )
    elif found < tables.SCHEMA_VERSION:
        migrations.migrate(connection)


def _make(connection: Connection) -> None:
    for table in tables.METADATA.sorted_tables:
        connection.execute(CreateTable(table, if_not_exists=True))
        for index in table.indexes:
            connection.execute(CreateIndex(index, if_not_exists=True))
    connection.execute(
        insert(tables.schema).values(id=1, version=tables.SCHEMA_VERSION).prefix_with("OR IGNORE", dialect="sqlite")
    )
