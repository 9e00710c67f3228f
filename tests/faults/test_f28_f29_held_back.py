"""F28, F29: data that is half empty, stale or of other units is held back; the last list stays, with its day and the reason."""

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from service.api.listed import run_named
from service.settings import Settings
from service.store import runs
from service.store.engine import open_store
from service.store.held import held_back
from tests.exports import FIRST, NEXT, changed, score
from tests.served import day, shared_toy


def half_of_them_gone(people: pl.DataFrame) -> pl.DataFrame:
    """Every second person's row is lost."""
    return people.filter(pl.col("employee_id").hash(1) % 2 == 0)


def without_leavers(people: pl.DataFrame) -> pl.DataFrame:
    """A refresh that drops who left, and a tenth of those who did not."""
    return people.filter(pl.col("termination_date").is_null() & (pl.col("employee_id").hash(1) % 10 != 0))


def in_cents(rows: pl.DataFrame) -> pl.DataFrame:
    """Salaries a hundred times as large."""
    return rows.with_columns(pl.col("base_salary") * 100)


def not_since_may(rows: pl.DataFrame) -> pl.DataFrame:
    """A feed that went silent."""
    return rows.filter(pl.col("opened_at") < pl.datetime(2026, 5, 1, time_zone="UTC"))


@pytest.mark.parametrize(
    "table,change,said",
    [
        ("employees", half_of_them_gone, "Head count: "),
        ("employees", without_leavers, "Leavers vanished: "),
        (
            "job_history",
            in_cents,
            'Other units: 20 or more times as large as on 2026-08-31, or as small: "Base salary of … now"',
        ),
        ("tickets", not_since_may, "Silent source: the newest fact of tickets"),
    ],
)
def test_f28_f29_a_run_on_broken_data_is_held_back(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], table: str, change: Callable[[pl.DataFrame], pl.DataFrame], said: str
) -> None:  # fmt: skip
    """Exit code 2 and a sentence; the last list is still the latest, and says why there is no newer one."""
    home = shared_toy().home(tmp_path / "home")
    assert score(home, shared_toy().data, FIRST) == 0
    folder = changed(tmp_path, table, change)
    out = tmp_path / "scores.csv"
    assert score(home, folder, NEXT, "--out", str(out)) == 2
    told = capsys.readouterr().err
    assert said in told
    assert "--accept" in told
    assert not out.exists()
    store = open_store(Settings(home=home).database_url)
    latest = runs.latest(store)
    assert latest is not None
    reasons = held_back(store, latest)
    assert reasons[0].startswith(said) or any(reason.startswith(said) for reason in reasons)
    assert run_named(latest, day("2026-09-16"), reasons).as_of == FIRST
    assert score(home, folder, NEXT, "--accept") == 0
    accepted = runs.latest(store)
    assert accepted is not None
    assert accepted.identity.as_of == NEXT
    assert held_back(store, accepted) == []
    store.dispose()


def test_f28_the_same_file_again_is_stale_after_a_week(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Scored for a day ten days after its newest fact, as before: no newer list is made of old data."""
    home = shared_toy().home(tmp_path / "home")
    newest = "2026-09-30"
    assert score(home, shared_toy().data, newest) == 0
    assert score(home, shared_toy().data, "2026-10-12") == 2
    assert "Stale export: the data knows nothing newer than" in capsys.readouterr().err


def test_f28_usual_weeks_pass(tmp_path: Path) -> None:
    """The same export scored for day after day of its own time is held back never."""
    home = shared_toy().home(tmp_path / "home")
    for as_of in ("2026-08-15", "2026-08-22", "2026-09-05", "2026-09-30"):
        assert score(home, shared_toy().data, as_of) == 0
