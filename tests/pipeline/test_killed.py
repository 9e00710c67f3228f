"""A training run that is killed leaves the champion as it was, whole, and the next run goes through."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from models import registry
from models.errors import NoChampionError
from tests import builders
from training import gate
from training.verdict import reasons_in

PEOPLE, LEAVERS = 40, 12


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Forty people of whom twelve leave: enough for a small model, little enough to be quick."""
    exits = {n: {"resignation_date": f"2025-{n:02d}-15"} for n in range(1, LEAVERS + 1)}
    return builders.folder(
        tmp_path_factory.mktemp("killed") / "data",
        employees=[builders.employee(f"E{n:06d}", "2023-01-01", **exits.get(n, {})) for n in range(1, PEOPLE + 1)],
        job_history=[builders.job(f"E{n:06d}", "2023-01-01") for n in range(1, PEOPLE + 1)],
        surveys=[builders.survey(f"S{at}", "E000040", at) for at in ("2023-01-10", "2025-12-31")],
    )


def start(data: Path, home: Path) -> subprocess.Popen[str]:
    """A training run as a process of its own."""
    environ = os.environ | {"RETENTION_HOME": str(home), "RETENTION_THREADS": "1"}
    command = [sys.executable, "-m", "training", "train", "--data", str(data)]
    return subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def wait_for(run: subprocess.Popen[str], words: str) -> None:
    """Read what the run says until it says `words`."""
    assert run.stderr is not None
    assert any(words in line for line in run.stderr)


def sound(home: Path, place: Path) -> int:
    """The champion's number, its bundle fetched and through the gate; 0 where there is none."""
    try:
        opened = registry.connect(home, None)
        champion = opened.champion()
    except NoChampionError:
        return 0
    held = opened.fetch(champion.number, place)
    assert gate.proves(held.path, champion.digest).passed
    assert reasons_in(opened.verdict(champion.number)) == []
    assert opened.faults() == []
    return champion.number


@pytest.mark.slow
def test_a_run_killed_anywhere_leaves_no_half_champion(data: Path, tmp_path: Path, trial: bool) -> None:
    """Killed at seeded moments, most of them while it writes: each time a whole champion or none, and never fewer."""
    generator, home, before = random.Random(11), tmp_path / "home", 0
    for number in range(60 if trial else 4):
        run = start(data, home)
        if number % 4:
            wait_for(run, "Registering the version")
            time.sleep(generator.random() * 2.5)
        else:
            time.sleep(generator.random() * 6.0)
        run.send_signal(signal.SIGKILL)
        run.communicate()
        now = sound(home, tmp_path / f"bundle{number}")
        assert now >= before
        before = now
    last = start(data, home)
    out, said = last.communicate(timeout=120)
    assert last.returncode == 0, said
    assert sound(home, tmp_path / "bundle") > before
    assert out.splitlines()[-1].startswith("version ")
    assert not list((home / "staging").iterdir())
    assert not list(home.glob(".mlflow-*"))


@pytest.mark.slow
def test_the_second_run_in_a_home_waits_for_the_first(data: Path, tmp_path: Path) -> None:
    """Both end well, with two versions, and the one that waited says so."""
    runs = [start(data, tmp_path / "home") for _ in range(2)]
    said = [run.communicate(timeout=120) for run in runs]
    assert [run.returncode for run in runs] == [0, 0]
    assert sum("waiting for it to end" in error for _, error in said) == 1
    assert sound(tmp_path / "home", tmp_path / "bundle") == 2
