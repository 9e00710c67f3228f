"""A model of the sales force, trained on its first year and held against what happened next.

What happened next comes from the raw file by Python's csv module: neither the mapping nor the label rule is asked.
"""

import csv
import datetime as dt
import gzip
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from features.days import month_ends, to_day
from features.ingest import load
from features.settings import FeatureSettings
from models.hazard import HORIZONS
from tests import compared
from tests.mapped import data_folder, rated_from_the_first_month, run

pytestmark = [pytest.mark.real, pytest.mark.slow]
TRAINED: Final = dt.date(2016, 12, 31)


@pytest.fixture(scope="module")
def scores(shared_data: Path, root: Path, tmp_path_factory: pytest.TempPathFactory) -> pl.DataFrame:
    """Everybody scored on the last day of 2016 by a model that knew no later day, from an export of a year later."""
    folder = data_folder(shared_data, "jobathon", tmp_path_factory.mktemp("jobathon"))
    home = tmp_path_factory.mktemp("home")
    out = home / "scores.parquet"
    run(root, home, "training", "train", "--data", str(folder), "--as-of", str(TRAINED))
    run(root, home, "service", "score", "--data", str(folder), "--as-of", str(TRAINED), "--out", str(out))
    return pl.read_parquet(out)


@pytest.fixture(scope="module")
def days_left(shared_data: Path, scores: pl.DataFrame) -> NDArray[np.float64]:
    """Days from the scoring day to each scored person's last working date; infinite where there is none."""
    last: dict[str, int] = {}
    with gzip.open(shared_data / "jobathon" / "monthly.csv.gz", "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["LastWorkingDate"]:
                month, day, year = (int(part) for part in row["LastWorkingDate"].replace("/", "-").split("-"))
                last[row["Emp_ID"]] = to_day(dt.date(year, month, day)) - to_day(TRAINED)
    return np.array([last.get(name, np.inf) for name in scores["employee_id"]])


def test_everybody_there_is_scored_once(scores: pl.DataFrame, days_left: NDArray[np.float64]) -> None:
    """732 people were there, none of whom had left; every one has risks that grow with the horizon and a reason."""
    assert len(scores) == scores["employee_id"].n_unique() == 732
    assert (days_left > 0).all()
    assert scores["no_score"].null_count() == 732
    risks = scores.select("risk_30", "risk_90", "risk_180", "risk_365").to_numpy()
    assert ((risks > 0) & (risks < 1)).all()
    assert (np.diff(risks, axis=1) >= 0).all()
    assert scores["reason_1"].null_count() == 0


@pytest.mark.parametrize("horizon, left, least", [(30, 66, 0.66), (90, 179, 0.70), (180, 281, 0.72), (365, 408, 0.74)])
def test_who_left_was_ranked_high(
    scores: pl.DataFrame, days_left: NDArray[np.float64], horizon: int, left: int, least: float
) -> None:
    """The AUC against the year that followed reaches what a year of history allows."""
    gone = days_left <= horizon
    assert int(gone.sum()) == left
    assert roc_auc_score(gone, scores[f"risk_{horizon}"].to_numpy()) >= least


def test_the_risks_add_up_to_the_leavers(scores: pl.DataFrame, days_left: NDArray[np.float64]) -> None:
    """Over 90 and 180 days between two thirds and one and a half times the expected number left."""
    for horizon in (90, 180):
        expected = scores[f"risk_{horizon}"].to_numpy().sum()
        assert 0.67 <= float((days_left <= horizon).sum()) / expected <= 1.5


AHEAD: Final = ("mapped", 30, "catboost", "brier_skill")
"""A peer that is ahead: -.083 to -.085, .0017 apart with a standard error of .0083 over the 18 days."""


@pytest.mark.trial
@pytest.mark.timeout(3_600)
@pytest.mark.parametrize(
    "reading, aucs, skill",
    [("published", (0.79, 0.79, 0.79, 0.78), 0.21), ("mapped", (0.73, 0.75, 0.75, 0.74), 0.15)],
)
def test_monthly_cutoffs_beside_the_peers(
    shared_data: Path,
    tmp_path: Path,
    figures: Callable[[str, Mapping[str, object]], Path],
    reading: str,
    aucs: tuple[float, ...],
    skill: float,
) -> None:
    """Over 18 month ends no peer is above the mean AUC or Brier skill of any horizon, but for one that is named.

    Figures published of this file (AUC .787/.792/.800/.795 of the best method) count a quarter's rating from its first
    month on, which knows the quarter's end, and are of 17 other days. With the rating counted from there, as the mapping
    has it, every method loses.
    """
    folder = data_folder(shared_data, "jobathon", tmp_path)
    if reading == "published":
        rated_from_the_first_month(folder)
    company = load(folder, FeatureSettings(), to_day(dt.date(2018, 1, 1))).company
    as_of = to_day(dt.date(2017, 12, 31))
    days = month_ends(to_day(dt.date(2016, 4, 1)), as_of - 90)
    cells = [cell for day in days for cell in compared.at(company, int(day), as_of, compared.ALL)]
    figures(f"jobathon_{reading}", compared.table(cells))
    assert len(days) == 18
    assert compared.mean(cells, "full", 180, "brier_skill") >= skill
    for horizon, auc in zip(HORIZONS, aucs, strict=True):
        assert compared.mean(cells, "full", horizon) >= auc, horizon
        for other in set(compared.ALL) - {"full"}:
            for figure in ("auc", "brier_skill"):
                behind = 0.005 if (reading, horizon, other, figure) == AHEAD else 0.0
                assert compared.gains(cells, other, horizon, figure).mean() > -behind, (horizon, other, figure)
