"""Keys: shown once, stored as a digest, known again; the command prints the key last."""

import hashlib
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from service.access.keys import Caller, add_key, caller_of
from service.cli import main
from service.errors import BadKeyError, UsageError
from service.settings import Settings
from service.store import tables
from service.store.engine import open_store

NOW = "2026-01-01T00:00:00+00:00"


@pytest.fixture
def store(tmp_path: Path) -> Engine:
    """An empty store."""
    return open_store(Settings(home=tmp_path).database_url)


def test_a_key_is_known_again(store: Engine) -> None:
    """The key gives back who holds it, their role and their unit."""
    caller = Caller("payroll", "hrbp", "Sales/EMEA")
    assert caller_of(store, add_key(store, caller, NOW)) == caller


def test_only_the_digest_is_stored(store: Engine) -> None:
    """No column holds the key; the digest is its SHA-256."""
    key = add_key(store, Caller("payroll", "system", ""), NOW)
    with store.connect() as connection:
        (row,) = connection.execute(select(tables.keys)).all()
    assert row.digest == hashlib.sha256(key.encode()).hexdigest()
    assert key not in map(str, row)


def test_keys_are_256_bits_and_differ(store: Engine) -> None:
    """43 letters of URL-safe base64 after the prefix; a hundred keys are a hundred texts."""
    keys = {add_key(store, Caller("a", "system", ""), NOW) for _ in range(100)}
    assert len(keys) == 100
    assert {(len(key), key[:3]) for key in keys} == {(46, "rk_")}


@pytest.mark.parametrize("key", ["", "rk_", "rk_unknown", "\ud800", "x" * 100_000])
def test_unknown_keys_are_refused(store: Engine, key: str) -> None:
    """Whatever is sent that was never made."""
    with pytest.raises(BadKeyError, match="The key is not known"):
        caller_of(store, key)


@pytest.mark.parametrize("caller", [Caller("a", "boss", ""), Caller(" ", "system", "")])
def test_no_key_without_a_name_and_a_known_role(store: Engine, caller: Caller) -> None:
    """A key that nobody could tell from others, or that could do nothing, is not made."""
    with pytest.raises(UsageError):
        add_key(store, caller, NOW)


def test_the_command_prints_the_key_as_its_last_word(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What a script takes from standard output is a key that works, limited to its unit."""
    environ = {"RETENTION_HOME": str(tmp_path)}
    assert main(["keys", "add", "--name", "x", "--role", "hrbp", "--org-unit", "/Sales/EMEA/"], environ) == 0
    key = capsys.readouterr().out.split()[-1]
    assert caller_of(open_store(Settings(home=tmp_path).database_url), key) == Caller("x", "hrbp", "Sales/EMEA")
