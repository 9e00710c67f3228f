"""`python -m service score`: the file, the run, and what happens when it is repeated, late, wrong or killed."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
import polars as pl
import pytest
from sqlalchemy import Engine, func, select

from service.cli import main
from service.settings import Settings
from service.store import runs, tables
from service.store.engine import open_store
from service.store.monitoring_tables import estimated, monitored
from tests.conftest import SEED
from tests.served import Toy, shared_toy

DAY: Final = "2026-09-15"
COLUMNS: Final = [
    "employee_id", "as_of_date", "risk_30", "risk_90", "risk_180", "risk_365", "band", "no_score",
    "reason_1", "reason_2", "reason_3", "reason_4", "reason_5", "next_conversation", "model_version",
]  # fmt: skip


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A fresh home with the toy champion."""
    return shared_toy().home(tmp_path / "home")


@pytest.fixture
def store(home: Path) -> Iterator[Engine]:
    """The home's store."""
    engine = open_store(Settings(home=home).database_url)
    yield engine
    engine.dispose()


def score(home: Path, day: str = DAY, out: Path | None = None, data: Path | None = None, **environ: str) -> int:
    """Run the command in this process; its exit code."""
    more = ["--out", str(out)] if out else []
    arguments = ["score", "--data", str(data or shared_toy().data), "--as-of", day, *more]
    return main(arguments, {"RETENTION_HOME": str(home), **environ})


def with_objection(toy: Toy, path: Path, employee_id: str) -> Path:
    """The toy's folder, with one person who objects."""
    shutil.copytree(toy.data, path)
    row = {"employee_id": [employee_id], "objected_at": ["2026-01-01"]}
    pl.DataFrame(row).write_csv(path / "objections.csv")
    (path / "objections.parquet").unlink(missing_ok=True)
    return path


def count(store: Engine, table: str) -> int:
    """Rows of a table of the store."""
    with store.connect() as connection:
        return int(connection.execute(select(func.count()).select_from(tables.METADATA.tables[table])).scalar_one())


def test_file_has_the_columns_of_the_contract(home: Path, tmp_path: Path) -> None:
    """Names in order, doubles, one row a person, risks that rise, reasons for everybody."""
    out = tmp_path / "scores.parquet"
    assert score(home, out=out) == 0
    scores = pl.read_parquet(out)
    assert scores.columns == COLUMNS
    assert {scores.schema[f"risk_{horizon}"] for horizon in (30, 90, 180, 365)} == {pl.Float64()}
    assert scores["employee_id"].n_unique() == len(scores) > 200
    assert (
        scores.select((pl.col("risk_30") < pl.col("risk_90")) & (pl.col("risk_180") < pl.col("risk_365")))
        .to_series()
        .all()
    )
    assert scores.filter(pl.col("no_score").is_null())["reason_5"].null_count() == 0
    assert scores["as_of_date"].unique().to_list() == [date.fromisoformat(DAY)]


def test_a_run_tells_when_everybody_came_first(home: Path, store: Engine) -> None:
    """The earliest hire date of each, of whoever came back too; and the run's moment ends in Z, as all others do."""
    assert score(home) == 0
    run = runs.latest(store)
    assert run is not None
    assert run.published_at[19:] == "Z"
    staff = pl.read_parquet(shared_toy().data / "employees.parquet")
    first = staff.group_by("employee_id").agg(pl.col("hire_date").min().cast(pl.String), pl.len())
    told = {person.scored.employee_id: person.hired_on for person in runs.scores_of(store, run)}
    expected = dict(first.select("employee_id", "hire_date").iter_rows())
    assert told == {id_: expected[id_] for id_ in told}
    assert told.keys() & set(first.filter(pl.col("len") > 1)["employee_id"])


def test_who_was_erased_counts_in_nothing_that_is_watched(home: Path, store: Engine) -> None:
    """The export still has the five, and monitoring tells of five fewer: of those who are in the run."""
    assert score(home, "2026-08-31") == 0
    before = runs.latest(store)
    assert before is not None
    some = [one.scored.employee_id for one in runs.scores_of(store, before) if one.scored.risks][:5]
    for one in some:
        assert main(["erase", "--employee", one], {"RETENTION_HOME": str(home)}) == 0
    assert score(home) == 0
    run = runs.latest(store)
    assert run is not None
    scored = runs.counts(store, run)[0]
    with store.connect() as connection:
        expected = connection.execute(select(estimated.c.people).where(estimated.c.as_of == DAY)).scalars().all()
        counted = connection.execute(select(monitored.c.counts).where(monitored.c.run == run.id)).scalar_one()
    assert set(expected) == {scored}
    assert {sum(bins) for bins in json.loads(counted)["scores"].values()} == {scored}


