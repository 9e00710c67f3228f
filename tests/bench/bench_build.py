"""How fast features are built: the engine beside a careful pandas loop over months, in one run.

    python -m tests.bench.bench_build [--people 20000] [--more 100000] [--rounds 3]

Each measurement is a fresh process with one thread; the candidates take turns, so that a busy machine is busy for all of
them. CPU seconds and ratios can be compared between runs, wall seconds hardly. Before the clock starts the input is in
memory, the loops are compiled and everything has run once on a small company. Both candidates build the same rows, and
all their columns must be equal (to float32's precision), or the run fails.
"""

import argparse
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import timeit
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np

from features.blocks import Snapshots
from features.build import build, person_features
from features.catalogue import catalogue
from features.company import PERSONAL, Company, partition
from features.days import NEVER, month_ends
from features.presence import at_risk, exits
from features.spec import FeatureSpec, feature_spec
from tests.bench import month_loop, stored_company
from tests.bench.random_company import FIRST, LENGTH, random_company

ROOT: Final = Path(__file__).resolve().parent.parent.parent
SEED: Final = 20_261_121
ONE_THREAD: Final = dict.fromkeys(("NUMBA_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")

Rows = dict[int, Any]
"""Persons at risk by day."""
Runs = dict[str, list[dict[str, float]]]
"""What each candidate measured, round by round."""


def main() -> None:
    """Run the rounds, compare the matrices, print the table and write the figures."""
    options = _options()
    if options.child:
        print(json.dumps(measure(options.child, options.input, options.output)))
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        inputs = {people: folder / f"{people}.npz" for people in (options.people, options.more)}
        for people, path in inputs.items():
            stored_company.save(random_company(people, SEED), path)
        outputs = {candidate: folder / f"{candidate}.npy" for candidate in ("engine", "pandas")}
        runs: Runs = defaultdict(list)
        for _ in range(options.rounds):
            for candidate in ("engine", "pandas", "person"):
                runs[candidate].append(_child(candidate, inputs[options.people], outputs.get(candidate)))
            runs["more"].append(_child("engine", inputs[options.more], None))
        columns = _compare(outputs["engine"], outputs["pandas"])
    figures = {**_figures(runs), "people": options.people, "more_people": options.more, "equal_columns": columns}
    _print(figures)
    _write(figures)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=20_000, help="people of the comparison (default: 20000)")
    parser.add_argument("--more", type=int, default=100_000, help="people of the engine's growth (default: 100000)")
    parser.add_argument("--rounds", type=int, default=3, help="times that each candidate runs (default: 3)")
    parser.add_argument("--child", choices=("engine", "pandas", "person"), help=argparse.SUPPRESS)
    parser.add_argument("--input", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--output", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args()


def _child(candidate: str, source: Path, output: Path | None) -> dict[str, float]:
    """One measurement in a fresh process."""
    command = [sys.executable, "-m", "tests.bench.bench_build", "--child", candidate, "--input", str(source)]
    command += [] if output is None else ["--output", str(output)]
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **ONE_THREAD}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(done.stderr)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    print(f"  {candidate:8}", {name: round(value, 2) for name, value in found.items()}, file=sys.stderr)
    return found


def measure(candidate: str, source: Path, output: Path | None) -> dict[str, float]:
    """CPU and wall seconds, rows, bytes and peak memory of one candidate; its matrix goes to `output`, if given."""
    run = {"engine": by_engine, "pandas": by_pandas}.get(candidate)
    if run is None:
        return one_person(stored_company.load(source))
    _run(run, random_company(60, SEED))
    company = stored_company.load(source)
    spec, rows = _inputs(company)
    before, cpu, wall = _peak(), time.process_time(), time.perf_counter()
    matrix = run(company, spec, rows)
    found = {
        "cpu_s": time.process_time() - cpu,
        "wall_s": time.perf_counter() - wall,
        "peak_bytes": _peak() - before,
        "output_bytes": matrix.nbytes,
        "rows": len(matrix),
        "columns": matrix.shape[1],
        "events": sum(len(getattr(company, name).person) for name in PERSONAL if getattr(company, name) is not None),
    }
    if output is not None:
        np.save(output, matrix)
    return found


