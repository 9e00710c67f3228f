"""The bytes of a request as they come, poured to where the readers want them: a large body is written down once."""

from typing import Final

import numpy as np

from features.bare import bare
from features.posted_text import Bytes

FRONT: Final = 1
"""Where a request's bytes begin: a text that begins at 0 begins nowhere."""
PAD: Final = 64
"""Zeros behind a request: no reading step goes beyond them."""
_OTHERS, _ESCAPES = 1, 2
_SMALL: Final = 1 << 20
"""Bytes; of a larger request all that may come is expected."""


class Body:
    """The bytes of one request.

    Parameters
    ----------
    size
        How many are expected; more may come.
    most
        No more than so many come, as far as that is known: room for all of them costs nothing until it is written.
    """

    def __init__(self, size: int, most: int = 0) -> None:
        self._most = FRONT + most
        self._room = np.empty(FRONT + size + PAD, np.uint8)
        self._room[:FRONT] = 0
        self._stop = FRONT
        self._seen = 0

    @staticmethod
    def of(content: bytes) -> "Body":
        """A body that is there already."""
        body = Body(len(content))
        body.pour(content)
        return body

    def pour(self, part: bytes) -> None:
        """Write the next bytes behind those before."""
        stop = self._stop + len(part)
        if stop + PAD > len(self._room):
            room = np.empty((2 * stop if stop < _SMALL else max(stop, self._most)) + PAD, np.uint8)
            room[: self._stop] = self._room[: self._stop]
            self._room = room
        self._room.data[self._stop : stop] = part
        self.wrote(len(part))

    def room(self, size: int) -> memoryview:
        """Where the next `size` bytes belong, no more than were expected, for others to write them; then `wrote`."""
        return self._room.data[self._stop : self._stop + size]

    def wrote(self, size: int) -> None:
        """So many bytes more are written: they are looked at while they are at hand."""
        stop = self._stop + size
        self._seen |= _seen(self._room, self._stop, stop)
        self._stop = stop

    def __len__(self) -> int:
        """How many bytes have come."""
        return self._stop - FRONT

    def __bytes__(self) -> bytes:
        """The bytes by themselves."""
        return self._room[FRONT : self._stop].tobytes()

    def text(self) -> tuple[Bytes, bool] | None:
        """What the readers read, and whether it is ASCII without escapes; None where it is no UTF-8.

        Behind the request stand zeros, and behind those, where it has escapes, room as large as itself.
        """
        if self._seen & _OTHERS:
            try:
                str(self._room.data[FRONT : self._stop], "utf-8")
            except UnicodeDecodeError:
                return None
        self._room[self._stop : self._stop + PAD] = 0
        whole = self._room[: self._stop + PAD]
        if self._seen & _ESCAPES:
            whole = np.concatenate([whole, np.zeros(len(self) + PAD, np.uint8)])
        return whole, not self._seen


@bare
def _seen(text: Bytes, start: int, stop: int) -> int:
    """Whether there are bytes that are not ASCII, and whether there is a backslash, as bits."""
    every, escapes = np.uint8(0), np.uint8(0)
    for at in range(np.uint64(start), np.uint64(stop)):
        every = np.uint8(every | text[at])  # in bytes throughout: else eight times as much is moved
        escapes = np.uint8(escapes | np.uint8(text[at] == np.uint8(92)))
    return int(every >= 128) * _OTHERS + int(escapes > 0) * _ESCAPES
