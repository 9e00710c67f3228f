"""Which columns and scores of a run's people are not what they were over the training window, and how far from it.

Every column is asked twice, whether its values lie elsewhere and whether its nulls are more or fewer; every score once.
`exact` gives each question's chance. Of all questions together (Holm's correction, which needs no independence: columns go
together) a run whose people are like the training window's brings any finding in at most `FALSE_ALARMS` of runs, however
many people it has.

That is about certainty. What counts is size, so each finding is graded by it::

    slight      fewer than `SLIGHT` of the people would have to stand elsewhere
    usual       hardly farther, by less than `SLIGHT`, than nine in ten days of the training window lay from it: season, the
                day of the month, a survey's date or something that met everybody does as much by itself
    marked      farther than that

Who is compared are mostly the same people on another day, so that chance moves them less than the test allows for: it
then alarms less often than it may. Columns that whole teams share hold fewer independent facts than people; what is found
there is said with that.

Source: Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 6 (1979).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from features.feature import Feature
from models.hazard import INTERVALS
from models.reference import Distribution, Reference, tally
from service.monitoring.exact import Counts, Difference, difference

FALSE_ALARMS: Final = 0.05
"""Chance, at most, that a run brings any finding though nothing has changed."""
LEVEL: Final = FALSE_ALARMS / 2
"""Below it a corrected chance is a finding. Half is kept in reserve: where bins end was seen in the training rows, some of
which are the reference's, so that chances are very nearly exact, but not quite."""
SLIGHT: Final = 0.1
"""A difference of fewer people in all is slight, however certain."""
SCORES: Final = tuple(f"score_{start}_{end}" for start, end in INTERVALS)
"""Names of the scores: the log-odds of leaving within each interval."""
_DIGITS: Final = 2
"""Of a distance that is told: one person more or fewer seldom shows."""
_SHARED: Final = ("team", "team_signals")

Grade = Literal["slight", "usual", "marked"]
Direction = Literal["rose", "fell", "spread", "narrowed", "more_nulls", "fewer_nulls"]
Matrix = NDArray[np.floating]


class Finding(Struct, frozen=True):
    """Something that differs from the training window by more than chance."""

    name: str
    """Of the column or the score."""
    source: str
    """The table it comes from; `scores` of a score."""
    direction: Direction
    distance: float
    """Share of all people who would have to stand elsewhere, at least; of nulls the change of their share. 0 to 1."""
    usual: float
    """How far nine in ten days of the training window lay from it."""
    p: float
    """Corrected for all questions of the run."""
    grade: Grade
    text: str


class Shift(Struct, frozen=True):
    """How a score lies to the training window's, found or not."""

    name: str
    distance: float
    usual: float
    direction: Direction


class Drift(Struct, frozen=True):
    """What a comparison brought."""

    scored: int
    """People of the run."""
    people: int
    """Of them compared: all, or a random part."""
    reference: int
    """People of the training window."""
    questions: int
    """How many were asked."""
    findings: tuple[Finding, ...]
    """The farthest first."""
    scores: tuple[Shift, ...]


class Counted(Struct, frozen=True):
    """People of a run by bin of the reference: of each column and each score the nulls, then the bins."""

    columns: dict[str, list[int]]
    scores: dict[str, list[int]]


@dataclass(frozen=True)
class _Question:
    """One difference that there could be."""

    name: str
    source: str
    shared: bool
    """Whether whole teams share the value."""
    nulls: bool
    """Whether it is asked of the nulls, else of the values."""
    usual: float
    found: Difference
    distance: float
    """Of all people, those without a value too."""


def counted(reference: Reference, features: Sequence[Feature], rows: Matrix, margins: Matrix) -> Counted:
    """Count a run's people in the reference's bins.

    Parameters
    ----------
    rows
        (people, columns) as the run scored them, NaN for null.
    margins
        (people, intervals) log-odds.
    """
    names = [feature.name for feature in features]
    return Counted(
        dict(zip(names, _tallies(reference.columns, rows), strict=True)),
        dict(zip(SCORES, _tallies(reference.scores, margins), strict=True)),
    )