def one_person(company: Company) -> dict[str, float]:
    """Milliseconds for the person features of one person on one day, out of a company of one."""
    spec, rows = _inputs(company)
    day, persons = list(rows.items())[-1]
    alone = [partition(company, person, person + 1) for person in persons[:20].tolist()]
    asked = [Snapshots(persons[place : place + 1], np.full(1, day, np.int32)) for place in range(20)]

    def run() -> None:
        for one, row in zip(alone, asked, strict=True):
            person_features(one, spec, row)

    run()
    times = timeit.repeat(run, number=1, repeat=50, timer=time.process_time)
    return {"cpu_ms": statistics.median(times) * 1_000 / 20, "cpu_ms_least": min(times) * 1_000 / 20}


def by_engine(company: Company, spec: FeatureSpec, rows: Rows) -> Any:
    """The matrix of `features.build`."""
    days = np.repeat(np.asarray(list(rows), np.int32), [len(persons) for persons in rows.values()])
    return build(company, spec, Snapshots(np.concatenate(list(rows.values())), days))


def by_pandas(company: Company, spec: FeatureSpec, rows: Rows) -> Any:
    """The matrix of the month loop."""
    return month_loop.build(company, spec, rows, exits(company, NEVER)).to_numpy()


def _run(candidate: Any, company: Company) -> Any:
    return candidate(company, *_inputs(company))


def _inputs(company: Company) -> tuple[FeatureSpec, Rows]:
    days = month_ends(FIRST, FIRST + LENGTH)
    rows = {int(day): np.flatnonzero(at_risk(company, int(day))).astype(np.int32) for day in days}
    return feature_spec(company, FIRST + LENGTH), rows


def _peak() -> int:
    """The most memory the process ever held, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1_024


def _compare(engine: Path, pandas: Path) -> int:
    """The number of columns, all of which must be equal."""
    ours, theirs = np.load(engine), np.load(pandas)
    equal = np.isclose(ours, theirs, rtol=1e-5, atol=2e-6, equal_nan=True).all(axis=0)
    if ours.shape != theirs.shape or not equal.all():
        spec, _ = _inputs(random_company(2_000, SEED))
        names = [feature.name for feature, same in zip(catalogue(spec), equal, strict=True) if not same]
        sys.exit(f"Engine and pandas differ in: {', '.join(names)}")
    return len(equal)


def _figures(runs: Runs) -> dict[str, Any]:
    """Medians over the rounds, and their ratios."""
    medians = {
        name: {key: statistics.median(run[key] for run in found) for key in found[0]} for name, found in runs.items()
    }
    ratios = [slow["cpu_s"] / fast["cpu_s"] for slow, fast in zip(runs["pandas"], runs["engine"], strict=True)]
    return {
        **medians,
        "rounds": len(ratios),
        "cpu_pandas_over_engine": statistics.median(ratios),
        "cpu_growth": medians["more"]["cpu_s"] / medians["engine"]["cpu_s"],
        "row_growth": medians["more"]["rows"] / medians["engine"]["rows"],
        "machine": {
            "cpus": os.cpu_count(),
            "load": os.getloadavg()[0],
            "python": platform.python_version(),
            "numpy": np.__version__,
        },
    }


def _print(figures: Mapping[str, Any]) -> None:
    print(
        f"\nFeatures of {figures['people']:,} people on 36 month ends, medians of {figures['rounds']} rounds, one thread"
    )
    print(f"{'':22}{'people':>9}{'rows':>11}{'events':>12}{'columns':>9}{'CPU s':>8}{'wall s':>8}{'peak / output':>15}")
    for name, key, people in (
        ("features.build", "engine", figures["people"]),
        ("pandas month loop", "pandas", figures["people"]),
        ("features.build", "more", figures["more_people"]),
    ):
        f = figures[key]
        print(f"{name:22}{people:>9,}{f['rows']:>11,.0f}{f['events']:>12,.0f}{f['columns']:>9.0f}{f['cpu_s']:>8.2f}"
              f"{f['wall_s']:>8.2f}{f['peak_bytes'] / f['output_bytes']:>15.2f}")  # fmt: skip
    print(f"\nEqual columns                      {figures['equal_columns']}")
    print(f"CPU, pandas / engine               {figures['cpu_pandas_over_engine']:.1f} x   (goal: at least 5)")
    print(
        f"CPU growth for {figures['row_growth']:.2f} x the rows     {figures['cpu_growth']:.2f} x   (goal: at most 6.5)"
    )
    print(
        f"One person, one day                {figures['person']['cpu_ms']:.2f} ms (least {figures['person']['cpu_ms_least']:.2f})"
    )


def _write(figures: Mapping[str, Any]) -> None:
    path = ROOT / ".retention" / "bench" / "build.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    print(f"\nFigures: {path.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
