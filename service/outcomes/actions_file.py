"""Recorded actions as a file: the columns of the contract's table, in its place all at once or not at all."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import polars as pl

from service.errors import UsageError
from service.store.actions import Action

SCHEMA: Final = pl.Schema(
    {"employee_id": pl.String(), "action_type": pl.String(), "occurred_at": pl.String(), "actor_id": pl.String()}
)
"""The contract's table `actions`."""


def write(path: Path, done: Iterable[Action]) -> int:
    """Write the file, in its place all at once or not at all; how many actions it holds.

    Raises
    ------
    UsageError
        Another ending than .csv or .parquet, or a folder that does not exist.
    """
    if path.suffix not in {".csv", ".parquet"} or not path.parent.is_dir() or path.is_dir():
        raise UsageError("--out takes a file that ends in .csv or .parquet, in a folder that exists.")
    rows = [(one.employee_id, one.action_type, one.occurred_at, one.recorded_by) for one in done]
    frame = pl.DataFrame(rows, schema=SCHEMA, orient="row")
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with open(beside, "wb", opener=_private) as handle:
            frame.write_parquet(handle) if path.suffix == ".parquet" else frame.write_csv(handle)
            handle.flush()
            os.fsync(handle.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    return len(rows)


def _private(path: str, flags: int) -> int:
    """Open a file that only its owner may read: it names people."""
    return os.open(path, flags, 0o600)
