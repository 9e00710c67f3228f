"""Random companies whose people come, go and move between two runs, with a unit tree and managers' teams of all sizes."""

from dataclasses import replace
from typing import Final

import numpy as np

from tests.staffed import HIRED, Member

TOPICS: Final = ("career_pay_days", "survey_score_365", "tickets_open", "checkins_want_overdue_days")
DAYS: Final = ("2026-09-01", "2026-09-02", "2026-09-03")


class Company:
    """One company over time; every draw from one generator."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng
        self.units = _units(rng)
        self.managers = [f"M{number}" for number in range(int(rng.integers(2, 3 + len(self.units))))]
        self.home = {manager: str(rng.choice(self.units)) for manager in self.managers}
        self.crossing = float(rng.choice([0.0, 0.1, 0.4]))
        self.vanishing = True
        self.hired = 0
        self.on = HIRED
        self.staff = [
            one for unit in self.units for one in self.joiners(unit, int(rng.choice([1, 2, 3, 4, 5, 6, 8, 12])))
        ]

    def joiners(self, unit: str, count: int) -> list[Member]:
        """So many new people of a unit."""
        return [self._placed(self._person(), unit) for _ in range(count)]

    def here(self) -> list[Member]:
        """Who has not left."""
        return [one for one in self.staff if one.left is None]

    def night(self, on: str) -> None:
        """Let people leave, vanish from the data, move and join on a day: few or many, here and there four against one."""
        rng, moving, self.on = self.rng, float(self.rng.choice([0.0, 0.02, 0.1, 0.3])), on
        self.staff = [one for one in self.staff if rng.random() > moving / 6 or not self.vanishing]
        self.staff = [self._next(one, moving) if one.left is None else one for one in self.staff]
        if rng.random() < 0.5 and len(self.units) > 1:
            self._swap(*rng.choice(self.units, 2, replace=False).tolist())
        for unit in rng.choice(self.units, int(rng.integers(0, 3))).tolist():
            self.staff += self.joiners(unit, int(rng.choice([1, 1, 2, 6])))

    def _next(self, one: Member, moving: float) -> Member:
        chance = self.rng.random()
        if chance < moving / 6:
            return replace(one, left=self.on, voluntary=bool(chance < moving / 12))
        return self._placed(one, str(self.rng.choice(self.units))) if chance < moving else one

    def _swap(self, one: str, other: str) -> None:
        """Four go from one unit to another, one comes back, one is new: five changes in either."""
        there, back = (
            [place for place, member in enumerate(self.staff) if member.unit == unit and member.left is None][:most]
            for unit, most in ((one, 4), (other, 1))
        )
        for places, unit in ((there, other), (back, one)):
            for place in places:
                self.staff[place] = self._placed(self.staff[place], unit)
        self.staff += self.joiners(other, 1)

    def _person(self) -> Member:
        rng = self.rng
        self.hired += 1
        risk = None if rng.random() < 0.05 else float(np.clip(rng.beta(1, 10), 0.001, 0.45))
        told = {topic: float(rng.normal(0, 0.3)) for topic in TOPICS if rng.random() < 0.5}
        return Member(
            f"E{self.hired:05d}",
            None,
            None,
            risk,
            told if risk else {},
            hired=self.on,
            pay=1_000.0 * int(rng.integers(20, 200)),
        )

    def _placed(self, person: Member, unit: str) -> Member:
        local = [manager for manager in self.managers if self.home[manager] == unit] or self.managers[:1]
        known = self.managers if self.rng.random() < self.crossing else local
        manager = str(self.rng.choice(known))
        before = [one for one in person.moved if one[0] != self.on]
        return replace(person, unit=unit, manager=manager, moved=(*before, (self.on, unit, manager)))


def _units(rng: np.random.Generator) -> list[str]:
    """Paths of one to three levels; people stand at any of them."""
    found = []
    for division in range(int(rng.integers(1, 4))):
        top = f"D{division}"
        found.append(top)
        for department in range(int(rng.integers(0, 4))):
            found.append(f"{top}/U{department}")
            found += [f"{top}/U{department}/T{team}" for team in range(int(rng.choice([0, 0, 2, 3])))]
    return found
