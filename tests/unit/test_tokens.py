"""People's tokens: every way to forge, replay or misuse one is refused, and what is left out at the provider opens nothing."""

import hashlib
import hmac
import logging
import time
from collections.abc import Iterator

import pytest
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

from service.access import jwks
from service.access.callers import Callers
from service.access.jwks import Jwks
from service.access.keys import Caller
from service.access.tokens import Provider, Tokens
from service.errors import BadKeyError, RoleError, UsageError
from service.settings import Settings
from service.store.engine import open_store
from tests import identity
from tests.identity import AUDIENCE, claims, ec_key, jwk, rsa_key, token, unsigned

ISSUER = "https://login.example.com"


@pytest.fixture(scope="module")
def published() -> list[dict[str, object]]:
    """What the provider publishes: two keys that sign, one too short, and what no token may be checked with."""
    return [
        jwk(rsa_key(), "a", "RS256"),
        jwk(ec_key(), "e", "ES256"),
        jwk(rsa_key("short", 1024), "short", "RS256"),
        {**jwk(rsa_key("b"), "enc", "RS256"), "use": "enc"},
        {"kty": "oct", "k": "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0", "kid": "secret", "alg": "HS256"},
        {"kty": "RSA", "kid": "broken", "n": "", "e": ""},
    ]


@pytest.fixture
def tokens(published: list[dict[str, object]]) -> Tokens:
    """Who believes them."""
    signers = Jwks(ISSUER, "https://login.example.com/keys")
    signers._keys = jwks.usable({"keys": published})
    return Tokens(Provider(ISSUER, AUDIENCE, "role", "org_unit"), signers, time.time, time.monotonic)


def said(**more: object) -> dict[str, object]:
    """The claims of a good token, changed."""
    return claims(ISSUER, **more)


def test_a_good_token_is_its_holder(tokens: Tokens) -> None:
    """Role and unit from the claims; the person under a pseudonym that says nothing and stays the same."""
    caller = tokens.of(token(said()))
    assert (caller.role, caller.org_unit) == ("hrbp", "Sales")
    assert caller.id == hashlib.sha256(f"{ISSUER}\nu-1".encode()).hexdigest()[:16]
    assert tokens.of(token(said(sub="u-1"), ec_key(), "ES256", kid="e")) == caller
    assert tokens.of(token(said(sub="u-2"))).id != caller.id


def forged() -> Iterator[tuple[str, str]]:
    """Tokens that must not be believed, each with what is wrong."""
    now, key = int(time.time()), rsa_key()
    wrong: dict[str, dict[str, object]] = {
        "expired": {"exp": now - 61},
        "not yet": {"nbf": now + 36_000},
        "from the future": {"iat": now + 36_000},
        "other audience": {"aud": "other"},
        "other issuer": {"iss": "https://evil.example.com"},
        "issuer as a list": {"iss": [ISSUER]},
        "without end": {"exp": None},
        "without beginning": {"iat": None},
        "without audience": {"aud": None},
        "without issuer": {"iss": None},
        "without subject": {"sub": None},
        "end in words": {"exp": "tomorrow"},
        "end at infinity": {"exp": float("inf")},
    }
    for name, changed in wrong.items():
        try:
            yield name, token(said(**changed))
        except TypeError:
            yield name, signed_by_hand({"alg": "RS256", "kid": "a"}, said(**changed))
    yield "no key id", token(said(), kid=None)
    yield "unknown key id", token(said(), kid="z")
    yield "other key", token(said(), rsa_key("other"))
    yield "short key", signed_by_hand({"alg": "RS256", "kid": "short"}, said(), rsa_key("short", 1024))
    yield "key for encryption", token(said(), rsa_key("b"), kid="enc")
    yield "other hash", token(said(), algorithm="RS384")
    yield "other padding", token(said(), algorithm="PS256")
    yield "unknown crit", signed_by_hand({"alg": "RS256", "kid": "a", "crit": ["exp"]}, said())
    yield "none", unsigned({"alg": "none", "kid": "a"}, said())
    yield "None", unsigned({"alg": "None", "kid": "a"}, said())
    yield "no alg", unsigned({"kid": "a"}, said())
    for id_, secret in (("a", identity.public_pem(key)), ("secret", b"secret-secret-secret-secret")):
        body = unsigned({"alg": "HS256", "kid": id_}, said()).rstrip(".")
        yield f"HS256 by {id_}", f"{body}.{identity.part(hmac.digest(secret, body.encode(), 'sha256'))}"
    good = token(said())
    head, _, signature = good.split(".")
    yield "other claims", f"{head}.{unsigned({}, said(role='system')).split('.')[1]}.{signature}"
    yield "cut", good[:-10]
    yield "no signature", good.rpartition(".")[0] + "."
    yield "two parts", good.rpartition(".")[0]
    yield "claims no object", signed_by_hand({"alg": "RS256", "kid": "a"}, [1])
    yield "key id no text", unsigned({"alg": "RS256", "kid": ["a"]}, said())
    yield "deep", ".".join([identity.part(b"[" * 9_000), "", ""])
    yield "long", good + "A" * 20_000
    yield "not ASCII", good + "é"
    yield "garbage", "..."


