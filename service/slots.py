"""Memory shared by the processes of one server: a slot each, which its process writes and all read.

A slot outlives its process: what was killed had written its numbers at most a second before, and what is started in its
place goes on from them. Two halves are written in turn, each with a check sum, so that a process killed while it writes
leaves the half before. The memory is a file without a name: it is gone with the last process, whatever ends it.
"""

import os
import struct
import tempfile
import zlib
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

_HALF: Final = 1 << 20
"""Bytes of a half; never written ones take no memory."""
_HEAD: Final = struct.Struct("<QII")
"""Number of the writing, length and check sum of what follows."""


def make(count: int) -> list[int]:
    """File descriptors of so many fresh slots, which child processes may inherit."""
    return [_memory() for _ in range(count)]


def _memory() -> int:
    """A file without a name: in memory where the system has such, else among the temporary ones."""
    if hasattr(os, "memfd_create"):
        return os.memfd_create("retention")
    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())


class Slots:
    """All slots of a server, seen from the process that writes one of them.

    Parameters
    ----------
    descriptors
        One file descriptor a slot.
    mine
        Which of them is this process's own.
    """

    def __init__(self, descriptors: Sequence[int], mine: int) -> None:
        self._descriptors, self._mine = descriptors, descriptors[mine]
        self._written, self._last = _latest(self._mine)

    def own(self) -> Any:
        """What the process before wrote last into this slot; empty where there was none."""
        return msgspec.json.decode(self._last) if self._last else {}

    def write(self, value: Mapping[str, Any]) -> None:
        """Replace what this process's slot holds; what does not fit is left out whole."""
        data = msgspec.json.encode(value)
        if len(data) > _HALF - _HEAD.size:
            return
        self._written += 1
        head = _HEAD.pack(self._written, len(data), zlib.crc32(data))
        os.pwrite(self._mine, head + data, (self._written % 2) * _HALF)

    def read(self) -> list[Any]:
        """What each slot holds; empty ones are left out."""
        found = (_latest(descriptor)[1] for descriptor in self._descriptors)
        return [msgspec.json.decode(data) for data in found if data]


def _latest(descriptor: int) -> tuple[int, bytes]:
    """Number and content of the newest whole writing; 0 and nothing where there is none."""
    newest = (0, b"")
    for start in (0, _HALF):
        head = os.pread(descriptor, _HEAD.size, start)
        if len(head) < _HEAD.size:
            continue
        number, length, check = _HEAD.unpack(head)
        data = os.pread(descriptor, length, start + _HEAD.size)
        if number > newest[0] and len(data) == length and zlib.crc32(data) == check:
            newest = number, data
    return newest
