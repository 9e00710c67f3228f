"""The servers that are compared: how each is started with the same trees, and what it is sent.

Peers get a ready-made row of features and answer one number without reasons; ours gets a person's records. All have two
workers where they can have them, one thread a prediction, and the same two processors.
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import lightgbm
import mlflow.lightgbm

ROOT: Final = Path(__file__).resolve().parent.parent.parent
PEERS: Final = ROOT / ".retention" / "peers"
"""Where `make peers` puts the environments of the peers that cannot share ours."""
SERVERS, CLIENT = {0, 1}, {2, 3}
"""Processors of the servers, and of the client."""
JSON: Final = {"Content-Type": "application/json"}


@dataclass(frozen=True)
class Peer:
    """A server on a port of its own, and the two requests it is sent."""

    name: str
    command: Sequence[str]
    environ: Mapping[str, str]
    port: int
    path: str
    one: bytes
    """One row or person."""
    many: bytes
    """A thousand."""
    headers: Mapping[str, str]

    def start(self, folder: Path) -> "subprocess.Popen[bytes]":
        """Start it; what it says goes to a file in `folder`."""
        with (folder / f"{self.name.replace(' ', '-')}.log").open("wb") as log:
            return subprocess.Popen(
                self.command,
                env={**os.environ, "OMP_NUM_THREADS": "1", **self.environ},
                cwd=ROOT,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_on_servers,  # noqa: PLW1509 - only names the processors
            )


def peers(text: Path, folder: Path, ports: Sequence[int], rows: list[list[float]], person: bytes) -> list[Peer]:
    """Everybody but ourselves, serving the trees of a model text.

    Parameters
    ----------
    folder
        For what they want to have on disk.
    ports
        Seven free ones.
    rows
        A thousand rows, as many columns as the trees read, no null among them: not every peer takes one.
    person
        What ours is sent; the empty route is sent the same bytes.
    """
    empty = Peer("empty FastAPI route", [sys.executable, "-m", "uvicorn", "tests.bench.empty_route:app", *_uvicorn(ports[0])],
                 {}, ports[0], "/empty", person, b"", JSON)  # fmt: skip
    return [
        empty,
        *_mlflow(text, folder, ports[1:3], rows),
        _mlserver(text, folder, ports[3:6], rows),
        _bentoml(text, ports[6], rows),
    ]


def _mlflow(text: Path, folder: Path, ports: Sequence[int], rows: list[list[float]]) -> list[Peer]:
    """With uvloop, which lies beside it here, and as it is installed by itself: without."""
    mlflow.lightgbm.save_model(lightgbm.Booster(model_file=text), folder / "mlflow", pip_requirements=["lightgbm"])
    none = folder / "without-uvloop" / "uvloop"
    none.mkdir(parents=True)
    (none / "__init__.py").write_text("raise ImportError\n", encoding="utf-8")
    one, many = (json.dumps({"inputs": part}).encode() for part in (rows[:1], rows))
    command = [sys.executable, "-m", "mlflow", "models", "serve", "-m", str(folder / "mlflow"), "--env-manager", "local",
               "-w", "2", "-p"]  # fmt: skip
    bare = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    return [
        Peer("mlflow with uvloop", [*command, str(ports[0])], bare, ports[0], "/invocations", one, many, JSON),
        Peer("mlflow as it is", [*command, str(ports[1])], bare | {"PYTHONPATH": str(none.parent)}, ports[1],
             "/invocations", one, many, JSON),
    ]  # fmt: skip


def _mlserver(text: Path, folder: Path, ports: Sequence[int], rows: list[list[float]]) -> Peer:
    """In one process: with workers of its own it is slower (tried)."""
    place = folder / "mlserver"
    place.mkdir()
    model = {"name": "trees", "implementation": "mlserver_lightgbm.LightGBMModel", "parameters": {"uri": str(text)}}
    (place / "model-settings.json").write_text(json.dumps(model), encoding="utf-8")
    served = {"http_port": ports[0], "grpc_port": ports[1], "metrics_port": ports[2], "host": "127.0.0.1",
              "parallel_workers": 0, "debug": False}  # fmt: skip
    (place / "settings.json").write_text(json.dumps(served), encoding="utf-8")
    one, many = (json.dumps(_inference(part)).encode() for part in (rows[:1], rows))
    program = PEERS / "mlserver" / "bin" / "mlserver"
    return Peer(
        "MLServer", [str(program), "start", str(place)], {}, ports[0], "/v2/models/trees/infer", one, many, JSON
    )


def _inference(rows: list[list[float]]) -> dict[str, Any]:
    data = [value for row in rows for value in row]
    return {"inputs": [{"name": "rows", "shape": [len(rows), len(rows[0])], "datatype": "FP64", "data": data}]}


def _bentoml(text: Path, port: int, rows: list[list[float]]) -> Peer:
    program = PEERS / "bentoml" / "bin" / "bentoml"
    command = [str(program), "serve", "tests.bench.peer_bentoml:Trees", "-p", str(port), "--host", "127.0.0.1"]
    one, many = (json.dumps({"rows": part}).encode() for part in (rows[:1], rows))
    quiet = {"TREES": str(text), "BENTOML_DO_NOT_TRACK": "True", "PYTHONPATH": str(ROOT)}
    return Peer("BentoML", command, quiet, port, "/predict", one, many, JSON)


def _uvicorn(port: int) -> list[str]:
    return [
        "--port",
        str(port),
        "--workers",
        "2",
        "--loop",
        "uvloop",
        "--http",
        "httptools",
        "--log-level",
        "warning",
        "--no-access-log",
    ]


def _on_servers() -> None:
    os.sched_setaffinity(0, SERVERS & os.sched_getaffinity(0) or os.sched_getaffinity(0))
