"""Backup and restore: the whole home in one file, back as it was, without whoever was erased since."""

import io
import os
import shutil
import sqlite3
import tarfile
import threading
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import delete, select, update

from service import bundles
from service.access.keys import Caller
from service.audit.archive import Facts, Manifest
from service.audit.backup import backup
from service.audit.erase import erase
from service.audit.kept import Kept
from service.audit.log import AccessLog
from service.audit.restore import Restored, restore
from service.audit.verify import verify
from service.bundles import Champion
from service.errors import ChainError, StoreError, UsageError
from service.lists.rises import Rise
from service.settings import Settings
from service.store import tables
from service.store.audit_tables import access_log
from tests import stores
from tests.published_runs import Person, publish

HRBP = Caller("People team", "hrbp", "", "0a1b2c3d")
ADMIN = Caller("the test", "admin", "", "command:the test")
MOMENT = 1_767_225_600.0
DIGEST = "sha256:" + "ab" * 32


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Settings of a home with a champion, a registry, artifacts, and a store of either kind with two runs."""
    filled(settings)
    return settings


def filled(settings: Settings) -> None:
    """Fill a home."""
    bundle = bundles.folder(settings.bundles, DIGEST)
    bundle.mkdir(parents=True)
    (bundle / "model.txt").write_text("a tree")
    bundles.point_to(settings.bundles, Champion("retention-risk", "1", "", DIGEST))
    (settings.home / "mlartifacts" / "0").mkdir(parents=True)
    (settings.home / "mlartifacts" / "0" / "card.md").write_text("a card")
    with closing(sqlite3.connect(settings.home / "mlflow.db")) as registry:
        registry.executescript(
            "PRAGMA journal_mode=WAL; CREATE TABLE versions (v INT); INSERT INTO versions VALUES (1)"
        )
        registry.commit()
    with stores.opened(settings) as store:
        for day in ("2025-11-30", "2025-12-31"):
            publish(
                store, day, [Person(one, 0.1, "A/B") for one in ("E1", "E2", "E3")], rises=[Rise("E1", "jump", 0.4)]
            )
        with store.begin() as connection:
            connection.execute(update(tables.scores).values(team_values=b"\x00\x01\xff"))
        log = AccessLog(store, settings, lambda: MOMENT)
        log.write(HRBP, "list", 1, ["E1", "E2", "E3"])
        log.flush()


def save(settings: Settings, target: Path) -> int:
    """Back the home up."""
    with stores.opened(settings) as store:
        return backup(AccessLog(store, settings, lambda: MOMENT), settings, target)


def put_back(settings: Settings, file: Path, *, replacing: bool = False) -> Restored:
    """Restore a home."""
    return restore(settings, file, ADMIN, lambda: MOMENT + 86_400, replacing=replacing)


def content(settings: Settings) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table."""
    with stores.opened(settings) as store, store.connect() as connection:
        return {
            table.name: sorted((tuple(row) for row in connection.execute(select(table))), key=repr)
            for table in tables.METADATA.sorted_tables
        }


def emptied(settings: Settings) -> None:
    """Lose the home and the store."""
    shutil.rmtree(settings.home)
    if settings.store_url:
        with stores.opened(settings) as store, store.begin() as connection:
            for table in reversed(tables.METADATA.sorted_tables):
                if table is not tables.schema:
                    connection.execute(delete(table))


def test_a_lost_home_comes_back_as_it_was(settings: Settings, tmp_path: Path) -> None:
    """Every row, file, pointer and registry; the log is whole and goes on; nothing half made is left beside."""
    before = content(settings)
    file = tmp_path / "backup.tar"
    assert save(settings, file) == 6
    assert file.stat().st_mode & 0o777 == 0o600
    emptied(settings)
    done = put_back(settings, file)
    assert (done.files, done.log_rows, done.erased) == (6, 3, 0)
    assert content(settings) == before
    champion = bundles.champion(settings.bundles)
    assert champion is not None
    assert (bundles.folder(settings.bundles, champion.digest) / "model.txt").read_text() == "a tree"
    assert (settings.home / "mlartifacts" / "0" / "card.md").read_text() == "a card"
    with closing(sqlite3.connect(settings.home / "mlflow.db")) as registry:
        assert registry.execute("SELECT v FROM versions").fetchall() == [(1,)]
    with stores.opened(settings) as store:
        log = AccessLog(store, settings, lambda: MOMENT)
        log.write(HRBP, "list", 2, ["E1"])
        publish(store, "2026-01-31", [Person("E1", 0.1)])
        log.flush()
        assert verify(store, log.anchor).rows == 4
    assert sorted(path.name for path in tmp_path.iterdir()) == ["backup.tar", "home"]


