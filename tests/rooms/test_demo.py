"""`make demo`: a page that anybody can read, in a home that is nobody else's."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from service import demo

SMALL = ("--employees", "200", "--months", "24")


def run(root: Path, home: Path, **environ: str) -> subprocess.Popen[str]:
    """Start a small demonstration."""
    return subprocess.Popen(
        [sys.executable, "-m", "service.demo", *SMALL],
        cwd=root,
        env={**os.environ, "RETENTION_HOME": str(home), "RETENTION_THREADS": "2", **environ},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Share one home, so that what one demonstration made the next can use again."""
    return tmp_path_factory.mktemp("demo") / "home"


@pytest.fixture(scope="module")
def page(root: Path, home: Path) -> str:
    """Run the demonstration without serving, and give what it printed."""
    done = run(root, home, SERVE="0")
    out, err = done.communicate(timeout=250)
    assert done.returncode == 0, err
    return out


@pytest.fixture
def taken() -> Iterator[int]:
    """Listen on a port, so that it is taken."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_a_new_home_is_used_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no model is served yet, the demonstration uses the home itself."""
    monkeypatch.setenv("RETENTION_HOME", str(tmp_path))
    assert demo.choose_home() == tmp_path


def serve_a_model(home: Path, text: str = '{"digest": "sha256:aa"}') -> None:
    """Point a home to a champion."""
    (home / "bundles").mkdir()
    (home / "bundles" / "champion.json").write_text(text)


def test_a_home_in_use_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A home that serves somebody's own model is not touched: the demonstration goes into a folder below it."""
    monkeypatch.setenv("RETENTION_HOME", str(tmp_path))
    serve_a_model(tmp_path)
    assert demo.choose_home() == tmp_path / "demo"


def test_a_home_with_a_registry_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A home whose model was trained but never served is somebody's too."""
    monkeypatch.setenv("RETENTION_HOME", str(tmp_path))
    (tmp_path / "mlflow.db").touch()
    assert demo.choose_home() == tmp_path / "demo"


def test_the_demonstration_s_own_home_is_used_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A home whose champion the demonstration itself put there is its own."""
    monkeypatch.setenv("RETENTION_HOME", str(tmp_path))
    serve_a_model(tmp_path)
    demo.Demo(tmp_path, employees=10, months=12, seed=1)
    assert demo.choose_home() == tmp_path


def test_a_model_promoted_after_the_demonstration_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody who goes on with their own data in the demonstration's home keeps their model."""
    monkeypatch.setenv("RETENTION_HOME", str(tmp_path))
    demo.Demo(tmp_path, employees=10, months=12, seed=1)
    serve_a_model(tmp_path)
    assert demo.choose_home() == tmp_path / "demo"


def test_nothing_is_written_outside_the_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A registry or store that the environment names is not used for an invented company."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:1")
    monkeypatch.setenv("RETENTION_STORE_URL", "sqlite:///elsewhere.db")
    environ = demo.Demo(tmp_path, employees=10, months=12, seed=1).environ
    assert not demo.ELSEWHERE & set(environ)
    assert environ["RETENTION_HOME"] == str(tmp_path)


def test_a_taken_port_is_not_used(
    taken: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A free port is found where RETENTION_PORT is taken, and the page says so."""
    monkeypatch.setenv("RETENTION_PORT", str(taken))
    assert demo.free_port() != taken
    assert f"Port {taken} is taken" in capsys.readouterr().out


def test_a_port_that_is_no_number_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrong RETENTION_PORT is the caller's mistake: exit code 2."""
    monkeypatch.setenv("RETENTION_PORT", "eighty")
    with pytest.raises(SystemExit, match="2"):
        demo.free_port()


@pytest.mark.slow
def test_the_page_has_its_steps_in_order(page: str) -> None:
    """Four headed steps, each closed with how long it took."""
    assert re.findall(r"^(\d)\. ", page, re.MULTILINE) == ["1", "2", "3", "4"]
    assert len(re.findall(r"^\(\d+ s\)$", page, re.MULTILINE)) == 4


@pytest.mark.slow
def test_the_page_says_what_was_found(page: str, home: Path) -> None:
    """The scores are counted by band, the top is shown, and the named file holds everyone."""
    assert re.search(r"\d people scored", page)
    assert re.search(
        r"\d+ critical \(from 20 %\), \d+ high \(from 10 %\), \d+ elevated \(from 5 %\), [\d,]+ low\.", page
    )
    assert str(home / "sample-scores.csv") in page
    assert (home / "sample-scores.csv").read_text().startswith("employee_id,as_of_date,risk_30")


@pytest.mark.slow
def test_the_page_needs_no_knowledge_of_python(page: str) -> None:
    """No trace, warning or module path reaches the reader."""
    assert re.findall(r"Traceback|Warning:|site-packages|\.py\b", page) == []


@pytest.mark.slow
@pytest.mark.usefixtures("page")
def test_run_again_it_serves_until_stopped(root: Path, home: Path, taken: int) -> None:
    """The second demonstration keeps the company, finds a free port, prints address and key, and ends on SIGTERM."""
    server = run(root, home, RETENTION_PORT=str(taken))
    assert server.stdout is not None
    seen = ""
    while "Press Ctrl-C" not in seen and (line := server.stdout.readline()):
        seen += line
    try:
        assert "is used again" in seen
        address, key = (re.search(rf"^{name}: +(\S+)$", seen, re.MULTILINE) for name in ("Address", "Key"))
        assert address, seen
        assert key, seen
        assert not address[1].endswith(f":{taken}")
        answer = ask(address[1], key[1], (root / "service" / "person.json").read_bytes())
        assert [score["employee_id"] for score in answer["scores"]] == ["E1"]
        link = re.search(r"^Page: +(\S+)$", seen, re.MULTILINE)
        assert link, seen
        assert link[1].startswith(f"{address[1]}/sign-in?code=")
        with urllib.request.urlopen(link[1], timeout=30) as response:
            assert b"This link signs you in once" in response.read()
    finally:
        began = time.monotonic()
        server.send_signal(signal.SIGTERM)
        server.communicate(timeout=60)
    assert server.returncode == 0
    assert time.monotonic() - began < 20
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(f"{address[1]}/livez", timeout=5)


def ask(address: str, key: str, body: bytes) -> dict[str, list[dict[str, object]]]:
    """Post people to be scored, as the printed example does."""
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    request = urllib.request.Request(f"{address}/v1/scores", data=body, headers=headers)
    with urllib.request.urlopen(request, timeout=30) as response:
        answer: dict[str, list[dict[str, object]]] = json.loads(response.read())
    return answer
