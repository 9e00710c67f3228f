"""Memory that a request no longer needs: kept while requests come, given back in quiet times."""

import subprocess
import sys

import pytest

_SCRIPT = """
import resource
import numpy as np
from service.memory import Memory

def pages():
    return int(open("/proc/self/statm").read().split()[1])

def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for array in [np.ones(1_000_000, np.uint8) for _ in range(30)]:
        array += 1
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

memory = Memory()
first, again = faults(), faults()
full = pages()
for _ in range(8):
    memory.beat(asked=False)
never_asked = pages()
memory.beat(asked=True)
for _ in range(7):
    memory.beat(asked=False)
almost = pages()
memory.beat(asked=False)
print(first, again, full, never_asked, almost, pages())
"""


@pytest.fixture(scope="module")
def told() -> list[int]:
    """Faults of the first and second work, and pages held: after it, never asked, almost quiet and quiet."""
    run = subprocess.run([sys.executable, "-c", _SCRIPT], capture_output=True, text=True, check=True)
    return [int(number) for number in run.stdout.split()]


def test_memory_is_used_again(told: list[int]) -> None:
    """The second time the same memory is there: hardly a page is asked for, where the first time took thousands."""
    assert told[0] > 5_000
    assert told[1] < 500


def test_memory_is_given_back_in_quiet_times(told: list[int]) -> None:
    """After eight beats without a request 30 MB are back, not before; and not where nothing was asked at all."""
    full, never_asked, almost, quiet = told[2:]
    assert abs(never_asked - full) < 500
    assert abs(almost - full) < 500
    assert quiet < full - 5_000
