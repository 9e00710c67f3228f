"""The access log: one chained row a person, under a pseudonym, before anything is shown; or nothing is shown."""

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import Engine, delete, select, text

from service.access.keys import Caller
from service.audit.log import AccessLog
from service.audit.verify import verify
from service.errors import ChainError, StoreError
from service.settings import Settings
from service.store.audit_tables import access_head, access_log, subjects
from tests import stores

HRBP = Caller("People team", "hrbp", "Sales", "0a1b2c3d")
MOMENT = 1_767_225_600.25
"""2026-01-01T00:00:00.250Z."""


@pytest.fixture(params=stores.KINDS)
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Settings]:
    """Settings of a fresh home, with a store of either kind."""
    with stores.settings(request.param, tmp_path / "home") as found:
        yield replace(found, anchor_seconds=60)


@pytest.fixture
def store(settings: Settings) -> Iterator[Engine]:
    """Its store."""
    with stores.opened(settings) as engine:
        yield engine


@pytest.fixture
def log(store: Engine, settings: Settings) -> AccessLog:
    """Its access log, at a moment that stands still."""
    return AccessLog(store, settings, lambda: MOMENT)


def rows(store: Engine) -> list[tuple[object, ...]]:
    """All rows of the log, in order."""
    with store.connect() as connection:
        return [tuple(row) for row in connection.execute(select(access_log).order_by(access_log.c.seq))]


def test_each_person_shown_is_a_row(log: AccessLog, store: Engine) -> None:
    """When, by which key in which role, how, of which run, and who, under one pseudonym for all time."""
    log.write(HRBP, "list", 7, ["E1", "E2"])
    log.write(HRBP, "person", 7, ["E1"])
    found = rows(store)
    assert [row[:6] for row in found] == [
        (1, "2026-01-01T00:00:00.250Z", "0a1b2c3d", "hrbp", "list", 7),
        (2, "2026-01-01T00:00:00.250Z", "0a1b2c3d", "hrbp", "list", 7),
        (3, "2026-01-01T00:00:00.250Z", "0a1b2c3d", "hrbp", "person", 7),
    ]
    first, second, third = (str(row[6]) for row in found)
    assert first == third != second
    assert {len(first), len(second)} == {32}
    assert not {"E1", "E2"} & {first, second}


def test_a_row_holds_the_hash_of_itself_and_of_the_one_before(log: AccessLog, store: Engine) -> None:
    """SHA-256 over the hash before and the row as JSON, computed here by hand; the first follows 64 zeros."""
    log.write(HRBP, "list", None, ["E1", "E2"])
    before = "0" * 64
    for row in rows(store):
        before = sha256((before + json.dumps(row[:-1], separators=(",", ":"))).encode()).hexdigest()
        assert row[-1] == before


def test_nobody_shown_is_nothing_written(log: AccessLog, store: Engine) -> None:
    """An empty page leaves no row."""
    log.write(HRBP, "list", 7, [])
    assert rows(store) == []


def test_many_at_once_are_one_chain(log: AccessLog, store: Engine) -> None:
    """12,000 people in one reading, some of them known before: every one a row, none twice under another name."""
    everyone = [f"E{number:06}" for number in range(12_000)]
    log.write(HRBP, "list", 1, everyone[5_900:6_100])
    log.write(HRBP, "csv", 1, everyone)
    log.flush()
    verdict = verify(store, log.anchor)
    assert (verdict.rows, verdict.bad_row, verdict.anchored) == (12_200, None, 1)
    assert len({row[6] for row in rows(store)}) == 12_000


