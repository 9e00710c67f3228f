"""A data folder -> raw frames, one a table: Parquet and SQL results keep their types, CSV is text throughout.

A folder holds one file per table: ``employees.parquet``, ``.csv``, ``.csv.gz`` or ``.sql``. The last is one DuckDB
SELECT over raw files whose paths are relative to the folder. What the values mean is the door's business.
"""

import gzip
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb
import polars as pl

from features.contracts import TABLES
from features.csv_text import parse_csv
from features.errors import SourceError

SUFFIXES: Final = (".parquet", ".csv", ".csv.gz", ".sql")
_SEEN_AT_MOST: Final = 12
_SPEAKING: Final = (duckdb.BinderException, duckdb.CatalogException, duckdb.IOException, duckdb.ParserException)
"""DuckDB errors whose text names columns, files and SQL, but no value of the data."""


@dataclass(frozen=True)
class Source:
    """A table as its file gives it. `warnings` speak of the file's form."""

    table: str
    file: str
    frame: pl.DataFrame
    warnings: tuple[str, ...] = ()


def find_files(folder: Path) -> dict[str, Path]:
    """The file of each table in `folder`; tables without one are absent.

    Raises
    ------
    SourceError
        The folder does not exist or is none, a table has two files, or a required table has no file.
    """
    if not folder.exists():
        raise SourceError(f"The data folder '{folder}' does not exist. Give a folder with employees and job_history.")
    if not folder.is_dir():
        raise SourceError(f"'{folder}' is a file. Give the folder that holds it, with one file per table.")
    names = sorted(path.name for path in folder.iterdir())
    found: dict[str, Path] = {}
    for table in TABLES:
        files = [name for suffix in SUFFIXES if (name := table.name + suffix) in names]
        if len(files) > 1:
            raise SourceError(
                f"'{folder}' has more than one file for table '{table.name}': {', '.join(files)}. Keep one."
            )
        if files:
            found[table.name] = folder / files[0]
    absent = [table.name for table in TABLES if table.required and table.name not in found]
    if absent:
        raise SourceError(_absent(folder, absent, names))
    return found


def stray_files(folder: Path) -> list[str]:
    """Names of Parquet and CSV files that belong to no table; none where mappings may be reading them."""
    names = sorted(path.name for path in folder.iterdir() if path.is_file())
    if any(name.endswith(".sql") for name in names):
        return []
    known = {table.name + suffix for table in TABLES for suffix in SUFFIXES}
    return [name for name in names if name.endswith((".parquet", ".csv", ".csv.gz")) and name not in known]


def read(table: str, path: Path) -> Source:
    """Read one table's file.

    Raises
    ------
    SourceError
        It cannot be read; the message says what was seen and what is expected.
    """
    warnings: list[str] = []
    if path.is_dir():
        raise SourceError(f"'{path}' is a folder. Table '{table}' must be one file.")
    if path.suffix == ".parquet":
        frame = _parquet(path)
    elif path.suffix == ".sql":
        frame = _mapping(path)
    else:
        frame, warnings = parse_csv(path, _content(path))
    return Source(table, path.name, frame, tuple(warnings))


def _absent(folder: Path, tables: list[str], names: list[str]) -> str:
    wanted = "; ".join(f"'{table}' ({', '.join(table + suffix for suffix in SUFFIXES)})" for table in tables)
    seen = ", ".join(names[:_SEEN_AT_MOST]) + (", …" if len(names) > _SEEN_AT_MOST else "")
    return f"'{folder}' has no file for required table {wanted}. Seen in the folder: {seen or 'nothing'}."


def _content(path: Path) -> bytes:
    try:
        content = path.read_bytes()
        return gzip.decompress(content) if path.suffix == ".gz" else content
    except (OSError, EOFError, zlib.error) as error:
        raise SourceError(
            f"'{path}' cannot be read ({type(error).__name__}). Is it whole, and may it be read?"
        ) from None


def _parquet(path: Path) -> pl.DataFrame:
    try:
        with path.open("rb") as file:
            return pl.read_parquet(file)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise SourceError(f"'{path}' cannot be read as Parquet ({type(error).__name__}). Write it again.") from None


def _mapping(path: Path) -> pl.DataFrame:
    """The result of a mapping file's one SELECT."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(f"'{path}' cannot be read ({type(error).__name__}). Expected: UTF-8 text.") from None
    with duckdb.connect(":memory:") as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute("SET autoinstall_known_extensions = false")
        connection.execute("SET file_search_path = '" + str(path.parent.resolve()).replace("'", "''") + "'")
        try:
            statements = connection.extract_statements(text)
            if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
                raise SourceError(f"'{path}' must hold one SELECT and nothing else.")
            return pl.DataFrame(connection.sql(statements[0].query).to_arrow_table())
        except _SPEAKING as error:
            raise SourceError(f"'{path}' does not run: {str(error).splitlines()[0]}") from None
        except duckdb.Error as error:
            raise SourceError(
                f"'{path}' does not run ({type(error).__name__}): a value does not fit the type the SELECT asks for, or a "
                "raw file is not in the form it names. Read doubtful columns as text (all_varchar = true)."
            ) from None
        except pl.exceptions.PolarsError:
            raise SourceError(
                f"'{path}' selects a column of a type no table uses, such as an interval; cast it to text."
            ) from None
