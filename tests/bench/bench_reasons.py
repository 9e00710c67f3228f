"""How fast reasons are: our compiled loops beside LightGBM's `pred_contrib`, on a served model, in one run.

    python -m tests.bench.bench_reasons [--people 2000] [--rounds 400] [--batches 9]

The model is fitted here on a sample company and has the form that is served: bags merged into one text over all columns
and the interval's number. Both candidates get the same rows of that company, one at a time and a thousand at a time, on
one thread; they take turns, and a ratio is the median over the rounds. Between two turns of ours LightGBM has had the
caches for itself, as the rest of a request would. All contributions must be equal to 1e-9, all raw scores to the last
bit, or the run fails.

"Served" is what a request for reasons at 90 days asks: the risks of four intervals, and contributions to two of them.
"""

import argparse
import json
import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import lightgbm
import numpy as np
from numpy.typing import NDArray

from features.ingest import load
from features.settings import FeatureSettings
from models import forest, kernel, leaves, plan
from models.additive import Additive, additive
from tests.held import DAY
from tests.small_models import stack
from training.fit import fit, gather
from training.sample import make, write
from training.settings import TrainingSettings

ROOT: Final = Path(__file__).resolve().parent.parent.parent
SEED: Final = 7
MANY: Final = 1_000
ROWS: Final = {"one row": 1, "1,000 rows": MANY}

Ask = Callable[[NDArray[np.float32]], NDArray[np.float64]]


@dataclass(frozen=True)
class Model:
    """A fitted score, rows to ask it about, and who is asked; every candidate takes (n, columns) and answers by row."""

    score: Additive
    rows: NDArray[np.float32]
    candidates: Mapping[str, Ask]


def main() -> None:
    """Fit, check that all agree, measure in turn, print the table and write the figures."""
    options = _options()
    model = _model(options.people)
    _check(model)
    seconds = {
        name: _measure(model, count, options.rounds if count == 1 else options.batches) for name, count in ROWS.items()
    }
    figures = _figures(model, seconds) | {"people": options.people, "rounds": options.rounds}
    _print(figures)
    path = ROOT / ".retention" / "bench" / "reasons.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    print(f"\nFigures: {path.relative_to(ROOT)}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=2_000, help="people of the sample company (default: 2000)")
    parser.add_argument("--rounds", type=int, default=400, help="turns with one row (default: 400)")
    parser.add_argument("--batches", type=int, default=9, help="turns with a thousand rows (default: 9)")
    return parser.parse_args()


def _model(people: int) -> Model:
    """A model of the sample company and a thousand rows of its people."""
    with tempfile.TemporaryDirectory() as folder:
        write(make(people, 36, SEED), Path(folder))
        company = load(Path(folder), FeatureSettings(), DAY + 1).company
    settings = TrainingSettings(threads=1)
    known = gather(company, DAY, settings, (12, 4, 2))
    fitted = fit(known, settings)
    chosen = np.random.default_rng(SEED).choice(len(known.matrix), MANY, replace=len(known.matrix) < MANY)
    score = additive(fitted.text, fitted.linear, known.columns)
    return Model(score, np.ascontiguousarray(known.matrix[chosen]), _candidates(score))


