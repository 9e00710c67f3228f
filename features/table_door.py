"""One table through the door: denied columns and rows, types, ranges, the rules between columns, repetitions."""

from dataclasses import dataclass, replace
from typing import Final

import polars as pl

from features import denied
from features.coerce import DTYPES, typed
from features.contracts import default_scale
from features.errors import DataError
from features.repeats import distinct
from features.schemas import REJECTS, as_rejects, broken
from features.sources import Source
from features.table_spec import MISSING, AnyOf, Column, Table


@dataclass(frozen=True)
class Passed:
    """What a table brought in, and what it did not. Counts are of rows."""

    table: Table
    file: str
    rows: int
    frame: pl.DataFrame
    rejects: pl.DataFrame
    """As `schemas.REJECTS`; a row stands there once for each rule it breaks."""
    denied: int
    collapsed: int
    comments: int
    denied_columns: tuple[str, ...]
    unknown_columns: tuple[str, ...]
    warnings: tuple[str, ...]

    def with_rejects(self, frame: pl.DataFrame, rejects: pl.DataFrame) -> "Passed":
        """The same with fewer rows and more rejects."""
        return replace(self, frame=frame, rejects=pl.concat([self.rejects, rejects]))


_MANY: Final = 20


def pass_table(table: Table, source: Source, today: int, employees: pl.Series | None = None) -> Passed:
    """Judge one table as read; `employees` are the ids of the people who are known, None for their own table.

    Raises
    ------
    DataError
        A required column is missing.
    """
    frame = _without_padding(source.frame)
    _refuse_missing_columns(table, source, frame.columns)
    denied_columns, unknown_columns = _other_columns(table, frame.columns)
    comments = _comments(table, frame)
    kept_names = [
        name for name in frame.columns if name not in {*denied_columns, *unknown_columns} and _keeps(table, name)
    ]
    numbered, blank = _without_blank_rows(frame.with_row_index("_row", offset=1))
    numbered = numbered.select("_row", *kept_names)
    allowed = _without_denied_rows(table, numbered)
    clean, rejects = _judged(table, _complete(table, allowed), today)
    once = distinct(clean, table, employees)
    return Passed(
        table=table,
        file=source.file,
        rows=len(numbered),
        frame=once.frame,
        rejects=pl.concat([rejects, once.rejects]),
        denied=len(numbered) - len(allowed),
        collapsed=once.collapsed,
        comments=comments,
        denied_columns=denied_columns,
        unknown_columns=unknown_columns,
        warnings=(*source.warnings, *_warnings(table, denied_columns, unknown_columns, blank)),
    )


def _without_padding(frame: pl.DataFrame) -> pl.DataFrame:
    """Column names without blanks around them, unless that name is taken."""
    names = frame.columns
    return frame.rename({name: name.strip() for name in names if name.strip() not in names})


def _refuse_missing_columns(table: Table, source: Source, names: list[str]) -> None:
    absent = [f"'{column.name}'" for column in table.columns if column.required and column.name not in names]
    choices = [rule for rule in table.rules if isinstance(rule, AnyOf) and not set(rule.columns) & set(names)]
    absent += [" or ".join(f"'{name}'" for name in rule.columns) for rule in choices]
    if not absent:
        return
    known = [name for name in names if table.column(name) is not None]
    others = len(names) - len(known)
    raise DataError(
        f"'{source.file}' has no column {', no column '.join(absent)}, which table '{table.name}' needs. "
        f"Seen: {', '.join(known) or 'none of the table'}"
        + (f", and {others:,} column{'s' if others > 1 else ''} of other names." if others else ".")
        + " Names are matched letter by letter; rename the column, or map the file with a SELECT in "
        f"'{table.name}.sql'."
    )


