"""How fast people are scored over HTTP, beside an empty FastAPI route and other model servers, in one run.

    python -m tests.bench.bench_serving [--people 2000] [--rounds 3] [--seconds 2] [--drawn]

Ours answers a person with about 60 records, from features to risks of four horizons, with and without five reasons;
the others answer one ready-made row with one number. A batch is a thousand people with their records and reasons, and
a thousand ready-made rows: the features of the same people. Rows of numbers drawn at random (`--drawn`) are answered
faster, since most of them take short ways through the trees. All serve the trees of the same model, which the bench trains on a sample company; servers
share two processors, the client (wrk) has the others. The candidates take turns in an order drawn anew each round;
ratios are medians over rounds and can be compared between runs, requests a second hardly.

Needs `make peers` and wrk (Debian: apt-get install wrk).
"""

import argparse
import json
import os
import platform
import random
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import numpy as np

from features.blocks import Snapshots
from features.build import build
from service.settings import Settings
from service.store import runs
from service.store.engine import open_store
from tests.bench.peer_servers import CLIENT, JSON, PEERS, ROOT, Peer, peers
from tests.posting import Person, body, people
from tests.running import descendants, free_port, make_key
from tests.served import Toy, day, toy

DAY: Final = "2026-09-15"
RECORDS: Final = 60
EMPTY, MLFLOW = "empty FastAPI route", "mlflow with uvloop"
_WRK: Final = re.compile(
    r"50%\s+([\d.]+)(us|ms|s)|99%\s+([\d.]+)(us|ms|s)|(\d+) requests in ([\d.]+)s|Non-2xx.*: (\d+)"
)
_UNIT: Final = {"us": 1e-3, "ms": 1.0, "s": 1e3}

Figures = dict[str, Any]


def main() -> None:
    """Start everybody, measure in turns, print the tables and write the figures."""
    options = _options()
    if shutil.which("wrk") is None or not all((PEERS / name).is_dir() for name in ("mlserver", "bentoml")):
        sys.exit("This bench needs wrk (Debian: apt-get install wrk) and the other servers (make peers).")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        made = toy(folder, options.people, months=36)
        text = made.bundle.path / "model.txt"
        ours, ids = _ours(made, folder)
        rows = _drawn(made) if options.drawn else _rows(made, ids)
        candidates = [*ours, *peers(text, folder, [free_port() for _ in range(7)], rows, ours[0].one)]
        with _started(candidates, folder):
            one = _measured(candidates, folder, options, "one")
            many = _measured([peer for peer in candidates if peer.many], folder, options, "many")
    figures = {"model": _shape(made), "one": one, "many": many, "cpu": platform.processor(), "cores": os.cpu_count()}
    _print(figures)
    place = ROOT / ".retention" / "bench"
    place.mkdir(parents=True, exist_ok=True)
    (place / "serving.json").write_text(json.dumps(figures, indent=1), encoding="utf-8")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=2_000, help="of the sample company")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=2, help="of each measurement")
    parser.add_argument("--drawn", action="store_true", help="peers get rows of random numbers instead of features")
    return parser.parse_args()


def _ours(made: Toy, folder: Path) -> tuple[list[Peer], list[str]]:
    """Our own server, asked with and without reasons; and the ids of whom it is asked about."""
    home = made.home(folder / "home")
    scoring = ["-m", "service", "score", "--data", str(made.data), "--as-of", DAY]
    settings = {"RETENTION_HOME": str(home), **_UNLIMITED}
    subprocess.run([sys.executable, *scoring], env={**os.environ, **settings}, check=True, capture_output=True)
    port, key = free_port(), make_key(home, "system")
    known = _scored(home)
    posted = [_cut(person) for person in people(made.data) if person["employee_id"] in known]
    posted = sorted(posted, key=lambda person: abs(_records(person) - RECORDS))[:1_000]
    one, many = body(DAY, posted[:1]), body(DAY, posted)
    command = [sys.executable, "-m", "service", "serve", "--no-sync", "--workers", "2", "--port", str(port)]
    headers = {**JSON, "Authorization": f"Bearer {key}"}
    path = "/v1/scores?horizon=90&reasons="
    return [
        Peer("ours, 5 reasons", command, settings, port, f"{path}5", one, many, headers),
        Peer("ours, no reasons", (), settings, port, f"{path}0", one, many, headers),
    ], [person["employee_id"] for person in posted]


