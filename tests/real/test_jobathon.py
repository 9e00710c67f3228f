"""Monthly staff reports of a sales force, brought into the tables by SQL alone.

The literal counts were taken from the raw file with Python's csv module, not with the mapping.
"""

import csv
import datetime as dt
import gzip
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
import pytest

from features.company import COMPETING, VOLUNTARY, Signals
from features.days import NEVER, to_date, to_day
from features.ingest import Ingested, load
from features.settings import FeatureSettings
from tests.mapped import data_folder

pytestmark = pytest.mark.real
TODAY: Final = to_day(dt.date(2018, 1, 1))


@pytest.fixture(scope="module")
def folder(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder of the mapping and a link to the raw file."""
    return data_folder(shared_data, "jobathon", tmp_path_factory.mktemp("jobathon"))


@pytest.fixture(scope="module")
def ingested(folder: Path) -> Ingested:
    """The company as the engine gets it."""
    return load(folder, FeatureSettings(), TODAY)


def _reports(folder: Path) -> Iterator[dict[str, str]]:
    with gzip.open(folder / "monthly.csv.gz", "rt", encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _signals(ingested: Ingested, name: str) -> Signals:
    """Rows of the signals of one name."""
    signals = ingested.company.signals
    assert signals is not None
    kept = signals.name == ingested.company.names.signals.index(name)
    return Signals(*(getattr(signals, field)[kept] for field in ("person", "occurred", "known", "name", "value")))


def test_every_row_comes_through_the_door(ingested: Ingested) -> None:
    """2,381 people, 4,807 job rows (a hire, a first report, 45 changes), 19,104 monthly values and 6,270 ratings."""
    rows = {table.table: (table.rows, table.rejected, table.left_out) for table in ingested.report.tables}
    assert rows == {
        "employees": (2_381, 0, 0),
        "job_history": (4_807, 0, 0),
        "signals": (25_374, 0, 0),
        "protected": (2_381, 0, 0),
    }
    assert ingested.report.without_job_history == 0
    assert ingested.report.exits_without_type == 0


def test_exits_are_those_of_the_reports(ingested: Ingested) -> None:
    """1,616 leave by choice between 2015-12-31 and 2017-12-28; 24 vanish, which is a competing exit."""
    people = ingested.company.people
    assert int((people.exit_kind == VOLUNTARY).sum()) == 1_616
    assert int((people.exit_kind == COMPETING).sum()) == 24
    left = people.termination[people.exit_kind == VOLUNTARY]
    assert (to_date(left.min()), to_date(left.max())) == (dt.date(2015, 12, 31), dt.date(2017, 12, 28))
    assert int((people.termination == people.hire).sum()) == 4


def test_vanishing_is_known_only_when_the_next_report_lacks_the_person(ingested: Ingested) -> None:
    """The 24 end with a month and are recorded at the end of the next; leavers are known from their day."""
    people = ingested.company.people
    vanished = people.exit_kind == COMPETING
    ends = Counter(to_date(day) for day in people.termination[vanished])
    assert ends == {
        dt.date(2016, 9, 30): 1,
        dt.date(2016, 12, 31): 4,
        dt.date(2017, 1, 31): 3,
        dt.date(2017, 2, 28): 6,
        dt.date(2017, 3, 31): 2,
        dt.date(2017, 5, 31): 6,
        dt.date(2017, 6, 30): 2,
    }
    delay = people.exit_recorded[vanished] - people.termination[vanished]
    assert set(delay.tolist()) <= {28, 30, 31}
    assert (people.exit_recorded[~vanished] == NEVER).all()


def test_dates_are_read_month_first(ingested: Ingested) -> None:
    """Joining dates run from 2010-04-01 to 2017-12-28; 972 people joined before the reports began."""
    hire = ingested.company.people.hire
    assert (to_date(hire.min()), to_date(hire.max())) == (dt.date(2010, 4, 1), dt.date(2017, 12, 28))
    assert int((hire < to_day(dt.date(2016, 1, 1))).sum()) == 972


def test_changes_of_grade_become_promotions(ingested: Ingested) -> None:
    """44 promotions and one demotion, all at a month's end; no pay change without one."""
    jobs = ingested.company.jobs
    events = Counter(jobs.event.tolist())
    assert events == {0: 2_381, 7: 2_381, 2: 44, 3: 1}
    changes = jobs.effective[jobs.event != 0]
    assert all((to_date(day) + dt.timedelta(days=1)).day == 1 for day in np.unique(changes))
    assert ingested.company.names.managers == ()


def test_the_rating_was_filled_in_after_its_quarter(folder: Path) -> None:
    """What the mapping says of ratings holds in the raw file: a good one knows the months to come.

    Of those without business in a quarter's first month, and reported again in the quarter, all 469 with a rating of 2
    or more beside it made business later; of 1,400 rated 1 only 549 did.
    """
    quarters: dict[tuple[str, int, int], dict[int, tuple[float, int]]] = defaultdict(dict)
    for row in _reports(folder):
        month, _, year = (int(part) for part in row["MMM-YY"].split("-"))
        value, rating = float(row["Total Business Value"]), int(row["Quarterly Rating"])
        quarters[row["Emp_ID"], year, (month - 1) // 3][(month - 1) % 3] = (value, rating)
    idle = [months for months in quarters.values() if len(months) > 1 and 0 in months and months[0][0] == 0]
    later = {
        good: [sum(months[m][0] for m in months if m) > 0 for months in idle if (months[0][1] > 1) == good]
        for good in (True, False)
    }
    assert (len(later[True]), sum(later[True])) == (469, 469)
    assert (len(later[False]), sum(later[False])) == (1_400, 549)


def test_a_rating_counts_from_the_end_of_its_quarter(ingested: Ingested) -> None:
    """Ratings are dated on eight quarter ends only, values of business on 24 month ends."""
    ratings, values = _signals(ingested, "quarterly_rating"), _signals(ingested, "business_value")
    assert sorted({to_date(day).month for day in np.unique(ratings.occurred)}) == [3, 6, 9, 12]
    assert len(np.unique(ratings.occurred)) == 8
    assert len(np.unique(values.occurred)) == 24
    assert (ratings.known == ratings.occurred).all()


def test_age_and_gender_reach_the_audit_alone(ingested: Ingested) -> None:
    """No table but `protected` has them, and education is nowhere."""
    for table in ingested.report.tables:
        assert table.denied_columns == ()
        assert table.unknown_columns == ()
    assert ingested.company.names.job_families == ()
    assert ingested.protected is not None
