"""pandera schemas derived from `contracts.TABLES`, and the rows of a typed frame that break one.

Frames are validated eagerly: of a LazyFrame pandera checks the schema alone, in silence. pandera's own failure report
holds values, so it is never shown; only which rows failed which rule is taken from it. Its environment variables, which
can switch validation off, do not reach this door.
"""

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Final

import pandera.polars as pa
import polars as pl
from pandera.api.polars.types import PolarsData
from pandera.config import ValidationDepth, config_context
from pandera.errors import SchemaErrors

from features import table_spec
from features.coerce import DTYPES
from features.days import to_date
from features.table_spec import Above, AnyOf, Column, NotBefore, NotWith, RowRule, Table

REJECTS: Final = pl.Schema({"row": pl.UInt32, "column": pl.String, "rule": pl.String})
"""What a rejects frame holds: the row number in the file (1 is the first after the header), the column, the rule."""


def schema(table: Table, today: int) -> pa.DataFrameSchema:
    """The schema of `table` on the day `today`: a happened value may lie on the next day at the latest."""
    checks: dict[str, list[pa.Check]] = {column.name: list(_column_checks(column, today)) for column in table.columns}
    for rule in table.rules:
        checks[rule.column].append(_check(_holds(table, rule), rule.rule))
    return pa.DataFrameSchema(
        {
            column.name: pa.Column(DTYPES[column.kind], nullable=not column.required, checks=checks[column.name])
            for column in table.columns
        }
    )


def broken(frame: pl.DataFrame, table: Table, today: int) -> pl.DataFrame:
    """The rows of a typed `frame` (with its ``_row`` numbers) that break the schema of `table`, as `REJECTS`."""
    try:
        with config_context(validation_enabled=True, validation_depth=ValidationDepth.SCHEMA_AND_DATA):
            schema(table, today).validate(frame, lazy=True)
    except SchemaErrors as errors:
        found = [_failed(frame["_row"], error) for error in errors.schema_errors]
        return pl.concat(found) if found else REJECTS.to_frame()
    return REJECTS.to_frame()


def as_rejects(rows: pl.Series, column: str, rule: str) -> pl.DataFrame:
    """Rejects of one rule: `rows` are row numbers."""
    found = pl.DataFrame({"row": rows}, schema={"row": pl.UInt32})
    return found.with_columns(column=pl.lit(column), rule=pl.lit(rule))


def _failed(rows: pl.Series, error: object) -> pl.DataFrame:
    """The rows of one failed check. pandera gives one Boolean a row; False is a failure."""
    check = getattr(error, "check", None)
    output = getattr(error, "check_output", None)
    column = getattr(getattr(error, "schema", None), "name", None)
    if not isinstance(output, pl.DataFrame) or column is None:
        raise TypeError(f"pandera reported '{getattr(error, 'reason_code', None)}', which the derived schemas rule out")
    rule = table_spec.MISSING if check == "not_nullable" else str(getattr(check, "error", check))
    return as_rejects(rows.filter(~output.to_series()), str(column), rule)


def _column_checks(column: Column, today: int) -> Iterator[pa.Check]:
    value = pl.col(column.name)
    if column.values:
        yield _check(value.is_in(column.values), table_spec.NOT_ALLOWED)
    if column.least is not None:
        yield _check(value >= column.least, f"below {column.least:g}")
    if column.above is not None:
        yield _check(value > column.above, f"not above {column.above:g}")
    if column.happened:
        yield _check(value.dt.date() <= to_date(today) + dt.timedelta(days=1), table_spec.IN_FUTURE)


def _check(holds: pl.Expr, rule: str) -> pa.Check:
    """A check that keeps no failing value; where `holds` is null there is nothing to object to."""

    def run(data: PolarsData) -> pl.LazyFrame:
        return data.lazyframe.select(holds.fill_null(value=True).alias("holds"))

    check: Callable[..., pa.Check] = pa.Check
    return check(run, error=rule, n_failure_cases=0)


def _holds(table: Table, rule: RowRule) -> pl.Expr:
    column = pl.col(rule.column)
    if isinstance(rule, NotBefore):
        return _day(table, rule.column) >= _day(table, rule.other)
    if isinstance(rule, Above):
        return column > pl.col(rule.other)
    if isinstance(rule, AnyOf):
        return pl.any_horizontal(pl.col(name).is_not_null() for name in rule.columns)
    if isinstance(rule, NotWith):
        return column.is_null() | ~pl.col(rule.other).is_in(rule.values)
    low = pl.col(rule.low) if isinstance(rule.low, str) else pl.lit(rule.low)
    return column.is_between(low, pl.col(rule.high))


def _day(table: Table, name: str) -> pl.Expr:
    """A date or time column as its day: a day's midnight must not seem earlier than an hour of that day."""
    column = table.column(name)
    return pl.col(name).dt.date() if column is not None and column.kind == "time" else pl.col(name)