def test_a_run_says_which_sources_are_missing(home: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Surveys and absences taken out of the folder are named in the log, and reasons speak of no survey."""
    assert score(home, out=tmp_path / "whole.parquet") == 0
    assert "Missing sources" not in caplog.text
    folder = shutil.copytree(shared_toy().data, tmp_path / "without")
    (folder / "surveys.parquet").unlink()
    (folder / "absences.parquet").unlink()
    assert score(home, out=tmp_path / "scores.parquet", data=folder) == 0
    assert "Missing sources: surveys, absences. What rests on them is null, and reasons say so." in caplog.messages
    texts = pl.read_parquet(tmp_path / "scores.parquet").select(pl.concat_list("^reason_.$").explode().drop_nulls())
    surveys = texts.to_series().str.contains("(?i)survey")
    assert texts.filter(surveys).to_series().str.strip_prefix("Lowers the risk: ").unique().to_list() == [
        "No survey records here"
    ]


def test_csv_says_the_same(home: Path, tmp_path: Path) -> None:
    """The second command is a no-op of which only the file is new, equal to the last bit."""
    assert score(home, out=tmp_path / "a.parquet") == 0
    assert score(home, out=tmp_path / "b.csv") == 0
    parquet = pl.read_parquet(tmp_path / "a.parquet")
    csv = pl.read_csv(tmp_path / "b.csv", schema=parquet.schema)
    assert csv.equals(parquet)


def test_same_four_are_a_no_op(home: Path, store: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Equal day, data, bundle and settings publish nothing anew; the file is written all the same."""
    assert score(home) == 0
    assert score(home, out=tmp_path / "scores.parquet") == 0
    assert count(store, "runs") == 1
    assert "had been published before" in capsys.readouterr().out
    assert (tmp_path / "scores.parquet").exists()


@pytest.mark.parametrize("change", ["day", "data", "settings"])
def test_another_run_when_one_of_the_four_differs(home: Path, store: Engine, tmp_path: Path, change: str) -> None:
    """Another day, other data or other bands make a second run."""
    assert score(home) == 0
    if change == "day":
        assert score(home, day="2026-09-14") == 0
    elif change == "data":
        assert score(home, data=with_objection(shared_toy(), tmp_path / "data", "E000001")) == 0
    else:
        assert score(home, RETENTION_BANDS="0.01,0.02,0.03") == 0
    assert count(store, "runs") == 2


def test_who_objects_stays_with_nulls(home: Path, tmp_path: Path) -> None:
    """At risk, but not scored: a row with the code and without any number; people who are gone are absent."""
    first = tmp_path / "first.parquet"
    assert score(home, out=first) == 0
    someone = pl.read_parquet(first)["employee_id"][3]
    data = with_objection(shared_toy(), tmp_path / "data", someone)
    out = tmp_path / "scores.parquet"
    assert score(home, out=out, data=data) == 0
    (row,) = pl.read_parquet(out).filter(pl.col("employee_id") == someone).to_dicts()
    assert row.pop("employee_id") == someone
    assert row.pop("as_of_date") == date.fromisoformat(DAY)
    assert row.pop("model_version") == "1"
    assert row.pop("no_score") == "objection"
    assert set(row.values()) == {None}
    assert len(pl.read_parquet(out)) == len(pl.read_parquet(first))


def test_a_day_before_the_training_day_is_retrospective(
    home: Path, store: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    """It is scored with a warning, and `latest` stays the newest day that is not."""
    assert score(home, day="2026-08-15") == 0
    assert score(home, day="2026-07-15") == 0
    assert "retrospective" in caplog.text
    newest = runs.latest(store)
    assert newest is not None
    assert (newest.identity.as_of, newest.retrospective) == ("2026-08-15", False)
    before = runs.on_or_before(store, "2026-08-01")
    assert before is not None
    assert (before.identity.as_of, before.retrospective) == ("2026-07-15", True)


def test_published_scores_are_those_of_the_file(home: Path, store: Engine, tmp_path: Path) -> None:
    """What the store gives back is what the file says, reasons with their parts included."""
    out = tmp_path / "scores.parquet"
    assert score(home, out=out) == 0
    newest = runs.latest(store)
    assert newest is not None
    people = list(runs.scores_of(store, newest))
    assert [person.scored.employee_id for person in people] == pl.read_parquet(out)["employee_id"].to_list()
    assert newest.people == len(people)
    reason = msgspec.structs.asdict(people[0].scored.reasons[0])
    assert set(reason) == {"feature", "text", "direction", "contribution", "value", "actionable"}


@pytest.mark.parametrize("day", ["2026-9-15", "yesterday", "2026-02-30", "2999-01-01"])
def test_wrong_day(home: Path, day: str, capsys: pytest.CaptureFixture[str]) -> None:
    """No such day, or one after tomorrow: exit code 2 and a sentence."""
    assert score(home, day=day) == 2
    assert capsys.readouterr().err.startswith("--as-of ")


def test_wrong_file(home: Path, store: Engine, tmp_path: Path) -> None:
    """A file that cannot be written is refused before anything is computed."""
    for out in (tmp_path / "scores.xlsx", tmp_path / "nowhere" / "scores.csv"):
        assert score(home, out=out) == 2
    assert count(store, "runs") == 0


def test_without_a_champion(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 2, and what to do."""
    assert score(tmp_path) == 2
    assert "training train" in capsys.readouterr().err


def test_bad_data_publishes_nothing(home: Path, store: Engine, tmp_path: Path) -> None:
    """A folder that breaks the contract stops the run; nothing is in the store."""
    assert score(home, data=tmp_path / "nowhere") == 2
    assert count(store, "runs") == 0


@pytest.mark.slow
def test_killed_at_any_moment_all_is_whole_or_absent(home: Path, store: Engine, tmp_path: Path, trial: bool) -> None:
    """Killed at random moments, the file and the run are each whole or absent; the next run is as if nothing was."""
    rng = np.random.default_rng(SEED)
    out = tmp_path / "scores.parquet"
    began = time.monotonic()
    whole = shared_toy().home(tmp_path / "other")
    command = [sys.executable, "-m", "service", "score", "--data", str(shared_toy().data), "--as-of", DAY, "--out"]

    def run(place: Path, file: Path) -> "subprocess.Popen[bytes]":
        environ = {**os.environ, "RETENTION_HOME": str(place)}
        return subprocess.Popen(
            [*command, str(file)], env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

    assert run(whole, tmp_path / "whole.parquet").wait() == 0
    seconds = time.monotonic() - began
    expected = pl.read_parquet(tmp_path / "whole.parquet")
    for _ in range(50 if trial else 2):
        process = run(home, out)
        time.sleep(rng.uniform(0.3, 1.0) * seconds)
        process.send_signal(signal.SIGKILL)
        process.wait()
        found = runs.latest(store)
        assert found is None or len(list(runs.scores_of(store, found))) == found.people == len(expected)
        assert not out.exists() or pl.read_parquet(out).equals(expected)
    assert run(home, out).wait() == 0
    assert pl.read_parquet(out).equals(expected)
    assert count(store, "runs") == 1


def test_actions_of_the_data_stand_beside_the_person_once(home: Path, store: Engine) -> None:
    """Those known on the day, however often the data brings them; a later one comes with a later run."""
    known = pl.read_parquet(shared_toy().data / "actions.parquet").filter(pl.col("occurred_at") <= date(2026, 9, 16))
    by_day = known.unique(["employee_id", "action_type", "occurred_at"]).sort("occurred_at")
    assert score(home) == 0
    assert count(store, "actions") == len(by_day.filter(pl.col("occurred_at") <= date.fromisoformat(DAY))) > 10
    assert score(home, "2026-09-16") == 0
    assert count(store, "actions") == len(by_day)


def test_a_run_of_a_day_long_past_is_kept(home: Path, store: Engine) -> None:
    """The time for which runs are kept begins with their publication, not with the day they speak of."""
    assert score(home, "2025-01-15", RETENTION_KEEP_SCORES_DAYS="30") == 0
    assert count(store, "runs") == 1
    assert count(store, "scores") > 100
