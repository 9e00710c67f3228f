"""F13: a nightly run is killed anywhere, and run again: it ends as if nothing had been, and nobody is scored twice."""

import contextlib
import random
import secrets
import shutil
import signal
import sqlite3
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import psycopg
import pytest

from tests import nights, postgres, stores
from tests.conftest import SEED, TRIAL
from tests.nights import BEFORE, DAY, Content, Night, ended

POINTS: Final = {"sqlite": (2, 60), "postgresql": (1, 24)}
"""Kill points, small and in a trial."""
KINDS: Final = ("sql", "call") if TRIAL else ("sql",)
NEVER: Final = ("sql", 0)
_PARTS: Final = "A run that was cut off had done"


@dataclass(frozen=True)
class Whole:
    """A home before the night, and what the night makes of it where nobody disturbs it."""

    before: Night
    content: Content
    steps: Mapping[str, int]
    """By kind, of an undisturbed run."""
    seconds: float


@pytest.fixture(scope="module", params=stores.KINDS)
def whole(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Whole]:
    """A home with a run of the week before; the night is run in copies of it."""
    with nights.night(request.param, tmp_path_factory.mktemp("before") / "home", BEFORE) as before:
        steps, seconds = dict[str, int](), list[float]()
        for kind in KINDS:
            with copied(before, tmp_path_factory.mktemp(kind)) as one:
                began = time.monotonic()
                done = one.run(kill=(kind, 0))
                seconds.append(time.monotonic() - began)
                assert done.returncode == 0, done.stderr
                steps[kind], content = int(done.stderr.split()[-1]), one.content()
        yield Whole(before, content, steps, min(seconds))


@contextlib.contextmanager
def copied(night: Night, folder: Path) -> Iterator[Night]:
    """A copy of a home and its store."""
    home = Path(shutil.copytree(night.settings.home, folder / "home"))
    if not night.settings.store_url:
        yield Night(replace(night.settings, home=home))
        return
    name, (server, _, was) = f"t{secrets.token_hex(6)}", night.settings.store_url.rpartition("/")
    with psycopg.connect(f"postgresql://{postgres.server()}/postgres", autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{was}"'.encode())
    try:
        yield Night(replace(night.settings, home=home, store_url=f"{server}/{name}"))
    finally:
        postgres.drop(f"{server}/{name}")


def kill(night: Night, whole: Whole, kind: str, place: float) -> subprocess.CompletedProcess[str]:
    """Run the night and kill it: at a step, or after a time, that far through the run."""
    if kind != "time":
        return night.run(kill=(kind, 1 + int(place * whole.steps[kind])))
    process = night.start(kill=NEVER)
    time.sleep(place * whole.seconds)
    process.send_signal(signal.SIGKILL)
    return ended(process)


def points(count: int) -> list[tuple[str, float]]:
    """Kill points spread over the run: by statements (many of which publish), by calls, by time; each a little apart."""
    generator = random.Random(SEED)
    kinds = ("sql", "call", "sql", "time") if TRIAL else ("sql",)
    return [(kinds[number % len(kinds)], (number + generator.random()) / count) for number in range(count)]


def sound(night: Night, whole: Whole) -> None:
    """All rows are those of an undisturbed run, everybody stands in it once, and nothing is left over."""
    found = night.content()
    assert found == whole.content
    assert [run[0] for run in found["runs"]] == [BEFORE, DAY]
    people = Counter(row[:5] for row in found["scores"])
    assert len(people) > 500
    assert set(people.values()) == {1}
    assert night.under_way() == (0, 0)
    if not night.settings.store_url:
        with contextlib.closing(sqlite3.connect(night.settings.home / "retention.db")) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_f13_killed_anywhere_it_ends_as_if_nothing_had_been(
    whole: Whole, tmp_path: Path, trial: bool, figures: Callable[[str, Mapping[str, object]], Path]
) -> None:
    """After each kill a reader sees the week before or the whole night; the next run makes it whole, row for row."""
    store = "postgresql" if whole.before.settings.store_url else "sqlite"
    killed, resumed, published = 0, 0, 0
    for number, (kind, place) in enumerate(points(POINTS[store][trial])):
        with copied(whole.before, tmp_path / str(number)) as night:
            killed += kill(night, whole, kind, place).returncode == -signal.SIGKILL
            seen = {run[0] for run in night.content()["runs"]}
            assert seen in ({BEFORE}, {BEFORE, DAY})
            published += DAY in seen
            again = night.run(kill=NEVER)
            assert again.returncode == 0, again.stderr
            resumed += _PARTS in again.stderr
            sound(night, whole)
    told = {"points": POINTS[store][trial], "killed": killed, "resumed_parts": resumed, "already_published": published}
    figures(f"f13_{store}", {**told, "rows_that_differ": 0, "statements": whole.steps["sql"]})
    assert killed >= POINTS[store][trial] * 0.7


def test_f13_what_was_done_is_found_again(whole: Whole, tmp_path: Path) -> None:
    """Killed again and again while it scores, it goes on where it was, and no reader sees what is staged."""
    with copied(whole.before, tmp_path) as night:
        before = night.content()
        for parts, staged in ((3, 3), (2, 5)):
            assert night.run(kill=("parts", parts)).returncode == -signal.SIGKILL
            assert night.under_way() == (1, staged)
            assert night.content() == before
        last = night.run(kill=NEVER)
        assert f"{_PARTS} 5 parts of this one; they are used." in last.stderr
        sound(night, whole)
