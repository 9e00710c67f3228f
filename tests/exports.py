"""The toy's export as CSV files, mutated as exports are in life, and the command that scores it."""

import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Final

import polars as pl

from service.cli import main
from tests.served import shared_toy

Change = Callable[[pl.DataFrame], pl.DataFrame]
FIRST: Final = "2026-08-31"
NEXT: Final = "2026-09-15"


def score(home: Path, data: Path, as_of: str, *more: str, **environ: str) -> int:
    """Run the command in this process; its exit code."""
    return main(["score", "--data", str(data), "--as-of", as_of, *more], {"RETENTION_HOME": str(home), **environ})


def changed(tmp_path: Path, table: str, change: Change) -> Path:
    """The toy's folder with one table changed."""
    folder = tmp_path / "changed"
    shutil.copytree(shared_toy().data, folder)
    place = folder / f"{table}.parquet"
    change(pl.read_parquet(place)).write_parquet(place)
    return folder


def written(tmp_path: Path, table: str, rewrite: Callable[[str], bytes]) -> Path:
    """The toy's folder with one table as a CSV file of other bytes."""
    folder = tmp_path / "written"
    shutil.copytree(shared_toy().data, folder)
    (folder / f"{table}.parquet").unlink()
    (folder / f"{table}.csv").write_bytes(rewrite(_text(table)))
    return folder


@cache
def _text(table: str) -> str:
    return pl.read_parquet(shared_toy().data / f"{table}.parquet").write_csv()


def added(tmp_path: Path, **rows: list[dict[str, object]]) -> Path:
    """The toy's folder with rows added to its tables; what a row does not name is null."""
    folder = tmp_path / "added"
    shutil.copytree(shared_toy().data, folder)
    for table, more in rows.items():
        place = folder / f"{table}.parquet"
        before = pl.read_parquet(place)
        schema = {name: kind for name, kind in before.schema.items() if any(name in row for row in more)}
        pl.concat([before, pl.DataFrame(more, schema)], how="diagonal").write_parquet(place)
    return folder
