"""The models others would try: the rows they learn from, their risks against what is known, and what is not installed."""

import datetime as dt
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import lightgbm
import numpy as np
import pytest
from numpy.typing import NDArray

from features.blocks import Snapshots
from features.build import build
from features.company import Company
from features.days import to_day
from features.ingest import load
from features.settings import FeatureSettings
from tests import builders
from training import peers
from training.fit import Known, gather
from training.settings import TrainingSettings

TODAY: Final = to_day(dt.date(2022, 1, 31))
CADENCE: Final = FeatureSettings().cadence
bench = pytest.mark.skipif(find_spec("sksurv") is None, reason="the extra 'bench' is not installed: make peers")


def company(path: Path, leavers: int) -> Company:
    """80 people from 2021-01-01, each with a signal at once; number n of the leavers resigns 100 + 3 n days later."""
    people, start = builders.people(80, "2021-01-01"), dt.date(2021, 1, 1)
    for number in range(leavers):
        people[2 * number]["resignation_date"] = str(start + dt.timedelta(days=100 + 3 * number))
    signals = [
        builders.signal(one["employee_id"], "2021-01-02", "overtime", value=float(number % 2) + number / 100)
        for number, one in enumerate(people)
    ]
    data = builders.folder(
        path / "data", employees=people, job_history=builders.jobs(80, "2021-01-01"), signals=signals
    )
    return load(data, FeatureSettings(), TODAY).company


def asked(made: Company, known: Known) -> NDArray[np.float32]:
    """Features of all 80 people on 2021-03-31, when all were there."""
    day = np.full(80, to_day(dt.date(2021, 3, 31)), np.int32)
    return build(made, known.spec, Snapshots(np.arange(80, dtype=np.int32), day))


def test_each_horizon_learns_from_the_rows_old_enough_for_it(tmp_path: Path) -> None:
    """LightGBM's answer is that of scikit-learn's interface to it, on rows and labels chosen one by one."""
    made = company(tmp_path, 40)
    known = gather(made, to_day(dt.date(2021, 9, 30)), TrainingSettings(), CADENCE)
    found = peers.lightgbm(made, known, asked(made, known), seed=3)
    rows: list[int] = []
    left: list[bool] = []
    for row, (person, day) in enumerate(zip(known.rows.person, known.rows.day, strict=True)):
        if day + 90 <= known.known_on:
            rows.append(row)
            left.append(bool(made.people.resignation[person] - day <= 90))
    model = lightgbm.LGBMClassifier(
        n_estimators=300, learning_rate=0.05, num_leaves=31, n_jobs=1, random_state=3, force_col_wise=True, verbose=-1
    )
    model.fit(known.matrix[rows], left, sample_weight=np.ones(len(rows)))
    expected = np.asarray(model.predict_proba(asked(made, known)))[:, 1]
    assert found[:, 1] == pytest.approx(expected, abs=1e-12)
    assert np.isnan(found[:, 3]).all()


@pytest.mark.parametrize("leavers, said", [(14, False), (15, True)])
def test_fifteen_leavers_are_the_least(tmp_path: Path, leavers: int, said: bool) -> None:
    """With 14 leavers there is no answer, with 15 there is one, for every peer."""
    made = company(tmp_path, leavers)
    known = gather(made, to_day(dt.date(2021, 12, 31)), TrainingSettings(), CADENCE)
    matrix = asked(made, known)
    for name in peers.installed():
        risks = peers.PEERS[name](made, known, matrix, 1)
        assert risks.shape == (80, 4)
        assert np.isfinite(risks[:, :3]).all() if said else np.isnan(risks).all(), name


@bench
def test_what_is_not_known_yet_is_censored(tmp_path: Path) -> None:
    """Who left after the training day is a stayer to Cox, CatBoost and LightGBM alike: an earlier export says the same."""
    made, earlier = company(tmp_path, 40), company(tmp_path / "earlier", 21)
    on = to_day(dt.date(2021, 6, 10))  # number 20 leaves on day 160, which is 2021-06-10; number 21 three days later
    for name in peers.installed():
        known, then = (gather(one, on, TrainingSettings(), CADENCE) for one in (made, earlier))
        risks = peers.PEERS[name](made, known, asked(made, known), 1)
        assert np.array_equal(risks, peers.PEERS[name](earlier, then, asked(earlier, then), 1), equal_nan=True), name
        assert np.isfinite(risks[:, 0]).all()


@bench
def test_cox_finds_the_hazards_that_made_the_data(rng: np.random.Generator) -> None:
    """Exits drawn with daily hazard .002 exp(.8 x), censored at 200 days: risks of 30, 90 and 180 days are near the truth.

    At 365 days, beyond what was seen, the risk is that of going on as before.
    """
    x = rng.normal(size=(20_000, 1))
    hazard = 0.002 * np.exp(0.8 * x[:, 0])
    drawn = np.ceil(rng.exponential(1.0 / hazard))
    time, left = np.minimum(drawn, 200.0), drawn <= 200.0
    found = peers._cox(x.astype(np.float32), left, time, np.array([[-1.0], [0.0], [1.5]], np.float32))
    truth = 1.0 - np.exp(-np.outer(0.002 * np.exp([-0.8, 0.0, 1.2]), [30, 90, 180, 365]))
    assert found == pytest.approx(truth, abs=0.03)
    seen = 1.0 - (1.0 - found[:, 2]) ** (200 / 180)
    assert found[:, 3] == pytest.approx(1.0 - (1.0 - seen) ** (365 / 200), abs=0.02)


def test_what_is_not_installed_is_not_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the extra only LightGBM is left; with it all three, in the order they are shown."""
    assert tuple(peers.PEERS) == ("lightgbm", "cox", "catboost")
    assert set(peers.installed()) <= set(peers.PEERS)
    monkeypatch.setattr(peers, "find_spec", lambda name: find_spec(name) if name == "lightgbm" else None)
    assert peers.installed() == ("lightgbm",)
