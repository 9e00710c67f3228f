"""Which files of a folder become tables, and what is said where one is missing, doubled or broken."""

import re
from pathlib import Path

import pytest

from features.contracts import TABLES
from features.errors import SourceError
from features.sources import find_files, read, stray_files
from tests.builders import employee, folder, write_table


def test_a_folder_that_does_not_exist_is_named(tmp_path: Path) -> None:
    """An unknown folder is one clear message."""
    with pytest.raises(SourceError, match=r"^The data folder '.*nowhere' does not exist. Give a folder with employees"):
        find_files(tmp_path / "nowhere")


def test_a_file_in_place_of_a_folder_is_named(tmp_path: Path) -> None:
    """Giving one table's file instead of its folder says so."""
    path = write_table(tmp_path, "employees", [employee()])
    with pytest.raises(SourceError, match=r"is a file. Give the folder that holds it, with one file per table."):
        find_files(path)


def test_an_empty_folder_lists_both_required_tables(tmp_path: Path) -> None:
    """Both required tables are asked for at once, with every name they may have."""
    expected = (
        f"'{tmp_path}' has no file for required table "
        "'employees' (employees.parquet, employees.csv, employees.csv.gz, employees.sql); "
        "'job_history' (job_history.parquet, job_history.csv, job_history.csv.gz, job_history.sql). "
        "Seen in the folder: nothing."
    )
    with pytest.raises(SourceError, match=f"^{re.escape(expected)}$"):
        find_files(tmp_path)


def test_what_was_seen_is_listed(tmp_path: Path) -> None:
    """A misnamed file is easy to find from the message."""
    folder(tmp_path, job_history=None)
    (tmp_path / "Job History.csv").write_text("x\n")
    with pytest.raises(
        SourceError, match=r"required table 'job_history'.*Seen in the folder: Job History.csv, employees"
    ):
        find_files(tmp_path)


def test_two_files_for_one_table_are_refused(tmp_path: Path) -> None:
    """Which of two files is meant is never guessed."""
    folder(tmp_path)
    write_table(tmp_path, "employees", [employee()], "parquet")
    with pytest.raises(
        SourceError, match=r"has more than one file for table 'employees': employees.parquet, employees.csv. Keep one.$"
    ):
        find_files(tmp_path)


def test_optional_tables_may_all_be_missing(tmp_path: Path) -> None:
    """Two files make a data folder."""
    folder(tmp_path)
    assert sorted(find_files(tmp_path)) == ["employees", "job_history"]


def test_the_contract_has_twelve_tables() -> None:
    """The tables and their order are the contract's."""
    assert [table.name for table in TABLES] == [
        "employees",
        "job_history",
        "surveys",
        "tickets",
        "checkins",
        "signals",
        "team_signals",
        "absences",
        "actions",
        "objections",
        "protected",
        "directory",
    ]


@pytest.mark.parametrize("form", ["csv", "csv.gz", "parquet"])
def test_every_form_gives_the_same_rows(tmp_path: Path, form: str) -> None:
    """Plain and packed CSV and Parquet hold the same table."""
    path = write_table(tmp_path, "employees", [employee("007"), employee("008")], form)  # type: ignore[arg-type]
    assert read("employees", path).frame.rows() == [("007", "2020-01-01"), ("008", "2020-01-01")]


@pytest.mark.parametrize(
    "name, content, message",
    [
        ("employees.parquet", b"PAR1 and no more", "cannot be read as Parquet"),
        ("employees.parquet", b"", "cannot be read as Parquet"),
        ("employees.csv.gz", b"employee_id,hire_date\n", "cannot be read (BadGzipFile)"),
        ("employees.csv.gz", b"\x1f\x8b\x08\x00", "cannot be read (EOFError)"),
    ],
)
def test_a_broken_file_is_one_message(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    """A damaged file names itself and what it was read as."""
    (tmp_path / name).write_bytes(content)
    with pytest.raises(SourceError, match=re.escape(message)):
        read("employees", tmp_path / name)


def test_a_folder_in_place_of_a_file_is_refused(tmp_path: Path) -> None:
    """A partitioned Parquet folder is not one file."""
    (tmp_path / "employees.parquet").mkdir()
    with pytest.raises(SourceError, match=r"is a folder. Table 'employees' must be one file."):
        read("employees", tmp_path / "employees.parquet")


def test_files_of_no_table_are_listed(tmp_path: Path) -> None:
    """A table file with a slip in its name is pointed out; other files are nobody's business."""
    folder(tmp_path)
    write_table(tmp_path, "ticket", [employee()])
    (tmp_path / "README.md").write_text("notes")
    assert stray_files(tmp_path) == ["ticket.csv"]


def test_raw_files_beside_a_mapping_are_no_strays(tmp_path: Path) -> None:
    """Where a mapping reads raw files, those need not be named after tables."""
    folder(tmp_path, employees=None)
    write_table(tmp_path, "export", [employee()])
    (tmp_path / "employees.sql").write_text("select * from 'export.csv'")
    assert stray_files(tmp_path) == []
