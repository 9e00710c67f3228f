"""The image: no engine runs here, so what can be known from the files is checked from the files."""

import ast
import importlib.metadata
import json
import re
import shlex
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

SHIPPED = ("features", "models", "service")
PIN = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)", re.MULTILINE)

ONLY_THE_LOCK = """
import importlib.abc, importlib.metadata, pkgutil, sys, importlib
allowed = set(sys.argv[1].split(","))
owners = importlib.metadata.packages_distributions()

class Refuse(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        if top == "training":
            raise ModuleNotFoundError(f"No module named '{name}'", name=name)
        if top in owners and not {o.lower().replace("_", "-").replace(".", "-") for o in owners[top]} & allowed:
            raise ModuleNotFoundError(f"No module named '{name}'", name=name)
        return None

sys.meta_path.insert(0, Refuse())
seen = []
for room in ("features", "models", "service"):
    package = importlib.import_module(room)
    for module in pkgutil.walk_packages(package.__path__, room + "."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
            seen.append(module.name)
print(len(seen))
"""
"""Imports every shipped module with every package that the image lacks made unfindable."""


def instructions(root: Path) -> list[tuple[str, str]]:
    """Read the Dockerfile as (instruction, rest) pairs, continued lines joined."""
    text = (root / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [(line.split(maxsplit=1)[0], line.split(maxsplit=1)[1]) for line in (part.strip() for part in lines)]


def pins(root: Path, lock: str) -> set[tuple[str, str]]:
    """Read the (package, version) pairs of a lock file."""
    return set(PIN.findall((root / lock).read_text(encoding="utf-8")))


def packages(root: Path) -> set[str]:
    """Name the packages that the image installs."""
    return {package.lower().replace("_", "-").replace(".", "-") for package, _ in pins(root, "requirements-serve.lock")}


@pytest.fixture
def live() -> Iterator[int]:
    """Answer /livez on a free port, and nothing else."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/livez" else 404)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Stay quiet."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


def test_what_is_copied_exists_and_is_let_in(root: Path) -> None:
    """Every COPY names something in the repository that .dockerignore lets through."""
    copied = [shlex.split(rest) for word, rest in instructions(root) if word == "COPY" and "--from" not in rest]
    sources = [source for words in copied for source in words[:-1]]
    assert sources == ["requirements-serve.lock", *SHIPPED]
    let_in = (root / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert [source for source in sources if not (root / source).exists() or f"!{source}" not in let_in] == []


def test_packages_come_before_code(root: Path) -> None:
    """A change of code reuses the layer of pinned packages, which are installed by digest."""
    steps = [f"{word} {rest}" for word, rest in instructions(root)]
    install = next(i for i, step in enumerate(steps) if "--require-hashes" in step)
    assert "-r requirements-serve.lock" in steps[install]
    assert install < min(i for i, step in enumerate(steps) if step.startswith("COPY features"))


def test_the_image_does_not_run_as_root(root: Path) -> None:
    """The last USER is an unprivileged one, set before the command."""
    words = [word for word, _ in instructions(root)]
    users = [rest for word, rest in instructions(root) if word == "USER"]
    assert users == ["retention"]
    assert words.index("USER") < words.index("ENTRYPOINT")


def test_the_image_holds_what_lightgbm_needs(root: Path) -> None:
    """The slim base lacks libgomp.so.1, without which LightGBM cannot be loaded."""
    assert any("libgomp1" in rest for word, rest in instructions(root) if word == "RUN")


def test_commands_are_in_exec_form(root: Path) -> None:
    """SIGTERM reaches Python itself, not a shell that keeps it."""
    commands = {word: json.loads(rest) for word, rest in instructions(root) if word in {"ENTRYPOINT", "CMD"}}
    assert commands == {"ENTRYPOINT": ["python", "-m", "service"], "CMD": ["serve", "--host", "0.0.0.0"]}


def health_check(root: Path, port: int) -> int:
    """Run the HEALTHCHECK's own command against a port."""
    rest = next(rest for word, rest in instructions(root) if word == "HEALTHCHECK")
    command = json.loads(rest[rest.index("CMD") + 3 :])
    assert command[0] == "python"
    environ = {"RETENTION_PORT": str(port)}
    return subprocess.run([sys.executable, *command[1:]], env=environ, capture_output=True, check=False).returncode


def test_the_health_check_passes_on_a_live_server(root: Path, live: int) -> None:
    """The command written in the Dockerfile runs, and is content with 200 on /livez."""
    assert health_check(root, live) == 0


def test_the_health_check_fails_on_a_dead_one(root: Path) -> None:
    """Nobody listens on port 1: the container is unhealthy."""
    assert health_check(root, 1) != 0


def test_every_import_is_pinned_for_the_image(root: Path) -> None:
    """Whatever the shipped rooms import, at the top or late, the image installs."""
    owners = importlib.metadata.packages_distributions()
    missing = set()
    for path in (p for room in SHIPPED for p in (root / room).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module] if isinstance(node, ast.ImportFrom) and node.module and not node.level else []
            for top in {n.partition(".")[0] for n in names} - set(sys.stdlib_module_names) - set(SHIPPED):
                owned_by = {o.lower().replace("_", "-").replace(".", "-") for o in owners.get(top, [])}
                if not owned_by & packages(root):
                    missing.add(f"{path.relative_to(root)}: {top}")
    assert missing == set()


def test_the_shipped_rooms_import_with_the_image_s_packages_alone(root: Path) -> None:
    """Every module of the three shipped rooms loads where nothing else can be found, the training room included."""
    command = [sys.executable, "-c", ONLY_THE_LOCK, ",".join(sorted(packages(root)))]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert int(done.stdout) > 20


def test_nothing_that_trains_is_in_the_image(root: Path) -> None:
    """The image holds MLflow's client, not MLflow's server, and no fitting library but the one that is served."""
    assert {"mlflow", "scikit-learn", "pandas", "matplotlib", "pytest"} & packages(root) == set()


def test_the_image_has_the_versions_that_were_tested(root: Path) -> None:
    """Each pin of the image's lock stands in the full lock too."""
    assert pins(root, "requirements-serve.lock") - pins(root, "requirements.lock") == set()
