"""A process that may do anything except last, grow or stay: run within limits, ended with all it started."""

import ctypes
import os
import resource
import signal
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

_PR_SET_PDEATHSIG: Final = 1
_READ_BYTES: Final = 64 * 1024
"""So much of what it printed last is read."""


@dataclass(frozen=True)
class Limits:
    """How much a process may take."""

    seconds: float = 180.0
    """On the clock."""
    cpu_seconds: int = 180
    """Of all its threads together."""
    memory_bytes: int = 2 * 1024**3
    """Address space, shared libraries included."""
    file_bytes: int = 64 * 1024**2
    """Of one file it writes, its output included."""


@dataclass(frozen=True)
class Ended:
    """How a process ended."""

    code: int
    """Its exit code; below 0 the signal that ended it."""
    output: str
    """The end of what it printed."""
    overtime: bool = False
    """Whether it was ended because its time was over, on the clock or of the processor."""


def run(command: Sequence[str], limits: Limits, environ: Mapping[str, str] | None = None) -> Ended:
    """Run a command within limits: input closed, a session of its own, ended with its group when its time is over."""
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            command,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            _limit(process.pid, limits)
            code, overtime = process.wait(limits.seconds), False
        except subprocess.TimeoutExpired:
            code, overtime = -signal.SIGKILL, True
        finally:
            end(process)
        size = output.seek(0, os.SEEK_END)
        output.seek(max(0, size - _READ_BYTES))
        told = output.read(_READ_BYTES).decode(errors="replace")
        return Ended(code, told, overtime or code == -signal.SIGXCPU)


def end(process: "subprocess.Popen[bytes]") -> None:
    """End a process that leads a session, and whatever of its group is left."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def die_with_parent() -> None:
    """Let the system end this process when the one that started it is gone, however it went (Linux)."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _limit(pid: int, limits: Limits) -> None:
    """Set the limits of a process that has just begun; one that has ended already needs none."""
    wanted = {
        resource.RLIMIT_CPU: (limits.cpu_seconds, limits.cpu_seconds + 1),  # first SIGXCPU, which names the reason
        resource.RLIMIT_AS: (limits.memory_bytes, limits.memory_bytes),
        resource.RLIMIT_FSIZE: (limits.file_bytes, limits.file_bytes),
        resource.RLIMIT_CORE: (0, 0),
    }
    with suppress(ProcessLookupError):
        for kind, most in wanted.items():
            resource.prlimit(pid, kind, most)
