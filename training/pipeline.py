"""The steps of a training run, in order.

What is written grows from the inside out: the bundle in a folder of its own, then the run and its files, then the
version, and the alias last. Whoever dies in between leaves the champion as it was.
"""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from features import presence
from features.company import Company
from features.days import NEVER
from models import registry
from models.bundle import Bundle
from models.evidence import Evidence
from models.registry import Version
from training import gate, lock, package, splits, tracking
from training.backtest import Backtest, backtest
from training.errors import HeldBackError, UsageError
from training.evidence import evidence
from training.fit import FULL, Cadence, fit, gather
from training.landmarks import recording_delays
from training.progress import Teller
from training.settings import TrainingSettings

CHECK_ORIGINS: Final = 3
"""Origins of the out-of-time check within a training run, half a year apart."""
CHECK_EVERY_MONTHS: Final = 6


@dataclass(frozen=True)
class Moved:
    """Who moves the alias, why and when."""

    by: str
    why: str
    at: str
    """RFC 3339."""
    milliseconds: int
    """The same since 1970."""


@dataclass(frozen=True)
class Data:
    """A company, the day to train on, and the digest of the data as read."""

    company: Company
    as_of: int
    digest: str
    cadence: Cadence


@dataclass(frozen=True)
class Trained:
    """A version that was promoted."""

    version: Version
    mode: str
    evidence: tuple[Evidence, ...]


def train(data: Data, settings: TrainingSettings, moved: Moved, teller: Teller) -> Trained:
    """Fit, judge, log, register and promote.

    Raises
    ------
    NoModelError
        There is nothing fit to promote; the champion stays.
    """
    with _alone(settings, teller):
        delays = _tell_of_exits(data, teller)
        found = _replay(data, settings, splits_of(data, settings, CHECK_ORIGINS, CHECK_EVERY_MONTHS), teller)
        shown = evidence(found, settings.seed, settings.people_per_hrbp)
        with _staging(settings.home) as folder:
            held = _candidate(data, settings, gate.richest(found), shown, folder / "bundle", teller)
            if against := gate.reasons_against(held.path, held.digest):
                raise HeldBackError(against)
            teller.say("Registering the version")
            opened = registry.connect(settings.home, settings.tracking_uri, create=True)
            version = tracking.log(opened, held, data.digest, moved.milliseconds, delays)
            opened.promote(version.number, moved.by, moved.why, moved.at)
        return Trained(version, held.manifest.mode, shown)


def replay(
    data: Data, settings: TrainingSettings, origins: int, every_months: int, teller: Teller
) -> tuple[Evidence, ...]:
    """The rolling-origin evaluation alone; nothing is registered.

    Raises
    ------
    NoModelError
        No origin could be judged.
    """
    _tell_of_exits(data, teller)
    found = _replay(data, settings, splits_of(data, settings, origins, every_months), teller)
    if not found.judged:
        raise HeldBackError(["No origin has enough leavers before it and a closed window after it."])
    return evidence(found, settings.seed, settings.people_per_hrbp)


def promote(number: int, settings: TrainingSettings, moved: Moved, teller: Teller) -> Version:
    """Let the alias name a version, once its bundle has passed the gate.

    Raises
    ------
    RetentionError
        There is no such version, or its bundle may not be served.
    """
    with _alone(settings, teller):
        opened = registry.connect(settings.home, settings.tracking_uri)
        with _staging(settings.home) as folder:
            held = opened.fetch(number, folder / "bundle")
            if against := gate.reasons_against(held.path, held.digest):
                raise UsageError(f"Version {number} may not be served: " + " ".join(against))
        return opened.promote(number, moved.by, moved.why, moved.at)


def rollback(settings: TrainingSettings, moved: Moved, teller: Teller) -> Version:
    """Let the alias name the champion before."""
    with _alone(settings, teller):
        return registry.connect(settings.home, settings.tracking_uri).rollback(moved.by, moved.why, moved.at)


def splits_of(data: Data, settings: TrainingSettings, count: int, every_months: int) -> tuple[splits.Origin, ...]:
    """The origins the records allow."""
    first = presence.observed_from(data.company, data.as_of)
    if first == NEVER:
        return ()
    return splits.origins(first, data.as_of, settings.reporting_delay_days, count, every_months)


def _replay(data: Data, settings: TrainingSettings, origins: tuple[splits.Origin, ...], teller: Teller) -> Backtest:
    teller.say(f"Looking back at {len(origins)} days, each with the horizons known since:")
    teller.say(splits.describe(origins))
    with teller.bar("Refitting on what was known then", len(origins)) as advance:
        return backtest(data.company, origins, data.as_of, settings, data.cadence, lambda _: advance(1))


def _candidate(
    data: Data, settings: TrainingSettings, richest: str, shown: tuple[Evidence, ...], into: Path, teller: Teller
) -> Bundle:
    """Fit on everything known on the training day and write the bundle."""
    with teller.bar("Computing features of the training rows") as advance:
        known = gather(data.company, data.as_of, settings, data.cadence, advance)
    with teller.bar(f"Fitting on {len(known.rows.person):,} rows of {known.rows.people:,} people"):
        fitted = fit(known, settings, richest)
    if fitted.mode != FULL:
        teller.warn(f"The model's mode is '{fitted.mode}': the leavers and the look back support no richer one.")
    return package.write(known, fitted, shown, settings, into)


def _tell_of_exits(data: Data, teller: Teller) -> dict[str, float]:
    """Say how late exits are recorded here; the figures by name."""
    delays = recording_delays(data.company, data.as_of)
    if not len(delays):
        return {}
    figures = {f"exits_recorded_after_days.p{share}": float(np.quantile(delays, share / 100)) for share in (50, 90, 99)}
    late = int((delays > 0).sum())
    half, nine_of_ten, nearly_all = figures.values()
    if late:
        teller.warn(
            f"{late:,} of {len(delays):,} exits were recorded after their day. Half of all are on record within {half:.0f} "
            f"days, nine of ten within {nine_of_ten:.0f}, 99 of 100 within {nearly_all:.0f}; "
            "RETENTION_REPORTING_DELAY_DAYS keeps so many recent days out of the labels."
        )
    return figures


@contextmanager
def _alone(settings: TrainingSettings, teller: Teller) -> Iterator[None]:
    """Hold the home's lock; what a run that died left half-made goes."""
    with lock.held(settings.home, lambda: teller.say("Another run is at work in this home; waiting for it to end.")):
        for left in (settings.home / "staging", *settings.home.glob(".mlflow-*")):
            shutil.rmtree(left, ignore_errors=True)
        yield


@contextmanager
def _staging(home: Path) -> Iterator[Path]:
    (home / "staging").mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=home / "staging") as folder:
        yield Path(folder)
