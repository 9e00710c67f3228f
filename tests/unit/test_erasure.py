"""Erasure: a person is gone from every table and every byte, stays out, and the log keeps rows that point at nobody."""

import datetime as dt
import hashlib
import hmac
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import Engine, String, Text, func, insert, select

from features.days import to_day
from service.access.keys import Caller
from service.audit.erase import MENTIONS, Certificate, clear, erase, everybody, replay
from service.audit.kept import Kept
from service.audit.log import AccessLog
from service.audit.verify import verify
from service.errors import StoreError, UsageError
from service.lists.rises import Rise
from service.published import Published
from service.settings import Settings
from service.store import audit_tables, runs, tables
from service.store.actions import new, record
from tests import stores
from tests.published_runs import Person, publish

ADMIN = Caller("the test", "admin", "", "command:the test")
HRBP = Caller("People team", "hrbp", "", "0a1b2c3d")
MOMENT = 1_767_225_600.0
"""2026-01-01T00:00:00Z."""
NOBODY = {
    "schema_version": set(),
    "keys": {"digest", "prefix", "name", "role", "org_unit", "created_at", "expires_at", "revoked_at", "last_used_on"},
    "runs": {
        "as_of", "data_digest", "bundle_digest", "settings_digest", "model_version", "published_at", "team_columns",
        "newest", "inputs", "bands",
    },
    "scores": {"org_unit", "band", "no_score", "reasons", "next_conversation", "newest", "hired_on"},
    "team_values": {"org_unit"},
    "rises": {"kind"},
    "refused_runs": {"as_of", "refused_at", "reasons"},
    "actions": {
        "id", "action_type", "occurred_at", "recorded_at", "recorded_by", "state", "follow_up_on", "changed_at",
    },
    "replies": {"caller", "idempotency_key", "request", "at"},
    "access_log": {"at", "caller", "role", "action", "subject", "hash"},
    "access_head": {"hash", "base_hash"},
    "subjects": {"key"},
    "objections": {"objected_at", "withdrawn_at"},
    "units_off": {"path", "off_at", "on_at"},
    "assignments": {
        "id", "kind", "holder", "org_unit", "valid_from", "valid_to", "assigned_at", "assigned_by", "ended_at", "ended_by",
    },
    "seals": {"purpose", "key", "made_at"},
    "webhooks": {"id", "url", "events", "secret", "old_secret", "made_at", "disabled_at"},
    "webhook_messages": {"id", "type", "payload", "made_at"},
    "webhook_deliveries": {"webhook", "message", "outcome"},
    "webhook_leader": {"holder", "champion"},
    "tombstones": {"key", "digest", "erased_at"},
    "group_figures": {"kind", "org_unit", "above", "withheld", "as_of", "figures"},
    "group_keys": {"key"},
    "exits": {"hire_day", "next_hire", "exit_day", "kind", "known_on", "first_told", "last_told"},
    "realised": {
        "as_of", "model_version", "bundle_digest", "bins", "first_on", "last_on", "stale_on", "worked_out_at",
    },
    "group_outcomes": {"as_of", "org_unit", "withheld", "worked_out_on"},
    "monitored": {"counts", "drift"},
    "estimated": {"as_of", "model_version", "bundle_digest"},
    "nights": {"night", "holder", "token"},
    "staged": {"night", "author"},
    "sessions": {"digest", "key_prefix", "person", "ends_at", "opened_at", "seen_at"},
    "sign_in_codes": {"digest", "key_prefix", "ends_at"},
    "page_choices": {"holder"},
    "page_people": {"display_name", "work_email"},
    "dashboard_units": {"org_unit", "currency", "associations"},
}  # fmt: skip
"""Columns of text that never name an employee, by table. A new one is judged here: either it is one of these, or it is
called `employee_id` or `manager_id`, or erasure learns of it in `MENTIONS`."""


@pytest.fixture
def store(settings: Settings) -> Iterator[Engine]:
    """Two runs of three people; E1 is also a manager, has risen, objects, and an action was recorded."""
    with stores.opened(settings) as engine:
        for as_of in ("2025-11-30", "2025-12-31"):
            publish(
                engine, as_of, [Person(one, 0.1, "A/B") for one in ("E1", "E10", "E2")], rises=[Rise("E1", "jump", 0.4)]
            )
        record(engine, new("E1", "workload", "2025-12-01T00:00:00Z", "2025-12-01T00:00:00Z", "0a1b2c3d"), None)
        with engine.begin() as connection:
            connection.execute(
                insert(audit_tables.objections).values(employee_id="E1", objected_at="2025-12-01T00:00:00Z")
            )
            connection.execute(
                tables.scores.update().where(tables.scores.c.employee_id == "E2").values(manager_id="E1")
            )
            connection.execute(insert(tables.team_values).values(run=1, manager_id="E1", means=b"1234"))
            for key, one in (("a", "E1"), ("b", "E10")):
                answer = json.dumps({"employee_id": one, "action": "workload"})
                row = {"caller": "0a1b2c3d", "idempotency_key": key, "request": "r", "answer": answer, "at": "now"}
                connection.execute(insert(tables.replies).values(row))
        yield engine


