"""Contributions told as reasons: which of them, in which order, in which words.

The strongest are told, whichever way they point; then those that can be acted on come before those that are context,
in either part those that raise the risk before those that lower it, and the stronger before the weaker. A text that
lowers says so itself, since it is also read where no sign stands beside it.

Columns of one topic (a signal's last value, its mean and its sum) share by chance what the thing contributes, often with
opposite signs. So a topic is one reason: with what its columns contribute together, in the words of the column that pulls
hardest that way. Nulls that read alike are one reason likewise, and where a source is missing, all its columns are. A null
can never be acted on: nothing is known there.

Reasons are told as JSON, as they are answered and stored. All of one but its contribution reads as it does for anybody else
with that value, so it is put into words once and remembered.
"""

import struct
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Final, NamedTuple, TypeVar

import numpy as np
from msgspec import Struct
from msgspec.json import Decoder, Encoder

from features.build import Dates, Matrix
from features.feature import ABSENT, Feature, in_words, null_sentence, told
from models import topics
from models.topics import Floats, Places

LOWERS: Final = "Lowers the risk: "
TEAM: Final = "team"
_SOURCES: Final = tuple(ABSENT)
_REMEMBERED: Final = 2**14
"""At most so many wordings are remembered."""
_One = TypeVar("_One")
_ENCODER: Final = Encoder()
_KEY: Final = struct.Struct("4d")
"""As `topics.COLUMN` and the others say."""
_BYTES: Final = np.dtype(f"V{_KEY.size}")


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


class Background(NamedTuple):
    """What is known of rows besides their values."""

    missing: Collection[str] = ()
    """Tables that do not exist there."""
    dates: Dates = MappingProxyType({})
    """Days that values date from."""


_DECODER: Final = Decoder(list[Reason])


class _Wording(NamedTuple):
    """All of a reason but its contribution."""

    before: bytes
    """Its JSON up to the contribution."""
    behind: bytes
    """Its JSON from there on."""
    said: str
    """Its value in words, without saying whether it raises or lowers the risk."""
    turn: int
    """Where it stands among those told."""


class _Wordings(dict[bytes, _Wording]):
    """Wordings by key (`_KEY`); one that is asked for is made, and remembered, of whomever it was.

    Parameters
    ----------
    usual
        What is usual, in words, by column; None where it is not known.
    """

    def __init__(self, features: Sequence[Feature], usual: Sequence[str | None]) -> None:
        super().__init__()
        self._features, self._usual = features, usual

    def __missing__(self, key: bytes) -> _Wording:
        """Put a value into words; what was is forgotten where there is too much to remember."""
        if len(self) >= _REMEMBERED:
            self.clear()
        column, value, day, manner = _KEY.unpack(key)
        self[key] = found = self._made(int(column), value, int(day), *divmod(int(manner), 2))
        return found

    def _made(self, column: int, value: float, day: int, null: int, lowers: int) -> _Wording:
        if column < 0:
            return _Wording(b"", b"", f"\0{value}", 0)  # no text of a reason begins so
        feature = self._features[column]
        said = null_sentence(feature, _missing(null)) if null else told(feature, value, day, self._usual[column])
        shown = None if null or feature.group_only else value
        text, direction = (LOWERS + said, "lowers") if lowers else (said, "raises")
        actionable = feature.actionable and not null
        whole = _ENCODER.encode(Reason(feature.name, text, direction, 0.0, shown, actionable))
        before, gap, behind = whole.partition(b'"contribution":')  # in a text its quotes would be escaped
        return _Wording(before + gap, behind.removeprefix(b"0.0"), said, 2 * (not actionable) + lowers)


