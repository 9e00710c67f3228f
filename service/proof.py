"""Proving a bundle in a process that may die: a damaged model text can kill whoever loads it.

python -m service.proof FOLDER DIGEST      exit 0 if the bundle loads and gives its golden rows their risks
"""

import resource
import subprocess
import sys
from pathlib import Path
from typing import Final

from models.errors import BundleError
from models.risk import RiskModel

_SECONDS: Final = 120
_MEMORY_BYTES: Final = 4 * 1024**3


def prove(folder: Path, digest: str) -> None:
    """Load the bundle in a child process and have it answer its golden rows.

    Raises
    ------
    BundleError
        The child refused the bundle, died, took too long or too much memory.
    """
    command = [sys.executable, "-m", "service.proof", str(folder), digest]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise BundleError(f"The bundle {folder.name} did not answer its golden rows in {_SECONDS} s.") from None
    if done.returncode == 1 and done.stdout:
        raise BundleError(done.stdout.strip())
    if done.returncode:
        raise BundleError(f"The bundle {folder.name} ended the process that loaded it: it is not served.")


def main(arguments: list[str]) -> int:
    """What the child does."""
    resource.setrlimit(resource.RLIMIT_DATA, (_MEMORY_BYTES, _MEMORY_BYTES))
    try:
        RiskModel.load(Path(arguments[0]), arguments[1])
    except BundleError as error:
        print(error)  # noqa: T201 - what the parent reads
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
