"""One run at a time in a home, and a folder for what it makes until it is done."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from training import lock
from training.progress import Teller
from training.settings import TrainingSettings


@contextmanager
def alone(settings: TrainingSettings, teller: Teller) -> Iterator[None]:
    """Hold the home's lock; what a run that died left half-made goes."""
    with lock.held(settings.home, lambda: teller.say("Another run is at work in this home; waiting for it to end.")):
        for left in (settings.home / "staging", *settings.home.glob(".mlflow-*")):
            shutil.rmtree(left, ignore_errors=True)
        yield


@contextmanager
def staging(home: Path) -> Iterator[Path]:
    """A folder that goes with the block."""
    (home / "staging").mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=home / "staging") as folder:
        yield Path(folder)
