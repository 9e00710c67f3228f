"""A random company as arrays, of any size: people who come and go, five sources, late records, no leaves.

No story connects the records; only their amounts, windows and delays are like a real company's. About 100 facts a person
over three years: 30 survey questions and 5 comments, 5 tickets, 40 check-ins, 20 signals; 4 job rows besides the hire.
"""

from typing import Any, Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from features.company import (
    CANCELLED_BY,
    COMPETING,
    CONVERSATIONS,
    EVENTS,
    NO_SHARE,
    UNIT,
    VOLUNTARY,
    Checkins,
    Company,
    Jobs,
    Names,
    People,
    Signals,
    Surveys,
    TeamSignals,
    Tickets,
    Tones,
    Traces,
)
from features.days import NEVER, Days

FIRST: Final = 17_501
"""The first day of the records (2017-12-01)."""
LENGTH: Final = 1_096
"""So many days of records: 36 month ends."""
DRIVERS: Final = ("enps", "growth", "pay", "trust", "workload")
CATEGORIES: Final = ("benefits", "career", "it", "payroll")
SIGNALS: Final = ("goal", "learning", "overtime", "recognition")

_Table = TypeVar("_Table")


def random_company(people: int, seed: int) -> Company:
    """A company of so many employments."""
    rng = np.random.default_rng(seed)
    managers, units = max(1, people // 10), max(1, people // 40)
    who = _people(rng, people)
    draw = _Draw(rng, who, managers, units)
    return Company(
        names=Names(
            units=_unit_paths(units),
            managers=who.employee_id[:managers],
            job_families=("a", "b", "c"),
            job_titles=("a", "b", "c", "d"),
            locations=("a", "b"),
            employment_types=("full", "part"),
            drivers=DRIVERS,
            categories=CATEGORIES,
            priorities=("high", "low", "normal"),
            signals=SIGNALS,
            team_signals=("customers", "service"),
        ),
        people=who,
        jobs=draw.jobs(),
        traces=Traces(*draw.facts(people // 10)),
        surveys=draw.surveys(),
        tickets=draw.tickets(),
        checkins=draw.checkins(),
        signals=draw.signals(),
        team_signals=draw.team_signals(),
        tones=draw.tones(),
    )


def _people(rng: np.random.Generator, size: int) -> People:
    """Hires from years before the records until their end; three in ten leave, two thirds of them of their own will."""
    hire = FIRST + rng.integers(-2_000, LENGTH - 30, size)
    leaves = rng.random(size) < 0.3
    termination = np.where(leaves, np.maximum(hire, FIRST) + rng.integers(30, 900, size), NEVER)
    voluntary = rng.random(size) < 0.67
    resigned = leaves & voluntary & (rng.random(size) < 0.5)
    late = leaves & (rng.random(size) < 0.3)
    return People(
        employee_id=tuple(f"E{number:06d}" for number in range(size)),
        employee=np.arange(size, dtype=np.int32),
        hire=_days(hire),
        next_hire=_days(np.full(size, NEVER)),
        resignation=_days(np.where(resigned, np.maximum(termination - 20, hire + 1), NEVER)),
        termination=_days(termination),
        exit_kind=np.where(leaves, np.where(voluntary, VOLUNTARY, COMPETING), 0).astype(np.int8),
        exit_recorded=_days(np.where(late, termination + rng.integers(-10, 30, size), NEVER)),
    )


def _unit_paths(size: int) -> tuple[str, ...]:
    """Units three deep: the company, its divisions, and their departments."""
    divisions = max(1, size // 20)
    paths = ["C", *(f"C/D{number}" for number in range(divisions))]
    return tuple([*paths, *(f"C/D{number % divisions}/T{number}" for number in range(size))][:size])


class _Draw:
    """Draws tables of facts that lie within their person's employment, in the order in which they became known."""

    def __init__(self, rng: np.random.Generator, people: People, managers: int, units: int) -> None:
        self.rng, self.people, self.managers, self.units = rng, people, managers, units

    def facts(self, size: int) -> tuple[NDArray[np.int32], Days]:
        """Persons, in order, and for each fact a day of the records on which the person was there."""
        person = np.sort(self.rng.integers(0, len(self.people), size)).astype(np.int32)
        first = np.maximum(self.people.hire, FIRST)[person]
        last = np.minimum(self.people.termination, FIRST + LENGTH)[person]
        day = _days(first + np.floor(self.rng.random(size) * np.maximum(last - first, 1)))
        order = np.lexsort((day, person))
        return person[order], day[order]

    def codes(self, size: int, high: int, given: float = 1.0) -> NDArray[np.int32]:
        """Codes below `high`, -1 for all but a share of them."""
        return np.where(self.rng.random(size) < given, self.rng.integers(0, high, size), -1).astype(np.int32)

    def often(self, size: int, share: float) -> NDArray[np.bool_]:
        """True for a share of the rows."""
        return self.rng.random(size) < share

    def later(self, day: Days, low: int, high: int, share: float) -> Days:
        """A share of the days moved back by `low` to `high` days; NEVER for the rest."""
        moved = day + self.rng.integers(low, high, len(day))
        return _days(np.where(self.often(len(day), share), moved, NEVER))

    def numbers(self, values: NDArray[Any], given: float) -> NDArray[np.float64]:
        """The values as floats, NaN for all but a share of them."""
        return np.where(self.often(len(values), given), values, np.nan)

    def jobs(self) -> Jobs:
        """The hire of everybody, and four changes a person, on different days; one in ten of them is recorded late."""
        rng, everybody = self.rng, len(self.people)
        person, day = self.facts(4 * everybody)
        person = np.concatenate([np.arange(everybody, dtype=np.int32), person])
        day = np.concatenate([self.people.hire, day])
        _, once = np.unique(np.stack([person, day]), axis=1, return_index=True)
        once.sort()
        person, day = person[once], day[once]
        size, hired = len(person), np.arange(len(person)) < everybody
        given = np.where(hired, 0.95, 0.4)
        late = ~hired & self.often(size, 0.1)
        table = Jobs(
            person=person,
            effective=day,
            known=_days(np.where(late, day + rng.integers(1, 60, size), day)),
            event=np.where(hired, 0, rng.integers(2, len(EVENTS), size)).astype(np.int8),
            repeat=~hired & self.often(size, 0.02),
            manager=np.where(rng.random(size) < given, rng.integers(0, self.managers, size), -1).astype(np.int32),
            unit=np.where(rng.random(size) < given, rng.integers(0, self.units, size), -1).astype(np.int32),
            job_family=self.codes(size, 3, 0.5),
            job_title=self.codes(size, 4, 0.5),
            location=self.codes(size, 2, 0.5),
            employment_type=self.codes(size, 2, 0.5),
            level=self.numbers(rng.integers(1, 8, size), 0.5),
            fte=self.numbers(rng.choice([0.5, 0.8, 1.0], size), 0.5),
            base_salary=self.numbers(rng.integers(30, 90, size) * 1_000.0, 0.6),
            compa_ratio=self.numbers(rng.uniform(0.8, 1.2, size).round(2), 0.5),
        )
        return _take(table, np.lexsort((table.known, table.effective, person)))

    def surveys(self) -> Surveys:
        """Questions, 70 % answered within three weeks, 80 % under the person's own name."""
        person, sent = self.facts(30 * len(self.people))
        answered, size = self.later(sent, 0, 21, 0.7), len(sent)
        score = np.where(answered < NEVER, self.rng.integers(0, 11, size) * UNIT // 10, NO_SHARE)
        return Surveys(
            person=person,
            unit=self.codes(size, self.units),
            sent=sent,
            answered=answered,
            onboarding=sent < self.people.hire[person] + 90,
            driver=self.codes(size, len(DRIVERS)),
            score=score.astype(np.int64),
            identified=self.often(size, 0.8),
        )

    def tickets(self) -> Tickets:
        """Tickets, most of them answered and resolved, some rated, escalated or reopened."""
        person, opened = self.facts(5 * len(self.people))
        size, moment = len(opened), opened.astype(np.int64) * 86_400 + 36_000
        responded, resolved = self.later(opened, 0, 5, 0.9), self.later(opened, 5, 40, 0.85)
        rated = (resolved < NEVER) & self.often(size, 0.4)
        return Tickets(
            person=person,
            opened=opened,
            responded=responded,
            resolved=resolved,
            opened_seconds=moment,
            responded_seconds=np.where(responded < NEVER, moment + (responded - opened) * 86_400 + 1_800, -1),
            resolved_seconds=np.where(resolved < NEVER, moment + (resolved - opened) * 86_400 + 7_200, -1),
            category=self.codes(size, len(CATEGORIES)),
            priority=self.codes(size, 3, 0.8),
            escalated=self.codes(size, 2, 0.7).astype(np.int8),
            reopened=self.codes(size, 3, 0.7),
            csat=np.where(rated, self.rng.integers(1, 6, size) * UNIT // 5, NO_SHARE).astype(np.int64),
        )

    def checkins(self) -> Checkins:
        """Planned conversations: 70 % held, up to five days late; the rest missed, cancelled or still planned."""
        person, scheduled = self.facts(40 * len(self.people))
        size, fate = len(scheduled), self.rng.random(len(scheduled))
        return Checkins(
            person=person,
            scheduled=scheduled,
            held=_days(np.where(fate < 0.7, scheduled + self.rng.integers(0, 6, size), NEVER)),
            missed=_days(np.where((fate >= 0.7) & (fate < 0.8), scheduled, NEVER)),
            cancelled=_days(np.where((fate >= 0.8) & (fate < 0.95), scheduled, NEVER)),
            cancelled_by=self.codes(size, len(CANCELLED_BY), 0.8),
            conversation=self.codes(size, len(CONVERSATIONS)),
        )

    def signals(self) -> Signals:
        """Signals of four names, one in twenty recorded weeks late, four in five with a value."""
        person, occurred = self.facts(20 * len(self.people))
        late, size = self.often(len(occurred), 0.05), len(occurred)
        table = Signals(
            person=person,
            occurred=occurred,
            known=_days(np.where(late, occurred + self.rng.integers(1, 60, size), occurred)),
            name=self.codes(size, len(SIGNALS)),
            value=self.numbers(self.rng.normal(size=size).round(2), 0.8),
        )
        return _take(table, np.lexsort((table.known, person)))

    def tones(self) -> Tones:
        """Comments that were read, 80 % under the person's own name."""
        person, answered = self.facts(5 * len(self.people))
        size = len(answered)
        return Tones(
            person=person,
            unit=self.codes(size, self.units),
            answered=answered,
            identified=self.often(size, 0.8),
            valence=np.rint(np.clip(self.rng.normal(0, 0.25, size), -1, 1) * UNIT).astype(np.int64),
        )

    def team_signals(self) -> TeamSignals:
        """One signal a unit and month, half of them of a manager's team."""
        size = 36 * self.units
        occurred, teams = _days(FIRST + self.rng.integers(0, LENGTH, size)), self.often(size, 0.5)
        return TeamSignals(
            manager=np.where(teams, self.codes(size, self.managers), np.int32(-1)),
            unit=np.where(teams, np.int32(-1), self.codes(size, self.units)),
            occurred=occurred,
            known=_days(occurred + self.rng.integers(0, 10, size)),
            name=self.codes(size, 2),
            value=self.rng.normal(size=size).round(2),
        )


def _days(values: NDArray[Any]) -> Days:
    return values.astype(np.int32)


def _take(table: _Table, order: NDArray[np.int64]) -> _Table:
    return type(table)(**{name: column[order] for name, column in vars(table).items()})
