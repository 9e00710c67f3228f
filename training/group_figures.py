"""Each group's shares with their intervals, and what of them may be told; highest and lowest of an attribute.

Definitions are Fairlearn's: selection rate, true positive rate, demographic parity, equal opportunity.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models import resampling
from models.evidence import Figure
from training import apart
from training.disclosure import LEAST, kept_back
from training.tallies import CUTS, Tallies

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

_NONE: Final = Figure(None)


@dataclass(frozen=True)
class AtCut:
    """One group at one list cut; None where undefined or kept back."""

    cut: str
    listed: Figure
    """Share of its people listed (selection rate)."""
    to_highest: Figure
    """That share over the highest of a judged group; under .8 it is less than four fifths."""
    to_lowest: Figure
    """That share over the lowest of a judged group."""
    to_others: Figure
    """That share over everybody else's."""
    recall: Figure
    """Share of its leavers listed (true positive rate)."""
    recall_to_others: Figure
    """That share less everybody else's."""
    precision: Figure
    """Share of those listed who left."""


@dataclass(frozen=True)
class Group:
    """One group of an attribute."""

    name: str
    people: int | None
    """Different people; None where kept back."""
    leavers: int | None
    """Different people who left within 90 days of an origin; None where kept back."""
    judged: bool
    """Large enough for its share listed to be judged."""
    withheld: bool
    """Some of its figures are kept back."""
    left: Figure
    """Share that left within 90 days."""
    left_to_others: Figure
    """That share over everybody else's."""
    observed_expected: Figure
    """Leavers over the sum of the risks: 1 is right, above, the group's risks are too low."""
    cuts: tuple[AtCut, ...]


@dataclass(frozen=True)
class Parity:
    """All judged groups of an attribute at one cut, by Fairlearn's definitions."""

    cut: str
    parity_ratio: Figure
    """Demographic parity ratio: lowest share listed over highest."""
    parity_difference: Figure
    opportunity_ratio: Figure
    """Equal opportunity ratio: lowest recall over highest."""
    opportunity_difference: Figure


@dataclass(frozen=True)
class Shares:
    """Shares by group in every draw, (1 + draws, groups), and over whom highest and lowest are taken."""

    listed: Floats
    to_others: Floats
    recall: Floats
    recall_to_others: Floats
    precision: Floats
    judged: Flags
    judged_by_recall: Flags

    @classmethod
    def of(cls, sums: Tallies, cut: str) -> "Shares":
        """All shares at one cut."""
        listed, found = sums.listed[cut], sums.found[cut]
        share, recall = listed / sums.rows, found / sums.left
        return cls(
            listed=share,
            to_others=share / (apart.others(listed) / apart.others(sums.rows)),
            recall=recall,
            recall_to_others=recall - apart.others(found) / apart.others(sums.left),
            precision=np.where(listed[0] >= LEAST, found / listed, np.nan),
            judged=apart.large(sums),
            judged_by_recall=apart.enough_leavers(sums),
        )


def groups(names: tuple[str, ...], sums: Tallies, shares: dict[str, Shares]) -> tuple[Group, ...]:
    """Every group, with what may be told of it.

    Of a group of too few people nothing is told. Where a count is kept back only for another's sake, shares that
    would give it away go with it, and its recall is rounded.
    """
    few, count_hidden = kept_back(sums.people)
    few_left, left_hidden = leavers_kept(sums)
    left, calibration = sums.left / sums.rows, sums.left / sums.expected
    left_to_others = left / (apart.others(sums.left) / apart.others(sums.rows))
    return tuple(
        Group(
            name=name,
            people=None if few[g] or count_hidden[g] else int(sums.people[g]),
            leavers=None if few_left[g] or left_hidden[g] else int(sums.leavers[g]),
            judged=bool(apart.large(sums)[g]),
            withheld=bool(few[g] or count_hidden[g] or few_left[g] or left_hidden[g]),
            left=_NONE if few_left[g] or left_hidden[g] else resampling.figure(left[:, g]),
            left_to_others=_NONE if few_left[g] or left_hidden[g] else resampling.figure(left_to_others[:, g]),
            observed_expected=_NONE if few_left[g] or left_hidden[g] else resampling.figure(calibration[:, g]),
            cuts=tuple(
                _at_cut(cut, shares[cut], g, (bool(few[g]), bool(few_left[g]), bool(left_hidden[g]))) for cut in CUTS
            ),
        )
        for g, name in enumerate(names)
    )


def _at_cut(cut: str, shares: Shares, g: int, kept: tuple[bool, bool, bool]) -> AtCut:
    """`kept`: too few people; too few leavers; leavers kept back for another group's sake."""
    few, few_left, left_hidden = kept
    highest, lowest = _ends(shares.listed, shares.judged)

    def told(values: Floats, *, unless: bool) -> Figure:
        return _NONE if unless else resampling.figure(values)

    recall = told(shares.recall[:, g], unless=few_left)
    return AtCut(
        cut=cut,
        listed=told(shares.listed[:, g], unless=few),
        to_highest=told(shares.listed[:, g] / highest, unless=few),
        to_lowest=told(shares.listed[:, g] / lowest, unless=few),
        to_others=told(shares.to_others[:, g], unless=few),
        recall=_coarse(recall) if left_hidden else recall,
        recall_to_others=told(shares.recall_to_others[:, g], unless=few_left or left_hidden),
        precision=told(shares.precision[:, g], unless=few_left or left_hidden),
    )


def leavers_kept(sums: Tallies) -> tuple[Flags, Flags]:
    """Groups whose leavers, or whose stayers, are too few to tell, and those kept back for their sake."""
    return kept_back(np.minimum(sums.leavers, sums.people - sums.leavers))


def parity(cut: str, shares: Shares, *, coarse: bool) -> Parity:
    """How far apart the judged groups are at one cut; opportunity to two digits where `coarse`, lest it give a count away."""
    most, least = _ends(shares.listed, shares.judged)
    best, worst = _ends(shares.recall, shares.judged_by_recall)
    ratio, difference = resampling.figure(worst / best), resampling.figure(best - worst)
    return Parity(
        cut=cut,
        parity_ratio=resampling.figure(least / most),
        parity_difference=resampling.figure(most - least),
        opportunity_ratio=_coarse(ratio) if coarse else ratio,
        opportunity_difference=_coarse(difference) if coarse else difference,
    )


def _ends(shares: Floats, among: Flags) -> tuple[Floats, Floats]:
    """(1 + draws,) each: the group that has the highest share, and the one with the lowest, in every draw.

    Which they are is settled by everybody as they are, since in a draw the highest of many is higher by chance. NaN
    where fewer than two groups can be compared.
    """
    places = np.flatnonzero(among)
    if len(places) < 2:
        return np.full(len(shares), np.nan), np.full(len(shares), np.nan)
    ordered = places[np.argsort(shares[0, places], kind="stable")]
    return shares[:, ordered[-1]], shares[:, ordered[0]]


def _coarse(figure: Figure) -> Figure:
    """To two digits, so that no count can be told from it."""
    return Figure(*(None if value is None else round(value, 2) for value in (figure.value, figure.low, figure.high)))
