"""An identity provider: keys of its own, tokens signed with them, and a real HTTP server that publishes them, or fails."""

import base64
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

AUDIENCE: Final = "retention"
Private = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


@cache
def rsa_key(name: str = "a", bits: int = 2048) -> rsa.RSAPrivateKey:
    """A key of that name, made once."""
    assert name
    return rsa.generate_private_key(public_exponent=65_537, key_size=bits)


@cache
def ec_key(name: str = "e") -> ec.EllipticCurvePrivateKey:
    """The same on P-256."""
    assert name
    return ec.generate_private_key(ec.SECP256R1())


def jwk(key: Private, key_id: str, algorithm: str, **more: Any) -> dict[str, Any]:
    """The public half as a JWKS lists it."""
    made = jwt.get_algorithm_by_name(algorithm)
    found = json.loads(made.to_jwk(key.public_key()))
    return {**found, "kid": key_id, "alg": algorithm, "use": "sig", **more}


def claims(issuer: str, **more: Any) -> dict[str, Any]:
    """What a good token says, changed by `more`; a claim that is None is left out."""
    now = int(time.time())
    good = {
        "iss": issuer,
        "aud": AUDIENCE,
        "sub": "u-1",
        "iat": now,
        "exp": now + 36_000,
        "role": "hrbp",
        "org_unit": "Sales",
    }
    return {name: value for name, value in {**good, **more}.items() if value is not None}


def token(said: dict[str, Any], key: Private | None = None, algorithm: str = "RS256", **head: Any) -> str:
    """A signed token; its head names the key `a` unless told otherwise."""
    made = {name: value for name, value in {"kid": "a", **head}.items() if value is not None}
    return jwt.encode(said, key or rsa_key(), algorithm, headers=made)


def unsigned(head: dict[str, Any], said: dict[str, Any], signature: bytes = b"") -> str:
    """A token put together by hand."""
    return ".".join(part(json.dumps(one).encode()) for one in (head, said)) + "." + part(signature)


def part(content: bytes) -> str:
    """A part of a token."""
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def public_pem(key: Private) -> bytes:
    """The public half as a file has it."""
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(serialization.Encoding.PEM, form)


class Provider:
    """What the server answers with, and how often it was asked."""

    def __init__(self) -> None:
        self.answer: bytes | None = json.dumps({"keys": [jwk(rsa_key(), "a", "RS256")]}).encode()
        """The JWKS; None: 500."""
        self.asked = 0
        self.issuer = ""

    def publish(self, *keys: dict[str, Any]) -> None:
        """Publish these keys and no other."""
        self.answer = json.dumps({"keys": keys}).encode()


@contextmanager
def provider() -> Iterator[Provider]:
    """A provider on a free port of this machine."""
    found = Provider()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path.endswith("openid-configuration"):
                content: bytes | None = json.dumps(
                    {"issuer": found.issuer, "jwks_uri": f"{found.issuer}/keys"}
                ).encode()
            else:
                found.asked += 1
                content = found.answer
            self.send_response(500 if content is None else 200)
            self.send_header("Content-Length", str(len(content or b"")))
            self.end_headers()
            self.wfile.write(content or b"")

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name in the standard library
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found.issuer = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()
