"""Daily votes in a mood app at 17 companies, brought into the tables by SQL alone.

The literal counts were taken from the raw files with Python's csv module, not with the mapping.
"""

import csv
import datetime as dt
import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Final

import polars as pl
import pytest

from features.company import VOLUNTARY
from features.days import NEVER, to_date, to_day
from features.ingest import Ingested, load
from features.presence import at_risk, exits
from features.settings import FeatureSettings
from features.sources import read
from tests.mapped import data_folder

pytestmark = pytest.mark.real
EXPORTED: Final = dt.date(2017, 3, 20)
"""The latest day on which anybody voted or commented."""
Row = dict[str, str]


@pytest.fixture(scope="module")
def folder(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder of the mapping and links to the raw files."""
    return data_folder(shared_data, "happyforce", tmp_path_factory.mktemp("happyforce"))


@pytest.fixture(scope="module")
def ingested(folder: Path) -> Ingested:
    """The companies as the engine gets them."""
    return load(folder, FeatureSettings(), to_day(EXPORTED))


def test_every_row_comes_through_the_door(ingested: Ingested) -> None:
    """2,970 voters asked 516,873 times; 25,363 comments, four of them said twice in the same second."""
    rows = {table.table: (table.rows, table.rejected, table.left_out) for table in ingested.report.tables}
    assert rows == {
        "employees": (2_970, 0, 0),
        "job_history": (2_970, 0, 0),
        "surveys": (516_873, 0, 0),
        "signals": (25_363, 0, 4),
    }
    assert ingested.report.without_job_history == 0
    assert ingested.report.exits_without_type == 0


def test_days_with_a_vote_are_answers_and_the_others_silence(ingested: Ingested) -> None:
    """144,610 votes fell on 144,201 days of somebody's; an answer is of the day it was asked."""
    surveys = ingested.company.surveys
    assert surveys is not None
    answered = surveys.answered < NEVER
    assert int(answered.sum()) == 144_201
    assert (surveys.answered[answered] == surveys.sent[answered]).all()
    assert surveys.identified.all()
    assert ingested.company.names.drivers == ("mood",)


def test_accounts_that_are_gone_left_two_weeks_after_the_last_thing_they_did(ingested: Ingested) -> None:
    """442 left between 2015-03-12 and the export, 36 of them on its day since 14 days had not passed."""
    ended = exits(ingested.company, to_day(EXPORTED))
    left = ended.day[ended.kind == VOLUNTARY]
    assert len(left) == int((ingested.company.people.resignation < NEVER).sum()) == 442
    assert (to_date(left.min()), to_date(left.max())) == (dt.date(2015, 3, 12), EXPORTED)
    assert int((left == to_day(EXPORTED)).sum()) == 36


@pytest.mark.parametrize(
    "day, people, left",
    [
        (dt.date(2016, 6, 30), 975, (9, 28, 68)),
        (dt.date(2016, 9, 30), 1_581, (63, 98, None)),
        (dt.date(2016, 11, 30), 2_043, (22, 46, None)),
    ],
)
def test_who_was_there_and_left_soon(
    ingested: Ingested, day: dt.date, people: int, left: tuple[int, int, int | None]
) -> None:
    """People at risk at three month ends, and how many had left 30, 90 and 180 days later."""
    here, ended = at_risk(ingested.company, to_day(day)), exits(ingested.company, to_day(EXPORTED))
    assert int(here.sum()) == people
    for horizon, expected in zip((30, 90, 180), left, strict=True):
        if expected is not None:
            assert int((ended.day[here] <= to_day(day) + horizon).sum()) == expected


def test_a_company_is_a_unit_and_a_team(ingested: Ingested) -> None:
    """17 companies, each both; the same number in two of them is two people."""
    names = ingested.company.names
    assert len(names.units) == len(names.managers) == 17
    assert len(set(ingested.company.people.employee_id)) == 2_970
    assert len({name.partition("-")[2] for name in ingested.company.people.employee_id}) == 786


def test_what_the_churn_file_says_besides_being_there_changes_nothing(folder: Path, tmp_path: Path) -> None:
    """With other vote counts and other last participations the tables are the same, row by row."""

    def other(row: Row) -> Row:
        return {**row, "numVotes": "7", "lastParticipationDate": "Thu Jan 01 00:00:00 CET 1970"}

    changed = _changed(folder, tmp_path, {"churn.csv.gz": other})
    for table in ("employees", "job_history", "surveys", "signals"):
        assert _read(folder, table).equals(_read(changed, table)), table


def test_being_gone_reaches_the_exit_alone(folder: Path, tmp_path: Path) -> None:
    """If all accounts were still there, nobody would have left and every other value would be the same."""
    changed = _changed(folder, tmp_path, {"churn.csv.gz": lambda row: {**row, "stillExists": "true"}})
    for table in ("job_history", "surveys", "signals"):
        assert _read(folder, table).equals(_read(changed, table)), table
    people, stayed = _read(folder, "employees"), _read(changed, "employees")
    assert people.drop("resignation_date").equals(stayed.drop("resignation_date"))
    assert stayed["resignation_date"].null_count() == len(stayed)


def test_an_export_of_an_earlier_day_says_the_same_of_the_days_before(folder: Path, tmp_path: Path) -> None:
    """Votes and comments after 2016-09-30 change no question, answer or comment up to that day.

    Neither does how often the others liked a comment.
    """
    cut = dt.date(2016, 9, 30)

    def vote(row: Row) -> Row | None:
        return row if _day(row["voteDate"]) <= cut else None

    def comment(row: Row) -> Row | None:
        early = not row["commentDate"] or _day(row["commentDate"]) <= cut
        return {**row, "likes": "0", "dislikes": "9"} if early else None

    earlier = _changed(folder, tmp_path, {"votes.csv.gz": vote, "comments.csv.gz": comment})
    for table, column in (("surveys", "sent_at"), ("signals", "occurred_at")):
        full = _read(folder, table).filter(pl.col(column).cast(pl.Date) <= cut)
        assert full.equals(_read(earlier, table)), table
        assert len(full) > 10_000


def _read(folder: Path, table: str) -> pl.DataFrame:
    return read(table, folder / f"{table}.sql").frame


def _day(text: str) -> dt.date:
    """The day of ``Thu Feb 23 12:48:04 CET 2017``."""
    _, month, day, _, _, year = text.split()
    return dt.datetime.strptime(f"{day} {month} {year}", "%d %b %Y").replace(tzinfo=dt.UTC).date()


def _changed(folder: Path, into: Path, changes: dict[str, Callable[[Row], Row | None]]) -> Path:
    """The same data folder with some raw files rewritten row by row; a row that becomes None is left out."""
    for path in folder.iterdir():
        if path.name not in changes:
            (into / path.name).symlink_to(path)
            continue
        with (
            gzip.open(path, "rt", encoding="utf-8", newline="") as old,
            gzip.open(into / path.name, "wt", encoding="utf-8", newline="", compresslevel=1) as new,
        ):
            rows = csv.DictReader(old)
            out = csv.DictWriter(new, rows.fieldnames or ())
            out.writeheader()
            out.writerows(kept for row in rows if (kept := changes[path.name](row)) is not None)
    return into
