"""The charts of one person: the risk over time, the reasons as signed bars, the rhythm of conversations."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from models.telling import LOWERS, Reason
from service.page import charts, words
from service.page.charts import Scale
from service.page.rhythm import DAYS, Lane

_PLOT: Final = 150
"""Height of the risks' plot. Unit: pixels."""
_TOP: Final = 22
_EDGE: Final = 1.5
"""Left free on either side of a plot, so that dots are whole. Unit: percent."""
_CELL: Final = 54
"""Height of a lane, with its name. Unit: pixels."""


@dataclass(frozen=True)
class Past:
    """The risk in one run."""

    as_of: str
    risk: float | None
    """None: no score in that run."""
    low: float | None
    high: float | None
    band: str | None
    model: str


@dataclass(frozen=True)
class Bar:
    """One reason, drawn and said."""

    text: str
    """Without the word that it lowers: that stands in `direction`."""
    direction: str
    actionable: bool
    strength: str
    """How strong beside the strongest, in words."""
    drawn: Markup


def risk_over_time(past: Sequence[Past]) -> Markup:
    """The risk in one run after the other, with its range; empty below two runs with a score."""
    known = [one for one in past if one.risk is not None]
    if len(known) < 2:
        return Markup("")
    first, last = _ordinal(known[0].as_of), _ordinal(known[-1].as_of)
    across = Scale(first, last, _EDGE, 100 - _EDGE)
    top = _ceiling(max(one.high or 0.0 for one in known))
    down = Scale(0, top, 100, 0)
    pixels = Scale(0, top, _TOP + _PLOT, _TOP)
    parts = [charts.rule(0, pixels(top * step / 4), 100, pixels(top * step / 4), "grid") for step in range(5)]
    for stretch in _stretches(past):
        points = [(across(_ordinal(one.as_of)), one) for one in stretch]
        high = [(x, down(one.high or 0.0)) for x, one in points]
        low = [(x, down(one.low or 0.0)) for x, one in points]
        middle = [(x, down(one.risk or 0.0)) for x, one in points]
        drawn = [charts.area(high, low, "range"), charts.line(middle, "risk")]
        parts.append(charts.stretched(_TOP, _PLOT, drawn))
    for one in known:
        told = f"{words.day(one.as_of)}: {words.percent(one.risk or 0.0)}"
        parts.append(charts.dot(across(_ordinal(one.as_of)), pixels(one.risk or 0.0), 3.5, f"point {one.band}", told))
    parts += [charts.words(0, pixels(risk) - 4, f"{risk * 100:.0f} %", kind="quiet") for risk in (top / 2, top)]
    foot = _TOP + _PLOT + 18
    parts.append(charts.words(0, foot, words.day(known[0].as_of)))
    parts.append(charts.words(100, foot, words.day(known[-1].as_of), "end"))
    return charts.picture(_spoken(known), foot + 6, parts, "history")


def bars(reasons: Sequence[Reason]) -> list[Bar]:
    """The reasons in their order, each with a bar from the middle: to the right raises, to the left lowers."""
    most = max((abs(one.contribution) for one in reasons), default=1.0)
    return [_bar(one, abs(one.contribution) / most) for one in reasons]


def rhythm(lanes: Sequence[Lane], as_of: str) -> Markup:
    """A year of conversations, a lane a kind: what the norm asks for as ticks, what was planned and held as signs."""
    across = Scale(DAYS, 0, _EDGE, 100 - _EDGE)
    foot = _CELL * len(lanes)
    parts = [part for ago, name in _months(as_of) for part in _month(across(ago), name, foot)]
    for number, lane in enumerate(lanes):
        parts += _lane(lane, _CELL * number, across, dt.date.fromisoformat(as_of))
    said = "; ".join(f"{words.ABOUT[lane.about]}: {lane.held} held of {lane.norm} a year" for lane in lanes)
    return charts.picture(f"Conversations of the last year. {said}.", foot + 22, parts, "rhythm")


def _lane(lane: Lane, top: float, across: Scale, day: dt.date) -> Iterator[Markup]:
    y = top + _CELL - 18
    yield charts.words(0, top + 16, f"{words.ABOUT[lane.about].capitalize()}: {lane.held} of {lane.norm}", kind="name")
    yield charts.rule(0, y, 100, y, "lane")
    yield from (charts.rule(across(days), y - 10, across(days), y + 10, "norm") for days in lane.expected)
    for talk in reversed(lane.talks):
        on = words.day(str(day - dt.timedelta(days=talk.days_ago)))
        radius = 6.0 if talk.state == "held" else 4.5
        yield charts.dot(across(talk.days_ago), y, radius, f"talk {talk.state}", f"{on}: {talk.state}")


def _bar(reason: Reason, share: float) -> Bar:
    raises, width = reason.contribution > 0, 50 * share
    start = 50.0 if raises else 50 - width
    drawn = [
        charts.bar(start, 3, max(width, 0.8), 12, reason.direction),
        charts.rule(50, 0, 50, 18, "zero"),
    ]
    strength = "strong" if share > 2 / 3 else "medium" if share > 1 / 3 else "weak"
    said = f"{reason.direction} the risk, {strength}"
    text = words.told(reason.text.removeprefix(LOWERS))
    return Bar(text, reason.direction, reason.actionable, strength, charts.picture(said, 18, drawn, "bar"))


def _ceiling(risk: float) -> float:
    """A round number above a risk, that a quarter of is round as well."""
    steps = (0.02, 0.04, 0.08, 0.2, 0.4, 0.6, 0.8)
    return next((step for step in steps if step >= risk), 1.0)


def _stretches(past: Sequence[Past]) -> Iterator[list[Past]]:
    """Runs in a row that have a score, given by one model: between others no line leads."""
    stretch: list[Past] = []
    for one in past:
        if stretch and (one.risk is None or one.model != stretch[-1].model):
            yield stretch
            stretch = []
        if one.risk is not None:
            stretch.append(one)
    if stretch:
        yield stretch


def _months(as_of: str) -> Iterator[tuple[int, str]]:
    """The firsts of the months of the last year: days before the day, and the month's name."""
    day = dt.date.fromisoformat(as_of)
    first = day.replace(day=1)
    while (day - first).days < DAYS:
        yield (day - first).days, f"{first:%b}"
        first = (first - dt.timedelta(days=1)).replace(day=1)


def _month(x: float, name: str, foot: float) -> Iterator[Markup]:
    yield charts.rule(x, 20, x, foot, "grid")
    if name in {"Jan", "Apr", "Jul", "Oct"} and x < 94:
        yield charts.words(x, foot + 16, name, kind="quiet")


def _spoken(known: Sequence[Past]) -> str:
    first, last = known[0], known[-1]
    highest = max(known, key=lambda one: one.risk or 0.0)
    return (
        f"Risk over time, from {words.percent(first.risk or 0.0)} on {words.day(first.as_of)} to "
        f"{words.percent(last.risk or 0.0)} on {words.day(last.as_of)}; highest {words.percent(highest.risk or 0.0)} on "
        f"{words.day(highest.as_of)}. The table below has every value."
    )


def _ordinal(day: str) -> int:
    return dt.date.fromisoformat(day).toordinal()
