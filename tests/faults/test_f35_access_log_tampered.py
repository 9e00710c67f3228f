"""F35: the access log edited, rows deleted, moved, put in, cut off, computed anew, the store swapped, the anchor changed.

`verify` names the first bad row, and nothing more is added to a broken chain.
"""

import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, delete, insert, select, update

from service.access.keys import Caller
from service.audit.chain import Entry, link
from service.audit.kept import Kept
from service.audit.log import AccessLog
from service.audit.verify import verify
from service.cli import main
from service.errors import ChainError, StoreError
from service.settings import Settings
from service.store.audit_tables import access_head, access_log
from service.store.engine import open_store
from service.store.tombstones import Tombstone
from tests import stores

SOMEBODY = Caller("People team", "hrbp", "", "0a1b2c3d")
ROW = access_log.c
Damage = Callable[[Connection], object]


@pytest.fixture
def store(settings: Settings) -> Iterator[Engine]:
    """A store whose log has 30 rows, of which the anchor knows rows 10, 20 and 30."""
    with stores.opened(settings) as engine:
        log = AccessLog(engine, settings, time.time)
        for page in range(6):
            log.write(SOMEBODY, "list", page, [f"E{page}{place}" for place in range(5)])
            if page % 2:
                log.flush()
        assert verify(engine, log.anchor).anchored == 3
        yield engine


def recompute(connection: Connection, first: int) -> None:
    """What somebody who knows the rule would do: every hash from a row on, and the head's, made to fit."""
    rows = connection.execute(select(access_log).order_by(ROW.seq)).all()
    before = "0" * 64
    for row in rows:
        seq, *content, found = tuple(row)
        before = link(before, seq, Entry(*content)) if seq >= first else found
        connection.execute(update(access_log).where(seq == ROW.seq).values(hash=before))
    connection.execute(update(access_head).values(seq=rows[-1].seq, hash=before))


def edited(connection: Connection) -> None:
    """Another caller in row 17."""
    connection.execute(update(access_log).where(ROW.seq == 17).values(caller="ffffffff"))


def hash_edited(connection: Connection) -> None:
    """Row 17 and its own hash changed to fit: row 18 fits no more."""
    edited(connection)
    row = connection.execute(select(access_log).where(ROW.seq == 17)).one()
    before = connection.execute(select(ROW.hash).where(ROW.seq == 16)).scalar_one()
    connection.execute(update(access_log).where(ROW.seq == 17).values(hash=link(before, 17, Entry(*row[1:-1]))))


def deleted(connection: Connection) -> None:
    """Row 17 taken out."""
    connection.execute(delete(access_log).where(ROW.seq == 17))


def closed_up(connection: Connection) -> None:
    """Row 17 taken out, the later ones moved up by one number."""
    deleted(connection)
    for seq in range(18, 31):
        connection.execute(update(access_log).where(ROW.seq == seq).values(seq=seq - 1))
    connection.execute(update(access_head).values(seq=29))


def reordered(connection: Connection) -> None:
    """Rows 17 and 18 have changed places."""
    for old, new in ((17, 99), (18, 17), (99, 18)):
        connection.execute(update(access_log).where(ROW.seq == old).values(seq=new))


def put_in(connection: Connection) -> None:
    """A row more after the 30th, as if it had been written; its hash is none."""
    row = dict(connection.execute(select(access_log).where(ROW.seq == 30)).one()._mapping)
    connection.execute(insert(access_log), [row | {"seq": 31}])
    connection.execute(update(access_head).values(seq=31))


def cut_off(connection: Connection) -> None:
    """The last five rows taken out, the head left as it was."""
    connection.execute(delete(access_log).where(ROW.seq > 25))


def cut_off_well(connection: Connection) -> None:
    """The last five rows taken out, and the head made to fit: only the anchor knows."""
    cut_off(connection)
    last = connection.execute(select(ROW.hash).where(ROW.seq == 25)).scalar_one()
    connection.execute(update(access_head).values(seq=25, hash=last))


def computed_anew(connection: Connection) -> None:
    """Row 17 changed, and everything after it computed anew: rows 11 to 20 lie between two anchored points."""
    edited(connection)
    recompute(connection, 17)


