"""Schemathesis against the real server, over a socket, with a key of every role: nothing that is not in the document."""

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from service.access.keys import ROLES
from tests import fuzzing
from tests.running import Server, running
from tests.served import shared_toy

SEED: Final = "20261121"
Figures = Callable[[str, Mapping[str, object]], Path]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with a model."""
    with running(shared_toy().home(tmp_path_factory.mktemp("home")), "--no-sync", until="/readyz") as server:
        yield server


def fuzz(server: Server, folder: Path, role: str, examples: int, phases: str) -> tuple[Counter[str], str]:
    """Run Schemathesis with a key of that role: how many cases of each kind there were, and what it says."""
    config, counts = folder / "schemathesis.toml", folder / "counts.json"
    config.write_text(fuzzing.CONFIG, encoding="utf-8")
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(config), "run"),
        *(f"http://127.0.0.1:{server.port}/openapi.json", "-H", f"Authorization: Bearer {server.key_of(role)}"),
        *("--phases", phases, "-n", str(examples), "--seed", SEED, "--generation-database", "none"),
        *("--no-color", "--continue-on-failure", "--request-timeout", "20"),
    ]
    known = {"SCHEMATHESIS_HOOKS": "tests.fuzzing", fuzzing.ROLE: role, fuzzing.COUNTS: str(counts)}
    done = subprocess.run(
        command, env={**os.environ, **known}, capture_output=True, text=True, timeout=3_000, check=False
    )
    assert done.returncode == 0, done.stdout[-6_000:] + done.stderr[-2_000:]
    return Counter(json.loads(counts.read_text(encoding="utf-8"))), done.stdout


def of(counts: Counter[str], *parts: str) -> int:
    """How many cases have all these parts in their kind."""
    return sum(number for kind, number in counts.items() if set(parts) <= set(kind.split(" ")))


@pytest.mark.parametrize("role", ROLES)
def test_no_answer_but_those_of_the_document(
    server: Server, tmp_path: Path, role: str, trial: bool, figures: Figures
) -> None:
    """Every status, header and body is declared; no 5xx; what breaks the schema is refused; roles are kept."""
    main = role == "system"
    examples = 400 if trial else 12 if main else 4
    counts, _ = fuzz(server, tmp_path, role, examples, "coverage,fuzzing" if main or trial else "fuzzing")
    scored = of(counts, "/v1/scores", "positive", "200")
    assert sum(counts.values()) >= examples
    assert (scored > 30) == main
    assert main or not of(counts, "/v1/scores", "200")
    print(role, sum(counts.values()), "cases,", scored, "of them people scored")
    figures(f"schemathesis-{role}", {"cases": sum(counts.values()), "failures": 0, **counts})


def test_the_document_s_own_examples_are_answered(server: Server) -> None:
    """What the documentation shows may be sent as it stands, as JSON and as lines."""
    document: dict[str, Any] = server.fetch("GET", "/openapi.json").json
    for media_type, content in document["paths"]["/v1/scores"]["post"]["requestBody"]["content"].items():
        for example in content["examples"].values():
            value = example["value"]
            sent = value if isinstance(value, str) else json.dumps(value)
            reply = server.fetch("POST", "/v1/scores", sent.encode(), {"Content-Type": media_type})
            assert reply.status == 200, reply.content
            assert reply.headers["content-type"] == media_type
