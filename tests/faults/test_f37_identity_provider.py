"""The identity provider is away, confused, or asked for: who is known stays known, nobody else comes in, and it is left in peace."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.identity import AUDIENCE, Provider, claims, ec_key, jwk, provider, rsa_key, token
from tests.running import Server, running
from tests.served import shared_toy

LEAST_SECONDS = 60
"""Between two fetches, as the service promises."""


@pytest.fixture(scope="module")
def issuer() -> Iterator[Provider]:
    """The provider."""
    with provider() as found:
        yield found


@pytest.fixture(scope="module")
def server(issuer: Provider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that believes it."""
    settings = {"RETENTION_OIDC_ISSUER": issuer.issuer, "RETENTION_OIDC_AUDIENCE": AUDIENCE}
    with running(shared_toy().home(tmp_path_factory.mktemp("home")), "--no-sync", settings=settings) as found:
        until = time.monotonic() + 20
        while status(found, token(claims(issuer.issuer))) == 401 and time.monotonic() < until:
            time.sleep(0.05)
        yield found


def status(server: Server, sent: str) -> int:
    """What a person with this token is answered."""
    return server.fetch("GET", "/v1/model", headers={"Authorization": f"Bearer {sent}"}, role="").status


def test_f37_known_keys_work_while_the_provider_does_not(server: Server, issuer: Provider) -> None:
    """Down or talking nonsense: a person whose token is signed by a known key is let in, at once, again and again."""
    good = issuer.answer
    assert status(server, token(claims(issuer.issuer))) == 200
    try:
        for answer in (None, b"garbage", b'{"keys": []}', b"[" * 50_000):
            issuer.answer = answer
            began = time.monotonic()
            assert status(server, token(claims(issuer.issuer, sub=f"u{answer!r}"[:9]))) == 200
            assert status(server, token(claims(issuer.issuer), kid="unknown")) == 401
            assert time.monotonic() - began < 5
    finally:
        issuer.answer = good


def test_f37_a_flood_of_unknown_key_ids_asks_the_provider_once_a_minute(server: Server, issuer: Provider) -> None:
    """Hundreds of tokens of hundreds of keys: all 401, nobody waits for the provider, and it is asked at most once."""
    asked, began = issuer.asked, time.monotonic()
    for number in range(300):
        assert status(server, token(claims(issuer.issuer), kid=f"k{number}")) == 401
    took = time.monotonic() - began
    print(f"F37: 300 unknown keys in {took:.2f} s, {issuer.asked - asked} fetches")
    assert issuer.asked - asked <= 1 + took / LEAST_SECONDS
    assert status(server, token(claims(issuer.issuer))) == 200


def test_f37_a_token_of_another_is_refused(server: Server, issuer: Provider) -> None:
    """Signed by somebody else, for somebody else, or no longer in force: 401; in force without a right: 403."""
    now = int(time.time())
    for said, key in (
        (claims(issuer.issuer), rsa_key("other")),
        (claims(issuer.issuer, aud="other"), rsa_key()),
        (claims(issuer.issuer, exp=now - 61), rsa_key()),
        (claims("https://login.example.com"), rsa_key()),
    ):
        assert status(server, token(said, key)) == 401
    assert status(server, token(claims(issuer.issuer, role="boss"))) == 403
    assert status(server, server.key) == 200


def test_f37_nothing_of_a_token_is_logged(server: Server, issuer: Provider) -> None:
    """No part of a token and no claim, whether it was believed or not."""
    sent = token(claims(issuer.issuer, sub="kanarienvogel", org_unit="Kanarienvogelhaus"))
    bad = token(claims(issuer.issuer, sub="kanarienvogel"), rsa_key("other"))
    assert (status(server, sent), status(server, bad)) == (200, 401)
    time.sleep(1)
    for part in (*sent.split("."), *bad.split("."), "kanarienvogel", "Kanarienvogelhaus", issuer.issuer):
        assert part not in server.log


@pytest.mark.trial
def test_f37_nonsense_that_is_fetched_changes_nothing_and_a_new_key_is_found(server: Server, issuer: Provider) -> None:
    """Known keys outlive a fetch of nonsense; after a change of keys the new one opens and the old one does not."""
    good, issuer.answer = token(claims(issuer.issuer)), b"garbage"
    fresh = token(claims(issuer.issuer), ec_key("new"), "ES256", kid="new")
    asked, began = issuer.asked, time.monotonic()
    while issuer.asked == asked and time.monotonic() - began < LEAST_SECONDS + 20:
        assert status(server, fresh) == 401
        time.sleep(0.5)
    time.sleep(3)
    assert issuer.asked == asked + 1
    assert status(server, good) == 200
    issuer.publish(jwk(ec_key("new"), "new", "ES256"))
    began = time.monotonic()
    while status(server, fresh) == 401 and time.monotonic() - began < LEAST_SECONDS + 20:
        time.sleep(0.5)
    print(f"F37: a new key after {time.monotonic() - began:.0f} s")
    assert status(server, fresh) == 200
    time.sleep(2)
    assert status(server, good) == 401


def test_f37_start_without_the_provider(tmp_path: Path) -> None:
    """A provider that is away keeps no server from starting, and none with a key from being answered."""
    settings = {
        "RETENTION_OIDC_ISSUER": "http://127.0.0.1:1",
        "RETENTION_OIDC_AUDIENCE": AUDIENCE,
        "RETENTION_OIDC_JWKS_URL": "http://127.0.0.1:1/keys",
    }
    with running(shared_toy().home(tmp_path), "--no-sync", settings=settings, until="/readyz") as server:
        assert status(server, token(claims("http://127.0.0.1:1"))) == 401
        assert status(server, server.key) == 200
