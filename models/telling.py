"""Contributions told as reasons: which of them, in which order, in which words.

The strongest are told, whichever way they point; then those that can be acted on come before those that are context,
in either part those that raise the risk before those that lower it, and the stronger before the weaker. A text that
lowers says so itself, since it is also read where no sign stands beside it.

A null can never be acted on: nothing is known there. Nulls that read alike are one reason, with what they contribute
together; where a whole source is missing that is one reason for all its columns.
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
    """One feature's part in one risk."""

    feature: str
    text: str
    direction: str
    """`raises` or `lowers`."""
    contribution: float
    """In log-odds, signed; of all columns the text speaks for."""
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
        self, row: Matrix, phi: Floats, count: int, missing: frozenset[str], days: Mapping[int, np.int32]
    ) -> list[Reason]:
        size = np.abs(phi)
        chosen: dict[str, Reason] = {}
        for j in np.lexsort((self._context, -size)).tolist():
            if len(chosen) == count or size[j] < LEAST:
                break
            said = self._said(j, float(row[j]), missing, int(days.get(j, NEVER)))
            chosen.setdefault(said, self._reason(j, float(row[j]), float(phi[j]), said))
        return sorted(chosen.values(), key=lambda one: (not one.actionable, -np.sign(one.contribution)))

    def _joined(self, row: Matrix, phi: Floats, missing: frozenset[str]) -> Floats:
        """The contributions, those of nulls that read alike summed at the strongest of them."""
        nulls = np.flatnonzero(np.isnan(row))
        group = self._groups(missing)[nulls]
        rising = np.lexsort((-nulls, np.abs(phi[nulls])))
        strongest = dict(zip(group[rising].tolist(), nulls[rising].tolist(), strict=True))
        sums = np.bincount(group, weights=phi[nulls])
        joined = phi.copy()
        joined[nulls] = 0.0
        joined[list(strongest.values())] = sums[list(strongest)]
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

    def _groups(self, missing: frozenset[str]) -> NDArray[np.int64]:
        """For each column a number that it shares with those whose nulls read alike."""
        if missing not in self._known_groups:
            said = [null_sentence(feature, missing) for feature in self.features]
            number = {words: place for place, words in enumerate(dict.fromkeys(said))}
            self._known_groups[missing] = np.array([number[words] for words in said], dtype=np.int64)
        return self._known_groups[missing]

    @cached_property
    def _known_groups(self) -> dict[frozenset[str], NDArray[np.int64]]:
        return {}

    @cached_property
    def _team(self) -> NDArray[np.bool_]:
        return np.array([feature.family == TEAM for feature in self.features], dtype=np.bool_)

    @cached_property
    def _context(self) -> NDArray[np.bool_]:
        return np.array([not feature.actionable for feature in self.features], dtype=np.bool_)
