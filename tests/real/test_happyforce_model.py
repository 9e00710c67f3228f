"""A model of who stops using the mood app, beside an ordinary LightGBM, CatBoost and ridge Cox."""

import datetime as dt
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import pytest

from features.company import Company
from features.days import month_ends, to_day
from features.ingest import load
from features.settings import FeatureSettings
from tests import compared
from tests.mapped import data_folder

pytestmark = [pytest.mark.real, pytest.mark.slow]
AS_OF: Final = to_day(dt.date(2017, 3, 20))
CUTOFFS: Final = tuple(int(day) for day in month_ends(to_day(dt.date(2015, 9, 1)), AS_OF - 90))
"""Every month end from half a year after the first vote on."""


@pytest.fixture(scope="module")
def company(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Company:
    """The 17 companies."""
    folder = data_folder(shared_data, "happyforce", tmp_path_factory.mktemp("happyforce"))
    return load(folder, FeatureSettings(), AS_OF).company


def test_votes_and_silence_tell_who_stops(company: Company) -> None:
    """Of 2,043 people on 2016-11-30 46 stop within 90 days: the model ranks them better than an ordinary LightGBM."""
    cells = compared.at(company, CUTOFFS[-1], AS_OF, ("full", "lightgbm"))
    assert {(cell.people, cell.left) for cell in cells if cell.horizon == 90} == {(2_043, 46)}
    assert compared.mean(cells, "full", 90) >= 0.70
    assert compared.gains(cells, "lightgbm", 90)[0] > 0


@pytest.mark.trial
@pytest.mark.timeout(3_600)
def test_all_months_beat_lightgbm_and_cox(
    company: Company, figures: Callable[[str, Mapping[str, object]], Path]
) -> None:
    """Over 15 month ends, at 90 days: .05 of AUC over an ordinary LightGBM, and .02 over ridge Cox where it is installed."""
    cells = [cell for cutoff in CUTOFFS for cell in compared.at(company, cutoff, AS_OF, compared.ALL)]
    figures("happyforce", compared.table(cells))
    assert len(CUTOFFS) == 15
    assert float(compared.gains(cells, "lightgbm", 90).mean()) >= 0.05
    if "cox" in compared.ALL:
        assert float(compared.gains(cells, "cox", 90).mean()) >= 0.02
