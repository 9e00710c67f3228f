"""The sample company's calendar, organisation and managers, before anybody works there."""

import datetime as dt
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from features.days import Days, to_date, to_day
from training.sample.columns import Floats, Ints
from training.sample.shocks import Shock

DIVISIONS: Final = ("Sales", "Service", "Operations", "Technology", "Finance")
FAMILIES: Final = ("Sales", "Support", "Logistics", "Engineering", "Accounting")
UNITS: Final = ("United Kingdom", "Germany", "France", "Spain", "Italy", "Netherlands")
COUNTRIES: Final = ("GB", "DE", "FR", "ES", "IT", "NL")
CURRENCIES: Final = ("GBP", "EUR", "EUR", "EUR", "EUR", "EUR")
LANGUAGES: Final = ("en", "de", "fr", "es", "it", "nl")
TEAM_SIZE: Final = 9
"""People per team at the start, on average."""
AHEAD_MONTHS: Final = 13
"""Months after the end in which the hazard is still known, so that every 365-day risk is."""


@dataclass(frozen=True)
class Plan:
    """Calendar months as day edges, and the teams with their managers in each of them."""

    months: int
    """Months the tables cover."""
    edges: Days
    """First days of the months, shape (months + ahead + 1,); month m is ``edges[m] <= day < edges[m + 1]``."""
    end: int
    """The last day anything was recorded on."""
    division: Ints
    """Index into `DIVISIONS` of each team, shape (teams,)."""
    unit: Ints
    """Index into `UNITS` of each team."""
    manager: Ints
    """Number of each team's manager in each month, shape (months + ahead, teams)."""
    quality: Floats
    """That manager's quality, standard normal; same shape."""
    load: Floats
    """Workload of the team, standard deviation about 0.6; same shape."""
    slowness: Floats
    """Slowness of the HR service per month and division, shape (months + ahead, divisions), about 0."""
    shock: Shock

    @property
    def total(self) -> int:
        """Months with a hazard: those of the tables and those ahead."""
        return len(self.edges) - 1

    def paths(self) -> list[str]:
        """The org-unit path of each team."""
        pairs = zip(self.division, self.unit, strict=True)
        return [f"{DIVISIONS[d]}/{UNITS[u]}/Team {n + 1:04d}" for n, (d, u) in enumerate(pairs)]

    def managers(self) -> list[str]:
        """The id of every manager number."""
        return [f"M{n + 1:05d}" for n in range(int(self.manager.max()) + 1)]

    def calendar_month(self, month: int) -> int:
        """January is 1."""
        return to_date(int(self.edges[month])).month


def plan(employees: int, months: int, end: dt.date, shock: Shock, rng: np.random.Generator) -> Plan:
    """Lay out `months` calendar months up to the one that holds `end`, and teams of about nine."""
    teams = max(1, round(employees / TEAM_SIZE))
    edges = _edges(months, end)
    total = len(edges) - 1
    manager, quality = _managers(total, teams, rng)
    return Plan(
        months=months,
        edges=edges,
        end=to_day(end),
        division=rng.choice(len(DIVISIONS), teams, p=(0.3, 0.25, 0.2, 0.15, 0.1)),
        unit=rng.choice(len(UNITS), teams, p=(0.3, 0.22, 0.16, 0.12, 0.1, 0.1)),
        manager=manager,
        quality=quality,
        load=_walk(total, teams, 0.85, 0.6, rng) + shock.load(total)[:, None],
        slowness=_walk(total, len(DIVISIONS), 0.9, 0.4, rng),
        shock=shock,
    )


def _edges(months: int, end: dt.date) -> Days:
    last = end.year * 12 + end.month - 1
    counted = range(last - months + 1, last + AHEAD_MONTHS + 2)
    return np.asarray([to_day(dt.date(n // 12, n % 12 + 1, 1)) for n in counted], dtype=np.int32)


def _managers(total: int, teams: int, rng: np.random.Generator) -> tuple[Ints, Floats]:
    """A team gets a new manager in one month of a hundred."""
    fresh = rng.random((total, teams)) < 0.01
    fresh[0] = True
    number = (np.cumsum(fresh.ravel()) - 1).reshape(total, teams)
    born = np.maximum.accumulate(np.where(fresh, np.arange(total)[:, None], 0), axis=0)
    number = np.take_along_axis(number, born, axis=0)
    quality = rng.standard_normal(int(number.max()) + 1)
    return number, quality[number]


def _walk(total: int, width: int, memory: float, spread: float, rng: np.random.Generator) -> Floats:
    """A stationary autoregressive walk of each column."""
    steps: NDArray[np.float64] = rng.standard_normal((total, width)) * spread
    steps[1:] *= np.sqrt(1 - memory**2)
    for month in range(1, total):
        steps[month] += memory * steps[month - 1]
    return steps
