"""What the compiled readers of posted people know of the contract; and what is counted of columns it does not know."""

from typing import Final

from features import contracts, posted, posted_json, posted_plain, posted_plan
from features.posted_types import LeftOut, Limits
from features.table_spec import NotBefore
from tests.posting import body
from tests.served import day

TODAY: Final = day("2026-10-01")


def test_every_column_has_a_place_of_its_own() -> None:
    """No two columns of a table share a cell or a number, and none has the last cell, which says what becomes of a row."""
    for table in posted_plan.TABLES:
        columns = [column for column in table.columns if table is contracts.EMPLOYEES or column.name != "employee_id"]
        numeric = [posted_plan.slot(table.name, column.name) for column in columns if column.kind == "number"]
        others = [posted_plan.slot(table.name, column.name) for column in columns if column.kind != "number"]
        assert numeric == list(range(len(numeric)))
        assert others == list(range(len(others)))
        assert len(numeric) <= posted_plain.NUMBERS
        assert len(others) < posted_plain.WIDTH


def test_the_tables_are_those_that_may_be_posted() -> None:
    """The entry itself, then every list it may carry."""
    assert [table.name for table in posted_plan.TABLES] == ["employees", *posted_json.TABLES]


def test_names_and_values_fit_into_their_words() -> None:
    """Names with quotes into three words, values into two, and a table's columns into the bits of one number."""
    for table in posted_plan.TABLES:
        assert len(table.columns) + len(posted_json.TABLES) < 63
        for column in table.columns:
            assert len(column.name) + 2 <= 24
            assert all(len(value) <= posted_plain.TWO_WORDS and value == value.lower() for value in column.values)
    assert all(len(name) + 2 <= 24 for name in posted_json.TABLES)


def test_a_date_is_compared_with_a_date() -> None:
    """The rules on order in time are between columns of the same kind."""
    for table in posted_plan.TABLES:
        kinds = {column.name: column.kind for column in table.columns}
        for rule in table.rules:
            assert not isinstance(rule, NotBefore) or kinds[rule.column] == kinds[rule.other]


def test_unknown_columns_of_rows_are_counted() -> None:
    """Each in each row that is used; a denied one, and `employee_id`, are no unknown ones."""
    signals = [
        {"occurred_at": "2024-01-01", "name": "a", "colour": "x", "shape": [1]},
        {"occurred_at": "2024-01-02", "name": "a", "colour": "x", "gender": "x", "employee_id": "A"},
        {"occurred_at": "2024-01-03", "name": "sick_days", "colour": "x"},
    ]
    person = {"employee_id": "A", "hire_date": "2020-01-01", "signals": signals}
    plain = {"employee_id": "B", "hire_date": "2020-01-01", "signals": signals[:0]}
    found = posted.read(body("2026-09-01", [person, plain]), TODAY, (), Limits())
    assert found.left_out == LeftOut(
        denied_columns=1, denied_rows=1, repeated_rows=0, outside_employment=0, unknown_columns=3
    )