def signed_by_hand(head: dict[str, object], content: object, key: rsa.RSAPrivateKey | None = None) -> str:
    """A token that the library would not make, with a true signature."""
    body = unsigned(head, content).rstrip(".")  # type: ignore[arg-type]  # what no token may hold
    return f"{body}.{identity.part((key or rsa_key()).sign(body.encode(), padding.PKCS1v15(), SHA256()))}"


FORGED = dict(forged())


@pytest.mark.parametrize("name", FORGED)
def test_a_forged_token_is_refused(tokens: Tokens, name: str, caplog: pytest.LogCaptureFixture) -> None:
    """With one and the same sentence, and without a word of it in any log."""
    with caplog.at_level(logging.DEBUG), pytest.raises(BadKeyError) as caught:
        tokens.of(FORGED[name])
    assert str(caught.value) == "The token is not valid here. Get a new one from your identity provider."
    assert not caplog.records


@pytest.mark.parametrize("changed", [{"exp": -50}, {"nbf": 50}, {"iat": 50}])
def test_clocks_may_differ_by_a_minute(tokens: Tokens, changed: dict[str, int]) -> None:
    """Fifty seconds past the end, or before the beginning, are forgiven."""
    now = int(time.time())
    assert tokens.of(token(said(**{name: now + by for name, by in changed.items()}))).role == "hrbp"


@pytest.mark.parametrize("changed, role, unit", [
    ({"role": ["offline_access", "leader"], "org_unit": "/Sales/EMEA/"}, "leader", "Sales/EMEA"),
    ({"role": "hrbp", "org_unit": "/"}, "hrbp", ""),
    ({"role": "scientist", "org_unit": None}, "scientist", ""),
    ({"aud": ["other", "retention"]}, "hrbp", "Sales"),
])  # fmt: skip
def test_claims_become_role_and_unit(tokens: Tokens, changed: dict[str, object], role: str, unit: str) -> None:
    """Roles of other programs are passed over; a slash is the whole company."""
    caller = tokens.of(token(said(**changed)))
    assert (caller.role, caller.org_unit) == (role, unit)


@pytest.mark.parametrize("changed", [
    {"role": None}, {"role": "boss"}, {"role": ["hrbp", "leader"]}, {"role": {"hrbp": 1}}, {"role": []}, {"role": 1},
    {"org_unit": None}, {"org_unit": ""}, {"org_unit": ["Sales"]}, {"role": "system", "org_unit": None},
])  # fmt: skip
def test_what_was_forgotten_opens_nothing(tokens: Tokens, changed: dict[str, object]) -> None:
    """No role of this service, several, or no unit: known, but without a right."""
    with pytest.raises(RoleError, match="The token must name"):
        tokens.of(token(said(**changed)))


