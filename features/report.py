"""What the door did, in counts: one line a table, warnings, and the rejects file. No value of the data is in here."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import polars as pl

from features.errors import SourceError


@dataclass(frozen=True)
class TableReport:
    """One table's counts. Rows read = kept + rejected + denied + collapsed + unknown_employee + outside_employment."""

    table: str
    file: str
    rows: int
    """Rows read."""
    kept: int
    """Rows that came in, off-boarding traces included."""
    rejected: int
    """Rows that break a rule."""
    denied: int
    """Rows left out for what they name: denied ticket categories, signals and drivers."""
    collapsed: int
    """Rows identical to an earlier one."""
    unknown_employee: int
    """Rows about an employee_id that is not in `employees`, set aside."""
    outside_employment: int
    """Rows dated before the first employment of their person, set aside."""
    traces: int
    """Kept rows that are off-boarding traces: they mark notice and become no feature."""
    comments: int
    """Rows that came with a comment; its text stayed outside."""
    first: dt.date | None
    """First day a kept row is dated, None for an undated or empty table."""
    last: dt.date | None
    """Last day a kept row is dated."""
    coverage: float | None
    """Share of people with at least one kept row, 0 to 1; None where rows name no person."""
    denied_columns: tuple[str, ...] = ()
    """Columns left out for what they name."""
    unknown_columns: tuple[str, ...] = ()
    """Columns the contract does not know, ignored."""
    broken: dict[tuple[str, str], int] = field(default_factory=dict)
    """Rejected rows by (column, rule), most frequent first; a row may break several."""

    @property
    def left_out(self) -> int:
        """Rows left out by rule, which are no rejects."""
        return self.denied + self.collapsed + self.unknown_employee + self.outside_employment


@dataclass(frozen=True)
class Report:
    """Every table's counts, the missing sources, and what the caller should know."""

    tables: tuple[TableReport, ...]
    missing: tuple[str, ...]
    """Optional tables without a file: missing sources."""
    warnings: tuple[str, ...]
    people: int = 0
    """Distinct employee ids."""
    without_job_history: int = 0
    """People with no kept row of `job_history`: they cannot be scored."""
    exits_without_type: int = 0
    """Terminations without a type (and without a resignation), taken as `other`."""
    exits_by_type: dict[str, int] = field(default_factory=dict)
    """Employments that ended or are announced to end, by type, most frequent first."""
    rejects_path: Path | None = None
    """Where the rejects were written; None where there are none, or nobody asked."""

    def table(self, name: str) -> TableReport | None:
        """The counts of one table, None where it is missing."""
        return next((table for table in self.tables if table.table == name), None)


_HEADERS: Final = ("table", "rows", "rejects", "left out", "span", "coverage")


def lines(report: Report) -> list[str]:
    """The report as a table for a terminal: one line a source, missing ones last."""
    body = [
        (
            table.table,
            f"{table.rows:,}",
            f"{table.rejected:,}",
            f"{table.left_out:,}",
            "-" if table.first is None else f"{table.first} to {table.last}",
            "-" if table.coverage is None else f"{table.coverage:.1%}",
        )
        for table in report.tables
    ]
    body += [(name, "missing", "-", "-", "-", "-") for name in report.missing]
    widths = [max(len(row[at]) for row in (_HEADERS, *body)) for at in range(len(_HEADERS))]
    rule = tuple("-" * width for width in widths)
    return [_line(row, widths) for row in (_HEADERS, rule, *body)]


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    first, *numbers, span, coverage = cells
    padded = [first.ljust(widths[0])]
    padded += [cell.rjust(width) for cell, width in zip(numbers, widths[1:4], strict=True)]
    return "  ".join([*padded, span.ljust(widths[4]), coverage.rjust(widths[5])])


def left_out_by_reason(table: TableReport) -> str:
    """Why rows of a table were left out, in words: ``3 denied, 2 of an unknown employee``; empty where none were."""
    parts = (
        (table.denied, "denied"),
        (table.collapsed, "identical to an earlier row"),
        (table.unknown_employee, "of an unknown employee"),
        (table.outside_employment, "dated before the first employment"),
    )
    return ", ".join(f"{count:,} {reason}" for count, reason in parts if count)


def count_broken(rejects: pl.DataFrame) -> dict[tuple[str, str], int]:
    """Rejected rows by (column, rule), most frequent first, ties in order of name."""
    counts = rejects.group_by("column", "rule").len().rows()
    return {(column, rule): count for column, rule, count in sorted(counts, key=lambda row: (-row[2], row[:2]))}


def rejects_file(home: Path, folder: Path, moment: dt.datetime) -> Path:
    """Where the rejects of a data folder go, read at that moment."""
    return home / "rejects" / f"{folder.resolve().name}-{moment:%Y%m%dT%H%M%SZ}.csv"


def write_rejects(path: Path, rejects: dict[str, pl.DataFrame]) -> None:
    """Write the rejects file: table, row (1 is the first after the header), column, rule; never a value.

    Raises
    ------
    SourceError
        The place cannot be written to.
    """
    rows = [
        frame.sort("row", "column", "rule").select(pl.lit(table).alias("table"), "row", "column", "rule")
        for table, frame in rejects.items()
    ]
    partial = path.with_name(path.name + ".partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_bytes(pl.concat(rows).write_csv().encode())
        partial.replace(path)
    except OSError as error:
        raise SourceError(
            f"The rejects file '{path}' cannot be written ({type(error).__name__}). "
            "Give RETENTION_HOME, or --rejects, a place that can be."
        ) from None
