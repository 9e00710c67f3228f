"""What commands print: texts that somebody chose, made harmless, and rows as a table."""

from collections.abc import Sequence


def printable(text: str) -> str:
    """Text without anything that moves a terminal's cursor."""
    return "".join(sign if sign.isprintable() else "?" for sign in text)


def table(rows: Sequence[Sequence[str]]) -> str:
    """Rows of equal length below each other.

    >>> print(table([("id", "state"), ("0a1b", "live")]))
    id    state
    0a1b  live
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )
