"""Contributions told as reasons: which of them, in which order, in which words.

The strongest are told, whichever way they point; then those that can be acted on come before those that are context,
in either part those that raise the risk before those that lower it, and the stronger before the weaker. A text that
lowers says so itself, since it is also read where no sign stands beside it.

Columns of one topic (a signal's last value, its mean and its sum) share by chance what the thing contributes, often with
opposite signs. So a topic is one reason: with what its columns contribute together, in the words of the column that pulls
hardest that way. Nulls that read alike are one reason likewise, and where a source is missing, all its columns are. A null
can never be acted on: nothing is known there.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from features.build import Dates, Matrix
from features.days import NEVER
from features.feature import Feature, null_sentence, sentence

Floats = NDArray[np.float64]

LEAST: Final = 1e-6
"""A smaller contribution to the log-odds is no reason."""
LOWERS: Final = "Lowers the risk: "
TEAM: Final = "team"


@dataclass(frozen=True)
class Reason:
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
        everywhere = frozenset(background.missing)
        alone = np.asarray(np.isnan(rows[:, self._team]).all(axis=1))
        told = []
        for number, (row, phi) in enumerate(zip(rows, values, strict=True)):
            missing = everywhere | {TEAM} if alone[number] else everywhere
            days = {column: dates[number] for column, dates in background.dates.items()}
            told.append(self._row(row, self._joined(row, phi, missing), count, missing, days))
        return told

    def _row(
        self, row: Matrix, joined: Floats, count: int, missing: frozenset[str], days: Mapping[int, np.int32]
    ) -> list[Reason]:
        chosen: dict[str, Reason] = {}
        for j in np.lexsort((self._context, -np.abs(joined))).tolist():
            if len(chosen) == count or abs(joined[j]) < LEAST:
                break
            said = self._said(j, float(row[j]), missing, int(days.get(j, NEVER)))
            chosen.setdefault(said, self._reason(j, float(row[j]), float(joined[j]), said))
        return sorted(chosen.values(), key=lambda one: (not one.actionable, one.contribution < 0))

    def _joined(self, row: Matrix, phi: Floats, missing: frozenset[str]) -> Floats:
        """(columns,): what each topic, and each sentence of nulls, contributes, at its column that pulls hardest that way."""
        group = np.where(np.isnan(row), self._sentences(missing), self._topics)
        sums = np.bincount(group, weights=phi)
        rising = np.lexsort((self._last_first, np.sign(sums)[group] * phi))
        hardest = np.full(len(sums), -1)
        hardest[group[rising]] = rising
        places = hardest[hardest >= 0]
        joined = np.zeros(len(phi))
        joined[places] = sums[group[places]]
        return joined

    def _said(self, j: int, value: float, missing: frozenset[str], day: int) -> str:
        if np.isnan(value):
            return null_sentence(self.features[j], missing)
        return sentence(self.features[j], value, day, self.typical[j] if self.typical else None)

    def _reason(self, j: int, value: float, phi: float, said: str) -> Reason:
        feature, null = self.features[j], bool(np.isnan(value))
        text, direction = (said, "raises") if phi > 0 else (LOWERS + said, "lowers")
        shown = None if null or feature.group_only else value
        return Reason(feature.name, text, direction, phi, shown, feature.actionable and not null)

    def _sentences(self, missing: frozenset[str]) -> NDArray[np.int64]:
        """For each column a number that it shares with those whose nulls read alike; other numbers than of topics."""
        if missing not in self._known_sentences:
            said = [null_sentence(feature, missing) for feature in self.features]
            self._known_sentences[missing] = len(self.features) + _numbered(said)
        return self._known_sentences[missing]

    @cached_property
    def _known_sentences(self) -> dict[frozenset[str], NDArray[np.int64]]:
        return {}

    @cached_property
    def _topics(self) -> NDArray[np.int64]:
        """For each column a number that it shares with those of its topic."""
        return _numbered([feature.topic or f"column {feature.name}" for feature in self.features])

    @cached_property
    def _last_first(self) -> NDArray[np.int64]:
        return -np.arange(len(self.features))

    @cached_property
    def _context(self) -> NDArray[np.bool_]:
        return np.array([not feature.actionable for feature in self.features], dtype=np.bool_)

    @cached_property
    def _team(self) -> NDArray[np.bool_]:
        return np.array([feature.family == TEAM for feature in self.features], dtype=np.bool_)


def _numbered(names: Sequence[str]) -> NDArray[np.int64]:
    """For each name a number below `len(names)` that equal names share."""
    number = {name: place for place, name in enumerate(dict.fromkeys(names))}
    return np.array([number[name] for name in names], dtype=np.int64)
