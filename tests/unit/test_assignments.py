"""Units that are somebody's from day to day: first and last day, union, end, holders, and the commands."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from service.access import assigning, assignments, keys
from service.access.assignments import KEY, PERSON, Assignment
from service.access.callers import Callers
from service.access.keyring import Keyring
from service.access.keys import Caller
from service.access.scope import narrowed
from service.audit.log import AccessLog
from service.cli import main
from service.errors import UsageError
from service.settings import Settings
from service.store.audit_tables import access_log
from tests import stores

ADMIN = Caller("the test", "admin", "", "command:the test")
NOW = "2026-03-10T12:00:00+00:00"
SECONDS = 1_773_144_000.0
"""`NOW` in seconds since 1970."""
DAY = 86_400.0


@pytest.fixture(params=stores.KINDS)
def log(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[AccessLog]:
    """The access log of an empty store of either kind."""
    with stores.settings(request.param, tmp_path / "home") as settings, stores.opened(settings) as store:
        yield AccessLog(store, settings, lambda: SECONDS)


def give(log: AccessLog, name: str, unit: str, first: str, last: str | None = None) -> Assignment:
    """Assign a unit to the holder of a key."""
    days = dt.date.fromisoformat(first), last and dt.date.fromisoformat(last)
    made = assigning.new((KEY, name), unit, days, NOW, "the test")  # type: ignore[arg-type]  # "" is never given
    assigning.assign(log, ADMIN, made)
    return made


def seen(store: Engine, name: str, day: str) -> tuple[str, ...]:
    """The units of the caller of that name at noon of a day."""
    held = keys.live(store, f"{day}T12:00:00+00:00").values()
    return next(one.caller.units for one in held if one.caller.name == name)


def test_the_first_and_the_last_day_are_included(log: AccessLog) -> None:
    """From 10 to 12 March: not on the 9th, on the 10th and the 12th, not on the 13th, by the UTC day."""
    keys.add_key(log.store, Caller("partner", "hrbp", "Sales"), NOW)
    assert seen(log.store, "partner", "2026-03-09") == ("Sales",)
    give(log, "partner", "Sales/North", "2026-03-10", "2026-03-12")
    days = {day: seen(log.store, "partner", f"2026-03-{day}") for day in ("09", "10", "12", "13")}
    assert days == {"09": (), "10": ("Sales/North",), "12": ("Sales/North",), "13": ()}


def test_midnight_is_utc(log: AccessLog) -> None:
    """A server's callers change with the UTC day, not with any other."""
    key = keys.add_key(log.store, Caller("partner", "hrbp", ""), NOW)
    give(log, "partner", "Sales", "2026-03-10", "2026-03-10")
    midnight = SECONDS + DAY / 2
    for seconds, units in ((midnight - 1, ("Sales",)), (midnight, ())):
        ring = Keyring(log.store, lambda seconds=seconds: seconds, lambda: 10.0)  # type: ignore[misc]
        assert ring.of(keys.shown(key)).units == units


def test_the_union_of_what_is_valid_within_the_keys_unit(log: AccessLog) -> None:
    """One within another is not named twice; what is wider than the key is the key's unit."""
    keys.add_key(log.store, Caller("partner", "hrbp", "Sales"), NOW)
    give(log, "partner", "Sales/South", "2026-03-01")
    give(log, "partner", "Sales/North/A", "2026-03-05")
    assert seen(log.store, "partner", "2026-03-04") == ("Sales/South",)
    assert seen(log.store, "partner", "2026-03-05") == ("Sales/North/A", "Sales/South")
    give(log, "partner", "Sales/North", "2026-03-06")
    assert seen(log.store, "partner", "2026-03-06") == ("Sales/North", "Sales/South")
    give(log, "partner", "/", "2026-03-07")
    assert seen(log.store, "partner", "2026-03-07") == ("Sales",)


@pytest.mark.parametrize("unit,assigned,expected", [
    ("", None, ("",)),
    ("Sales", None, ("Sales",)),
    ("", [], ()),
    ("Sales", ["Finance", "Salesforce", "sales/North"], ()),
    ("", ["A/B", "A", "C", "A/B/C"], ("A", "C")),
    ("A/B", ["A", "A/B/C"], ("A/B",)),
    ("", ["", "A"], ("",)),
])  # fmt: skip
def test_narrowed(unit: str, assigned: list[str] | None, expected: tuple[str, ...]) -> None:
    """By hand."""
    assert narrowed(unit, assigned) == expected


def test_ended_is_ended_at_once_and_stays_on_record(log: AccessLog) -> None:
    """With the last assignment gone the key sees nothing, not everything; each change is logged with who."""
    keys.add_key(log.store, Caller("partner", "hrbp", ""), NOW)
    made = give(log, "partner", "Sales", "2026-03-01")
    assert assigning.end(log, ADMIN, made.id).ended_by == "command:the test"
    assert assigning.end(log, ADMIN, made.id).state("2026-03-10") == "ended"
    assert seen(log.store, "partner", "2026-03-10") == ()
    with log.store.connect() as connection:
        rows = connection.execute(select(access_log.c.action, access_log.c.caller, access_log.c.subject)).all()
    assert [tuple(row) for row in rows] == [
        ("assign", "command:the test", made.id),
        ("unassign", "command:the test", made.id),
    ]
    with pytest.raises(UsageError, match="no assignment"):
        assigning.end(log, ADMIN, "00000000")