def test_a_home_with_something_in_it_is_not_overwritten(settings: Settings, tmp_path: Path) -> None:
    """Unless told to; then what was there is gone."""
    file = tmp_path / "backup.tar"
    save(settings, file)
    before = content(settings)
    with stores.opened(settings) as store:
        publish(store, "2026-01-31", [Person("E9", 0.1)])
    (settings.home / "later").write_text("later")
    with pytest.raises(UsageError, match="add --replace"):
        put_back(settings, file)
    assert (settings.home / "later").exists()
    put_back(settings, file, replacing=True)
    assert not (settings.home / "later").exists()
    assert content(settings) == before


def test_who_was_erased_since_stays_out(settings: Settings, tmp_path: Path) -> None:
    """Erased after the backup was made: gone again before the home is in place, and from the next runs."""
    file = tmp_path / "backup.tar"
    save(settings, file)
    with stores.opened(settings) as store:
        erase(AccessLog(store, settings, lambda: MOMENT), Kept(settings), ADMIN, "E1")
    assert put_back(settings, file, replacing=True).erased == 1
    with stores.opened(settings) as store:
        with store.connect() as connection:
            people = connection.execute(select(tables.scores.c.employee_id).distinct()).scalars().all()
        assert sorted(people) == ["E2", "E3"]
        assert publish(store, "2026-01-31", [Person("E1", 0.1), Person("E2", 0.1)]).people == 1
        assert verify(store, AccessLog(store, settings, lambda: MOMENT).anchor).bad_row is None
    files = [path for path in settings.home.rglob("*") if path.is_file()]
    assert not any(b"E1" in path.read_bytes() for path in files)


def test_tombstones_outside_the_home_outlive_it(settings: Settings, tmp_path: Path) -> None:
    """The home is lost after an erasure; the backup is older; the file beside the anchor still knows."""
    given = replace(settings, audit_anchor=str(tmp_path / "vault" / "anchor.jsonl"))
    with stores.opened(given) as store:
        log = AccessLog(store, given, lambda: MOMENT)
        log.write(HRBP, "list", 1, ["E1"])
        file = tmp_path / "backup.tar"
        backup(log, given, file)
        erase(log, Kept(given), ADMIN, "E2")
    emptied(given)
    assert put_back(given, file).erased == 1
    with stores.opened(given) as store:
        verdict = verify(store, AccessLog(store, given, lambda: MOMENT).anchor)
        assert (verdict.rows, verdict.bad_row) == (5, None)


def test_between_kinds_of_store(settings: Settings, tmp_path: Path) -> None:
    """A backup of a home with one kind of store fills a home with the other."""
    file = tmp_path / "backup.tar"
    save(settings, file)
    other = "sqlite" if settings.store_url else "postgresql"
    with stores.settings(other, tmp_path / "other") as found:
        put_back(found, file)
        assert content(found) == content(settings)
        with stores.opened(found) as store:
            assert publish(store, "2026-01-31", [Person("E1", 0.1)]).id == 3


def truncated(file: Path) -> None:
    """The last third cut off."""
    os.truncate(file, file.stat().st_size * 2 // 3)


def flipped(file: Path) -> None:
    """One bit of a model changed."""
    data = file.read_bytes()
    file.write_bytes(data.replace(b"a tree", b"a trea"))


def rewritten(file: Path, change: Callable[[dict[str, bytes]], object]) -> None:
    """The archive with other members."""
    with tarfile.open(file) as tar:
        members = {one.name: handle.read() for one in tar if (handle := tar.extractfile(one)) is not None}
    change(members)
    with tarfile.open(file, "w") as tar:
        for name, data in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))


def without_a_file(file: Path) -> None:
    """A file that the manifest names is not there."""
    rewritten(file, lambda members: members.pop("home/mlartifacts/0/card.md"))


