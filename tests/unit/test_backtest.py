"""The champion in the look back, fewer people to learn from, and a company without a source."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from features import presence
from features.blocks import Snapshots
from features.build import build
from features.catalogue import catalogue
from features.company import VOLUNTARY, Company
from features.days import to_date
from features.ingest import load
from features.settings import FeatureSettings
from models.hazard import HORIZONS
from models.risk import RiskModel
from tests import small_models
from training import ablation, learning
from training.backtest import CHAMPION, LOGISTIC, METHODS, Backtest, Floats, Matrix, Rivals, backtest
from training.fit import BASE_RATE, BY_TENURE, FULL, TENURE, Known, gather
from training.landmarks import latest_known_day
from training.sample import make, write
from training.settings import TrainingSettings
from training.splits import Origin

SETTINGS = TrainingSettings(threads=1)
CADENCE = FeatureSettings().cadence


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Company:
    """A sample company of 80 people over two years."""
    folder = tmp_path_factory.mktemp("backtest") / "data"
    write(make(80, 24, seed=5), folder)
    return load(folder, FeatureSettings(), 30_000).company


@pytest.fixture(scope="module")
def as_of(company: Company) -> int:
    """The last day of its records."""
    return latest_known_day(company, 30_000)


@pytest.fixture(scope="module")
def known(company: Company, as_of: int) -> Known:
    """What was known on it 180 days before."""
    return gather(company, as_of - 180, SETTINGS, CADENCE)


@pytest.fixture(scope="module")
def champion(tmp_path_factory: pytest.TempPathFactory, as_of: int) -> RiskModel:
    """A model of the base rate, trained to 100 days before the last."""
    training = replace(small_models.TRAINING, trained_to=to_date(as_of - 100).isoformat())
    held = small_models.write(tmp_path_factory.mktemp("champion") / "bundle", training=training)
    return RiskModel.load(held.path, held.digest)


def half(_: Company, __: Known, matrix: Matrix, ___: int) -> Floats:
    """A rival that says one half of everybody."""
    return np.full((len(matrix), 4), 0.5)


@pytest.fixture(scope="module")
def found(company: Company, as_of: int, champion: RiskModel) -> Backtest:
    """The day before the champion's training day, and that very day, with a rival beside."""
    origins = [Origin(as_of - 101, (30, 90)), Origin(as_of - 100, (30, 90))]
    return backtest(company, origins, as_of, SETTINGS, CADENCE, rivals=Rivals({"half": half}, champion))


def test_every_method_is_asked(found: Backtest) -> None:
    """The model first, then the champion, the simpler ones and the rivals; those of every run among them."""
    assert found.methods == (FULL, CHAMPION, BY_TENURE, BASE_RATE, LOGISTIC, "half")
    assert set(METHODS) == set(found.methods) - {CHAMPION, "half"}
    assert all((one.risks["half"] == 0.5).all() for one in found.judged)


def test_the_champion_has_no_answer_before_its_day(found: Backtest, champion: RiskModel) -> None:
    """Null the day before it was trained, since it has seen what followed; from the very day on its own risks."""
    before, since = found.judged
    assert np.isnan(before.risks[CHAMPION]).all()
    assert not before.has_answer(CHAMPION, 0)
    assert since.has_answer(CHAMPION, 0)
    one = champion.risks(np.full((1, len(champion.features)), np.nan, np.float32))
    np.testing.assert_allclose(since.risks[CHAMPION], np.repeat(one, len(since.employee), axis=0))


def test_outcomes_are_what_is_known_since(found: Backtest, company: Company, as_of: int) -> None:
    """Who had a voluntary exit by each horizon, and nobody else."""
    ended = presence.exits(company, as_of)
    one = found.judged[1]
    assert one.left[:, 1].any()
    for row, employee in enumerate(one.employee):
        (person,) = np.flatnonzero((company.people.employee == employee) & (company.people.hire <= one.origin.cutoff)
                                   & (company.people.next_hire > one.origin.cutoff))  # fmt: skip
        assert ended.day[person] > one.origin.cutoff
        days = ended.day[person] - one.origin.cutoff if ended.kind[person] == VOLUNTARY else 10_000
        assert one.left[row].tolist() == [days <= horizon for horizon in HORIZONS]


