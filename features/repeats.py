"""Rows that say the same thing twice: identical ones collapse, a second row of one key is a correction or a reject.

Of rows with equal keys the one known first stays (ties: file order). A row of `job_history` recorded later corrects
it, from then on; every other repetition is rejected. Overlapping employments are judged here too.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Final

import polars as pl

from features import table_spec
from features.schemas import REJECTS, as_rejects
from features.table_spec import Table

_NO_END: Final = dt.date.max


@dataclass(frozen=True)
class Distinct:
    """`frame` without repetitions, with a ``_repeat`` column (True for a correction); how many rows collapsed; rejects."""

    frame: pl.DataFrame
    collapsed: int
    rejects: pl.DataFrame


def distinct(frame: pl.DataFrame, table: Table, employees: pl.Series | None = None) -> Distinct:
    """Collapse identical rows and settle equal keys; a key with a null in it is no key.

    `employees` are the ids that are known: a row about anybody else is set aside later and never wins a key.
    """
    once = _collapse(frame, table)
    collapsed = len(frame) - len(once)
    marked = once.with_columns(_repeat=pl.lit(value=False))
    if not table.key or len(once) == 0:
        return Distinct(marked, collapsed, REJECTS.to_frame())
    ids = [name for name in table.key if (column := table.column(name)) is not None and column.kind == "id"]
    keyed = once.select(pl.all_horizontal(pl.col(ids).is_not_null())).to_series()
    twice = keyed & once.select(table.key).is_duplicated()
    if not twice.any():
        return Distinct(marked, collapsed, REJECTS.to_frame())
    groups = once.filter(twice).with_columns(_known=_known(table), _stranger=_stranger(table, employees))
    groups = groups.sort("_stranger", "_known", "_row", maintain_order=True)
    later = groups.select(
        "_row",
        "_known",
        first=pl.col("_row").first().over(table.key),
        base=pl.col("_known").first().over(table.key),
        recorded=_recorded(table),
    ).filter(pl.col("_row") != pl.col("first"))
    corrects = later["recorded"] & (later["_known"] > later["base"])
    rejected = later.filter(~corrects)["_row"].sort()
    kept = marked.filter(~pl.col("_row").is_in(rejected.implode())).with_columns(
        _repeat=pl.col("_row").is_in(later.filter(corrects)["_row"].implode())
    )
    return Distinct(kept, collapsed, as_rejects(rejected, " + ".join(table.key), table_spec.DUPLICATE))


def without_overlaps(employees: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """`employees` sorted by (employee_id, hire_date) without rows that overlap an earlier kept one, and the rejects.

    An employment lasts until its termination date, else its resignation date, else for ever; the next one may begin on
    that day.
    """
    ordered = employees.sort("employee_id", "hire_date", maintain_order=True)
    end = pl.coalesce("termination_date", "resignation_date").fill_null(_NO_END)
    ends = ordered.select("_row", "employee_id", "hire_date", end=end)
    rehired = ends.filter(pl.col("employee_id").is_duplicated())
    rows = pl.Series(_overlapping(rehired), dtype=pl.UInt32).sort()
    if rows.is_empty():
        return ordered, REJECTS.to_frame()
    return ordered.filter(~pl.col("_row").is_in(rows.implode())), as_rejects(rows, "hire_date", table_spec.OVERLAP)


def _overlapping(rehired: pl.DataFrame) -> list[int]:
    """Rows to reject, one person's after the other: a rejected row no longer stands in the way of later ones."""
    rejected: list[int] = []
    person, until = None, _NO_END
    for row, employee_id, hire_date, end in rehired.iter_rows():
        if employee_id != person:
            person, until = employee_id, end
        elif hire_date < until:
            rejected.append(row)
        else:
            until = end
    return rejected


def _collapse(frame: pl.DataFrame, table: Table) -> pl.DataFrame:
    """Identical rows once. Only rows that share a key need be compared in full."""
    columns = [name for name in frame.columns if name != "_row"]
    if table.key:
        suspects = frame.select(table.key).is_duplicated()
        if not suspects.any():
            return frame
        once = frame.filter(suspects).unique(columns, keep="first", maintain_order=True)
        return frame.filter(~suspects | pl.col("_row").is_in(once["_row"].implode()))
    return frame.unique(columns, keep="first", maintain_order=True)


def _known(table: Table) -> pl.Expr:
    """When a row was first known, for the order within a key."""
    day = pl.col(table.day or table.key[0])
    if table.name == "job_history":
        return pl.coalesce(pl.col("recorded_at"), day.cast(pl.Datetime("us")).dt.replace_time_zone("UTC"))
    column = table.column(table.day or "")
    return day.dt.date() if column is not None and column.kind == "time" else day


def _stranger(table: Table, employees: pl.Series | None) -> pl.Expr:
    if employees is None or table.column("employee_id") is None:
        return pl.lit(value=False)
    return pl.col("employee_id").is_not_null() & ~pl.col("employee_id").is_in(employees.implode())


def _recorded(table: Table) -> pl.Expr:
    return pl.col("recorded_at").is_not_null() if table.name == "job_history" else pl.lit(value=False)
