"""A person's numbers are the same whoever else is asked about, in whatever order, in however many parts."""

import datetime as dt
import random
from pathlib import Path

import numpy as np
import pytest

from features import blocks
from features.blocks import Snapshots
from features.build import build, person_features, team_features
from features.company import Company
from tests import companies
from tests.companies import SPEC, STRANGER, Row, Tables
from tests.conftest import SEED, TRIAL
from tests.oracle import DAY, KEYS, day, moment

SEEDS = range(SEED + 1000, SEED + 1000 + (30 if TRIAL else 3))
DAYS = tuple(dt.date(*day) for day in ((2023, 3, 31), (2024, 2, 29), (2024, 12, 24), (2025, 6, 30)))
KEYED = ("job_history", "surveys", "tickets", "checkins")


@pytest.fixture(scope="module", params=SEEDS)
def tables(request: pytest.FixtureRequest) -> Tables:
    """A generated company as raw tables."""
    return companies.company(request.param, people=40)


@pytest.fixture(scope="module")
def arrays(tables: Tables, tmp_path_factory: pytest.TempPathFactory) -> Company:
    """The company through the door."""
    return companies.through_the_door(tmp_path_factory.mktemp("whole") / "data", tables)


def bits(matrix: np.ndarray[tuple[int, int], np.dtype[np.float32]]) -> list[list[int]]:
    """A matrix as the integers behind its floats, so that equal means equal to the last bit."""
    assert matrix.dtype == np.float32
    found: list[list[int]] = np.ascontiguousarray(matrix).view(np.uint32).tolist()
    return found


def all_rows(arrays: Company) -> Snapshots:
    """Everybody hired by each of the days."""
    return companies.snapshots(arrays, companies.hired_by(arrays, DAYS))


def at(rows: Snapshots, places: list[int]) -> Snapshots:
    """Some of the rows, in the order of `places`."""
    return Snapshots(rows.person[places], rows.day[places])


def without_ties(tables: Tables) -> Tables:
    """Without the rows for which the contract itself asks the order of the file.

    Of rows with one key and one first known day the first stays; of job rows in force and recorded at one time the last
    wins. Corrections and repetitions known on different days remain.
    """
    kept = dict(tables)
    for table in KEYED:
        seen: set[tuple[object, ...]] = set()
        kept[table] = []
        for row in tables[table]:
            tie = (*(str(row.get(name)).lower() for name in KEYS[table]), _first_known(table, row))
            if table == "job_history":
                tie = (row["employee_id"], row["effective_date"], _first_known(table, row))
            if tie not in seen:
                seen.add(tie)
                kept[table].append(row)
    return kept


def _first_known(table: str, row: Row) -> object:
    return moment(row.get("recorded_at") or row["effective_date"]) if table == "job_history" else day(row[DAY[table]])


def test_the_order_of_rows_in_a_file_does_not_matter(tables: Tables, tmp_path: Path) -> None:
    """With all files shuffled, every number stays the same to the last bit."""
    tables = without_ties(tables)
    rng = random.Random(SEED)
    shuffled = {name: rng.sample(rows, len(rows)) for name, rows in tables.items()}
    one, other = (
        companies.through_the_door(tmp_path / name, which) for name, which in (("one", tables), ("other", shuffled))
    )
    assert companies.keys(one) == companies.keys(other)
    assert bits(build(one, SPEC, all_rows(one))) == bits(build(other, SPEC, all_rows(other)))


def test_people_may_be_computed_in_parts(tables: Tables, arrays: Company, tmp_path: Path) -> None:
    """Two folders of half the people each give the person's columns that the whole company gives."""
    whole = dict(
        zip(companies.hired_by(arrays, DAYS), bits(person_features(arrays, SPEC, all_rows(arrays))), strict=True)
    )
    for half in (0, 1):
        part = {
            name: [
                row
                for row in rows
                if row.get("employee_id") in {None, STRANGER} or int(row["employee_id"][1:]) % 2 == half
            ]
            for name, rows in tables.items()
        }
        some = companies.through_the_door(tmp_path / str(half), part)
        rows = companies.hired_by(some, DAYS)
        found = bits(person_features(some, SPEC, companies.snapshots(some, rows)))
        assert [whole.pop(row) for row in rows] == found
    assert whole == {}


def test_one_row_alone_is_one_row_among_many(arrays: Company) -> None:
    """A row asked for alone has the numbers it has among all rows, the team's columns included."""
    rows = all_rows(arrays)
    together = bits(build(arrays, SPEC, rows))
    for place in random.Random(SEED).sample(range(len(rows)), 25):
        assert bits(build(arrays, SPEC, at(rows, [place]))) == [together[place]]


def test_one_day_alone_is_one_day_among_many(arrays: Company) -> None:
    """Each day computed by itself gives what all days in one call give."""
    rows = all_rows(arrays)
    together = bits(build(arrays, SPEC, rows))
    for when in np.unique(rows.day):
        places = np.flatnonzero(rows.day == when).tolist()
        assert bits(build(arrays, SPEC, at(rows, places))) == [together[place] for place in places]


def test_rows_may_come_in_any_order_and_twice(arrays: Company) -> None:
    """Rows shuffled and repeated give the same numbers in their new places."""
    rows = all_rows(arrays)
    together = bits(build(arrays, SPEC, rows))
    places = random.Random(SEED).choices(range(len(rows)), k=2 * len(rows))
    assert bits(build(arrays, SPEC, at(rows, places))) == [together[place] for place in places]


def test_persons_and_team_together_are_the_whole(arrays: Company) -> None:
    """The person's columns and the team's, computed apart, are the matrix."""
    rows = all_rows(arrays)
    apart = np.hstack([person_features(arrays, SPEC, rows), team_features(arrays, SPEC, rows)])
    assert bits(apart) == bits(build(arrays, SPEC, rows))


@pytest.mark.parametrize("size", [1, 7, 60])
def test_the_size_of_a_block_does_not_matter(arrays: Company, size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work cut into blocks of any size gives the same numbers."""
    rows = all_rows(arrays)
    together = bits(build(arrays, SPEC, rows))
    monkeypatch.setattr(blocks, "ROWS", size)
    assert bits(build(arrays, SPEC, rows)) == together


def test_no_rows_are_no_rows(arrays: Company) -> None:
    """Nobody asked for gives a matrix with no rows and every column."""
    nobody = Snapshots(np.zeros(0, np.int32), np.zeros(0, np.int32))
    whole = build(arrays, SPEC, all_rows(arrays))
    assert build(arrays, SPEC, nobody).shape == (0, whole.shape[1])
