"""Signing in with a company account: OpenID Connect's authorization code, bound to the browser by state and PKCE.

    begin  -> the provider's address to go to, and what the browser must keep meanwhile
    finish -> the caller whom the provider names, and when the token ends

The token that comes back is checked as the API checks one (`service.access.tokens`): it must be for
RETENTION_OIDC_AUDIENCE and name the role and the unit. Where that audience is the page's own client id, the ID token is it,
and must carry the nonce; else the access token.

Sources: OpenID Connect Core 1.0, section 3.1; RFC 7636 (PKCE); RFC 9700 (best current practice).
"""

import base64
import hashlib
import hmac
import json
import secrets
import urllib.request
from collections.abc import Mapping
from http.client import HTTPException, HTTPMessage
from typing import IO, Any, Final
from urllib.error import HTTPError
from urllib.parse import urlencode

from msgspec import Struct, ValidationError
from msgspec.json import decode, encode

from service.access.callers import Callers
from service.access.jwks import TIMEOUT_SECONDS, fetched, safe_url
from service.access.keys import Caller
from service.errors import BadKeyError, NotFoundError, UsageError
from service.settings import Settings

CALLBACK: Final = "/sign-in/account/done"
_MOST_BYTES: Final = 64_000
_AWAY: Final = "The company's sign-in does not answer just now. Try again in a minute, or sign in with a key."
_REFUSED: Final = "The company account did not sign you in. Try again; if it stays so, tell your administrator."


class Begun(Struct, frozen=True):
    """What a browser keeps between going to the provider and coming back."""

    state: str
    nonce: str
    verifier: str
    next: str
    """Where to go afterwards."""


class Account:
    """The company's accounts, where they are set up.

    Raises
    ------
    UsageError
        The settings name a part of it only.
    """

    def __init__(self, settings: Settings, callers: Callers) -> None:
        self._settings, self._callers = settings, callers
        self.there = bool(settings.oidc_client_id)
        if self.there and not (settings.oidc_issuer and settings.public_url):
            raise UsageError(
                "RETENTION_OIDC_CLIENT_ID needs RETENTION_OIDC_ISSUER, and RETENTION_PUBLIC_URL, to which the provider "
                "sends people back."
            )

    def begin(self, path: str) -> tuple[str, str]:
        """Where to go to sign in, and what the browser keeps.

        Raises
        ------
        NotFoundError
            No accounts are set up.
        BadKeyError
            The provider does not answer.
        """
        begun = Begun(secrets.token_urlsafe(32), secrets.token_urlsafe(32), secrets.token_urlsafe(32), path)
        asked = {
            "response_type": "code",
            "client_id": self._settings.oidc_client_id,
            "redirect_uri": self._back,
            "scope": "openid",
            "state": begun.state,
            "nonce": begun.nonce,
            "code_challenge": challenge(begun.verifier),
            "code_challenge_method": "S256",
        }
        address = self._endpoint("authorization_endpoint")
        return f"{address}{'&' if '?' in address else '?'}{urlencode(asked)}", _kept(begun)

    def finish(self, kept: str | None, state: str, code: str) -> tuple[Caller, float, str]:
        """Who has signed in, when their token ends (seconds since 1970), and where they were going.

        Raises
        ------
        BadKeyError
            It was not begun in this browser, the provider's token does not hold, or it does not answer.
        RoleError
            The account gives no right to anything here.
        NotFoundError
            No accounts are set up.
        """
        begun = _begun(kept)
        if begun is None or not code or not hmac.compare_digest(begun.state.encode(), state.encode()):
            raise BadKeyError(_REFUSED)
        import jwt

        token = self._token(begun, code)
        caller = self._callers.of(f"Bearer {token}")
        claims = jwt.decode(token, options={"verify_signature": False})  # verified just above
        if self._own and not hmac.compare_digest(begun.nonce.encode(), str(claims.get("nonce", "")).encode()):
            raise BadKeyError(_REFUSED)
        return caller, float(claims["exp"]), begun.next

    @property
    def _own(self) -> bool:
        """Whether tokens are for the page itself."""
        return self._settings.oidc_audience == self._settings.oidc_client_id

    @property
    def _back(self) -> str:
        return self._settings.public_url.rstrip("/") + CALLBACK

    def _token(self, begun: Begun, code: str) -> str:
        sent = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._back,
            "client_id": self._settings.oidc_client_id,
            "code_verifier": begun.verifier,
        }
        if self._settings.oidc_client_secret:
            sent["client_secret"] = self._settings.oidc_client_secret
        try:
            answer = json.loads(_posted(self._endpoint("token_endpoint"), urlencode(sent).encode()))
        except HTTPError as error:
            raise BadKeyError(_AWAY if error.code >= 500 else _REFUSED) from None
        except (OSError, HTTPException, ValueError, RecursionError):
            raise BadKeyError(_AWAY) from None
        token = answer.get("id_token" if self._own else "access_token") if isinstance(answer, dict) else None
        if not isinstance(token, str) or not token:
            raise BadKeyError(_REFUSED)
        return token

    def _endpoint(self, name: str) -> str:
        """An address of the provider, as its discovery document says."""
        if not self.there:
            raise NotFoundError
        issuer = self._settings.oidc_issuer
        try:
            document: Any = json.loads(fetched(f"{issuer.rstrip('/')}/.well-known/openid-configuration"))
            named = document if isinstance(document, Mapping) and document.get("issuer") == issuer else {}
            return safe_url(str(named.get(name, "")), f"The provider's {name}")
        except (OSError, HTTPException, ValueError, RecursionError, UsageError):
            raise BadKeyError(_AWAY) from None


def challenge(verifier: str) -> str:
    """What the provider is told of a verifier, by S256.

    The example of RFC 7636, appendix B:

    >>> challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
    'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'
    """
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _kept(begun: Begun) -> str:
    return base64.urlsafe_b64encode(encode(begun)).rstrip(b"=").decode()


def _begun(kept: str | None) -> Begun | None:
    if not kept or len(kept) > 8_000:
        return None
    try:
        return decode(base64.urlsafe_b64decode(kept + "=" * (-len(kept) % 4)), type=Begun)
    except (ValueError, ValidationError):
        return None


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> None:
        """Follow none: the code is for the provider alone."""


_OPENER: Final = urllib.request.build_opener(_NoRedirect, urllib.request.ProxyHandler({}))


def _posted(url: str, body: bytes) -> bytes:
    """The answer to a posted form."""
    request = urllib.request.Request(url, body, {"Accept": "application/json"})  # noqa: S310 - `safe_url` has judged it
    with _OPENER.open(request, timeout=TIMEOUT_SECONDS) as answer:
        content: bytes = answer.read(_MOST_BYTES + 1)
    if len(content) > _MOST_BYTES:
        raise ValueError("too long")
    return content
