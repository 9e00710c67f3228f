"""Bearer tokens of people, made by the company's identity provider (OpenID Connect): checked, and read for a role.

A token must be signed by a key the provider publishes, for this issuer and audience, be in force (60 s of leeway), and
name in its role claim exactly one role of this service; what else stands there is for other programs. All roles but
`scientist` and `admin`, which see no person and no team, must also name a unit: ``/`` is the whole company. So what is
forgotten at the provider closes a door and opens none. No claim is kept but these, and none is ever logged: a person
is known by a digest of who they are.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from service.access.assignments import PERSON, pseudonym
from service.access.jwks import ALGORITHMS, Jwks
from service.access.keys import ROLES, Caller
from service.errors import BadKeyError, RoleError, ServiceError

LEEWAY_SECONDS: Final = 60
"""What two clocks may differ by."""
FRESH_SECONDS: Final = 1.5
"""So long a token is not checked again."""
_MOST_LETTERS: Final = 16_000
_REMEMBERED: Final = 4_096
_CLAIMS: Final = ["iss", "aud", "sub", "exp", "iat"]
_WITHOUT_UNIT: Final = frozenset({"scientist", "admin"})
_REFUSED: Final = "The token is not valid here. Get a new one from your identity provider."


@dataclass(frozen=True)
class Provider:
    """Whose tokens are believed, and which of their claims say what."""

    issuer: str
    audience: str
    role_claim: str
    unit_claim: str


class Tokens:
    """Checks the tokens of one provider; what was found is remembered for `FRESH_SECONDS`, refusals too.

    Parameters
    ----------
    wall, ticks
        Seconds since 1970, and seconds that never fall.
    """

    def __init__(
        self, provider: Provider, signers: Jwks, wall: Callable[[], float], ticks: Callable[[], float]
    ) -> None:
        self._provider, self._signers, self._wall, self._ticks = provider, signers, wall, ticks
        self._known: dict[bytes, tuple[float, Caller | ServiceError]] = {}

    def of(self, token: str) -> Caller:
        """The holder of a token.

        Raises
        ------
        BadKeyError
            The token is not one of the provider's, not for this service, or not in force.
        RoleError
            It names no role of this service, several, or no unit.
        """
        digest, now = hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest(), self._ticks()
        until, found = self._known.get(digest, (now, None))
        if found is None or until <= now:
            found = self._checked(token)
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            self._known[digest] = now + FRESH_SECONDS, found
        if isinstance(found, ServiceError):
            raise type(found)(str(found))
        return found

    def _checked(self, token: str) -> Caller | ServiceError:
        try:
            return self._caller(self._claims(token))
        except (BadKeyError, RoleError) as error:
            return type(error)(str(error))

    def _claims(self, token: str) -> Mapping[str, Any]:
        """The claims of a token that holds."""
        if len(token) > _MOST_LETTERS or not token.isascii():
            raise BadKeyError(_REFUSED)
        import jwt

        try:
            head = jwt.get_unverified_header(token)
            signer = self._signers.key(head["kid"]) if isinstance(head.get("kid"), str) and "crit" not in head else None
            if signer is None:
                raise BadKeyError(_REFUSED)
            return jwt.decode(
                token,
                signer,
                algorithms=ALGORITHMS,
                audience=self._provider.audience,
                issuer=self._provider.issuer,
                leeway=LEEWAY_SECONDS,
                options={"require": _CLAIMS, "enforce_minimum_key_length": True},
            )
        except (jwt.PyJWTError, ValueError, TypeError, RecursionError, OverflowError):
            raise BadKeyError(_REFUSED) from None

    def _caller(self, claims: Mapping[str, Any]) -> Caller:
        named = claims.get(self._provider.role_claim)
        roles = {role for role in (named if isinstance(named, list) else [named]) if role in ROLES}
        if len(roles) != 1:
            raise RoleError("The token must name exactly one role of this service. Ask an administrator.")
        (role,) = roles
        unit = claims.get(self._provider.unit_claim)
        if role not in _WITHOUT_UNIT and not (isinstance(unit, str) and unit):
            raise RoleError("The token must name the org unit it is for. Ask an administrator.")
        who = pseudonym(claims["iss"], claims["sub"])
        return Caller(f"{PERSON} {who}", role, unit.strip("/") if isinstance(unit, str) else "", who)
