"""Mapping files: one SELECT over raw files makes any export a table."""

import re
from pathlib import Path

import pytest

from features.errors import SourceError
from features.sources import read


def mapped(tmp_path: Path, sql: str) -> list[tuple[object, ...]]:
    """The rows of a mapping over ``raw/export.csv``, which holds one good and one bad date."""
    (tmp_path / "raw").mkdir(exist_ok=True)
    (tmp_path / "raw" / "export.csv").write_text("Worker,Hired\n007,01.02.2020\n008,canary\n")
    path = tmp_path / "employees.sql"
    path.write_text(sql)
    return read("employees", path).frame.rows()


def test_paths_are_relative_to_the_folder(tmp_path: Path) -> None:
    """A mapping renames and reshapes raw columns, wherever the program runs."""
    sql = """
        select Worker as employee_id, strftime(try_strptime(Hired, '%d.%m.%Y'), '%Y-%m-%d') as hire_date
        from read_csv('raw/export.csv', all_varchar = true); -- one statement
    """
    assert mapped(tmp_path, sql) == [("007", "2020-02-01"), ("008", None)]


def test_types_come_through(tmp_path: Path) -> None:
    """A mapping may hand over dates and numbers as such."""
    sql = "select '7' as employee_id, date '2020-02-01' as hire_date, 1.5 as fte"
    assert str(mapped(tmp_path, sql)[0][1]) == "2020-02-01"


@pytest.mark.parametrize(
    "sql, message",
    [
        ("selec 1", 'does not run: Parser Error: syntax error at or near "selec"'),
        ("select nope from 'raw/export.csv'", 'Binder Error: Referenced column "nope" not found'),
        ("select * from 'raw/none.csv'", 'IO Error: No files found that match the pattern "raw/none.csv"'),
        ("", "must hold one SELECT and nothing else."),
        ("select 1; select 2", "must hold one SELECT and nothing else."),
        ("copy (select 1) to 'out.csv'", "must hold one SELECT and nothing else."),
        ("create table t as select 1", "must hold one SELECT and nothing else."),
        ("select interval 1 day as x", "selects a column of a type no table uses, such as an interval"),
    ],
)
def test_what_is_wrong_with_a_mapping_is_said(tmp_path: Path, sql: str, message: str) -> None:
    """A mapping's own faults are quoted, since they are the writer's words and no data."""
    with pytest.raises(SourceError, match=re.escape(message)):
        mapped(tmp_path, sql)
    assert not (tmp_path / "out.csv").exists()


def test_a_value_that_does_not_fit_is_not_quoted(tmp_path: Path) -> None:
    """DuckDB quotes the value it could not convert; the message must not."""
    with pytest.raises(SourceError, match=r"does not run \(\w+\): a value does not fit") as caught:
        mapped(tmp_path, "select cast(Hired as date) from read_csv('raw/export.csv', all_varchar = true)")
    assert "canary" not in str(caught.value)


def test_a_mapping_that_is_no_text_is_refused(tmp_path: Path) -> None:
    """A mapping must be UTF-8."""
    path = tmp_path / "employees.sql"
    path.write_bytes(b"select '\xff'")
    with pytest.raises(SourceError, match=r"cannot be read \(UnicodeDecodeError\). Expected: UTF-8 text."):
        read("employees", path)
