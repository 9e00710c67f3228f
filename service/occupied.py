"""Who works in a home: any number of servers and runs at once, or one restore alone."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from service.errors import UsageError


@contextmanager
def occupied(home: Path) -> Iterator[None]:
    """Work in a home for the length of the block; it is made where it is not there.

    Raises
    ------
    UsageError
        A backup is being put in its place just now, or the home cannot be made.
    """
    try:
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise UsageError(f"The home cannot be made ({type(error).__name__}). Check RETENTION_HOME.") from error
    with _held(home, fcntl.LOCK_SH, "A backup is being put in this home's place just now. Try again when it is done."):
        yield


@contextmanager
def alone(home: Path) -> Iterator[None]:
    """Have a home to oneself for the length of the block.

    Raises
    ------
    UsageError
        A server or a run works in it.
    """
    if not home.is_dir():
        yield
        return
    with _held(home, fcntl.LOCK_EX, "A server or a run works in this home. Stop it first; nothing was changed."):
        yield


@contextmanager
def _held(home: Path, kind: int, otherwise: str) -> Iterator[None]:
    """A lock on the folder itself, which ends with the process whatever becomes of it."""
    handle = os.open(home, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UsageError(otherwise) from None
        yield
    finally:
        os.close(handle)
