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


_Topics = tuple[list[int], bool, list[float], list[float]]
"""Of each of a row's topics the column it is told by; whether anything is known of the team; then, and more may stand behind
them, of each topic the column's value and what it contributes."""
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
        for number, (columns, known, own, phi) in enumerate(strongest):
            gone = missing if known else alone
            said = [self._said(j, value, gone, dates, number) for j, value in zip(columns, own, strict=False)]
            if len(set(said)) == len(said):
                found.append(list(map(self._reason, columns, own, phi, said)))
            else:
                one = slice(number, number + 1)
                (every,) = self._strongest(_ordered, rows[one], values[one], missing, len(self.features))
                found.append(self._apart(every, count, gone, dates, number))
        return found

    def _apart(self, every: _Topics, count: int, gone: frozenset[str], dates: Dates, number: int) -> list[Reason]:
        """The reasons of a row of whose strongest some read alike: of these the strongest alone is told."""
        columns, _, own, phi = every
        chosen: dict[str, Reason] = {}
        for j, value, part in zip(columns, own, phi, strict=False):
            said = self._said(j, value, gone, dates, number)
            if said not in chosen and len(chosen) < count:
                chosen[said] = self._reason(j, value, part, said)
        return sorted(chosen.values(), key=lambda one: 2 * (not one.actionable) + (one.direction == "lowers"))

    def _strongest(
        self, ordered: Any, rows: Matrix, values: Floats, missing: frozenset[str], count: int
    ) -> Iterator[_Topics]:
        """For each row its strongest topics, in the order in which `_ordered` or `_in_turn` puts them."""
        most = min(count, len(self.features))
        order, numbers = np.empty((len(rows), most + 2), np.int64), np.empty((len(rows), 2, most))
        ordered(rows, values, self._about(missing), order, numbers)
        for (*columns, end, known), (own, phi) in zip(order.tolist(), numbers.tolist(), strict=True):
            yield columns[:end], known == 1, own, phi

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

    def _about(self, missing: frozenset[str]) -> Places:
        """What `_ordered` reads of the columns."""
        if missing not in self._known:
            topics = _numbered([feature.topic or f"column {feature.name}" for feature in self.features])
            sentences = [
                len(topics) + _numbered([null_sentence(feature, gone) for feature in self.features])
                for gone in (missing, missing | {TEAM})
            ]
            context = [not feature.actionable for feature in self.features]
            team = [feature.family == TEAM for feature in self.features]
            self._known[missing] = np.array([topics, *sentences, context, team], dtype=np.int64)
        return self._known[missing]

    @cached_property
    def _known(self) -> dict[frozenset[str], Places]:
        return {}

    @cached_property
    def _usual(self) -> list[str | None]:
        """What is usual, in words, by column; None where it is not known."""
        typical = self.typical or [None] * len(self.features)
        pairs = zip(self.features, typical, strict=True)
        return [None if value is None else in_words(feature, value) for feature, value in pairs]


@compiled
def _ordered(rows: Matrix, values: Floats, about: Places, order: Places, numbers: Floats) -> None:
    """For each row so many topics as there is room for, by what their columns contribute together, the strongest first.

    A topic stands at its column that pulls hardest that way, the first of equals; a column's nulls stand with those that
    read alike. Of equals, what can be acted on comes first.

    Parameters
    ----------
    about
        (5, columns): a number that a column shares with those of its topic; other numbers, that it shares with those whose
        nulls read alike, where the row's team is known, and where not; whether it is context; whether it is the team's.
    order
        (n, room + 2) columns, then how many they are, and whether the row's team is known.
    numbers
        (n, 2, room) the columns' values, and what the topics contribute.
    """
    topics, context, width, most = about[0], about[3], values.shape[1], numbers.shape[2]
    total, pull, hardest = np.empty(2 * width), np.empty(2 * width), np.empty(2 * width, np.int32)
    group, strength = np.empty(width, np.int64), np.empty(width)
    for row in range(len(rows)):
        known = False
        for j in range(width):
            known |= about[4, j] == 1 and not np.isnan(rows[row, j])
        nulls = about[1] if known else about[2]
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
        end, joined = 0, numbers[row, 1]
        for j in range(width):
            if strength[j] >= LEAST and (end < most or strength[j] >= abs(joined[end - 1])):
                end = _placed(order[row], joined, end, j, total[group[j]], context)
        for at in range(end):
            numbers[row, 0, at] = rows[row, order[row, at]]
        order[row, most], order[row, most + 1] = end, known


@compiled
def _placed(order: Places, joined: Floats, end: int, column: int, phi: float, context: Places) -> int:
    """Put a column among the ordered ones, if it is strong enough for the room there is; how many they are then."""
    at = end
    while at > 0 and (
        abs(joined[at - 1]) < abs(phi) or (abs(joined[at - 1]) == abs(phi) and context[order[at - 1]] > context[column])
    ):
        at -= 1
    if at == len(joined):
        return end
    end = min(end + 1, len(joined))
    for behind in range(end - 1, at, -1):
        order[behind], joined[behind] = order[behind - 1], joined[behind - 1]
    order[at], joined[at] = column, phi
    return end


@compiled
def _in_turn(rows: Matrix, values: Floats, about: Places, order: Places, numbers: Floats) -> None:
    """The same, in the order in which they are told: what can be acted on first, in either part those that raise."""
    _ordered(rows, values, about, order, numbers)
    for row in range(len(rows)):
        columns, own, phi = order[row], numbers[row, 0], numbers[row, 1]
        for end in range(1, columns[-2]):
            for at in range(end, 0, -1):
                if _turn(columns[at - 1], own[at - 1], phi[at - 1], about[3]) <= _turn(
                    columns[at], own[at], phi[at], about[3]
                ):
                    break
                columns[at - 1], columns[at] = columns[at], columns[at - 1]
                own[at - 1], own[at] = own[at], own[at - 1]
                phi[at - 1], phi[at] = phi[at], phi[at - 1]


@compiled
def _turn(column: int, value: float, phi: float, context: Places) -> int:
    """Where a reason stands among those told; equal places keep the order of strength."""
    return (2 if context[column] == 1 or np.isnan(value) else 0) + (1 if phi < 0 else 0)


def _numbered(names: Sequence[str]) -> Places:
    """For each name a number below `len(names)` that equal names share."""
    number = {name: place for place, name in enumerate(dict.fromkeys(names))}
    return np.array([number[name] for name in names], dtype=np.int64)
