"""Habits that can be counted: short files, short functions, documented names, and a clock read only at the edges."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
FILES = sorted(p for room in ("features", "models", "service", "training", ".ci") for p in (ROOT / room).rglob("*.py"))
EDGES = {"service/app.py", "features/cli.py", "service/cli.py", "training/cli.py"}
"""The only files that may ask what time it is; everything else is told."""
CLOCKS = {"date.today", "datetime.now", "datetime.today", "datetime.utcnow", "time.time", "time.time_ns", "time.gmtime"}

LINES_OF_A_FILE = 350
LINES_OF_A_BODY = 40

Function = ast.FunctionDef | ast.AsyncFunctionDef


def tree(path: Path) -> ast.Module:
    """Parse one file."""
    return ast.parse(path.read_text(encoding="utf-8"))


def name(path: Path) -> str:
    """Name a file from the root."""
    return path.relative_to(ROOT).as_posix()


def body_lines(function: Function) -> int:
    """Count a function's lines from the first statement after its docstring to its end."""
    statements = function.body[1:] if ast.get_docstring(function) and len(function.body) > 1 else function.body
    return (statements[-1].end_lineno or 0) - statements[0].lineno + 1


def public(node: ast.Module | ast.ClassDef) -> Iterator[Function | ast.ClassDef]:
    """List the public functions, classes and methods of a module or class, protocols' members included."""
    for child in node.body:
        if isinstance(child, Function | ast.ClassDef) and not child.name.startswith("_"):
            yield child
            if isinstance(child, ast.ClassDef):
                yield from public(child)


def dotted(node: ast.expr) -> str:
    """Write the last two names of an attribute chain: `dt.date.today` becomes `date.today`."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if isinstance(node, ast.Name):
        parts.append(node.id)
    return ".".join(reversed(parts[:2]))


@pytest.mark.parametrize("path", FILES, ids=name)
def test_a_file_is_short(path: Path) -> None:
    """No file is longer than 350 lines."""
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert lines <= LINES_OF_A_FILE


@pytest.mark.parametrize("path", FILES, ids=name)
def test_a_function_is_short(path: Path) -> None:
    """No function's body is longer than 40 lines, its docstring not counted."""
    functions = [node for node in ast.walk(tree(path)) if isinstance(node, Function)]
    long = {f.name: body_lines(f) for f in functions if body_lines(f) > LINES_OF_A_BODY}
    assert long == {}


@pytest.mark.parametrize("path", FILES, ids=name)
def test_every_public_name_is_documented(path: Path) -> None:
    """Every file, and every public function, class and method in it, has a docstring."""
    module = tree(path)
    silent = [node.name for node in public(module) if not ast.get_docstring(node)]
    assert (bool(ast.get_docstring(module)), silent) == (True, [])


@pytest.mark.parametrize("path", [p for p in FILES if name(p) not in EDGES], ids=name)
def test_the_clock_is_read_only_at_the_edges(path: Path) -> None:
    """No file but the edges asks for today's date or time: they are arguments everywhere else."""
    reads = [
        f"{dotted(node)} in line {node.lineno}"
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute) and dotted(node) in CLOCKS
    ]
    assert reads == []


def test_there_is_no_drawer_for_everything() -> None:
    """A file is named for its one idea, so none is called utils, helpers, common or misc."""
    drawers = {"utils.py", "util.py", "helpers.py", "common.py", "misc.py"}
    assert [name(p) for p in FILES if p.name in drawers] == []


def test_every_test_says_what_it_shows() -> None:
    """Every test has a docstring: one sentence about one behaviour."""
    silent = [
        f"{name(p)}: {node.name}"
        for p in (ROOT / "tests").rglob("test_*.py")
        for node in ast.walk(tree(p))
        if isinstance(node, Function) and node.name.startswith("test_") and not ast.get_docstring(node)
    ]
    assert silent == []
