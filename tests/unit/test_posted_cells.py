"""One posted value in its column: what is read, what has the wrong form, what breaks a rule."""

import datetime as dt
from typing import Final

import pytest

from features.days import to_day
from features.posted_cells import Cell, FormError, RuleError, judge
from features.table_spec import Column

TOMORROW: Final = to_day(dt.date(2026, 10, 2))
DATE: Final = Column("d", "date")
TIME: Final = Column("t", "time")
HAPPENED: Final = Column("t", "time", happened=True)
ENUM: Final = Column("e", "enum", values=("held", "missed"))
COUNT: Final = Column("n", "integer", least=0)
NUMBER: Final = Column("x", "number", above=0)
DAY: Final = 86_400


@pytest.mark.parametrize(
    "column, value, cell",
    [
        (DATE, "1970-01-02", 1),
        (DATE, " 1969-12-31 ", -1),
        (DATE, "2024-02-29T00:00:00Z", 19_782),
        (DATE, "9999-12-31", None),
        (DATE, "", None),
        (DATE, None, None),
        (TIME, "1970-01-02", DAY),
        (TIME, "1970-01-02T00:00:01", DAY + 1),
        (TIME, "1970-01-02t01:00:00.999z", DAY + 3_600),
        (TIME, "1970-01-02 00:30+01:00", DAY - 1_800),
        (TIME, "1970-01-01T23:30:00-0130", DAY + 3_600),
        (HAPPENED, "2026-10-02T23:59:59Z", TOMORROW * DAY + DAY - 1),
        (ENUM, " Held ", "held"),
        (COUNT, 3, 3),
        (COUNT, 3.0, 3),
        (NUMBER, 2, 2.0),
        (Column("i", "id"), " 007 ", "007"),
        (Column("s", "text"), 7, "7"),
        (Column("b", "bool"), False, False),
        (Column("s", "text", default="identified"), None, "identified"),
    ],
)
def test_read(column: Column, value: object, cell: Cell) -> None:
    """Days, seconds, lower-case values; blank is null; an open end is null; a default stands in."""
    found = judge(column, value, TOMORROW)
    assert found == cell
    assert type(found) is type(cell)


@pytest.mark.parametrize(
    "column, value",
    [
        (DATE, "2023-02-29"),
        (DATE, "20230201"),
        (DATE, "2023-2-1"),
        (DATE, "2023-02-01T10:00:00Z"),
        (DATE, "２０２３-02-01"),
        (DATE, 20230201),
        (TIME, "2023-02-01T24:00:00Z"),
        (TIME, "2023-02-01T10:60:00Z"),
        (TIME, "2023-02-01T10:00:60Z"),
        (TIME, "2023-02-01T10:00:00+25:00"),
        (TIME, "10:00"),
        (TIME, True),
        (ENUM, 5),
        (COUNT, 3.5),
        (COUNT, 1e18),
        (COUNT, "3"),
        (COUNT, True),
        (NUMBER, "1"),
        (Column("i", "id"), 7),
        (Column("i", "id"), "a\0"),
        (Column("s", "text"), 7.5),
        (Column("s", "text"), True),
        (Column("b", "bool"), 1),
        (Column("b", "bool"), "true"),
        (Column("i", "id", required=True), "  "),
        (Column("d", "date", required=True), None),
    ],
)
def test_wrong_form(column: Column, value: object) -> None:
    """No such day or hour, another type, a missing value: a fault of the request."""
    with pytest.raises(FormError):
        judge(column, value, TOMORROW)


@pytest.mark.parametrize(
    "column, value, rule",
    [
        (DATE, "1899-12-31", "year outside 1900 to 2199"),
        (DATE, "2200-01-01", "year outside 1900 to 2199"),
        (Column("d", "date", required=True), "9999-12-31", "year outside 1900 to 2199"),
        (TIME, "1900-01-01T00:30+01:00", "year outside 1900 to 2199"),
        (HAPPENED, "2026-10-03", "in the future"),
        (HAPPENED, "2026-10-02T23:00:00-02:00", "in the future"),
        (ENUM, "cancelled", "not one of the allowed values"),
        (COUNT, -1, "below 0"),
        (NUMBER, 0, "not above 0"),
        (NUMBER, 10**400, "not a finite number"),
    ],
)
def test_broken_rule(column: Column, value: object, rule: str) -> None:
    """The right form, but not what the column allows: a fault of the record."""
    with pytest.raises(RuleError, match=rf"^{rule}$"):
        judge(column, value, TOMORROW)
