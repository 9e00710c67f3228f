"""Signing in with a company account, against a provider over HTTP that holds the browser's proof to what it was told."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import pytest

from service.api.auth import COOKIE
from service.app import create_app
from service.errors import UsageError
from service.page.account import challenge
from service.page.attempts import Failures
from service.settings import Settings
from tests.identity import AUDIENCE, claims, jwk, rsa_key, token
from tests.page_home import written
from tests.posting import Client
from tests.served import day
from tests.visitor import HOST, Visitor

SECRET: Final = "a-secret-of-the-page"
CODE: Final = "the-code"


@dataclass
class Provider:
    """What the provider was asked, and how it answers."""

    issuer: str = ""
    asked: dict[str, str] = field(default_factory=dict)
    """What the browser brought it."""
    said: dict[str, Any] = field(default_factory=dict)
    """Claims that differ from the good ones."""
    status: int = 200

    def answer(self, form: dict[str, str]) -> bytes:
        """Tokens for a code, once everything that was agreed is there."""
        agreed = {
            "grant_type": "authorization_code", "code": CODE, "client_secret": SECRET,
            "client_id": self.asked["client_id"], "redirect_uri": self.asked["redirect_uri"],
        }  # fmt: skip
        assert {name: form[name] for name in agreed} == agreed
        assert challenge(form["code_verifier"]) == self.asked["code_challenge"]
        made = claims(self.issuer, **{"nonce": self.asked["nonce"], **self.said})
        return json.dumps({"id_token": token(made), "access_token": "opaque", "token_type": "Bearer"}).encode()


@pytest.fixture(scope="module")
def issuer() -> Iterator[Provider]:
    """A provider on a free port."""
    found = Provider()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            addresses = {"authorization_endpoint": "/authorize", "token_endpoint": "/token", "jwks_uri": "/keys"}
            document = {"issuer": found.issuer, **{name: found.issuer + path for name, path in addresses.items()}}
            keys = {"keys": [jwk(rsa_key(), "a", "RS256")]}
            self.reply(200, json.dumps(keys if self.path == "/keys" else document).encode())

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            self.reply(found.status, found.answer(form) if found.status == 200 else b"{}")

        def reply(self, status: int, content: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name in the standard library
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found.issuer = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    yield found
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def client(issuer: Provider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """The application, whose people sign in there."""
    home = written(tmp_path_factory.mktemp("account") / "home")
    settings = Settings(
        home=home, public_url=HOST, oidc_issuer=issuer.issuer, oidc_audience=AUDIENCE, oidc_client_id=AUDIENCE,
        oidc_client_secret=SECRET,
    )  # fmt: skip
    with Client(create_app(settings, {}, today=lambda: day("2026-09-17"))) as found:
        found.wait(0.5)
        yield found


@pytest.fixture
def visitor(client: Client, issuer: Provider) -> Visitor:
    """Somebody who has just come, and a provider that knows nothing of anybody before."""
    client.app.state.service.failures = Failures()
    issuer.said, issuer.status = {}, 200
    return Visitor(client)


def go(visitor: Visitor, issuer: Provider, path: str = "/sign-in/account") -> dict[str, str]:
    """Go to the provider; what the browser brings it."""
    going = visitor.get(path)
    assert going.status_code == 303
    address = urlsplit(going.headers["location"])
    assert f"{address.scheme}://{address.netloc}{address.path}" == f"{issuer.issuer}/authorize"
    issuer.asked = {name: values[0] for name, values in parse_qs(address.query).items()}
    return issuer.asked


def come_back(visitor: Visitor, state: str, code: str = CODE) -> Any:
    """Come back from it."""
    return visitor.get(f"/sign-in/account/done?state={state}&code={code}&session_state=x")


def test_an_account_signs_in(visitor: Visitor, issuer: Provider) -> None:
    """By code, state, nonce and PKCE; then the page is of the account's role and unit, and the way goes on."""
    assert "Sign in with your company account" in visitor.get("/sign-in").text
    asked = go(visitor, issuer, "/sign-in/account?next=%2Fpeople%2FE000001")
    assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")
    assert asked["redirect_uri"] == f"{HOST}/sign-in/account/done"
    done = come_back(visitor, asked["state"])
    assert done.headers["location"] == "/signed-in?next=%2Fpeople%2FE000001"
    assert set(visitor.cookies) == {COOKIE}
    assert "Ilse Aalto" in visitor.get("/people/E000001").text
    assert visitor.get("/people/E000009").status_code == 404
    visitor.post("/capacity", token=visitor.token("/"), capacity="7")
    assert 'value="7"' in visitor.get("/").text


