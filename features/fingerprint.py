"""The digest of data as read: SHA-256 over the accepted rows, the same for CSV, Parquet and SQL of equal content."""

import hashlib
from collections.abc import Mapping
from typing import Final

import numpy as np
import polars as pl

OURS: Final = frozenset({"_row", "_employee", "_person", "_repeat", "_trace"})
"""Columns the door adds: they follow from the others."""


def digest(frames: Mapping[str, pl.DataFrame]) -> str:
    """SHA-256 (hex) of tables by name: their columns in order, their rows in order, every value and every null."""
    total = hashlib.sha256()
    for table in sorted(frames):
        frame = frames[table]
        names = [name for name in frame.columns if name not in OURS]
        total.update(f"{table}\n{len(frame)}\n{names}\n".encode())
        for name in names:
            _add(total, frame[name])
    return total.hexdigest()


def _add(total: "hashlib._Hash", column: pl.Series) -> None:
    total.update(np.packbits(column.is_null().to_numpy()).tobytes())
    if column.dtype == pl.String:
        text = column.fill_null("")
        total.update(text.str.len_bytes().to_numpy().astype("<u4").tobytes())
        total.update(str(text.str.join("").item()).encode())
    elif column.dtype == pl.Binary:
        parts = column.fill_null(b"").to_list()
        total.update(np.asarray([len(part) for part in parts], "<u4").tobytes())
        total.update(b"".join(parts))
    elif column.dtype == pl.Float64:
        # Adding zero makes one zero of the two that floating point has.
        total.update((column.fill_null(0.0).to_numpy() + 0.0).astype("<f8").tobytes())
    else:
        total.update(column.to_physical().cast(pl.Int64).fill_null(0).to_numpy().astype("<i8").tobytes())