@pytest.fixture
def log(store: Engine, settings: Settings) -> AccessLog:
    """The access log, after everybody was seen in two lists."""
    log = AccessLog(store, settings, lambda: MOMENT)
    for run in (1, 2):
        log.write(HRBP, "list", run, ["E1", "E10", "E2"])
    return log


def held(store: Engine) -> dict[str, int]:
    """Rows of every table."""
    with store.connect() as connection:
        return {
            table.name: int(connection.execute(select(func.count()).select_from(table)).scalar_one())
            for table in tables.METADATA.sorted_tables
        }


def test_a_person_is_taken_out_of_every_table(log: AccessLog, settings: Settings, store: Engine) -> None:
    """The certificate counts what went; E10, whose id begins alike, keeps everything."""
    before = held(store)
    found = erase(log, Kept(settings), ADMIN, "E1")
    assert {name: count for name, count in found.rows.items() if count} == {
        "scores": 2, "scores.manager_id": 2, "rises": 2, "team_values": 1, "actions": 1, "objections": 1, "replies": 1,
        "subjects": 1,
    }  # fmt: skip
    assert (found.erased_at, found.access_log_rows_kept) == ("2026-01-01T00:00:00.000Z", 2)
    after = held(store)
    assert {name: before[name] - count for name, count in after.items() if count != before[name]} == {
        "scores": 2, "rises": 2, "team_values": 1, "actions": 1, "objections": 1, "replies": 1, "subjects": 1,
        "access_log": -1, "tombstones": -1,
    }  # fmt: skip
    with store.connect() as connection:
        assert everybody(connection) == {"E10", "E2", "M1"}


def test_servers_forget_them(log: AccessLog, settings: Settings, store: Engine) -> None:
    """The run counts one less, so what a server remembers of it is asked for anew, within a second."""
    now = [0.0]
    published = Published(store, lambda: now[-1])
    day = to_day(dt.date(2026, 1, 1))
    before = published.on(day)
    now.append(1.0)
    assert published.on(day) is before
    erase(log, Kept(settings), ADMIN, "E1")
    now.append(2.0)
    after = published.on(day)
    assert after is not before
    assert (before.run and before.run.people, after.run and after.run.people) == (3, 2)


def test_its_log_rows_stay_and_point_at_nobody(log: AccessLog, settings: Settings, store: Engine) -> None:
    """The chain is whole, the erasure a row of it; nothing in the store leads from the person to those rows."""
    erase(log, Kept(settings), ADMIN, "E1")
    verdict = verify(store, log.anchor)
    assert (verdict.rows, verdict.bad_row) == (7, None)
    with store.connect() as connection:
        rows = connection.execute(select(audit_tables.access_log).order_by(audit_tables.access_log.c.seq)).all()
        keys = connection.execute(select(audit_tables.subjects.c.employee_id)).scalars().all()
    assert (rows[6].action, rows[6].caller, rows[6].role) == ("erase", "command:the test", "admin")
    assert rows[0].subject == rows[3].subject == rows[6].subject
    assert sorted(keys) == ["E10", "E2"]


def test_doing_it_again_changes_nothing(log: AccessLog, settings: Settings, store: Engine) -> None:
    """The second certificate counts nothing, has the first's tombstone and moment, and the store stays as it is."""
    first = erase(log, Kept(settings), ADMIN, "E1")
    before = held(store)
    again = erase(AccessLog(store, settings, lambda: MOMENT + 86_400), Kept(settings), ADMIN, "E1")
    assert (again.erased_at, again.tombstone) == (first.erased_at, first.tombstone)
    assert not any(again.rows.values())
    assert held(store) == before
    assert len(Kept(settings).read()) == 1


def test_the_tombstone_is_a_keyed_digest(log: AccessLog, settings: Settings) -> None:
    """HMAC-SHA256 of the id, the key shared by all tombstones of a home; the file names nobody and is its owner's."""
    erase(log, Kept(settings), ADMIN, "E1")
    erase(log, Kept(settings), ADMIN, "E2")
    one, other = Kept(settings).read()
    assert one.key == other.key
    assert one.digest == hmac.new(bytes.fromhex(one.key), b"E1", hashlib.sha256).hexdigest()
    file = settings.home / "audit" / "tombstones.jsonl"
    assert '"E1"' not in file.read_text()
    assert file.stat().st_mode & 0o777 == 0o600


def test_somebody_unknown_is_a_mistake(log: AccessLog, settings: Settings, store: Engine) -> None:
    """A slip of the pen erases nobody and leaves no tombstone that would keep somebody out."""
    with pytest.raises(UsageError, match="Nothing is held about such a person"):
        erase(log, Kept(settings), ADMIN, "E3")
    assert Kept(settings).read() == []
    assert held(store)["tombstones"] == 0