_UNLIMITED: Final = {"RETENTION_RATE_PEOPLE": "0", "RETENTION_LOG_REQUESTS": "errors"}
"""One key sends all the load, which no key may otherwise; peers write no line a request either."""


def _scored(home: Path) -> set[str]:
    """Who has a risk in the home's run: nobody is measured by how fast they are refused."""
    store = open_store(Settings(home=home).database_url)
    run = runs.latest(store)
    found = set(runs.levels(store, run)) if run else set[str]()
    store.dispose()
    return found


def _cut(person: Person) -> Person:
    """The person with the newest records of each table, about `RECORDS` in all, without comments (peers have none)."""
    share = RECORDS / max(RECORDS, _records(person))
    for answer in person.get("surveys", ()):
        answer.pop("comment", None)
        answer.pop("language", None)
    return {
        name: value[-max(1, round(len(value) * share)) :]
        if isinstance(value, list) and name != "job_history"
        else value
        for name, value in person.items()
    }


def _records(person: Person) -> int:
    return sum(len(value) for value in person.values() if isinstance(value, list))


def _rows(made: Toy, ids: Sequence[str]) -> list[list[float]]:
    """The features of these people as JSON has them shortest, nulls as 0: not every peer takes one."""
    number = {id_: place for place, id_ in enumerate(made.company.people.employee_id)}
    persons = np.array([number[id_] for id_ in ids], np.int32)
    snapshots = Snapshots(persons, np.full(len(ids), day(DAY), np.int32))
    matrix = np.nan_to_num(build(made.company, made.bundle.manifest.spec, snapshots))
    return [[*(float(str(value)) for value in row), _INTERVAL] for row in matrix]


def _drawn(made: Toy) -> list[list[float]]:
    """Rows of whole numbers."""
    width = len(made.bundle.manifest.columns)
    values = np.random.default_rng(1).integers(0, 400, size=(1_000, width)).astype(np.float64)
    return [[*row, _INTERVAL] for row in values.tolist()]


_INTERVAL: Final = 1.0
"""What stands in the trees' last column: which interval's hazard is asked for."""


@contextmanager
def _started(candidates: Sequence[Peer], folder: Path) -> Iterator[None]:
    """All servers up and answering; all ended with everything they started."""
    processes = [peer.start(folder) for peer in candidates if peer.command]
    try:
        for peer in candidates:
            _wait(peer, folder, processes)
        yield
    finally:
        for process in processes:
            for pid in descendants(process.pid):  # some of BentoML's are in groups of their own
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            process.wait()


def _wait(peer: Peer, folder: Path, processes: "Sequence[subprocess.Popen[bytes]]") -> None:
    asked = urllib.request.Request(f"http://127.0.0.1:{peer.port}{peer.path}", peer.one, dict(peer.headers))
    until = time.monotonic() + 120
    while True:
        try:
            with urllib.request.urlopen(asked, timeout=30) as answer:
                answer.read()
        except OSError as error:
            if time.monotonic() > until or any(process.poll() is not None for process in processes):
                logs = "\n".join(log.read_text(errors="replace")[-2_000:] for log in folder.glob("*.log"))
                sys.exit(f"{peer.name} does not answer ({error}).\n{logs}")
            time.sleep(0.5)
        else:
            return


