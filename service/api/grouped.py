"""What `GET /v1/teams` answers with."""

from collections.abc import Mapping
from typing import Final, Literal

from msgspec import Struct, field

from models.hazard import HORIZONS
from service.api.listed import RunNamed
from service.disclosure.tree import REASONS
from service.teams import words
from service.teams.figures import MOST, Figures
from service.teams.people import YEAR
from service.teams.shown import SWITCHED_OFF, Shown

DEFINITIONS: Final[Mapping[str, str]] = {
    "people": "At risk on the run's day: hired, not gone, no notice known.",
    "expected": (
        "Voluntary exits to expect within so many days of the day the figures are from, among its people of that day: the "
        "sum of their risks, to the nearest half. In 8 of 10 groups the number will lie from low to high, which allows for chance and for how far "
        "the backtest was off. Who is not scored adds nothing."
    ),
    "hiring": (
        "Hires that keep the head count as it is: the voluntary exits to expect, and other exits at the rate of the last 12 "
        "months. Nobody's growth, transfer or hire on its way is taken into account."
    ),
    "drivers": (
        "What moves the 90-day risk here against the whole company: the mean of what a topic contributes to people's risk, in "
        "log-odds, counted where it is among a person's five strongest reasons and 0 elsewhere."
    ),
    "recent_exits": "Exit days in the 12 months up to the run's day, counted where the person stood on the day before.",
    "held_since": (
        "The figures are of that day, since fewer than 5 people came or went or too few could be told from the change; "
        "null: they are the run's own."
    ),
    **{f"withheld: {code}": text for code, text in REASONS.items()},
    f"withheld: {SWITCHED_OFF}": (
        "The unit, or one within it, is switched off: nobody in that is scored, and no figure is shown that it was part of."
    ),
}
"""What each figure is, in words."""
_WORDS: Final = {
    True: {"raises": "Raises the risk", "lowers": "Lowers the risk"},
    False: {
        "raises": "Raises the risk more, or lowers it less, than in the company",
        "lowers": "Lowers the risk more, or raises it less, than in the company",
    },
}
"""What is said before a driver's topic, of the company and of others."""


class Leavers(Struct, frozen=True):
    """Voluntary exits to expect, with an 80 % interval."""

    value: float
    low: int
    high: int


class LeaversBy(Struct, frozen=True):
    """The same by horizon, in days."""

    by_30: Leavers = field(name="30")
    by_90: Leavers = field(name="90")
    by_180: Leavers = field(name="180")
    by_365: Leavers = field(name="365")


class Hires(Struct, frozen=True):
    """Hires by horizon, in days."""

    by_30: float = field(name="30")
    by_90: float = field(name="90")
    by_180: float = field(name="180")
    by_365: float = field(name="365")


class Driver(Struct, frozen=True):
    """A topic that moves a group's risk."""

    topic: str
    text: str
    direction: Literal["raises", "lowers"]
    mean_contribution: float
    """To the log-odds of the 90-day risk, over the group's people."""
    company_contribution: float
    """Over the company's."""


class RecentExits(Struct, frozen=True):
    """Who left in the last 12 months."""

    voluntary: int
    other: int


class Group(Struct, frozen=True):
    """A unit with all below it, or the people who report to one manager. Where it is withheld there is no figure at all."""

    kind: Literal["unit", "team"]
    org_unit: str
    """Path, empty for the company; of a team the lowest unit that holds all of it."""
    manager_id: str | None
    people: int | None
    expected: LeaversBy | None
    hiring: Hires | None
    drivers: list[Driver]
    """Those that raise the risk most against the company, then those that lower it most; of the company, against nobody's."""
    recent_exits: RecentExits | None
    held_since: str | None
    """The day the expected leavers and the drivers are from; null: the run's."""
    withheld: Literal["too_few", "complement", "held", "retracted", "unit_switched_off"] | None
    why: str | None
    """The same in words."""


class TeamsAnswer(Struct, frozen=True):
    """The answer of `GET /v1/teams`."""

    run: RunNamed
    org_unit: str | None
    """Whose parts are shown; empty: the company; null: the caller's several units are shown themselves."""
    whole: Group | None
    """That unit itself."""
    groups: list[Group]
    """Units in order of their paths, then teams in order of their managers."""
    next_cursor: str | None
    """Where the next page of teams begins; null on the last."""
    definitions: Mapping[str, str]
    """What each figure is, and what each code means."""


def group(one: Shown, day: str) -> Group:
    """A group as it is told.

    Parameters
    ----------
    day
        The run's.
    """
    code = one.withheld
    place = one.kind, one.org_unit, one.manager_id
    if code or one.figures is None:
        why = DEFINITIONS[f"withheld: {code}"]
        return Group(*place, None, None, None, [], None, None, code, why)  # type: ignore[arg-type]  # kinds and codes
    voluntary, other = one.left
    leavers = {horizon: Leavers(*one.figures.expected[str(horizon)]) for horizon in HORIZONS}
    hires = [round(leavers[horizon].value + other * horizon / YEAR, 1) for horizon in HORIZONS]
    return Group(
        *place,  # type: ignore[arg-type]  # kinds
        people=one.people,
        expected=LeaversBy(*leavers.values()),
        hiring=Hires(*hires),
        drivers=_drivers(one.figures, company=one.kind == "unit" and not one.org_unit),
        recent_exits=RecentExits(voluntary, other),
        held_since=None if one.as_of == day else one.as_of,
        withheld=None,
        why=None,
    )


def _drivers(told: Figures, *, company: bool) -> list[Driver]:
    """At most `MOST` topics of either direction, the strongest first."""
    against = {topic: mean - (0.0 if company else whole) for topic, (mean, whole) in told.drivers.items()}
    order = sorted(against, key=lambda topic: -abs(against[topic]))
    raising = [topic for topic in order if against[topic] > 0][:MOST]
    lowering = [topic for topic in order if against[topic] < 0][:MOST]
    ways: tuple[tuple[Literal["raises", "lowers"], list[str]], ...] = ("raises", raising), ("lowers", lowering)
    return [
        Driver(topic, f"{_WORDS[company][way]}: {words.topic(topic)}", way, *told.drivers[topic])
        for way, found in ways
        for topic in found
    ]
