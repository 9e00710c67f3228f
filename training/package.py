"""A fitted model becomes a bundle: its manifest, its golden rows and its card, written whole or not at all."""

import platform
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Final

import numpy as np

from features import catalogue, sentiment
from features.days import to_date
from models import bundle
from models.additive import Additive, additive
from models.bundle import Bundle
from models.evidence import Evidence
from models.manifest import ActedFacts, DataFacts, FairnessFacts, Golden, Manifest, Source, Training
from models.seal import sealed
from training import card, sheet
from training.fit import Fitted, Known
from training.reference import reference
from training.settings import TrainingSettings
from training.typical import typical

_GOLDEN_ROWS: Final = 16
_NULLS: Final = 0.2
"""Share of golden values that are null."""
_LIBRARIES: Final = ("lightgbm", "numpy", "numba")


@dataclass(frozen=True)
class About:
    """What a bundle tells beside its model; all of it may be unknown."""

    sources: tuple[Source, ...] = ()
    data: DataFacts | None = None
    fairness: FairnessFacts | None = None
    acted: ActedFacts | None = None


_NOTHING: Final = About()


def write(
    known: Known,
    fitted: Fitted,
    found: Sequence[Evidence],
    settings: TrainingSettings,
    into: Path,
    about: About = _NOTHING,
) -> Bundle:
    """Write the bundle of a fitted model, with its card and the sheet of its data.

    Parameters
    ----------
    found
        What the backtest showed; may be empty.
    into
        The folder to become; it must not exist.
    """
    score = additive(fitted.text, fitted.linear, known.columns)
    manifest = Manifest(
        mode=fitted.mode,
        spec=known.spec,
        catalogue=catalogue.digest(known.spec),
        columns=known.columns,
        bands=settings.bands,
        params=fitted.params,
        training=_training(known, settings),
        evidence=tuple(found),
        linear=fitted.linear,
        correction=fitted.correction,
        sentiment=known.learned.facts,
        golden=golden(score, settings.seed),
        typical=typical(catalogue.catalogue(known.spec), known.matrix, known.rows),
        versions={name: version(name) for name in _LIBRARIES} | {"python": platform.python_version()},
        sources=about.sources,
        data=about.data,
        fairness=about.fairness,
        acted=about.acted,
        reference=reference(known, score, settings.seed),
    )
    valence = known.learned.valence
    comments = None if valence is None else sentiment.to_bytes(valence)
    whole = sealed(manifest, fitted.text, comments)
    return bundle.write(whole, fitted.text, card.text(manifest), sheet.text(manifest), into, comments)


def golden(score: Additive, seed: int) -> Golden:
    """Generated rows, nobody's, and what the score says of them.

    Every second row holds shares between 0 and 1, the others numbers of days up to four years, so that splits of
    either kind are passed on both sides.
    """
    generator = np.random.default_rng(seed)
    top = np.where(np.arange(_GOLDEN_ROWS) % 2 == 0, 1.0, 1_461.0)[:, None]
    values = np.round(generator.random((_GOLDEN_ROWS, len(score.lines.columns))) * top, 3).astype(np.float32)
    values[generator.random(values.shape) < _NULLS] = np.nan
    risks = score.risks(values)
    rows = tuple(tuple(None if np.isnan(value) else float(value) for value in row) for row in values)
    return Golden(rows, tuple(_four(answer) for answer in risks.tolist()))


def _training(known: Known, settings: TrainingSettings) -> Training:
    rows = known.rows
    return Training(
        observed_from=to_date(rows.observed_from).isoformat(),
        trained_to=to_date(known.known_on).isoformat(),
        landmarks=rows.landmarks,
        rows=rows.candidates,
        people=rows.people,
        leavers=rows.leavers,
        seed=settings.seed,
        reporting_delay_days=settings.reporting_delay_days,
    )


def _four(values: Sequence[float]) -> tuple[float, float, float, float]:
    by_30, by_90, by_180, by_365 = values
    return by_30, by_90, by_180, by_365
