"""Keys: shown once, stored as a digest, known again, ended; and the commands that make, list and end them."""

import datetime as dt
import hashlib
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from service.access import keys
from service.access.callers import Callers
from service.access.keys import Caller, add_key
from service.cli import main
from service.errors import BadKeyError, StoreError, UsageError
from service.settings import Settings
from service.store import tables
from service.store.engine import open_store
from tests import old_stores

NOW = "2026-01-01T00:00:00+00:00"
NOW_SECONDS = 1_767_225_600.0
"""`NOW` in seconds since 1970."""


class Time:
    """A clock that is moved by hand, both as the time of day and as seconds that never fall."""

    def __init__(self) -> None:
        self.passed = 0.0

    def wall(self) -> float:
        """Seconds since 1970."""
        return NOW_SECONDS + self.passed

    def ticks(self) -> float:
        """Seconds since the test began."""
        return self.passed


@pytest.fixture
def store(tmp_path: Path) -> Engine:
    """An empty store."""
    return open_store(Settings(home=tmp_path).database_url)


@pytest.fixture
def time() -> Time:
    """The test's clock."""
    return Time()


@pytest.fixture
def callers(store: Engine, time: Time) -> Callers:
    """Who knows the store's keys."""
    return Callers(store, Settings(), time.wall, time.ticks)


def test_a_key_is_known_again(store: Engine, callers: Callers) -> None:
    """The key gives back who holds it, their role and their unit, and by which public part it is named."""
    caller = Caller("payroll", "hrbp", "Sales/EMEA")
    key = add_key(store, caller, NOW)
    found = callers.of(f"Bearer {key}")
    assert found == caller
    assert found.id == key[3:11]


def test_who_is_behind_a_header_is_found_out_each_time(store: Engine, callers: Callers, time: Time) -> None:
    """A header that was read once opens until its key expires or is revoked, and again nothing after that."""
    ends = dt.datetime.fromtimestamp(NOW_SECONDS + 100, dt.UTC).isoformat()
    short, long = (add_key(store, Caller(name, "system", ""), NOW, until) for name, until in (("a", ends), ("b", None)))
    first, second = callers.behind(f"Bearer {short}"), callers.behind(f"Bearer {long}")
    assert [first().name, second().name] == ["a", "b"]
    time.passed = 101
    assert second().name == "b"
    with pytest.raises(BadKeyError):
        first()
    keys.revoke(store, long[3:11], NOW)
    time.passed += 2
    with pytest.raises(BadKeyError):
        second()


def test_what_is_known_of_a_header_that_was_read_is_no_secret(store: Engine, callers: Callers) -> None:
    """A key's public part and its digest, nothing of its other half."""
    key = add_key(store, Caller("payroll", "system", ""), NOW)
    assert key[12:] not in repr(callers.behind(f"Bearer {key}"))
    assert keys.shown(key) == (key[3:11], hashlib.sha256(key.encode()).hexdigest())


def test_only_the_digest_is_stored(store: Engine) -> None:
    """No column holds the key or its secret half; the digest is its SHA-256."""
    key = add_key(store, Caller("payroll", "system", ""), NOW)
    with store.connect() as connection:
        (row,) = connection.execute(select(tables.keys)).all()
    assert row.digest == hashlib.sha256(key.encode()).hexdigest()
    assert not any(key[12:] in str(value) for value in row)


def test_keys_are_256_bits_and_differ(store: Engine) -> None:
    """Eight public letters and 43 of URL-safe base64 after the start; a hundred keys are a hundred texts."""
    made = {add_key(store, Caller(f"a{number}", "system", ""), NOW) for number in range(100)}
    assert len({key[12:] for key in made}) == 100
    assert {(len(key), key[:3], key[11]) for key in made} == {(55, "rk_", "_")}


@pytest.mark.parametrize("sent", ["rk_", "rk_unknown", "rk_\ud800", "x" * 100_000, "rk_" + "a" * 52, "eyJh.eyJh.c2ln"])
def test_unknown_keys_are_refused(callers: Callers, sent: str) -> None:
    """Whatever is sent that was never made."""
    with pytest.raises(BadKeyError, match="The key is not known, or no longer valid"):
        callers.of(f"Bearer {sent}")


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Basic abc", "rk_abc", "Bearer\trk_abc"])
def test_a_header_without_a_key(callers: Callers, header: str | None) -> None:
    """What carries no key is told how to send one."""
    with pytest.raises(BadKeyError, match="carries no key"):
        callers.of(header)


