"""A client that a generator makes of the OpenAPI document, against the real server: scores, the model, and a refusal."""

import importlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from service import document
from service.api import examples
from tests.running import Server, running
from tests.served import shared_toy

CONFIG: Final = "post_hooks: []\ncontent_type_overrides:\n  application/x-ndjson: application/octet-stream\n"
"""The generator knows no lines; to it they are bytes."""
PACKAGE: Final = "retention_risk_client"


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The generated package, importable; any warning of the generator is a failure."""
    folder = tmp_path_factory.mktemp("client")
    (folder / "config.yaml").write_text(CONFIG, encoding="utf-8")
    command = [str(Path(sys.executable).with_name("openapi-python-client")), "generate", "--path", str(document.FILE)]
    command += ["--config", "config.yaml", "--output-path", "made", "--fail-on-warning"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    sys.path.insert(0, str(folder / "made"))
    yield PACKAGE
    sys.path.remove(str(folder / "made"))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with a model."""
    with running(shared_toy().home(tmp_path_factory.mktemp("home")), "--no-sync", until="/readyz") as server:
        yield server


def with_key(package: str, server: Server, key: str) -> Any:
    """A client with that key, to be used in a `with` block."""
    made = importlib.import_module(f"{package}.client")
    return made.AuthenticatedClient(base_url=f"http://127.0.0.1:{server.port}", token=key)


@pytest.fixture
def client(package: str, server: Server) -> Iterator[Any]:
    """A client with a key that may score."""
    with with_key(package, server, server.key) as client:
        yield client


def call(package: str, path: str) -> Any:
    """One operation of the client."""
    return importlib.import_module(f"{package}.api.{path}")


def test_a_person_is_scored(package: str, client: Any) -> None:
    """Typed records in, typed risks and reasons out, the digest among them."""
    models = importlib.import_module(f"{package}.models")
    body = models.ScoresBody.from_dict(examples.REQUEST)
    answer = call(package, "scores.post_scores").sync(client=client, body=body, reasons=2)
    (score,) = answer.scores
    assert 0 < score.risk.field_30 < score.risk.field_365 < 1
    assert [type(reason).__name__ for reason in score.reasons] == ["ReasonGiven", "ReasonGiven"]
    assert answer.model.digest == shared_toy().bundle.digest


def test_the_model_is_read(package: str, client: Any) -> None:
    """The card, the evidence and the days of the loaded model come typed."""
    answer = call(package, "model.get_model").sync(client=client)
    assert (answer.version, answer.horizons) == ("1", [30, 90, 180, 365])
    assert answer.backtest[0].auc.value == 0.7


def test_a_refusal_is_a_problem(package: str, server: Server, client: Any) -> None:
    """422 comes as a typed problem with its pointer, 401 with its code."""
    models = importlib.import_module(f"{package}.models")
    body = models.ScoresBody.from_dict({**examples.REQUEST, "employees": []})
    problem = call(package, "scores.post_scores").sync(client=client, body=body)
    assert (type(problem).__name__, problem.status, problem.code) == ("Problem", 422, "rule_broken")
    assert [fault.pointer for fault in problem.faults] == ["/employees"]
    with with_key(package, server, "wrong") as stranger:
        refused = call(package, "model.get_model").sync(client=stranger)
    assert (refused.status, refused.code) == (401, "bad_key")