@dataclass(frozen=True)
class Teller:
    """Tells the reasons of a model with these columns; threads may share it."""

    features: tuple[Feature, ...]
    typical: Sequence[float | None] = ()
    """What is usual, by column; empty where it is not known."""

    def tell(self, rows: Matrix, values: Floats, count: int, background: Background) -> list[list[Reason]]:
        """`written` as objects."""
        return [_DECODER.decode(one) for one in self.written(rows, values, count, background)]

    def written(self, rows: Matrix, values: Floats, count: int, background: Background) -> list[bytes]:
        """At most `count` reasons for each row: a JSON array of `Reason`.

        Parameters
        ----------
        rows
            (n, columns) features, NaN for null; a row without any team value is of somebody whose team is not known.
        values
            (n, columns) contributions in log-odds.
        """
        most = min(count, len(self.features))
        if not (most and len(rows)):
            return [b"[]"] * len(rows)
        wordings, parts = self._strongest(rows, values, most, background, in_turn=True)
        before, behind, said, _ = zip(*wordings, strict=True)
        found = [_listed(own) for own in _by_row(map(b"".join, zip(before, parts, behind, strict=True)), most)]
        for row, texts in enumerate(_by_row(said, most)):
            if len(set(texts)) < most:
                found[row] = self._apart(slice(row, row + 1), rows, values, most, background)
        return found

    def _apart(self, row: slice, rows: Matrix, values: Floats, count: int, background: Background) -> bytes:
        """The reasons of a row of whose strongest some read alike: of these the strongest alone is told."""
        own = Background(background.missing, {column: days[row] for column, days in background.dates.items()})
        every = self._strongest(rows[row], values[row], len(self.features), own, in_turn=False)
        chosen: dict[str, tuple[_Wording, bytes]] = {}
        for wording, part in zip(*every, strict=True):
            if wording.before and len(chosen) < count:
                chosen.setdefault(wording.said, (wording, part))
        told = sorted(chosen.values(), key=lambda one: one[0].turn)
        return _listed([wording.before + part + wording.behind for wording, part in told])

    def _strongest(
        self, rows: Matrix, values: Floats, most: int, background: Background, *, in_turn: bool
    ) -> tuple[list[_Wording], list[bytes]]:
        """The wordings of so many of each row's topics, and as JSON what each contributes."""
        joined, keys = np.empty((len(rows), most)), np.empty((len(rows) * most, 4))
        topics.strongest(rows, values, *self._about(frozenset(background.missing)), in_turn, joined, keys)
        if dates := background.dates:
            for place, column in enumerate(keys[:, topics.COLUMN].tolist()):
                if column in dates:
                    keys[place, topics.DAY] = dates[column].item(place // most)
        asked: list[bytes] = keys.view(_BYTES).ravel().tolist()
        return list(map(self._wordings.__getitem__, asked)), numbers(joined)

    def _about(self, missing: frozenset[str]) -> tuple[Places, int, int, int]:
        """What `topics.strongest` reads of the columns, how many topics there are, and how a null is one."""
        if missing not in self._known:
            same = _numbered([feature.topic or f"column {feature.name}" for feature in self.features])
            sentences = [
                1 + same.max() + _numbered([null_sentence(feature, gone) for feature in self.features])
                for gone in (missing, missing | {TEAM})
            ]
            context = [not feature.actionable for feature in self.features]
            team = [feature.family == TEAM for feature in self.features]
            about = np.array([same, *sentences, context, team], dtype=np.int64)
            self._known[missing] = about, int(about.max()) + 1, _null(missing), _null(missing | {TEAM})
        return self._known[missing]

    @cached_property
    def _known(self) -> dict[frozenset[str], tuple[Places, int, int, int]]:
        return {}

    @cached_property
    def _wordings(self) -> _Wordings:
        typical = self.typical or [None] * len(self.features)
        pairs = zip(self.features, typical, strict=True)
        return _Wordings(
            self.features, [None if value is None else in_words(feature, value) for feature, value in pairs]
        )


def numbers(values: Floats) -> list[bytes]:
    """Each number as JSON has it."""
    return _ENCODER.encode(values.ravel().tolist())[1:-1].split(b",")


def _by_row(values: Iterable[_One], size: int) -> Iterator[tuple[_One, ...]]:
    """Values of rows of one size, row by row."""
    return zip(*[iter(values)] * size, strict=True)


def _listed(reasons: Iterable[bytes]) -> bytes:
    """Reasons as a JSON array; where there is none, nothing but its contribution stands for it."""
    return b"[%b]" % b",".join([one for one in reasons if one != b"null"])


def _null(missing: frozenset[str]) -> int:
    """How a null is one where these do not exist, or are not known at all: a bit for each, one more."""
    return 1 + sum(1 << place for place, name in enumerate(_SOURCES) if name in missing)


def _missing(null: int) -> frozenset[str]:
    """What does not exist where a null is one in that way."""
    return frozenset(name for place, name in enumerate(_SOURCES) if null - 1 >> place & 1)


def _numbered(names: Sequence[str]) -> Places:
    """For each name a number below `len(names)` that equal names share."""
    number = {name: place for place, name in enumerate(dict.fromkeys(names))}
    return np.array([number[name] for name in names], dtype=np.int64)
