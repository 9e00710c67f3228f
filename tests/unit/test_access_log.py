"""The access log: one chained row a person, under a pseudonym, before anything is shown; or nothing is shown."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import Engine, delete, select, text

from service.access.keys import Caller
from service.audit import chain
from service.audit.log import AccessLog
from service.audit.verify import verify
from service.errors import ChainError, StoreError
from service.settings import Settings
from service.store.audit_tables import access_head, access_log, subjects

HRBP = Caller("People team", "hrbp", "Sales", "0a1b2c3d")
MOMENT = 1_767_225_600.25
"""2026-01-01T00:00:00.250Z."""


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


WRITER = """
import sys, time
from pathlib import Path
from service.access.keys import Caller
from service.audit.log import AccessLog
from service.settings import Settings
from service.store.engine import open_store
settings = Settings(home=Path(sys.argv[1]), store_url=sys.argv[2], anchor_seconds=0.05)
log = AccessLog(open_store(settings.database_url), settings, time.time)
for page in range(1_000_000):
    log.write(Caller("People team", "hrbp", "", sys.argv[3]), "list", page, [f"E{number}" for number in range(5)])
    print(page, flush=True)
"""
"""Reads lists until it is killed; says which page it was shown."""


def test_killed_writers_leave_a_whole_chain(store: Engine, settings: Settings, tmp_path: Path) -> None:
    """Three processes, each killed in the middle: no page is half there, and none that was shown is missing."""
    running = []
    for name in ("a", "b", "c"):
        shown = (tmp_path / name).open("wb")
        command = [sys.executable, "-c", WRITER, str(settings.home), settings.store_url, name]
        running.append((name, shown, subprocess.Popen(command, stdout=shown)))
    for number, (name, shown, process) in enumerate(running):
        until = time.monotonic() + 60
        while (tmp_path / name).stat().st_size < 20 * (number + 1) and time.monotonic() < until:
            time.sleep(0.003)
        process.kill()
        process.wait()
        shown.close()
    log = AccessLog(store, settings, time.time)
    log.write(HRBP, "list", 1, ["E1"])
    log.flush()
    verdict = verify(store, log.anchor)
    assert (verdict.bad_row, verdict.rows % 5) == (None, 1)
    pages = {(str(row[2]), row[5]) for row in rows(store)}
    for name, _, _ in running:
        seen = (tmp_path / name).read_text().rpartition("\n")[0].split("\n")
        assert len(seen) >= 5
        assert {(name, int(page)) for page in seen} <= pages


def test_a_list_of_everybody_is_written_and_verified_at_speed(
    log: AccessLog,
    store: Engine,
    trial: bool,
    figures: Callable[[str, Mapping[str, object]], Path],
) -> None:
    """Rows a second of the chain alone, of the log and of its verification, and a page of fifty; a wide bound on each."""
    people = [f"E{number:06}" for number in range(200_000 if trial else 5_000)]
    log.write(HRBP, "csv", 1, people)
    began = time.perf_counter()
    for _ in range(4):
        log.write(HRBP, "csv", 1, people)
    written = 4 * len(people) / (time.perf_counter() - began)
    began = time.perf_counter()
    for _ in range(20):
        log.write(HRBP, "list", 1, people[:50])
    page = (time.perf_counter() - began) / 20
    began = time.perf_counter()
    count = verify(store, log.anchor).rows
    verified = count / (time.perf_counter() - began)
    entries = [chain.Entry("2026-01-01T00:00:00.250Z", "0a1b2c3d", "hrbp", "csv", 1, "f0" * 16)] * len(people)
    began = time.perf_counter()
    linked = len(list(chain.rows(chain.START, entries))) / (time.perf_counter() - began)
    said = {
        "chain_rows_a_second": round(linked),
        "written_rows_a_second": round(written),
        "verified_rows_a_second": round(verified),
        "page_of_50_ms": round(1_000 * page, 1),
        "rows": count,
    }
    log.flush()
    figures(f"access_log_{store.dialect.name}", said)
    print(store.dialect.name, said)
    assert min(linked, written, verified) > 2_000


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
