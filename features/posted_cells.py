"""One posted value, judged by the column it stands in: the rules of `contracts`, executed in Python for a few rows.

A value of the wrong form (a number where a text belongs, no date at all) is a fault of the request. A value of the
right form that breaks the column's rule (a year out of range, a text that is no value of an enum) is a fault of the
record, and only refuses its person.
"""

import datetime as dt
import math
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Final

from features import grams, table_spec
from features.days import to_day
from features.table_spec import Column, Kind

Cell = str | int | float | bool | bytes | None
"""A judged value: days since 1970 for a date, seconds since 1970 (UTC) for a time, lower case for an enum, the hashed
n-grams of a comment."""

DAY_SECONDS: Final = 86_400
_MOST_WHOLE: Final = 1e18
"""From here on a number is no whole one, as at the door: an array could not hold it."""

_DATE: Final = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[Tt ]00:00(?::00(?:\.0+)?)?(?:[Zz]|[+-]00:?00)?)?", re.ASCII)
"""A day, or the midnight (UTC) that begins it."""
_TIME: Final = re.compile(
    r"(\d{4}-\d{2}-\d{2})(?:[Tt ](\d{2}:\d{2}(?::\d{2})?)(?:\.\d{1,9})?([Zz]|[+-]\d{2}:?\d{2})?)?", re.ASCII
)
OPEN_DAY: Final = to_day(dt.date.fromisoformat(table_spec.OPEN_DATE))
OPEN_YEAR: Final = OPEN_DAY - 364
FIRST_DAY: Final = to_day(dt.date(table_spec.FIRST_YEAR, 1, 1))
LAST_DAY: Final = to_day(dt.date(table_spec.LAST_YEAR, 12, 31))


class FormError(Exception):
    """The value does not have the form of its column."""


class RuleError(Exception):
    """The value has the right form, but breaks the column's rule; the message is the rule."""


def judge(column: Column, value: object, tomorrow: int) -> Cell:
    """The value of one cell, None where it is not given.

    Parameters
    ----------
    tomorrow
        The day after the clock's today; what happened may not lie after it.

    Raises
    ------
    FormError, RuleError
        With the rule that is broken, and no value.
    """
    blank = value is None or (isinstance(value, str) and (not value or value.isspace()))
    cell: Cell = None if blank else _READERS[column.kind](column, value)
    if cell is None:
        if column.required:
            raise FormError(table_spec.MISSING)
        return column.default
    if column.happened and _day(column, cell) > tomorrow:
        raise RuleError(table_spec.IN_FUTURE)
    return cell


def _day(column: Column, cell: Cell) -> int:
    number = int(cell)  # type: ignore[arg-type]  # a date or a time is an integer
    return number // DAY_SECONDS if column.kind == "time" else number


def _text(column: Column, value: object) -> Cell:
    if type(value) is int and column.kind != "id":
        return str(value)
    if not isinstance(value, str) or "\0" in value:
        raise FormError(table_spec.NOT_KIND[column.kind])
    return value.strip()


def _comment(column: Column, value: object) -> Cell:
    """What is left of a text, None where it holds no word."""
    return grams.packed([str(_text(column, value))])[0] or None


def _enum(column: Column, value: object) -> Cell:
    if not isinstance(value, str):
        raise FormError(table_spec.NOT_KIND["text"])
    cell = value.strip().lower()
    if cell not in column.values:
        raise RuleError(table_spec.NOT_ALLOWED)
    return cell


def _date(column: Column, value: object) -> Cell:
    found = _DATE.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None:
        raise FormError(table_spec.NOT_KIND["date"])
    return _in_years(column, _calendar(found[1], "date"))


def _time(column: Column, value: object) -> Cell:
    found = _TIME.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None:
        raise FormError(table_spec.NOT_KIND["time"])
    date, clock, zone = found.groups()
    second = _calendar(date, "time") * DAY_SECONDS + _clock(clock) - _offset(zone)
    return None if _in_years(column, second // DAY_SECONDS) is None else second


@lru_cache(maxsize=16_384)
def _calendar(text: str, kind: Kind) -> int:
    try:
        return to_day(dt.date.fromisoformat(text))
    except ValueError:
        raise FormError(table_spec.NOT_KIND[kind]) from None


def _in_years(column: Column, day: int) -> int | None:
    if OPEN_YEAR <= day <= OPEN_DAY and not column.required:
        return None
    if not FIRST_DAY <= day <= LAST_DAY:
        raise RuleError(table_spec.OUT_OF_YEARS)
    return day


@lru_cache(maxsize=16_384)
def _clock(text: str | None) -> int:
    if text is None:
        return 0
    hours, minutes, *rest = (int(part) for part in text.split(":"))
    seconds = rest[0] if rest else 0
    if hours > 23 or minutes > 59 or seconds > 59:
        raise FormError(table_spec.NOT_KIND["time"])
    return hours * 3600 + minutes * 60 + seconds


def _offset(zone: str | None) -> int:
    if zone is None or zone in "Zz":
        return 0
    hours, minutes = int(zone[1:3]), int(zone[-2:])
    if hours > 23 or minutes > 59:
        raise FormError(table_spec.NOT_KIND["time"])
    return (hours * 3600 + minutes * 60) * (-1 if zone[0] == "-" else 1)


def _number(column: Column, value: object) -> Cell:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise FormError(table_spec.NOT_KIND[column.kind])
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise RuleError(table_spec.NOT_FINITE)
    if column.least is not None and number < column.least:
        raise RuleError(f"below {column.least:g}")
    if column.above is not None and number <= column.above:
        raise RuleError(f"not above {column.above:g}")
    return number


def _integer(column: Column, value: object) -> Cell:
    number = _number(column, value)
    if not isinstance(number, float) or number != int(number) or abs(number) >= _MOST_WHOLE:
        raise FormError(table_spec.NOT_KIND["integer"])
    return int(number)


def _bool(_column: Column, value: object) -> Cell:
    if not isinstance(value, bool):
        raise FormError(table_spec.NOT_KIND["bool"])
    return value


_READERS: Final[dict[Kind, Callable[[Column, object], Cell]]] = {
    "id": _text,
    "text": _text,
    "date": _date,
    "time": _time,
    "enum": _enum,
    "number": _number,
    "integer": _integer,
    "bool": _bool,
    "comment": _comment,
}