def _other_columns(table: Table, names: list[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Columns outside the contract: denied ones, and ones nobody reads."""
    if table.name == "protected":
        return (), ()
    others = [name for name in names if table.column(name) is None]
    refused = tuple(name for name in others if denied.denied_name(name))
    return refused, tuple(name for name in others if name not in refused)


def _keeps(table: Table, name: str) -> bool:
    column = table.column(name)
    return table.open or column is not None


def _comments(table: Table, frame: pl.DataFrame) -> int:
    """How many rows came with a text of which only numbers come in."""
    outside = [column.name for column in table.columns if column.kind == "comment" and column.name in frame.columns]
    if not outside:
        return 0
    text = frame.select(pl.col(outside).cast(pl.String, strict=False).str.strip_chars())
    return int(text.select(pl.any_horizontal(pl.all().is_not_null() & (pl.all() != ""))).to_series().sum())


def _without_denied_rows(table: Table, frame: pl.DataFrame) -> pl.DataFrame:
    """Rows whose ticket category, signal name or driver may come in; null is judged later."""
    if table.refuses is None or table.refuses not in frame.columns:
        return frame
    refused_text = denied.denied_category if table.refuses == "category" else denied.denied_name
    texts = frame[table.refuses].cast(pl.String, strict=False)
    refused = [text for text in texts.unique().drop_nulls() if refused_text(text)]
    return frame.filter(~texts.is_in(refused).fill_null(value=False)) if refused else frame


def _without_blank_rows(frame: pl.DataFrame) -> tuple[pl.DataFrame, int]:
    """The frame without rows that hold nothing at all (blank lines; commas alone), and how many those were."""
    empty = pl.all_horizontal(pl.exclude("_row").is_null())
    kept = frame.filter(~empty)
    return kept, len(frame) - len(kept)


def _complete(table: Table, frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with every declared column in order; one that the file lacks is null."""
    declared = [column.name for column in table.columns]
    absent = [pl.lit(None).alias(name) for name in declared if name not in frame.columns]
    more = [name for name in frame.columns if name not in declared and name != "_row"]
    return frame.with_columns(absent).select("_row", *declared, *more)


def _judged(table: Table, raw: pl.DataFrame, today: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Typed rows that break no rule, and the rejects."""
    columns, found = [raw["_row"]], []
    for name in raw.columns[1:]:
        column = table.column(name) or Column(name, "text")
        read = typed(raw[name], column)
        columns.append(read.values.cast(DTYPES[column.kind]).alias(name))
        found += [as_rejects(raw["_row"].filter(bad), name, rule) for rule, bad in read.broken.items() if bad.any()]
    frame = _with_defaults(table, pl.DataFrame(columns))
    unfit = pl.concat(found) if found else REJECTS.to_frame()
    ruled = broken(frame, table, today)
    # A value that could not be read is null by now; that it is missing is no second fault.
    again = ruled.filter(pl.col("rule") == MISSING).join(unfit, on=["row", "column"], how="semi")
    ruled = ruled.join(again, on=["row", "column", "rule"], how="anti")
    rejects = pl.concat([unfit, ruled])
    return (frame.filter(~pl.col("_row").is_in(rejects["row"].implode())) if len(rejects) else frame), rejects


def _with_defaults(table: Table, frame: pl.DataFrame) -> pl.DataFrame:
    """Nulls that have a meaning: default values, the scale of a question, the day of a conversation that was held.

    Names of drivers, signals and categories go on in lower case: they are compared without regard to it.
    """
    if table.refuses is not None:
        frame = frame.with_columns(pl.col(table.refuses).str.to_lowercase())
    frame = frame.with_columns(
        pl.col(column.name).fill_null(column.default) for column in table.columns if column.default is not None
    )
    if table.name == "surveys":
        enps = pl.col("driver") == "enps"
        (low, high), (low_enps, high_enps) = default_scale(""), default_scale("enps")
        return frame.with_columns(
            pl.col("scale_min").fill_null(pl.when(enps).then(low_enps).otherwise(low)),
            pl.col("scale_max").fill_null(pl.when(enps).then(high_enps).otherwise(high)),
        )
    if table.name == "checkins":
        held = (pl.col("status") == "held") & pl.col("held_at").is_null()
        return frame.with_columns(held_at=pl.when(held).then("scheduled_at").otherwise("held_at"))
    return frame


def _warnings(table: Table, denied_columns: tuple[str, ...], unknown_columns: tuple[str, ...], blank: int) -> list[str]:
    told = [f"'{table.name}': blank rows skipped: {blank:,}."] if blank else []
    if denied_columns:
        told.append(f"'{table.name}': columns left out for what they name: {_listed(denied_columns)}.")
    if unknown_columns:
        told.append(f"'{table.name}': columns the contract does not know, ignored: {_listed(unknown_columns)}.")
    return told


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(names[:_MANY]) + (f" and {len(names) - _MANY:,} more" if len(names) > _MANY else "")