def test_a_horizon_that_has_not_closed_has_no_answer(found: Backtest) -> None:
    """Whatever was said, it is not judged."""
    assert found.judged[0].has_answer(BY_TENURE, 1)
    assert not found.judged[0].has_answer(BY_TENURE, 2)
    assert not found.judged[0].has_answer("nobody", 1)


def test_fewer_people_are_learned_from_with_all_their_rows(known: Known) -> None:
    """A half holds all rows and cells of half the people, the quarter's people among them; the labels are as they were."""
    quarter, half_of_them, everybody = (learning.part(known, share, 1) for share in (0.25, 0.5, 1.0))
    assert set(quarter.employee) < set(half_of_them.employee) < set(everybody.employee)
    assert len(set(half_of_them.employee)) == pytest.approx(len(set(known.employee)) / 2, abs=1)
    for one in (quarter, half_of_them, everybody):
        kept = np.isin(known.employee, one.employee)
        np.testing.assert_array_equal(one.matrix, known.matrix[kept])
        assert len(one.rows.person) == len(one.rows.weight) == len(one.employee) == kept.sum()
        assert keys(one) == [key for key in keys(known) if key[0] in set(one.rows.person.tolist())]
    assert everybody.rows.leavers == known.rows.leavers
    assert quarter.rows.leavers < known.rows.leavers


def keys(known: Known) -> list[tuple[int, int, int, bool]]:
    """Every cell as person, day, interval and event."""
    rows, cells = known.rows, known.rows.cells
    columns = (rows.person[cells.row], rows.day[cells.row], cells.interval, cells.event)
    return list(zip(*(column.tolist() for column in columns), strict=True))


def test_a_company_without_a_source_has_none_of_its_features(company: Company, known: Known) -> None:
    """Without surveys every survey column is null, and what others say of the person is as it was."""
    asked = Snapshots(known.rows.person[-50:], known.rows.day[-50:])
    columns = catalogue(known.spec)
    whole, less = (build(each, known.spec, asked) for each in (company, ablation.taken(company, "surveys")))
    families = np.array([feature.family for feature in columns])
    assert np.isfinite(whole[:, families == "surveys"]).any()
    assert np.isnan(less[:, families == "surveys"]).all()
    for family in ("career", "tickets", "checkins", "signals"):
        np.testing.assert_array_equal(less[:, families == family], whole[:, families == family])


def test_families_of_the_job_history_are_null_but_tenure(known: Known) -> None:
    """Both where it learns and where it is asked; nothing else changes, and the original least of all."""
    before = known.matrix.copy()
    learned, asked = ablation.without(known, known.matrix[:5], "career but tenure")
    own = [feature.family == "career" and feature.name != TENURE for feature in catalogue(known.spec)]
    assert sum(own) > 10
    for matrix, original in ((learned.matrix, before), (asked, before[:5])):
        assert np.isnan(matrix[:, own]).all()
        np.testing.assert_array_equal(matrix[:, np.logical_not(own)], original[:, np.logical_not(own)])
    np.testing.assert_array_equal(known.matrix, before)


@pytest.mark.trial
def test_an_ablation_says_what_each_family_is_worth(tmp_path: Path) -> None:
    """A line a family and horizon that has closed, on the same people."""
    write(make(200, 24, seed=5), tmp_path / "data")
    company = load(tmp_path / "data", FeatureSettings(), 30_000).company
    as_of = latest_known_day(company, 30_000)
    lines = ablation.ablate(company, [Origin(as_of - 90, (30, 90))], as_of, SETTINGS, CADENCE)
    assert [(line.horizon, line.other) for line in lines] == [(90, family) for family in ablation.FAMILIES]
    assert {line.difference.people for line in lines} == {lines[0].difference.people}
