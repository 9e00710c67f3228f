"""F34: somebody is erased while a run is under way, and an older backup is restored afterwards: they stay out."""

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from service.access.keys import Caller
from service.audit.backup import backup
from service.audit.erase import erase, everybody
from service.audit.kept import Kept
from service.audit.log import AccessLog
from service.audit.restore import restore
from service.audit.verify import verify
from service.settings import Settings
from service.store import runs
from service.store.audit_tables import access_log
from service.store.rows import StoreRow
from service.store.runs import Run, RunIdentity
from tests import stores
from tests.published_runs import Person, publish

HRBP = Caller("People team", "hrbp", "", "0a1b2c3d")
ADMIN = Caller("the test", "admin", "", "command:the test")
EVERYONE = ("E1", "E2", "E3")


@pytest.fixture
def store(settings: Settings) -> Iterator[Engine]:
    """A store with one run, of which everybody was seen."""
    with stores.opened(settings) as engine:
        publish(engine, "2026-01-31", [Person(one, 0.1) for one in EVERYONE])
        log = AccessLog(engine, settings, time.time)
        log.write(HRBP, "list", 1, EVERYONE)
        log.flush()
        yield engine


def next_run(store: Engine) -> tuple[Run, list[StoreRow]]:
    """A run of the next day that was computed and not yet published: E1 is in it, also as E2's manager."""
    latest = runs.latest(store)
    assert latest is not None
    rows: list[StoreRow] = [{**runs.row(person), "manager_id": "E1"} for person in runs.scores_of(store, latest)]
    identity = RunIdentity("2026-02-01", "sha256:d", "sha256:b", "sha256:s")
    return replace(latest, identity=identity, published_at="2026-02-01T23:00:00Z"), rows


def people(store: Engine) -> list[str]:
    """Who is in the latest run."""
    latest = runs.latest(store)
    assert latest is not None
    return [one.scored.employee_id for one in runs.scores_of(store, latest)]


def test_f34_erased_after_the_run_was_computed(settings: Settings, store: Engine) -> None:
    """The run has them in hand, as a person and as a manager; what it publishes has not."""
    head, rows = next_run(store)
    erase(AccessLog(store, settings, time.time), Kept(settings), ADMIN, "E1")
    assert runs.publish(store, head, rows, {"E1": b"1234"})
    assert people(store) == ["E2", "E3"]
    with store.connect() as connection:
        assert everybody(connection) == {"E2", "E3", "M1"}


def test_f34_erased_while_the_run_is_being_written(settings: Settings, store: Engine) -> None:
    """The erasure comes when half of the run is written: it waits, and then takes them out of that run too."""
    head, rows = next_run(store)
    log = AccessLog(store, settings, time.time)
    begun, done = threading.Event(), threading.Event()

    def erasing() -> None:
        begun.set()
        erase(log, Kept(settings), ADMIN, "E1")
        done.set()

    thread = threading.Thread(target=erasing)

    def written() -> Iterator[StoreRow]:
        yield rows[0]
        thread.start()
        assert begun.wait(10)
        assert not done.wait(0.3)
        yield from rows[1:]

    assert runs.publish(store, head, written(), {"E1": b"1234"})
    thread.join(30)
    assert done.is_set()
    assert people(store) == ["E2", "E3"]
    with store.connect() as connection:
        assert everybody(connection) == {"E2", "E3", "M1"}


def test_f34_restored_from_before_the_erasure(settings: Settings, store: Engine, tmp_path: Path) -> None:
    """Backup, erasure, restore: absent from every run and from the next; the log has their pseudonym and no more."""
    log = AccessLog(store, settings, time.time)
    backup(log, settings, tmp_path / "backup.tar")
    erase(log, Kept(settings), ADMIN, "E1")
    store.dispose()
    done = restore(settings, tmp_path / "backup.tar", ADMIN, time.time, replacing=True)
    assert (done.erased, done.log_rows) == (1, 4)
    with stores.opened(settings) as restored:
        assert people(restored) == ["E2", "E3"]
        with restored.connect() as connection:
            assert everybody(connection) == {"E2", "E3", "M1"}
            rows = connection.execute(select(access_log).order_by(access_log.c.seq)).all()
        assert [row.action for row in rows] == ["list", "list", "list", "erase"]
        assert not any("E1" in str(value) for row in rows for value in row)
        assert rows[0].subject == rows[3].subject
        head, following = next_run(restored)
        assert runs.publish(restored, head, following, {})
        assert people(restored) == ["E2", "E3"]
        assert verify(restored, AccessLog(restored, settings, time.time).anchor).bad_row is None