def emptied(connection: Connection) -> None:
    """No row left, and no head."""
    connection.execute(delete(access_log))
    connection.execute(delete(access_head))


def falsely_purged(connection: Connection) -> None:
    """The first 20 rows taken out as if their time were over; no row says so."""
    last = connection.execute(select(ROW.hash).where(ROW.seq == 20)).scalar_one()
    connection.execute(delete(access_log).where(ROW.seq <= 20))
    connection.execute(update(access_head).values(base_seq=20, base_hash=last))


CASES: tuple[tuple[Damage, int, str], ...] = (
    (edited, 17, "does not fit the row before"),
    (hash_edited, 18, "does not fit the row before"),
    (deleted, 17, "is missing; the next that is there is 18"),
    (closed_up, 17, "does not fit the row before"),
    (reordered, 17, "does not fit the row before"),
    (put_in, 31, "does not fit the row before"),
    (cut_off, 26, "the end of the log was cut off"),
    (cut_off_well, 26, "and so are all up to 30: the end of the log was cut off"),
    (computed_anew, 11, "row 20 is not the one that was anchored"),
    (emptied, 1, "and so are all up to 30"),
    (falsely_purged, 20, "no row of the log says that they were purged"),
)
"""What is done, which row is the first bad one, and what is said of it."""


