"""A backup put back: checked byte by byte, its access log verified, everybody erased since taken out, then in place.

The home is put together beside where it belongs and takes its place by one rename. Tombstones that lie there already
hold: whoever was erased after the backup was made does not come back. The anchor goes on from what the backup's own
knew, and says so.
"""

import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from sqlalchemy import select

from service.access.keys import Caller
from service.audit import archive, rows
from service.audit.anchor import Anchor, Line
from service.audit.backup import ANCHOR, DATABASE, ROWS, in_home
from service.audit.chain import START
from service.audit.erase import replay
from service.audit.kept import Kept
from service.audit.log import AccessLog
from service.audit.subjects import parts
from service.audit.verify import verify
from service.errors import ChainError, StoreError, UsageError
from service.settings import Settings
from service.store import tables
from service.store.audit_tables import access_log
from service.store.engine import faults_named, opened

_NOT_EMPTY: Final = (
    "There is something in the home or in its store already. To put the backup in its place, and lose what is there, "
    "stop the server and add --replace."
)


@dataclass(frozen=True)
class Restored:
    """What a restored backup brought."""

    files: int
    log_rows: int
    """Rows of the access log."""
    erased: int
    """People who were erased after the backup was made, and now are again."""


def restore(settings: Settings, file: Path, caller: Caller, clock: Callable[[], float], *, replacing: bool) -> Restored:
    """Put a backup in the home's place.

    Parameters
    ----------
    clock
        Seconds since 1970.
    replacing
        What is in the home and its store goes.

    Raises
    ------
    UsageError
        The archive is not whole, or there is something in the home and `replacing` is false.
    ChainError
        The backup's access log was tampered with, or is not the one that the anchor knows.
    StoreError
        It cannot be put in place; what was there still is.
    """
    if not replacing and _something_there(settings):
        raise UsageError(_NOT_EMPTY)
    home = settings.home.absolute()
    try:
        home.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".restore-", dir=home.parent) as folder:
            return _restore(settings, file, Path(folder), caller, clock)
    except OSError as error:
        raise StoreError(
            f"The backup cannot be put in place ({type(error).__name__}); what was there still is."
        ) from error


def _restore(settings: Settings, file: Path, folder: Path, caller: Caller, clock: Callable[[], float]) -> Restored:
    manifest = archive.unpack(file, folder)
    if manifest.schema > tables.SCHEMA_VERSION:
        raise UsageError("The backup was made by a newer version of this program. Update this one.")
    ready = folder / "home"
    ready.mkdir(exist_ok=True, mode=0o700)
    staged = replace(settings, home=ready, store_url="", audit_anchor=str(folder / ANCHOR))
    with opened(staged.database_url) as store:
        if (folder / ROWS).exists():
            with faults_named(), store.begin() as connection:
                rows.load(connection, folder / ROWS)
        log = AccessLog(store, staged, clock)
        _check(log, settings)
        Kept(staged).add(Kept(settings).read())
        erased = replay(log, Kept(staged), caller)
        whole = verify(store, log.anchor)
        if not in_home(settings):
            rows.dump(store, folder / ROWS)
    if not in_home(settings):
        _load(settings, folder / ROWS)
        (ready / DATABASE).unlink()
    _hand_over_audit(settings, staged, log.moment())
    _swap(ready, settings.home.absolute(), folder / "before")
    return Restored(len(manifest.files), whole.rows, erased)


def _check(log: AccessLog, settings: Settings) -> None:
    """Refuse a backup whose access log is not whole, or is not the one that the anchor here knows."""
    found = verify(log.store, log.anchor)
    if found.bad_row is not None:
        raise ChainError(
            f"The backup's access log is broken. Row {found.bad_row:,} is the first bad one: {found.fault}."
        )
    known = {point.seq: point.hash for point in Anchor(settings.anchor).points()}
    rows_ = access_log.c
    with faults_named(), log.store.connect() as connection:
        for part in parts(sorted(known)):
            for row in connection.execute(select(rows_.seq, rows_.hash).where(rows_.seq.in_(part))):
                if known[row.seq] != row.hash:
                    raise ChainError(
                        f"Row {row.seq:,} of the backup's access log is not the one that the anchor here knows: the backup "
                        "is of another home, or was changed. To restore it all the same, move the anchor away first."
                    )


def _hand_over_audit(settings: Settings, staged: Settings, moment: str) -> None:
    """Let the anchor and the tombstones that will hold know what the backup's own knew."""
    home, anchor = settings.home.absolute(), settings.anchor.absolute()
    known = Anchor(anchor).lines()
    said = [Line(moment, START.seq, START.hash, restored=True)]
    said += [Line(moment, *point) for point in Anchor(staged.anchor).points()]
    if anchor.is_relative_to(home):
        place = replace(settings, audit_anchor=str(staged.home / anchor.relative_to(home)))
        Anchor(place.anchor).add(*known, *said)
    else:
        place = settings
        Anchor(anchor).add(*said)
    Kept(place).add(Kept(staged).read())


def _load(settings: Settings, path: Path) -> None:
    """Put the rows into a store that is no file of the home, all or none."""
    with opened(settings.database_url) as store, faults_named(), store.begin() as connection:
        rows.load(connection, path)


def _something_there(settings: Settings) -> bool:
    home = settings.home.absolute()
    if home.exists() and any(home.iterdir()):
        return True
    if in_home(settings):
        return False
    with opened(settings.database_url) as store, faults_named(), store.connect() as connection:
        return not rows.empty(connection)


def _swap(ready: Path, home: Path, before: Path) -> None:
    """Let what is ready take the home's place; what was there goes to `before`."""
    there = home.exists()
    if there:
        home.rename(before)
    try:
        ready.rename(home)
    except OSError:
        if there:
            before.rename(home)
        raise
    descriptor = os.open(home.parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
