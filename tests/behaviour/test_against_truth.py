"""The fitted model held against the sample company's true hazards, which no table contains."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pytest
from numpy.typing import NDArray

from features.blocks import Snapshots
from features.build import build
from features.company import VOLUNTARY
from features.days import to_day
from features.ingest import load
from features.presence import at_risk, no_score
from features.settings import FeatureSettings
from models import metrics
from models.additive import additive
from models.hazard import HORIZONS
from training.fit import FULL, fit, gather
from training.sample import END, make, write
from training.settings import TrainingSettings

Figures = Callable[[str, Mapping[str, object]], Path]

TENURES: Final = {1: (0.5, 1.5), 5: (4.0, 6.0), 15: (12.0, 18.0)}
"""Years of tenure, and the band of years that stands for them."""
DAY: Final = to_day(END)


@dataclass(frozen=True)
class Held:
    """One company scored on its last day: what was said, what was true, and what came to pass afterwards."""

    said: NDArray[np.float64]
    true: NDArray[np.float64]
    hazard: NDArray[np.float64]
    left: NDArray[np.bool_]
    years: NDArray[np.float64]


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory, trial: bool) -> Held:
    """Fit and score a sample company on its last day; its true hazards and exits reach a year beyond it."""
    sample = make(10_000 if trial else 1_500, 36, seed=11)
    folder = tmp_path_factory.mktemp("truth") / "data"
    write(sample, folder)
    company = load(folder, FeatureSettings(), DAY + 1).company
    known = gather(company, DAY, TrainingSettings(threads=2), (12, 4, 2))
    fitted = fit(known, TrainingSettings(threads=2))
    assert fitted.mode == FULL
    person = np.flatnonzero(at_risk(company, DAY)).astype(np.int32)
    person = person[[code is None for code in no_score(company, person, DAY)]]
    rows = build(company, known.spec, Snapshots(person, np.full(len(person), DAY, np.int32)))
    ids = [company.people.employee_id[p] for p in person]
    truth = sample.truth
    place = {key: row for row, key in enumerate(zip(truth.employee_id, truth.hire.tolist(), strict=True))}
    at = np.array([place[one, int(company.people.hire[p])] for one, p in zip(ids, person, strict=True)])
    gone = (truth.exit[at][:, None] <= DAY + np.array(HORIZONS)) & (truth.kind[at] == VOLUNTARY)[:, None]
    return Held(
        said=additive(fitted.text, fitted.linear, known.columns).risks(rows),
        true=np.stack([truth.risk(ids, DAY, horizon) for horizon in HORIZONS], axis=1),
        hazard=truth.hazard_at(ids, DAY),
        left=gone,
        years=(DAY - company.people.hire[person]) / 365.25,
    )


def test_ranking_comes_near_the_true_hazard(held: Held, figures: Figures) -> None:
    """At 90, 180 and 365 days the model's AUC is at least .8 of what the true hazard of the day itself reaches."""
    found = {}
    for place, horizon in enumerate(HORIZONS):
        own = metrics.auc(held.left[:, place], held.said[:, place])
        oracle = metrics.auc(held.left[:, place], held.hazard)
        found[f"{horizon} days"] = {
            "model": round(own, 3),
            "true hazard": round(oracle, 3),
            "ratio": round(own / oracle, 3),
        }
        assert horizon == 30 or own > 0.8 * oracle
    print(figures("truth_auc", found).read_text())


def test_levels_agree_with_the_truth_by_tenure(held: Held, figures: Figures) -> None:
    """The mean predicted 365-day risk is within a third of the true mean around 1, 5 and 15 years of tenure."""
    found = {}
    for years, (low, high) in TENURES.items():
        band = (held.years >= low) & (held.years < high)
        ratio = held.said[band, -1].mean() / held.true[band, -1].mean()
        found[f"{years} years"] = {"people": int(band.sum()), "predicted by true": round(float(ratio), 3)}
        assert 2 / 3 < ratio < 4 / 3
    print(figures("truth_tenure", found).read_text())


def test_levels_agree_with_the_truth_at_every_horizon(held: Held, figures: Figures) -> None:
    """Over all people the mean predicted risk is within a fifth of the true mean."""
    ratios = held.said.mean(axis=0) / held.true.mean(axis=0)
    found = {f"{horizon} days": round(float(ratio), 3) for horizon, ratio in zip(HORIZONS, ratios, strict=True)}
    print(figures("truth_level", found).read_text())
    assert ((ratios > 0.8) & (ratios < 1.25)).all()


def test_the_last_day_of_the_sample_is_a_month_end() -> None:
    """The day scored here is the one the documentation names."""
    assert dt.date(2026, 9, 30) == END


def test_nothing_true_lies_in_the_folder(tmp_path: Path) -> None:
    """The data folder holds contract tables and nothing that could be the answer key."""
    write(make(120, 14, seed=3), tmp_path / "data")
    tables = sorted(file.name.removesuffix(".parquet") for file in (tmp_path / "data").iterdir())
    assert tables == [
        "absences", "actions", "checkins", "directory", "employees", "job_history", "objections", "protected", "signals",
        "surveys", "team_signals", "tickets",
    ]  # fmt: skip
