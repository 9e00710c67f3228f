"""Contributions told as reasons: which of them, in which order, in which words.

The strongest are told, whichever way they point; then those that can be acted on come before those that are context,
in either part those that raise the risk before those that lower it, and the stronger before the weaker. A text that
lowers says so itself, since it is also read where no sign stands beside it.

Columns of one topic (a signal's last value, its mean and its sum) share by chance what the thing contributes, often with
opposite signs. So a topic is one reason: with what its columns contribute together, in the words of the column that pulls
hardest that way. Nulls that read alike are one reason likewise, and where a source is missing, all its columns are. A null
can never be acted on: nothing is known there.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from features.build import Dates, Matrix
from features.compiled import compiled
from features.days import NEVER
from features.feature import Feature, in_words, null_sentence, told
from models.layout import index

Floats = NDArray[np.float64]
Places = NDArray[np.int64]

LEAST: Final = 1e-6
"""A smaller contribution to the log-odds is no reason."""
LOWERS: Final = "Lowers the risk: "
TEAM: Final = "team"
_REMEMBERED: Final = 2**14
"""At most so many texts are remembered."""


class Reason(Struct, frozen=True, gc=False):
    """One topic's part in one risk."""

    feature: str
    """The column whose words it has."""
    text: str
    direction: str
    """`raises` or `lowers`."""
    contribution: float
    """In log-odds, signed; of all columns of the topic, or of all nulls that read so."""
    value: float | None
    """The feature's value; None where it is null or may not be shown."""
    actionable: bool
    """True where somebody can do something about it; False for context."""


@dataclass(frozen=True)
class Background:
    """What is known of rows besides their values."""

    missing: Collection[str] = ()
    """Tables that do not exist there."""
    dates: Dates = field(default_factory=dict)
    """Days that values date from."""


_Told = tuple[list[int], list[float], list[float], list[int]]
_Key = tuple[int, float, int]
"""Column, value and day."""


@dataclass(frozen=True)
class Teller:
    """Tells the reasons of a model with these columns; threads may share it."""

    features: tuple[Feature, ...]
    typical: Sequence[float | None] = ()
    """What is usual, by column; empty where it is not known."""
    _texts: dict[_Key, str] = field(default_factory=dict, repr=False, compare=False)
    """What was said of a value, of whomever: most reasons read like another's."""

    def tell(self, rows: Matrix, values: Floats, count: int, background: Background) -> list[list[Reason]]:
        """At most `count` reasons for each row.

        Parameters
        ----------
        rows
            (n, columns) features, NaN for null; a row without any team value is of somebody whose team is not known.
        values
            (n, columns) contributions in log-odds.
        """
        if not count:
            return [[] for _ in rows]
        missing, dates = frozenset(background.missing), background.dates
        alone, found = missing | {TEAM}, list[list[Reason]]()
        strongest = self._strongest(_in_turn, rows, values, missing, count)
        for number, (columns, own, phi, (end, known)) in enumerate(strongest):
            gone = missing if known else alone
            said = [self._said(j, value, gone, dates, number) for j, value in zip(columns[:end], own, strict=False)]
            if len(set(said)) == end:
                found.append(list(map(self._reason, columns, own, phi, said)))
            else:
                one = slice(number, number + 1)
                (every,) = self._strongest(_ordered, rows[one], values[one], missing, len(self.features))
                found.append(self._apart(every, count, gone, dates, number))
        return found

    def _apart(self, every: _Told, count: int, gone: frozenset[str], dates: Dates, number: int) -> list[Reason]:
        """The reasons of a row of whose strongest some read alike: of these the strongest alone is told."""
        columns, own, phi, (end, _) = every
        chosen: dict[str, Reason] = {}
        for j, value, part in zip(columns[:end], own, phi, strict=False):
            said = self._said(j, value, gone, dates, number)
            if said not in chosen and len(chosen) < count:
                chosen[said] = self._reason(j, value, part, said)
        return sorted(chosen.values(), key=lambda one: 2 * (not one.actionable) + (one.direction == "lowers"))

    def _strongest(
        self, ordered: Any, rows: Matrix, values: Floats, missing: frozenset[str], count: int
    ) -> "Iterator[_Told]":
        """For each row its strongest topics, in the order in which `_ordered` or `_in_turn` puts them.

        Returns
        -------
        Of each topic the column it is told by, its value, and what the topic contributes; then how many they are (more
        than these stand there), and whether anything is known of the team.
        """
        shape = len(rows), min(count, len(self.features))
        order, own, joined = np.empty(shape, np.int32), np.empty(shape), np.empty(shape)
        ends = np.empty((len(rows), 2), np.int64)
        ordered(rows, values, self._topics, self._sentences(missing), self._sentences(missing | {TEAM}), self._context,
                self._team, order, own, joined, ends)  # fmt: skip
        return zip(order.tolist(), own.tolist(), joined.tolist(), ends.tolist(), strict=True)

    def _said(self, j: int, value: float, gone: frozenset[str], dates: Dates, number: int) -> str:
        """A column's value in words, NaN for null; without saying whether it raises or lowers."""
        if value != value:  # noqa: PLR0124 - null
            return null_sentence(self.features[j], gone)
        key = j, value, dates[j].item(number) if j in dates else NEVER
        return self._texts.get(key) or self._remembered(*key)

    def _remembered(self, j: int, value: float, day: int) -> str:
        """Put a value into words; what was is forgotten where there is too much to remember."""
        if len(self._texts) >= _REMEMBERED:
            self._texts.clear()
        self._texts[j, value, day] = said = told(self.features[j], value, day, self._usual[j])
        return said

    def _reason(self, j: int, value: float, phi: float, said: str) -> Reason:
        """The reason that a column's topic is, of which `said` says the value."""
        feature, null = self.features[j], value != value  # noqa: PLR0124
        shown = None if null or feature.group_only else value
        if phi > 0:
            return Reason(feature.name, said, "raises", phi, shown, feature.actionable and not null)
        return Reason(feature.name, LOWERS + said, "lowers", phi, shown, feature.actionable and not null)

    def _sentences(self, missing: frozenset[str]) -> Places:
        """For each column a number that it shares with those whose nulls read alike; other numbers than of topics."""
        if missing not in self._known_sentences:
            said = [null_sentence(feature, missing) for feature in self.features]
            self._known_sentences[missing] = len(self.features) + _numbered(said)
        return self._known_sentences[missing]

    @cached_property
    def _known_sentences(self) -> dict[frozenset[str], NDArray[np.int64]]:
        return {}

    @cached_property
    def _usual(self) -> list[str | None]:
        """What is usual, in words, by column; None where it is not known."""
        typical = self.typical or [None] * len(self.features)
        pairs = zip(self.features, typical, strict=True)
        return [None if value is None else in_words(feature, value) for feature, value in pairs]

    @cached_property
    def _topics(self) -> Places:
        """For each column a number that it shares with those of its topic."""
        return _numbered([feature.topic or f"column {feature.name}" for feature in self.features])

    @cached_property
    def _context(self) -> NDArray[np.bool_]:
        return np.array([not feature.actionable for feature in self.features], dtype=np.bool_)

    @cached_property
    def _team(self) -> Places:
        return np.array([j for j, feature in enumerate(self.features) if feature.family == TEAM], dtype=np.int64)


