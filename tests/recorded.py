"""What is on record of people for one month, drawn: answers, comments, tickets, conversations, signals; and what comes late.

Of every record it is known from which export on it is there, so that a later night may tell of it.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from tests import builders

MONTH: Final = "2026-08"
HIRED: Final = "2026-05-10"
"""Who is hired on that day is asked how the first weeks were."""
THEMES: Final = ("payroll", "benefits", "equipment", "travel")
TALKS: Final = ("what", "how", "want")
SIGNALS: Final = ("learning", "recognition")
DRIVERS: Final = {"enps": (0, 10), "workload": (1, 5), "growth": (1, 5)}
_FROM: Final = "2026-07-01"


@dataclass(frozen=True)
class Record:
    """One fact about a person."""

    person: str
    figure: str
    """The figure that it counts for."""
    value: float
    since: int
    """The first export that has it."""
    until: int
    """The first that does not, having something else in its place."""
    row: tuple[str, dict[str, Any]] | None = None
    """Of which table; None: it is another side of a record that is."""


class Records:
    """All records of a company."""

    def __init__(self, rng: np.random.Generator, people: Iterable[tuple[str, str]], exports: Sequence[int]) -> None:
        """Draw.

        Parameters
        ----------
        people
            Ids and hire days.
        exports
            Numbers of those that records come with, the first most of them.
        """
        self._rng, self._exports = rng, exports
        self._alike, self._taking_part = rng.choice([0.3, 0.7, 1.0]), rng.choice([0.3, 0.7, 0.95])
        self._late = rng.choice([0.0, 0.1])
        drawn = (record for id_, hired in people for record in self._of(id_, hired))
        self.all = [record for record in drawn if record.since < record.until]

    def known(self, export: int, staff: Iterable[str]) -> list[Record]:
        """What an export has of these people."""
        here = set(staff)
        return [one for one in self.all if one.since <= export < one.until and one.person in here]

    def tables(self, export: int, staff: Iterable[str]) -> dict[str, list[dict[str, Any]]]:
        """Its tables."""
        found: dict[str, list[dict[str, Any]]] = {}
        for one in self.known(export, staff):
            if one.row is not None:
                found.setdefault(one.row[0], []).append(one.row[1])
        return found

    def _of(self, id_: str, hired: str) -> Iterator[Record]:
        if hired == HIRED and self._chance(self._taking_part):
            yield self._scored(
                "cohort_onboarding", id_, "2026-06-01", "role", self._score(1, 5), survey_type="onboarding"
            )
        if hired >= _FROM:
            return
        for wave, chance in (("S1", 0.9), ("S2", self._late)):
            if self._chance(chance):
                yield from self._questions(id_, wave)
        for number in range(int(self._rng.choice([1, 1, 2])) if self._chance(self._taking_part) else 0):
            yield from self._ticket(id_, f"T{id_}-{number}")
        for kind, chance in zip(TALKS, (0.7, 0.3, 0.1), strict=True):
            if self._chance(chance):
                row = {"held_at": f"{MONTH}-12T12:00:00Z", "status": "held", "conversation_type": kind}
                yield self._new(
                    f"cadence_{kind}",
                    id_,
                    1.0,
                    "checkins",
                    builders.checkin(f"C{id_}{kind}", id_, f"{MONTH}-12", **row),
                )
        for name in SIGNALS:
            for number in range(int(self._rng.choice([1, 2])) if self._chance(self._taking_part / 2) else 0):
                row = builders.signal(id_, f"{MONTH}-1{number}", name, value=1.0)
                yield self._new(f"signal.{name}", id_, 1.0, "signals", row)
        if self._chance(self._taking_part / 2):
            tone = 1.0 if self._chance(self._alike) else float(self._rng.integers(-4, 5)) / 4
            yield Record(id_, "sentiment", tone, self._since(), 99)

    def _questions(self, id_: str, wave: str) -> Iterator[Record]:
        """One of each driver; some are answered late, and are open until then."""
        if not self._chance(self._taking_part):
            yield from (self._question(wave, id_, driver, None, 0, 99) for driver in DRIVERS)
            return
        for driver, (low, high) in DRIVERS.items():
            score, since = self._score(low, high), self._since()
            first = self._exports[0] if wave == "S1" else since
            yield self._question(wave, id_, driver, None, first, since)
            yield self._question(wave, id_, driver, score, since, 99)
            named = driver if driver == "enps" else f"driver.{driver}"
            value = float((score >= 9) - (score <= 6)) if driver == "enps" else (score - low) / (high - low)
            yield Record(id_, named, value, since, 99)

    def _question(self, wave: str, id_: str, driver: str, score: int | None, since: int, until: int) -> Record:
        row = self._asked(wave, id_, f"{MONTH}-03", driver, score)
        return Record(id_, "survey_response", float(score is not None), since, until, ("surveys", row))

    def _scored(self, figure: str, id_: str, sent: str, driver: str, score: int, **more: Any) -> Record:
        row = self._asked("S0", id_, sent, driver, score, responded_at=f"{sent}T18:00:00Z") | more
        return self._new(figure, id_, (score - 1) / 4, "surveys", row)

    def _asked(self, wave: str, id_: str, sent: str, driver: str, score: int | None, **more: Any) -> dict[str, Any]:
        low, high = DRIVERS.get(driver, (1, 5))
        answer = {"responded_at": None if score is None else f"{MONTH}-09T12:00:00Z", "score": score}
        ends = {"scale_min": low, "scale_max": high, "survey_type": "pulse"}
        return builders.survey(wave, id_, f"{sent}T12:00:00Z", driver) | answer | ends | more

    def _ticket(self, id_: str, number: str) -> Iterator[Record]:
        rng, category, since = self._rng, str(self._rng.choice(THEMES, p=(0.6, 0.2, 0.1, 0.1))), self._since()
        opened = f"{MONTH}-04T12:00:00Z"
        row = builders.ticket(
            number,
            id_,
            opened,
            category=category,
            **dict.fromkeys(("first_response_at", "resolved_at", "csat", "escalated")),
        )
        if self._chance(0.9):
            row["first_response_at"] = (
                opened if self._chance(self._alike) else f"{MONTH}-05T{int(rng.integers(10, 24))}:00:00Z"
            )
            yield Record(id_, "ticket_response", 0.0, since, 99)
        if row["first_response_at"] and self._chance(0.9):
            row["resolved_at"] = f"{MONTH}-2{int(rng.integers(0, 9))}T12:00:00Z"
            row["escalated"] = False if self._chance(self._alike) else bool(rng.random() < 0.5)
            yield Record(id_, "ticket_resolution", 0.0, since, 99)
            yield Record(id_, "escalation", float(row["escalated"]), since, 99)
            if self._chance(0.8):
                row["csat"] = self._score(1, 5)
                yield Record(id_, "csat", row["csat"] / 5, since, 99)
        yield Record(id_, f"theme.{category}", 1.0, since, 99, ("tickets", row))

    def _new(self, figure: str, id_: str, value: float, table: str, row: dict[str, Any]) -> Record:
        return Record(id_, figure, value, self._since(), 99, (table, row))

    def _score(self, low: int, high: int) -> int:
        """All alike in a company of one mind: the best there is."""
        return high if self._chance(self._alike) else int(self._rng.integers(low, high + 1))

    def _since(self) -> int:
        return int(self._rng.choice(self._exports[1:])) if self._chance(self._late) else self._exports[0]

    def _chance(self, share: float) -> bool:
        return bool(self._rng.random() < share)
