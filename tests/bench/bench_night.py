"""What a whole nightly run costs beside the building of its features, in one run.

    python -m tests.bench.bench_night [--people 200000] [--model 2000] [--rounds 3]

One real night of a sample company's data folder, from reading it to the published run in SQLite, with everything that is
published alongside; each stage is timed where it is called. Then the features of the same people on the same day are built,
and those of 36 month ends, as training needs them. The model is fitted on a smaller sample company with the same columns;
its trees and leaves are stated.

Three ratios, since "the feature build" can mean three things: from the folder to features (what any command must do before
it can score), the engine alone for one day, and the engine alone for the month ends that a model is trained on.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from features import build, presence
from features.blocks import Snapshots
from features.company import Company
from features.days import month_ends, to_day
from features.settings import FeatureSettings
from models.bands import Bands
from models.risk import RiskModel
from service import alongside, checked, night_people, nightly
from service.bundles import Champion
from service.nightly import Night
from service.serving import Serving
from service.settings import Settings
from service.store import runs
from service.store.engine import open_store
from service.store.leases import Lease
from tests.served import TRAINED_TO, toy
from training.sample import END

ROOT: Final = Path(__file__).resolve().parents[2]
SEED: Final = 7
MONTHS: Final = 36
DAY: Final = TRAINED_TO + 45
_STAGES: Final[tuple[tuple[Any, str, str], ...]] = (
    (nightly, "load", "reading"),
    (nightly, "valued", "comments"),
    (checked, "checked", "gates"),
    (night_people, "rows", "risks and reasons"),
    (nightly, "alongside", "alongside"),
    (nightly, "_rises", "rises"),
    (runs, "publish", "publishing"),
)
"""Where each stage of a night is called: module, function, what it is called here."""

Seconds = dict[str, float]


def main() -> None:
    """Make the input, run the night, build features beside it, print the table and write the figures."""
    options = _options()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        asked = ["--employees", str(options.people), "--months", str(MONTHS), "--seed", str(SEED)]
        sample = [sys.executable, "-m", "training", "sample", *asked, "--out", str(folder / "data")]
        subprocess.run(sample, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        bundle = toy(folder / "model", options.model, MONTHS).bundle
        serving = Serving(
            Champion("retention-risk", "1", "", bundle.digest), RiskModel.load(bundle.path, bundle.digest)
        )
        night = Night(folder / "data", DAY, to_day(END), "2026-01-01T00:00:00Z", FeatureSettings(), Bands(),
                      options.threads)  # fmt: skip
        _compile(folder, serving, night)
        seconds, found = _night(folder, serving, night)
        beside = _beside(found["valued"], serving, options.rounds)
        size = (folder / "home" / "retention.db").stat().st_size
    _report(_figures(seconds, beside, serving) | {"people": found["people"], "store_bytes": size,
                                                  "threads": options.threads, "machine": _machine()})  # fmt: skip


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=200_000, help="of the company (default: 200000)")
    parser.add_argument("--model", type=int, default=2_000, help="people the model is fitted on (default: 2000)")
    parser.add_argument("--rounds", type=int, default=3, help="times that features are built (default: 3)")
    parser.add_argument(
        "--threads", type=int, default=Settings().threads, help="of the night (default: as the service)"
    )
    return parser.parse_args()


def _compile(folder: Path, serving: Serving, night: Night) -> None:
    """A night of the small company first, so that no loop is compiled on the clock."""
    store = open_store(f"sqlite:///{folder / 'first.db'}")
    small = replace(night, folder=folder / "model" / "data")
    nightly.run(small, store, serving, lambda _people: lambda _stage, _more: None)
    store.dispose()


def _night(folder: Path, serving: Serving, night: Night) -> tuple[Seconds, dict[str, Any]]:
    """Seconds by stage of one night, and the company as it was read."""
    (folder / "home").mkdir()
    store = open_store(Settings(home=folder / "home").database_url)
    seconds, kept = defaultdict[str, float](float), dict[str, Any]()
    with _timed(seconds, kept):
        began = time.perf_counter()
        done = nightly.run(night, store, serving, lambda _people: lambda _stage, _more: None)
        seconds["in all"] = time.perf_counter() - began
    store.dispose()
    return dict(seconds), {**kept, "people": done.scored + done.refused}


@contextmanager
def _timed(seconds: Seconds, kept: dict[str, Any]) -> Iterator[None]:
    """Note how long each stage takes, each part of what is published alongside, and keep the company that was read."""
    was = [(module, name, getattr(module, name)) for module, name, _ in _STAGES]
    was += [(Lease, "stage", Lease.stage), (alongside, "PARTS", alongside.PARTS)]
    parts = tuple(_clocked(part, f"alongside: {part.__module__}", seconds, {}) for part in alongside.PARTS)
    try:
        for module, name, called in _STAGES:
            setattr(module, name, _clocked(getattr(module, name), called, seconds, kept))
        Lease.stage = _clocked(Lease.stage, "of which staging", seconds, {})  # type: ignore[method-assign]
        alongside.PARTS = parts  # type: ignore[misc]
        yield
    finally:
        for module, name, before in was:
            setattr(module, name, before)


def _clocked(work: Callable[..., Any], called: str, seconds: Seconds, kept: dict[str, Any]) -> Callable[..., Any]:
    def clocked(*given: Any, **named: Any) -> Any:
        began = time.perf_counter()
        found = work(*given, **named)
        seconds[called] += time.perf_counter() - began
        if isinstance(found, Company):
            kept[work.__name__] = found
        return found

    return clocked


def _beside(company: Company, serving: Serving, rounds: int) -> Seconds:
    """Seconds for the features of the people of the day, and of all month ends; medians."""
    spec, days = serving.model.spec, month_ends(DAY - 365 * 3, DAY)
    one: list[float] = []
    many: list[float] = []
    for _ in range(rounds):
        for asked, found in ((np.array([DAY], np.int32), one), (days, many)):
            persons = [np.flatnonzero(presence.at_risk(company, int(day))).astype(np.int32) for day in asked]
            rows = Snapshots(
                np.concatenate(persons), np.repeat(asked.astype(np.int32), [len(some) for some in persons])
            )
            began = time.perf_counter()
            build.build(company, spec, rows)
            found.append(time.perf_counter() - began)
    return {"one day": statistics.median(one), "36 month ends": statistics.median(many)}


def _figures(seconds: Seconds, beside: Seconds, serving: Serving) -> dict[str, Any]:
    forest = serving.model.score.forest
    before = seconds["reading"] + seconds["comments"]
    scored = seconds["in all"] - before
    return {
        "seconds": seconds,
        "features_seconds": beside,
        "of_folder_to_features": seconds["in all"] / (before + beside["one day"]),
        "of_features_of_the_day": scored / beside["one day"],
        "of_features_of_36_months": scored / beside["36 month ends"],
        "model": {"trees": len(forest.first_split) - 1, "leaves": len(forest.value),
                  "columns": len(serving.model.features)},
    }  # fmt: skip


def _machine() -> dict[str, Any]:
    return {"cpus": os.cpu_count(), "load": os.getloadavg()[0], "python": platform.python_version()}


def _report(figures: dict[str, Any]) -> None:
    model, people = figures["model"], figures["people"]
    print(f"A night of {people:,} people, {figures['threads']} threads; {model['trees']} trees, {model['leaves']:,} leaves, "
          f"{model['columns']} columns")  # fmt: skip
    for name, took in figures["seconds"].items():
        print(f"  {name:34}{took:9.2f} s {took / people * 1e6:9.1f} us a person")
    for name, took in figures["features_seconds"].items():
        print(f"features of {name:24}{took:9.2f} s")
    print(
        f"\nThe whole command, by folder to features            {figures['of_folder_to_features']:.2f} (goal: at most 2)"
    )
    print(f"All but reading, by the features of the same day    {figures['of_features_of_the_day']:.2f}")
    print(f"All but reading, by the features of 36 month ends   {figures['of_features_of_36_months']:.2f}")
    place = ROOT / ".retention" / "bench"
    place.mkdir(parents=True, exist_ok=True)
    (place / "night.json").write_text(json.dumps(figures, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
