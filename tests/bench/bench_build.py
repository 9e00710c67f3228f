"""How fast features are built: the engine beside a careful pandas loop over months, in one run.

    python -m tests.bench.bench_build [--people 20000] [--more 100000] [--rounds 3]

Each measurement is a fresh process with one thread; the candidates take turns, so that a busy machine is busy for all of
them: CPU seconds and ratios can be compared between runs, wall seconds hardly. Both candidates build the same columns of
the same rows, and all of them must be equal (to float32's precision), or the run fails.

The company has late records and no leaves, which the month loop does not know; who is at risk when, and who left when,
is handed to it and not timed. "Of kernel" is the operating system's part of the CPU seconds: first touch of the memory.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np

from features.catalogue import catalogue
from tests.bench.measure_build import SEED, inputs
from tests.bench.random_company import random_company

ROOT: Final = Path(__file__).resolve().parent.parent.parent
ONE_THREAD: Final = dict.fromkeys(("NUMBA_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")

Measured = dict[str, float]
"""What one process measured, by name."""


def main() -> None:
    """Run the rounds, compare the matrices, print the table and write the figures."""
    options = _options()
    with tempfile.TemporaryDirectory() as folder:
        matrices = {candidate: Path(folder) / f"{candidate}.npy" for candidate in ("engine", "pandas")}
        company, larger = Path(folder) / "company.npz", Path(folder) / "larger.npz"
        _measure("input", company, "--people", options.people)
        _measure("input", larger, "--people", options.more)
        runs: dict[str, list[Measured]] = defaultdict(list)
        for _ in range(options.rounds):
            for candidate, matrix in matrices.items():
                runs[candidate].append(_measure(candidate, company, "--output", matrix))
            runs["larger"].append(_measure("engine", larger))
            runs["person"].append(_measure("person", company))
        columns = _compare(**matrices)
    figures = {**_figures(runs), "people": options.people, "larger_people": options.more, "equal_columns": columns}
    _print(figures)
    _write(figures)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=20_000, help="people of the comparison (default: 20000)")
    parser.add_argument("--more", type=int, default=100_000, help="people of the engine's growth (default: 100000)")
    parser.add_argument("--rounds", type=int, default=3, help="times that each candidate runs (default: 3)")
    return parser.parse_args()


def _measure(what: str, *arguments: object) -> Measured:
    """One measurement in a fresh process."""
    command = [sys.executable, "-m", "tests.bench.measure_build", what, *map(str, arguments)]
    environ = {**os.environ, **ONE_THREAD}
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stderr)
    found: Measured = json.loads(done.stdout)
    print(f"{what:8}", *(f"{name}={value:,.2f}" for name, value in found.items()), file=sys.stderr)
    return found


def _compare(engine: Path, pandas: Path) -> int:
    """The number of columns, all of which must be equal."""
    ours, theirs = np.load(engine), np.load(pandas)
    equal = np.isclose(ours, theirs, rtol=1e-5, atol=2e-6, equal_nan=True).all(axis=0)
    if not equal.all():
        _, spec, _ = inputs(random_company(2_000, SEED))
        names = [feature.name for feature, same in zip(catalogue(spec), equal, strict=True) if not same]
        sys.exit(f"Engine and pandas differ in: {', '.join(names)}")
    return len(equal)


def _figures(runs: Mapping[str, list[Measured]]) -> dict[str, Any]:
    """Medians over the rounds, and their ratios."""
    medians = {
        name: {key: statistics.median(run[key] for run in found) for key in found[0]} for name, found in runs.items()
    }

    def over(slow: str, fast: str) -> float:
        pairs = zip(runs[slow], runs[fast], strict=True)
        return statistics.median(one["cpu_s"] / other["cpu_s"] for one, other in pairs)

    machine = {"cpus": os.cpu_count(), "load": os.getloadavg()[0], "python": platform.python_version()}
    return {
        **medians,
        "rounds": len(runs["engine"]),
        "cpu_pandas_over_engine": over("pandas", "engine"),
        "cpu_growth": over("larger", "engine"),
        "row_growth": medians["larger"]["rows"] / medians["engine"]["rows"],
        "machine": machine,
    }


def _print(figures: Mapping[str, Any]) -> None:
    print(f"\nFeatures on 36 month ends, one thread; medians of {figures['rounds']} rounds")
    heads = ("people", "rows", "events", "columns", "CPU s", "of kernel", "wall s", "peak/output")
    print(f"{'':20}", *(f"{head:>11}" for head in heads))
    for name, key, people in (
        ("features.build", "engine", figures["people"]),
        ("pandas month loop", "pandas", figures["people"]),
        ("features.build", "larger", figures["larger_people"]),
    ):
        f = figures[key]
        whole = (people, *(int(f[column]) for column in ("rows", "events", "columns")))
        parts = (f["cpu_s"], f["system_s"], f["wall_s"], f["peak_bytes"] / f["output_bytes"])
        print(f"{name:20}", *(f"{value:>11,}" for value in whole), *(f"{value:>11.2f}" for value in parts))
    person = figures["person"]
    print(f"\nEqual columns              {figures['equal_columns']}")
    print(f"CPU, pandas by engine      {figures['cpu_pandas_over_engine']:.1f} (goal: at least 5)")
    print(
        f"CPU, larger by smaller     {figures['cpu_growth']:.2f} for {figures['row_growth']:.2f} x the rows (goal: 6.5)"
    )
    print(f"One person on one day      {person['cpu_ms']:.2f} ms CPU (least {person['cpu_ms_least']:.2f})")


def _write(figures: Mapping[str, Any]) -> None:
    path = ROOT / ".retention" / "bench" / "build.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    print(f"\nFigures: {path.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
