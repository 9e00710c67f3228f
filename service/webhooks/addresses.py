"""Which addresses messages may go to: public ones, over https. Nothing of the network this program runs in (SSRF).

A URL is judged by its form when it is added, and at every attempt again; its name is resolved at every attempt, every
address it has must be allowed, and the connection goes to the very address that was judged. Where
`RETENTION_WEBHOOKS_LOOPBACK` says so, for tests and development, this machine itself is allowed too, also by http.
"""

import ipaddress
import re
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from service.errors import AddressError

Resolve = Callable[..., Sequence[Any]]
"""As `socket.getaddrinfo`."""
_Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_MOST: Final = 2_000
_NAME: Final = re.compile(
    r"(?=.{1,253}$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?", re.IGNORECASE
)
_NUMBER: Final = re.compile(r"(0x[0-9a-f]*|[0-9]+)", re.IGNORECASE)
_PUBLIC: Final = ipaddress.ip_network("2000::/3")
_SPECIAL: Final = tuple(
    map(
        ipaddress.ip_network,
        (
            "192.0.0.0/24", "192.88.99.0/24", "168.63.129.16/32",  # protocols, relays, a cloud's own machine
            "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",  # tunnels that hold an IPv4 address, documents
        ),
    )
)  # fmt: skip
"""What Python's own judgement (the registries of IANA) leaves open or learns late."""
_FORM: Final = "A webhook's URL is https://, a public name, and a path: no user, no fragment, no blank."
_WHERE: Final = "The webhook's name does not lead to a public address."


@dataclass(frozen=True)
class Target:
    """A URL in its parts."""

    scheme: str
    host: str
    port: int
    path: str
    """With the query."""

    @property
    def authority(self) -> str:
        """What the header `Host` says."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.scheme == "https" else 80) else f"{host}:{self.port}"


def target(url: str, *, loopback: bool = False) -> Target:
    """A URL that messages may go to, as far as that can be said without resolving its name.

    Raises
    ------
    AddressError
        It is none.
    """
    if not 0 < len(url) <= _MOST or not all("!" <= sign <= "~" for sign in url) or "\\" in url:
        raise AddressError(_FORM)
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        raise AddressError(_FORM) from None
    plain = loopback and parts.scheme == "http"
    if (parts.scheme != "https" and not plain) or "@" in parts.netloc or "#" in url or port == 0:
        raise AddressError(_FORM)
    literal = _literal(host)
    if literal is not None:
        _judge([literal], plain=plain, loopback=loopback)
    elif not _NAME.fullmatch(host) and not (loopback and host == "localhost"):
        raise AddressError(_FORM)
    path = f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}"
    return Target(parts.scheme, host, port or (80 if plain else 443), path)


def vetted(found: Target, *, loopback: bool = False, resolve: Resolve = socket.getaddrinfo) -> str:
    """The address to connect to: one of the name's now, all of which are allowed.

    Raises
    ------
    AddressError
        One of them is not.
    OSError
        The name is not known.
    """
    known = {str(entry[4][0]) for entry in resolve(found.host, found.port, type=socket.SOCK_STREAM)}
    if not known:
        raise OSError("the name has no address")
    try:
        addresses = [ipaddress.ip_address(one) for one in sorted(known)]
    except ValueError:
        raise AddressError(_WHERE) from None
    _judge(addresses, plain=found.scheme == "http", loopback=loopback)
    return str(addresses[0])


def _literal(host: str) -> _Address | None:
    """The address that a host is, None for a name; a number in any but the one usual form is refused."""
    if ":" in host or _NUMBER.fullmatch(host.rstrip(".").rpartition(".")[2]):
        try:
            return ipaddress.ip_address(host)
        except ValueError:
            raise AddressError(_FORM) from None
    return None


def _judge(addresses: Sequence[_Address], *, plain: bool, loopback: bool) -> None:
    if not all((loopback and one.is_loopback) or (not plain and _public(one)) for one in addresses):
        raise AddressError(_WHERE)


def _public(address: _Address) -> bool:
    """Whether an address is one of the internet, and holds no other address within."""
    if isinstance(address, ipaddress.IPv6Address) and address not in _PUBLIC:
        return False
    special = any(address in network for network in _SPECIAL if network.version == address.version)
    return address.is_global and not address.is_multicast and not address.is_reserved and not special
