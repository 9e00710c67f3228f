"""What a caller is told of one unit: figures in words and numbers, month by month, and what goes with what."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final, Literal

import msgspec
import numpy as np
from msgspec import Struct
from sqlalchemy import Engine

from service.dashboard import figures, kept
from service.dashboard.associations import Association
from service.dashboard.codes import CODES, IS_TOO_FEW, SHOWN, SWITCHED_OFF, WHY
from service.dashboard.kept import OfUnit
from service.dashboard.packed import Common, blank
from service.dashboard.ranks import holm, mann_kendall
from service.dashboard.shown import Line
from service.store.runs import Run
from service.teams import shown as groups

DIGITS: Final = 6
"""Numbers are told to so many figures."""
TREND_MONTHS: Final = 10
"""A trend needs so many months with a value."""
TREND_LEVEL: Final = 0.05
EXPECTED: Final = "cost_of_expected_exits"
_TRENDS: Final = ("tickets", "theme")
_NO_SOURCE: Final = {
    "base_salary": "No base salary is on record in job_history.",
    "comments": "No comments, or too few to have learned how they sound.",
}
_NOTHING: Final = "Nothing of it is on record."
_NO_MONTH: Final = "No month has ended since the first record."


class Trend(Struct, frozen=True):
    """Whether the months rise or fall more steadily than chance would have it."""

    direction: Literal["rises", "falls", "none"]
    tau: float
    """Kendall's, of values against time: -1 to 1."""
    p_value: float
    """Mann-Kendall, corrected for all trends looked at in this answer (Holm)."""
    months: int


class FigureAnswer(Struct, frozen=True):
    """One figure; every list has one entry a month."""

    name: str
    title: str
    unit: str
    currency: str | None
    """Of an amount; null: none is named in the data, none is shown, or it is no amount."""
    definition: str
    source: str
    missing: str | None
    """Why there can be no value; null where there can."""
    values: list[float | None]
    low: list[float | None] | None
    """Of the 95 % interval; null where the figure has none."""
    high: list[float | None] | None
    n: list[int | None]
    """Distinct people it is made of."""
    withheld: list[str | None]
    """Why a value is not shown."""
    held: dict[str, str]
    """By month, the day of the earlier run that first told its value, which stays as it was told."""
    trend: Trend | None


class Assumption(Struct, frozen=True):
    """A number that the figures rest on and that is yours to change."""

    name: str
    value: float
    unit: str
    setting: str
    source: str


class Dashboard(Struct, frozen=True):
    """Everything of one unit."""

    org_unit: str
    months: list[str]
    figures: list[FigureAnswer]
    associations: list[Association]
    assumptions: list[Assumption]
    codes: dict[str, str]
    """What each code of `withheld` means."""


def dashboard(
    store: Engine, run: Run, org_unit: str, months: int, replacement_share: float, *, switched_off: bool = False
) -> Dashboard:
    """The last so many months of a unit, as the run says.

    Parameters
    ----------
    org_unit
        A unit the caller may see; empty: the company. Of one that has never had five people everything is withheld.
    months
        At most so many; fewer where there are fewer.
    replacement_share
        What replacing somebody costs, as a share of the yearly base salary.
    switched_off
        Whether the unit is: then nothing is told of its risks.
    """
    found = kept.of_unit(store, run, org_unit) or _small(kept.of_unit(store, run, ""))
    common = found.common
    shown = common.months[-months:]
    chosen = np.arange(len(common.months) - len(shown), len(common.months))
    lines = dict(zip(common.names, (line.columns(chosen) for line in found.lines), strict=True))
    if EXPECTED in lines:
        told_of = None if switched_off else groups.unit(store, run, org_unit)
        lines[EXPECTED] = _expected(lines[EXPECTED], told_of, SWITCHED_OFF if switched_off else IS_TOO_FEW)
    since = dict(zip(common.names, (days[len(common.months) - len(shown) :] for days in common.since), strict=True))
    if drivers := [name for name in lines if name.startswith("driver.")]:
        lines["survey_score"], since["survey_score"] = _together([(lines[one], since[one]) for one in drivers])
    told = [
        _answer(name, lines, since, (shown, run.identity.as_of), common, found.currency, replacement_share) for name in sorted(
            {*_static(), *(name for name in lines if ":" not in name)}, key=figures.place)
    ]  # fmt: skip
    return Dashboard(
        org_unit,
        shown,
        _with_trends(told),
        msgspec.json.decode(found.associations, type=list[Association]),
        _assumptions(common, replacement_share),
        WHY,
    )


def _together(drivers: Sequence[tuple[Line, Sequence[str]]]) -> tuple[Line, list[str]]:
    """The plain mean of what is shown of several lines of one unit: it tells nothing that they do not; and since when."""
    codes = np.concatenate([line.codes for line, _ in drivers])
    visible = np.concatenate([line.visible for line, _ in drivers])
    values = np.where(visible, np.concatenate([line.values for line, _ in drivers]), 0).astype(np.float64)
    some = visible.any(axis=0)
    mean = np.where(some, values.sum(axis=0) / np.maximum(visible.sum(axis=0), 1), np.nan)
    code = np.where(some, SHOWN, codes.max(axis=0)).astype(np.uint8)
    people = np.where(visible, np.concatenate([line.people for line, _ in drivers]), 0).max(axis=0)
    shape = (1, len(mean))
    line = Line(code.reshape(shape), mean.astype(np.float32).reshape(shape), people.reshape(shape))
    return line, [min(days) for days in zip(*(days for _, days in drivers), strict=True)]


