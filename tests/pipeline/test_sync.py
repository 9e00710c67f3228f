"""`python -m service sync`: the registry's champion becomes the local one, whatever state either side is in."""

import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np
import pytest

from models.errors import BundleError, RegistryAwayError
from service import bundles, status, sync
from service.cli import main
from service.fetcher import LOOK_SECONDS
from service.serving import Models
from service.settings import Settings
from service.sync import Follower
from tests import damage, followed, small_models
from tests.followed import Followed
from tests.running import descendants
from training import cli as training_cli


class Clock:
    """Seconds since 1970, as a test says."""

    now = 1_000.0

    def __call__(self) -> float:
        """What the clock shows."""
        return self.now


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> Followed:
    """A home whose registry holds two sound versions."""
    return followed.followed(tmp_path_factory.mktemp("sync") / "home")


@pytest.fixture(scope="module")
def clock() -> Clock:
    """The follower's clock."""
    return Clock()


@pytest.fixture(scope="module")
def asking(held: Followed, clock: Clock) -> Iterator[Follower]:
    """Who follows the registry, every 10 s by its clock."""
    with Follower(held.settings, {}, clock, 10.0) as follower:
        yield follower


@pytest.fixture
def follower(held: Followed, asking: Follower) -> Follower:
    """The same, once version 1 was made the champion again and fetched."""
    held.crown(1)
    assert asking.follow().digest == digest(1)
    return asking


def digest(number: int) -> str:
    """Digest of a version."""
    return (followed.sound(number) / "digest.txt").read_text().strip()


def test_the_command_says_what_it_did(held: Followed, capsys: pytest.CaptureFixture[str]) -> None:
    """Version and digest, and whether there was anything to do; nothing is left beside the bundle."""
    assert main(["sync"], {"RETENTION_HOME": str(held.home)}) == 0
    assert capsys.readouterr().out == f"The champion is version 1, {digest(1)}. It is proven and in its place.\n"
    names = {path.name for path in held.store.iterdir()}
    assert names == {digest(1).removeprefix("sha256:"), "champion.json", "sync.json"}


def test_a_damaged_copy_is_fetched_again_and_taken(held: Followed, follower: Follower, clock: Clock) -> None:
    """A byte turned in the local copy: a server refuses it once; the next look mends it, and the server takes it."""
    text = bundles.folder(held.store, digest(1)) / "model.txt"
    whole = text.read_bytes()
    text.write_bytes(whole[:-2] + b"x\n")
    models = Models(held.store, clock)
    models.refresh()
    models.refresh()
    assert (models.serving, dict(models.refused)) == (None, {"digest": 1})
    follower.follow()
    assert text.read_bytes() == whole
    models.refresh()
    assert models.serving is not None
    assert models.serving.champion.version == "1"


def test_a_damaged_pointer_is_written_anew(held: Followed, follower: Follower) -> None:
    """Text that is no JSON in the pointer: the next look names the champion again."""
    (held.store / "champion.json").write_text("garbage")
    assert follower.follow() == bundles.champion(held.store)


def test_a_refused_champion_is_tried_again_ever_more_rarely(
    held: Followed, follower: Follower, clock: Clock, tmp_path: Path, rng: np.random.Generator
) -> None:
    """Looked at every 10 s, fetched again after 20, then after 40 more; and taken once it was mended."""
    case = damage.damage(followed.sound(2), tmp_path / "case", "model.txt", "empty", rng, mend=False)
    place = held.place(held.smuggle(case.path, case.digest))
    counts = []
    for clock.now in (1_000.0, 1_010.0, 1_021.0, 1_050.0, 1_062.0):
        with pytest.raises(BundleError) as refused:
            follower.follow()
        assert refused.value.reason == "digest"
        counts.append((status.read(held.store) or status.Status()).refused["digest"])
    assert counts == [1, 1, 2, 2, 3]
    shutil.copy(followed.sound(2) / "model.txt", place / "model.txt")
    clock.now = 1_200.0
    assert follower.follow().digest == digest(2)


