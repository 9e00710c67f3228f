"""Raw columns -> typed ones: texts from CSV, native types from Parquet and SQL. What does not fit becomes null and bad.

    id, text   String, stripped; whole numbers become their digits
    date       Date; a timestamp at midnight counts as its day
    time       Datetime in UTC, microseconds; a naive one is UTC, a day is its midnight
    enum       String, lower-cased
    number     Float64, finite
    integer    Int64
    bool       Boolean, from true/false, yes/no, t/f, y/n, 1/0
    comment    Binary: the hashed n-grams of the text, which ends here

An empty text is null everywhere. `typed` returns each column with the rules its values broke.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import polars as pl

from features import grams, table_spec
from features.table_spec import Column

TIME: Final = pl.Datetime("us", "UTC")
DTYPES: Final[dict[table_spec.Kind, pl.DataType]] = {
    "id": pl.String(),
    "text": pl.String(),
    "date": pl.Date(),
    "time": TIME,
    "enum": pl.String(),
    "number": pl.Float64(),
    "integer": pl.Int64(),
    "bool": pl.Boolean(),
    "comment": pl.Binary(),
}
_MOST: Final = 1e18
"""Floats below are exact when turned into 64-bit integers."""
_DAY: Final = r"^\d{4}-\d{2}-\d{2}$"
_MIDNIGHT: Final = r"^(\d{4}-\d{2}-\d{2})[Tt ]00:00(?::00(?:\.0+)?)?(?:[Zz]|[+-]00:?00)?$"
_TIME: Final = r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?$"
_TRUE: Final = ("true", "t", "yes", "y", "1")
_FALSE: Final = ("false", "f", "no", "n", "0")


@dataclass(frozen=True)
class Typed:
    """A typed column; `broken` maps a rule to the rows (a Boolean series) whose raw value breaks it."""

    values: pl.Series
    broken: dict[str, pl.Series]


def typed(raw: pl.Series, column: Column) -> Typed:
    """`raw` as `column` declares it."""
    if raw.dtype.is_nested() or raw.dtype in {pl.Duration, pl.Object}:
        return Typed(pl.Series([None] * len(raw), dtype=DTYPES[column.kind]), _all_given(raw, column))
    series = _plain(raw)
    if column.kind in {"number", "integer"}:
        return _numbers(series, column)
    if series.dtype.is_float():
        series = series.fill_nan(None)  # how pandas writes an absent value into a column of numbers
    if column.kind in {"date", "time"}:
        return _moments(series, column)
    text = _text(series)
    if column.kind == "id":
        unwhole = _unwhole(series)
        return Typed(text.set(unwhole, None), {table_spec.NOT_KIND["id"]: unwhole})
    if column.kind == "bool":
        values = _booleans(text)
        return Typed(values, {table_spec.NOT_KIND["bool"]: text.is_not_null() & values.is_null()})
    return Typed(_FORMS.get(column.kind, _as_is)(text), {})


def _plain(raw: pl.Series) -> pl.Series:
    """Texts stripped and empty ones null; categories as texts; other types as they are."""
    series = raw.cast(pl.String) if raw.dtype in {pl.Categorical, pl.Enum, pl.Null} else raw
    if series.dtype == pl.Binary:
        series = series.cast(pl.String, strict=False)
    if series.dtype != pl.String:
        return series
    stripped = series.str.strip_chars()
    return stripped.set(stripped == "", None)


def _text(series: pl.Series) -> pl.Series:
    """Every value as text; a float that is a whole number (an integer column with gaps) as its digits."""
    text = series.cast(pl.String, strict=False)
    if not series.dtype.is_float() and not series.dtype.is_decimal():
        return text
    whole = (series.is_not_null() & ~_unwhole(series)).arg_true()
    return text.scatter(whole, series.gather(whole).cast(pl.Int64).cast(pl.String))


def _unwhole(series: pl.Series) -> pl.Series:
    """Where a float or decimal is no whole number of at most 18 digits; nowhere in other types."""
    if not series.dtype.is_float() and not series.dtype.is_decimal():
        return pl.Series([False]).new_from_index(0, len(series))
    number = series.cast(pl.Float64)
    return ((number != number.floor()) | (number.abs() >= _MOST)).fill_null(value=False)


def _hashed(text: pl.Series) -> pl.Series:
    """Each text's hashed n-grams; null where it holds no word."""
    given = text.is_not_null().arg_true()
    parts = pl.Series([part or None for part in grams.packed(text.gather(given).to_list())], dtype=pl.Binary)
    return pl.Series([None], dtype=pl.Binary).new_from_index(0, len(text)).scatter(given, parts)


def _as_is(text: pl.Series) -> pl.Series:
    return text


_FORMS: Final[dict[table_spec.Kind, Callable[[pl.Series], pl.Series]]] = {
    "enum": lambda text: text.str.to_lowercase(),
    "comment": _hashed,
}
"""What becomes of a text that is not kept as it is."""


