"""Where messages may go: a table of hostile URLs, names that lead inside, names that change, and the certificate."""

import datetime as dt
import ipaddress
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from service.errors import AddressError
from service.webhooks import addresses, sending
from service.webhooks.sending import send
from tests.identity import ec_key
from tests.receiver import receiving

HOSTILE = (
    "ftp://hooks.example.com/", "file:///etc/passwd", "gopher://hooks.example.com/",
    "//hooks.example.com/", "hooks.example.com", "", "https://", "https:///path", "https://?x",
    "https://localhost/", "https://localhost.:443/", "https://intranet/", "https://metadata/computeMetadata/v1/",
    "https://127.0.0.1/", "https://127.0.0.1:8443/", "https://127.1/", "https://127.0.1/", "https://127.0.0.1./",
    "https://2130706433/", "https://0x7f000001/", "https://0x7f.0.0.1/", "https://0177.0.0.1/", "https://017700000001/",
    "https://127.0.0.0x1/", "https://0/", "https://0.0.0.0/", "https://0x/",
    "https://10.0.0.1/", "https://172.16.0.1/", "https://172.31.255.255/", "https://192.168.0.1/",
    "https://100.64.0.1/", "https://100.100.100.200/latest/meta-data/", "https://169.254.169.254/latest/meta-data/",
    "https://192.0.0.192/", "https://168.63.129.16/metadata", "https://192.0.2.1/", "https://198.18.0.1/",
    "https://224.0.0.1/", "https://239.255.255.250/", "https://240.0.0.1/", "https://255.255.255.255/",
    "https://[::1]/", "https://[::]/", "https://[::ffff:127.0.0.1]/", "https://[::ffff:7f00:1]/",
    "https://[::ffff:169.254.169.254]/", "https://[::127.0.0.1]/", "https://[64:ff9b::7f00:1]/",
    "https://[64:ff9b::a9fe:a9fe]/", "https://[2002:7f00:1::]/", "https://[2001:0:7f00:1::]/",
    "https://[2001:db8::1]/", "https://[3fff::1]/", "https://[fe80::1]/", "https://[fe80::1%25eth0]/", "https://[fc00::1]/",
    "https://[fd00:ec2::254]/latest/meta-data/", "https://[fec0::1]/", "https://[ff02::1]/", "https://[::1", "https://[]/",
    "https://user@hooks.example.com/", "https://user:pass@hooks.example.com/", "https://hooks.example.com@127.0.0.1/",
    "https://127.0.0.1#@hooks.example.com/", "https://hooks.example.com#x", "https://hooks.example.com:0/",
    "https://hooks.example.com:99999/", "https://hooks.example.com:443:80/", "https://hooks.example.com\\@127.0.0.1/",
    "https://hooks.example.com/\r\nHost: x", "https://hooks.example.com/ x", "https://hooks.exa\tmple.com/",
    "https://\u2460\u2461\u2466.\u24ea.\u24ea.\u2460/", "https://hooks\u3002example\u3002com/", "https://%31%32%37.0.0.1/",
    "https://hooks..example.com/", "https://-hooks.example.com/", "https://hooks.example.com./",
    "https://hooks.example.1/", "https://" + "a" * 64 + ".example.com/", "https://hooks.example.com/" + "x" * 2_000,
)  # fmt: skip
GOOD = {
    "https://hooks.example.com/a/b?c=d": ("hooks.example.com", 443, "/a/b?c=d", "hooks.example.com"),
    "https://Hooks.Example.COM:8443": ("hooks.example.com", 8443, "/", "hooks.example.com:8443"),
    "https://93.184.215.14/x": ("93.184.215.14", 443, "/x", "93.184.215.14"),
    "https://[2606:2800:21f::1]:444/?q": ("2606:2800:21f::1", 444, "/?q", "[2606:2800:21f::1]:444"),
    "https://xn--bcher-kva.example/": ("xn--bcher-kva.example", 443, "/", "xn--bcher-kva.example"),
}
PRIVATE = (
    "127.0.0.1", "10.1.2.3", "172.20.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
    "168.63.129.16", "::1", "fe80::1", "fd00:ec2::254", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::",
)  # fmt: skip
PUBLIC = "93.184.215.14"


def resolving(*answers: list[str]) -> Callable[..., list[Any]]:
    """A resolver that gives these answers one after the other, and then none."""
    left = iter(answers)

    def resolve(_host: str, port: int, **_more: Any) -> list[Any]:
        return [(0, 0, 0, "", (address, port)) for address in next(left)]

    return resolve


@pytest.mark.parametrize("url", HOSTILE)
@pytest.mark.parametrize("loopback", [False, True])
def test_a_hostile_url_is_refused(url: str, *, loopback: bool) -> None:
    """By its form alone, before anything is resolved or connected; in development too, but for this machine itself."""
    if loopback and url.startswith(
        ("https://localhost/", "https://127.0.0.1/", "https://127.0.0.1:", "https://[::1]/")
    ):
        addresses.target(url, loopback=True)
        return
    with pytest.raises(AddressError) as refused:
        addresses.target(url, loopback=loopback)
    assert len(url) < 10 or url not in str(refused.value)


