"""CSV files as they come: what is read, what is refused, and that letters never change on the way."""

import re
from pathlib import Path

import pytest

from features.csv_text import parse_csv
from features.errors import SourceError

PATH = Path("employees.csv")
EXPECTED = "Expected: UTF-8 text with commas between columns and a header line"


def rows(content: bytes) -> list[tuple[str | None, ...]]:
    """The rows of a CSV file given as bytes."""
    frame, _ = parse_csv(PATH, content)
    return frame.rows()


def refusal(content: bytes) -> str:
    """What is said about a CSV file that is refused."""
    with pytest.raises(SourceError) as caught:
        parse_csv(PATH, content)
    return str(caught.value)


def test_everything_stays_text() -> None:
    """Leading zeros, exponents and truth values are not interpreted."""
    assert rows(b"a,b,c,d\n007,1e5,true,2020-01-01\n") == [("007", "1e5", "true", "2020-01-01")]


def test_a_byte_order_mark_is_no_part_of_the_first_name() -> None:
    """Excel's UTF-8 mark is taken off."""
    frame, warnings = parse_csv(PATH, b"\xef\xbb\xbfemployee_id,hire_date\nE1,2020-01-01\n")
    assert (frame.columns, warnings) == (["employee_id", "hire_date"], [])


def test_windows_line_ends_and_quoted_breaks_are_read() -> None:
    """CR LF ends a line; a break inside quotation marks does not."""
    assert rows(b'a,b\r\n1,"x\ny ""z"""\r\n2,w\r\n') == [("1", 'x\ny "z"'), ("2", "w")]


def test_accents_arrive_as_they_were_written() -> None:
    """UTF-8 text is not turned into other letters."""
    assert rows("a,b\n1,Zürich/Süd\n".encode()) == [("1", "Zürich/Süd")]


def test_semicolons_are_read_with_a_warning() -> None:
    """A header with semicolons and no comma leaves no doubt."""
    frame, warnings = parse_csv(PATH, b"a;b\n1;x,y\n")
    assert frame.rows() == [("1", "x,y")]
    assert warnings == ["'employees.csv' has columns separated by semicolons; read as such."]


def test_latin_1_is_refused_with_its_line() -> None:
    """Bytes that are no UTF-8 are never guessed at."""
    assert refusal("a,b\n1,x\n2,Zürich\n".encode("latin-1")) == (
        "'employees.csv' is not UTF-8 text (first seen on line 3; Latin-1 or Windows-1252 perhaps). "
        f"{EXPECTED}. Save it again as CSV UTF-8."
    )


def test_latin_1_behind_a_mark_and_with_semicolons_tells_both_faults() -> None:
    """All that is wrong with the form is said at once."""
    assert refusal(b"\xef\xbb\xbf" + "a;b\n1;Zürich\n".encode("latin-1")) == (
        "'employees.csv' is not UTF-8 text (first seen on line 2; Latin-1 or Windows-1252 perhaps), and its columns are "
        f"separated by semicolons. {EXPECTED}. Save it again as CSV UTF-8."
    )


def test_utf_16_is_named() -> None:
    """Excel's "Unicode text" is recognised by its mark."""
    assert refusal("a,b\n1,2\n".encode("utf-16")) == (
        f"'employees.csv' is UTF-16 text. {EXPECTED}. Save it again as CSV UTF-8."
    )


@pytest.mark.parametrize("sign, spoken", [("\t", "tabs"), ("|", "bars")])
def test_other_separators_are_named(sign: str, spoken: str) -> None:
    """Tabs and bars are seen for what they are."""
    assert refusal(f"a{sign}b\n1{sign}2\n".encode()) == (
        f"'employees.csv' has columns separated by {spoken}. {EXPECTED}."
    )


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_refused(content: bytes) -> None:
    """Without a header there is no table, not even one with no rows."""
    assert refusal(content) == f"'employees.csv' is empty. {EXPECTED}."


def test_a_header_alone_is_a_table_with_no_rows() -> None:
    """A source may have nothing to say."""
    frame, _ = parse_csv(PATH, b"employee_id,hire_date\n")
    assert (frame.columns, len(frame)) == (["employee_id", "hire_date"], 0)


def test_a_longer_row_is_refused_with_its_line() -> None:
    """A row with more fields than the header is not cut to fit, and what stands in it is not shown."""
    said = refusal(b"a,b\n1,2\n3,4,5\n")
    assert said == f"'employees.csv' cannot be read as CSV: line 3 has 3 fields, the header 2. {EXPECTED}."


def test_a_stray_quotation_mark_is_refused_without_its_text() -> None:
    """A field that opens and never closes would swallow the rest of the file."""
    said = refusal(b'a,b\n1,"canary\n3,4\n')
    assert said == (
        "'employees.csv' cannot be read as CSV (a quotation mark inside a field that is not quoted, or one that is never "
        f"closed). {EXPECTED}."
    )


def test_a_repeated_column_is_refused() -> None:
    """Which of two columns of one name is meant is never guessed."""
    assert refusal(b"a,b, a\n1,2,3\n") == "'employees.csv' has more than one column named 'a'. Keep one of each."


def test_a_zero_byte_is_refused() -> None:
    """A binary file under a CSV name is not text."""
    assert refusal(b"a,b\n1,\x00\n").startswith("'employees.csv' holds a zero byte on line 2: it is not text.")


def test_carriage_returns_alone_are_refused() -> None:
    """Old line ends would make one long header."""
    assert refusal(b"a,b\r1,2\r").startswith("'employees.csv' ends its lines the old Macintosh way (CR alone).")


@pytest.mark.parametrize("content", [b"a,b\n1\n", b'a,b\n1,""\n', b"a,b\n1,\n"])
def test_a_shorter_row_is_filled_with_nulls_or_empty_texts(content: bytes) -> None:
    """What is not there is null; an empty text becomes null at the door."""
    ((first, second),) = rows(content)
    assert (first, second or None) == ("1", None)


def test_no_message_holds_a_value() -> None:
    """Form faults are told by line and sign, never by quoting the line."""
    for content in (
        b"a,b\ncanary,2,3\n",
        b'a,b\n"canary"x,2\n',
        "a,b\ncanary,é\n".encode("latin-1"),
        b"a,b\ncanary,\x00",
    ):
        assert not re.search("canary", refusal(content))
