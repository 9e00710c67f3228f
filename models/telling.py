"""Contributions told as reasons: which of them, in which order, in which words.

The strongest are told, whichever way they point; then those that can be acted on come before those that are context,
in either part those that raise the risk before those that lower it, and the stronger before the weaker. A text that
lowers says so itself, since it is also read where no sign stands beside it.

Columns of one topic (a signal's last value, its mean and its sum) share by chance what the thing contributes, often with
opposite signs. So a topic is one reason: with what its columns contribute together, in the words of the column that pulls
hardest that way. Nulls that read alike are one reason likewise, and where a source is missing, all its columns are. A null
can never be acted on: nothing is known there.
"""

import math
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from features.build import Dates, Matrix
from features.compiled import compiled
from features.days import NEVER
from features.feature import Feature, in_words, null_sentence, told

Floats = NDArray[np.float64]
Places = NDArray[np.int64]

LEAST: Final = 1e-6
"""A smaller contribution to the log-odds is no reason."""
LOWERS: Final = "Lowers the risk: "
TEAM: Final = "team"
_FEW: Final = 12


class Reason(Struct, frozen=True):
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


@dataclass(frozen=True)
class Teller:
    """Tells the reasons of a model with these columns."""

    features: tuple[Feature, ...]
    typical: Sequence[float | None] = ()
    """What is usual, by column; empty where it is not known."""

    def tell(self, rows: Matrix, values: Floats, count: int, background: Background) -> list[list[Reason]]:
        """At most `count` reasons for each row.

        Parameters
        ----------
        rows
            (n, columns) features, NaN for null; a row without any team value is of somebody whose team is not known.
        values
            (n, columns) contributions in log-odds.
        """
        missing = frozenset(background.missing)
        alone = missing | {TEAM}
        order, joined, ends = self.strongest(rows, values, background)
        found = []
        for number, (row, end, known) in enumerate(zip(rows, ends[:, 0].tolist(), ends[:, 1].tolist(), strict=True)):
            strongest = _in_turn(order[number, :end], joined[number, :end])
            found.append(self._row(row, strongest, count, missing if known else alone, background.dates, number))
        return found

    def strongest(
        self, rows: Matrix, values: Floats, background: Background
    ) -> tuple[NDArray[np.int32], Floats, Places]:
        """For each row its topics by what they contribute together, the strongest first.

        Returns
        -------
        Of each topic the column it is told by, and what it contributes, both (n, columns); and (n, 2) how many of a row say
        anything, and whether its team is known.
        """
        missing = frozenset(background.missing)
        order = np.empty(values.shape, np.int32)
        joined = np.empty(values.shape, np.float64)
        ends = np.empty((len(values), 2), np.int64)
        _ordered(rows, values, self._topics, self._sentences(missing), self._sentences(missing | {TEAM}), self._context,
                 self._team, order, joined, ends)  # fmt: skip
        return order, joined, ends

    def _row(
        self,
        row: Matrix,
        found: Iterable[tuple[int, float]],
        count: int,
        missing: frozenset[str],
        dates: Dates,
        number: int,
    ) -> list[Reason]:
        """The first `count` of the found (column, contribution) that read differently."""
        chosen: dict[str, Reason] = {}
        for j, phi in found:
            if len(chosen) == count:
                break
            value = float(row[j])
            said = self.said(j, value, missing, int(dates[j][number]) if j in dates else NEVER)
            if said not in chosen:
                chosen[said] = self.reason(j, value, phi, said)
        return sorted(chosen.values(), key=place_of)

    def said(self, j: int, value: float, missing: frozenset[str], day: int) -> str:
        """A column's value in words, NaN for null; without saying whether it raises or lowers."""
        if math.isnan(value):
            return null_sentence(self.features[j], missing)
        return told(self.features[j], value, day, self._usual[j])

    def reason(self, j: int, value: float, phi: float, said: str) -> Reason:
        """The reason that a column's topic is, of which `said` says the value."""
        feature, null = self.features[j], math.isnan(value)
        text, direction = (said, "raises") if phi > 0 else (LOWERS + said, "lowers")
        shown = None if null or feature.group_only else value
        return Reason(feature.name, text, direction, phi, shown, feature.actionable and not null)

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
    def _team(self) -> NDArray[np.bool_]:
        return np.array([feature.family == TEAM for feature in self.features], dtype=np.bool_)


def place_of(reason: Reason) -> int:
    """Where a reason stands among those told; equal places keep the order of strength."""
    return 2 * (not reason.actionable) + (reason.direction == "lowers")


def _in_turn(order: NDArray[np.int32], joined: Floats) -> Iterator[tuple[int, float]]:
    """Columns and what they contribute, made Python's own a few at a time: seldom are all asked for."""
    for start in range(0, len(order), _FEW):
        yield from zip(order[start : start + _FEW].tolist(), joined[start : start + _FEW].tolist(), strict=True)


@compiled
def _ordered(
    rows: Matrix,
    values: Floats,
    topics: Places,
    sentences: Places,
    alone: Places,
    context: NDArray[np.bool_],
    team: NDArray[np.bool_],
    order: NDArray[np.int32],
    joined: Floats,
    ends: Places,
) -> None:
    """For each row its topics by what they contribute together, the strongest first.

    A topic stands at its column that pulls hardest that way, the first of equals; a column's nulls stand with those that
    read alike, of somebody without any team value by `alone`, else by `sentences`. Of equals, what can be acted on comes
    first. `ends` holds how many topics say anything, and whether the team is known.
    """
    width = values.shape[1]
    total, hardest = np.empty(2 * width), np.empty(2 * width, np.int32)
    group = np.empty(width, np.int64)
    for row in range(len(rows)):
        known = False
        for j in range(width):
            known |= team[j] and not np.isnan(rows[row, j])
        total[:], hardest[:] = 0.0, -1
        for j in range(width):
            null = sentences[j] if known else alone[j]
            group[j] = null if np.isnan(rows[row, j]) else topics[j]
            total[group[j]] += values[row, j]
        for j in range(width):
            g = group[j]
            sign = np.sign(total[g])
            if hardest[g] < 0 or sign * values[row, j] > sign * values[row, hardest[g]]:
                hardest[g] = j
        end = 0
        for j in range(width):
            phi = total[group[j]]
            if hardest[group[j]] == j and abs(phi) >= LEAST:
                _place_in(order[row], joined[row], end, j, phi, context)
                end += 1
        ends[row, 0], ends[row, 1] = end, known


@compiled
def _place_in(
    order: NDArray[np.int32], joined: Floats, end: int, column: int, phi: float, context: NDArray[np.bool_]
) -> None:
    """Inserts a column into the ordered ones."""
    at = end
    while at > 0 and (
        abs(joined[at - 1]) < abs(phi)
        or (abs(joined[at - 1]) == abs(phi) and context[order[at - 1]] and not context[column])
    ):
        order[at], joined[at] = order[at - 1], joined[at - 1]
        at -= 1
    order[at], joined[at] = column, phi


def _numbered(names: Sequence[str]) -> Places:
    """For each name a number below `len(names)` that equal names share."""
    number = {name: place for place, name in enumerate(dict.fromkeys(names))}
    return np.array([number[name] for name in names], dtype=np.int64)
