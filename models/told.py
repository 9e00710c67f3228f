"""Reasons of many people as JSON: letter for letter what telling them one by one gives (`telling`), in bulk.

Of a night's million reasons most read like another one: the same column, the same value, the same day. Each is put into words
once, and the people's own numbers, what it contributes, are put between its halves.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count, pairwise
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from features.build import Dates, Matrix
from features.compiled import compiled
from features.days import NEVER
from models.telling import TEAM, Background, Floats, Places, Reason, Teller, place_of

_SPARE: Final = 3
"""So many more of a row's strongest are looked at than are asked for, since some may read alike."""
_DAYS: Final = 2**17
"""A key has room for so many different days in one call, and then for 4,000 columns."""
_CONTRIBUTION: Final = '"contribution":0.0,'


@dataclass(frozen=True)
class Words:
    """A reason but for what it contributes."""

    said: int
    """A number that it shares with those that read alike, whichever way they point."""
    place: int
    """Where it stands among those told: what can be acted on first, in either part those that raise."""
    head: str
    """Its JSON up to the contribution."""
    tail: str


@dataclass(frozen=True)
class Writer:
    """Writes reasons. What it has put into words it remembers, so it is made anew for every run; threads may share it."""

    teller: Teller
    most: int
    """At most so many reasons a row."""
    _words: dict[tuple[int, ...], Words] = field(default_factory=dict)
    _said: dict[str, int] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=count)

    def json(self, rows: Matrix, values: Floats, background: Background) -> list[str]:
        """For each row the JSON list of the reasons that `Teller.tell` gives; see there."""
        if not len(rows):
            return []
        order, joined, ends = self.teller.strongest(rows, values, background)
        width = min(self.most + _SPARE, order.shape[1])
        there = np.arange(width) < ends[:, :1]
        column = np.where(there, order[:, :width], 0)
        phi = np.where(there, joined[:, :width], 0.0)
        words, which = self._distinct(rows, column, phi > 0, ends[:, 1] > 0, background)
        said, place = (np.array([getattr(one, name) for one in words])[which] for name in ("said", "place"))
        chosen, found = np.zeros((len(rows), self.most), np.int64), np.zeros(len(rows), np.int64)
        _choose(said, place, np.minimum(ends[:, 0], width), chosen, found)
        told = _written(words, np.take_along_axis(which, chosen, 1), np.take_along_axis(phi, chosen, 1), found)
        for row in np.flatnonzero((found < self.most) & (ends[:, 0] > width)).tolist():
            told[row] = self._alone(rows, values, background, row)
        return told

    def _distinct(
        self, rows: Matrix, column: Places, raises: NDArray[np.bool_], known: NDArray[np.bool_], background: Background
    ) -> tuple[list[Words], Places]:
        """The words of all that read differently, and for each reason of each row which of these are its own."""
        value = np.take_along_axis(rows, column.astype(np.int64), 1)
        bits = np.where(np.isnan(value), np.float32(np.nan), value).view(np.uint32).astype(np.int64)
        team = np.where(np.isnan(value), known[:, None], True)  # which only nulls ask for
        facts = np.stack([column, bits, _days(column, background.dates), raises, team], axis=-1).reshape(-1, 5)
        _, first, which = np.unique(_keys(facts), return_index=True, return_inverse=True)
        missing = frozenset(background.missing)
        return [self._put(tuple(fact), missing) for fact in facts[first].tolist()], which.reshape(column.shape)

    def _put(self, fact: tuple[int, ...], missing: frozenset[str]) -> Words:
        """Put a reason into words, or remember them: column, bits of the value, day, whether it raises, team known."""
        if (words := self._words.get(fact)) is None:
            column, bits, day, raises, team = fact
            value = float(np.uint32(bits).view(np.float32))
            said = self.teller.said(column, value, missing if team else missing | {TEAM}, day)
            reason = self.teller.reason(column, value, 1.0 if raises else -1.0, said)
            head, _, tail = _encoded([msgspec.structs.replace(reason, contribution=0.0)])[1:-1].rpartition(
                _CONTRIBUTION
            )
            number = self._said.setdefault(said, next(self._numbers))
            words = Words(number, place_of(reason), f"{head}{_CONTRIBUTION[:-4]}", f",{tail}")
            self._words[fact] = words
        return words

    def _alone(self, rows: Matrix, values: Floats, background: Background, row: int) -> str:
        """A row of which more reasons must be looked at."""
        dates = {column: days[row : row + 1] for column, days in background.dates.items()}
        one = slice(row, row + 1)
        return _encoded(self.teller.tell(rows[one], values[one], self.most, Background(background.missing, dates))[0])


def _encoded(told: list[Reason]) -> str:
    return msgspec.json.encode(told).decode()


def _days(column: Places, dates: Dates) -> NDArray[np.int64]:
    """The day that each reason's value dates from, NEVER for none."""
    found = np.full(column.shape, NEVER, np.int64)
    for dated, days in dates.items():
        rows, places = np.nonzero(column == dated)
        found[rows, places] = days[rows]
    return found


def _keys(facts: NDArray[np.int64]) -> NDArray[np.int64]:
    """A number for each reason, equal where all that it says but its contribution is equal."""
    column, bits, day, raises, team = facts.T
    _, day_number = np.unique(day, return_inverse=True)
    return np.asarray((((column * _DAYS + day_number) * 2 + raises) * 2 + team) << 32 | bits)


@compiled
def _choose(said: Places, place: Places, ends: Places, chosen: Places, found: Places) -> None:
    """For each row the strongest that read differently, in the order in which they are told, and how many they are."""
    most = chosen.shape[1]
    for row in range(len(said)):
        count = 0
        for at in range(ends[row]):
            known = False
            for k in range(count):
                known |= said[row, chosen[row, k]] == said[row, at]
            if count < most and not known:
                chosen[row, count] = at
                count += 1
        found[row] = count
        for k in range(1, count):
            one, to = chosen[row, k], k
            while to > 0 and place[row, chosen[row, to - 1]] > place[row, one]:
                chosen[row, to] = chosen[row, to - 1]
                to -= 1
            chosen[row, to] = one


def _written(words: list[Words], which: Places, phi: Floats, found: Places) -> list[str]:
    """The JSON of each row's chosen reasons."""
    mask = np.arange(which.shape[1]) < found[:, None]
    heads, tails = [one.head for one in words], [one.tail for one in words]
    numbers = msgspec.json.encode(phi[mask].tolist()).decode()[1:-1].split(",")
    said = [f"{heads[at]}{number}{tails[at]}" for at, number in zip(which[mask].tolist(), numbers, strict=False)]
    ends = [0, *np.cumsum(found).tolist()]
    return [f"[{','.join(said[start:end])}]" for start, end in pairwise(ends)]
