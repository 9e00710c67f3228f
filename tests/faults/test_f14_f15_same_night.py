"""F14, F15: the same night is run twice at once, on one host or two, and again when it is published: one run, alike for all."""

import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import update

from service.store import runs
from service.store.night_tables import nights as leases
from tests import nights, stores
from tests.nights import DAY, Night, ended
from tests.served import shared_toy

SECONDS = 60


@pytest.fixture(params=["sqlite: one home", "postgresql: two homes"])
def hosts(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Night, Night]]:
    """Two that share a store: processes of one home on SQLite, or of two homes on PostgreSQL."""
    kind, _, homes = request.param.partition(": ")
    with nights.night(kind, tmp_path / "home") as one:
        other = one if homes == "one home" else Night(replace(one.settings, home=tmp_path / "other"))
        yield one, Night(replace(other.settings, home=shared_toy().home(other.settings.home)))


def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds."""
    end = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.fixture
def first(hosts: tuple[Night, Night], tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A run that stands still once it has staged two parts; it is not dead, and holds nothing but the lease."""
    process = hosts[0].start(DAY, "--out", str(tmp_path / "one.csv"), kill=("stop", 2))
    try:
        until(lambda: Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[0] == "T")
        assert hosts[0].under_way() == (1, 2)
        yield process
    finally:
        process.kill()
        process.communicate()


def waits(process: subprocess.Popen[str]) -> None:
    """Read what a run says until it says that it waits for another."""
    assert process.stderr is not None
    assert any("The same run is under way already" in line for line in process.stderr)


def alike(night: Night, one: Path, other: Path) -> None:
    """One run, everybody in it once, and the same file for both."""
    found = night.content()
    assert len(found["runs"]) == 1
    assert len({row[4] for row in found["scores"]}) == len(found["scores"]) > 200
    assert night.under_way() == (0, 0)
    assert one.read_bytes() == other.read_bytes()


def test_f14_the_second_waits_and_has_the_same_result(
    hosts: tuple[Night, Night], first: subprocess.Popen[str], tmp_path: Path
) -> None:
    """While the first works, the second says so and waits; both end well, with the same file."""
    one, other = tmp_path / "one.csv", tmp_path / "other.csv"
    second = hosts[1].start(DAY, "--out", str(other))
    waits(second)
    first.send_signal(signal.SIGCONT)
    done = ended(first), ended(second)
    assert [run.returncode for run in done] == [0, 0], done
    assert "the run is published" in done[0].stdout
    assert "the run had been published before" in done[1].stdout
    alike(hosts[0], one, other)


def test_f14_who_is_too_slow_loses_the_night(
    hosts: tuple[Night, Night], first: subprocess.Popen[str], tmp_path: Path
) -> None:
    """The lease of a run that stands still runs out; another takes it over, and the first publishes nothing more."""
    one, other = tmp_path / "one.csv", tmp_path / "other.csv"
    second = hosts[1].start(DAY, "--out", str(other), kill=("sql", 0))
    waits(second)
    with stores.opened(hosts[0].settings) as store, store.begin() as connection:
        connection.execute(update(leases).values(expires=0.0))
    done = ended(second)
    assert done.returncode == 0
    assert "had done" in done.stderr
    assert "the run is published" in done.stdout
    before = hosts[0].content()
    first.send_signal(signal.SIGCONT)
    late = ended(first)
    assert late.returncode == 0, late.stderr
    assert "Another process has taken this run over." in late.stderr
    assert "the run had been published before" in late.stdout
    assert hosts[0].content() == before
    alike(hosts[0], one, other)


@pytest.mark.parametrize("kind", stores.KINDS)
def test_f15_a_published_night_is_left_as_it_is(kind: str, tmp_path: Path) -> None:
    """Again: nothing changes but the file. Other settings, or data accepted against a gate: a new run, and the old stays."""
    with nights.night(kind, tmp_path / "home", DAY) as night, stores.opened(night.settings) as store:
        first, before = runs.latest(store), night.content()
        again = night.run(DAY, "--out", str(tmp_path / "again.csv"))
        assert (again.returncode, runs.latest(store), night.content()) == (0, first, before)
        assert "the run had been published before" in again.stdout
        assert len((tmp_path / "again.csv").read_text().splitlines()) == len(before["scores"]) + 1
        assert night.run(environ={"RETENTION_BANDS": "0.01,0.02,0.03"}).returncode == 0
        second = runs.latest(store)
        assert first is not None
        assert second is not None
        assert second.identity.as_of == first.identity.as_of
        assert second.identity.data_digest == first.identity.data_digest
        assert second.id > first.id
        kept = night.content()
        assert set(before["scores"]) < set(kept["scores"])
        assert set(before["team_values"]) < set(kept["team_values"])
        assert runs.find(store, first.identity) == first