def test_nothing_is_checked_twice_in_a_moment(published: list[dict[str, object]]) -> None:
    """What was found is known for a while, refusals too; never for more than two seconds, and not for ever more tokens."""
    passed, signers = 0.0, Jwks(ISSUER, "https://login.example.com/keys")
    signers._keys = jwks.usable({"keys": published})
    tokens = Tokens(Provider(ISSUER, AUDIENCE, "role", "org_unit"), signers, time.time, lambda: passed)
    good, bad = token(said()), token(said(), rsa_key("other"))
    assert tokens.of(good).role == "hrbp"
    signers._keys = {}
    assert tokens.of(good).role == "hrbp"
    passed = 2.0
    with pytest.raises(BadKeyError):
        tokens.of(good)
    for number in range(5_000):
        with pytest.raises(BadKeyError):
            tokens.of(f"{bad}{number}")
    assert len(tokens._known) <= 4_096


@pytest.mark.parametrize("document", [
    None, [], {}, {"keys": None}, {"keys": []}, {"keys": ["a"]}, {"keys": [{"kty": "RSA", "kid": "a"}]},
    {"keys": [{"kty": "oct", "k": "c2VjcmV0", "kid": "a"}]},
])  # fmt: skip
def test_a_document_without_keys_changes_nothing(document: object) -> None:
    """What a confused provider answers takes no known key away."""
    with pytest.raises(ValueError, match="no usable key"):
        jwks.usable(document)


def test_keys_are_fetched_where_discovery_says() -> None:
    """From the issuer's own document; a private key that was published by mistake is not used."""
    with identity.provider() as provider:
        signers = Jwks(provider.issuer, "")
        signers.refresh()
        assert signers.key("a") is not None
        provider.publish(jwk(rsa_key("b"), "b", "RS256"), {**jwk(rsa_key("c"), "c", "RS256"), "d": "AQAB"})
        signers.refresh()
        assert [signers.key(name) is not None for name in "abc"] == [False, True, False]
        for answer in (None, b"garbage", b"{", b"[" * 100_000, b"{}", b" " * 300_000):
            provider.answer = answer
            signers.refresh()
            assert signers.key("b") is not None


@pytest.mark.parametrize("settings", [
    Settings(oidc_issuer="http://login.example.com", oidc_audience="a"),
    Settings(oidc_issuer="https://login.example.com"),
    Settings(oidc_audience="a"),
    Settings(oidc_issuer="https://login.example.com", oidc_audience="a", oidc_jwks_url="http://169.254.169.254/keys"),
    Settings(oidc_issuer="https://user:word@login.example.com", oidc_audience="a"),
    Settings(oidc_issuer="ftp://login.example.com", oidc_audience="a"),
    Settings(oidc_issuer="https://[", oidc_audience="a"),
])  # fmt: skip
def test_half_a_provider_is_refused(settings: Settings) -> None:
    """A setting that is missing or not safe is named, and its value is not repeated."""
    with pytest.raises(UsageError, match="RETENTION_OIDC_") as caught:
        Callers(open_store("sqlite://"), settings, time.time)
    assert "example.com" not in str(caught.value)


def test_keys_and_tokens_side_by_side(tokens: Tokens) -> None:
    """With a provider both open the door; without one a token is an unknown key."""
    callers = Callers(open_store("sqlite://"), Settings(oidc_issuer=ISSUER, oidc_audience=AUDIENCE), time.time)
    callers._tokens = tokens
    assert callers.of(f"Bearer {token(said())}") == Caller(tokens.of(token(said())).name, "hrbp", "Sales")
    with pytest.raises(BadKeyError, match="The key is not known"):
        callers.of("Bearer rk_abc")
    with pytest.raises(BadKeyError, match="The key is not known"):
        Callers(open_store("sqlite://"), Settings(), time.time).of(f"Bearer {token(said())}")