def test_a_rollback_needs_no_download(held: Followed, follower: Follower) -> None:
    """The version before stays on disk: going back works though the registry's own files are gone."""
    held.crown(2)
    assert follower.follow().digest == digest(2)
    with gone(held.place(1)):
        held.crown(1)
        assert follower.follow().digest == digest(1)


def test_f07_the_commands_that_promote_and_roll_back(held: Followed, follower: Follower) -> None:
    """Each moves the alias, and that is all it takes."""
    environ = {"RETENTION_HOME": str(held.home)}
    assert training_cli.main(["promote", "2", "--why", "it is newer"], environ) == 0
    assert follower.follow().digest == digest(2)
    assert training_cli.main(["rollback"], environ) == 0
    assert follower.follow().digest == digest(1)


def test_a_champion_without_files_is_refused(held: Followed, follower: Follower) -> None:
    """The registry names a version whose files are gone; what was fetched before stays pointed to."""
    before = bundles.champion(held.store)
    number = held.register((held.home / "mlartifacts" / "nowhere").as_uri(), "sha256:" + "0" * 64)
    with pytest.raises(BundleError) as refused:
        follower.follow()
    assert (number, refused.value.reason) == (held.opened.champion().number, "files")
    assert bundles.champion(held.store) == before


def test_a_locked_registry_costs_a_bounded_time(held: Followed, follower: Follower) -> None:
    """Another process holds the embedded store for itself: away after a few seconds, and back when it lets go."""
    with closing(sqlite3.connect(held.home / "mlflow.db")) as other:
        other.execute("BEGIN EXCLUSIVE")
        began = time.monotonic()
        with pytest.raises(RegistryAwayError):
            follower.follow()
        assert time.monotonic() - began < LOOK_SECONDS + 3
        other.rollback()
    assert follower.follow().version == "1"


def test_a_registry_that_was_put_back_is_read_anew(held: Followed, follower: Follower, tmp_path: Path) -> None:
    """The embedded store's file is replaced by an older copy, as a restore does it: the next look sees the copy."""
    shutil.copy(held.home / "mlflow.db", tmp_path / "older.db")
    held.crown(2)
    assert follower.follow().version == "2"
    (tmp_path / "older.db").replace(held.home / "mlflow.db")
    assert follower.follow().version == "1"


@contextmanager
def gone(place: Path) -> Iterator[None]:
    """A folder is somewhere else as long as the block lasts."""
    away = place.rename(place.with_name("away"))
    yield
    away.rename(place)


def test_without_a_registry_nothing_is_made(tmp_path: Path) -> None:
    """No champion is an answer: exit code 2, and no folder appears."""
    assert main(["sync"], {"RETENTION_HOME": str(tmp_path / "home")}) == 2
    assert not (tmp_path / "home").exists()


def test_a_damaged_registry_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A registry's file that is no database: the message names it and says what to do; exit code 1."""
    home = tmp_path / "home"
    home.mkdir()
    (home / "mlflow.db").write_text("no database")
    assert main(["sync"], {"RETENTION_HOME": str(home)}) == 1
    assert capsys.readouterr().err.splitlines()[-1] == (
        f"The model registry {home}/mlflow.db cannot be opened (DatabaseError). Restore it from a backup, "
        "or let RETENTION_HOME name another folder and train there."
    )


def test_a_damaged_registry_stops_no_scoring(tmp_path: Path) -> None:
    """The nightly run takes the champion fetched last."""
    small_models.stored(tmp_path / "bundles")
    (tmp_path / "mlflow.db").write_text("no database")
    assert sync.champion(Settings(home=tmp_path), {}, time.time).champion.version == "1"


def test_who_watches_leaves_nobody_behind(held: Followed) -> None:
    """Killed, it takes the process that asks the registry with it."""
    environ = {**os.environ, "RETENTION_HOME": str(held.home), "RETENTION_SYNC_SECONDS": "0.2"}
    watching = subprocess.Popen([sys.executable, "-m", "service", "sync", "--watch"], env=environ)
    try:
        until(lambda: len(descendants(watching.pid)) > 1)
        started = descendants(watching.pid)
    finally:
        watching.kill()
        watching.wait(20)
    until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in started))


def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds."""
    end = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.05)
