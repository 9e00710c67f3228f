"""The local bundle store: what is pointed to, what is kept, what goes."""

import os
from pathlib import Path

import pytest

from models.errors import BundleError
from service import bundles
from service.bundles import KEPT, Champion

NAMES = [f"{number:064x}" for number in range(9)]


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """Nine bundles, each the champion once, in the order of their number."""
    for at, name in enumerate(NAMES):
        (tmp_path / name).mkdir()
        (tmp_path / name / "model.txt").write_text("tree")
        bundles.point_to(tmp_path, Champion("m", str(at), "", f"sha256:{name}"))
        os.utime(tmp_path / name, (1_000.0 + at, 1_000.0 + at))
    return tmp_path


def held(store: Path) -> list[str]:
    """The bundles that are there."""
    return sorted(path.name for path in store.iterdir() if len(path.name) == 64)


def test_the_last_few_champions_are_kept(store: Path) -> None:
    """Five of nine, and nothing half removed is left."""
    bundles.prune(store, 2_000.0)
    assert held(store) == NAMES[-KEPT:]
    assert [path.name for path in store.iterdir() if path.name.startswith(".")] == []


def test_the_champion_is_never_removed(store: Path) -> None:
    """However long ago it came."""
    bundles.point_to(store, Champion("m", "0", "", f"sha256:{NAMES[0]}"))
    os.utime(store / NAMES[0], (1.0, 1.0))
    bundles.prune(store, 2_000.0)
    assert held(store) == sorted([NAMES[0], *NAMES[-KEPT + 1 :]])


def test_a_rollback_makes_a_bundle_young_again(store: Path) -> None:
    """What was pointed to last is kept longest."""
    bundles.point_to(store, Champion("m", "1", "", f"sha256:{NAMES[1]}"))
    bundles.point_to(store, Champion("m", "8", "", f"sha256:{NAMES[8]}"))
    bundles.prune(store, 2_000.0)
    assert NAMES[1] in held(store)


def test_what_dead_processes_left_goes_after_an_hour(store: Path) -> None:
    """A folder in which a bundle is being put together now stays."""
    for name, age in ((".fetch-old", 3_601.0), (".fetch-new", 10.0)):
        (store / name).mkdir()
        os.utime(store / name, (10_000.0 - age, 10_000.0 - age))
    bundles.prune(store, 10_000.0)
    assert [path.name for path in store.glob(".fetch-*")] == [".fetch-new"]


@pytest.mark.parametrize("digest", ["sha256:../../etc", "", "sha256:" + "A" * 64, "sha256:" + "0" * 63 + "\n"])
def test_only_a_digest_names_a_folder(tmp_path: Path, digest: str) -> None:
    """A path is none."""
    with pytest.raises(BundleError, match="no SHA-256 digest"):
        bundles.folder(tmp_path, digest)
