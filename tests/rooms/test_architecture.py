"""The rooms and their doors: who may import whom, and which library may be used where."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOMS = ("features", "models", "service", "training")

HEAVY = {
    # MLflow is slow to import and may be away; scoring must need neither its time nor its presence.
    "mlflow": {"models/registry.py", "service/asking.py", "training/tracking.py"},
    # Notebooks' idiom, and a second engine beside the arrays.
    "pandas": set(),
}
"""Library -> the only files that may import it."""

VIOLATIONS = {
    "service/wrong.py": "import training",
    "training/wrong.py": "import service",
    "models/wrong.py": "import service",
    "features/wrong.py": "import models",
    "models/web.py": "import fastapi",
    "training/web.py": "import starlette.requests",
}


def imports(path: Path) -> Iterator[str]:
    """Name every module that a file imports, at the top or late."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run import-linter on a folder by the repository's own contract."""
    code = "from importlinter.cli import lint_imports; import sys; sys.exit(lint_imports(no_cache=True))"
    return subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture
def skeleton(tmp_path: Path, root: Path) -> Path:
    """Make four empty rooms under the repository's own contract."""
    (tmp_path / "pyproject.toml").write_text((root / "pyproject.toml").read_text())
    for room in ROOMS:
        (tmp_path / room).mkdir()
        (tmp_path / room / "__init__.py").touch()
    return tmp_path


def test_the_import_contract_holds(root: Path) -> None:
    """No import in the repository breaks a contract of pyproject.toml."""
    done = lint(root)
    assert done.returncode == 0, done.stdout
    assert "3 kept, 0 broken" in done.stdout


def test_an_empty_house_keeps_the_contract(skeleton: Path) -> None:
    """The contract is quiet where nothing is wrong, so that the next test means something."""
    done = lint(skeleton)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("place", sorted(VIOLATIONS))
def test_a_forbidden_import_is_named(skeleton: Path, place: str) -> None:
    """Each kind of forbidden import breaks the contract, and the report names the module."""
    (skeleton / place).write_text(VIOLATIONS[place] + "\n")
    done = lint(skeleton)
    assert done.returncode == 1, done.stdout
    assert place.removesuffix(".py").replace("/", ".") in done.stdout


def test_there_are_four_rooms(root: Path) -> None:
    """A fifth package would stand outside the contract, which cannot be exhaustive over several roots."""
    found = [p.parent.name for p in root.glob("*/__init__.py")]
    assert sorted(found) == sorted(ROOMS)


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_says_what_it_is(root: Path, room: str) -> None:
    """Each room's front door opens with a sentence about what lives there."""
    sentence = ast.get_docstring(ast.parse((root / room / "__init__.py").read_text(encoding="utf-8")))
    assert sentence, f"{room}/__init__.py has no docstring"


def test_nothing_imports_service(root: Path) -> None:
    """Only the service room, its tests and nobody else know the service."""
    outside = [p for room in ("features", "models", "training") for p in (root / room).rglob("*.py")]
    wrong = [str(p.relative_to(root)) for p in outside if any(name.split(".")[0] == "service" for name in imports(p))]
    assert wrong == []


@pytest.mark.parametrize("library", sorted(HEAVY))
def test_heavy_libraries_stay_where_they_belong(root: Path, library: str) -> None:
    """What must never slow or stop scoring is imported in the named files only."""
    files = [p for room in ROOMS for p in (root / room).rglob("*.py")]
    users = {p.relative_to(root).as_posix() for p in files if any(name.split(".")[0] == library for name in imports(p))}
    assert users <= HEAVY[library]


def test_no_package_hides_among_the_tests(root: Path) -> None:
    """A package `tests/service` would hide the real `service`."""
    assert list((root / "tests").rglob("__init__.py")) == []
