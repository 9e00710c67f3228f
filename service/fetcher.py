"""Asking the registry in a process that may be ended, so that whatever it does costs a bounded time.

A time-out of MLflow's own does not bound an answer that comes byte by byte, a name that is not resolved or a database
that is locked; a deadline of the process does. It is kept between questions, since importing MLflow takes seconds.
"""

import contextlib
import os
import selectors
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Final, Self

import msgspec

from models import registry
from models.errors import BundleError, NoChampionError, RegistryAwayError, RegistryError
from models.version import Version
from service import asking, limited
from service.asking import Answer, Question

START_SECONDS: Final = 60.0
"""How long MLflow may take to be imported."""
LOOK_SECONDS: Final = 5.0
"""How long the registry may take to name its champion."""
FETCH_SECONDS: Final = 60.0
"""How long it may take to send a bundle."""
_PATIENCE: Final = {
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "3",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
}
"""MLflow's own settings for a question that is asked again soon. Unit: seconds, retries."""
_ANSWER_BYTES: Final = 1024 * 1024


class Fetcher:
    """The process that asks, started when first needed and again after it had to be ended."""

    def __init__(self, home: Path, environ: Mapping[str, str]) -> None:
        self._home = home.absolute()
        self._command = [sys.executable, "-m", "service.asking", str(self._home)]
        uri = environ.get("MLFLOW_TRACKING_URI", "").strip()
        self._environ = {**os.environ, **environ, **_PATIENCE, "MLFLOW_TRACKING_URI": uri}
        self._process: subprocess.Popen[bytes] | None = None
        self._store: tuple[int, int] | None = None

    def champion(self) -> Version:
        """The registry's champion.

        Raises
        ------
        NoChampionError
            No version carries the alias.
        RegistryError
            The registry does not say; `RegistryAwayError` where it does not answer.
        """
        said = self._ask(Question(), LOOK_SECONDS)
        return Version(said.number, said.run_id, said.digest)

    def fetch(self, number: int, into: Path) -> str:
        """Fetch a version's bundle into the folder `into`, digests checked; its digest.

        Raises
        ------
        BundleError
            What the registry holds is not a whole bundle.
        RegistryError
            The registry does not send it.
        """
        return self._ask(Question(number, str(into.absolute())), FETCH_SECONDS).digest

    def close(self) -> None:
        """End the process, if there is one."""
        if self._process is not None:
            limited.end(self._process)
            for pipe in (self._process.stdin, self._process.stdout):
                with contextlib.suppress(OSError):
                    _there(pipe).close()
        self._process = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def _ask(self, question: Question, seconds: float) -> Answer:
        """The answer to a question, or the error that it names."""
        if not self._environ["MLFLOW_TRACKING_URI"]:
            registry.refuse_absent(self._home)
        process = self._started()
        try:
            pipe = _there(process.stdin)
            pipe.write(msgspec.json.encode(question) + b"\n")
            pipe.flush()
            answer = msgspec.json.decode(self._line(process, seconds), type=Answer)
        except (OSError, TimeoutError, msgspec.DecodeError) as error:
            self.close()
            raise RegistryAwayError(
                f"The model registry did not answer within {seconds:g} s."
                if isinstance(error, TimeoutError)
                else "The process that asks the model registry ended."
            ) from error
        if answer.error:
            raise _error(answer)
        return answer

    def _started(self) -> "subprocess.Popen[bytes]":
        """The running process; a new one where the embedded store's file is another one than it opened."""
        store = self._identity()
        if self._process is not None and (self._process.poll() is not None or store != self._store):
            self.close()
        if self._process is None:
            told = None if self._environ.get("RETENTION_DEBUG") == "1" else subprocess.DEVNULL
            self._process = subprocess.Popen(
                self._command,
                env=self._environ,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=told,
                start_new_session=True,
            )
            self._store = store
            try:
                self._line(self._process, START_SECONDS)
            except OSError as error:
                self.close()
                raise RegistryAwayError("The process that asks the model registry did not start.") from error
        return self._process

    def _line(self, process: "subprocess.Popen[bytes]", seconds: float) -> bytes:
        """The next line the process prints."""
        until, found = time.monotonic() + seconds, b""
        with selectors.DefaultSelector() as selector:
            descriptor = _there(process.stdout).fileno()
            selector.register(descriptor, selectors.EVENT_READ)
            while not found.endswith(b"\n"):
                left = until - time.monotonic()
                if left <= 0 or not selector.select(left):
                    raise TimeoutError
                part = os.read(descriptor, _ANSWER_BYTES)
                if not part or len(found) > _ANSWER_BYTES:
                    raise BrokenPipeError
                found += part
        return found

    def _identity(self) -> tuple[int, int] | None:
        """Which file the embedded store is."""
        try:
            held = (self._home / registry.DATABASE).stat()
        except OSError:
            return None
        return held.st_dev, held.st_ino


def _there(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise BrokenPipeError
    return pipe


def _error(answer: Answer) -> Exception:
    if answer.error == asking.BUNDLE:
        return BundleError(answer.message, answer.reason)
    kinds = {asking.NONE: NoChampionError, asking.AWAY: RegistryAwayError}
    return kinds.get(answer.error, RegistryError)(answer.message)
