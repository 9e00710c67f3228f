"""`make setup` where something is missing: it says what, and what to do."""

import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest


@pytest.fixture
def clone(tmp_path: Path, root: Path) -> Path:
    """Copy the setup script into an empty repository."""
    (tmp_path / "clone" / ".ci").mkdir(parents=True)
    shutil.copy(root / ".ci" / "setup.sh", tmp_path / "clone" / ".ci")
    return tmp_path / "clone"


def program(folder: Path, name: str, script: str) -> Path:
    """Write a small shell program."""
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text("#!/bin/bash\n" + textwrap.dedent(script))
    path.chmod(0o755)
    return path


def setup(clone: Path, python: Path, tools: Path) -> subprocess.CompletedProcess[str]:
    """Run the setup script with a given Python, other programs found in `tools` first."""
    environ = {"PATH": f"{tools}:{os.environ['PATH']}", "PYTHON": str(python)}
    return subprocess.run([".ci/setup.sh"], cwd=clone, env=environ, capture_output=True, text=True, check=False)


def test_an_old_python_is_refused_by_version(clone: Path, tmp_path: Path) -> None:
    """A Python before 3.11 ends in one message: what is needed, what is there, how to name another."""
    old = program(tmp_path / "bin", "old-python", 'case "$1" in --version) echo Python 3.9.2 ;; *) exit 1 ;; esac')
    done = setup(clone, old, tmp_path / "bin")
    assert done.returncode == 2
    assert "Python 3.11 or newer is needed" in done.stderr
    assert "Python 3.9.2" in done.stderr
    assert "make setup PYTHON=" in done.stderr


def test_a_missing_venv_module_is_asked_for(clone: Path, tmp_path: Path) -> None:
    """Someone who is not root is told which Debian package to install."""
    bare = program(tmp_path / "bin", "bare-python", 'case "$2" in *ensurepip*) exit 1 ;; *) exit 0 ;; esac')
    program(tmp_path / "bin", "id", "echo 1000")
    done = setup(clone, bare, tmp_path / "bin")
    assert done.returncode == 2
    assert "apt-get install python3-venv" in done.stderr


def test_root_installs_the_missing_package(clone: Path, tmp_path: Path) -> None:
    """As root the package is installed by apt-get; that this did not help is said too."""
    bare = program(tmp_path / "bin", "bare-python", 'case "$2" in *ensurepip*) exit 1 ;; *) exit 0 ;; esac')
    program(tmp_path / "bin", "id", "echo 0")
    program(tmp_path / "bin", "apt-get", f'echo "$@" >> {tmp_path}/calls')
    done = setup(clone, bare, tmp_path / "bin")
    assert done.returncode == 2
    assert (
        (tmp_path / "calls")
        .read_text()
        .splitlines()[-1]
        .endswith("install -y -qq --no-install-recommends python3-venv")
    )
    assert "still missing" in done.stderr


def test_commands_work_from_any_directory(tmp_path: Path, root: Path) -> None:
    """Outside programs call the environment's Python from wherever they run, and reach this repository's rooms."""
    command = [sys.executable, "-c", "import service; print(service.__file__)"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(root / "service" / "__init__.py")
