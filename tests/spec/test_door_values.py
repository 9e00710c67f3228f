"""Raw value in, typed value or broken rule out, for every kind of column; text from CSV and native from Parquet."""

import datetime as dt
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from features.coerce import typed
from features.table_spec import Column, Kind


def read(kind: Kind, raw: pl.Series, *, required: bool = False) -> tuple[list[Any], dict[str, list[int]]]:
    """Typed values, and by rule the positions of the values that break it."""
    result = typed(raw, Column("x", kind, required=required))
    return result.values.to_list(), {rule: bad.arg_true().to_list() for rule, bad in result.broken.items() if bad.any()}


def utc(*parts: int) -> dt.datetime:
    """An instant in UTC."""
    return dt.datetime(*parts, tzinfo=dt.UTC)  # type: ignore[arg-type,misc]


@pytest.mark.parametrize(
    "text, day",
    [
        ("2024-02-29", dt.date(2024, 2, 29)),
        (" 2024-01-05 ", dt.date(2024, 1, 5)),
        ("2024-01-05T00:00:00", dt.date(2024, 1, 5)),
        ("2024-01-05 00:00:00.000", dt.date(2024, 1, 5)),
        ("2024-01-05T00:00:00Z", dt.date(2024, 1, 5)),
        ("2024-01-05 00:00", dt.date(2024, 1, 5)),
        ("", None),
        ("9999-12-31", None),
        (None, None),
    ],
)
def test_dates_are_read(text: str | None, day: dt.date | None) -> None:
    """A date is YYYY-MM-DD; a midnight is its day, an empty text null, the year 9999 no end at all."""
    assert read("date", pl.Series([text], dtype=pl.String)) == ([day], {})


@pytest.mark.parametrize(
    "text", ["2023-02-29", "2024-1-5", "05/01/2024", "20240105", "45296", "2024-01-05T09:00:00", "soon", "2024-13-01"]
)
def test_other_texts_are_no_dates(text: str) -> None:
    """What could be read in two ways, or loses an hour, is not read."""
    assert read("date", pl.Series([text])) == ([None], {"not a date": [0]})


@pytest.mark.parametrize("text", ["0001-01-01", "1899-12-31", "2200-01-01", "0202-01-01"])
def test_years_that_cannot_be_are_bad(text: str) -> None:
    """A year outside 1900 to 2199 is a slip."""
    assert read("date", pl.Series([text])) == ([None], {"year outside 1900 to 2199": [0]})


def test_no_end_is_not_allowed_where_a_date_is_required() -> None:
    """A required date of 9999-12-31 is bad, not null."""
    assert read("date", pl.Series(["9999-12-31"]), required=True) == ([None], {"year outside 1900 to 2199": [0]})


@pytest.mark.parametrize(
    "text, instant",
    [
        ("2024-01-05T09:30:00Z", utc(2024, 1, 5, 9, 30)),
        ("2024-01-05t09:30:00z", utc(2024, 1, 5, 9, 30)),
        ("2024-01-05 09:30:00", utc(2024, 1, 5, 9, 30)),
        ("2024-01-05T09:30", utc(2024, 1, 5, 9, 30)),
        ("2024-01-05", utc(2024, 1, 5)),
        ("2024-01-05T00:30:00+02:00", utc(2024, 1, 4, 22, 30)),
        ("2024-01-05T20:30:00-0500", utc(2024, 1, 6, 1, 30)),
        ("2024-01-05T09:30+05:30", utc(2024, 1, 5, 4, 0)),
        ("2024-01-05T09:30:00.123456789Z", utc(2024, 1, 5, 9, 30, 0, 123456)),
        ("2024-01-05T09:30:00.5-01:00", utc(2024, 1, 5, 10, 30, 0, 500000)),
        ("", None),
        (None, None),
    ],
)
def test_times_are_read(text: str | None, instant: dt.datetime | None) -> None:
    """A time is RFC 3339; a naive one is UTC, an offset is converted, a day is its midnight."""
    assert read("time", pl.Series([text], dtype=pl.String)) == ([instant], {})


def test_times_of_several_forms_stand_in_one_column() -> None:
    """Each value is read by its own form."""
    texts = ["2024-01-05", None, "2024-01-05T09:00:00Z", "2024-01-05T09:00:00+01:00", "nine", "2024-01-05 09:00"]
    assert read("time", pl.Series(texts)) == (
        [utc(2024, 1, 5), None, utc(2024, 1, 5, 9), utc(2024, 1, 5, 8), None, utc(2024, 1, 5, 9)],
        {"not a time": [4]},
    )


@pytest.mark.parametrize(
    "text", ["2024-01-05T25:00:00Z", "09:30", "2024-01-05T09:30:00 CET", "1704447000", "5 Jan 2024"]
)
def test_other_texts_are_no_times(text: str) -> None:
    """Zone names, epochs and words are not read."""
    assert read("time", pl.Series([text])) == ([None], {"not a time": [0]})


