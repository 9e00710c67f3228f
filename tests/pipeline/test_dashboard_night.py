"""The dashboard as a real night publishes it, held against a slow oracle; and which nights leave it alone."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from sqlalchemy import Engine, select

from service.cli import main
from service.dashboard.view import dashboard
from service.settings import Settings
from service.store import runs
from service.store.dashboard_tables import dashboards
from service.store.engine import open_store
from tests.oracle_dashboard import Oracle
from tests.served import shared_toy

DAY: Final = "2026-09-15"
EARLIER: Final = "2026-09-08"
BEFORE_TRAINING: Final = "2026-06-30"
UNITS: Final = ("", "Sales", "Finance")
MONTHS: Final = ("2026-08", "2026-03", "2025-11")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a scored day, and after it two earlier ones."""
    found = shared_toy().home(tmp_path_factory.mktemp("home"))
    for day in (DAY, EARLIER, BEFORE_TRAINING):
        arguments = ["score", "--data", str(shared_toy().data), "--as-of", day, "--accept"]
        assert main(arguments, {"RETENTION_HOME": str(found), "RETENTION_THREADS": "1"}) == 0
    return found


@pytest.fixture(scope="module")
def store(home: Path) -> Iterator[Engine]:
    """Its store."""
    engine = open_store(Settings(home=home).database_url)
    yield engine
    engine.dispose()


def test_only_the_newest_day_has_a_dashboard(store: Engine) -> None:
    """Neither an earlier day that is scored later nor one from before the training takes its place."""
    latest = runs.latest(store)
    assert latest is not None
    assert latest.identity.as_of == DAY
    with store.connect() as connection:
        assert connection.execute(select(dashboards.c.run)).scalars().all() == [latest.id]


def test_what_is_shown_is_the_slow_oracle_s(store: Engine) -> None:
    """Every value and its people, of the company and two divisions in three months; and most of them are shown."""
    latest = runs.latest(store)
    assert latest is not None
    oracle, shown, all_ = Oracle(shared_toy().data, dt.date.fromisoformat(DAY)), 0, 0
    for unit in UNITS:
        told = dashboard(store, latest, unit, 60, 0.21)
        figures = {one.name: one for one in told.figures}
        for month in MONTHS:
            at = told.months.index(month)
            for name, (value, people) in oracle.figures(unit, int(month[:4]), int(month[5:])).items():
                found, all_ = figures[name], all_ + 1
                if found.withheld[at] is None:
                    assert found.values[at] == pytest.approx(value, rel=1e-4, abs=1e-6), (unit, month, name)
                    assert found.n[at] == people, (unit, month, name)
                    shown += 1
    assert shown > 0.6 * all_
