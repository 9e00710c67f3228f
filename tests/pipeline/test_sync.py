"""`python -m service sync`: what is damaged in the local bundle store is fetched again from the registry."""

from pathlib import Path

import pytest

from models import registry
from service import bundles
from service.cli import main
from service.serving import Models
from tests import registered
from tests.served import shared_toy


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose registry holds the toy as version 1, the champion; fetched once."""
    home = tmp_path_factory.mktemp("sync") / "home"
    opened = registry.connect(home, None, create=True)
    registered.register(opened, shared_toy().bundle)
    opened.promote(1, "tests", "the first", registered.AT)
    return home


@pytest.fixture
def model_text(trained: Path) -> Path:
    """The trees of the fetched champion."""
    assert main(["sync"], {"RETENTION_HOME": str(trained)}) == 0
    return bundles.folder(trained / "bundles", shared_toy().bundle.digest) / "model.txt"


def test_a_damaged_copy_is_fetched_again(trained: Path, model_text: Path) -> None:
    """A byte turned in the local copy: the next `sync` puts the whole bundle there, and nothing is left beside it."""
    whole = model_text.read_bytes()
    model_text.write_bytes(whole[:-2] + b"x\n")
    assert main(["sync"], {"RETENTION_HOME": str(trained)}) == 0
    assert model_text.read_bytes() == whole
    assert {path.name for path in (trained / "bundles").iterdir()} == {
        shared_toy().bundle.digest.removeprefix("sha256:"),
        "champion.json",
        "sync.json",
    }


def test_a_server_takes_the_mended_copy(trained: Path, model_text: Path) -> None:
    """The same version is refused once while it is damaged, and served as soon as it is whole."""
    whole = model_text.read_bytes()
    model_text.write_bytes(whole[:-2] + b"x\n")
    models = Models(trained / "bundles")
    models.refresh()
    models.refresh()
    assert (models.serving, models.failures, dict(models.refused)) == (None, 1, {"digest": 1})
    assert main(["sync"], {"RETENTION_HOME": str(trained)}) == 0
    models.refresh()
    assert models.serving is not None
    assert models.serving.champion.version == "1"


def test_a_damaged_pointer_is_written_anew(trained: Path, model_text: Path) -> None:
    """Text that is no JSON in the pointer: `sync` names the champion again."""
    assert model_text.is_file()
    (trained / "bundles" / "champion.json").write_text("garbage")
    assert main(["sync"], {"RETENTION_HOME": str(trained)}) == 0
    found = bundles.champion(trained / "bundles")
    assert found is not None
    assert (found.version, found.digest) == ("1", shared_toy().bundle.digest)


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
    """The champion fetched last scores on."""
    home = shared_toy().home(tmp_path / "home")
    (home / "mlflow.db").write_text("no database")
    arguments = ["score", "--data", str(shared_toy().data), "--as-of", "2026-09-15"]
    assert main(arguments, {"RETENTION_HOME": str(home), "RETENTION_THREADS": "2"}) == 0
