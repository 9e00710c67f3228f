"""One call that makes a sample company, and one that writes it as a data folder."""

import datetime as dt
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl

from training.errors import UsageError
from training.sample import people
from training.sample.checkins import checkins
from training.sample.jobs import job_history
from training.sample.life import Lives, live
from training.sample.plan import plan
from training.sample.record import Record, record
from training.sample.shocks import SHOCKS, Shock, calm
from training.sample.signals import signals, team_signals
from training.sample.surveys import surveys
from training.sample.tickets import tickets
from training.sample.truth import Truth

END: Final = dt.date(2026, 9, 30)
"""The sample's last day where none is given."""
MONTHS_AGO: Final = 9
"""How long ago a shock began where that is not said: nine calendar months, 272 days before `END`."""

_MAKERS: Final = {
    "employees": people.employees,
    "job_history": job_history,
    "surveys": surveys,
    "tickets": tickets,
    "checkins": checkins,
    "signals": signals,
    "team_signals": team_signals,
    "absences": people.absences,
    "actions": people.actions,
    "objections": people.objections,
    "protected": people.protected,
}


@dataclass(frozen=True)
class Sample:
    """An invented company: its tables, and what only its maker knows."""

    tables: Mapping[str, pl.DataFrame]
    """By the contract's table names."""
    truth: Truth


def make(
    employees: int, months: int, seed: int, end: dt.date = END, shock: str | None = None, months_ago: int = MONTHS_AGO
) -> Sample:
    """Invent a company; the same arguments give the same one, whatever the day.

    Parameters
    ----------
    employees : int
        People employed at any time, about; at least 1. Leavers are replaced within weeks.
    months : int
        Calendar months the tables cover, the one of `end` the last; 1 to 240.
    seed : int
        Where all chance comes from; at least 0.
    end : datetime.date
        The day of the export: nothing recorded later is in the tables.
    shock : str, optional
        One of `SHOCKS`; None is a calm company, and up to the shock the two live the same life.
    months_ago : int
        How many of the tables' months the shock fills, the last ones; 1 to `months`. Without a shock it says nothing.

    Returns
    -------
    Sample
        The tables of CONTRACT section 2 and the true hazards, which reach 13 months beyond the last and know the shock.

    Raises
    ------
    UsageError
        For numbers outside their ranges, or a shock that does not exist.
    """
    befalls = _shock(shock, months, months_ago)
    _check(employees, months, seed)
    chances = [np.random.default_rng([seed, part]) for part in range(len(_MAKERS) + 2)]
    lives = live(plan(employees, months, end, befalls, chances[0]), employees, chances[0])
    known = record(lives, chances[1])
    tables = {name: maker(known, rng) for (name, maker), rng in zip(_MAKERS.items(), chances[2:], strict=True)}
    tables["directory"] = people.directory(known)
    return Sample(tables=tables, truth=_truth(lives, known))


def write(sample: Sample, folder: Path) -> None:
    """Write one Parquet file per table; the folder is there whole or not at all.

    Raises
    ------
    UsageError
        Where `folder` is a file, holds anything already, or cannot be written.
    """
    if folder.exists() and not (folder.is_dir() and not any(folder.iterdir())):
        raise UsageError(
            f"'{folder}' already exists and is not an empty folder; nothing was written. "
            "Name a new folder, or remove this one first."
        )
    try:
        _write_whole(sample, folder)
    except OSError as error:
        raise UsageError(f"'{folder}' cannot be written ({error.strerror}); name a folder that can.") from None


def _write_whole(sample: Sample, folder: Path) -> None:
    """Write beside the place, then move there in one step."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        for name, table in sample.tables.items():
            table.write_parquet(draft / f"{name}.parquet")
        draft.chmod(0o755)
        draft.replace(folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _check(employees: int, months: int, seed: int) -> None:
    bounds = (("employees", employees, 1, 1_000_000), ("months", months, 1, 240), ("seed", seed, 0, 2**63 - 1))
    faults = [
        f"{name} is {value}, allowed are {low} to {high}"
        for name, value, low, high in bounds
        if not low <= value <= high
    ]
    if faults:
        raise UsageError(f"No sample was made: {'; '.join(faults)}.")


def _shock(kind: str | None, months: int, months_ago: int) -> Shock:
    if kind is None:
        return calm(months)
    if kind not in SHOCKS:
        raise UsageError(f"No sample was made: there is no shock {kind!r}, only {', '.join(SHOCKS)}.")
    if not 1 <= months_ago <= months:
        raise UsageError(f"No sample was made: the shock began {months_ago} months ago, allowed are 1 to {months}.")
    return Shock(kind, months - months_ago)


def _truth(lives: Lives, known: Record) -> Truth:
    state = lives.state
    order = np.lexsort((state.hire, np.asarray(known.ids)))
    return Truth(
        edges=lives.plan.edges,
        employee_id=tuple(known.ids[row] for row in order),
        hire=state.hire[order],
        exit=state.exit[order],
        kind=state.kind[order],
        voluntary=np.nan_to_num(lives.voluntary[order]),
        competing=np.nan_to_num(lives.competing[order]),
    )
