"""The sample company: the same for a seed, true to its hazards, and as untidy as real exports are."""

import datetime as dt
import re
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from features.days import NEVER, to_day
from features.ingest import load
from features.settings import FeatureSettings
from training.errors import UsageError
from training.sample import END, Sample, Truth, make, write

OFFBOARDING: Final = ("offboarding", "exit", "equipment_return", "final_pay", "knowledge_transfer")
LAST: Final = to_day(END)


@pytest.fixture(scope="module")
def company() -> Sample:
    """3,000 people over three years."""
    return make(3_000, 36, seed=13)


def _at_risk(truth: Truth, day: int) -> NDArray[np.bool_]:
    return np.asarray((truth.hire <= day) & (truth.exit > day), dtype=np.bool_)


def _left(truth: Truth, day: int, horizon: int) -> NDArray[np.bool_]:
    return np.asarray((truth.exit > day) & (truth.exit <= day + horizon) & (truth.kind == 1), dtype=np.bool_)


def _exits(company: Sample) -> pl.DataFrame:
    """Employments with an exit on record: true exit day beside the table's columns."""
    truth = pl.DataFrame(
        {"employee_id": company.truth.employee_id, "hire": company.truth.hire, "exit": company.truth.exit}
    ).with_columns(hire_date=pl.col("hire").cast(pl.Date))
    known = company.tables["employees"].filter(
        pl.col("termination_date").is_not_null() | pl.col("resignation_date").is_not_null()
    )
    frame = known.join(truth, on=["employee_id", "hire_date"], validate="1:1")
    return frame.with_columns(exit=pl.col("exit").cast(pl.Date))


def test_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    """Two runs with one seed write files that are equal byte for byte."""
    for name in ("one", "two"):
        write(make(150, 14, seed=3), tmp_path / name)
    files = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert len(files) == 12
    for file in files:
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()


def test_another_seed_gives_another_company() -> None:
    """The seed decides who works there."""
    assert not make(50, 6, seed=1).tables["employees"].equals(make(50, 6, seed=2).tables["employees"])


def test_only_tables_of_the_contract_are_written_and_no_truth(company: Sample, tmp_path: Path) -> None:
    """The folder holds the contract's twelve tables, and no column speaks of hazards or latent states."""
    write(company, tmp_path / "data")
    assert sorted(path.name for path in (tmp_path / "data").iterdir()) == [
        "absences.parquet",
        "actions.parquet",
        "checkins.parquet",
        "directory.parquet",
        "employees.parquet",
        "job_history.parquet",
        "objections.parquet",
        "protected.parquet",
        "signals.parquet",
        "surveys.parquet",
        "team_signals.parquet",
        "tickets.parquet",
    ]
    columns = {column for table in company.tables.values() for column in table.columns}
    assert not {column for column in columns if re.search("hazard|risk|engagement|truth|frailty|performance", column)}


def test_the_door_has_nothing_against_it(company: Sample, tmp_path: Path) -> None:
    """Read as a data folder on its last day the sample has no rejects and no unknown person; its denied tickets stay out."""
    write(company, tmp_path / "data")
    report = load(tmp_path / "data", FeatureSettings(), LAST).report
    assert [(table.table, table.rejected) for table in report.tables if table.rejected] == []
    assert sum(table.collapsed + table.unknown_employee + table.outside_employment for table in report.tables) == 0
    denied = {table.table: table.denied for table in report.tables if table.denied}
    assert list(denied) == ["tickets"]
    assert report.missing == ()
    assert report.without_job_history <= 10  # hired last month, recorded late


def test_head_count_stays_near_what_was_asked(company: Sample) -> None:
    """Hires replace leavers: at every year's end 96 to 100 % of the heads are there."""
    rows = company.tables["employees"]
    for day in (dt.date(2023, 12, 31), dt.date(2024, 12, 31), dt.date(2025, 12, 31), END):
        gone = pl.col("termination_date").fill_null(dt.date(9999, 1, 1))
        heads = rows.filter((pl.col("hire_date") <= day) & (gone >= day))["employee_id"].n_unique()
        assert 2_880 <= heads <= 3_010


