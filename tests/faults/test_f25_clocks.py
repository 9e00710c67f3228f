"""F25: clocks that step, zones, nights of 23 and 25 hours, leap days: a day is a UTC day, and every night is run once."""

import datetime as dt
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from features.blocks import Snapshots
from features.build import build
from features.catalogue import catalogue
from features.days import to_date, to_day
from features.ingest import load
from features.settings import FeatureSettings
from features.spec import feature_spec
from models.bands import Bands
from service import nightly, sync
from service.settings import Settings
from service.store import runs
from tests import stores
from tests.builders import employee, folder, job, ticket
from tests.exports import NEXT
from tests.served import day, shared_toy

ZONES: Final = ("Pacific/Kiritimati", "America/Los_Angeles", "Europe/Berlin")
"""UTC+14, UTC-7, and one whose clocks change on the nights below."""
BERLIN: Final = ZoneInfo("Europe/Berlin")


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Settings of a home with the toy champion, and a store of either kind."""
    shared_toy().home(settings.home)
    return settings


def test_f25_the_machine_s_zone_changes_nothing(root: Path, tmp_path: Path, settings: Settings) -> None:
    """The same night under three zones is one run, and each writes the same file."""
    files = []
    for place, zone in enumerate(ZONES):
        out = tmp_path / f"{place}.csv"
        arguments = ["score", "--data", str(shared_toy().data), "--as-of", NEXT, "--out", str(out)]
        environ = {**os.environ, **stores.environ(settings), "TZ": zone}
        command = [sys.executable, "-m", "service", *arguments]
        done = subprocess.run(command, cwd=root, env=environ, capture_output=True, text=True, check=False, timeout=200)
        assert done.returncode == 0, done.stderr
        assert ("had been published before" in done.stdout) == (place > 0)
        files.append(out.read_bytes())
    assert files[0] == files[1] == files[2]


def test_f25_a_clock_that_steps_back_runs_no_night_twice_and_skips_none(settings: Settings) -> None:
    """An hour and a day back between runs: the same night is a no-op, the next day's run is the latest all the same."""
    serving = sync.champion(settings, {}, lambda: 0.0)
    nights = [("2026-09-15", "2026-10-16T00:30:00Z"), ("2026-09-15", "2026-10-15T23:30:00Z"),
              ("2026-09-16", "2026-10-15T00:30:00Z")]  # fmt: skip
    already = []
    with stores.opened(settings) as store:
        for as_of, now in nights:
            night = nightly.Night(
                folder=shared_toy().data, day=day(as_of), today=to_day(dt.datetime.fromisoformat(now).date()), now=now,
                features=FeatureSettings(), bands=Bands(), threads=1,
            )  # fmt: skip
            already.append(nightly.run(night, store, serving, lambda _: lambda _stage, _people: None).already)
        latest = runs.latest(store)
    assert already == [False, True, False]
    assert latest is not None
    assert latest.identity.as_of == "2026-09-16"


@pytest.mark.parametrize(
    "opened,responded",
    [
        (dt.datetime(2026, 3, 29, 1, 30, tzinfo=BERLIN), dt.datetime(2026, 3, 29, 3, 30, tzinfo=BERLIN)),
        (dt.datetime(2025, 10, 26, 2, 30, tzinfo=BERLIN), dt.datetime(2025, 10, 26, 2, 30, tzinfo=BERLIN, fold=1)),
        (dt.datetime(2025, 12, 31, 23, 59, 59, tzinfo=BERLIN), dt.datetime(2026, 1, 1, 0, 30, tzinfo=BERLIN)),
        (dt.datetime(2024, 2, 29, 23, 59, 59, tzinfo=ZoneInfo("America/Los_Angeles")),
         dt.datetime(2024, 3, 1, 0, 30, tzinfo=dt.UTC) + dt.timedelta(days=1)),
    ],
)  # fmt: skip
def test_f25_durations_are_those_of_utc(tmp_path: Path, opened: dt.datetime, responded: dt.datetime) -> None:
    """A response across a night of 23 or 25 hours, a year's end or a leap day took as long as UTC says, and never less than none."""
    rows = [ticket(opened_at=opened.isoformat(), first_response_at=responded.isoformat(), category="payroll")]
    found = load(folder(tmp_path, tickets=rows), FeatureSettings(), day("2026-09-30")).company.tickets
    assert found is not None
    seconds = (responded.astimezone(dt.UTC) - opened.astimezone(dt.UTC)).total_seconds()
    assert seconds > 0
    assert found.responded_seconds[0] - found.opened_seconds[0] == seconds
    assert to_date(int(found.opened[0])) == opened.astimezone(dt.UTC).date()
    assert to_date(int(found.responded[0])) == responded.astimezone(dt.UTC).date()


@pytest.mark.parametrize("hired,asked,days", [("2024-02-29", "2025-02-28", 365), ("2023-03-01", "2024-03-01", 366)])
def test_f25_tenure_counts_leap_days(tmp_path: Path, hired: str, asked: str, days: int) -> None:
    """Days with the company, by the calendar."""
    rows: dict[str, Any] = {
        "employees": [employee(hire_date=hired)],
        "job_history": [job(effective_date=hired)],
    }
    company = load(folder(tmp_path, **rows), FeatureSettings(), day("2026-09-30")).company
    spec = feature_spec(company, day(asked), (12, 4, 2))
    at = Snapshots(np.zeros(1, np.int32), np.array([day(asked)], np.int32))
    columns = [feature.name for feature in catalogue(spec)]
    assert build(company, spec, at)[0, columns.index("career_tenure_days")] == days
