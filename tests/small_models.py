"""Models small enough to check by hand, and bundles of them."""

import shutil
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from features import catalogue
from features.spec import FeatureSpec
from models import boosted, bundle, table
from models.additive import additive
from models.bands import Bands
from models.boosted import Cells
from models.bundle import Bundle
from models.evidence import AtCapacity, Evidence, Figure
from models.hazard import INTERVALS
from models.linear import Linear
from models.manifest import MODES, Manifest, Training
from models.seal import sealed
from service import bundles
from service.bundles import Champion
from training import card, package, sheet

SPEC = FeatureSpec()
COLUMNS = tuple(feature.name for feature in catalogue.catalogue(SPEC))
TENURE = COLUMNS.index("career_tenure_days")
TRAINING = Training("2022-01-01", "2024-12-31", 24, 1_000, 100, 40, 1, 0)


def base_rate_text() -> str:
    """A model of the base rate alone: hazards of .02, .04, .05 and .10."""
    rates = np.array([0.02, 0.04, 0.05, 0.10])
    return table.text([np.log(rates / (1 - rates)).tolist()], [[1, 1, 1, 1]], [], 0, len(COLUMNS) + 1)


def cells(rows: int, generator: np.random.Generator, rate: NDArray[np.float64]) -> Cells:
    """Every interval of every row closed, with an event at the row's own rate."""
    row, interval = np.repeat(np.arange(rows), 4), np.tile(np.arange(4, dtype=np.int8), rows)
    return Cells(row, interval, generator.random(4 * rows) < np.repeat(rate, 4), np.ones(4 * rows))


def boosted_text(matrix: NDArray[np.float32], generator: np.random.Generator, threads: int = 1, **settings: Any) -> str:
    """A small boosted model in which the first column doubles the hazard."""
    rate = np.where(matrix[:, 0] > 0, 0.2, 0.1)
    suited = boosted.Settings(
        **{"leaves": 7, "least_rows": 20, "extra_trees": False, "seed": 1, "rounds": 20} | settings
    )
    base = np.full(4, np.log(0.15 / 0.85))
    return boosted.fit(matrix, cells(len(matrix), generator, rate), base, suited, threads)


def matrix(rows: int, generator: np.random.Generator, columns: int = len(COLUMNS)) -> NDArray[np.float32]:
    """Normal values, a tenth of them null."""
    values = generator.normal(size=(rows, columns)).astype(np.float32)
    values[generator.random(values.shape) < 0.1] = np.nan
    return values


def stack(rows: NDArray[np.float32], intervals: int = len(INTERVALS)) -> NDArray[np.float32]:
    """(n * intervals, columns + 1): each row once an interval, in order, the interval's number in the last column."""
    count, width = rows.shape
    stacked = np.empty((count, intervals, width + 1), dtype=np.float32)
    stacked[:, :, :width] = rows[:, None, :]
    stacked[:, :, width] = np.arange(intervals, dtype=np.float32)
    return stacked.reshape(count * intervals, width + 1)


def evidence(method: str = "base_rate", horizon: int = 90, **more: Any) -> Evidence:
    """One line of evidence that nothing can be said against."""
    plain: dict[str, Any] = {"origins": 3, "people": 300, "observed": 12, "expected": 11.5,
                             "auc": Figure(0.7, 0.6, 0.8), "average_precision": Figure(0.1, 0.05, 0.2),
                             "brier_skill": Figure(0.02, 0.01, 0.03), "calibration_slope": Figure(1.0, 0.7, 1.3),
                             "observed_expected": Figure(1.04, 0.6, 1.6),
                             "at_capacity": (AtCapacity(5, Figure(0.2, 0.0, 0.4), Figure(4.0, 0.0, 8.0)),)}  # fmt: skip
    return Evidence(method, horizon, **plain | more)


def manifest(text: str, **more: Any) -> Manifest:
    """A manifest for a model text over the columns of the empty spec."""
    plain: dict[str, Any] = {
        "mode": "base_rate",
        "spec": SPEC,
        "catalogue": catalogue.digest(SPEC),
        "columns": COLUMNS,
        "bands": Bands(),
        "params": {},
        "training": TRAINING,
        "evidence": (evidence(),),
        "versions": {},
    }
    if "golden" not in more:
        plain["golden"] = package.golden(additive(text, more.get("linear", Linear()), COLUMNS), 1)
    return Manifest(**plain | more)


def write(into: Path, text: str | None = None, **more: Any) -> Bundle:
    """A bundle of a model text, the base rate's if none is given, its card and sheet as they follow from what is read."""
    text = base_rate_text() if text is None else text
    made = manifest(text, **more)
    read = msgspec.json.decode(msgspec.json.encode(made), type=Manifest)
    told = card.text(read) if made.mode in MODES else "# card\n"
    return bundle.write(made, text, told, sheet.text(read), into)


def sound(into: Path, text: str, sentiment: bytes | None = None, **more: Any) -> Bundle:
    """A bundle as training writes one: in mode `full`, with evidence, sealed."""
    made = manifest(text, **{"mode": "full", "evidence": (evidence(method="full"),)} | more)
    return bundle.write(sealed(made, text, sentiment), text, card.text(made), sheet.text(made), into, sentiment)


def stored(store: Path, **more: Any) -> Path:
    """A bundle store whose champion is the base rate."""
    store.mkdir(parents=True, exist_ok=True)
    made = write(store / "new", **more)
    place = bundles.folder(store, made.digest)
    if place.exists():
        shutil.rmtree(made.path)
    else:
        made.path.rename(place)
    bundles.point_to(store, Champion("retention-risk", "1", "", made.digest))
    return store