def test_exits_a_year_are_those_of_an_ordinary_company(company: Sample) -> None:
    """About 12 to 15 % leave by choice a year, 3 to 5 % otherwise."""
    truth, first = company.truth, to_day(dt.date(2023, 10, 1))
    days = np.clip(np.minimum(truth.exit, LAST + 1) - np.maximum(truth.hire, first), 0, None)
    years = days.sum() / 365.25
    within = (truth.exit >= first) & (truth.exit <= LAST)
    assert 0.12 <= (within & (truth.kind == 1)).sum() / years <= 0.15
    assert 0.03 <= (within & (truth.kind == 2)).sum() / years <= 0.05


def test_exits_follow_the_summed_hazards(company: Sample) -> None:
    """Voluntary exits are within four standard errors of the hazard summed over all days at risk, as are the others."""
    truth = company.truth
    start = np.maximum(truth.edges[:-1][None, :], truth.hire[:, None] + 1)
    stop = np.minimum(truth.edges[1:][None, :], np.minimum(truth.exit, NEVER - 1)[:, None] + 1)
    days = np.clip(stop - start, 0, None)
    for kind, hazard in ((1, truth.voluntary), (2, truth.competing)):
        expected = (hazard * days).sum()
        assert abs((truth.kind == kind).sum() - expected) < 4 * np.sqrt(expected)


@pytest.mark.parametrize("horizon", [30, 90, 180, 365])
def test_true_risk_is_calibrated_at_every_level(company: Sample, horizon: int) -> None:
    """In each fifth by true risk, those who leave are within four standard errors of the risks' sum."""
    truth = company.truth
    observed, risks = [], []
    for year in (2024, 2025, 2026):
        day = to_day(dt.date(year, 3, 31))
        rows = _at_risk(truth, day)
        ids = [name for name, here in zip(truth.employee_id, rows, strict=True) if here]
        risks.append(truth.risk(ids, day, horizon))
        observed.append(_left(truth, day, horizon)[rows])
    risk, left = np.concatenate(risks), np.concatenate(observed)
    for part in np.array_split(np.argsort(risk), 5):
        spread = np.sqrt((risk[part] * (1 - risk[part])).sum())
        assert abs(left[part].sum() - risk[part].sum()) < 4 * spread


def test_true_hazard_ranks_leavers_well_but_not_perfectly(company: Sample) -> None:
    """The oracle's AUC over 90 days lies between .70 and .82, so a model has something to reach for."""
    truth = company.truth
    hazards, left = [], []
    for day in range(to_day(dt.date(2024, 1, 31)), LAST, 61):
        rows = _at_risk(truth, day)
        ids = [name for name, here in zip(truth.employee_id, rows, strict=True) if here]
        hazards.append(truth.hazard_at(ids, day))
        left.append(_left(truth, day, 90)[rows])
    assert 0.70 <= roc_auc_score(np.concatenate(left), np.concatenate(hazards)) <= 0.82


def _two_months() -> Truth:
    """Months of 31 and 28 days; A stays in one employment, B comes back on day 40."""
    return Truth(
        edges=np.array([0, 31, 59], dtype=np.int32),
        employee_id=("A", "B", "B"),
        hire=np.array([-100, -50, 40], dtype=np.int32),
        exit=np.array([NEVER, 10, NEVER], dtype=np.int32),
        kind=np.array([0, 1, 0]),
        voluntary=np.array([[0.01, 0.02], [0.03, 0.03], [0.0, 0.005]]),
        competing=np.array([[0.0, 0.02], [0.0, 0.0], [0.0, 0.0]]),
    )


def test_risk_in_closed_form() -> None:
    """Ten days at 1 % a day: 1 - e^-0.1; where as much competes at 2 % each: half of 1 - e^-0.4; across months the chain."""
    truth = _two_months()
    assert truth.risk(["A"], 5, 10) == pytest.approx([0.0951625820])
    assert truth.risk(["A"], 31, 10) == pytest.approx([0.1648399770])
    # Days 26 to 30 at 0.01, then 31 to 35 at 0.02 beside 0.02: 1 - e^-0.05 + e^-0.05 (1 - e^-0.2) / 2.
    assert truth.risk(["A"], 25, 10) == pytest.approx(
        [
            0.1349847,
        ],
        abs=1e-6,
    )
    assert truth.cumulative(["A"], 25, 10) == pytest.approx([0.15])