def test_what_was_not_begun_here_ends_here(visitor: Visitor, issuer: Provider) -> None:
    """Another state, none, a cookie of nonsense, or another browser's way back: nobody is signed in."""
    asked = go(visitor, issuer)
    stolen = come_back(Visitor(visitor.client), asked["state"])
    forged = come_back(Visitor(visitor.client, {"__Host-begun": "e30"}), "")
    others = [come_back(visitor, state) for state in ("", "x", asked["nonce"])]
    for answer in (stolen, forged, *others):
        assert (answer.status_code, "did not sign you in" in answer.text) == (400, True)
    assert COOKIE not in visitor.cookies


@pytest.mark.parametrize(
    "said,told",
    [
        ({"nonce": "another"}, "did not sign you in"),
        ({"nonce": None}, "did not sign you in"),
        ({"aud": "another program"}, "not valid here"),
        ({"exp": 1_000_000_000}, "not valid here"),
        ({"iss": "https://elsewhere.example"}, "not valid here"),
        ({"role": None}, "exactly one role"),
        ({"org_unit": None}, "must name the org unit"),
        ({"role": "scientist"}, "has no page here"),
    ],
)
def test_a_token_that_does_not_hold_signs_nobody_in(
    visitor: Visitor, issuer: Provider, said: dict[str, Any], told: str
) -> None:
    """Its audience, time, issuer, nonce, role and unit: each is looked at."""
    if said.get("role") == "scientist":
        visitor.client.app.state.service.failures = Failures()
    issuer.said = said
    answer = come_back(visitor, go(visitor, issuer)["state"])
    signed_in = visitor.get("/").status_code == 200
    assert (answer.status_code, told in answer.text, signed_in) == (400, True, False)


@pytest.mark.parametrize("status,told", [(400, "did not sign you in"), (503, "does not answer just now")])
def test_a_provider_that_refuses_or_fails_is_said_to(
    visitor: Visitor, issuer: Provider, status: int, told: str
) -> None:
    """In words, beside the form for a key."""
    issuer.status = status
    answer = come_back(visitor, go(visitor, issuer)["state"])
    assert (answer.status_code, told in answer.text, 'id="key"' in answer.text) == (400, True, True)


def test_a_session_ends_with_the_token(visitor: Visitor, issuer: Provider) -> None:
    """A token of ten minutes gives a session of ten minutes, however often the page is used."""
    now = visitor.client.app.state.service.wall()
    issuer.said = {"exp": int(now) + 600}
    come_back(visitor, go(visitor, issuer)["state"])
    session = visitor.client.app.state.service.sessions.of(visitor.cookies[COOKIE])
    assert session is not None
    assert session.ends == session.idle_ends == int(now) + 600
    assert session.caller.org_unit == "Sales"


def test_without_accounts_there_are_none(tmp_path: Path) -> None:
    """No button, no address; half a setting is refused at the start."""
    with Client(create_app(Settings(home=tmp_path), {}, today=lambda: 0)) as client:
        assert "company account" not in client("GET", "/sign-in").text
        assert client("GET", "/sign-in/account").status_code == 404
    with pytest.raises(UsageError, match="RETENTION_PUBLIC_URL"):
        create_app(Settings(home=tmp_path, oidc_client_id="x", oidc_issuer="http://127.0.0.1:1", oidc_audience="x"), {})