def test_a_change_of_keys_keeps_the_units(log: AccessLog) -> None:
    """What is assigned by a prefix is the name's: the key that replaces it sees the same, and another name everything."""
    first = keys.add_key(log.store, Caller("partner", "hrbp", ""), NOW)
    assert assigning.named(log.store, first[:11]) == assigning.named(log.store, "partner") == (KEY, "partner")
    give(log, "partner", "Sales", "2026-03-01")
    ring = Keyring(log.store, lambda: SECONDS, lambda: 10.0)
    second = keys.add_key(log.store, Caller("partner", "hrbp", ""), NOW)
    other = keys.add_key(log.store, Caller("another", "hrbp", ""), NOW)
    assert [ring.of(keys.shown(key)).units for key in (first, second, other)] == [("Sales",), ("Sales",), ("",)]
    with pytest.raises(UsageError, match="no key"):
        assigning.named(log.store, "nobody")


def test_a_person_of_the_identity_provider_is_known_by_pseudonym(log: AccessLog) -> None:
    """The subject itself is stored nowhere; who never had an assignment keeps the token's unit."""
    who = assignments.pseudonym("https://id.example", "u-1")
    made = assigning.new((PERSON, who), "Sales/North", (dt.date(2026, 3, 1), None), NOW, "the test")
    assigning.assign(log, ADMIN, made)
    ring = Keyring(log.store, lambda: SECONDS, lambda: 10.0)
    mine, other = (Caller(f"person {id_}", "hrbp", "Sales", id_) for id_ in (who, "f" * 16))
    assert ring.placed(mine).units == ("Sales/North",)
    assert ring.placed(other).units == ("Sales",)
    assert {(one.kind, one.holder) for one in assignments.listed(log.store)} == {("person", who)}


def test_what_could_never_open_anything_is_refused(log: AccessLog) -> None:
    """A unit outside every key's of the name, one that ends before it begins, and none."""
    keys.add_key(log.store, Caller("partner", "hrbp", "Sales"), NOW)
    with pytest.raises(UsageError, match="outside"):
        give(log, "partner", "Salesforce", "2026-03-01")
    with pytest.raises(UsageError, match="before it begins"):
        give(log, "partner", "Sales", "2026-03-02", "2026-03-01")
    with pytest.raises(UsageError, match="path"):
        give(log, "partner", "", "2026-03-02")
    assert assignments.listed(log.store) == []


def test_a_running_ring_learns_within_two_seconds(log: AccessLog) -> None:
    """A second after the look before, and no later; while the store is away nobody is let in."""
    ticks = [10.0]
    key = keys.add_key(log.store, Caller("partner", "hrbp", ""), NOW)
    callers = Callers(log.store, Settings(), lambda: SECONDS, lambda: ticks[0])
    assert callers.of(f"Bearer {key}").units == ("",)
    give(log, "partner", "Sales", "2026-03-01")
    ticks[0] += 1.0
    assert callers.of(f"Bearer {key}").units == ("Sales",)


def test_the_commands(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Assign by name and by prefix, list, end; what is wrong is said in a line, with exit code 2."""
    environ = {"RETENTION_HOME": str(tmp_path), "RETENTION_ACTOR": "the office"}
    main(["keys", "add", "--name", "partner", "--role", "hrbp"], environ)
    prefix = capsys.readouterr().out.split()[-1][3:11]
    assert main(["assign", "--key", "partner", "--org-unit", "Sales/North", "--to", "2099-12-31"], environ) == 0
    said = capsys.readouterr().out
    assert "Sales/North from " in said
    assert "to 2099-12-31, that day included." in said
    more = ["--from", "2098-01-01"]
    assert main(["assign", "--key", prefix, "--org-unit", "/", *more], environ) == 0
    id_ = capsys.readouterr().out.split()[1].rstrip(":")
    assert main(["assignments", "--end", id_], environ) == 0
    assert main(["assignments", "--key", "partner"], environ) == 0
    rows = capsys.readouterr().out.splitlines()[1:]
    assert [row.split()[1:] for row in rows[1:]] == [
        ["valid", str(dt.datetime.now(dt.UTC).date()), "2099-12-31", "Sales/North", "key", "partner"],
        ["ended", "2098-01-01", "-", "all", "key", "partner"],
    ]
    for wrong in (
        ["assign", "--key", "nobody", "--org-unit", "Sales"],
        ["assign", "--key", "partner", "--org-unit", "Sales", "--from", "01.02.2026"],
        ["assign", "--subject", "u-1", "--org-unit", "Sales"],
        ["assignments", "--end", "nothing"],
    ):
        assert main(wrong, environ) == 2
    oidc = {**environ, "RETENTION_OIDC_ISSUER": "https://id.example", "RETENTION_OIDC_AUDIENCE": "retention"}
    assert main(["assign", "--subject", "u-1", "--org-unit", "Sales"], oidc) == 0
    assert main(["assignments", "--subject", "u-1"], oidc) == 0
    assert assignments.pseudonym("https://id.example", "u-1") in capsys.readouterr().out