def _measured(candidates: Sequence[Peer], folder: Path, options: argparse.Namespace, size: str) -> dict[str, Figures]:
    """By candidate: medians over the rounds."""
    rounds: dict[str, list[Figures]] = {peer.name: [] for peer in candidates}
    generator = random.Random(1)
    for _ in range(options.rounds):
        for peer in generator.sample(candidates, len(candidates)):
            busy = _wrk(peer, folder, size, 16 if size == "one" else 4, options.seconds * (1 if size == "one" else 2))
            alone = _wrk(peer, folder, size, 1, max(1, options.seconds // 2)) if size == "one" else {}
            rounds[peer.name].append({**busy, **{f"{name}_alone": value for name, value in alone.items()}})
    return {
        name: {figure: statistics.median(one[figure] for one in found) for figure in found[0]}
        | {"of_empty": _ratio(rounds, name, EMPTY), "of_mlflow": _ratio(rounds, name, MLFLOW)}
        for name, found in rounds.items()
    }


def _ratio(rounds: dict[str, list[Figures]], name: str, other: str) -> float | None:
    if other not in rounds:
        return None
    return float(statistics.median(a["rate"] / b["rate"] for a, b in zip(rounds[name], rounds[other], strict=True)))


def _wrk(peer: Peer, folder: Path, size: str, connections: int, seconds: int) -> Figures:
    """Requests a second, milliseconds at the median and at 99 %, and answers that were none."""
    script, content = folder / "post.lua", folder / "content"
    content.write_bytes(getattr(peer, size))
    lines = [f'wrk.headers["{name}"]="{value}"' for name, value in peer.headers.items()]
    read = f'local f=io.open("{content}","rb"); wrk.body=f:read("*a"); f:close()'
    script.write_text("\n".join(['wrk.method="POST"', *lines, read]), encoding="utf-8")
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}", "--timeout", "60", "--latency", "-s", str(script),
               f"http://127.0.0.1:{peer.port}{peer.path}"]  # fmt: skip
    cores = ",".join(map(str, sorted(CLIENT & os.sched_getaffinity(0)) or [0]))
    done = subprocess.run(["taskset", "-c", cores, *command], capture_output=True, text=True, check=True)
    return _read(_WRK.findall(done.stdout))


def _read(found: Iterable[tuple[str, ...]]) -> Figures:
    figures: Figures = {"p50": 0.0, "p99": 0.0, "rate": 0.0, "failed": 0}
    asked, seconds = 0, 1.0
    for half, half_unit, most, most_unit, count, lasted, failed in found:
        figures |= {"p50": float(half) * _UNIT[half_unit]} if half else {}
        figures |= {"p99": float(most) * _UNIT[most_unit]} if most else {}
        figures |= {"failed": int(failed)} if failed else {}
        asked, seconds = (int(count), float(lasted)) if count else (asked, seconds)
    return {**figures, "rate": (asked - figures["failed"]) / seconds}


def _shape(made: Toy) -> Figures:
    leaves = [int(count) for count in re.findall(r"num_leaves=(\d+)", made.bundle.model_text)]
    return {"trees": len(leaves), "leaves": sum(leaves), "columns": len(made.bundle.manifest.columns)}


def _print(figures: Figures) -> None:
    print(f"The model: {figures['model']}")
    for size, connections in (("one", 16), ("many", 4)):
        print(f"\n{'one person or row' if size == 'one' else 'a thousand'}, {connections} connections")
        print(f"{'':22}{'a second':>10}{'p50 ms':>9}{'p99 ms':>9}{'x empty':>9}{'x mlflow+uvloop':>17}{'failed':>8}")
        for name, row in figures[size].items():
            ratios = [f"{row[of]:.2f}" if row[of] is not None else "" for of in ("of_empty", "of_mlflow")]
            print(
                f"{name:22}{row['rate']:>10.1f}{row['p50']:>9.2f}{row['p99']:>9.2f}{ratios[0]:>9}{ratios[1]:>17}{row['failed']:>8}"
            )


if __name__ == "__main__":
    main()
