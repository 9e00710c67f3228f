"""Typed Polars columns -> the arrays of a `Company`: days, seconds, codes, fixed-point shares."""

from collections.abc import Iterable, Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from features.company import NO_SHARE, UNIT, Codes, Fixed, Floats
from features.days import NEVER, Days

_MICRO = 1_000_000


def days(column: pl.Series) -> Days:
    """Days of a date or time column; `NEVER` for null."""
    dates = column if column.dtype == pl.Date else column.dt.date()
    return dates.to_physical().fill_null(NEVER).to_numpy().astype(np.int32)


def seconds(column: pl.Series) -> NDArray[np.int64]:
    """Seconds since 1970 (UTC) of a time column; -1 for null."""
    return (column.to_physical() // _MICRO).fill_null(-1).to_numpy().astype(np.int64)


def numbers(column: pl.Series) -> Floats:
    """Float64, NaN for null."""
    return column.cast(pl.Float64).fill_null(float("nan")).to_numpy().astype(np.float64)


def flags(column: pl.Series) -> NDArray[np.int8]:
    """1, 0, or -1 for null."""
    return column.cast(pl.Int8).fill_null(-1).to_numpy().astype(np.int8)


def shares(value: pl.Series, low: pl.Series | float, high: pl.Series) -> Fixed:
    """(value - low) / (high - low) in `UNIT`s, `NO_SHARE` for a null value."""
    share = (value - low) / (high - low)
    return (share * UNIT).round().cast(pl.Int64).fill_null(NO_SHARE).to_numpy().astype(np.int64)


def names_of(columns: Iterable[pl.Series]) -> tuple[str, ...]:
    """The distinct texts of several columns, sorted."""
    parts = [column.unique().drop_nulls() for column in columns]
    return tuple(pl.concat(parts).unique().sort().to_list()) if parts else ()


def codes_of(column: pl.Series, names: Sequence[str]) -> Codes:
    """Index of each text in `names`, -1 for null; every text must be in `names`."""
    if not names:
        return np.full(len(column), -1, dtype=np.int32)
    return column.cast(pl.Enum(names)).to_physical().cast(pl.Int32).fill_null(-1).to_numpy().astype(np.int32)
