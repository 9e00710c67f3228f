"""The public keys of the identity provider: fetched in a thread of their own, at most once a minute, and kept.

A request never waits for them. Keys that are known go on working while the provider is away or answers nonsense; a key
id that is not known asks for a fetch and is refused until the key is there.
"""

import ipaddress
import json
import logging
import threading
import urllib.request
from collections.abc import Mapping
from http.client import HTTPException, HTTPMessage
from typing import IO, TYPE_CHECKING, Any, Final, Protocol, cast
from urllib.parse import urlsplit

from service.errors import UsageError

if TYPE_CHECKING:
    from jwt import PyJWK

_LOG = logging.getLogger("service.access")

LEAST_SECONDS: Final = 60.0
"""Between two fetches."""
AGAIN_SECONDS: Final = 300.0
"""After so long the keys are fetched anew though none is missing: a new one is published before it is used."""
TIMEOUT_SECONDS: Final = 5.0
"""For one answer of the provider."""
_MOST_BYTES: Final = 256_000
_MOST_KEYS: Final = 64
ALGORITHMS: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""Signatures that are believed: by a private key that only the provider has, never by a shared secret, never none. A
published key is for one of them: the one it names, else the usual one of its kind (RSA: RS256)."""


class Fetch(Protocol):
    """Reads a URL, or raises OSError, HTTPException or ValueError."""

    def __call__(self, url: str) -> bytes:
        """The body."""
        ...


class Jwks:
    """The signing keys of an issuer by key id.

    Parameters
    ----------
    issuer, url
        Where the keys are: `url`, or where the issuer's discovery document says when it is empty.
    """

    def __init__(self, issuer: str, url: str, fetch: "Fetch | None" = None) -> None:
        self._issuer, self._url, self._fetch = issuer, url, fetch or fetched
        self._keys: Mapping[str, PyJWK] = {}
        self._missing, self._stopped = threading.Event(), threading.Event()
        self._thread: threading.Thread | None = None

    def key(self, key_id: str) -> "PyJWK | None":
        """The key with that id; None asks for a fetch."""
        found = self._keys.get(key_id)
        if found is None:
            self._missing.set()
        return found

    def start(self) -> None:
        """Fetch now, and from then on when it is due."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._follow, name="jwks", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """End the thread."""
        self._stopped.set()
        self._missing.set()

    def refresh(self) -> None:
        """Fetch the keys; what was known stays where that fails."""
        try:
            self._keys = usable(json.loads(self._fetch(self._url or self._discovered())))
        except (OSError, HTTPException, ValueError, RecursionError, UsageError) as error:
            _LOG.warning(
                "The identity provider's keys could not be fetched (%s): those known stay", type(error).__name__
            )

    def _discovered(self) -> str:
        document = json.loads(self._fetch(f"{self._issuer.rstrip('/')}/.well-known/openid-configuration"))
        url = document.get("jwks_uri") if isinstance(document, dict) else None
        if not isinstance(url, str) or document.get("issuer") != self._issuer:
            raise ValueError("not a discovery document of this issuer")
        return safe_url(url, "The provider's jwks_uri")

    def _follow(self) -> None:
        while not self._stopped.is_set():
            self._missing.clear()
            self.refresh()
            self._stopped.wait(LEAST_SECONDS)
            self._missing.wait(AGAIN_SECONDS - LEAST_SECONDS)


def usable(document: Any) -> "Mapping[str, PyJWK]":
    """The keys of a JWKS document that may verify a signature, by key id.

    Raises
    ------
    ValueError
        There is none.
    """
    from jwt import PyJWK, PyJWTError

    entries = document.get("keys") if isinstance(document, dict) else None
    found: dict[str, PyJWK] = {}
    for entry in (entries if isinstance(entries, list) else [])[:_MOST_KEYS]:
        if not isinstance(entry, dict) or entry.get("use", "sig") != "sig" or not isinstance(entry.get("kid"), str):
            continue
        try:
            key = PyJWK(cast(dict[str, Any], entry))
        except (PyJWTError, ValueError, TypeError, KeyError, OverflowError):
            continue
        if key.algorithm_name in ALGORITHMS and "d" not in entry:
            found.setdefault(str(entry["kid"]), key)
    if not found:
        raise ValueError("no usable key")
    return found


def safe_url(url: str, name: str) -> str:
    """A URL that may be asked: https, or anything on this machine.

    Raises
    ------
    UsageError
        It is neither; `name` says which setting that is.
    """
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        parts, host = None, ""
    known = parts is not None and bool(host) and not parts.username
    if parts is not None and known and (parts.scheme == "https" or (parts.scheme == "http" and _here(host))):
        return url
    raise UsageError(f"{name} must be an https URL without a name or password in it (http only on this machine).")


def fetched(url: str) -> bytes:
    """The body of a URL: no redirect is followed, and no more is read than such a document may have."""
    with _OPENER.open(url, timeout=TIMEOUT_SECONDS) as answer:
        content: bytes = answer.read(_MOST_BYTES + 1)
    if len(content) > _MOST_BYTES:
        raise ValueError("too long")
    return content


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> None:
        """Follow none: the address was chosen by whoever set this service up."""


_OPENER: Final = urllib.request.build_opener(_NoRedirect, urllib.request.ProxyHandler({}))


def _here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