def _expected(usual: Line, of: groups.Shown | None, otherwise: int) -> Line:
    """What the exits to expect cost, from what is usually paid; none where the exits are not told, by that code or theirs."""
    if of is not None and of.figures is not None:
        leavers, _, _ = of.figures.expected["365"]
        return replace(usual, values=usual.values * np.float32(leavers))
    code = CODES.index(of.withheld) if of is not None and of.withheld in CODES else otherwise
    return replace(
        usual,
        codes=np.where(usual.visible, code, usual.codes).astype(np.uint8),
        values=np.full_like(usual.values, np.nan),
    )


def _small(company: OfUnit | None) -> OfUnit:
    """What is told of a unit with too few people; or of any, where the run has no dashboard."""
    if company is None:
        return OfUnit(Common([], [], [], [], [12, 4, 2]), [], None, "[]")
    lines = [blank(1, len(company.common.months)) for _ in company.common.names]
    return OfUnit(company.common, lines, None, "[]")


def _static() -> Iterator[str]:
    return (name for name, one in figures.FIGURES.items() if "{name}" not in one.title)


def _answer(
    name: str,
    lines: Mapping[str, Line],
    since: Mapping[str, Sequence[str]],
    when: tuple[Sequence[str], str],
    common: Common,
    currency: str | None,
    replacement_share: float,
) -> FigureAnswer:
    about, line, (months, today) = figures.figure(name), lines.get(name), when
    scale = replacement_share if about.unit == "amount" else 1.0
    nothing: list[None] = [None] * len(months)
    codes = [] if line is None else line.codes[0].tolist()
    return FigureAnswer(
        name=name,
        title=about.title,
        unit=about.unit,
        currency=currency if about.unit == "amount" and line is not None and line.visible.any() else None,
        definition=about.definition,
        source=about.source,
        missing=_missing(about, line, common),
        values=list(nothing) if line is None else _numbers(line, scale),
        low=_beside(lines, name, "low"),
        high=_beside(lines, name, "high"),
        n=list(nothing) if line is None else _people(line),
        withheld=list(nothing) if line is None else [CODES[code] or None for code in codes],
        held={month: since[name][at] for at, (month, code) in enumerate(zip(months, codes, strict=False))
              if code == SHOWN and since[name][at] != today},
        trend=None,
    )  # fmt: skip


def _missing(about: figures.Figure, line: Line | None, common: Common) -> str | None:
    if not common.months:
        return _NO_MONTH
    if about.needs in common.missing:
        return _NO_SOURCE.get(about.needs, f"There is no table {about.needs}.")
    return _NOTHING if line is None else None


def _numbers(line: Line, scale: float = 1.0) -> list[float | None]:
    return [
        None if math.isnan(value) else float(f"{value * scale:.{DIGITS}g}")
        for value in line.values[0].astype(np.float64).tolist()
    ]


def _people(line: Line) -> list[int | None]:
    visible = line.visible[0].tolist()
    return [people if shown else None for people, shown in zip(line.people[0].tolist(), visible, strict=True)]


def _beside(lines: Mapping[str, Line], name: str, called: str) -> list[float | None] | None:
    line = lines.get(f"{name}:{called}")
    return None if line is None else _numbers(line)


def _with_trends(told: Sequence[FigureAnswer]) -> list[FigureAnswer]:
    """The same figures; those of tickets with their trend, corrected for how many there are."""
    places, tested = [], []
    for place, one in enumerate(told):
        given = [value for value in one.values if value is not None]
        if one.name.partition(".")[0] in _TRENDS and len(given) >= TREND_MONTHS:
            places.append((place, len(given)))
            tested.append(mann_kendall(np.asarray(given)))
    found = list(told)
    for (place, months), (tau, _), p in zip(places, tested, holm([p for _, p in tested]), strict=True):
        direction: Literal["rises", "falls", "none"] = "none"
        if p < TREND_LEVEL:
            direction = "rises" if tau > 0 else "falls"
        found[place] = msgspec.structs.replace(
            found[place], trend=Trend(direction, round(tau, 4), float(f"{p:.4g}"), months)
        )
    return found


def _assumptions(common: Common, replacement_share: float) -> list[Assumption]:
    source = figures.FIGURES["cost_of_turnover"].source
    norm = figures.FIGURES["cadence_what"].source
    names = zip(("what", "how", "want"), common.cadence, strict=True)
    return [
        Assumption(
            "replacement_share", replacement_share, "of a yearly base salary", "RETENTION_REPLACEMENT_SHARE", source
        ),
        *(
            Assumption(f"cadence_{name}", count, "conversations a year", "RETENTION_CADENCE", norm)
            for name, count in names
        ),
    ]
