"""The charts of a model: whether its risks hold, and how many leavers the top of its list would have held."""

from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import Final

from markupsafe import Markup

from models.evidence import RiskGroup
from service.page import charts, words
from service.page.charts import Scale

_TOP: Final = 16
_PLOT: Final = 240
"""Height of a plot. Unit: pixels."""
_LEFT: Final = 14
_RIGHT: Final = 97
"""Where a plot begins and ends. Unit: percent."""
_STEPS: Final = 4
_CEILINGS: Final = (0.04, 0.08, 0.12, 0.2, 0.4, 0.6, 0.8)
"""Where a plot of chances may end, so that its quarters are round."""


def reliability(groups: Sequence[RiskGroup]) -> Markup:
    """The chance that was given to each group, against the share of it that left; on the line, both are the same."""
    most = max(max(one.risk, one.left.value or 0.0, one.left.high or 0.0) for one in groups)
    top = next((step for step in _CEILINGS if step >= most), 1.0)
    across, down = Scale(0, top, _LEFT, _RIGHT), Scale(0, top, _TOP + _PLOT, _TOP)
    parts = [*_frame(top, across, down), charts.stretched(_TOP, _PLOT, [_diagonal()])]
    parts += [
        charts.rule(across(one.risk), down(one.left.low), across(one.risk), down(one.left.high), "spread")
        for one in groups
        if one.left.low is not None and one.left.high is not None
    ]
    for one in groups:
        told = f"Said: {words.percent(one.risk)}; left: {words.percent(one.left.value or 0.0)}"
        parts.append(charts.dot(across(one.risk), down(one.left.value or 0.0), 4.5, "point", told))
    said = f"Chance given and share who left, in {len(groups)} groups of people of like chance. The numbers follow in a table."
    return _picture(said, parts, "the chance that was given")


def found(groups: Sequence[RiskGroup]) -> list[tuple[float, float]]:
    """Share of the people, and share of the leavers among them, from the highest risk down; from nobody to everybody.

    Examples
    --------
    >>> from models.evidence import Figure
    >>> found([RiskGroup(30, 0.1, Figure(0.1)), RiskGroup(10, 0.5, Figure(0.7))])
    [(0.0, 0.0), (0.25, 0.7), (1.0, 1.0)]
    """
    falling = list(reversed(groups))
    people, left = [one.people for one in falling], [one.people * (one.left.value or 0.0) for one in falling]
    everybody, leavers = sum(people), sum(left) or 1.0
    sums = zip(accumulate(people), accumulate(left), strict=True)
    return [(0.0, 0.0), *((round(many / everybody, 6), round(gone / leavers, 6)) for many, gone in sums)]


def lift(groups: Sequence[RiskGroup]) -> Markup:
    """How many of the leavers would have stood among so many people with the highest chance; the line is a draw."""
    across, down = Scale(0, 1, _LEFT, _RIGHT), Scale(0, 1, _TOP + _PLOT, _TOP)
    inside, points = Scale(0, 1, 100, 0), found(groups)
    drawn = [_diagonal(), charts.line([(across(many), inside(gone)) for many, gone in points], "risk")]
    parts = [*_frame(1.0, across, down), charts.stretched(_TOP, _PLOT, drawn)]
    for many, gone in points[1:-1]:
        told = f"{words.percent(many)} of the people: {words.percent(gone)} of the leavers"
        parts.append(charts.dot(across(many), down(gone), 4.5, "point", told))
    tenth = points[1]
    said = f"Among the {words.percent(tenth[0])} with the highest chance stood {words.percent(tenth[1])} of those who left."
    return _picture(said, parts, "people, from the highest chance down")


def _frame(top: float, across: Scale, down: Scale) -> Iterator[Markup]:
    for step in range(_STEPS + 1):
        value = top * step / _STEPS
        yield charts.rule(_LEFT, down(value), _RIGHT, down(value), "grid")
        yield charts.words(_LEFT - 1, down(value) + 4, f"{value * 100:.3g} %", "end", "quiet")
        if step % 2 == 0:
            yield charts.words(across(value), _TOP + _PLOT + 18, f"{value * 100:.3g} %", "middle", "quiet")


def _diagonal() -> Markup:
    return charts.line([(_LEFT, 100), (_RIGHT, 0)], "even")


def _picture(said: str, parts: list[Markup], below: str) -> Markup:
    foot = _TOP + _PLOT + 38
    return charts.picture(said, foot + 6, [*parts, charts.words((_LEFT + _RIGHT) / 2, foot, below, "middle")], "plot")