def drift(reference: Reference, features: Sequence[Feature], run: Counted, scored: int = 0) -> Drift:
    """Compare counted people with the reference.

    Parameters
    ----------
    features
        The catalogue of the reference's columns.
    scored
        How many people the run scored; 0: those that were counted.
    """
    asked = [*_questions(reference, features, run)]
    ps = holm([one.found.p for one in asked])
    found = [_finding(one, p) for one, p in zip(asked, ps, strict=True) if p <= LEVEL]
    found.sort(key=lambda one: (one.grade != "marked", one.grade != "usual", -one.distance, one.name))
    of_scores = {one.name: one for one in asked if one.source == "scores" and not one.nulls}
    shifts = [
        Shift(name, round(one.distance, _DIGITS), one.usual, one.found.direction)  # type: ignore[arg-type]
        for name, one in of_scores.items()
    ]
    people = sum(next(iter(run.scores.values())))
    return Drift(scored or people, people, reference.people, len(asked), tuple(found), tuple(shifts))


def holm(ps: Sequence[float]) -> list[float]:
    """Chances corrected so that any below a level keeps the rate of runs with a false finding at that level.

    Examples
    --------
    >>> holm([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]
    """
    order = sorted(range(len(ps)), key=lambda place: ps[place])
    corrected, highest = [1.0] * len(ps), 0.0
    for rank, place in enumerate(order):
        highest = max(highest, min(1.0, (len(ps) - rank) * ps[place]))
        corrected[place] = highest
    return corrected


def _tallies(distributions: Sequence[Distribution], values: Matrix) -> Iterator[list[int]]:
    for one, column in zip(distributions, values.T, strict=True):
        nulls, counts = tally(np.asarray(one.edges), column)
        yield [nulls, *counts.tolist()]


def _questions(reference: Reference, features: Sequence[Feature], run: Counted) -> Iterator[_Question]:
    """Everything that could differ: what is the same for all people of both is no question."""
    for feature, was in zip(features, reference.columns, strict=True):
        source, shared = feature.source or feature.family, feature.family in _SHARED or feature.source in _SHARED
        for question in _both(was, run.columns[feature.name]):
            yield _Question(feature.name, source, shared, *question)
    for name, was in zip(SCORES, reference.scores, strict=True):
        for question in _both(was, run.scores[name]):
            yield _Question(name, "scores", False, *question)


def _both(was: Distribution, now: list[int]) -> Iterator[tuple[bool, float, Difference, float]]:
    """Of the values and of the nulls: what is usual, what was found, and how far that is of all people."""
    given, people = np.array(now[1:]), sum(now)
    values = difference(given, np.array(was.counts))
    nulls = difference(_halves(int(given.sum()), now[0]), _halves(sum(was.counts), was.nulls))
    if values is not None:
        yield False, was.swing, values, values.distance * float(given.sum()) / people
    if nulls is not None:
        yield True, was.null_swing, nulls, nulls.distance


def _halves(given: int, nulls: int) -> Counts:
    return np.array([given, nulls])


def _finding(one: _Question, p: float) -> Finding:
    direction = one.found.direction
    if one.nulls:
        direction = "more_nulls" if direction == "rose" else "fewer_nulls"
    grade: Grade = "marked"
    if one.distance < SLIGHT:
        grade = "slight"
    elif one.distance < one.usual + SLIGHT:
        grade = "usual"
    distance, text = round(one.distance, _DIGITS), _text(one, direction, grade)
    return Finding(one.name, one.source, direction, distance, one.usual, float(f"{p:.2g}"), grade, text)  # type: ignore[arg-type]


_SAID: Final = {
    "rose": "{name} rose",
    "fell": "{name} fell",
    "spread": "{name} has more low and more high values",
    "narrowed": "{name} has fewer low and fewer high values",
    "more_nulls": "{name} is null more often",
    "fewer_nulls": "{name} is null less often",
}
_GRADED: Final = {
    "slight": "which is certain, but slight",
    "usual": "hardly farther, if at all, than single days of the training window did ({usual} in 100), so season or a common event may be all",
    "marked": "farther than nine in ten days of the training window did ({usual} in 100)",
}


def _text(one: _Question, direction: str, grade: Grade) -> str:
    """A finding in words."""
    said = _SAID[direction].format(name=one.name)
    graded = _GRADED[grade].format(usual=_hundred(one.usual))
    sentence = f"{said} since training; at least {_hundred(one.distance)} in 100 people lie apart, {graded}."
    if one.shared:
        sentence += " Whole teams share its value, so a few teams may be all that changed."
    return sentence


def _hundred(share: float) -> str:
    return f"{100 * share:.0f}" if share >= 0.01 else f"{100 * share:.1f}"
