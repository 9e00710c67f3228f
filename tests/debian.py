"""Programs that tests need and Debian has: installed by root, once for all test processes; elsewhere the test is skipped.

where = installed("chromium", found, "Chromium")      found() gives the program's place, or None
"""

import fcntl
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

import pytest

_SECONDS: Final = 600
_Place = TypeVar("_Place")


def installed(
    package: str, find: Callable[[], _Place | None], name: str, before: Callable[[], None] = lambda: None
) -> _Place:
    """Where a program is; its package is installed where it is not there and we may, after what must be done `before`."""
    found = find()
    if found is None and os.geteuid() == 0 and shutil.which("apt-get"):
        with Path(tempfile.gettempdir(), f"retention-{package}-install.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if find() is None:
                before()
                _install(package)
        found = find()
    if found is None:
        pytest.skip(
            f"{name} is not installed and cannot be installed here (root on Debian can: apt-get install {package})"
        )
    return found


def _install(package: str) -> None:
    environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    quiet = ["-y", "-qq", "--no-install-recommends", "-o", "Dpkg::Options::=--force-confold"]
    for arguments in (["update", "-qq"], ["install", *quiet, package]):
        done = subprocess.run(["apt-get", *arguments], env=environ, capture_output=True, check=False, timeout=_SECONDS)
        if done.returncode:
            return
