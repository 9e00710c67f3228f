"""A company written to one file and read back, so that a fresh process starts from the input and nothing else."""

from dataclasses import fields
from pathlib import Path

import numpy as np

from features.company import (
    Checkins,
    Company,
    Jobs,
    Names,
    People,
    Signals,
    Surveys,
    TeamSignals,
    Tickets,
    Tones,
    Traces,
)

TABLES = {
    "names": Names,
    "people": People,
    "jobs": Jobs,
    "traces": Traces,
    "surveys": Surveys,
    "tones": Tones,
    "tickets": Tickets,
    "checkins": Checkins,
    "signals": Signals,
    "team_signals": TeamSignals,
}


def save(company: Company, path: Path) -> None:
    """Write all tables but absences and objections to an .npz file."""
    columns = {
        f"{name}.{field.name}": np.asarray(getattr(getattr(company, name), field.name))
        for name, table in TABLES.items()
        for field in fields(table)
    }
    np.savez(path, **columns)  # type: ignore[arg-type]


def load(path: Path) -> Company:
    """Read what `save` wrote."""
    with np.load(path) as stored:
        tables = {
            name: table(**{field.name: _column(stored[f"{name}.{field.name}"]) for field in fields(table)})
            for name, table in TABLES.items()
        }
    return Company(**tables)


def _column(values: "np.ndarray[tuple[int, ...], np.dtype[np.generic]]") -> object:
    """Texts as a tuple, numbers as the array they are."""
    return tuple(values.tolist()) if values.dtype.kind == "U" or not values.size else values