def test_the_public_part_alone_opens_nothing(store: Engine, callers: Callers) -> None:
    """Another secret half after a true public part is refused, and so is the public part on its own."""
    key = add_key(store, Caller("payroll", "system", ""), NOW)
    for sent in (key[:11], key[:12] + "A" * 43, key[:-1], key + "A", key[:3] + key[12:]):
        with pytest.raises(BadKeyError):
            callers.of(f"Bearer {sent}")


@pytest.mark.parametrize("caller", [Caller("a", "boss", ""), Caller(" ", "system", "")])
def test_no_key_without_a_name_and_a_known_role(store: Engine, caller: Caller) -> None:
    """A key that nobody could tell from others, or that could do nothing, is not made."""
    with pytest.raises(UsageError):
        add_key(store, caller, NOW)


def test_two_live_keys_for_a_change_and_no_third(store: Engine, callers: Callers) -> None:
    """Both work; a third is refused by name of the two, and made once one of them is revoked."""
    caller = Caller("payroll", "system", "")
    first, second = add_key(store, caller, NOW), add_key(store, caller, NOW)
    assert callers.of(f"Bearer {first}") == callers.of(f"Bearer {second}") == caller
    with pytest.raises(UsageError, match=f"{first[3:11]} and {second[3:11]}|{second[3:11]} and {first[3:11]}"):
        add_key(store, caller, NOW)
    add_key(store, Caller("payroll", "hrbp", ""), NOW)
    keys.revoke(store, first[3:11], NOW)
    assert callers.of(f"Bearer {add_key(store, caller, NOW)}") == caller


def test_an_expired_key_makes_room(store: Engine) -> None:
    """Only live keys count."""
    caller = Caller("payroll", "system", "")
    for _ in range(2):
        add_key(store, caller, NOW, "2026-01-02T00:00:00+00:00")
    assert add_key(store, caller, "2026-01-02T00:00:00+00:00")


def test_a_revoked_key_dies_within_two_seconds(store: Engine, callers: Callers, time: Time) -> None:
    """It may still work for as long as what is known of it is fresh, and never longer."""
    key = add_key(store, Caller("payroll", "system", ""), NOW)
    callers.of(f"Bearer {key}")
    keys.revoke(store, key[3:11], NOW)
    time.passed = 1.99
    with pytest.raises(BadKeyError):
        callers.of(f"Bearer {key}")


def test_a_key_expires_to_the_second(store: Engine, callers: Callers, time: Time) -> None:
    """However fresh what is known of it is."""
    key = add_key(store, Caller("payroll", "system", ""), NOW, "2026-01-01T00:00:10+00:00")
    time.passed = 9.5
    assert callers.of(f"Bearer {key}").name == "payroll"
    time.passed = 10.0
    with pytest.raises(BadKeyError):
        callers.of(f"Bearer {key}")


def test_a_new_key_works_at_once(store: Engine, callers: Callers) -> None:
    """Though the store was read a moment before it was made."""
    with pytest.raises(BadKeyError):
        callers.of("Bearer rk_unknown")
    assert callers.of(f"Bearer {add_key(store, Caller('a', 'system', ''), NOW)}").name == "a"


def test_guessing_costs_the_store_nothing(callers: Callers, monkeypatch: pytest.MonkeyPatch, time: Time) -> None:
    """A thousand guesses are a few looks at the store, and then ten a second."""
    looks = 0
    look = keys.live

    def counted(store: Engine, now: str) -> object:
        nonlocal looks
        looks += 1
        return look(store, now)

    monkeypatch.setattr(keys, "live", counted)

    def guess(times: int) -> None:
        for number in range(times):
            with pytest.raises(BadKeyError):
                callers.of(f"Bearer rk_{number:08x}_{'A' * 43}")

    guess(1_000)
    assert looks <= 22
    time.passed, looks = 0.5, 0
    guess(1_000)
    assert looks <= 6


