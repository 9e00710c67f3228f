"""The charts of groups: leavers to expect as a dot in its range, and a figure month by month."""

from collections.abc import Iterator, Sequence
from typing import Final

from markupsafe import Markup

from service.page import charts
from service.page.charts import Scale

_HEIGHT: Final = 22
_EDGE: Final = 2.0
"""Left free on either side, so that dots are whole. Unit: percent."""
_PLOT: Final = 56
_LARGE: Final = 200
"""Heights of a small and of a large plot of months. Unit: pixels."""

Values = Sequence[float | None]


def expected(value: float, low: int, high: int, most: int, said: str) -> Markup:
    """Leavers to expect as a dot in its range, on a line from nobody to the most of all groups beside it."""
    across, middle = Scale(0, max(most, 1), _EDGE, 100 - _EDGE), _HEIGHT / 2
    parts = [
        charts.rule(across(0), middle, across(max(most, 1)), middle, "grid"),
        charts.bar(across(low), middle - 4, max(across(high) - across(low), 0.8), 8, "range"),
        charts.dot(across(value), middle, 4.5, "point"),
    ]
    return charts.picture(said, _HEIGHT, parts, "expected")


def months(
    values: Values, said: str, low: Values | None = None, high: Values | None = None, *, large: bool = False
) -> Markup:
    """A figure month by month; a month without a value leaves a gap. Empty where there is no value at all."""
    known = [value for value in (*values, *(low or ()), *(high or ())) if value is not None]
    if not known:
        return Markup("")
    height = _LARGE if large else _PLOT
    across = Scale(0, max(len(values) - 1, 1), _EDGE, 100 - _EDGE)
    down = Scale(*_ends(known), 96, 4)
    drawn = list(_ranges(across, down, low, high)) if low and high else []
    drawn += [charts.line(stretch, "risk") for stretch in _stretches(values, across, down) if len(stretch) > 1]
    parts = [charts.rule(0, height, 100, height, "grid"), charts.stretched(0, height, drawn)]
    parts += list(_dots(values, across, down, height, large=large))
    return charts.picture(said, height + 2, parts, "months")


def _ends(known: Sequence[float]) -> tuple[float, float]:
    """From where to where a plot goes: from nothing, unless there are values below; never a plot of no height."""
    low, high = min(0.0, *known), max(0.0, *known)
    return low, high if high > low else low + 1.0


def _stretches(values: Values, across: Scale, down: Scale) -> Iterator[list[charts.Point]]:
    """Months in a row that have a value."""
    stretch: list[charts.Point] = []
    for place, value in enumerate(values):
        if value is not None:
            stretch.append((across(place), down(value)))
        elif stretch:
            yield stretch
            stretch = []
    if stretch:
        yield stretch


def _ranges(across: Scale, down: Scale, low: Values, high: Values) -> Iterator[Markup]:
    stretches = zip(_stretches(low, across, down), _stretches(high, across, down), strict=True)
    return (charts.area(above, below, "range") for below, above in stretches)


def _dots(values: Values, across: Scale, down: Scale, height: int, *, large: bool) -> Iterator[Markup]:
    """The last value; a value between two gaps, which no line shows; on a large plot every one."""
    last = max(place for place, value in enumerate(values) if value is not None)
    for place, value in enumerate(values):
        beside = (*values[max(0, place - 1) : place], *values[place + 1 : place + 2])
        if value is not None and (large or place == last or all(one is None for one in beside)):
            yield charts.dot(across(place), round(down(value) / 100 * height, 2), 3.5, "point")
