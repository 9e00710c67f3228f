"""Servers and runs share a home; a restore has it alone."""

from pathlib import Path

import pytest

from service.cli import main
from service.errors import UsageError
from service.occupied import alone, occupied


def test_a_restore_waits_for_nobody_and_disturbs_nobody(tmp_path: Path) -> None:
    """Two may work in a home; a restore is refused meanwhile, and they while it runs."""
    busy, restoring = "A server or a run works in this home", "being put in this home's place"
    with occupied(tmp_path), occupied(tmp_path), pytest.raises(UsageError, match=busy), alone(tmp_path):
        raise AssertionError("it was not refused")
    with alone(tmp_path), pytest.raises(UsageError, match=restoring), occupied(tmp_path):
        raise AssertionError("it was not refused")
    with occupied(tmp_path):
        pass


def test_who_only_asks_makes_no_store(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A mistyped home is no whole access log of nobody."""
    environ = {"RETENTION_HOME": str(tmp_path / "typo")}
    for command in (["audit", "verify"], ["audit", "who", "--employee", "E1"], ["report", "--employee", "E1"]):
        assert main(command, environ) == 2
        assert "There is no score store here yet" in capsys.readouterr().err
    assert not (tmp_path / "typo").exists()


def test_an_empty_unit_is_no_key_for_everything(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever means the whole company leaves the unit out; a variable that is not set is a slip."""
    environ = {"RETENTION_HOME": str(tmp_path)}
    for unit in ("", "/", " "):
        assert main(["keys", "add", "--name", "x", "--role", "hrbp", "--org-unit", unit], environ) == 2
        assert "--org-unit names no unit" in capsys.readouterr().err
    assert main(["keys", "add", "--name", "x", "--role", "hrbp"], environ) == 0
    assert "the whole company" in capsys.readouterr().out