def test_truth_speaks_of_the_employment_that_holds_the_day() -> None:
    """Before the first hire there is no hazard; a rehire has a hazard of its own; one day per person may be given."""
    truth = _two_months()
    assert truth.hazard_at(["A", "B"], 45).tolist() == [0.02, 0.005]
    assert truth.hazard_at(["B", "B"], np.array([39, 40])).tolist() == [0.03, 0.005]
    late = Truth(
        truth.edges, ("C",), np.array([20], dtype=np.int32), truth.exit[:1], truth.kind[:1], *[np.ones((1, 2))] * 2
    )
    assert np.isnan(late.hazard_at(["C"], 19)).all()
    assert np.isnan(late.risk(["C"], 19, 5)).all()


def test_truth_refuses_strangers_and_days_it_does_not_know() -> None:
    """An unknown id is a KeyError; a window beyond the last month a ValueError."""
    truth = _two_months()
    with pytest.raises(KeyError):
        truth.hazard_at(["X"], 5)
    with pytest.raises(ValueError, match="only within the sample's months"):
        truth.risk(["A"], 50, 30)


def test_nothing_happened_after_the_last_day(company: Sample) -> None:
    """What happened is dated up to the last day; only planned things lie ahead."""
    happened = {
        "surveys": ("sent_at", "responded_at"),
        "tickets": ("opened_at", "first_response_at", "resolved_at"),
        "checkins": ("held_at",),
        "signals": ("occurred_at", "recorded_at"),
        "team_signals": ("occurred_at",),
        "employees": ("hire_date", "resignation_date", "exit_recorded_at"),
        "job_history": ("effective_date", "recorded_at"),
        "absences": ("start_date",),
    }
    for table, columns in happened.items():
        for column in columns:
            assert (company.tables[table][column].cast(pl.Date).drop_nulls() <= END).all(), (table, column)
    ahead = company.tables["checkins"].filter(pl.col("scheduled_at").cast(pl.Date) > END)
    assert len(ahead) > 1_000
    assert ahead["status"].unique().to_list() == ["scheduled"]


def test_exits_on_record_show_the_true_day(company: Sample) -> None:
    """The first of resignation, termination and (for who only has a termination) off-boarding trace is the true exit."""
    exits = _exits(company)
    assert len(exits) > 1_000
    tickets = company.tables["tickets"].filter(pl.col("category").is_in(OFFBOARDING))
    surveys = company.tables["surveys"].filter(pl.col("survey_type") == "exit")
    traces = pl.concat(
        [
            tickets.select("employee_id", day=pl.col("opened_at").cast(pl.Date)),
            surveys.select("employee_id", day=pl.col("sent_at").cast(pl.Date)),
        ]
    )
    silent = exits.filter((pl.col("termination_type") == "voluntary") & pl.col("resignation_date").is_null())
    assert len(silent) > 100
    window = silent.join(traces, on="employee_id").filter(
        (pl.col("day") <= pl.col("termination_date"))
        & (pl.col("day") > pl.col("termination_date").dt.offset_by("-120d"))
    )
    first = window.group_by("employee_id", "hire_date", "exit").agg(pl.col("day").min())
    assert len(first) == len(silent)
    assert (first["day"] == first["exit"]).all()
    given = exits.filter(pl.col("resignation_date").is_not_null())
    assert (given["resignation_date"] == given["exit"]).all()
    assert (given["termination_date"].fill_null(END) >= given["resignation_date"]).all()
    other = exits.filter(pl.col("termination_type").is_in(("involuntary", "redundancy", "retirement", "mutual")))
    assert (other["termination_date"] == other["exit"]).all()


