"""F16: no room on the disk while people are scored, published, shown, or while a bundle is fetched. What was there stays."""

import contextlib
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from service.settings import Settings
from service.store.audit_tables import access_log
from tests import followed, nights, stores
from tests.nights import BEFORE, DAY, Night
from tests.running import Reply, Server, running

NO_ROOM = "There is no room left for the score store"
MOST = 500_000
"""So many rows of the access log do not fit on the disk."""
ROOM_FOR_THE_PARTS = 600_000
"""Enough for what is staged, too little to publish it all. Unit: bytes."""


@contextlib.contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Path]:
    """A file system in memory of that size."""
    folder.mkdir(parents=True, exist_ok=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    if shutil.which("mount") is None or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("a small disk cannot be mounted here (root in a container with CAP_SYS_ADMIN can)")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True, capture_output=True)


def fill(folder: Path, room: int = 0) -> Path:
    """Fill a disk but for so many bytes; the file that does it."""
    filler, blank = folder / "filler", bytes(65_536)
    with contextlib.suppress(OSError), filler.open("ab", buffering=0) as handle:
        while handle.write(blank):
            pass
    with filler.open("r+b") as handle:
        handle.truncate(max(0, filler.stat().st_size - room))
    return filler


def listed(server: Server) -> Reply:
    """The list as an HRBP asks for it."""
    return server.fetch("GET", "/v1/risk-list?limit=200", role="hrbp")


def shown(settings: Settings) -> int:
    """How many people the access log says were shown."""
    with stores.opened(settings) as store, store.connect() as connection:
        return int(connection.execute(select(func.count()).select_from(access_log)).scalar_one())


def refused(reply: Reply) -> bool:
    """Whether the store's lack of an answer is told as it is to be."""
    return (reply.status, reply.json["code"], "retry-after" in reply.headers) == (503, "store_unavailable", True)


def test_f16_no_room_for_a_night_nor_for_the_access_log(tmp_path: Path) -> None:
    """A night that finds no room says so and changes nothing; who cannot be logged is not shown; then all goes on by itself."""
    with (
        small_disk(tmp_path / "disk", "24m") as disk,
        nights.night("sqlite", disk / "home", BEFORE) as night,
        running(night.settings.home, "--no-sync") as server,
    ):
        before, first = night.content(), listed(server)
        assert (first.status, first.json["run"]["as_of"]) == (200, BEFORE)
        unpublished(night, disk)
        filler = fill(disk)
        everybody_is_logged(server, night.settings)
        assert server.ask("POST", "/v1/scores", nights.REQUEST)[0] == 200
        assert server.status("/readyz") == 200
        filler.unlink()
        again = listed(server)
        assert (again.status, again.json["people"]) == (200, first.json["people"])
        assert night.content() == before
        done = night.run(kill=("sql", 0))
        assert done.returncode == 0, done.stderr
        assert "had done 8 parts of this one" in done.stderr, done.stderr
        assert listed(server).json["run"]["as_of"] == DAY


def everybody_is_logged(server: Server, settings: Settings) -> None:
    """Ask until nothing more fits into what the store has of the disk: whoever was shown until then is in the log."""
    logged, people = shown(settings), 0
    while (reply := listed(server)).status == 200:
        people += len(reply.json["people"])
        assert people < MOST
    assert refused(reply)
    assert shown(settings) == logged + people


def unpublished(night: Night, disk: Path) -> None:
    """Run the night with room for its parts alone, then with none: each time it ends with one clear line."""
    filler = fill(disk, ROOM_FOR_THE_PARTS)
    while_publishing = night.run(kill=("sql", 0))
    assert (while_publishing.returncode, NO_ROOM in while_publishing.stderr) == (1, True), while_publishing.stderr
    assert "Traceback" not in while_publishing.stderr
    assert night.under_way() == (1, 8)
    fill(disk)
    at_once = night.run(kill=("sql", 0))
    assert (at_once.returncode, NO_ROOM in at_once.stderr) == (1, True), at_once.stderr
    filler.unlink()


def test_f16_no_room_for_a_bundle(tmp_path: Path) -> None:
    """The champion that was fetched goes on serving; once there is room the new one is fetched and served, without a restart."""
    with small_disk(tmp_path / "home" / "bundles", "8m") as disk:
        held = followed.followed(tmp_path / "home")
        assert sync(held.home).returncode == 0
        settings = {"RETENTION_WATCH_SECONDS": "0.1"}
        with running(held.home, "--no-sync", settings=settings) as server:
            served = followed.served(server)
            filler = fill(disk)
            held.crown(2)
            failed = sync(held.home)
            assert failed.returncode == 1
            assert "Traceback" not in failed.stderr
            assert followed.served(server) == served
            assert server.status("/readyz") == 200
            filler.unlink()
            assert sync(held.home).returncode == 0
            server.wait_until(lambda: followed.served(server) != served, 20)


def sync(home: Path) -> "subprocess.CompletedProcess[str]":
    """Fetch the champion by the command."""
    return nights.command(home, "sync")
