"""The parts that every chart is made of: SVG as text, drawn on the server, with colours by class and no style inside.

A chart stretches with its place while its text keeps its size: across, everything is placed in percent of the width; down,
in pixels. Lines and areas, which SVG cannot place in percent, are drawn in a box of 100 by 100 that is stretched
(`stretched`). Every chart is a picture with a name (`picture`); what it shows stands in words or a table beside it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

Point = tuple[float, float]
"""Percent across from the left, percent down from the top."""


@dataclass(frozen=True)
class Scale:
    """Numbers on a line of so many pixels or percent."""

    low: float
    high: float
    start: float
    """Where `low` is drawn."""
    end: float
    """Where `high` is drawn."""

    def __call__(self, value: float) -> float:
        """Where a number is drawn.

        >>> Scale(0, 10, 100, 0)(2.5)
        75.0
        """
        span = self.high - self.low
        share = (value - self.low) / span if span else 0.5
        return round(self.start + share * (self.end - self.start), 2)


def picture(name: str, height: int, parts: Iterable[Markup], kind: str = "") -> Markup:
    """A chart as wide as its place.

    Parameters
    ----------
    name
        What it shows, for those who do not see it.
    height
        Pixels.
    kind
        A class.
    """
    inside = Markup("").join(parts)
    return Markup(
        '<svg class="chart {}" role="img" aria-label="{}" width="100%" height="{}" focusable="false">{}</svg>'
    ).format(kind, name, height, inside)


def stretched(top: float, height: float, parts: Iterable[Markup]) -> Markup:
    """A box across the whole width in which 100 by 100 are stretched to it; strokes keep their width."""
    inside = Markup("").join(parts)
    return Markup(
        '<svg x="0" y="{}" width="100%" height="{}" viewBox="0 0 100 100" preserveAspectRatio="none" '
        'overflow="visible">{}</svg>'
    ).format(top, height, inside)


def line(points: Sequence[Point], kind: str) -> Markup:
    """A line through points of a stretched box."""
    path = " ".join(f"{x},{y}" for x, y in points)
    return Markup('<polyline class="{}" points="{}" vector-effect="non-scaling-stroke"/>').format(kind, path)


def area(above: Sequence[Point], below: Sequence[Point], kind: str) -> Markup:
    """What lies between two lines of a stretched box."""
    path = " ".join(f"{x},{y}" for x, y in (*above, *reversed(below)))
    return Markup('<polygon class="{}" points="{}"/>').format(kind, path)


def rule(x1: float, y1: float, x2: float, y2: float, kind: str) -> Markup:
    """A straight line: percent across, pixels down."""
    return Markup('<line class="{}" x1="{}%" y1="{}" x2="{}%" y2="{}"/>').format(kind, x1, y1, x2, y2)


def dot(x: float, y: float, radius: float, kind: str, told: str = "") -> Markup:
    """A dot, with words for who points at it."""
    return Markup('<circle class="{}" cx="{}%" cy="{}" r="{}">{}</circle>').format(kind, x, y, radius, _title(told))


def bar(x: float, y: float, width: float, height: float, kind: str) -> Markup:
    """A rectangle: percent across, pixels down."""
    return Markup('<rect class="{}" x="{}%" y="{}" width="{}%" height="{}"/>').format(
        kind, x, y, round(width, 2), height
    )


def words(x: float, y: float, said: str, anchor: str = "start", kind: str = "") -> Markup:
    """Text at a place: percent across, pixels down to its foot."""
    return Markup('<text class="{}" x="{}%" y="{}" text-anchor="{}">{}</text>').format(kind, x, y, anchor, said)


def _title(told: str) -> Markup:
    return Markup("<title>{}</title>").format(told) if told else escape("")
