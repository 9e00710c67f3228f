"""What follows about single people from figures over groups: the range that everything told leaves for each value.

Every unknown is a number with ends, whole or not, and belongs to a person; every figure is a sum of known multiples of
unknowns, taken as exact: what a rounded figure leaves open is only more (`System.rounded` says how much). A value is derived where its least and its most are
the same.

People of whom everything is told alike are one atom: one of them is looked at, and the sums over the others. Most values are
seen at two places far apart when sums over those looked at are made as large and as small as can be, parts of whole numbers
allowed; only those that are not are looked at one by one, and whole numbers as such.
"""

from collections import defaultdict
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

ROUNDS: Final = 3
WIDE: Final = 0.1
"""A value that was seen at two places so far apart, as a share of its scale, is looked at no closer."""


class Key(NamedTuple):
    """An unknown: whose it is, what, and which of several alike."""

    person: str
    name: str
    version: Hashable = None


class Range(NamedTuple):
    """Between which numbers an unknown lies."""

    width: float
    """As a share of its scale."""
    least: float


Terms = Mapping[Key, float]
Floats = NDArray[np.float64]


@dataclass
class System:
    """Unknowns, and what is told of them."""

    _ends: dict[Key, tuple[float, float, bool]] = field(default_factory=dict)
    _rows: dict[frozenset[tuple[Key, float]], tuple[float, float]] = field(default_factory=dict)
    _close: dict[frozenset[tuple[Key, float]], float] = field(default_factory=dict)

    def unknown(self, key: Key, low: float, high: float, *, whole: bool = False) -> Key:
        """An unknown between two ends; the same key is the same unknown."""
        self._ends.setdefault(key, (low, high, whole))
        return key

    def told(self, terms: Terms, low: float, high: float | None = None, close: float = 0.0) -> None:
        """A sum of unknowns, or between which numbers it lies; what was told of it is so close to it."""
        if terms:
            row = frozenset(terms.items())
            self._rows[row] = (low, low if high is None else high)
            self._close[row] = min(close, self._close.get(row, close))

    def __contains__(self, key: object) -> bool:
        return key in self._ends

    def ranges(self, most: int | None = None, who: str = "") -> dict[Key, Range]:
        """The range of every unknown, at least so much; of people told of alike one is named.

        Parameters
        ----------
        most
            Look only at people of whom at most so many are told of alike; None: at everybody.
        who
            This one is named for those alike.
        """
        return _Model(self._ends, self._rows, who).ranges(most) if self._rows else {}

    def without(self, *names: str) -> "System":
        """The same less what is told of several people's unknowns of these names."""
        rows = {
            row: given
            for row, given in self._rows.items()
            if len({key.person for key, _ in row}) == 1 or not all(key.name in names for key, _ in row)
        }
        return System(self._ends, rows)

    def rounded(self) -> "System":
        """The same with every sum as far off as what was told of it may be."""
        rows = {row: (low - self._close[row], high + self._close[row]) for row, (low, high) in self._rows.items()}
        return System(self._ends, rows)


class _Model:
    """The same by atoms: of each one person, and if there are more of them the sums over the others."""

    def __init__(
        self,
        ends: Mapping[Key, tuple[float, float, bool]],
        rows: Mapping[frozenset[tuple[Key, float]], tuple[float, float]],
        who: str,
    ) -> None:
        atoms = [sorted(people, key=lambda one: one != who) for people in _atoms(ends, rows)]
        others = {people[0]: len(people) - 1 for people in atoms}
        self.keys = [key for key in ends if key.person in others]
        place = {key: number for number, key in enumerate(self.keys)}
        place |= {
            key._replace(person=f"others than {key.person}"): len(self.keys) + number for key, number in place.items()
        }
        self.scale = np.array([ends[key][1] - ends[key][0] for key in self.keys])
        many = np.array([others[key.person] for key in self.keys])
        self.alike = many + 1
        given = np.array([ends[key] for key in self.keys], np.float64)
        self.low, self.high = (np.concatenate([given[:, end], given[:, end] * many]) for end in (0, 1))
        self.whole = np.tile(given[:, 2].astype(int), 2)
        entries: dict[tuple[int, int], float] = {}
        self.least: list[float] = []
        self.most: list[float] = []
        for row, between in rows.items():
            mine = {key: times for key, times in row if key.person in others}
            people = {key.person for key, _ in row}
            for copy, times_of in ((0, 1), (1, others.get(next(iter(people)), 0))) if len(people) == 1 else ((2, 1),):
                if not mine or not times_of:
                    continue
                for key, times in mine.items():
                    for at in (
                        (place[key],),
                        (place[key] + len(self.keys),),
                        (place[key], place[key] + len(self.keys)),
                    )[copy]:
                        entries[len(self.least), at] = times
                self.least.append(between[0] * times_of)
                self.most.append(between[1] * times_of)
        numbers, places = zip(*entries, strict=True)
        self.matrix = csr_array(
            (list(entries.values()), (numbers, places)), shape=(len(self.least), 2 * len(self.keys))
        )

    def ranges(self, most: int | None) -> dict[Key, Range]:
        """As `System` says it."""
        rng, size = np.random.default_rng(0), len(self.keys)
        aims = [np.ones(size), *rng.choice([-1.0, 1.0], (ROUNDS, size))]
        seen = np.stack([self._best(sign * aim, 0) for aim in aims for sign in (1.0, -1.0)])
        least, width = seen.min(axis=0), (seen.max(axis=0) - seen.min(axis=0)) / self.scale
        chosen = self.alike <= (most or self.alike.max())
        for place in np.flatnonzero(chosen & (width < np.where(self.whole[:size], 1 / self.scale, WIDE))).tolist():
            aim = np.eye(1, size, place)[0]
            low, high = (self._best(sign * aim, self.whole)[place] for sign in (1.0, -1.0))
            least[place], width[place] = low, (high - low) / self.scale[place]
        found = zip(self.keys, width.tolist(), least.tolist(), chosen.tolist(), strict=True)
        return {key: Range(share, low) for key, share, low, one in found if one}

    def _best(self, aim: Floats, whole: NDArray[np.int64] | int) -> Floats:
        """Values that fit everything told and make a sum as small as can be."""
        found = milp(
            np.concatenate([aim, np.zeros(len(aim))]),
            integrality=whole,
            bounds=Bounds(self.low, self.high),
            constraints=LinearConstraint(self.matrix, self.least, self.most),
        )
        assert found.status == 0, found.message
        return np.asarray(found.x[: len(aim)], np.float64)


def _atoms(
    ends: Mapping[Key, tuple[float, float, bool]], rows: Mapping[frozenset[tuple[Key, float]], tuple[float, float]]
) -> list[list[str]]:
    """People by what is told of their unknowns; which of several alike stands in which place does not matter."""
    numbers: dict[tuple[str, str], int] = defaultdict(int)
    called = {}
    for key in ends:
        called[key] = (key.name, numbers[key.person, key.name])
        numbers[key.person, key.name] += 1
    told: dict[str, set[Hashable]] = defaultdict(set)
    for key, given in ends.items():
        told[key.person].add((called[key], given))
    for number, (row, between) in enumerate(rows.items()):
        people = {key.person for key, _ in row}
        alone = frozenset((called[key], times) for key, times in row) if len(people) == 1 else number
        for key, times in row:
            told[key.person].add((alone, between, called[key], times))
    atoms: dict[frozenset[Hashable], list[str]] = defaultdict(list)
    for person, facts in told.items():
        atoms[frozenset(facts)].append(person)
    return list(atoms.values())
