"""Integers to table columns: days to dates, microseconds to instants, codes to texts."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from features.days import NEVER

DAY_SECONDS: Final = 86_400

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


def dates(days: NDArray[np.integer]) -> pl.Series:
    """Days since 1970-01-01 as a Date column; `NEVER` becomes null."""
    column = pl.Series(np.ascontiguousarray(days, dtype=np.int32))
    return column.set(pl.Series(np.asarray(days) >= NEVER), None).cast(pl.Date)


def instants(seconds: NDArray[np.integer]) -> pl.Series:
    """Seconds since 1970-01-01 as a UTC timestamp column; negative numbers become null."""
    seconds = np.asarray(seconds, dtype=np.int64)
    column = pl.Series(seconds * 1_000_000)
    return column.set(pl.Series(seconds < 0), None).cast(pl.Datetime("us", "UTC"))


def texts(names: Sequence[str], codes: NDArray[np.integer]) -> pl.Series:
    """The text behind each code; a negative code becomes null."""
    codes = np.asarray(codes, dtype=np.int64)
    keys = pl.Series(codes).set(pl.Series(codes < 0), None).cast(pl.UInt32)
    return pl.Series(list(names), dtype=pl.String).gather(keys)


def numbers(values: NDArray[np.floating], digits: int) -> pl.Series:
    """Values rounded to `digits` decimals; NaN becomes null."""
    return pl.Series(np.round(np.asarray(values, dtype=np.float64), digits)).fill_nan(None)


def sigmoid(logit: Floats) -> Floats:
    """The probability with this log-odds."""
    return np.asarray(1.0 / (1.0 + np.exp(-logit)), dtype=np.float64)
