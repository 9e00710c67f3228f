"""F18: pages of the store are overwritten. It is said with the remedy, no list is silently empty, a backup brings it back."""

import random
from pathlib import Path

import pytest

from service.access.keys import Caller
from service.audit.log import AccessLog
from service.cli import main
from service.errors import StoreError
from service.settings import Settings
from service.store import runs
from tests import stores
from tests.conftest import SEED
from tests.published_runs import Person, publish

HRBP = Caller("People team", "hrbp", "", "0a1b2c3d")
PAGE = 4_096
REMEDY = "put a backup in its place: python -m service restore FILE --replace"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with a run of 500 people, who were all seen, and a backup of it beside."""
    settings = Settings(home=tmp_path / "home", anchor_seconds=3_600)
    with stores.opened(settings) as store:
        publish(store, "2026-01-31", [Person(f"E{number:04}", 0.1) for number in range(500)])
        log = AccessLog(store, settings, lambda: 1_767_225_600.0)
        log.write(HRBP, "csv", 1, [f"E{number:04}" for number in range(500)])
        log.flush()
    assert command(settings.home, "backup", str(tmp_path / "backup.tar")) == 0
    return settings.home


def command(home: Path, *arguments: str) -> int:
    """Run a command in this process; its exit code."""
    return main(arguments, {"RETENTION_HOME": str(home)})


def overwrite(file: Path, first: int) -> None:
    """Put noise on every page from one on."""
    noise = random.Random(SEED)
    size = file.stat().st_size
    with file.open("r+b") as handle:
        handle.seek(first * PAGE)
        handle.write(noise.randbytes(size - first * PAGE))


@pytest.mark.parametrize("first", [0, 1, 20], ids=["the head", "all but the head", "from the middle"])
def test_f18_a_damaged_store_is_told_and_restored(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], first: int
) -> None:
    """Reading says what is wrong and what to do, and shows nobody; no backup is made of it; the old one is whole again."""
    settings = Settings(home=home)
    overwrite(home / "retention.db", first)
    with pytest.raises(StoreError, match=REMEDY):
        people(settings)
    before = (tmp_path / "backup.tar").read_bytes()
    capsys.readouterr()
    assert command(home, "backup", str(tmp_path / "backup.tar")) == 1
    assert "damaged" in capsys.readouterr().err
    assert (tmp_path / "backup.tar").read_bytes() == before
    assert command(home, "restore", str(tmp_path / "backup.tar"), "--replace") == 0
    assert command(home, "audit", "verify") == 0
    assert "500 rows" in capsys.readouterr().out
    assert people(settings) == 500


def people(settings: Settings) -> int:
    """How many people the latest run holds."""
    with stores.opened(settings) as store:
        latest = runs.latest(store)
        assert latest is not None
        return sum(1 for _ in runs.scores_of(store, latest))
