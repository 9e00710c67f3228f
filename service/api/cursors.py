"""Where a page of a list ends: the last person shown, sealed, with the run and the units the list is of.

The next page begins behind that person's risk and id, not after so many people: so nobody is skipped or shown twice when
somebody on an earlier page objects meanwhile. A cursor is sealed with a key of the store (AES-GCM): who carries it can
neither read nor change it. It opens only for the caller and the filters it was made for. A run never changes, so a place in
it stays what it was, also when a newer run is published between two pages.
"""

import base64
import binascii
import json
import secrets
from collections.abc import Callable
from typing import Any, Final

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from features.faults import Fault, FaultsError

MOST: Final = 4_000
"""Letters of a cursor at most."""
_NONCE: Final = 12
_PURPOSE: Final = "cursors"


class Cursor(msgspec.Struct, frozen=True, array_like=True):
    """A place in a list."""

    run: int
    units: tuple[str, ...]
    """Units that the list is of."""
    risk: float
    employee_id: str
    """Of the last person before it."""


class Cursors:
    """Seals and opens the cursors of one store.

    Parameters
    ----------
    key
        Gives the 32 bytes they are sealed with, for a purpose.
    """

    def __init__(self, key: Callable[[str], bytes]) -> None:
        self._key = key
        self._cipher: AESGCM | None = None

    def encode(self, cursor: Cursor, asked: tuple[Any, ...]) -> str:
        """The cursor as text.

        Parameters
        ----------
        asked
            Who asks, and the filters.
        """
        nonce = secrets.token_bytes(_NONCE)
        sealed = self._sealing().encrypt(nonce, msgspec.json.encode(cursor), _bound(asked))
        return base64.urlsafe_b64encode(nonce + sealed).decode().rstrip("=")

    def decode(self, text: str, asked: tuple[Any, ...]) -> Cursor:
        """The cursor of a text that `encode` made for the same caller and filters.

        Raises
        ------
        FaultsError
            It is none, or one of another list.
        """
        try:
            sent = base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), b"-_", validate=True)
            opened = self._sealing().decrypt(sent[:_NONCE], sent[_NONCE:], _bound(asked))
            return msgspec.json.decode(opened, type=Cursor)
        except (InvalidTag, ValueError, binascii.Error, UnicodeError):
            raise FaultsError([Fault("/query/cursor", "not a cursor of this list")]) from None

    def _sealing(self) -> AESGCM:
        if self._cipher is None:
            self._cipher = AESGCM(self._key(_PURPOSE))
        return self._cipher


def _bound(asked: tuple[Any, ...]) -> bytes:
    return json.dumps(asked).encode()
