"""One measurement in a process of its own: `bench_build` starts it and reads the JSON line that it prints.

The input is in memory, the loops are compiled and everything has run once on a small company before the clock starts.
"""

import argparse
import json
import resource
import statistics
import time
import timeit
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np

from features.blocks import Snapshots
from features.build import build, person_features
from features.company import PERSONAL, Company, partition
from features.days import NEVER, month_ends
from features.presence import at_risk, exits
from features.spec import FeatureSpec, feature_spec
from tests.bench import month_loop, stored_company
from tests.bench.random_company import FIRST, LENGTH, random_company

SEED: Final = 20_261_121

Rows = dict[int, Any]
"""Persons at risk by day."""


def main() -> None:
    """Make an input, or measure a candidate on one."""
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=("input", "engine", "pandas", "person"))
    parser.add_argument("file", type=Path, help="the company")
    parser.add_argument("--people", type=int, default=0, help="of the input to make")
    parser.add_argument("--output", type=Path, help="where the matrix goes")
    options = parser.parse_args()
    found: dict[str, float] = {}
    if options.what == "input":
        stored_company.save(random_company(options.people, SEED), options.file)
    elif options.what == "person":
        found = one_person(stored_company.load(options.file))
    else:
        found = whole_company({"engine": by_engine, "pandas": by_pandas}[options.what], options.file, options.output)
    print(json.dumps(found))


def whole_company(
    run: Callable[[Company, FeatureSpec, Rows], Any], file: Path, output: Path | None
) -> dict[str, float]:
    """CPU seconds (the kernel's part beside), wall seconds, rows, bytes and peak memory above the input of one candidate."""
    run(*inputs(random_company(60, SEED)))
    company, spec, rows = inputs(stored_company.load(file))
    before, wall = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    matrix = run(company, spec, rows)
    wall, after = time.perf_counter() - wall, resource.getrusage(resource.RUSAGE_SELF)
    user, system = after.ru_utime - before.ru_utime, after.ru_stime - before.ru_stime
    found = {
        "cpu_s": user + system,
        "system_s": system,
        "wall_s": wall,
        "peak_bytes": (after.ru_maxrss - before.ru_maxrss) * 1_024,
        "output_bytes": matrix.nbytes,
        "rows": len(matrix),
        "columns": matrix.shape[1],
        "events": sum(len(getattr(company, name).person) for name in PERSONAL if getattr(company, name) is not None),
    }
    if output is not None:
        np.save(output, matrix)
    return found


def one_person(company: Company) -> dict[str, float]:
    """Milliseconds for the person features of one person on one day, out of a company of one; mean of twenty people."""
    company, spec, rows = inputs(company)
    day, persons = list(rows.items())[-1]
    asked = [
        (partition(company, person, person + 1), Snapshots(np.asarray([person], np.int32), np.asarray([day], np.int32)))
        for person in persons[:20].tolist()
    ]

    def run() -> None:
        for alone, row in asked:
            person_features(alone, spec, row)

    run()
    times = timeit.repeat(run, number=1, repeat=50, timer=time.process_time)
    return {"cpu_ms": statistics.median(times) * 1_000 / len(asked), "cpu_ms_least": min(times) * 1_000 / len(asked)}


def by_engine(company: Company, spec: FeatureSpec, rows: Rows) -> Any:
    """The matrix of `features.build`."""
    days = np.repeat(np.asarray(list(rows), np.int32), [len(persons) for persons in rows.values()])
    return build(company, spec, Snapshots(np.concatenate(list(rows.values())), days))


def by_pandas(company: Company, spec: FeatureSpec, rows: Rows) -> Any:
    """The matrix of the month loop."""
    return month_loop.build(company, spec, rows, exits(company, NEVER)).to_numpy()


def inputs(company: Company) -> tuple[Company, FeatureSpec, Rows]:
    """A company, its columns, and everybody at risk on 36 month ends."""
    days = month_ends(FIRST, FIRST + LENGTH)
    rows = {int(day): np.flatnonzero(at_risk(company, int(day))).astype(np.int32) for day in days}
    return company, feature_spec(company, FIRST + LENGTH), rows


if __name__ == "__main__":
    main()
