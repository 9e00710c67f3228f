"""Files of JSON objects, one a line, that only grow: appended to durably, and read without what was never finished.

A power cut or a full disk leaves the beginning of a line. The next line is begun anew behind it, since the file may be one
that takes nothing but additions; a beginning has no closing brace, by which it is known and passed over.
"""

import fcntl
import os
from collections.abc import Sequence
from pathlib import Path


def read(path: Path) -> list[tuple[int, bytes]]:
    """Every finished line with its number in the file; none where there is no file.

    Raises
    ------
    OSError
        It cannot be read.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return []
    return [(number, line) for number, line in enumerate(content.split(b"\n"), start=1) if line.endswith(b"}")]


def append(path: Path, lines: Sequence[bytes]) -> None:
    """Add lines at the end; they are on the disk when this returns.

    Raises
    ------
    OSError
        They are not all there.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle = os.open(path, os.O_CREAT | os.O_RDWR | os.O_APPEND, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        unfinished = (size := os.fstat(handle).st_size) and os.pread(handle, 1, size - 1) != b"\n"
        content = (b"\n" if unfinished else b"") + b"".join(line + b"\n" for line in lines)
        if os.write(handle, content) != len(content):
            raise OSError
        os.fsync(handle)
    finally:
        os.close(handle)