def test_later_runs_leave_an_erased_person_out(log: AccessLog, settings: Settings, store: Engine) -> None:
    """An import that still has them is published without them, as a person and as a manager."""
    erase(log, Kept(settings), ADMIN, "E1")
    erase(log, Kept(settings), ADMIN, "E2")
    people = [Person(one, 0.1, "A/B") for one in ("E1", "E10", "E2", "E3")]
    publish(store, "2026-01-31", people, rises=[Rise("E1", "jump", 0.4), Rise("E3", "jump", 0.4)])
    latest = runs.latest(store)
    assert latest is not None
    assert [one.scored.employee_id for one in runs.scores_of(store, latest)] == ["E10", "E3"]
    assert latest.people == 2
    with store.connect() as connection:
        assert everybody(connection) == {"E10", "E3", "M1"}


def test_a_store_that_still_holds_them_learns_of_it(log: AccessLog, settings: Settings, store: Engine) -> None:
    """The file outside the store knows more than the store: who it names is erased, once."""
    with stores.settings("sqlite", settings.home.with_name("other")) as other, stores.opened(other) as elsewhere:
        publish(elsewhere, "2025-12-31", [Person("E1", 0.1, "A/B"), Person("E9", 0.1, "A/B")])
        erase(AccessLog(elsewhere, other, lambda: MOMENT), Kept(other), ADMIN, "E1")
        Kept(settings).add(Kept(other).read())
    assert replay(log, Kept(settings), ADMIN) == 1
    assert replay(log, Kept(settings), ADMIN) == 0
    with store.connect() as connection:
        assert everybody(connection) == {"E10", "E2", "M1"}
    assert verify(store, log.anchor).bad_row is None


def test_nothing_is_half_erased(log: AccessLog, settings: Settings, store: Engine) -> None:
    """Where the tombstone cannot be kept, nobody is erased; afterwards it can be done."""
    file = Kept(settings).path
    file.mkdir(parents=True)
    before = held(store)
    with pytest.raises(StoreError):
        erase(log, Kept(settings), ADMIN, "E1")
    assert held(store) == before
    file.rmdir()
    assert erase(log, Kept(settings), ADMIN, "E1").rows["scores"] == 2


def test_no_byte_is_left_in_the_files(tmp_path: Path, rng: np.random.Generator) -> None:
    """Forty people among 3,000 in three runs, put in, moved and taken out: no file of the home has an id of theirs."""
    settings = Settings(home=tmp_path / "home", anchor_seconds=3_600)
    gone = [f"GONE{number:04}" for number in range(40)]
    everyone = [*gone, *(f"E{number:06}" for number in range(2_960))]
    with stores.opened(settings) as store:
        log = AccessLog(store, settings, lambda: MOMENT)
        for month in (10, 11, 12):
            order = [everyone[place] for place in rng.permutation(len(everyone))]
            publish(store, f"2025-{month}-01", [Person(one, 0.1, "A/B", {"a": 0.5}) for one in order])
            log.write(HRBP, "csv", 1, order)
            with store.begin() as connection:
                for one, managed in zip(gone, order, strict=False):
                    mine = tables.scores.c.employee_id == managed
                    connection.execute(tables.scores.update().where(mine).values(manager_id=one))
        assert files_with(settings.home, gone) == {"retention.db", "retention.db-wal"}
        said = {erase(log, Kept(settings), ADMIN, one).files for one in gone}
        assert said == {"overwritten"}
        assert files_with(settings.home, gone) == set()


def files_with(home: Path, ids: list[str]) -> set[str]:
    """Names of the files in which one of the ids stands."""
    files = [path for path in home.rglob("*") if path.is_file()]
    return {path.name for path in files if any(one.encode() in path.read_bytes() for one in ids)}


def test_every_column_of_text_is_judged() -> None:
    """A table that is added later cannot name people without erasure knowing of it."""
    judged = {table.name: set(NOBODY.get(table.name, ())) for table in tables.METADATA.sorted_tables}
    mentions = {(table.name, column.name) for table, column in MENTIONS}
    unknown = {
        f"{table.name}.{column.name}"
        for table in tables.METADATA.sorted_tables
        for column in table.c
        if isinstance(column.type, String | Text) and column.name not in {"employee_id", "manager_id"}
        if column.name not in judged[table.name] and (table.name, column.name) not in mentions
    }
    assert unknown == set()


def test_the_certificate_is_numbers_only(log: AccessLog, settings: Settings, store: Engine) -> None:
    """It can be filed: it does not name the person."""
    found = erase(log, Kept(settings), ADMIN, "E2")
    assert isinstance(found, Certificate)
    assert "E2" not in repr(found)
    with store.begin() as connection:
        assert not any(clear(connection, "E2").values())