def _candidates(score: Additive) -> dict[str, Ask]:
    native = lightgbm.Booster(model_str=score.text)
    width = len(score.lines.columns)
    # Here the interval is a column like any other, as it is to LightGBM.
    whole = replace(forest.parse(score.text, width), columns=width + 2)
    laid, walk = plan.plan(whole, [0] * (len(whole.first_split) - 1)), leaves.walk(score.forest)

    def explain(rows: NDArray[np.float32]) -> NDArray[np.float64]:
        found = np.zeros((len(rows), 1, width + 3))
        kernel.explain(stack(rows, 1), laid, found)
        return found[:, 0]

    def ask(rows: NDArray[np.float32]) -> NDArray[np.float64]:
        found = np.zeros((len(rows), 4))
        kernel.walk(rows, walk, found)
        return found

    def predict(rows: NDArray[np.float32]) -> NDArray[np.float64]:
        return np.asarray(native.predict(stack(rows), raw_score=True, num_threads=1)).reshape(-1, 4)

    def contrib(rows: NDArray[np.float32]) -> NDArray[np.float64]:
        return np.asarray(native.predict(stack(rows, 1), pred_contrib=True, num_threads=1))

    def served(rows: NDArray[np.float32]) -> NDArray[np.float64]:
        return score.explained(rows, 2)[0]

    return {
        "contributions, ours": explain,
        "contributions, LightGBM": contrib,
        "raw scores of 4 intervals, ours": ask,
        "raw scores of 4 intervals, LightGBM": predict,
        "served": served,
    }


def _check(model: Model) -> None:
    """Whether all candidates say the same; also the first call of each, which may have to compile."""
    said = {name: ask(model.rows) for name, ask in model.candidates.items()}
    ours, theirs = said["contributions, ours"], said["contributions, LightGBM"]
    apart = float(np.abs(np.delete(ours, -2, axis=1) - theirs).max())
    same = (said["raw scores of 4 intervals, ours"] == said["raw scores of 4 intervals, LightGBM"]).all()
    if apart > 1e-9 or not same:
        sys.exit(f"Contributions lie {apart:.1e} apart; raw scores are {'equal' if same else 'not equal'}.")
    for ask in model.candidates.values():
        ask(model.rows[:1])


def _measure(model: Model, count: int, rounds: int) -> dict[str, list[float]]:
    """Seconds of every round, by candidate; they take turns in another order each time."""
    seconds: dict[str, list[float]] = {name: [] for name in model.candidates}
    order, generator = list(model.candidates), np.random.default_rng(SEED)
    for turn in range(rounds):
        rows = model.rows[turn % MANY : turn % MANY + 1] if count == 1 else model.rows
        generator.shuffle(order)
        for name in order:
            begun = time.perf_counter()
            model.candidates[name](rows)
            seconds[name].append(time.perf_counter() - begun)
    return seconds


def _figures(model: Model, seconds: Mapping[str, Mapping[str, list[float]]]) -> dict[str, Any]:
    """Microseconds a row, and how many times as fast ours are."""
    of = model.score.forest

    def ratio(found: Mapping[str, list[float]], what: str) -> float:
        pairs = zip(found[f"{what}, LightGBM"], found[f"{what}, ours"], strict=True)
        return statistics.median(theirs / own for theirs, own in pairs)

    return {
        "trees": len(of.first_split) - 1,
        "leaves": len(of.value),
        "columns": len(model.score.lines.columns),
        "microseconds_a_row": {
            size: {name: statistics.median(found) / ROWS[size] * 1e6 for name, found in by_name.items()}
            for size, by_name in seconds.items()
        },
        "times_as_fast": {
            what: {size: ratio(found, what) for size, found in seconds.items()}
            for what in ("contributions", "raw scores of 4 intervals")
        },
        "machine": {"cpus": os.cpu_count(), "load": os.getloadavg()[0], "python": platform.python_version()},
    }


def _print(figures: Mapping[str, Any]) -> None:
    print(f"Reasons: {figures['trees']} trees, {figures['leaves']:,} leaves, {figures['columns']} columns, one thread")
    print(f"{'microseconds a row':36}", *(f"{size:>12}" for size in ROWS))
    by_size = figures["microseconds_a_row"]
    for name in by_size["one row"]:
        print(f"{name:36}", *(f"{by_size[size][name]:12.1f}" for size in ROWS))
    print(f"\n{'times as fast as LightGBM':36}", *(f"{size:>12}" for size in ROWS))
    for what, found in figures["times_as_fast"].items():
        print(f"{what:36}", *(f"{found[size]:12.1f}" for size in ROWS))
    print("(goals for contributions: at least 6 and 20)")


if __name__ == "__main__":
    main()
