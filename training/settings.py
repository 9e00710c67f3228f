"""What an operator may set for training: read once at the edge, from the environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from models import bands
from models.bands import Bands
from training.errors import UsageError


@dataclass(frozen=True)
class TrainingSettings:
    """The settings of the training room, each with its environment variable."""

    home: Path = Path(".retention")
    """Holds all state: MLflow's embedded store, bundles, scores. `RETENTION_HOME`, a folder."""
    tracking_uri: str | None = None
    """MLflow server to use in place of the embedded store. `MLFLOW_TRACKING_URI`, a URI."""
    reporting_delay_days: int = 0
    """How many days before the training day an interval must have closed to count, since exits are recorded late.
    `RETENTION_REPORTING_DELAY_DAYS`, calendar days."""
    landmark_months: int = 48
    """How many month ends before the training day give training rows. `RETENTION_LANDMARK_MONTHS`, months."""
    threads: int = 1
    """Threads LightGBM may use; no result depends on it. `RETENTION_THREADS`, default all cores but one."""
    seed: int = 1
    """Seed of everything drawn at random. `RETENTION_SEED`, a whole number of at least 0."""
    bands: Bands = field(default_factory=Bands)
    """90-day risks from which elevated, high and critical begin. `RETENTION_BANDS`, shares such as 0.05,0.10,0.20."""
    people_per_hrbp: int = 300
    """How many people one HRBP looks after, for what a list is worth. `RETENTION_PEOPLE_PER_HRBP`, people."""

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> "TrainingSettings":
        """Read the settings from `environ`; a variable that is absent or empty keeps its default.

        Raises
        ------
        UsageError, BandsError
            A value is not in the form its variable asks for.
        """
        spare = max(1, len(os.sched_getaffinity(0)) - 1)
        limits = environ.get("RETENTION_BANDS", "").strip()
        return cls(
            home=Path(environ.get("RETENTION_HOME", "").strip() or ".retention").absolute(),
            tracking_uri=environ.get("MLFLOW_TRACKING_URI", "").strip() or None,
            reporting_delay_days=_whole(environ, "RETENTION_REPORTING_DELAY_DAYS", 0, least=0),
            landmark_months=_whole(environ, "RETENTION_LANDMARK_MONTHS", 48, least=1),
            threads=_whole(environ, "RETENTION_THREADS", spare, least=1),
            seed=_whole(environ, "RETENTION_SEED", 1, least=0),
            bands=bands.parse(limits) if limits else Bands(),
            people_per_hrbp=_whole(environ, "RETENTION_PEOPLE_PER_HRBP", 300, least=1),
        )


def _whole(environ: Mapping[str, str], name: str, default: int, least: int) -> int:
    text = environ.get(name, "").strip()
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and least <= int(text) <= 1_000_000):
        raise UsageError(f"{name} is {text!r}; it must be a whole number from {least} to 1,000,000.")
    return int(text)