def test_nobody_gets_in_while_the_keys_cannot_be_read(
    store: Engine, callers: Callers, time: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once what is known has aged, every key is refused as the service's fault, at once and not after asking anew."""
    key = add_key(store, Caller("a", "system", ""), NOW)
    callers.of(f"Bearer {key}")
    asked = 0

    def broken(_store: Engine, _now: str) -> object:
        nonlocal asked
        asked += 1
        raise StoreError("gone")

    monkeypatch.setattr(keys, "live", broken)
    time.passed = 1.5
    for _ in range(10):
        with pytest.raises(StoreError):
            callers.of(f"Bearer {key}")
    assert asked == 1
    monkeypatch.undo()
    time.passed = 3.0
    assert callers.of(f"Bearer {key}").name == "a"


def test_a_key_of_the_first_schema_goes_on_working(tmp_path: Path, time: Time) -> None:
    """A store of schema version 1 is brought up to date with its key, which is named by its digest's first letters."""
    url = Settings(home=tmp_path).database_url
    key = "rk_" + "aB3-_" * 8 + "xyz"
    digest = hashlib.sha256(key.encode()).hexdigest()
    old = old_stores.first(tmp_path)
    old.execute("INSERT INTO keys VALUES (?, 'old', 'hrbp', 'Sales', '2025-01-01T00:00:00Z')", [digest])
    old.commit()
    old.close()
    store = open_store(url)
    assert Callers(store, Settings(), time.wall, time.ticks).of(f"Bearer {key}") == Caller("old", "hrbp", "Sales")
    (held,) = keys.listed(store)
    assert (held.prefix, held.expires_at, held.revoked_at, held.state(NOW)) == (digest[:8], None, None, "live")
    keys.revoke(store, digest[:8], NOW)
    assert keys.listed(open_store(url))[0].state(NOW) == "revoked"


def test_the_command_prints_the_key_as_its_last_word(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What a script takes from standard output is a key that works for a year, limited to its unit."""
    environ = {"RETENTION_HOME": str(tmp_path)}
    assert main(["keys", "add", "--name", "x", "--role", "hrbp", "--org-unit", "/Sales/EMEA/"], environ) == 0
    key = capsys.readouterr().out.split()[-1]
    store = open_store(Settings(home=tmp_path).database_url)
    assert Callers(store, Settings(), lambda: NOW_SECONDS).of(f"Bearer {key}") == Caller("x", "hrbp", "Sales/EMEA")
    (held,) = keys.listed(store)
    made = dt.datetime.fromisoformat(held.created_at).timestamp()
    assert held.expires - made == 365 * 86_400


def test_keys_are_listed_and_revoked_by_prefix(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The list names everything but the key; a revoked one stays on it, and another prefix is a mistake."""
    environ = {"RETENTION_HOME": str(tmp_path)}
    assert main(["keys", "add", "--name", "night run", "--role", "system", "--expires-days", "7"], environ) == 0
    key = capsys.readouterr().out.split()[-1]
    assert main(["keys", "list"], environ) == 0
    listed = capsys.readouterr().out
    assert key[12:] not in listed
    head, line = listed.splitlines()
    assert head.split() == ["prefix", "state", "role", "made", "expires", "last", "used", "unit", "name"]
    assert line.split()[:3] == [key[3:11], "live", "system"]
    assert line.endswith("  night run")
    assert main(["keys", "revoke", f"rk_{key[3:11]}"], environ) == 0
    assert "revoked" in capsys.readouterr().out
    main(["keys", "list"], environ)
    assert capsys.readouterr().out.splitlines()[1].split()[1] == "revoked"
    assert main(["keys", "revoke", "00000000"], environ) == 2
    assert capsys.readouterr().err.splitlines() == [
        "There is no key with that prefix. See: python -m service keys list."
    ]


@pytest.mark.parametrize("days", ["0", "-1", "x", "4000"])
def test_a_life_no_key_can_have(tmp_path: Path, days: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The option is named, and what was given is not repeated."""
    environ = {"RETENTION_HOME": str(tmp_path)}
    with pytest.raises(SystemExit, match="2"):
        main(["keys", "add", "--name", "x", "--role", "system", f"--expires-days={days}"], environ)
    assert capsys.readouterr().err.splitlines()[-1].endswith("--expires-days: must be a whole number from 1 to 3650")


def test_the_day_of_last_use_is_noted(store: Engine, callers: Callers, time: Time) -> None:
    """Once the service writes down what was used, the list shows the day."""
    key = add_key(store, Caller("a", "system", ""), NOW)
    add_key(store, Caller("b", "system", ""), NOW)
    time.passed = 86_400 * 2
    callers.of(f"Bearer {key}")
    callers._keys.note_used()
    assert {held.caller.name: held.last_used_on for held in keys.listed(store)} == {"a": "2026-01-03", "b": None}