def test_parquet_moments_become_utc() -> None:
    """Naive timestamps are UTC, zoned ones are converted, dates are midnights, whatever their unit."""
    naive = pl.Series([utc(2024, 7, 5, 9)], dtype=pl.Datetime("ns", "UTC")).dt.replace_time_zone(None)
    zoned = pl.Series([utc(2024, 7, 5, 7)], dtype=pl.Datetime("ms", "UTC"))
    assert read("time", naive)[0] == [utc(2024, 7, 5, 9)]
    assert read("time", zoned.dt.convert_time_zone("Europe/Berlin"))[0] == [utc(2024, 7, 5, 7)]
    assert read("time", pl.Series([dt.date(2024, 7, 5)]))[0] == [utc(2024, 7, 5)]


def test_parquet_timestamps_at_midnight_are_dates() -> None:
    """A date column written as timestamps is harmless at midnight and bad at any other hour."""
    stamps = pl.Series([utc(2024, 7, 5), None, utc(2024, 7, 5, 1)]).dt.replace_time_zone(None)
    assert read("date", stamps) == ([dt.date(2024, 7, 5), None, None], {"not a date": [2]})


def test_ids_are_text() -> None:
    """Leading zeros stay; integers and whole floats (an integer column with gaps) become their digits."""
    assert read("id", pl.Series(["007", " 8 ", "", None])) == (["007", "8", None, None], {})
    assert read("id", pl.Series([7, None])) == (["7", None], {})
    assert read("id", pl.Series([7.0, None, 7.5])) == (["7", None, None], {"not an id": [2]})
    assert read("id", pl.Series([float("nan"), 7.0])) == ([None, "7"], {})
    assert read("id", pl.Series([Decimal(12), None])) == (["12", None], {})
    assert read("id", pl.Series(["A", "B"], dtype=pl.Categorical)) == (["A", "B"], {})
    assert read("id", pl.Series([b"A", None])) == (["A", None], {})


def test_texts_may_have_been_numbers() -> None:
    """A job level of 3.5 is a text like any other."""
    assert read("text", pl.Series([3.5, 4.0, None])) == (["3.5", "4", None], {})
    assert read("text", pl.Series([True, None])) == (["true", None], {})
    assert read("text", pl.Series([dt.date(2024, 1, 5)])) == (["2024-01-05"], {})


def test_enums_are_compared_in_lower_case() -> None:
    """The case of an enum value does not matter."""
    assert read("enum", pl.Series(["Voluntary", "END_OF_CONTRACT "])) == (["voluntary", "end_of_contract"], {})


def test_numbers_are_finite() -> None:
    """Words, infinities and NaN are bad; a decimal comma is not guessed at."""
    texts = ["1", "-2.5", "1e3", "", "nan", "inf", "3,5", "ten"]
    assert read("number", pl.Series(texts)) == (
        [1.0, -2.5, 1000.0, None, None, None, None, None],
        {"not a finite number": [4, 5], "not a number": [6, 7]},
    )
    assert read("number", pl.Series([1.5, float("nan"), None])) == ([1.5, None, None], {"not a finite number": [1]})
    assert read("number", pl.Series([Decimal("1.25")])) == ([1.25], {})
    assert read("number", pl.Series([dt.date(2024, 1, 1)])) == ([None], {"not a number": [0]})


def test_integers_are_whole() -> None:
    """A whole float is an integer; a part of one is bad."""
    assert read("integer", pl.Series(["2", "2.0", "2.5", "x"])) == (
        [2, 2, None, None],
        {"not a number": [3], "not a whole number": [2]},
    )


def test_truth_values_have_many_spellings() -> None:
    """true/false, yes/no, t/f, y/n and 1/0, in any case, and native ones."""
    texts = ["TRUE", "yes", "T", "y", "1", "false", "No", "f", "N", "0", "", "2", "maybe"]
    assert read("bool", pl.Series(texts)) == (
        [True] * 5 + [False] * 5 + [None] * 3,
        {"not true or false": [11, 12]},
    )
    assert read("bool", pl.Series([True, None, False])) == ([True, None, False], {})
    assert read("bool", pl.Series([1, 0, 3])) == ([True, False, None], {"not true or false": [2]})


@pytest.mark.parametrize("kind", ["id", "text", "date", "time", "number", "integer", "bool"])
def test_lists_and_structs_are_no_values(kind: Kind) -> None:
    """A nested Parquet column fits no kind; it is rejected, not turned into text."""
    for raw in (pl.Series([[1, 2], None]), pl.Series([{"a": 1}, None])):
        values, broken = read(kind, raw)
        assert values == [None, None]
        assert list(broken.values()) == [[0]]


def test_a_column_without_values_fits_every_kind() -> None:
    """A Parquet column of nulls has no type of its own."""
    for kind in ("id", "text", "date", "time", "enum", "number", "integer", "bool"):
        assert read(kind, pl.Series([None, None])) == ([None, None], {})
