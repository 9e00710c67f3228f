"""What was recorded in the service comes back to training: written by one command, read by the other, marked by the fit."""

import datetime as dt
import json
from pathlib import Path
from typing import Final

import polars as pl
import pytest

from features.actions_file import read_actions
from features.asides import Actions
from service.cli import main
from service.settings import Settings
from service.store import actions
from service.store.actions import DROPPED, Brought, Change
from tests import stores
from tests.served import day
from training.cli import main as train

TODAY: Final = day("2026-12-31")


@pytest.mark.parametrize("kind", stores.KINDS)
@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_what_was_recorded_is_read_back(tmp_path: Path, kind: str, form: str) -> None:
    """Everything but what was dropped and what the data folder brought itself; only its owner may read the file."""
    out = tmp_path / f"actions.{form}"
    with stores.settings(kind, tmp_path / "home") as settings, stores.opened(settings) as store:
        for id_, at in (
            ("007", "2026-01-31T23:30:00Z"),
            ("E2", "2026-02-01T00:00:00Z"),
            ("E3", "2026-02-02T00:00:00Z"),
        ):
            made = actions.record(store, actions.new(id_, "learning", at, at, "0a1b2c3d"), None)
        actions.change(store, "E3", made.id, Change(DROPPED), "2026-02-03T00:00:00Z", None)
        actions.bring(store, [Brought("E4", "other", "2026-01-01")], "2026-02-03T00:00:00Z")
        assert main(["actions", "--out", str(out)], stores.environ(settings)) == 0
    found = read_actions(out, TODAY)
    days = [day("2026-01-31"), day("2026-02-01")]
    assert (found.employee_id, found.action_type, found.occurred.tolist(), found.actor_id) == (
        ("007", "E2"), ("learning",) * 2, days, ("0a1b2c3d",) * 2,
    )  # fmt: skip
    assert out.stat().st_mode & 0o777 == 0o600
    assert isinstance(found, Actions)


def test_a_file_that_cannot_be_written_is_a_mistake(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Another ending, a folder that is not there, and a home without a store: exit code 2 and one line."""
    stores_home = tmp_path / "home"
    with stores.opened(Settings(home=stores_home)):
        pass
    for home, out in ((stores_home, "actions.txt"), (stores_home, "no/actions.csv"), (tmp_path / "none", "a.csv")):
        assert main(["actions", "--out", str(tmp_path / out)], {"RETENTION_HOME": str(home)}) == 2
        assert len(capsys.readouterr().err.splitlines()) == 1


def test_training_marks_what_was_acted_on(tmp_path: Path) -> None:
    """A sample company and a file beside it: the bundle's manifest counts both, each day of a person once."""
    from training.sample import make, write

    data, home = tmp_path / "data", tmp_path / "home"
    write(make(120, 18, 5), data)
    own = pl.read_parquet(data / "actions.parquet")
    staff = pl.read_parquet(data / "employees.parquet")["employee_id"].unique().sort()[:20]
    rows = {"employee_id": staff, "action_type": ["workload"] * 20, "occurred_at": ["2026-03-01"] * 20}
    pl.DataFrame(rows).write_csv(tmp_path / "more.csv")
    environ = {"RETENTION_HOME": str(home), "RETENTION_THREADS": "1"}
    asked = ["train", "--data", str(data), "--as-of", "2026-06-30", "--actions", str(tmp_path / "more.csv")]
    assert train(asked, environ) in {0, 3}
    (manifest,) = home.glob("mlartifacts/**/manifest.json")
    acted = json.loads(manifest.read_text())["acted"]
    known = own.filter(pl.col("occurred_at") <= dt.date(2026, 6, 30)).select("employee_id", "occurred_at")
    assert acted["actions"] == len({*known.iter_rows(), *((one, dt.date(2026, 3, 1)) for one in staff)})
    assert 20 <= acted["people"] <= acted["actions"]
    assert 0 < acted["acted"] < acted["windows"]
    assert "were acted on" in (manifest.parent / "card.md").read_text()
