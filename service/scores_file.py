"""The scores of a run as a file: the contract's columns, one row a person, in its place all at once or not at all."""

import datetime as dt
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import polars as pl

from models.hazard import HORIZONS
from service.errors import UsageError
from service.store.runs import PublishedScore, Run

REASONS: Final = 5
"""Columns of reasons: the texts alone, in the order of `models.telling`; those that lower the risk say so."""
SCHEMA: Final = pl.Schema(
    {
        "employee_id": pl.String(),
        "as_of_date": pl.Date(),
        **{f"risk_{horizon}": pl.Float64() for horizon in HORIZONS},
        "band": pl.String(),
        "no_score": pl.String(),
        **{f"reason_{number}": pl.String() for number in range(1, REASONS + 1)},
        "next_conversation": pl.String(),
        "model_version": pl.String(),
    }
)


def refuse_other(path: Path) -> None:
    """Say before anything is computed that a file cannot be written.

    Raises
    ------
    UsageError
        Another ending than .parquet or .csv, or a folder that does not exist.
    """
    if path.suffix not in {".parquet", ".csv"}:
        raise UsageError(f"--out takes a file that ends in .parquet or .csv, not '{path.name}'.")
    if not path.parent.is_dir() or path.is_dir():
        raise UsageError(
            f"--out names '{path}', but its folder does not exist or it is a folder itself. Make it first."
        )


def write(path: Path, run: Run, people: Iterable[PublishedScore]) -> None:
    """Write the file: beside its place, flushed to disk, then renamed there."""
    rows = [_row(run, person) for person in people]
    frame = pl.DataFrame(rows, schema=SCHEMA, orient="row")
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with beside.open("wb") as handle:
            frame.write_parquet(handle) if path.suffix == ".parquet" else frame.write_csv(handle)
            handle.flush()
            os.fsync(handle.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def _row(run: Run, person: PublishedScore) -> tuple[object, ...]:
    scored, following = person.scored, person.scored.next_conversation
    texts = [reason.text for reason in scored.reasons[:REASONS]]
    return (
        scored.employee_id,
        dt.date.fromisoformat(run.identity.as_of),
        *(scored.risks or (None,) * len(HORIZONS)),
        scored.band,
        scored.no_score.code if scored.no_score else None,
        *texts,
        *(None for _ in range(REASONS - len(texts))),
        following.type if following else None,
        run.model_version,
    )