def test_several_writers_make_one_chain(store: Engine, settings: Settings) -> None:
    """Six logs as of six processes, twenty pages each at the same time: 600 rows without a gap, all in order."""
    logs = [AccessLog(store, settings, time.time) for _ in range(6)]
    failed: list[Exception] = []

    def write(log: AccessLog, part: int) -> None:
        try:
            for page in range(20):
                log.write(HRBP, "list", page, [f"E{part}", f"E{page}", "E0", "M1", f"E{part}-{page}"])
        except StoreError as error:
            failed.append(error)

    threads = [threading.Thread(target=write, args=(log, part)) for part, log in enumerate(logs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failed == []
    logs[0].flush()
    verdict = verify(store, logs[0].anchor)
    assert (verdict.rows, verdict.bad_row) == (600, None)


def test_the_anchor_learns_of_it_soon(store: Engine, settings: Settings) -> None:
    """Within the set time after the last row, without another one following."""
    log = AccessLog(store, replace(settings, anchor_seconds=0.05), time.time)
    log.write(HRBP, "list", 1, ["E1"])
    until = time.monotonic() + 10
    while not log.anchor.points() and time.monotonic() < until:
        time.sleep(0.01)
    assert [point.seq for point in log.anchor.points()] == [1]
    assert settings.anchor.stat().st_mode & 0o777 == 0o600


def test_a_log_that_cannot_be_written_shows_nothing(log: AccessLog, store: Engine) -> None:
    """The store refuses: an error instead of an unwritten read, no half of a page; afterwards it goes on."""
    log.write(HRBP, "list", 1, ["E1"])
    with store.begin() as connection:
        connection.execute(text("ALTER TABLE access_log RENAME TO elsewhere"))
    with pytest.raises(StoreError):
        log.write(HRBP, "list", 1, ["E2", "E3"])
    with store.begin() as connection:
        connection.execute(text("ALTER TABLE elsewhere RENAME TO access_log"))
    assert len(rows(store)) == 1
    log.write(HRBP, "list", 1, ["E2", "E3"])
    log.flush()
    assert verify(store, log.anchor).rows == 3


def test_an_anchor_that_cannot_be_written_shows_nothing(store: Engine, settings: Settings, tmp_path: Path) -> None:
    """A folder stands where the file should: the first page may pass, the next is refused until it is mended."""
    blocked = tmp_path / "anchor"
    blocked.mkdir()
    log = AccessLog(store, replace(settings, audit_anchor=str(blocked / "a" / "b")), time.time)
    (blocked / "a").write_text("in the way")
    with pytest.raises(StoreError):
        log.write(HRBP, "list", 1, ["E1"])
    (blocked / "a").unlink()
    log.write(HRBP, "list", 1, ["E1"])
    (blocked / "a").write_text("in the way")
    with pytest.raises(StoreError, match="anchor cannot be written"):
        log.flush()
    with pytest.raises(StoreError):
        log.write(HRBP, "list", 1, ["E2"])
    (blocked / "a").unlink()
    log.write(HRBP, "list", 1, ["E2"])
    assert len(rows(store)) == 2


def test_what_another_process_added_is_no_break(store: Engine, settings: Settings) -> None:
    """A log that was idle while another wrote goes on from the end it finds."""
    one, other = AccessLog(store, settings, time.time), AccessLog(store, settings, time.time)
    one.write(HRBP, "list", 1, ["E1"])
    other.write(HRBP, "list", 1, ["E2", "E3"])
    one.write(HRBP, "list", 1, ["E1"])
    assert [row[0] for row in rows(store)] == [1, 2, 3, 4]


def test_without_its_pseudonym_key_a_row_points_at_nobody(log: AccessLog, store: Engine) -> None:
    """Once the key is gone, the same person gets another pseudonym: the old rows can be tied to nobody."""
    log.write(HRBP, "person", 1, ["E1"])
    with store.begin() as connection:
        connection.execute(delete(subjects))
    log.write(HRBP, "person", 1, ["E1"])
    old, new = (row[6] for row in rows(store))
    assert old != new


def test_a_head_that_is_gone_is_not_made_anew(log: AccessLog, store: Engine) -> None:
    """A log with rows and without a head is broken, not new."""
    log.write(HRBP, "person", 1, ["E1"])
    with store.begin() as connection:
        connection.execute(delete(access_head))
    with pytest.raises(ChainError, match="ends before row 1"):
        log.write(HRBP, "person", 1, ["E1"])
