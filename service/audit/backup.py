"""A backup of the whole home while it runs: store, bundles, the champion's pointer, MLflow's embedded registry, audit files.

SQLite files are copied by SQLite itself (its online backup), so they are as they were at one moment; a store elsewhere
is written down row by row. The access log's anchor is copied before the store, so it never knows more than the copy.
"""

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

from sqlalchemy import Engine
from sqlalchemy.engine import make_url

from models.errors import BundleError
from service import bundles
from service.audit import rows
from service.audit.archive import Writer, writing
from service.audit.kept import FILE
from service.audit.log import AccessLog
from service.errors import StoreError, UsageError
from service.settings import Settings
from service.store import tables

ANCHOR: Final = "audit/anchor.jsonl"
STONES: Final = f"audit/{FILE}"
ROWS: Final = "store.jsonl"
DATABASE: Final = "retention.db"
"""The store's file in a home."""
HOME: Final = "home/"
"""What the names of the home's files begin with."""

_DATABASE: Final = ".db"
"""What a file of SQLite's is called here: the store, and the registry's."""
_BESIDE: Final = ("-wal", "-shm", "-journal")
"""What SQLite keeps beside a file; the online copy has it in it."""


def backup(log: AccessLog, settings: Settings, target: Path) -> int:
    """Write the archive, whole or not at all; how many files it holds.

    Raises
    ------
    UsageError
        The target lies in the home, or cannot be written.
    StoreError
        Something of the home cannot be read.
    """
    if target.absolute().is_relative_to(settings.home.absolute()):
        raise UsageError("The backup would lie in the home that it saves. Name a file elsewhere.")
    if not target.absolute().parent.is_dir():
        raise UsageError("The folder in which the backup should lie is not there.")
    log.flush()
    try:
        with (
            writing(target, log.moment(), tables.SCHEMA_VERSION) as writer,
            tempfile.TemporaryDirectory(prefix=".backup-", dir=target.absolute().parent) as folder,
        ):
            _fill(writer, log.store, settings, Path(folder) / "copy")
            return len(writer.files)
    except (OSError, sqlite3.Error) as error:
        raise StoreError(f"The backup could not be written ({type(error).__name__}); there is none.") from error


def in_home(settings: Settings) -> bool:
    """Whether the store is a file of the home."""
    url = make_url(settings.database_url)
    return url.get_backend_name() == "sqlite" and Path(url.database or "") == settings.home.absolute() / DATABASE


def _fill(writer: Writer, store: Engine, settings: Settings, copy: Path) -> None:
    audit = {ANCHOR: settings.anchor, STONES: settings.anchor.with_name(FILE)}
    for name, path in audit.items():
        if path.exists():
            _add(writer, name, path, copy)
    for path in _files(settings.home.absolute(), [path.absolute() for path in audit.values()]):
        _add(writer, HOME + path.relative_to(settings.home.absolute()).as_posix(), path, copy)
    if not in_home(settings):
        rows.dump(store, copy)
        writer.add(ROWS, copy)
    _check_champion(writer, settings)


def _files(home: Path, besides: list[Path]) -> Iterator[Path]:
    """The files of the home, the champion's pointer before the bundles, the store last; what is half made is not one."""
    found = []
    for folder, below, names in os.walk(home):
        below[:] = sorted(name for name in below if not name.startswith("."))
        found += [Path(folder, name) for name in names if not name.startswith(".") and not name.endswith(_BESIDE)]
    pointer, database = home / "bundles" / bundles.POINTER, home / DATABASE
    found.sort(key=lambda path: (path != pointer, path == database, path))
    return (path for path in found if path not in besides and path.is_file() and not path.is_symlink())


def _add(writer: Writer, name: str, path: Path, copy: Path) -> None:
    """Copy a file to where nobody changes it, and add that; one that has just been removed is passed over.

    A database is never opened by hand: closing it would give up every lock that this process has on it (POSIX).
    """
    try:
        if path.suffix == _DATABASE:
            _copy_database(path, copy)
        else:
            shutil.copyfile(path, copy)
    except FileNotFoundError:
        return
    writer.add(name, copy)
    copy.unlink()


def _copy_database(path: Path, copy: Path) -> None:
    """SQLite's online backup: as the file is at one moment, whoever writes to it meanwhile."""
    with (
        closing(sqlite3.connect(f"file:{path}?mode=rw", uri=True, timeout=60)) as source,
        closing(sqlite3.connect(copy)) as target,
    ):
        source.backup(target)
        if target.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
            raise StoreError(
                f"{path.name} is damaged: no backup was written. Keep the older ones, and restore the last."
            )


def _check_champion(writer: Writer, settings: Settings) -> None:
    """Refuse a copy whose pointer names a bundle that was pruned while it was made."""
    try:
        pointed = bundles.champion(settings.bundles)
    except BundleError as error:
        raise StoreError(str(error)) from error
    if pointed is None or f"{HOME}bundles/{bundles.POINTER}" not in writer.files:
        return
    place = f"{HOME}bundles/{bundles.folder(settings.bundles, pointed.digest).name}/"
    if not any(name.startswith(place) for name in writer.files):
        raise StoreError("The champion changed while the backup was made; there is none. Try again.")
