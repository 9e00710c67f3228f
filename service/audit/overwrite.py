"""Making sure that what was deleted from SQLite's files is no longer in them.

``secure_delete`` overwrites deleted rows, but not the copies that moving rows between pages leaves behind. So the files
are searched, and only where the bytes are still found the file is written anew (``VACUUM``), which nobody can write to
the store during.
"""

import time
from pathlib import Path
from typing import Final

from sqlalchemy import Engine

from service.store.engine import faults_named

CLEAN: Final = "overwritten"
_HELD: Final = "a reader still holds the write-ahead log: give this command again when none does"
_TRIES: Final = 50
_PAUSE: Final = 0.1
"""Seconds between two tries at emptying the write-ahead log, which readers may hold for a moment."""
_BLOCK: Final = 1 << 22


def overwrite(store: Engine, texts: list[str]) -> str:
    """Search the store's files for deleted texts, write them anew where one is found; in words, what is left.

    A short text may also be part of another that is to stay; then the words say so.
    """
    if store.dialect.name != "sqlite":
        return "the rows are gone; the database server's files follow with its vacuum and the end of its own log"
    wanted = [text.encode("utf-8", "surrogatepass") for text in texts if text]
    if not _emptied(store):
        return _HELD
    if not _found(store, wanted):
        return CLEAN
    if not _emptied(store, "VACUUM"):
        return _HELD
    return "these letters stand in it only as part of something else" if _found(store, wanted) else CLEAN


def _emptied(store: Engine, first: str = "") -> bool:
    """Move the write-ahead log into the file and cut it to nothing; False where a reader does not let go of it.

    Parameters
    ----------
    first
        A statement to run before.
    """
    with faults_named(), store.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if first:
            connection.exec_driver_sql(first)
        for _ in range(_TRIES):
            busy, *_rest = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()
            if not busy:
                return True
            time.sleep(_PAUSE)
    return False


def _found(store: Engine, wanted: list[bytes]) -> bool:
    """Whether any of the texts stands in the file.

    No connection of this process may be open meanwhile: closing a file by hand gives up every lock that the process has
    on it (POSIX), and SQLite would go on without.
    """
    if not wanted:
        return False
    store.dispose()
    longest = max(map(len, wanted))
    with Path(store.url.database or "").open("rb") as handle:
        tail = b""
        while block := handle.read(_BLOCK):
            content = tail + block
            if any(one in content for one in wanted):
                return True
            tail = content[-longest:]
    return False
