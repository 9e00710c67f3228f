"""Signatures of messages, as Standard Webhooks 1.0 has them: ``v1,`` and the HMAC-SHA256 of id, time and body in base64.

Source: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import base64
import hmac
import secrets
from collections.abc import Iterable
from typing import Final

_START: Final = "whsec_"
_BYTES: Final = 32


def new_secret() -> str:
    """A secret: 256 random bits."""
    return _START + base64.b64encode(secrets.token_bytes(_BYTES)).decode()


def headers(message: str, seconds: int, body: bytes, known: Iterable[str]) -> dict[str, str]:
    """The headers by which a receiver knows a message.

    Parameters
    ----------
    message
        Its id, the same at every attempt.
    seconds
        When it is sent, since 1970.
    known
        The secrets, each of which signs.
    """
    said = f"{message}.{seconds}.".encode() + body
    return {
        "webhook-id": message,
        "webhook-timestamp": str(seconds),
        "webhook-signature": " ".join(_signature(secret, said) for secret in known),
    }


def _signature(secret: str, said: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(_START))
    return "v1," + base64.b64encode(hmac.digest(key, said, "sha256")).decode()
