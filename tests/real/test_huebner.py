"""One small company of 311 people in one undated snapshot, brought into the tables by SQL alone.

The literal counts were taken from the raw file with Python's csv module, not with the mapping.
"""

import datetime as dt
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl
import pytest

from features.company import COMPETING, VOLUNTARY
from features.days import NEVER, month_ends, to_date, to_day
from features.ingest import Ingested, load
from features.settings import FeatureSettings
from tests import compared
from tests.mapped import data_folder, run

pytestmark = pytest.mark.real
WRITTEN: Final = dt.date(2019, 2, 28)
"""The latest date in the file."""


@pytest.fixture(scope="module")
def folder(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder of the mapping and a link to the raw file."""
    return data_folder(shared_data, "huebner", tmp_path_factory.mktemp("huebner"))


@pytest.fixture(scope="module")
def ingested(folder: Path) -> Ingested:
    """The company as the engine gets it."""
    return load(folder, FeatureSettings(), to_day(WRITTEN))


def test_every_row_comes_through_the_door(ingested: Ingested) -> None:
    """311 people with a hire row each; 207 still there with a salary and two scores each."""
    rows = {table.table: (table.rows, table.rejected, table.left_out) for table in ingested.report.tables}
    assert rows == {
        "employees": (311, 0, 0),
        "job_history": (518, 0, 0),
        "surveys": (414, 0, 0),
        "protected": (311, 0, 0),
        "directory": (311, 0, 0),
    }


def test_exits_go_by_status_and_retirement_competes(ingested: Ingested) -> None:
    """104 exits: 88 called voluntary, of which 4 retire, and 16 for cause; from 2010-08-30 to 2018-11-10."""
    people = ingested.company.people
    assert int((people.exit_kind == VOLUNTARY).sum()) == 84
    assert int((people.exit_kind == COMPETING).sum()) == 20
    left = people.termination[people.termination < NEVER]
    assert (to_date(left.min()), to_date(left.max())) == (dt.date(2010, 8, 30), dt.date(2018, 11, 10))


def test_two_digit_years_are_of_this_century(ingested: Ingested) -> None:
    """Hires run from 2006-01-09 to 2018-07-09."""
    hire = ingested.company.people.hire
    assert (to_date(hire.min()), to_date(hire.max())) == (dt.date(2006, 1, 9), dt.date(2018, 7, 9))


def test_units_and_managers_are_clean(ingested: Ingested) -> None:
    """Six departments, none split by its slash; 23 manager numbers, and nobody without one."""
    names, jobs = ingested.company.names, ingested.company.jobs
    assert sorted(names.units) == [
        "Admin Offices",
        "Executive Office",
        "IT-IS",
        "Production",
        "Sales",
        "Software Engineering",
    ]
    assert len(names.managers) == 23
    assert len(names.job_titles) == 31
    hired = jobs.event == 0
    assert (jobs.manager[hired] >= 0).all()
    assert np.isnan(jobs.base_salary[hired]).all()


def test_undated_scores_are_known_on_the_last_day_only(ingested: Ingested) -> None:
    """No score is dated before the file was written, and no leaver has one: having one tells nothing about leaving."""
    surveys, people = ingested.company.surveys, ingested.company.people
    assert surveys is not None
    assert {to_date(day) for day in np.unique(surveys.sent)} == {WRITTEN}
    assert {to_date(day) for day in np.unique(surveys.answered)} == {WRITTEN}
    assert (people.termination[surveys.person] == NEVER).all()
    assert sorted(ingested.company.names.drivers) == ["engagement", "satisfaction"]


def test_names_and_demographics_stay_aside(ingested: Ingested) -> None:
    """Names are in the directory and demographics in the audit's table; no other table has a column the door refuses."""
    assert ingested.directory is not None
    assert ingested.protected is not None
    for table in ingested.report.tables:
        assert table.denied_columns == ()
        assert table.unknown_columns == ()


@pytest.fixture(scope="module")
def home(folder: Path, root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which a model was trained on all the file knows and has scored the day it was written."""
    made = tmp_path_factory.mktemp("home")
    told = run(root, made, "training", "train", "--data", str(folder))
    assert "version 1 is the champion" in told
    out = made / "scores.parquet"
    run(root, made, "service", "score", "--data", str(folder), "--as-of", str(WRITTEN), "--out", str(out))
    return made


@pytest.mark.slow
def test_everybody_is_scored_at_the_level_of_the_past(home: Path) -> None:
    """Trained on all it knows, everybody there is scored, and at a level like the past: 5 to 16 leavers a year.

    Of some 220 people 5 to 10 left by choice within a year of any day since mid-2016; little in the file tells who.
    """
    scores = pl.read_parquet(home / "scores.parquet")
    assert len(scores) == 207
    assert scores["no_score"].null_count() == 207
    assert set(scores["band"]) <= {"low", "elevated"}
    assert 5 <= scores["risk_365"].to_numpy().sum() <= 16


@pytest.mark.slow
def test_little_signal_is_served_as_little_and_said(home: Path) -> None:
    """At no horizon is what is served worse than the base rate by more than .005 of Brier skill, and the card warns.

    Whatever is richer than the base rate was either not shown to be better, and the card says there is little signal, or
    it was and the card names the few leavers it stands on.
    """
    (bundle,) = (home / "bundles").glob("*/manifest.json")
    manifest = json.loads(bundle.read_text(encoding="utf-8"))
    skill = {(one["method"], one["horizon"]): one["brier_skill"]["value"] for one in manifest["evidence"]}
    for horizon in (30, 90, 180, 365):
        assert skill[manifest["mode"], horizon] >= skill["base_rate", horizon] - 0.005, horizon
    card = " ".join((bundle.parent / "card.md").read_text(encoding="utf-8").split())
    warning = {
        "base_rate": "There is little signal",
        "tenure": "Only time in the company was shown",
        "full": "are few to learn from",
    }
    assert warning[manifest["mode"]] in card


@pytest.mark.trial
@pytest.mark.timeout(1_800)
def test_the_full_model_does_no_harm_either(
    ingested: Ingested, figures: Callable[[str, Mapping[str, object]], Path]
) -> None:
    """At ten quarter ends, where the full model were served all the same, a year's Brier skill is not below the base rate's."""
    company, as_of = ingested.company, to_day(WRITTEN)
    quarters = [day for day in month_ends(to_day(dt.date(2015, 9, 1)), as_of - 365) if to_date(day).month % 3 == 0]
    cells = [cell for day in quarters for cell in compared.at(company, int(day), as_of, compared.ALL)]
    figures("huebner", compared.table(cells))
    assert len(quarters) == 10
    assert float(compared.gains(cells, "base_rate", 365, "brier_skill").mean()) >= -0.005
