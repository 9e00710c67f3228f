"""Lists of a sample company, made by the commands and asked over the API, held against who then left.

A company is trained on once, eight months before its records end, and scored on that day and on four more, a month apart.
Each list of fifteen says how many of its people will leave within 90 days, and between which numbers.
"""

import datetime as dt
import os
import secrets
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import polars as pl
import pytest

from features.days import to_date, to_day
from service.access.keys import Caller, add_key
from service.app import create_app
from service.settings import Settings
from tests.posting import Client
from training.sample import END, make, write

CAPACITY: Final = 15
HORIZON: Final = 90
EVERY: Final = 30
SEEDS: Final = range(301, 311)
PEOPLE: Final = 600
LISTS: Final = 5
TRAINED: Final = to_day(END) - HORIZON - EVERY * (LISTS - 1)


@pytest.mark.trial
@pytest.mark.timeout(7_200)
def test_as_many_leave_as_the_lists_say(
    tmp_path: Path, root: Path, figures: Callable[[str, Mapping[str, object]], Path]
) -> None:
    """At least 90 of 100 lists hold a number of leavers that lies in the 95 % interval they gave."""
    said = [one for seed in SEEDS for one in lists(root, tmp_path / str(seed), seed)]
    held = [one["low"] <= one["left"] <= one["high"] for one in said]
    figures("lists_expected_leavers", {"lists": said, "held": sum(held), "of": len(held)})
    assert all(0 < one["listed"] <= CAPACITY for one in said)
    assert sum(held) >= 0.9 * len(held)


def lists(root: Path, folder: Path, seed: int) -> list[dict[str, Any]]:
    """What each list of one company said, and how many of its people left."""
    data, home = folder / "data", folder / "home"
    write(make(PEOPLE, 36, seed), data)
    run(root, home, "training", "train", "--data", str(data), "--as-of", str(to_date(TRAINED)))
    exits = left_on(data)
    said = []
    for day in range(TRAINED, TRAINED + EVERY * LISTS, EVERY):
        run(root, home, "service", "score", "--data", str(data), "--as-of", str(to_date(day)))
        answer = asked(home)
        ids = [person["employee_id"] for person in answer["people"]]
        left = sum(day < exits.get(id_, 0) <= day + HORIZON for id_ in ids)
        told = answer["expected_leavers"]
        said.append({"seed": seed, "as_of": str(to_date(day)), "listed": len(ids), "left": left, **told})
    return said


def asked(home: Path) -> dict[str, Any]:
    """The list as the API gives it."""
    with Client(create_app(Settings(home=home), {})) as client:
        caller, now = Caller(secrets.token_hex(4), "hrbp", ""), dt.datetime.now(dt.UTC).isoformat()
        key = add_key(client.app.state.service.store, caller, now)
        url = f"/v1/risk-list?capacity={CAPACITY}&horizon={HORIZON}"
        answer = client("GET", url, headers={"Authorization": f"Bearer {key}"})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def left_on(data: Path) -> dict[str, int]:
    """The day on which each resigned, by the records alone: the resignation, else the end of a voluntary employment."""
    people = pl.read_parquet(data / "employees.parquet")
    voluntary = people.filter(pl.col("termination_type").is_null() | (pl.col("termination_type") == "voluntary"))
    day = pl.min_horizontal("resignation_date", "termination_date").cast(pl.Date)
    gone = voluntary.select("employee_id", day=day).drop_nulls()
    return {id_: to_day(left) for id_, left in gone.iter_rows()}


def run(root: Path, home: Path, *arguments: str) -> None:
    """Run a command in a home of its own."""
    environ = {**os.environ, "RETENTION_HOME": str(home), "RETENTION_THREADS": "2"}
    command = [sys.executable, "-m", *arguments]
    done = subprocess.run(command, cwd=root, env=environ, capture_output=True, text=True, check=False, timeout=1_200)
    assert done.returncode == 0, done.stderr
