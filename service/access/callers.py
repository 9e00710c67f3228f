"""Who sends a request: the holder of an API key, or a person with a token of the identity provider.

Nothing here is shown or logged of what was sent. What a key or token may do stands in `service.api.auth`, which units
its holder may see in `service.access.scope`.
"""

import threading
import time
from collections.abc import Callable, Iterable
from functools import partial
from typing import Final

from sqlalchemy import Engine

from service.access.jwks import Jwks, safe_url
from service.access.keyring import Keyring
from service.access.keys import START, Caller, shown
from service.access.tokens import Provider, Tokens
from service.errors import BadKeyError, UsageError
from service.settings import Settings

_NOTED_SECONDS: Final = 10.0
"""Between two times of writing down which keys were used."""
_NO_KEY: Final = "The request carries no key. Send the header: Authorization: Bearer KEY."


class Callers:
    """Knows who may call, from the header `Authorization`.

    Parameters
    ----------
    wall, ticks
        Seconds since 1970, and seconds that never fall.
    """

    def __init__(
        self,
        store: Engine,
        settings: Settings,
        wall: Callable[[], float],
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        self._keys = Keyring(store, wall, ticks)
        self._signers, self._tokens = _believed(settings, wall, ticks)
        self._stopped = threading.Event()
        self._noting: threading.Thread | None = None

    def of(self, header: str | None) -> Caller:
        """The caller that this header's key or token belongs to.

        Raises
        ------
        BadKeyError
            There is no header, or no valid key or token in it.
        RoleError
            A person's token gives no right to anything here.
        StoreError
            The keys cannot be read.
        """
        return self.behind(header)()

    def behind(self, header: str | None) -> Callable[[], Caller]:
        """What tells, whenever it is called, the caller that this header's key or token belongs to then; see `of`.

        Raises
        ------
        BadKeyError
            There is no header, or nothing in it that could be a key or token.
        """
        if header is None:
            raise BadKeyError(_NO_KEY)
        scheme, _, sent = header.partition(" ")
        if scheme.lower() != "bearer" or not (sent := sent.strip()):
            raise BadKeyError(_NO_KEY)
        if self._tokens is None or sent.startswith(START):
            return partial(self._keys.of, shown(sent))
        return partial(self._person, self._tokens, sent)

    def start(self) -> None:
        """Begin what runs beside the requests: the provider's keys, and the days of last use."""
        if self._signers is not None:
            self._signers.start()
        if self._noting is None:
            self._noting = threading.Thread(target=self._note, name="keys used", daemon=True)
            self._noting.start()

    def stop(self) -> None:
        """End it."""
        self._stopped.set()
        if self._signers is not None:
            self._signers.stop()
        if self._noting is not None:
            self._noting.join(1)

    def _person(self, tokens: Tokens, sent: str) -> Caller:
        return self._keys.placed(tokens.of(sent))

    def _note(self) -> None:
        while not self._stopped.wait(_NOTED_SECONDS):
            self._keys.note_used()
        self._keys.note_used()


def authorization(headers: Iterable[tuple[bytes, bytes]]) -> str | None:
    """The header `Authorization` of a request's raw headers, None without one.

    Raises
    ------
    BadKeyError
        There are several: which of them is meant is not for us to guess.
    """
    found = None
    for name, value in headers:
        if name == b"authorization":
            if found is not None:
                raise BadKeyError("The request carries several Authorization headers. Send one.")
            found = value.decode("latin-1")
    return found


def _believed(
    settings: Settings, wall: Callable[[], float], ticks: Callable[[], float]
) -> tuple[Jwks | None, Tokens | None]:
    """The identity provider's keys and what reads its tokens, where there is a provider.

    Raises
    ------
    UsageError
        The settings name a part of a provider only, or an address that is not safe.
    """
    if not settings.oidc_issuer:
        if settings.oidc_audience or settings.oidc_jwks_url:
            raise UsageError("RETENTION_OIDC_ISSUER is missing. Set it, or unset the other settings of the provider.")
        return None, None
    if not settings.oidc_audience:
        raise UsageError(
            "RETENTION_OIDC_AUDIENCE is missing: without it tokens for other programs would open this one."
        )
    safe_url(settings.oidc_issuer, "RETENTION_OIDC_ISSUER")
    if settings.oidc_jwks_url:
        safe_url(settings.oidc_jwks_url, "RETENTION_OIDC_JWKS_URL")
    signers = Jwks(settings.oidc_issuer, settings.oidc_jwks_url)
    provider = Provider(
        settings.oidc_issuer, settings.oidc_audience, settings.oidc_role_claim, settings.oidc_unit_claim
    )
    return signers, Tokens(provider, signers, wall, ticks)