def outside(file: Path) -> None:
    """A member that would lie outside of the home, with a manifest that knows it."""

    def change(members: dict[str, bytes]) -> None:
        manifest = msgspec.json.decode(members.pop("manifest.json"), type=Manifest)
        members["home/../../evil"] = b""
        files = {**manifest.files, "home/../../evil": Facts(0, "")}
        members["manifest.json"] = msgspec.json.encode(msgspec.structs.replace(manifest, files=files))

    rewritten(file, change)


def linked(file: Path) -> None:
    """A link among the members."""
    with tarfile.open(file, "a") as tar:
        member = tarfile.TarInfo("home/link")
        member.type, member.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(member)


def no_archive(file: Path) -> None:
    """Something else."""
    file.write_bytes(b"something else" * 1_000)


@pytest.mark.parametrize(
    "damage", [truncated, flipped, without_a_file, outside, linked, no_archive], ids=lambda one: one.__name__
)
def test_a_damaged_backup_is_refused(tmp_path: Path, damage: Callable[[Path], None]) -> None:
    """In one sentence, before anything is changed."""
    settings = Settings(home=tmp_path / "home", anchor_seconds=3_600)
    filled(settings)
    file = tmp_path / "backup.tar"
    save(settings, file)
    before = content(settings)
    damage(file)
    with pytest.raises(UsageError, match="This is no whole backup of this program"):
        put_back(settings, file, replacing=True)
    assert content(settings) == before
    assert not (tmp_path / "evil").exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["backup.tar", "home"]


def test_a_backup_of_a_changed_log_is_refused(settings: Settings, tmp_path: Path) -> None:
    """A row was taken out before the backup was made; and a whole log that is not the one the anchor knows."""
    with stores.opened(settings) as store, store.begin() as connection:
        connection.execute(update(access_log).where(access_log.c.seq == 2).values(caller="ffffffff"))
    save(settings, tmp_path / "changed.tar")
    with pytest.raises(ChainError, match="Row 2 is the first bad one"):
        put_back(settings, tmp_path / "changed.tar", replacing=True)
    stranger = Settings(home=tmp_path / "stranger", anchor_seconds=3_600)
    filled(stranger)
    save(stranger, tmp_path / "stranger.tar")
    with pytest.raises(ChainError, match="Row 3 of the backup's access log is not the one that the anchor here knows"):
        put_back(settings, tmp_path / "stranger.tar", replacing=True)


def test_a_backup_is_whole_while_others_write(settings: Settings, tmp_path: Path) -> None:
    """Lists are read and the registry is written to all the time; each of five backups is of one moment."""
    stop = threading.Event()
    file = tmp_path / "backup.tar"
    with stores.opened(settings) as store:
        log = AccessLog(store, settings, lambda: MOMENT)

        def read_lists() -> None:
            while not stop.is_set():
                log.write(HRBP, "list", 1, [f"E{number}" for number in range(50)])

        reader = threading.Thread(target=read_lists)
        reader.start()
        try:
            for number in range(3):
                backup(AccessLog(store, settings, lambda: MOMENT), settings, file)
                other = Settings(home=tmp_path / f"other{number}")
                done = put_back(other, file)
                assert done.log_rows >= 3
                assert done.log_rows % 50 == 3
        finally:
            stop.set()
            reader.join(30)


def test_a_backup_that_fails_leaves_none(settings: Settings, tmp_path: Path) -> None:
    """In the home, in a folder that is not there, or where the pointer names a bundle that is gone: nothing is left."""
    with pytest.raises(UsageError, match="in the home that it saves"):
        save(settings, settings.home / "backup.tar")
    with pytest.raises(UsageError, match="is not there"):
        save(settings, tmp_path / "nowhere" / "backup.tar")
    shutil.rmtree(bundles.folder(settings.bundles, DIGEST))
    file = tmp_path / "backup.tar"
    file.write_text("yesterday's")
    with pytest.raises(StoreError, match="The champion changed"):
        save(settings, file)
    assert file.read_text() == "yesterday's"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["backup.tar", "home"]


def test_a_backup_that_is_not_there_is_said_to_be_missing(tmp_path: Path) -> None:
    """Not that it is damaged: most likely its name was mistyped."""
    with pytest.raises(UsageError, match="no such file"):
        put_back(Settings(home=tmp_path / "home"), tmp_path / "backup.tar", replacing=False)
