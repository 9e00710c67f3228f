"""The evidence as a table, on standard output."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from models.evidence import Evidence


def show(evidence: Sequence[Evidence]) -> None:
    """Print a line a method and horizon."""
    table = Table(title="Out of time: refitted at each origin on what was known then")
    for heading in ("days", "method", "AUC", "95 %", "Brier skill", "avg. precision", "left", "expected", "origins"):
        table.add_column(heading, justify="left" if heading in {"method", "95 %"} else "right")
    for one in evidence:
        interval = "" if one.auc.low is None else f"{one.auc.low:.3f} to {one.auc.high:.3f}"
        left, expected = f"{one.observed:,}", "none" if one.expected is None else f"{one.expected:,.1f}"
        figures = (_said(one.auc.value), interval, _said(one.brier_skill.value), _said(one.average_precision.value))
        table.add_row(str(one.horizon), one.method, *figures, left, expected, str(one.origins))
    Console(width=None if Console().is_terminal else 110).print(table)


def _said(value: float | None) -> str:
    return "none" if value is None else f"{value:.3f}"
