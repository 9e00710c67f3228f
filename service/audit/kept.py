"""The tombstones outside the store: a file beside the access log's anchor, which tells a restored store who was erased."""

import fcntl
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import msgspec

from service.errors import StoreError
from service.settings import Settings
from service.store.tombstones import Tombstone

FILE: Final = "tombstones.jsonl"


class _Line(msgspec.Struct, frozen=True):
    key: str
    digest: str
    erased_at: str


class Kept:
    """The file of tombstones outside the store."""

    def __init__(self, settings: Settings) -> None:
        self.path: Path = settings.anchor.with_name(FILE)

    def read(self) -> list[Tombstone]:
        """Every tombstone of the file; a last line that was cut off half-way does not count.

        Raises
        ------
        StoreError
            The file cannot be read, or a line is no tombstone: somebody could come back unseen.
        """
        try:
            lines = self.path.read_bytes().split(b"\n")[:-1]
            return [Tombstone(*msgspec.structs.astuple(msgspec.json.decode(line, type=_Line))) for line in lines]
        except FileNotFoundError:
            return []
        except (OSError, msgspec.DecodeError) as error:
            raise StoreError(f"The file of tombstones, {FILE}, cannot be read ({type(error).__name__}).") from error

    def add(self, stones: Iterable[Tombstone]) -> None:
        """Append these, but for those it has, durably.

        Raises
        ------
        StoreError
            The file cannot be written.
        """
        known = {stone[:2] for stone in self.read()}
        missing = [stone for stone in stones if stone[:2] not in known]
        if not missing:
            return
        content = b"".join(msgspec.json.encode(_Line(*stone)) + b"\n" for stone in missing)
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle = os.open(self.path, os.O_CREAT | os.O_RDWR, 0o600)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX)
                os.lseek(handle, _whole(handle), os.SEEK_SET)
                if os.write(handle, content) != len(content):
                    raise OSError
                os.fsync(handle)
            finally:
                os.close(handle)
        except OSError as error:
            raise StoreError(f"The file of tombstones, {FILE}, cannot be written ({type(error).__name__}).") from error


def _whole(handle: int) -> int:
    """Where the last whole line ends."""
    size = os.fstat(handle).st_size
    tail = os.pread(handle, min(size, 4_096), max(0, size - 4_096))
    return size - len(tail) + tail.rfind(b"\n") + 1