@compiled
def _ordered(
    rows: Matrix,
    values: Floats,
    topics: Places,
    sentences: Places,
    alone: Places,
    context: NDArray[np.bool_],
    team: Places,
    order: NDArray[np.int32],
    own: Floats,
    joined: Floats,
    ends: Places,
) -> None:
    """For each row so many topics as there is room for, by what their columns contribute together, the strongest first.

    A topic stands at its column that pulls hardest that way, the first of equals; a column's nulls stand with those that
    read alike, of somebody without any team value by `alone`, else by `sentences`. Of equals, what can be acted on comes
    first.
    """
    width = values.shape[1]
    total, pull, hardest = np.empty(2 * width), np.empty(2 * width), np.empty(2 * width, np.int32)
    group, strength = np.empty(width, np.int64), np.empty(width)
    for row in range(len(rows)):
        known = False
        for j in team:
            known |= not np.isnan(rows[row, j])
        nulls = sentences if known else alone
        for j in range(width):
            group[j] = nulls[j] if np.isnan(rows[row, j]) else topics[j]
        total[:], pull[:] = 0.0, -np.inf
        for j in range(width):
            total[index(group[j])] += values[row, j]
        for j in range(width):
            g = index(group[j])
            own_pull = np.copysign(1.0, total[g]) * values[row, j]
            harder = own_pull > pull[g]
            pull[g] = own_pull if harder else pull[g]
            hardest[g] = j if harder else hardest[g]
        for j in range(width):
            g = index(group[j])
            strength[j] = abs(total[g]) if hardest[g] == j else 0.0
        end = 0
        for j in range(width):
            if strength[j] >= LEAST and (end < order.shape[1] or strength[j] >= abs(joined[row, end - 1])):
                end = _placed(order[row], joined[row], end, j, total[group[j]], context)
        for at in range(end):
            own[row, at] = rows[row, order[row, at]]
        ends[row, 0], ends[row, 1] = end, known


@compiled
def _placed(
    order: NDArray[np.int32], joined: Floats, end: int, column: int, phi: float, context: NDArray[np.bool_]
) -> int:
    """Put a column among the ordered ones, if it is strong enough for the room there is; how many they are then."""
    at = end
    while at > 0 and (
        abs(joined[at - 1]) < abs(phi)
        or (abs(joined[at - 1]) == abs(phi) and context[order[at - 1]] and not context[column])
    ):
        at -= 1
    if at == len(order):
        return end
    end = min(end + 1, len(order))
    for behind in range(end - 1, at, -1):
        order[behind], joined[behind] = order[behind - 1], joined[behind - 1]
    order[at], joined[at] = column, phi
    return end


@compiled
def _in_turn(
    rows: Matrix,
    values: Floats,
    topics: Places,
    sentences: Places,
    alone: Places,
    context: NDArray[np.bool_],
    team: Places,
    order: NDArray[np.int32],
    own: Floats,
    joined: Floats,
    ends: Places,
) -> None:
    """The same, in the order in which they are told: what can be acted on first, in either part those that raise."""
    _ordered(rows, values, topics, sentences, alone, context, team, order, own, joined, ends)
    for row in range(len(rows)):
        for end in range(1, ends[row, 0]):
            column, value, phi, at = order[row, end], own[row, end], joined[row, end], end
            while at > 0 and _turn(order[row, at - 1], own[row, at - 1], joined[row, at - 1], context) > _turn(
                column, value, phi, context
            ):
                order[row, at], own[row, at], joined[row, at] = (
                    order[row, at - 1],
                    own[row, at - 1],
                    joined[row, at - 1],
                )
                at -= 1
            order[row, at], own[row, at], joined[row, at] = column, value, phi


@compiled
def _turn(column: int, value: float, phi: float, context: NDArray[np.bool_]) -> int:
    """Where a reason stands among those told; equal places keep the order of strength."""
    return (2 if context[column] or np.isnan(value) else 0) + (1 if phi < 0 else 0)


def _numbered(names: Sequence[str]) -> Places:
    """For each name a number below `len(names)` that equal names share."""
    number = {name: place for place, name in enumerate(dict.fromkeys(names))}
    return np.array([number[name] for name in names], dtype=np.int64)
