"""The local bundle store: verified bundles by digest, and a pointer to the champion's.

    RETENTION_HOME/bundles/champion.json     which bundle is served, under which version
    RETENTION_HOME/bundles/sync.json         what the last look at the registry found (`status`)
    RETENTION_HOME/bundles/<64 hex digits>/  that bundle, and those that were champion before it

The pointer changes by one rename, so a reader sees the old champion or the new one, never half of either. Only
`sync` writes here, and it points to nothing that it has not proven; the server and the nightly run read.
"""

import contextlib
import os
import re
import shutil
from pathlib import Path
from typing import Final

import msgspec

from models.errors import BundleError

POINTER: Final = "champion.json"
BESIDE: Final = ".fetch-"
"""What a folder is called while a bundle is put together in it."""
KEPT: Final = 5
"""So many bundles stay on disk, those that were champion last; a rollback to one of them needs no download."""
_ABANDONED_SECONDS: Final = 3_600.0
"""A folder that was being put together this long ago belongs to a process that died."""
_NAMED: Final = re.compile(r"[0-9a-f]{64}")


class Champion(msgspec.Struct, frozen=True):
    """Which registered version is the champion, and which bundle holds it."""

    name: str
    """The registered model's name."""
    version: str
    """The version's number, as text."""
    run: str
    """Id of the training run in the registry; empty where it is not known."""
    digest: str
    """"sha256:" and 64 hex digits."""


def folder(store: Path, digest: str) -> Path:
    """Where the bundle of that digest lies.

    Raises
    ------
    BundleError
        It is no digest.
    """
    name = digest.removeprefix("sha256:")
    if not _NAMED.fullmatch(name):
        raise BundleError("What should name a bundle is no SHA-256 digest.", "digest")
    return store / name


def champion(store: Path) -> Champion | None:
    """The champion the pointer names; None where nothing was ever fetched.

    Raises
    ------
    BundleError
        The pointer cannot be read.
    """
    try:
        return msgspec.json.decode((store / POINTER).read_bytes(), type=Champion)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.DecodeError) as error:
        raise BundleError(
            f"The pointer {POINTER} in the bundle store cannot be read. Run: python -m service sync.", "unreadable"
        ) from error


def pointed_at(store: Path) -> int:
    """When the pointer was written last, in nanoseconds: a bundle that was mended has the same name and a new pointer.

    0 where there is none.
    """
    try:
        return (store / POINTER).stat().st_mtime_ns
    except FileNotFoundError:
        return 0


def point_to(store: Path, found: Champion) -> None:
    """Make `found` the champion, durably and in one step."""
    with contextlib.suppress(OSError):
        os.utime(folder(store, found.digest))
    beside = store / f".{POINTER}.{os.getpid()}"
    with beside.open("wb") as handle:
        handle.write(msgspec.json.encode(found))
        handle.flush()
        os.fsync(handle.fileno())
    beside.replace(store / POINTER)
    descriptor = os.open(store, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def prune(store: Path, now: float) -> None:
    """Remove the bundles that were champion longest ago, but for `KEPT`, and what dead processes left half done.

    The champion stays. A server has the model it answers with in memory and needs its folder no more.
    """
    pointed = champion(store)
    held = [path for path in store.iterdir() if _NAMED.fullmatch(path.name)]
    held.sort(key=lambda path: path.lstat().st_mtime_ns, reverse=True)
    kept = folder(store, pointed.digest) if pointed else None
    for path in [path for path in held if path != kept][KEPT - 1 :]:
        gone = store / f"{BESIDE}{path.name}"
        path.rename(gone)
        shutil.rmtree(gone, ignore_errors=True)
    for path in store.glob(f"{BESIDE}*"):
        if now - path.lstat().st_mtime > _ABANDONED_SECONDS:
            shutil.rmtree(path, ignore_errors=True)
