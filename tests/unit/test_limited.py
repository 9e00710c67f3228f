"""A process within limits ends, whatever it does, and takes with it what it started."""

import re
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from models.errors import BundleError
from service import limited, proof
from service.limited import Limits
from tests import small_models

MEGABYTE = 1024**2


def run(code: str, limits: Limits) -> limited.Ended:
    """Run a line of Python within limits."""
    return limited.run([sys.executable, "-S", "-c", code], limits)


def test_what_ends_well_is_heard() -> None:
    """Its exit code and what it printed; its input is closed."""
    done = run("import sys; print(sys.stdin.read() + 'done'); sys.exit(3)", Limits(20))
    assert (done.code, done.output, done.overtime) == (3, "done\n", False)


@pytest.mark.parametrize("code", ["import time; time.sleep(60)", "while True: pass"])
def test_what_hangs_is_ended(code: str) -> None:
    """Asleep or busy, after its time on the clock."""
    began = time.monotonic()
    assert run(code, Limits(0.5)).overtime
    assert time.monotonic() - began < 10


def test_processor_time_is_limited_too() -> None:
    """One second of it, though the clock would allow sixty."""
    done = run("while True: pass", Limits(60, cpu_seconds=1))
    assert (done.code, done.overtime) == (-24, True)


def test_memory_is_limited() -> None:
    """One gigabyte is more than a quarter of one; the limit is there a moment after the process, which waits for it."""
    wait = "import resource, time\nwhile resource.getrlimit(resource.RLIMIT_AS)[0] < 0: time.sleep(0.01)\n"
    done = run(f"{wait}print(len(bytearray(1024**3)))", Limits(20, memory_bytes=256 * MEGABYTE))
    assert (done.code, done.output) == (1, "")


def test_what_it_writes_is_limited(tmp_path: Path) -> None:
    """No file grows beyond the limit."""
    place = tmp_path / "file"
    done = run(f"open({str(place)!r}, 'wb', 0).write(bytes(3_000_000)) and print('wrote')",
               Limits(20, file_bytes=1_000_000))  # fmt: skip
    assert done.output in {"", "wrote\n"}
    assert place.stat().st_size <= 1_000_000


def test_a_death_is_told() -> None:
    """The signal that ended it, as a number below 0."""
    assert run("import os; os.abort()", Limits(20)).code == -6


def test_children_of_its_own_end_with_it(tmp_path: Path) -> None:
    """A child that would outlive it is gone as well."""
    mark = tmp_path / "pid"
    code = (f"import subprocess, sys, time; c = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']);"
            f" open({str(mark)!r}, 'w').write(str(c.pid)); time.sleep(60)")  # fmt: skip
    assert run(code, Limits(2)).overtime
    child = Path("/proc") / mark.read_text()
    until = time.monotonic() + 5
    while child.exists() and (child / "stat").read_text().split()[2] != "Z" and time.monotonic() < until:
        time.sleep(0.02)
    assert not child.exists() or (child / "stat").read_text().split()[2] == "Z"


def test_a_bundle_that_takes_too_long_or_too_much_is_refused(tmp_path: Path, rng: np.random.Generator) -> None:
    """The same sound bundle, proven within ample and within hopeless limits."""
    held = small_models.sound(tmp_path / "bundle", small_models.boosted_text(small_models.matrix(200, rng), rng))
    proof.prove(held.path, held.digest)
    for limits, reason in ((Limits(0.05), "timeout"), (Limits(memory_bytes=200 * MEGABYTE), "died")):
        with pytest.raises(BundleError) as refused:
            proof.prove(held.path, held.digest, limits)
        assert refused.value.reason == reason


def test_what_lightgbm_dies_of_takes_nobody_with_it(tmp_path: Path, rng: np.random.Generator) -> None:
    """A child out of bounds, past our own check and handed to LightGBM: the process that does it ends, and only it."""
    text = small_models.boosted_text(small_models.matrix(200, rng), rng)
    wild = re.sub(r"(?m)^((?:left|right)_child)=.*$", lambda line: f"{line[1]}={' '.join(['-1000000000'] * 6)}", text)
    (tmp_path / "wild.txt").write_text(re.sub(r"(?m)^tree_sizes=.*\n", "", wild))
    code = (f"import lightgbm, numpy; b = lightgbm.Booster(model_str=open({str(tmp_path / 'wild.txt')!r}).read());"
            f" b.predict(numpy.zeros((4, b.num_feature())), num_threads=1); print('alive')")  # fmt: skip
    done = limited.run([sys.executable, "-c", code], Limits(30))
    assert done.code != 0
    assert "alive" not in done.output
