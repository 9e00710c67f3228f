"""The evidence as tables on standard output: no figure is ever cut off, a narrow terminal wraps lines instead."""

from collections.abc import Iterable, Sequence

from rich.console import Console, Group, RenderableType
from rich.table import Table

from models.evidence import Evidence, Figure
from training.evidence import Against

_MOST = 400
"""Columns that no table needs."""


def show(
    evidence: Sequence[Evidence], against: Sequence[Against] = (), ablation: Sequence[Against] | None = None
) -> None:
    """Print how good each method was by each horizon, what a list is worth, how the model compares, and what a family adds."""
    horizons = sorted({one.horizon for one in evidence if one.origins})
    tables: list[RenderableType] = [
        "Out of time: refitted at each origin on what was known then, and held against what followed.",
        "In brackets the 95 % interval, from drawing people.",
        *(_by_horizon([one for one in evidence if one.horizon == horizon]) for horizon in horizons),
        _lists(evidence),
        *([_differences(against)] if against else []),
        *([_families(ablation)] if ablation else []),
    ]
    put(tables)


def put(tables: Iterable[RenderableType]) -> None:
    """Print tables one below the other, as wide as they are."""
    group = Group(*tables)
    wide = Console(width=_MOST).measure(group).maximum
    Console(width=max(wide, Console().width), highlight=False).print(group)


def said(figure: Figure, digits: int = 3) -> str:
    """A figure and its interval without leading zeros.

    Examples
    --------
    >>> said(Figure(0.734, 0.724, 0.745)), said(Figure(-0.01, -0.03, 0.01), 2), said(Figure(None))
    ('.734 [.724, .745]', '-.01 [-.03, .01]', 'none')
    """
    if figure.value is None:
        return "none"
    value = _short(figure.value, digits)
    if figure.low is None or figure.high is None:
        return value
    return f"{value} [{_short(figure.low, digits)}, {_short(figure.high, digits)}]"


def plain(headings: Sequence[str]) -> Table:
    """An empty table without borders, its first column for names."""
    table = Table(box=None, padding=(0, 2, 0, 0))
    for heading in headings:
        table.add_column(heading, no_wrap=True)
    return table


def _by_horizon(evidence: Sequence[Evidence]) -> Group:
    most = max(evidence, key=lambda one: one.origins)
    head = f"\nBy {most.horizon} days: {_origins(most.origins)}, {most.people:,} scores, {most.observed:,} of them of people who left"
    table = plain(("", "AUC", "average precision", "Brier skill", "calibration slope", "left / expected"))
    for one in evidence:
        if not one.origins:
            table.add_row(one.method, "none")
            continue
        fewer = f" ({_origins(one.origins)})" if one.origins < most.origins else ""
        ranks = said(one.auc), said(one.average_precision), said(one.brier_skill)
        table.add_row(one.method + fewer, *ranks, said(one.calibration_slope, 2), said(one.observed_expected, 2))
    return Group(head, table)


def _lists(evidence: Sequence[Evidence]) -> Group:
    """What the top of the list holds, by 30 and by 90 days."""
    near, far = ({one.method: one for one in evidence if one.horizon == horizon} for horizon in (30, 90))
    title = "\nThe top of the list, for so many people an HRBP: share who left, and how many times a random list's"
    table = plain(("people", "", "by 30 days", "lift", "by 90 days", "lift"))
    for place, capacity in enumerate(each.capacity for each in next((o.at_capacity for o in far.values()), ())):
        for method in far:
            both = [one.at_capacity[place] for one in (near.get(method), far[method]) if one and one.at_capacity]
            figures = [text for each in both for text in (said(each.precision), said(each.lift, 1))]
            table.add_row(str(capacity), method, *figures)
    return Group(title, table)


def _differences(against: Sequence[Against]) -> Group:
    own = against[0].method
    return Group(
        f"\n{own} less each other method, on the same people: above 0 speaks for {own}", _less(against, "less")
    )


def _families(ablation: Sequence[Against]) -> Group:
    title = "\nWhat each family of records is worth: the model less itself without them, on the same people"
    return Group(title, _less(ablation, "without"))


def _less(against: Sequence[Against], heading: str) -> Table:
    table = plain(("days", heading, "AUC", "Brier skill", "origins"))
    for one in against:
        figures = said(one.difference.auc), said(one.difference.brier_skill)
        table.add_row(str(one.horizon), one.other, *figures, str(one.difference.origins))
    return table


def _origins(count: int) -> str:
    return f"{count} origin" if count == 1 else f"{count} origins"


def _short(value: float, digits: int) -> str:
    """Without the zero before the point.

    >>> _short(0.05, 3), _short(-0.0001, 3), _short(1.25, 1)
    ('.050', '.000', '1.2')
    """
    text = f"{value:.{digits}f}"
    text = text.removeprefix("-") if float(text) == 0 else text
    return text.replace("0.", ".", 1) if abs(float(text)) < 1 else text