@pytest.mark.parametrize("damage, row, said", CASES, ids=[case[0].__name__ for case in CASES])
def test_f35_verify_names_the_first_bad_row(
    settings: Settings, store: Engine, damage: Damage, row: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every way to tamper with it ends in exit code 2 and the number of the first row that is not as it was."""
    assert main(["audit", "verify"], stores.environ(settings)) == 0
    with store.begin() as connection:
        damage(connection)
    capsys.readouterr()
    assert main(["audit", "verify"], stores.environ(settings)) == 2
    told = capsys.readouterr()
    assert f"Row {row} " in told.err
    assert said in told.err
    assert told.out == ""


def test_f35_every_column_of_a_row_counts(settings: Settings, store: Engine) -> None:
    """One value of row 17 is changed, whichever: row 17 is the first bad one; changed back, all is well again."""
    anchor = AccessLog(store, settings, time.time).anchor
    other = {"run": 99, "at": "2020-01-01T00:00:00.000Z", "hash": "0" * 64}
    with store.connect() as connection:
        before = connection.execute(select(access_log).where(ROW.seq == 17)).one()._asdict()
    for column in before.keys() - {"seq"}:
        for value, bad in ((other.get(column, "other"), 17), (before[column], None)):
            with store.begin() as connection:
                connection.execute(update(access_log).where(ROW.seq == 17).values({column: value}))
            assert verify(store, anchor).bad_row == bad, column


@pytest.mark.parametrize(
    "damage", [cut_off, cut_off_well, emptied, put_in, computed_anew], ids=lambda one: one.__name__
)
def test_f35_nothing_is_added_to_a_broken_chain(settings: Settings, store: Engine, damage: Damage) -> None:
    """Where the end is not as it was known, in this process or by the anchor, nobody is shown anything more."""
    running = AccessLog(store, settings, time.time)
    running.write(SOMEBODY, "list", 1, ["E1"])
    with store.begin() as connection:
        connection.execute(delete(access_log).where(ROW.seq == 31))
        last = connection.execute(select(ROW.hash).where(ROW.seq == 30)).scalar_one()
        connection.execute(update(access_head).values(seq=30, hash=last))
        damage(connection)
    for log in (running, AccessLog(store, settings, time.time)):
        with pytest.raises(StoreError):
            log.write(SOMEBODY, "list", 1, ["E1"])


def test_f35_another_store_in_its_place_is_found(settings: Settings, store: Engine, tmp_path: Path) -> None:
    """A store with a whole chain of its own, longer than the first, is still not the one that the anchor knows."""
    with stores.settings("sqlite", tmp_path / "other") as other, stores.opened(other) as swapped:
        stranger = AccessLog(swapped, other, time.time)
        for _ in range(8):
            stranger.write(SOMEBODY, "list", 1, [f"X{place}" for place in range(5)])
        stranger.flush()
        assert verify(swapped, stranger.anchor).bad_row is None
        verdict = verify(swapped, AccessLog(store, settings, time.time).anchor)
        assert verdict.bad_row == 1
        assert "row 10 is not the one that was anchored" in verdict.fault
        with pytest.raises(ChainError):
            AccessLog(swapped, replace(other, audit_anchor=str(settings.anchor)), time.time).write(
                SOMEBODY, "list", 1, ["X1"]
            )


def test_f35_what_a_full_disk_cut_off_breaks_nothing(settings: Settings, store: Engine) -> None:
    """A beginning of a line in the anchor, and of one in the file of tombstones: what is added behind it counts."""
    kept = Kept(settings)
    kept.add([Tombstone("k", "d1", "2026-01-01T00:00:00Z")])
    for path in (settings.anchor, kept.path):
        whole = path.read_bytes()
        path.write_bytes(whole + whole[:20])
    assert verify(store, AccessLog(store, settings, time.time).anchor).anchored == 3
    log = AccessLog(store, settings, time.time)
    log.write(SOMEBODY, "list", 7, ["E1"])
    log.flush()
    verdict = verify(store, log.anchor)
    assert (verdict.bad_row, verdict.anchored) == (None, 4)
    kept.add([Tombstone("k", "d2", "2026-01-02T00:00:00Z")])
    assert [stone.digest for stone in kept.read()] == ["d1", "d2"]


@pytest.mark.usefixtures("store")
def test_f35_a_missing_or_changed_anchor_is_found(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    """Without the anchor nothing vouches for the rows; a line that is none is named; a torn last line is none."""
    whole = settings.anchor.read_bytes()
    settings.anchor.write_bytes(whole + b'{"at":"2026-')
    assert main(["audit", "verify"], stores.environ(settings)) == 0
    settings.anchor.write_bytes(whole.replace(b'"seq":20', b'"seq":"', 1))
    assert main(["audit", "verify"], stores.environ(settings)) == 2
    assert "Line 2 of the access log's anchor is damaged" in capsys.readouterr().err
    settings.anchor.unlink()
    assert main(["audit", "verify"], stores.environ(settings)) == 2
    assert "the anchor is missing" in capsys.readouterr().err


def test_f35_rows_may_be_added_while_it_is_verified(settings: Settings, store: Engine) -> None:
    """What is written meanwhile is no fault, and does not wait."""
    log = AccessLog(store, settings, time.time)
    points: list[Any] = []
    for page in range(10):
        points.append(verify(store, log.anchor))
        log.write(SOMEBODY, "list", page, ["E1", "E2"])
    assert [found.rows for found in points] == [30 + 2 * page for page in range(10)]
    assert {found.bad_row for found in points} == {None}


def test_f35_an_older_copy_of_the_store_is_found(tmp_path: Path) -> None:
    """The file of yesterday put back by hand, not by `restore`: the anchor knows more rows than it has."""
    settings = Settings(home=tmp_path / "home", anchor_seconds=3_600)
    with stores.opened(settings) as store:
        log = AccessLog(store, settings, time.time)
        log.write(SOMEBODY, "list", 1, ["E1", "E2"])
    shutil.copy(tmp_path / "home" / "retention.db", tmp_path / "yesterday.db")
    with stores.opened(settings) as store:
        log = AccessLog(store, settings, time.time)
        log.write(SOMEBODY, "list", 1, ["E3"])
        log.flush()
    shutil.copy(tmp_path / "yesterday.db", tmp_path / "home" / "retention.db")
    with stores.opened(settings) as store:
        assert verify(store, log.anchor).bad_row == 3
        with pytest.raises(ChainError, match="ends before row 3"):
            AccessLog(store, settings, time.time).write(SOMEBODY, "list", 1, ["E1"])


def test_f35_the_chain_is_whole_on_a_new_store(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing was read yet, nothing is anchored: well, and said to be nothing, not whole; emptied it is broken."""
    open_store(settings.database_url).dispose()
    assert main(["audit", "verify"], stores.environ(settings)) == 0
    assert (
        capsys.readouterr().out
        == "There is nothing to verify: no row was ever written to the access log of this store.\n"
    )
