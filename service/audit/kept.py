"""The tombstones outside the store: a file beside the access log's anchor, which tells a restored store who was erased."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

import msgspec

from service.audit import lines
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
        """Every tombstone of the file; a line that was never finished does not count.

        Raises
        ------
        StoreError
            The file cannot be read, or a line is no tombstone: somebody could come back unseen.
        """
        try:
            found = [msgspec.json.decode(line, type=_Line) for _, line in lines.read(self.path)]
        except (OSError, msgspec.DecodeError) as error:
            raise StoreError(f"The file of tombstones, {FILE}, cannot be read ({type(error).__name__}).") from error
        return [Tombstone(*msgspec.structs.astuple(line)) for line in found]

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
        try:
            lines.append(self.path, [msgspec.json.encode(_Line(*stone)) for stone in missing])
        except OSError as error:
            raise StoreError(f"The file of tombstones, {FILE}, cannot be written ({type(error).__name__}).") from error
