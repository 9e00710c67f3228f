"""`/dashboard`: the months of a unit as small multiples, each figure with its definition; `/dashboard/{name}`: one of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final

from fastapi import Depends, Query, Request
from markupsafe import Markup
from starlette.responses import Response

from service.api.oversight import Oversight, oversight
from service.dashboard import kept
from service.dashboard.months import MOST
from service.dashboard.view import Dashboard, FigureAnswer, dashboard
from service.errors import NotFoundError
from service.lists.view import View
from service.page import charts_groups, measures, place
from service.page.rendering import render
from service.page.routing import router as page_router
from service.page.week import OLD_DAYS, run_named
from service.store import runs
from service.teams import shown

router = page_router()

MONTHS: Final = (12, 24, 60)
"""How many months may be chosen."""


@dataclass(frozen=True)
class Asked:
    """What every page of the dashboard asks for."""

    org_unit: Annotated[str, Query(max_length=1_000)] = ""
    months: Annotated[int, Query(ge=1, le=MOST)] = MONTHS[0]
    percent: Annotated[float | None, Query(ge=0, le=1_000)] = None
    """What replacing somebody costs, in percent of a yearly salary."""


@dataclass(frozen=True)
class Card:
    """One figure as the page tells of it."""

    figure: FigureAnswer
    drawn: Markup
    last: str
    """Its last value in words; empty where there is none."""
    month: str
    """Of the last value."""
    why: Sequence[str]
    """Code of the last month, where it has no value or an earlier one."""
    year: str = ""
    """The rate of the last 12 months together; empty where it is no rate, or not all of them are shown."""

    @property
    def span(self) -> str:
        """What the last value is of, in words."""
        return f"{self.month} alone, as a yearly rate" if self.figure.name in measures.YEARLY else self.month

    @property
    def trend(self) -> str:
        """Its trend in words, empty without one."""
        return measures.trend(self.figure.trend.direction, self.figure.trend.months) if self.figure.trend else ""


@router.get("/dashboard")
def get_dashboard(
    request: Request, watched: Annotated[Oversight, Depends(oversight)], asked: Annotated[Asked, Depends()]
) -> Response:
    """Every figure of a unit, month by month."""
    if runs.latest(watched.service.store) is None or not watched.caller.units:
        return render(request, "nothing.html", {"units": watched.caller.units, "before": None})
    seen, found = _found(watched, asked)
    if not found.months and kept.of_unit(watched.service.store, seen.run, "") is None:
        before = run_named(watched.service, seen)
        return render(request, "nothing.html", {"units": watched.caller.units, "before": before})
    cards = [_card(one, found) for one in found.figures]
    told = [card for card in cards if card.figure.missing is None]
    titles = [*measures.SECTIONS, measures.OTHER]
    sections = {title: [card for card in told if measures.section(card.figure.name) == title] for title in titles}
    values = {
        **_frame(watched, seen, asked, found),
        "sections": {title: some for title, some in sections.items() if some},
        "missing": [card for card in cards if card.figure.missing is not None],
        "below": [place.Step(one.org_unit, place.name(one.org_unit)) for one in _below(watched, seen)],
        "associations": found.associations,
    }
    return render(request, "dashboard.html", values)


@router.get("/dashboard/{name}")
def get_figure(
    request: Request, name: str, watched: Annotated[Oversight, Depends(oversight)], asked: Annotated[Asked, Depends()]
) -> Response:
    """One figure, large and in a table."""
    seen, found = _found(watched, asked)
    figure = next((one for one in found.figures if one.name == name), None)
    if figure is None:
        raise NotFoundError
    values = {
        **_frame(watched, seen, asked, found),
        "card": _card(figure, found, large=True),
        "rows": list(_rows(figure, found)),
    }
    return render(request, "figure.html", values)


def _found(watched: Oversight, asked: Asked) -> tuple[View, Dashboard]:
    """The unit asked for, the first of the caller's where none is named."""
    seen = watched.view(asked.org_unit or watched.caller.units[0])
    share = watched.service.settings.replacement_share if asked.percent is None else asked.percent / 100
    unit, store = seen.units[0], watched.service.store
    return seen, dashboard(store, seen.run, unit, asked.months, share, switched_off=seen.switched_off(unit))


def _frame(watched: Oversight, seen: View, asked: Asked, found: Dashboard) -> dict[str, Any]:
    (unit,) = seen.units
    cost = next((one.value for one in found.assumptions if one.name == "replacement_share"), 0.0)
    return {
        "run": run_named(watched.service, seen),
        "old": OLD_DAYS,
        "unit": unit,
        "name": place.name(unit),
        "way": place.way(unit, watched.caller.units),
        "others": [place.Step(one, one) for one in watched.caller.units if one != unit],
        "months": asked.months,
        "choices": MONTHS,
        "percent": None if asked.percent is None else f"{asked.percent:g}",
        "cost": f"{cost * 100:g}",
        "codes": found.codes,
        "measures": measures,
    }


def _below(watched: Oversight, seen: View) -> list[shown.Shown]:
    return shown.below_unit(watched.service.store, seen.run, seen.units[0])


def _card(figure: FigureAnswer, found: Dashboard, *, large: bool = False) -> Card:
    months = found.months
    known = [place for place, value in enumerate(figure.values) if value is not None]
    why = [code for code in figure.withheld[-1:] if code is not None]
    if not known:
        return Card(figure, Markup(""), "", "", why)
    last = figure.values[known[-1]] or 0.0
    said = measures.spoken(figure.name, figure.title, figure.values, months, figure.unit)
    drawn = charts_groups.months(figure.values, said, figure.low, figure.high, large=large)
    told = measures.value(figure.name, last, figure.unit, figure.currency)
    return Card(figure, drawn, told, measures.month(months[known[-1]]), why, _year(figure, found))


def _year(figure: FigureAnswer, found: Dashboard) -> str:
    heads = next((one.values for one in found.figures if one.name == "head_count"), None)
    if figure.name not in measures.YEARLY or heads is None:
        return ""
    rate = measures.trailing_year(figure.values, heads, found.months)
    return "" if rate is None else f"{rate * 100:.1f} %"


@dataclass(frozen=True)
class _Row:
    """A month of one figure."""

    month: str
    value: str
    people: int | None
    why: str


def _rows(figure: FigureAnswer, found: Dashboard) -> Iterator[_Row]:
    """The months of a figure, the last first."""
    for month, number, people, code in reversed(
        list(zip(found.months, figure.values, figure.n, figure.withheld, strict=True))
    ):
        said = "" if number is None else measures.value(figure.name, number, figure.unit, figure.currency)
        yield _Row(measures.month(month), said, people, found.codes.get(code or "", ""))