def _all_given(raw: pl.Series, column: Column) -> dict[str, pl.Series]:
    return {table_spec.NOT_KIND[column.kind]: raw.is_not_null()}


def _booleans(text: pl.Series) -> pl.Series:
    lower = text.str.to_lowercase()
    frame = pl.DataFrame({"lower": lower})
    return frame.select(
        pl.when(pl.col("lower").is_in(_TRUE)).then(True).when(pl.col("lower").is_in(_FALSE)).then(False)
    ).to_series()


def _numbers(series: pl.Series, column: Column) -> Typed:
    source = series.cast(pl.String) if series.dtype.is_temporal() else series
    number = source.cast(pl.Float64, strict=False)
    finite = number.is_finite().fill_null(value=True)
    broken = {
        table_spec.NOT_KIND["number"]: series.is_not_null() & number.is_null(),
        table_spec.NOT_FINITE: ~finite,
    }
    number = number.set(~finite, None)
    if column.kind == "number":
        return Typed(number, broken)
    unwhole = (number != number.floor()).fill_null(value=False)
    return Typed(
        number.set(unwhole, None).cast(pl.Int64, strict=False), {**broken, table_spec.NOT_KIND["integer"]: unwhole}
    )


def _moments(series: pl.Series, column: Column) -> Typed:
    """Dates and times, with "no end" as null and years that cannot be as bad."""
    given = series.is_not_null()
    if isinstance(series.dtype, (pl.Datetime, pl.Date)):
        values = _native_date(series) if column.kind == "date" else _native_time(series)
    else:
        text = series if series.dtype == pl.String else series.cast(pl.String, strict=False)
        values = _text_date(text) if column.kind == "date" else _text_time(text)
    unread = given & values.is_null()
    year = values.dt.year()
    if not column.required:
        values = values.set((year == int(table_spec.OPEN_DATE[:4])).fill_null(value=False), None)
        year = values.dt.year()
    out = ((year < table_spec.FIRST_YEAR) | (year > table_spec.LAST_YEAR)).fill_null(value=False)
    return Typed(values.set(out, None), {table_spec.NOT_KIND[column.kind]: unread, table_spec.OUT_OF_YEARS: out})


def _native_time(series: pl.Series) -> pl.Series:
    if series.dtype == pl.Date:
        return series.cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
    zone = getattr(series.dtype, "time_zone", None)
    aware = series.dt.replace_time_zone("UTC") if zone is None else series.dt.convert_time_zone("UTC")
    return aware.cast(TIME)


def _native_date(series: pl.Series) -> pl.Series:
    if series.dtype == pl.Date:
        return series
    instant = _native_time(series)
    day = instant.dt.date()
    return day.set((instant != _native_time(day)).fill_null(value=False), None)


def _text_date(text: pl.Series) -> pl.Series:
    plain = text.str.contains(_DAY)
    days = text.set((~plain).fill_null(value=False), None).str.to_date("%Y-%m-%d", strict=False)
    if plain.all(ignore_nulls=True):
        return days
    midnights = text.str.extract(_MIDNIGHT).str.to_date("%Y-%m-%d", strict=False)
    return days.zip_with(days.is_not_null(), midnights)


def _text_time(text: pl.Series) -> pl.Series:
    """RFC 3339, a space for the T allowed, seconds and offset optional; or a day."""
    upper = (
        pl.DataFrame({"t": text.str.to_uppercase()}).select(pl.col("t").str.replace(" ", "T", literal=True)).to_series()
    )
    days = upper.set((~upper.str.contains(_DAY)).fill_null(value=False), None)
    values = _native_time(days.str.to_date("%Y-%m-%d", strict=False))
    open_ = upper.is_not_null() & values.is_null()
    if not open_.any():
        return values
    rows = open_.arg_true()
    return values.scatter(rows, _instants(upper.gather(rows)))


def _instants(text: pl.Series) -> pl.Series:
    good = text.set((~text.str.contains(_TIME)).fill_null(value=False), None)
    utc = good.str.strip_suffix("Z")
    seconds = utc.str.to_datetime("%Y-%m-%dT%H:%M:%S%.f", strict=False, time_unit="us").dt.replace_time_zone("UTC")
    left = (good.is_not_null() & seconds.is_null()).arg_true()
    if not len(left):
        return seconds
    full = utc.gather(left).str.replace(r"^(.{16})($|[+-])", "${1}:00${2}")
    shifted = full.str.to_datetime("%Y-%m-%dT%H:%M:%S%.f%z", strict=False, time_unit="us", time_zone="UTC")
    naive = full.str.to_datetime("%Y-%m-%dT%H:%M:%S%.f", strict=False, time_unit="us").dt.replace_time_zone("UTC")
    return seconds.scatter(left, shifted.zip_with(shifted.is_not_null(), naive))
