"""A CSV file as bytes -> a frame of texts. UTF-8 and commas; what else can be told for certain is read with a warning.

Nothing is guessed: a file that is not UTF-8 is refused, because its accents would silently become other letters.
Messages name the file and line numbers, never what stands in them.
"""

import csv
import io
from pathlib import Path

import polars as pl

from features.errors import SourceError

_EXPECTED = "Expected: UTF-8 text with commas between columns and a header line"
_BOMS = ((b"\xff\xfe", "UTF-16"), (b"\xfe\xff", "UTF-16"), (b"\xef\xbb\xbf", ""))


def parse_csv(path: Path, content: bytes) -> tuple[pl.DataFrame, list[str]]:
    """The rows of a CSV file, every column text and nothing interpreted, and warnings about its form.

    Raises
    ------
    SourceError
        It is empty, not UTF-8, not separated by commas (or, for certain, semicolons), or not rectangular.
    """
    for bom, encoding in _BOMS:
        if content.startswith(bom):
            if encoding:
                raise SourceError(f"'{path}' is {encoding} text. {_EXPECTED}. Save it again as CSV UTF-8.")
            content = content[len(bom) :]
    if not content.strip():
        raise SourceError(f"'{path}' is empty. {_EXPECTED}.")
    head = content.partition(b"\n")[0].rstrip(b"\r")
    if b"\r" in head:
        raise SourceError(f"'{path}' ends its lines the old Macintosh way (CR alone). {_EXPECTED}. Save it again.")
    separator = _separator(head)
    _refuse_other_encodings(path, content, separator)
    if separator not in {",", ";"}:
        raise SourceError(f"'{path}' has columns separated by {_SPOKEN[separator]}. {_EXPECTED}.")
    warnings = [f"'{path.name}' has columns separated by semicolons; read as such."] if separator == ";" else []
    _refuse_repeated_columns(path, head, separator)
    return _rows(path, content, separator), warnings


_SPOKEN = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}


def _separator(head: bytes) -> str:
    """The column separator of a header line: a comma if there is one, else the only other sign that could be it."""
    present = [sign for sign in (",", ";", "\t", "|") if sign.encode() in head]
    return present[0] if present else ","


def _refuse_other_encodings(path: Path, content: bytes, separator: str) -> None:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        also = "" if separator == "," else f", and its columns are separated by {_SPOKEN[separator]}"
        raise SourceError(
            f"'{path}' is not UTF-8 text (first seen on line {line:,}; Latin-1 or Windows-1252 perhaps){also}. "
            f"{_EXPECTED}. Save it again as CSV UTF-8."
        ) from None
    if b"\x00" in content:
        line = content.count(b"\n", 0, content.index(b"\x00")) + 1
        raise SourceError(f"'{path}' holds a zero byte on line {line:,}: it is not text. {_EXPECTED}.")


def _refuse_repeated_columns(path: Path, head: bytes, separator: str) -> None:
    names = [name.strip() for name in next(csv.reader([head.decode("utf-8")], delimiter=separator))]
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise SourceError(
            f"'{path}' has more than one column named {', '.join(map(repr, repeated))}. Keep one of each."
        )


def _rows(path: Path, content: bytes, separator: str) -> pl.DataFrame:
    try:
        return pl.read_csv(io.BytesIO(content), separator=separator, infer_schema=False, raise_if_empty=False)
    except pl.exceptions.PolarsError:
        raise SourceError(f"'{path}' cannot be read as CSV{_where(content, separator)}. {_EXPECTED}.") from None


def _where(content: bytes, separator: str) -> str:
    """Where the first row of another length starts, for the message."""
    reader = csv.reader(io.StringIO(content.decode("utf-8"), newline=""), delimiter=separator)
    width = len(next(reader))
    for fields in reader:
        if len(fields) > width:
            return f": line {reader.line_num:,} has {len(fields)} fields, the header {width}"
    return " (a quotation mark inside a field that is not quoted, or one that is never closed)"
