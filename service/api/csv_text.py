"""Rows as CSV (RFC 4180) that a spreadsheet reads as text and numbers, and never as a formula.

A cell that begins with a sign that starts a formula gets an apostrophe in front (OWASP ASVS 5, requirement 1.2.10;
CWE-1236); quoting alone does not help. Numbers are written by us and may begin with a minus.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Final

Cell = str | int | float | None

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠")


def text(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """The rows below their header.

    >>> text(["id", "risk"], [["=1+1", 0.25]]).splitlines()
    ['id,risk', "'=1+1,0.25"]
    """
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(header)
    writer.writerows([_cell(cell) for cell in row] for row in rows)
    return out.getvalue()


def _cell(cell: Cell) -> Cell:
    return "'" + cell if isinstance(cell, str) and cell.lstrip(" ").startswith(_FORMULA) else cell