def test_offboarding_traces_come_with_and_after_notice(company: Sample) -> None:
    """Most leavers have off-boarding tickets, none of a voluntary leaver before the exit day."""
    exits = _exits(company).filter(pl.col("termination_type") == "voluntary")
    tickets = company.tables["tickets"].filter(pl.col("category").is_in(OFFBOARDING))
    joined = exits.join(tickets, on="employee_id").filter(
        pl.col("opened_at").cast(pl.Date) <= pl.col("termination_date").fill_null(END),
        pl.col("opened_at").cast(pl.Date) >= pl.col("hire_date"),
    )
    assert (joined["opened_at"].cast(pl.Date) >= joined["exit"]).all()
    assert joined["employee_id"].n_unique() > 0.7 * len(exits)


def test_a_few_records_come_late(company: Sample) -> None:
    """Some exits, job changes and signals were recorded 1 to 60 days late; a few pay changes were put right."""
    exits = _exits(company)
    late = (exits["exit_recorded_at"] - exits["exit"]).drop_nulls().dt.total_days()
    assert 0.02 < len(late) / len(exits) < 0.08
    assert 1 <= late.min() <= late.max() <= 60  # type: ignore[operator]
    for table, date in (("job_history", "effective_date"), ("signals", "occurred_at")):
        frame = company.tables[table]
        delay = (frame["recorded_at"] - frame[date]).drop_nulls().dt.total_days()
        assert 0.02 < len(delay) / len(frame) < 0.08
        assert 1 <= delay.min() <= delay.max() <= 60  # type: ignore[operator]
    jobs = company.tables["job_history"]
    twice = jobs.filter(pl.len().over("employee_id", "effective_date", "event") == 2)
    assert len(twice) >= 20
    assert twice["event"].unique().to_list() == ["pay_change"]


def test_late_exits_are_not_yet_in_the_export(company: Sample) -> None:
    """Some who had left by the last day still stand as employed: their exit was recorded later."""
    truth = company.truth
    gone = pl.DataFrame({"employee_id": truth.employee_id, "hire": truth.hire, "exit": truth.exit})
    gone = gone.filter(pl.col("exit") <= LAST).with_columns(hire_date=pl.col("hire").cast(pl.Date))
    rows = company.tables["employees"].join(gone, on=["employee_id", "hire_date"])
    hidden = rows.filter(pl.col("termination_date").is_null() & pl.col("resignation_date").is_null())
    assert 1 <= len(hidden) <= 30


def test_the_unhappy_answer_less(company: Sample) -> None:
    """People at high true risk left more questions open than people at low risk, by over 8 points."""
    day = to_day(dt.date(2025, 6, 30))
    asked = company.tables["surveys"].filter(
        pl.col("sent_at").dt.date().is_between(dt.date(2025, 4, 1), dt.date(2025, 6, 30)),
        pl.col("employee_id").is_not_null(),
    )
    share = asked.group_by("employee_id").agg(pl.col("responded_at").is_not_null().mean()).sort("employee_id")
    hazard = company.truth.hazard_at(share["employee_id"].to_list(), day)
    order = np.argsort(hazard)
    answered = share["responded_at"].to_numpy()[order]
    third = len(answered) // 3
    assert answered[:third].mean() - answered[-third:].mean() > 0.08


def test_comments_come_in_six_languages_and_mean_what_they_say(company: Sample) -> None:
    """Every language has hundreds of comments, and a good and a bad English phrase stand beside fitting scores."""
    surveys = company.tables["surveys"]
    said = surveys.filter(pl.col("comment").is_not_null())
    counts = dict(said.group_by("language").len().iter_rows())
    assert sorted(counts) == ["de", "en", "es", "fr", "it", "nl"]
    assert min(counts.values()) > 300
    enps = said.filter(pl.col("driver") == "enps")
    good = enps.filter(pl.col("comment").str.contains("gladly recommend"))["score"].mean()
    bad = enps.filter(pl.col("comment").str.contains("could not recommend"))["score"].mean()
    assert good - bad > 2  # type: ignore[operator]


