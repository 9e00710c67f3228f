"""The fitted model held against the sample company's true risks, which no table contains."""

import datetime as dt
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest

from models.hazard import HORIZONS
from tests.held import Held, figures_of, hold
from training.fit import FULL
from training.sample import END, make, write

Figures = Callable[[str, Mapping[str, object]], Path]


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory, trial: bool, figures: Figures) -> Held:
    """A calm sample company fitted and scored on its last day; its true risks reach a year beyond it."""
    found = hold(tmp_path_factory.mktemp("truth") / "data", 10_000 if trial else 1_500, seed=11)
    print(figures("truth", figures_of(found)).read_text())
    return found


def test_much_of_what_can_be_ranked_is_ranked(held: Held) -> None:
    """At 90 days and more the AUC and the lift of a tenth reach at least half of what the true risks reach beyond chance."""
    assert held.mode == FULL
    for horizon in HORIZONS[1:]:
        shares = held.shares(horizon)
        assert min(shares["AUC"], shares["lift"]) > 0.5
        assert shares["Brier skill"] > 0.2


def test_levels_agree_with_the_truth_at_every_horizon(held: Held) -> None:
    """Over all people the mean true risk is .8 to 1.25 times the mean predicted one."""
    ratios = held.observed_expected(held.said)
    assert ((ratios > 0.8) & (ratios < 1.25)).all()


def test_levels_agree_with_the_truth_by_tenure(held: Held) -> None:
    """The same within a third in every band of tenure, at 90 days and more."""
    bands = held.by_tenure()
    assert len(bands) == 4
    for ratios in bands.values():
        assert ((ratios[1:] > 2 / 3) & (ratios[1:] < 4 / 3)).all()


def test_calm_times_are_not_corrected(held: Held) -> None:
    """Nothing befell the company, and the level stays as it was fitted, to the last bit."""
    assert held.correction.p is not None
    assert not held.correction.applied
    assert np.array_equal(held.said, held.fitted)


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
