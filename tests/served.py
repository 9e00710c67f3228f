"""A home whose champion is served, made of real parts: a sample company, a model fitted on it, its bundle."""

import atexit
import shutil
import tempfile
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Final

from features.company import Company
from features.days import to_day
from features.ingest import load
from features.settings import FeatureSettings
from models.bundle import Bundle
from service import bundles
from service.bundles import Champion
from tests import small_models
from training import fit, package, sheet
from training.sample import END, make, write
from training.settings import TrainingSettings

TRAINED_TO: Final = to_day(END) - 60
"""The toy's training day: two months before the sample ends, so that later days are not retrospective."""


@dataclass(frozen=True)
class Toy:
    """A data folder and a bundle fitted on it."""

    data: Path
    company: Company
    bundle: Bundle

    def home(self, path: Path, version: str = "1") -> Path:
        """A fresh home in which this bundle is the fetched champion."""
        store = path / "bundles"
        store.mkdir(parents=True, exist_ok=True)
        place = bundles.folder(store, self.bundle.digest)
        if not place.exists():
            shutil.copytree(self.bundle.path, place)
        bundles.point_to(store, Champion("retention-risk", version, "", self.bundle.digest))
        return path


def toy(folder: Path, employees: int = 300, months: int = 24, seed: int = 7) -> Toy:
    """A sample company and the model a small fit makes of it."""
    data = folder / "data"
    write(make(employees, months, seed), data)
    read = load(data, FeatureSettings(), to_day(END))
    company = read.company
    settings = TrainingSettings(threads=1)
    known = fit.gather(company, TRAINED_TO, settings, FeatureSettings().cadence)
    about = package.About(*sheet.facts(read.report, read.digest, company, TRAINED_TO))
    shown = (small_models.evidence("full"),)
    return Toy(data, company, package.write(known, fit.fit(known, settings), shown, settings, folder / "bundle", about))


@cache
def shared_toy() -> Toy:
    """The toy of this process, made once."""
    folder = tempfile.mkdtemp(prefix="retention-toy-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return toy(Path(folder))


def day(text: str) -> int:
    """A date as a day."""
    return to_day(date.fromisoformat(text))
