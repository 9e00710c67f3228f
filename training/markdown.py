"""Markdown that reads well as plain text too: tables with padded columns, names from the data made harmless."""

import re
import textwrap
from collections.abc import Sequence
from typing import Final

_SPECIAL: Final = re.compile(r"([\\`*\[\]<>|])")


WIDTH: Final = 110
"""Prose is wrapped to so many columns; tables are as wide as they are."""


def document(sections: Sequence[tuple[str, Sequence[str]]]) -> str:
    """Titles with their lines, the first title that of the whole."""
    lines = []
    for place, (title, body) in enumerate(sections):
        lines += [f"{'##' if place else '#'} {title}", "", *(part for line in body for part in _wrapped(line)), ""]
    return "\n".join(lines)


def table(headings: Sequence[str], rows: Sequence[Sequence[str]], words: int = 1) -> list[str]:
    r"""A table's lines.

    Parameters
    ----------
    words
        The first so many columns are words and stand left, the others numbers and stand right.

    Examples
    --------
    >>> print("\n".join(table(["table", "rows"], [["surveys", "12"], ["tickets", "3"]])))
    | table   | rows |
    | :------ | ---: |
    | surveys |   12 |
    | tickets |    3 |
    """
    widths = [max(4, *(len(row[at]) for row in (headings, *rows))) for at in range(len(headings))]
    rule = [":" + "-" * (w - 1) if at < words else "-" * (w - 1) + ":" for at, w in enumerate(widths)]
    padded = [
        [cell.ljust(w) if at < words else cell.rjust(w) for at, (cell, w) in enumerate(zip(row, widths, strict=True))]
        for row in (headings, *rows)
    ]
    return ["| " + " | ".join(cells) + " |" for cells in (padded[0], rule, *padded[1:])]


def text(value: str, most: int = 40) -> str:
    r"""A name from the data on one line, with nothing that Markdown or HTML would take for its own.

    >>> print(text("a|b <i>"))
    a\|b \<i\>
    """
    line = " ".join("".join(c if c.isprintable() else " " for c in value).split())
    return _SPECIAL.sub(r"\\\1", line if len(line) <= most else line[: most - 1] + "…")


def share(value: float) -> str:
    """A share as per cent, to a tenth at most.

    >>> share(0.05), share(0.99812)
    ('5 %', '99.8 %')
    """
    return f"{round(100 * value, 1):g} %"


def _wrapped(line: str) -> list[str]:
    """A line of prose or of a list as lines of at most `WIDTH`; a table's row stays whole."""
    if len(line) <= WIDTH or line.startswith("|"):
        return [line]
    indent = "  " if line.startswith("- ") else ""
    return textwrap.wrap(line, WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
