"""What the server is made of: none of the libraries that load code from files, or that are slow, or that may be away."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tests import small_models
from tests.running import REQUEST, running

NOT_NEEDED: Final = ("mlflow", "pickle", "joblib", "pandas", "polars", "sklearn", "lightgbm", "cloudpickle", "dill")
"""To answer. `sync` names MLflow in its asking process, and a proof names LightGBM in its own."""
ENTRIES: Final = ("service.__main__", "service.cli", "service.app", "service.serve", "service.worker")
ROOMS: Final = ("features", "models", "service", "training")
COMMANDS: Final = ("service.cli", "service.outcomes.cli")
"""Modules whose late imports are those of other commands."""

BLOCKED: Final = """
import sys
class Block:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {names!r}:
            raise ImportError(f"{{name}} is blocked")
for name in {names!r}:
    assert name not in sys.modules, name
sys.meta_path.insert(0, Block())
"""


def module(root: Path, name: str) -> Path | None:
    """The file of a module of ours; None where the name is no module."""
    stem = root.joinpath(*name.split("."))
    return next((path for path in (stem.with_suffix(".py"), stem / "__init__.py") if path.is_file()), None)


def imported(path: Path, *, late: bool) -> Iterator[str]:
    """Every module that a file may mean by its imports: those at its top, and `late` ones too; not those of types alone."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    never = {id(one) for node in ast.walk(tree) if _for_types(node) for one in ast.walk(node)}
    for node in ast.walk(tree) if late else tree.body:
        if id(node) in never:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _for_types(node: ast.AST) -> bool:
    """Whether this is what only a type checker reads, and no run ever does."""
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def reached(root: Path) -> dict[str, set[str]]:
    """Every module of ours that the server can import, and what each imports."""
    found: dict[str, set[str]] = {}
    waiting = [name for name in ENTRIES if module(root, name)]
    while waiting:
        name = waiting.pop()
        path = module(root, name)
        if path is None or name in found:
            continue
        found[name] = set(imported(path, late=name not in COMMANDS))
        waiting += [other for other in found[name] if other.split(".")[0] in ROOMS]
        waiting += [name.rpartition(".")[0]] if "." in name else []
    return found


def test_no_module_the_server_imports_names_what_it_does_not_need(root: Path) -> None:
    """On the import graph, late imports included."""
    graph = reached(root)
    assert {"service.app", "service.api.scores", "models.risk", "features.build"} <= graph.keys()
    wrong = [
        f"{name} imports {other}"
        for name, others in graph.items()
        for other in others
        if other.split(".")[0] in NOT_NEEDED
    ]
    assert wrong == []


def test_the_server_imports_none_of_it(root: Path) -> None:
    """Nor does a library bring it along: after the server's imports none of them is loaded."""
    code = f"import service.app, service.serve, sys; print(sorted({set(NOT_NEEDED) - {'pickle'}!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_it_starts_and_scores_where_they_are_missing(root: Path, tmp_path: Path) -> None:
    """An interpreter in which importing any of them fails: ready, and a person is scored with reasons."""
    small_models.stored(tmp_path / "home" / "bundles")
    names = tuple(name for name in NOT_NEEDED if name != "pickle")  # the standard library's own use of it
    (tmp_path / "blocked").mkdir()
    (tmp_path / "blocked" / "sitecustomize.py").write_text(BLOCKED.format(names=names))
    settings = {"PYTHONPATH": f"{tmp_path / 'blocked'}:{root}"}
    blocked = [sys.executable, "-c", "import pandas"]
    assert subprocess.run(blocked, env=settings, capture_output=True, check=False).returncode == 1
    with running(tmp_path / "home", "--no-sync", settings=settings, until="/readyz") as server:
        status, answer = server.ask("POST", "/v1/scores?reasons=5", REQUEST)
    assert status == 200
    assert answer["scores"][0]["risk"]["90"] > 0
