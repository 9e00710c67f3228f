"""Companies of 100, 200 and 400 people drawn from the sales force, learned from alone and judged on everybody else."""

import datetime as dt
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import numpy as np
import pytest

from features.company import Company
from features.days import to_day
from features.ingest import load
from features.presence import at_risk
from features.settings import FeatureSettings
from tests import compared
from tests.compared import Cell
from tests.mapped import data_folder, rated_from_the_first_month

pytestmark = [pytest.mark.real, pytest.mark.slow]
AS_OF: Final = to_day(dt.date(2017, 12, 31))
CUTOFFS: Final = tuple(to_day(day) for day in (dt.date(2016, 12, 31), dt.date(2017, 3, 31), dt.date(2017, 6, 30)))
METHODS: Final = tuple(name for name in compared.ALL if name != "base_rate")


@pytest.fixture(scope="module")
def company(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Company:
    """The sales force with a quarter's rating on each of its months, as the published figures have it."""
    folder = rated_from_the_first_month(data_folder(shared_data, "jobathon", tmp_path_factory.mktemp("jobathon")))
    return load(folder, FeatureSettings(), AS_OF + 1).company


def test_a_company_of_200_people_is_worth_learning_from(company: Company) -> None:
    """At one day and draw the model beats an ordinary LightGBM within half a year, in rank and in Brier score."""
    cells = _drawn(company, 200, CUTOFFS[1:2], 1, ("full", "lightgbm"))
    assert {cell.people for cell in cells} <= set(range(400, 500))
    assert compared.gains(cells, "lightgbm", 180)[0] > 0
    assert compared.gains(cells, "lightgbm", 180, "brier_skill")[0] > 0


@pytest.mark.trial
@pytest.mark.timeout(3_600)
@pytest.mark.parametrize("headcount", [100, 200, 400])
def test_small_companies_beat_an_ordinary_lightgbm(
    company: Company, headcount: int, figures: Callable[[str, Mapping[str, object]], Path]
) -> None:
    """Over three days and four draws at least .02 of AUC and 1.3 times the Brier skill at 90 and 180 days."""
    cells = _drawn(company, headcount, CUTOFFS, 4, METHODS)
    figures(f"small_{headcount}", compared.table(cells))
    for horizon in (90, 180):
        assert float(compared.gains(cells, "lightgbm", horizon).mean()) >= 0.02, horizon
        ours, theirs = (compared.mean(cells, name, horizon, "brier_skill") for name in ("full", "lightgbm"))
        assert ours > max(0.0, 1.3 * theirs), horizon


def _drawn(
    company: Company, headcount: int, cutoffs: tuple[int, ...], draws: int, methods: tuple[str, ...]
) -> list[Cell]:
    """Draw people so that about `headcount` of them are there on the day, whoever left before in the same share."""
    cells: list[Cell] = []
    for cutoff in cutoffs:
        share = headcount / int(at_risk(company, cutoff).sum())
        for draw in range(draws):
            drawn = np.random.default_rng([cutoff, headcount, draw]).random(len(company.people)) < share
            cells += compared.at(company, cutoff, AS_OF, methods, drawn, draw)
    return cells