def test_http_is_refused() -> None:
    """Unless development says otherwise: then its name must lead to this machine, as is seen once it is resolved."""
    for url in ("http://hooks.example.com/", "http://127.0.0.1/", "http://localhost/"):
        with pytest.raises(AddressError):
            addresses.target(url)


@pytest.mark.parametrize("url", GOOD)
def test_a_good_url_in_its_parts(url: str) -> None:
    """Name, port, path with the query, and what the header Host says."""
    found = addresses.target(url)
    assert (found.host, found.port, found.path, found.authority) == GOOD[url]


@pytest.mark.parametrize("address", PRIVATE)
def test_a_name_that_leads_inside_is_refused(address: str) -> None:
    """Also where only one of several addresses does; nothing is connected to."""
    to = addresses.target("https://hooks.example.com/")
    for known in ([address], [PUBLIC, address]):
        with pytest.raises(AddressError):
            addresses.vetted(to, resolve=resolving(known))
    assert send("https://hooks.example.com/", {}, b"{}", resolve=resolving([address])) == "address"


def test_in_development_http_goes_to_this_machine_alone() -> None:
    """And what is private elsewhere stays closed."""
    to = addresses.target("http://hooks.example.com/", loopback=True)
    assert addresses.vetted(to, loopback=True, resolve=resolving(["127.0.0.1"])) == "127.0.0.1"
    for known in ([PUBLIC], ["10.0.0.1"], ["127.0.0.1", PUBLIC]):
        with pytest.raises(AddressError):
            addresses.vetted(to, loopback=True, resolve=resolving(known))


def test_a_name_is_resolved_once_an_attempt_and_judged_each_time() -> None:
    """A name that changes between two attempts (DNS rebinding) is refused at the second; nothing resolves it in between."""
    with receiving() as receiver:
        url = f"http://hooks.example.com:{receiver.port}/"
        resolve = resolving(["127.0.0.1"], ["169.254.169.254"])
        assert send(url, {}, b"{}", loopback=True, resolve=resolve) == "200"
        assert send(url, {}, b"{}", loopback=True, resolve=resolve) == "address"
        assert [got.headers["host"] for got in receiver.got] == [f"hooks.example.com:{receiver.port}"]


def test_a_name_without_an_address_is_unreachable() -> None:
    """Tried again later, as a name that is not known just now."""

    def unknown(*_: Any, **__: Any) -> list[Any]:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    assert send("https://hooks.example.com/", {}, b"{}", resolve=unknown) == "unreachable"
    assert send("https://hooks.example.com/", {}, b"{}", resolve=resolving([])) == "unreachable"


@given(st.ip_addresses(v=4))
def test_no_private_address_is_public(address: ipaddress.IPv4Address) -> None:
    """Whatever Python's registries call private, local or special is refused, and every address inside an IPv6 one."""
    number = int(address)
    inner = f"::ffff:{address}", f"::{address}", f"64:ff9b::{address}", f"2002:{number >> 16:x}:{number & 0xFFFF:x}::"
    to = addresses.target("https://hooks.example.com/")
    for wrapped in inner:
        with pytest.raises(AddressError):
            addresses.vetted(to, resolve=resolving([wrapped]))
    if not address.is_global or address.is_multicast:
        with pytest.raises(AddressError):
            addresses.vetted(to, resolve=resolving([str(address)]))


@contextmanager
def certified(folder: Path, name: str) -> Iterator[ssl.SSLContext]:
    """A server's TLS with a certificate for that name, which this process believes."""
    key, moment = ec_key("webhooks"), dt.datetime.now(dt.UTC)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(moment - dt.timedelta(days=1))
        .not_valid_after(moment + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file = folder / "certificate.pem"
    file.write_bytes(made.public_bytes(serialization.Encoding.PEM) + secret)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    sending._tls.cache_clear()
    try:
        yield context
    finally:
        sending._tls.cache_clear()


@pytest.mark.parametrize("name,believed,said", [
    ("localhost", True, "200"),
    ("other.example", True, "tls"),
    ("localhost", False, "tls"),
])  # fmt: skip
def test_a_certificate_must_be_for_the_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, said: str, *, believed: bool
) -> None:
    """Https is spoken with who can prove to be meant: another name, or an issuer nobody knows, gets nothing."""
    if believed:
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "certificate.pem"))
    with certified(tmp_path, name) as tls, receiving(tls=tls) as receiver:
        local = resolving(["127.0.0.1"])
        assert send(receiver.url, {}, b"{}", loopback=True, resolve=local, seconds=5) == said
        assert len(receiver.got) == (said == "200")


@pytest.mark.parametrize("behaviour,said", [
    ("200", "200"),
    ("299", "299"),
    ("informative", "204"),
    ("slow body", "200"),
    ("302 https://169.254.169.254/", "302"),
    ("404", "404"),
    ("500", "500"),
    ("hang", "timeout"),
    ("nonsense", "no_http"),
    ("endless head", "no_http"),
])  # fmt: skip
def test_what_an_attempt_says(behaviour: str, said: str) -> None:
    """The status alone, at the deadline at the latest; an answer that trickles or never ends holds nobody up."""
    with receiving(behaviour) as receiver:
        assert send(receiver.url, {}, b"{}", loopback=True, seconds=1.0) == said
        assert len(receiver.got) == 1
