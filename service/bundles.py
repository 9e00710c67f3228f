"""The local bundle store: verified bundles by digest, and a pointer to the champion's.

    RETENTION_HOME/bundles/champion.json     which bundle is served, under which version
    RETENTION_HOME/bundles/<64 hex digits>/  that bundle

The pointer changes by one rename, so a reader sees the old champion or the new one, never half of either. Only
`sync` writes here; the server and the nightly run read.
"""

import os
from pathlib import Path
from typing import Final

import msgspec

from models.errors import BundleError

POINTER: Final = "champion.json"


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
    """Where the bundle of that digest lies."""
    return store / digest.removeprefix("sha256:")


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
            f"The pointer {POINTER} in the bundle store cannot be read. Run: python -m service sync."
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
    beside = store / f".{POINTER}.{os.getpid()}"
    with beside.open("wb") as handle:
        handle.write(msgspec.json.encode(found))
        handle.flush()
        os.fsync(handle.fileno())
    beside.replace(store / POINTER)
