"""One training run at a time in a home: the second waits, and says so."""

import fcntl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def held(home: Path, waiting: Callable[[], None]) -> Iterator[None]:
    """Hold the home's training lock; the system lets go of it if the process dies.

    Parameters
    ----------
    home
        The folder; made if it is not there.
    waiting
        Called once if another process holds the lock.
    """
    home.mkdir(parents=True, exist_ok=True)
    with (home / "train.lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            waiting()
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
