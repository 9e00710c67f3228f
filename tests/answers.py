"""Everything that whoever sees groups alone is told of a company, run after run, as sums over unknowns of its people.

The worst case is taken. Whoever asks has every key of a leader and of a scientist, and knows everybody's unit, manager, hire
and leaving, and who is scored. No risk changes between two consecutive runs (`epoch`). Of what people say, ask and rate they
know either who did and when, and only not what (`values`), or nothing of the kind (`parts`). Figures are checked against the
people they are made of, and then taken as exact.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from models.hazard import HORIZONS
from service.access.scope import within
from tests.moving import TOPICS
from tests.recorded import HIRED, MONTH, THEMES, Record
from tests.solver import Key, System
from tests.staffed import Member

LISTED: Final = 0.05
"""From this 90-day risk on a person is listed."""
ENDS: Final = {
    "enps": (-1.0, 1.0), "driver.workload": (0.0, 1.0), "driver.growth": (0.0, 1.0), "sentiment": (-1.0, 1.0),
    "survey_response": (0.0, 1.0), "survey_silence": (0.0, 1.0), "cohort_onboarding": (0.0, 1.0), "csat": (0.2, 1.0),
    "escalation": (0.0, 1.0), "cost_of_turnover": (0.0, 200_000.0),
}  # fmt: skip
"""The least and the most that one record can be."""
WHOLE: Final = ("enps", "survey_response", "survey_silence", "escalation")
MOST: Final = 9
"""Records of one kind that a person may have."""
LABELS: Final = {"pay": 0, "survey scores": 1, "open tickets": 2, "conversations about what they want to do": 3}
"""Topics by the place of their feature in `TOPICS`."""


@dataclass(frozen=True)
class Night:
    """One run: what it saw."""

    day: str
    epoch: int
    staff: Mapping[str, Member]
    records: Sequence[Record]

    def scored(self) -> list[Member]:
        """Of whom figures of risks are made."""
        return [one for one in self.staff.values() if one.left is None and one.risk is not None]

    def there(self, month: str) -> dict[str, str | None]:
        """Who was there on some day of a month, and the unit at its end."""
        first, last = f"{month}-01", str(np.datetime64(f"{month}-01", "M") + 1 - np.timedelta64(1, "D"))
        return {
            id_: stood(one, last)
            for id_, one in self.staff.items()
            if one.hired <= last and (one.left is None or one.left > first)
        }


@dataclass
class Answers:
    """What was told, by what it is about."""

    nights: dict[str, Night] = field(default_factory=dict)
    systems: dict[str, System] = field(default_factory=lambda: defaultdict(System))
    figures: int = 0
    people: int = 0

    def teams(self, answer: Any, night: Night) -> None:
        """Take in an answer of `GET /v1/teams`, or a page of it."""
        for one in [answer["whole"], *answer["groups"]]:
            if one is None or one["withheld"]:
                continue
            then = self.nights[one["held_since"] or night.day]
            members = [m for m in then.scored() if _inside(m, one)]
            for horizon in HORIZONS:
                self._risks(members, horizon, then, one["expected"][str(horizon)]["value"], 0.251)
            for driver in one["drivers"]:
                self._driver(members, driver, then)

    def dashboard(self, answer: Any, night: Night) -> None:
        """Take in an answer of `GET /v1/dashboard`."""
        unit = answer["org_unit"]
        for month in set(answer["months"]) & {MONTH, HIRED[:7]}:
            at = answer["months"].index(month)
            told = {one["name"]: one for one in answer["figures"] if one["values"][at] is not None}
            for name, one in told.items():
                then = self.nights[one["held"].get(month, night.day)]
                self._figure(name, month, unit, then, one["values"][at], one["n"][at])

    def outcomes(self, answer: Any, _night: Night) -> None:
        """Take in an answer of `GET /v1/outcomes`."""
        for row in answer["groups"]:
            then = self.nights[row["as_of"]]
            ends = str(np.datetime64(row["as_of"]) + answer["horizon"])
            known = [
                one for one in then.scored() if within(one.unit, row["org_unit"]) and not self._lost(one, then, ends)
            ]
            left = [one for one in known if self._left(one, then, ends)]
            assert row["people"] in {None, len(known)}
            for count, members in ((row["listed"], known), (row["listed_left"], left)):
                if count is not None:
                    self._listed(members, then, count)
            if row["expected"] is not None:
                self._lists(known, then, row["expected"], 0.051)

    def monitoring(self, answer: Any, night: Night) -> None:
        """Take in an answer of `GET /v1/monitoring`."""
        since = answer["expected"]["held_since"] or night.day
        for one in answer["expected"]["horizons"]:
            self._estimate(one, self.nights[since])
        for one in answer["realised"]:
            then = self.nights[one["as_of"]]
            ends = str(np.datetime64(one["as_of"]) + one["horizon"])
            known = [person for person in then.scored() if not self._lost(person, then, ends)]
            left = [person for person in known if self._left(person, then, ends)]
            assert (one["people"], one["left"]) == (len(known), len(left))
            assert abs(one["expected"] - one["estimate"]["leavers"]["value"]) < 0.051
            if one["brier"] is not None:
                self._brier(known, left, one["horizon"], then, one["brier"])

    def _estimate(self, one: Any, then: Night) -> None:
        scored, horizon = then.scored(), one["horizon"]
        assert one["people"] == len(scored)
        self._risks(scored, horizon, then, one["leavers"]["value"], 0.051)
        risks = np.array([member.risks[HORIZONS.index(horizon)] for member in scored])
        assert abs(one["brier"]["value"] - np.mean(risks * (1 - risks))) < 0.00011

    def _risks(self, members: Sequence[Member], horizon: int, then: Night, told: float, close: float | None) -> None:
        """A sum of risks."""
        column = HORIZONS.index(horizon)
        total = sum(member.risks[column] for member in members)
        assert close is None or abs(told - total) < close
        self._told(
            self._system(horizon, then),
            {self._risk(member, horizon, then): 1.0 for member in members},
            total,
            close or 0.0,
        )

    def _brier(self, known: Sequence[Member], left: Sequence[Member], horizon: int, then: Night, told: float) -> None:
        """Beside what was expected of it, it tells the sum of the risks of those who left."""
        column = HORIZONS.index(horizon)
        total = sum(one.risks[column] ** 2 for one in known) - 2 * sum(one.risks[column] for one in left)
        assert abs(told - (total + len(left)) / len(known)) < 0.00011
        self._risks(left, horizon, then, 0.0, None)

    def _listed(self, members: Sequence[Member], then: Night, told: int) -> None:
        total = sum(member.risks[1] >= LISTED for member in members)
        assert told == total
        self._told(self._system(90, then), {self._list(member, then)[0]: 1.0 for member in members}, total)

    def _lists(self, members: Sequence[Member], then: Night, told: float, close: float) -> None:
        total = sum(member.risks[1] for member in members if member.risks[1] >= LISTED)
        assert abs(told - total) < close
        self._told(self._system(90, then), {self._list(member, then)[1]: 1.0 for member in members}, total, close)

    def _driver(self, members: Sequence[Member], driver: Mapping[str, Any], then: Night) -> None:
        """A topic's mean, for who knows nothing of who has it, and for who does."""
        feature = TOPICS[LABELS[driver["topic"]]]
        total = sum(member.reasons.get(feature, 0.0) for member in members)
        assert abs(driver["mean_contribution"] - total / len(members)) < 0.00051
        for name, having in (
            (f"topic {then.epoch}", members), (f"topic {then.day}", [m for m in members if feature in m.reasons])
        ):  # fmt: skip
            system = self.systems[f"{name} {feature}"]
            terms = {system.unknown(Key(member.employee_id, feature), -4.0, 4.0): 1.0 for member in having}
            self._told(system, terms, total)

    def _figure(self, name: str, month: str, unit: str, then: Night, value: float, n: int | None) -> None:
        """A figure of the dashboard: what it says of values, and of who has any."""
        here = {id_ for id_, at in then.there(month).items() if within(at, unit)}
        if name == "cost_of_turnover":
            here = {one for one in here if (then.staff[one].left or "")[:7] == month and then.staff[one].voluntary}
            total = sum(then.staff[one].pay or 0.0 for one in here)
            assert abs(value - 0.21 * total) < 1e-4 * value
            self._values(name, {Key(one, "pay"): then.staff[one].pay or 0.0 for one in here})
        if name == "survey_silence":
            return self._silent(here, then, value)
        if name not in ENDS and name.partition(".")[0] not in {
            "tickets",
            "theme",
            "signal",
            "cadence_what",
            "cadence_how",
            "cadence_want",
            "ticket_response",
            "ticket_resolution",
        }:
            return None
        if name == "cohort_onboarding":
            here = {one for one in here if then.staff[one].hired == HIRED}
        mine = [one for one in then.records if one.person in here and _counts(one, name)]
        if name in ENDS and mine:
            scale = 100 if name == "enps" else 1
            assert abs(value - scale * sum(one.value for one in mine) / len(mine)) < 1e-3
            self._values(name, {Key(one.person, "record", id(one)): one.value for one in mine})
        if name not in {"survey_response", "cost_of_turnover"}:
            self._who(name, here, mine, n)
        return None

    def _values(self, name: str, values: Mapping[Any, float]) -> None:
        system, (low, high) = self.systems[name], ENDS[name]
        for key in values:
            system.unknown(key, low, high, whole=name in WHOLE)
        self._told(system, dict.fromkeys(values, 1.0), sum(values.values()))

    def _silent(self, here: set[str], then: Night, value: float) -> None:
        """How many answered nothing, of those asked."""
        asked: dict[str, list[Record]] = defaultdict(list)
        for one in then.records:
            if one.figure == "survey_response" and one.person in here:
                asked[one.person].append(one)
        system, terms, total = self.systems["survey_response"], {}, 0.0
        for person, questions in asked.items():
            key = system.unknown(Key(person, "silent", tuple(map(id, questions))), 0.0, 1.0, whole=True)
            terms[key], total = 1.0, total + (not any(one.value for one in questions))
            answers = [system.unknown(Key(person, "record", id(one)), 0.0, 1.0, whole=True) for one in questions]
            system.told({key: float(len(answers)), **dict.fromkeys(answers, 1.0)}, 1.0, float(len(answers)))
        assert abs(value - total / len(asked)) < 1e-5
        self._told(system, terms, total)

    def _who(self, name: str, here: Iterable[str], mine: Sequence[Record], n: int | None) -> None:
        """How many people have a record, and how many records there are, among those who may have some."""
        of: dict[str, list[Record]] = {person: [] for person in here}
        for one in mine:
            of[one.person].append(one)
        cadence = name.startswith("cadence")
        assert n == len(of if cadence else [one for one in of.values() if one])
        volume = cadence or name.partition(".")[0] in {"tickets", "theme", "signal"}
        system = self.systems["who tickets" if name in {"tickets", *_THEMED} else f"who {name}"]
        themes = [f"theme.{theme}" for theme in THEMES] if name == "tickets" else [name]
        have, many = {}, {}
        for person, records in of.items():
            parts = []
            for theme in themes:
                some = tuple(id(one) for one in records if _counts(one, theme))
                parts.append(_pair(system, person, theme, some, MOST))
            whole = parts[0]
            if name == "tickets":
                whole = _pair(system, person, name, tuple(map(id, records)), MOST * len(themes))
                system.told({whole[1]: -1.0, **{part[1]: 1.0 for part in parts}}, 0.0)
            have[whole[0]] = many[whole[1]] = 1.0
        if not cadence:
            self._told(system, have, float(n or 0))
        if volume:
            self._told(system, many, float(len(mine)))

    def _told(self, system: System, terms: Mapping[Any, float], total: float, close: float = 0.0) -> None:
        system.told(terms, total, close=close)
        self.figures += 1

    def _system(self, horizon: int, then: Night) -> System:
        return self.systems[f"risks {horizon} {then.epoch}"]

    def _risk(self, member: Member, horizon: int, then: Night) -> Key:
        return self._system(horizon, then).unknown(Key(member.employee_id, "risk"), 0.0, 1.0)

    def _list(self, member: Member, then: Night) -> tuple[Key, Key]:
        """Whether a person is listed, and what they add to the sum of the listed's risks."""
        system, risk = self._system(90, then), self._risk(member, 90, then)
        listed, part = Key(member.employee_id, "listed"), Key(member.employee_id, "part")
        if listed not in system:
            system.unknown(listed, 0.0, 1.0, whole=True)
            system.unknown(part, 0.0, 1.0)
            system.told({part: 1.0, listed: -1.0}, -1.0, 0.0)
            system.told({part: 1.0, listed: -LISTED}, 0.0, 1.0)
            system.told({risk: 1.0, part: -1.0, listed: LISTED}, 0.0, LISTED)
        return listed, part

    def _lost(self, member: Member, then: Night, ends: str) -> bool:
        """Whether the data lost a person without an exit, by the end of a window."""
        runs = [one for day, one in self.nights.items() if then.day < day <= ends]
        missing = next((run for run in runs if member.employee_id not in run.staff), None)
        before = [one for one in self.nights.values() if missing is None or one.day < missing.day]
        return missing is not None and before[-1].staff[member.employee_id].left is None

    def _left(self, member: Member, then: Night, ends: str) -> bool:
        last = [one.staff[member.employee_id] for one in self.nights.values() if member.employee_id in one.staff][-1]
        return last.voluntary and then.day < (last.left or "") <= ends


_THEMED: Final = tuple(f"theme.{theme}" for theme in THEMES)


def stood(member: Member, day: str) -> str | None:
    """The unit on a day."""
    return [unit for on, unit, _ in member.moved if on <= day or on == member.moved[0][0]][-1]


def _inside(member: Member, group: Mapping[str, Any]) -> bool:
    if group["kind"] == "team":
        return bool(member.manager == group["manager_id"])
    return within(member.unit, group["org_unit"])


def _counts(one: Record, name: str) -> bool:
    return one.figure == name or (name == "tickets" and one.figure in _THEMED)


def _pair(system: System, person: str, name: str, version: Hashable, most: int) -> tuple[Key, Key]:
    """Whether somebody has records, and how many."""
    have, many = Key(person, f"has {name}", version), Key(person, f"number {name}", version)
    if have not in system:
        system.unknown(have, 0.0, 1.0, whole=True)
        system.unknown(many, 0.0, float(most), whole=True)
        system.told({many: 1.0, have: -1.0}, 0.0, float(most))
        system.told({many: 1.0, have: -float(most)}, -float(most), 0.0)
    return have, many
