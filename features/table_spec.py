"""What a table's declaration is made of: columns, keys, rules between columns, and the names of broken rules.

A date is a calendar day; a time is an instant in UTC, or a day (its midnight). Null means "not given" everywhere. The
tables themselves are in `contracts`.
"""

from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal["id", "text", "date", "time", "enum", "number", "integer", "bool", "comment"]
"""`id` and `text` are kept as they are (leading zeros too); `enum` values are lower-cased before they are compared; of a
`comment` only its hashed n-grams come in (see `grams`)."""

FIRST_YEAR: Final = 1900
LAST_YEAR: Final = 2199
"""Dates outside these years are bad: a slip of the keyboard, or a number read as a date."""
OPEN_DATE: Final = "9999-12-31"
"""How many HR systems write "no end": null in a column that is not required."""

MISSING: Final = "missing value"
NOT_ALLOWED: Final = "not one of the allowed values"
IN_FUTURE: Final = "in the future"
DUPLICATE: Final = "duplicate key"
OVERLAP: Final = "overlaps an earlier employment"
OUT_OF_YEARS: Final = f"year outside {FIRST_YEAR} to {LAST_YEAR}"
NOT_FINITE: Final = "not a finite number"
NOT_KIND: Final[dict[Kind, str]] = {
    "id": "not an id",
    "text": "not a text",
    "date": "not a date",
    "time": "not a time",
    "enum": NOT_ALLOWED,
    "number": "not a number",
    "integer": "not a whole number",
    "bool": "not true or false",
    "comment": "not a text",
}
"""The rule a value of the wrong kind breaks."""


@dataclass(frozen=True)
class Column:
    """One column of a table.

    `least` is the smallest number allowed and `above` one it must exceed; `values` are the allowed texts of an enum.
    A `happened` value may not lie after the clock's tomorrow.
    """

    name: str
    kind: Kind
    required: bool = False
    least: float | None = None
    above: float | None = None
    values: tuple[str, ...] = ()
    happened: bool = False
    default: str | float | None = None


@dataclass(frozen=True)
class NotBefore:
    """`column` may not lie on a day before `other`; a null in either is no fault."""

    column: str
    other: str

    @property
    def rule(self) -> str:
        """How a rejects file names a broken one."""
        return f"before {self.other}"


@dataclass(frozen=True)
class Above:
    """`column` must be greater than `other`."""

    column: str
    other: str

    @property
    def rule(self) -> str:
        """How a rejects file names a broken one."""
        return f"not above {self.other}"


@dataclass(frozen=True)
class Within:
    """`column` must lie in ``[low, high]``; `low` is a column or a number, `high` a column."""

    column: str
    low: str | float
    high: str

    @property
    def rule(self) -> str:
        """How a rejects file names a broken one."""
        return f"outside {self.low} to {self.high}"


@dataclass(frozen=True)
class AnyOf:
    """At least one of `columns` must be given; `column`, the first, is the one a rejects file names."""

    columns: tuple[str, ...]

    @property
    def column(self) -> str:
        """The column a rejects file names."""
        return self.columns[0]

    @property
    def rule(self) -> str:
        """How a rejects file names a broken one."""
        return f"needs {' or '.join(self.columns)}"


@dataclass(frozen=True)
class NotWith:
    """`column` may not be given where `other` is one of `values`."""

    column: str
    other: str
    values: tuple[str, ...]

    @property
    def rule(self) -> str:
        """How a rejects file names a broken one."""
        return f"given although {self.other} is {' or '.join(self.values)}"


RowRule = NotBefore | Above | Within | AnyOf | NotWith


@dataclass(frozen=True)
class Table:
    """One table: its columns, the `key` that tells its rows apart, and the rules between columns.

    `day` names the column that places a row in time (and in one employment of its person); None for undated tables.
    Rows are left out for what the column `refuses` names: a denied ticket category, or a denied word in a signal's or
    driver's name. An `open` table keeps columns this file does not know.
    """

    name: str
    columns: tuple[Column, ...]
    required: bool = False
    key: tuple[str, ...] = ()
    day: str | None = None
    rules: tuple[RowRule, ...] = ()
    refuses: str | None = None
    open: bool = False

    def column(self, name: str) -> Column | None:
        """The declared column of that name, None where there is none."""
        return next((column for column in self.columns if column.name == name), None)