def test_hidden_answers_name_nobody(company: Sample) -> None:
    """Anonymous rows have a unit and an id of their own instead of an employee; confidential ones exist too."""
    surveys = company.tables["surveys"]
    anonymous = surveys.filter(pl.col("attribution") == "anonymous")
    assert len(anonymous) > 500
    assert anonymous["employee_id"].null_count() == len(anonymous) == anonymous["survey_id"].n_unique()
    assert anonymous["org_unit"].null_count() == 0
    assert len(surveys.filter(pl.col("attribution") == "confidential")) > 2_000
    keys = surveys.select("survey_id", "survey_type", "employee_id", "driver")
    assert keys.is_duplicated().sum() == 0


def test_leave_silences(company: Sample) -> None:
    """During a leave no survey is answered on its day and no conversation planned for it is held."""
    leaves = company.tables["absences"].with_columns(pl.col("end_date").fill_null(END))
    assert len(leaves) > 200
    surveys = company.tables["surveys"].with_columns(day=pl.col("sent_at").dt.date())
    checkins = company.tables["checkins"].with_columns(day=pl.col("scheduled_at").dt.date())
    during = pl.col("day").is_between("start_date", "end_date")
    assert leaves.join(surveys, on="employee_id").filter(during)["responded_at"].count() == 0
    assert "held" not in leaves.join(checkins, on="employee_id").filter(during)["status"].to_list()


def test_some_leavers_come_back(company: Sample) -> None:
    """A rehire is a new row with the same id, after the old one ended, with an event of its own."""
    rows = company.tables["employees"].sort("employee_id", "hire_date")
    again = rows.with_columns(ended=pl.col("termination_date").shift().over("employee_id")).filter(
        pl.col("hire_date") > pl.col("hire_date").shift().over("employee_id")
    )
    assert len(again) > 20
    assert (again["hire_date"] > again["ended"]).all()
    events = company.tables["job_history"].filter(pl.col("event") == "rehire")
    assert events["employee_id"].is_in(again["employee_id"].to_list()).all()


def test_conversations_are_planned_at_the_cadence(company: Sample) -> None:
    """Of the conversations planned in the three years 12 of 18 are about what, 4 about how, 2 about want."""
    checkins = company.tables["checkins"]
    share = dict(checkins.group_by("conversation_type").agg(pl.len() / len(checkins)).iter_rows())
    assert share == pytest.approx({"what": 12 / 18, "how": 4 / 18, "want": 2 / 18}, abs=0.005)
    assert set(checkins["status"]) == {"held", "missed", "cancelled", "scheduled"}


def test_a_few_tickets_are_of_categories_that_must_stay_outside(company: Sample) -> None:
    """Between 1 and 4 % of tickets are of denied categories."""
    categories = company.tables["tickets"]["category"]
    denied = categories.is_in(["employee_relations", "grievance", "medical"]).mean()
    assert 0.01 < denied < 0.04  # type: ignore[operator]


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    """Writing into a folder that is not empty is refused, and nothing in it changes."""
    (tmp_path / "mine.txt").write_text("kept")
    with pytest.raises(UsageError, match="not an empty folder; nothing was written"):
        write(make(5, 2, seed=1), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_folder_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    """A path below a file is refused in words."""
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="cannot be written"):
        write(make(5, 2, seed=1), tmp_path / "file" / "data")


def test_all_wrong_numbers_are_named_at_once() -> None:
    """Numbers outside their ranges are refused together."""
    with pytest.raises(UsageError, match=r"employees is 0, allowed are 1 to .*months is 300, .*seed is -1"):
        make(0, 300, seed=-1)


@pytest.mark.parametrize("size", [(1, 1), (3, 40), (40, 2)])
def test_tiny_companies_are_made_too(size: tuple[int, int]) -> None:
    """One person for a month is a company; all tables are there, some empty."""
    tables = make(*size, seed=4).tables
    assert len(tables) == 12
    assert tables["employees"]["employee_id"].n_unique() >= size[0]


@pytest.mark.trial
def test_a_big_company_takes_seconds(tmp_path: Path, figures: Callable[[str, Mapping[str, object]], Path]) -> None:
    """20,000 people over 36 months are made and written in under 30 seconds."""
    began = time.perf_counter()
    write(make(20_000, 36, seed=5), tmp_path / "data")
    took = time.perf_counter() - began
    figures("sample", {"employees": 20_000, "months": 36, "seconds": round(took, 2)})
    assert took < 30
